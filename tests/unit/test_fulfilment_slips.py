"""Slips, pick lists, invoices and labels: every word from the copy file, every sum adds up."""

import re
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from hypothesis import given

from handlers.fulfilment.invoices import Invoice, invoice
from handlers.fulfilment.leasing import PROBLEM
from handlers.fulfilment.papers import Block, Document, Label
from handlers.fulfilment.pick_lists import Article, Want, pick_batch, pick_parcels, pick_zones
from handlers.fulfilment.scanning import ScanKind, slip_code
from handlers.fulfilment.slips import (
    PickKind,
    Slip,
    SlipLine,
    address_lines,
    bin_label,
    packing_slip,
    pick_list,
    sku_label,
)
from handlers.fulfilment.stock import SHORT
from handlers.fulfilment.tracking import TrackingFault
from handlers.orders.model import Address, Discount, Line, ShippingCharge, Tender, Totals
from handlers.orders.pricing import price
from handlers.orders.tax import TaxMode, TaxTable
from handlers.registry import Registry
from handlers.wording import Wording
from storage.order_states import DiscountKind, ParcelState
from tests.unit import order_samples

WORDING = Wording(Registry.of().copy)
BERLIN = Address(
    name="Zoë *Star* Łuk", line1="Hauptstraße 12", postcode="10115", city="Berlin", country="DE"
)
BOSTON = Address(
    name="Ana", line1="1 Hill Rd", city="Boston", region="MA", postcode="02134", country="US"
)
LINES = (
    Line(
        id=1,
        code="A1",
        sku="LD-S",
        title="Linen dress",
        variant="Blue / S",
        quantity=2,
        unit_minor=4800,
    ),
    Line(id=2, code="B2", sku="CUP", title="Enamel cup", quantity=1, unit_minor=1800),
)
TEN_PERCENT = Discount(kind=DiscountKind.PERCENT, value=100_000, label="SPRING10")


def slip(**changes: object) -> Document:
    values: dict[str, object] = {
        "parcel": "P77",
        "shop": "Studio Mara",
        "orders": ("S12-0042", "S12-0051"),
        "address": BERLIN,
        "country": "Germany",
        "lines": (
            SlipLine(sku="LD-S", title="Linen dress", variant="Blue / S", bin="A-10", units=2),
            SlipLine(sku="CUP", title="Enamel cup", units=1),
        ),
        "scan": slip_code("P77", "ab12"),
    }
    return packing_slip(Slip(**{**values, **changes}), WORDING)  # type: ignore[arg-type]


def totals(mode: TaxMode, shipping: int = 500) -> Totals:
    return price(
        LINES,
        currency="EUR",
        tax=TaxTable(mode=mode, rates={"DE": {"": 190_000}}),
        place="DE",
        discounts=(TEN_PERCENT,),
        shipping=ShippingCharge(method="post", minor=shipping) if shipping else None,
    )


def paper(
    of: Totals, locale: str = "en_US", tenders: tuple[Tender, ...] = (), notes: tuple[str, ...] = ()
) -> Document:
    return invoice(
        Invoice(
            number="2026-0042",
            order="S12-0042",
            day=date(2026, 11, 21),
            seller=("Studio Mara", "Main St 1"),
            buyer=address_lines(BERLIN, "Germany"),
            tax_number="DE123",
            totals=of,
            discounts=("SPRING10",),
            tenders=tenders,
            notes=notes,
        ),
        WORDING,
        locale,
    )


def sums(document: Document) -> list[tuple[str, str]]:
    return [(one.label, one.amount) for one in document.sums]


def test_a_packing_slip_names_parcel_address_and_units_and_no_price() -> None:
    document = slip()
    assert (document.title, document.subtitle) == ("Packing slip P77", "Studio Mara")
    assert document.scan == "P77~ab12"
    assert document.blocks == (
        Block(
            heading="Ship to", lines=("Zoë *Star* Łuk", "Hauptstraße 12", "10115 Berlin", "Germany")
        ),
        Block(heading="Orders", lines=("S12-0042", "S12-0051")),
    )
    assert document.rows == (
        ("A-10", "2", "Linen dress / Blue / S", "LD-S"),
        ("", "1", "Enamel cup", "CUP"),
    )
    assert sums(document) == [("Units", "3")]
    assert document.notes == ("Thank you for shopping with Studio Mara!",)


def test_a_parcel_that_is_picked_up_has_no_address_and_a_note_stands_first() -> None:
    document = slip(address=None, note="A gift: no *price* please", orders=("S12-0042",))
    assert [block.heading for block in document.blocks] == ["Order"]
    assert document.notes[0] == "Note: A gift: no *price* please"


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        (BOSTON, ("Ana", "1 Hill Rd", "Boston MA 02134", "US")),
        (
            Address(name="Li", line1="1 Pier", city="Hong Kong", country="HK"),
            ("Li", "1 Pier", "Hong Kong", "HK"),
        ),
        (
            Address(
                name="Io",
                line1="Via 2",
                postcode="00100",
                city="Roma",
                region="RM",
                country="IT",
            ),
            ("Io", "Via 2", "00100 Roma, RM", "IT"),
        ),
    ],
)
def test_an_address_stands_as_its_country_writes_it(
    address: Address, lines: tuple[str, ...]
) -> None:
    assert address_lines(address) == lines


