"""Parcels as rows for label software, and no address that runs in a spreadsheet."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.fulfilment.shipping_labels import (
    LabelForm,
    LabelItem,
    LabelParcel,
    ounces,
    shipping_labels,
)
from handlers.orders.model import Address

ANA = Address(
    name="Ana Łukasiewicz",
    line1="12 Hill Rd",
    line2="Apt 4",
    postcode="02134",
    city="Boston",
    region="MA",
    country="US",
    email="ana@example.com",
    phone="+1 (617) 555-0100",
)
PARCEL = LabelParcel(
    number="P77",
    address=ANA,
    items=(
        LabelItem(
            sku="LD-BLU-S",
            title="Linen dress",
            units=2,
            unit_minor=4800,
            weight_g=310,
            hs_code="6204.42",
            origin="PT",
        ),
        LabelItem(sku="CUP", title="Enamel cup", units=1, unit_minor=1800),
    ),
    currency="USD",
    paid_at=datetime(2026, 11, 21, 18, tzinfo=UTC),
    weight_g=900,
)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_shipstation_has_a_row_for_each_item_of_a_parcel() -> None:
    dress, cup = rows(shipping_labels([PARCEL], LabelForm.SHIPSTATION))
    for row in (dress, cup):
        assert row["Order Number"] == "P77"
        assert row["Order Date"] == "11/21/2026"
        assert row["Order Total"] == "114.00"
        assert row["Weight(oz)"] == "31.8"
        assert row["Recipient Full Name"] == "Ana Łukasiewicz"
        assert row["Recipient Phone"] == "+16175550100"
        assert (row["Address Line 1"], row["Address Line 2"]) == ("12 Hill Rd", "Apt 4")
        assert (row["City"], row["State"], row["Postal Code"]) == ("Boston", "MA", "02134")
        assert row["Country Code"] == "US"
    assert (dress["Item SKU"], dress["Item Quantity"]) == ("LD-BLU-S", "2")
    assert (dress["Item Unit Price"], dress["Item Weight(oz)"]) == ("48.00", "11.0")
    assert (dress["Item HS Tariff"], dress["Item Country of Origin"]) == ("6204.42", "PT")
    assert (cup["Item SKU"], cup["Item Weight(oz)"], cup["Item HS Tariff"]) == ("CUP", "", "")


def test_pirate_ship_has_one_row_for_a_parcel() -> None:
    (row,) = rows(shipping_labels([PARCEL], LabelForm.PIRATE_SHIP))
    assert (row["Name"], row["Zipcode"], row["Ounces"]) == ("Ana Łukasiewicz", "02134", "31.8")
    assert (row["Order ID"], row["Order Items"]) == ("P77", "2 x LD-BLU-S; 1 x CUP")


def test_our_own_form_keeps_grams_and_lists_the_items_in_order() -> None:
    text = shipping_labels([PARCEL], LabelForm.PLAIN)
    assert text.startswith("\ufeffparcel,")
    (row,) = rows(text)
    assert (row["parcel"], row["weight_g"], row["value"]) == ("P77", "900", "114.00")
    assert (row["items"], row["unit_values"]) == ("2 x LD-BLU-S; 1 x CUP", "48.00;18.00")
    assert (row["hs_codes"], row["origins"]) == ("6204.42;", "PT;")


@pytest.mark.parametrize(
    ("grams", "shown"), [(0, ""), (1, "0.1"), (28, "1.0"), (29, "1.1"), (900, "31.8")]
)
def test_a_weight_is_rounded_up(grams: int, shown: str) -> None:
    assert ounces(grams) == shown


@pytest.mark.parametrize("form", [LabelForm.SHIPSTATION, LabelForm.PIRATE_SHIP])
def test_a_program_finds_its_first_heading_without_a_mark(form: LabelForm) -> None:
    assert shipping_labels([PARCEL], form)[0] != "\ufeff"


@pytest.mark.parametrize("form", LabelForm)
def test_a_telephone_number_stays_usable_and_a_formula_does_not(form: LabelForm) -> None:
    nasty = replace(ANA, name='=HYPERLINK("x")', line1="\n@SUM(1)", phone="+49 30/1234-567")
    text = shipping_labels([replace(PARCEL, address=nasty)], form)
    assert "+49301234567" in text
    assert "'=HYPERLINK" in text
    assert "'@SUM(1)" in text


@given(
    st.sampled_from(LabelForm),
    st.lists(st.text(max_size=30), min_size=9, max_size=9),
    st.text(max_size=20),
)
def test_nothing_that_a_customer_types_breaks_a_row_or_runs(
    form: LabelForm, typed: list[str], sku: str
) -> None:
    items = tuple(replace(one, sku=sku) for one in PARCEL.items)
    parcel = replace(PARCEL, address=Address(**_fields(typed)), items=items)
    text = shipping_labels([parcel], form).removeprefix("\ufeff")
    header, *records = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert len(records) == (2 if form is LabelForm.SHIPSTATION else 1)
    for record in records:
        assert len(record) == len(header)
        for cell in record:
            assert cell.lstrip()[:1] not in {"=", "@"}
            if cell[:1] in {"+", "-"}:
                float(cell)


def _fields(typed: list[str]) -> dict[str, str]:
    names = ("name", "line1", "line2", "postcode", "city", "region", "country", "email", "phone")
    return dict(zip(names, typed, strict=True))
