"""Parcels as CSV for label software: ShipStation, Pirate Ship, and a plain form of our own.

Neither program prescribes its column names: both let their user map columns at the first import and
keep the mapping. The headings here are those by which the fields are shown there, so that most map
by themselves. ShipStation's help pages say that rows with one order number become one order of
several items and that headings need not match; the headings themselves, and all of Pirate Ship's,
were written down from memory. The customs columns of ShipStation (`Item HS Tariff`, `Item Country
of Origin`) bear the names of its database import; Pirate Ship asks for customs on its own page, so
its form has none.

Weights are ounces for both programs, rounded up to a tenth (postage must not fall short), and grams
in our own form. Each form's reference is the parcel's number, by which `tracking` reads it back.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

from handlers.money import Money
from handlers.orders.model import Address
from handlers.spreadsheets import Number, csv_text

__all__ = ["LabelForm", "LabelItem", "LabelParcel", "ounces", "shipping_labels"]

_GRAMS_PER_OUNCE = Decimal("28.349523125")
_BLANKS = re.compile(r"\s+")
_PHONE_SIGNS = re.compile(r"[\s().\-/\u2010-\u2015]+")
_PHONE = re.compile(r"\+?[0-9]{3,15}")


class LabelForm(StrEnum):
    """Which program reads the file."""

    SHIPSTATION = "shipstation"
    PIRATE_SHIP = "pirate_ship"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelItem:
    """Units in a parcel; `unit_minor` is what one of them was sold for, for the customs."""

    sku: str
    title: str
    units: int
    unit_minor: int = 0
    weight_g: int = 0
    hs_code: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelParcel:
    """A parcel that wants a label. `weight_g` is all of it, 0 where nobody knows.

    `sender` is who sends it, where that is not the shop: a return goes the other way.
    """

    number: str
    address: Address
    items: tuple[LabelItem, ...]
    currency: str
    paid_at: datetime
    weight_g: int = 0
    sender: Address | None = None

    @property
    def value(self) -> Money:
        """What its contents were sold for."""
        return Money(sum(one.units * one.unit_minor for one in self.items), self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    header: tuple[str, ...]
    rows: Callable[[LabelParcel], Iterator[tuple[object, ...]]]
    bom: bool = False


def shipping_labels(
    parcels: Iterable[LabelParcel], form: LabelForm, *, senders: bool = False
) -> str:
    """The parcels as text of a CSV file, in their order; no cell runs in a spreadsheet.

    With `senders` each row ends with who sends it, under headings that begin with `From`.

    Our own form begins with a byte order mark, without which a spreadsheet misreads names; the two
    programs read UTF-8 by themselves, and a mark would become part of their first heading.
    """
    rules = _FORMS[form]
    header = (*rules.header, *_SENDER) if senders else rules.header
    rows = (
        (*row, *_sender(parcel)) if senders else row
        for parcel in parcels
        for row in rules.rows(parcel)
    )
    return csv_text(header, rows, bom=rules.bom)


def ounces(grams: int) -> str:
    """A weight in ounces, rounded up to a tenth; empty where it is not known."""
    if grams <= 0:
        return ""
    return str((grams / _GRAMS_PER_OUNCE).quantize(Decimal("0.1"), rounding=ROUND_CEILING))


def _line(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()


def _phone(text: str) -> Number:
    """A number as sign and digits, which calculates nothing; anything else as it is."""
    digits = _PHONE_SIGNS.sub("", text)
    return Number(digits if _PHONE.fullmatch(digits) else _line(text))


def _sender(parcel: LabelParcel) -> tuple[object, ...]:
    one = parcel.sender
    if one is None:
        return ("",) * len(_SENDER)
    return (
        *map(_line, (one.name, one.line1, one.line2, one.city, one.region, one.postcode)),
        *map(_line, (one.country, one.email)),
        _phone(one.phone),
    )


def _contents(parcel: LabelParcel) -> str:
    return "; ".join(f"{one.units} x {_line(one.sku)}" for one in parcel.items)


def _shipstation(parcel: LabelParcel) -> Iterator[tuple[object, ...]]:
    """A row for each item: the program joins them by number, and customs need them apart."""
    to = parcel.address
    parcel_cells = (
        parcel.number,
        parcel.paid_at.strftime("%m/%d/%Y"),
        parcel.value.plain(),
        ounces(parcel.weight_g),
        *map(_line, (to.name, to.email, to.name)),
        _phone(to.phone),
        *map(_line, (to.line1, to.line2, to.city, to.region, to.postcode, to.country)),
    )
    for item in parcel.items:
        yield (
            *parcel_cells,
            item.sku,
            _line(item.title),
            item.units,
            Money(item.unit_minor, parcel.currency).plain(),
            ounces(item.weight_g),
            item.hs_code,
            item.origin,
        )


def _pirate_ship(parcel: LabelParcel) -> Iterator[tuple[object, ...]]:
    """One row: the program makes a label of each. All the weight in one column cannot be halved."""
    to = parcel.address
    yield (
        *map(_line, (to.name, to.line1, to.line2, to.city, to.region, to.postcode, to.country)),
        _line(to.email),
        _phone(to.phone),
        parcel.number,
        _contents(parcel),
        ounces(parcel.weight_g),
    )


def _plain(parcel: LabelParcel) -> Iterator[tuple[object, ...]]:
    """One row, lists with `;` in the order of the items."""
    to, items = parcel.address, parcel.items
    yield (
        parcel.number,
        *map(_line, (to.name, to.line1, to.line2, to.postcode, to.city, to.region, to.country)),
        _line(to.email),
        _phone(to.phone),
        parcel.weight_g or "",
        _contents(parcel),
        parcel.value.plain(),
        parcel.currency,
        ";".join(Money(one.unit_minor, parcel.currency).plain() for one in items),
        _codes(one.hs_code for one in items),
        _codes(one.origin for one in items),
    )


def _codes(values: Iterable[str]) -> str:
    all_ = [_line(value) for value in values]
    return ";".join(all_) if any(all_) else ""


#: No form of theirs has a sender; these are mapped by hand once.
_SENDER = (
    "From Name",
    "From Address 1",
    "From Address 2",
    "From City",
    "From State",
    "From Zipcode",
    "From Country",
    "From Email",
    "From Phone",
)
_FORMS = {
    LabelForm.SHIPSTATION: _Form(
        header=(
            "Order Number",
            "Order Date",
            "Order Total",
            "Weight(oz)",
            "Buyer Full Name",
            "Buyer Email",
            "Recipient Full Name",
            "Recipient Phone",
            "Address Line 1",
            "Address Line 2",
            "City",
            "State",
            "Postal Code",
            "Country Code",
            "Item SKU",
            "Item Name",
            "Item Quantity",
            "Item Unit Price",
            "Item Weight(oz)",
            "Item HS Tariff",
            "Item Country of Origin",
        ),
        rows=_shipstation,
    ),
    LabelForm.PIRATE_SHIP: _Form(
        header=(
            "Name",
            "Address 1",
            "Address 2",
            "City",
            "State",
            "Zipcode",
            "Country",
            "Email",
            "Phone",
            "Order ID",
            "Order Items",
            "Ounces",
        ),
        rows=_pirate_ship,
    ),
    LabelForm.PLAIN: _Form(
        header=(
            "parcel",
            "name",
            "line1",
            "line2",
            "postcode",
            "city",
            "region",
            "country",
            "email",
            "phone",
            "weight_g",
            "items",
            "value",
            "currency",
            "unit_values",
            "hs_codes",
            "origins",
        ),
        rows=_plain,
        bom=True,
    ),
}