def test_a_pick_list_goes_bin_by_bin_and_marks_what_is_short() -> None:
    articles = {
        "CUP": Article(sku="CUP", title="Enamel cup", bin="A-10", on_hand=2),
        "LD-S": Article(sku="LD-S", title="Linen dress", variant="Blue / S", bin="A-2"),
    }
    wants = [
        Want(parcel="P1", sku="CUP", units=2),
        Want(parcel="P2", sku="CUP", units=1),
        Want(parcel="P2", sku="LD-S", units=1),
    ]
    document = pick_list(pick_batch(wants, articles), PickKind.BATCH, WORDING, shop="Studio Mara")
    assert (document.title, document.subtitle) == ("Pick list", "Studio Mara · 4 units, 2 parcels")
    assert document.rows == (
        ("A-2", "1", "Linen dress / Blue / S", "LD-S", "P2"),
        ("A-10", "3, 1 short", "Enamel cup", "CUP", "P1×2, P2"),
    )
    assert document.notes == ("1 short in all: please look for them, or press Problem.",)
    titles = [
        *(pick_list(one, PickKind.PARCEL, WORDING).title for one in pick_parcels(wants, articles)),
        *(pick_list(one, PickKind.ZONE, WORDING).title for one in pick_zones(wants, articles)),
        *(pick_list(one, PickKind.ZONE, WORDING).title for one in pick_zones(wants, {})),
    ]
    assert titles == [
        "Pick list P1",
        "Pick list P2",
        "Pick list, zone A",
        "Pick list, without a bin",
    ]


def test_a_line_for_many_parcels_names_the_first_of_them() -> None:
    wants = [Want(parcel=f"P{number}", sku="CUP", units=1) for number in range(1, 401)]
    (row,) = pick_list(pick_batch(wants, {}), PickKind.BATCH, WORDING).rows
    assert row[-1].startswith("P1, P2, ")
    assert row[-1].endswith("P12 and 388 more")


def test_an_invoice_with_tax_in_its_prices_says_how_much_of_it() -> None:
    document = paper(totals(TaxMode.INCLUDED))
    assert (document.title, document.scan) == ("Invoice 2026-0042", "S12-0042")
    assert document.blocks[2].lines == (
        "Date: November 21, 2026",
        "Order: S12-0042",
        "Tax number: DE123",
    )
    assert document.rows == (
        ("2", "Linen dress / Blue / S", "€48.00", "19%", "€96.00"),
        ("1", "Enamel cup", "€18.00", "19%", "€18.00"),
    )
    assert sums(document) == [
        ("Goods", "€114.00"),
        ("Discount SPRING10", "-€11.40"),
        ("Shipping", "€5.00"),
        ("Total", "€107.60"),
        ("of which tax 19% on €107.60", "€17.18"),
    ]


def test_an_invoice_with_tax_on_top_adds_it_before_the_total_and_says_what_was_paid() -> None:
    tenders = (Tender(way=Tender.CREDIT, minor=2000), Tender(way="stripe", minor=5000))
    document = paper(totals(TaxMode.ADDED), tenders=tenders)
    assert sums(document)[3:] == [
        ("Tax 19% on €107.60", "€20.44"),
        ("Total", "€128.04"),
        ("Store credit", "-€20.00"),
        ("Paid", "-€50.00"),
        ("Due", "€58.04"),
    ]


def test_amounts_and_dates_are_those_of_the_locale() -> None:
    document = paper(totals(TaxMode.INCLUDED, shipping=0), "de_DE")
    assert document.blocks[2].lines[0] == "Date: 21. November 2026"
    assert document.rows[0][2:] == ("48,00\u00a0€", "19\u00a0%", "96,00\u00a0€")
    assert [label for label, _ in sums(document)][:3] == ["Goods", "Discount SPRING10", "Total"]


def _minor(amount: str) -> int:
    return int(Decimal(re.sub(r"[^0-9.\-]", "", amount)) * 100)


@given(order_samples.some_lines(), order_samples.discounts, order_samples.tax_tables)
def test_what_stands_above_the_total_adds_up_to_it(
    lines: list[Line], discounts: list[Discount], tax: TaxTable
) -> None:
    of = price(
        lines,
        currency="USD",
        tax=tax,
        place="DE",
        discounts=discounts,
        shipping=ShippingCharge(method="post", minor=790),
    )
    document = paper(of)
    labels = [one.label for one in document.sums]
    total = labels.index("Total")
    amounts = [_minor(one.amount) for one in document.sums]
    assert sum(amounts[:total]) == amounts[total] == of.total
    assert sum(_minor(row[-1]) for row in document.rows) == amounts[0]
    assert sum(amounts[total + 1 :]) == of.tax_included


def test_labels_are_read_from_afar_and_scanned() -> None:
    article = Article(sku="LD-S", title="Linen dress", variant="Blue / S", bin="A-10")
    assert bin_label("A-10", "Studio Mara") == Label(
        title="A-10", lines=("Studio Mara",), scan="A-10"
    )
    assert sku_label(article) == Label(
        title="Linen dress", lines=("Blue / S", "LD-S", "A-10"), scan="LD-S"
    )


#: Sentences of these are said by what they are about.
BY_KIND = ("tracking.", "scan.", "parcel.", "exception.")


def test_every_sentence_of_this_room_is_said_somewhere() -> None:
    room = files("handlers.fulfilment")
    keys = yaml.safe_load((room / "copy.yaml").read_text(encoding="utf-8"))
    said = {one.value for kind in (TrackingFault, ScanKind, ParcelState) for one in kind}
    said |= {PROBLEM, SHORT}
    house = Path(str(room)).parents[1]
    sources = "".join(
        path.read_text(encoding="utf-8")
        for side in ("bot", "handlers")
        for path in (house / side).rglob("*.py")
    )
    unsaid = [
        key
        for key in keys
        if f'"{key}"' not in sources
        and not (key.startswith(BY_KIND) and key.partition(".")[2] in said)
    ]
    assert unsaid == []
