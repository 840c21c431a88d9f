"""Papers and files of packing: pick lists, labels, orders out, and tracking numbers in."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.packing import PackTable
from handlers.fulfilment.invoicing import parcel_invoices
from storage.engine import Storage
from storage.schema import traffic
from tests.fakes.packing import PackingShop
from tests.fakes.process import Said, andon

CATALOGUE = """code,variant,sku,title,price,currency,stock,bin,weight_g,hs_code,origin,parts
D1,S,D1-S,Linen dress,48.00,USD,4,B10,300,6204,PT,
M3,,M3,@home mug,18.00,USD,9,A2,400,,,
T1,,TEA,Tea set,60.00,USD,3,,900,,,M3 x2;SAUCER
SAU,,SAUCER,Saucer,8.00,USD,9,A3,200,,,
"""


class Terminal:
    """A shop whose parcels wait, and a terminal beside it."""

    def __init__(self, shop: PackingShop, folder: Path) -> None:
        self.shop = shop
        self._folder = folder

    async def types(self, *arguments: str) -> Said:
        url = str(self.shop.storage.url)
        return await asyncio.to_thread(
            andon, *arguments, folder=self._folder, DATABASE_URL=url, SHOP__LOCALE="en_US"
        )

    async def table(self, *arguments: str) -> list[dict[str, str]]:
        said = await self.types("export", *arguments)
        assert said.code == 0, said.err
        return list(csv.DictReader(io.StringIO(said.out.removeprefix("\ufeff"))))


@pytest.fixture
async def terminal(sqlite: Storage, tmp_path: Path) -> AsyncIterator[Terminal]:
    async with PackingShop(sqlite, catalogue=CATALOGUE) as shop:
        await shop.show()
        await shop.sells("Ana", "claim D1 S", "claim M3 x2")
        await shop.sells("Bob", "claim T1")
        await shop.closes()
        yield Terminal(shop, tmp_path)


async def pack_all(shop: PackingShop) -> None:
    for codes in (("D1-S", "M3", "M3"), ("M3", "M3", "SAUCER")):
        await shop.packs("Pia", "next")
        for code in codes:
            await shop.packs("Pia", f"scan {code}")
        assert "is packed" in await shop.packs("Pia", "done")


async def test_a_pick_list_takes_bundles_apart_and_walks_by_bins(terminal: Terminal) -> None:
    rows = await terminal.table("picklist", "--by", "zone")
    assert [(row["list"], row["bin"], row["sku"], row["parcel"], row["units"]) for row in rows] == [
        ("A", "A2", "M3", "P0001", "2"),
        ("A", "A2", "M3", "P0002", "2"),
        ("A", "A3", "SAUCER", "P0002", "1"),
        ("B", "B10", "D1-S", "P0001", "1"),
    ]
    # No spreadsheet runs a title.
    assert rows[0]["title"] == "'@home mug"
    said = await terminal.types("export", "picklist", "--format", "json")
    assert sum(row["units"] for row in json.loads(said.out)) == 6
    await terminal.shop.packs("Pia", "next")
    await terminal.shop.packs("Pia", "scan M3")
    rows = await terminal.table("picklist", "--by", "parcel")
    assert [row["units"] for row in rows if row["parcel"] == "P0001"] == ["1", "1"]


async def test_lists_and_shelf_labels_are_pdf(terminal: Terminal, tmp_path: Path) -> None:
    for arguments in (
        ("picklist", "--format", "pdf"),
        ("labels", "--format", "pdf", "--of", "bins"),
        ("labels", "--format", "pdf", "--of", "skus"),
    ):
        said = await terminal.types("export", *arguments, "--out", "paper.pdf")
        assert said.code == 0, said.err
        assert (tmp_path / "paper.pdf").read_bytes().startswith(b"%PDF")
        (tmp_path / "paper.pdf").unlink()
    assert (await terminal.types("export", "picklist", "--format", "pdf")).code == 2
    assert (await terminal.types("export", "labels", "--of", "bins")).code == 2


async def test_labels_have_the_address_weight_and_customs(terminal: Terminal) -> None:
    rows = await terminal.table("labels", "--form", "shipstation")
    assert [(row["Order Number"], row["Item SKU"]) for row in rows] == [
        ("P0001", "D1-S"),
        ("P0001", "M3"),
        ("P0002", "TEA"),
    ]
    assert rows[0]["Address Line 1"] == "12 Elm Street"
    assert (rows[0]["Item HS Tariff"], rows[0]["Item Country of Origin"]) == ("6204", "PT")
    assert rows[0]["Weight(oz)"] == "38.9"
    assert len(await terminal.table("labels", "--form", "pirateship")) == 2
    (first, _) = json.loads((await terminal.types("export", "labels", "--format", "json")).out)
    assert first["address"]["city"] == "Berlin"


async def test_orders_go_out_with_sums_and_tracking_and_no_address(terminal: Terminal) -> None:
    await pack_all(terminal.shop)
    await terminal.shop.command("/ship P0001 AB12345", "Pia", role="packer")
    said = await terminal.types("export", "orders")
    assert "Elm" not in said.out
    first, second = csv.DictReader(io.StringIO(said.out))
    assert (first["order"], first["state"], first["total"]) == ("S1-0001", "handed_off", "84.00")
    assert (first["units"], first["parcels"], first["tracking"]) == ("3", "P0001", "AB12345")
    assert (second["state"], second["tracking"]) == ("packed", "")
    assert first["paid_at"]


async def test_tracking_numbers_come_back_all_of_them_or_none(
    terminal: Terminal, tmp_path: Path
) -> None:
    shop = terminal.shop
    await pack_all(shop)
    file = tmp_path / "back.csv"
    file.write_text("parcel,carrier,tracking\nP0001,UPS,AB123456\nP0009,UPS,AB123457\n")
    said = await terminal.types("tracking", "import", "back.csv")
    assert said.code == 1
    assert "no parcel P0009 is waiting for a number" in said.err
    assert {row.tracking for row in await shop.parcels()} == {None}
    file.write_text("parcel,carrier,tracking\nP0001,UPS,AB123456\nP0002,Post,AB123457\n")
    said = await terminal.types("tracking", "import", "--dry-run", "back.csv")
    assert "P0002: Post AB123457" in said.out
    assert {row.state for row in await shop.parcels()} == {"packed"}
    said = await terminal.types("tracking", "import", "back.csv")
    assert said.code == 0, said.err
    assert "2 parcels have left" in said.out
    assert [(row.state, row.carrier, row.tracking) for row in await shop.parcels()] == [
        ("handed_off", "UPS", "AB123456"),
        ("handed_off", "Post", "AB123457"),
    ]
    assert await shop.state("S1-0002") == "handed_off"
    assert await shop.counts("SAUCER") == (8, 0)
    # Read once more, it changes nothing.
    again = await terminal.types("tracking", "import", "back.csv")
    assert "0 new, 2 known" in again.out
    async with shop.storage.read() as tx:
        left = await tx.all(select(traffic.audit).where(traffic.audit.c.action == "ship"))
    assert len(left) == 2


async def test_invoices_are_files_for_the_shop_and_words_for_their_customer(
    terminal: Terminal, tmp_path: Path
) -> None:
    said = await terminal.types("export", "invoices", "--out", "papers", "--show", "1")
    assert said.out.strip() == "2 invoices are in papers."
    assert (tmp_path / "papers" / "S1-0001.pdf").read_bytes().startswith(b"%PDF")
    shop = terminal.shop
    mine = await shop.presses("Ana", "orders.mine:")
    assert [one.label for one in mine.buttons] == ["Invoice S1-0001", "Cancel S1-0001"]
    paper = (await shop.presses("Ana", "invoice.show:1")).text
    assert paper.startswith("🧾 Invoice S1-0001")
    assert "1 × Linen dress / S · $48.00 · $48.00" in paper
    assert "**Total: $84.00**" in paper
    assert "**Due: $0.00**" in paper
    assert "Elm" not in paper
    assert await shop.command("/invoice s1-1", "Sue", role="support") == paper
    other = await shop.command("/invoice S1-0001", "Bob", role="viewer")
    assert other.startswith("There is no invoice of S1-0001 for you")
    await shop.packs("Pia", "next")
    async with shop.storage.read() as tx:
        house = shop.andon.house
        found = await parcel_invoices(tx, house, 1, 1)
        assert found is not None
        (document,) = found
        assert await parcel_invoices(tx, house, 1, 2) is None
    assert any("12 Elm Street" in line for block in document.blocks for line in block.lines)
    # Opened at the packing table it stands in the audit; what was refused does not.
    table = PackTable(shop.andon)
    assert await table.invoices(1, 2) is None
    assert (await table.invoices(1, 1) or b"").startswith(b"%PDF")
    audit = traffic.audit.c
    looks = await shop.rows(select(audit.name, audit.subject).where(audit.action == "pack.invoice"))
    assert [tuple(row) for row in looks] == [("Pia", "P0001")]


async def test_what_stands_on_an_invoice_is_what_was_paid(sqlite: Storage) -> None:
    settings = {
        "shipping": {"ways": [{"key": "standard", "price": "4.90"}]},
        "tax": {"mode": "added", "rates": {"DE": {"": 19, "food": 7}}},
        "invoices": {"seller": ["Loom & Thread", "1 Mill Lane"], "tax_number": "DE123"},
    }
    async with PackingShop(sqlite, catalogue=CATALOGUE, settings=settings) as shop:
        await shop.show()
        await shop.command("/coupons add TEN 10%", "Sue", role="support")
        await shop.says("Ana", "claim M3 x2")
        await shop.command("/coupon TEN", "Ana", role="viewer")
        number = await shop.sells("Ana")
        paper = (await shop.command(f"/invoice {number}", "Ana", role="viewer")).splitlines()
        assert "Loom & Thread · 1 Mill Lane" in paper
        assert paper[-7:] == [
            "Goods: $36.00",
            "Discount TEN: -$3.60",
            "Shipping: $4.90",
            "Tax 19% on $37.30: $7.09",
            "**Total: $44.39**",
            "Paid: -$44.39",
            "**Due: $0.00**",
        ]
