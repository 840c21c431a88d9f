"""What is made of returns: slips, label files, tables and the scorecard."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot.cli import andon
from handlers.fulfilment.shipping_labels import LabelForm, shipping_labels
from handlers.orders.model import Address
from handlers.returns.labels_out import return_label_parcels
from handlers.returns.numbers import parse_number
from handlers.returns.papers import slip_for
from storage.engine import Storage
from storage.return_states import ReturnState
from storage.schema import orders
from tests.fakes.packing import PackingShop
from tests.fakes.returned import returned

CATALOGUE = """code,variant,sku,title,price,currency,stock,weight_g,hs_code,origin
D1,S,D1-S,Linen dress,48.00,USD,4,300,6204,PT
M3,,M3,@home mug,18.00,USD,9,400,,
R5,,R5,Silver ring,64.00,USD,3,20,,
"""
#: Numbers whose last sign checks the others.
FIRST, SECOND, THIRD = "R-222D", "R-223A", "R-2248"
ADDRESS = {
    "RETURNS__ADDRESS__STREET": "1 Studio Lane",
    "RETURNS__ADDRESS__POSTCODE": "12043",
    "RETURNS__ADDRESS__CITY": "Berlin",
    "RETURNS__ADDRESS__COUNTRY": "DE",
}


class Desk:
    """A shop to which things came back, and a terminal beside it."""

    def __init__(self, shop: PackingShop, folder: Path) -> None:
        self.shop = shop
        self.folder = folder

    async def types(self, *arguments: str, **settings: str) -> Result:
        told = {"DATABASE_URL": str(self.shop.storage.url), **settings}
        env = {f"ANDON_{name}": value for name, value in told.items()}
        # A process of its own takes seconds on a busy machine, for the same command.
        return await asyncio.to_thread(CliRunner().invoke, andon, arguments, env=env)

    async def table(self, *arguments: str, **settings: str) -> list[dict[str, str]]:
        said = await self.types(*arguments, **settings)
        assert said.exit_code == 0, said.stderr
        return list(csv.DictReader(io.StringIO(said.stdout.removeprefix("\ufeff"))))


@pytest.fixture
async def desk(sqlite: Storage, tmp_path: Path) -> AsyncIterator[Desk]:
    assert [parse_number(one) for one in (FIRST, SECOND, THIRD)] == [FIRST, SECOND, THIRD]
    async with PackingShop(sqlite, catalogue=CATALOGUE) as shop:
        await shop.show()
        await shop.command("/stage D1", "Hana", role="producer")
        await shop.command("/stage M3", "Mo")
        ana = await shop.sells("Ana", "claim D1 S x2", "claim M3")
        await shop.sells("Bob", "claim R5")
        await shop.closes()
        at = shop.clock.now()
        await returned(sqlite, FIRST, ana, "D1-S", at=at, units=2, given=9_001, label_minor=490)
        broken: dict[str, Any] = {"kind": "complaint", "reason": "defective", "comes_back": False}
        await returned(sqlite, SECOND, ana, "M3", at=at, **broken)
        await returned(sqlite, THIRD, "S1-0002", "R5", at=at, state=ReturnState.DECLINED)
        yield Desk(shop, tmp_path)


async def test_a_slip_says_where_to_send_it_and_scans_as_its_number(desk: Desk) -> None:
    out = desk.folder / "slip.pdf"
    said = await desk.types("export", "returnslip", FIRST.lower(), "--out", str(out), **ADDRESS)
    assert said.exit_code == 0, said.stderr
    (page,) = pypdfium2.PdfDocument(out.read_bytes())
    text = page.get_textpage().get_text_bounded()
    for words in (FIRST, "1 Studio Lane", "12043 Berlin", "Linen dress / S", "Too small"):
        assert words in text
    # A parcel goes through many hands: the customer is on the label alone.
    assert "Ana" not in text
    assert [one.text for one in zxingcpp.read_barcodes(page.render(scale=3).to_pil())] == [FIRST]


async def test_what_is_not_sent_in_has_no_slip(desk: Desk) -> None:
    async with desk.shop.storage.read() as tx:
        for number in (SECOND, THIRD, "R-2256"):
            assert await slip_for(tx, desk.shop.andon.house, number) is None
    said = await desk.types(
        "export", "returnslip", "R-2227", "--out", str(desk.folder / "slip.pdf")
    )
    assert (said.exit_code, "R-2227 is no number of a return" in said.stderr) == (1, True)


async def test_return_labels_go_from_the_customer_to_the_shop(desk: Desk) -> None:
    lacking = await desk.types("export", "returnlabels")
    assert lacking.exit_code == 1
    assert "set returns.address" in lacking.stderr
    shipstation = ("export", "returnlabels", "--format", "shipstation")
    (row,) = await desk.table(*shipstation, SHOP__NAME="Studio Mara", **ADDRESS)
    assert (row["Order Number"], row["Item SKU"], row["Item Quantity"]) == (FIRST, "D1-S", "2")
    assert (row["Recipient Full Name"], row["Address Line 1"]) == ("Studio Mara", "1 Studio Lane")
    assert (row["From Name"], row["From Address 1"]) == ("Ana Cole", "12 Elm Street")
    assert (row["Weight(oz)"], row["Item HS Tariff"]) == ("21.2", "6204")


async def test_a_label_that_its_customer_sees_to_is_not_in_the_file(desk: Desk) -> None:
    at = desk.shop.clock.now()
    await returned(desk.shop.storage, "R-2256", "S1-0002", "R5", at=at, customer_pays_return=True)
    shop = Address(name="Studio Mara", line1="1 Studio Lane", city="Berlin", country="DE")
    sealer = desk.shop.andon.house.sealer
    async with desk.shop.storage.read() as tx:
        ours = await return_label_parcels(tx, shop, sealer)
        everyone = await return_label_parcels(tx, shop, sealer, all_of_them=True)
    assert [one.number for one in ours] == [FIRST]
    assert [one.number for one in everyone] == [FIRST, "R-2256"]
    text = shipping_labels(everyone, LabelForm.PIRATE_SHIP, senders=True)
    (row, _) = csv.DictReader(io.StringIO(text))
    assert (row["City"], row["From City"], row["Order Items"]) == ("Berlin", "Berlin", "2 x D1-S")


async def test_returns_go_out_unit_by_unit_without_addresses(desk: Desk) -> None:
    said = await desk.types("export", "returns")
    assert "Elm" not in said.stdout
    rows = list(csv.DictReader(io.StringIO(said.stdout)))
    assert [(row["number"], row["sku"], row["unit"], row["fault"]) for row in rows] == [
        (FIRST, "D1-S", "0", "customer"),
        (FIRST, "D1-S", "1", "customer"),
        (SECOND, "M3", "0", "shop"),
        (THIRD, "R5", "0", "customer"),
    ]
    assert (rows[0]["order"], rows[0]["given"], rows[2]["given"]) == ("S1-0001", "90.01", "")
    # No spreadsheet runs a title.
    assert rows[2]["title"] == "'@home mug"


async def test_the_scorecard_counts_by_show_sku_and_host(desk: Desk) -> None:
    rows = await desk.table("scorecard", "--format", "csv")
    counted = {(row["by"], row["key"]): row for row in rows}
    show = counted["show", "Friday"]
    # What was declined is nobody's fault.
    assert (show["sold"], show["returned"], show["complaints"]) == ("4", "2", "1")
    assert (show["return_rate"], show["complaint_rate"]) == ("50.00", "25.00")
    assert (show["fault_shop"], show["fault_customer"]) == ("1", "2")
    assert show["reasons"] == "too_small 2; defective 1"
    assert counted["sku", "D1-S"]["given"] == "90.01 USD"
    assert counted["sku", "R5"]["return_rate"] == "0.00"
    assert counted["host", "Hana"]["sold"] == "2"
    assert counted["host", "Mo"]["complaints"] == "1"
    said = await desk.types("scorecard", "--show", "S1")
    assert "Claimed 4 · held or paid 4" in said.stdout
    assert "Whose fault: customer 2, shop 1" in said.stdout


async def test_in_the_chat_only_those_who_settle_see_money(desk: Desk) -> None:
    for line in ("/scorecard", "/scorecard friday", "/scorecard S1", "/scorecard all"):
        told = await desk.shop.command(line)
        assert "D1-S (Linen dress): 2 sold, 2 returned (100%), 0 complaints" in told
        assert "$" not in told
    told = await desk.shop.command("/scorecard", "Sue", role="support")
    assert "0 complaints, $90.01 given back" in told
    assert "There is no show Sunday" in await desk.shop.command("/scorecard Sunday")


async def test_an_order_that_ended_and_is_paid_late_gets_the_promise_too(storage: Storage) -> None:
    async with PackingShop(storage, settings={"returns": {"window_days": 14}}) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.closes()
        await shop.passes(hours=30)
        assert await shop.state("S1-0001") == "expired"
        await shop.command("/order paid S1-0001", "Sue", role="support")
        assert await shop.state("S1-0001") == "paid"
        async with shop.storage.read() as tx:
            policy = await tx.scalar(select(orders.orders.c.policy))
    assert policy["window_days"] == 14
