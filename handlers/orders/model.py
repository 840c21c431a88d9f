"""What orders are made of: values that say nothing of a database, a clock or a platform.

Every amount is whole minor units of the order's one currency; rates are millionths.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from handlers.orders.numbers import OrderNumber
from storage.order_states import DiscountKind, OrderState, ParcelState

__all__ = [
    "Address",
    "Coupon",
    "Discount",
    "Line",
    "Order",
    "Parcel",
    "ParcelLine",
    "PricedLine",
    "ShippingCharge",
    "TaxPart",
    "Tender",
    "Totals",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Units of one variant at the price that was copied onto their claim."""

    id: int
    code: str
    sku: str
    title: str
    variant: str | None = None
    quantity: int
    unit_minor: int
    tax_class: str = ""
    final_sale: bool = False
    weight_g: int = 0

    def __post_init__(self) -> None:
        """Refuse what no order can hold."""
        if self.quantity < 1 or self.unit_minor < 0 or self.weight_g < 0:
            raise ValueError("a line has a unit or more, and neither price nor weight below 0")

    @property
    def goods_minor(self) -> int:
        """All its units, before any discount."""
        return self.quantity * self.unit_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """Something off: `value` is millionths, minor units, or nothing where shipping is free.

    `items` are the item codes it is for, none for all of them.
    """

    kind: DiscountKind
    value: int = 0
    items: frozenset[str] = frozenset()
    label: str = ""

    def __post_init__(self) -> None:
        """Refuse what would add instead of take."""
        if self.value < 0 or (self.kind is DiscountKind.PERCENT and self.value > 1_000_000):
            raise ValueError("a discount takes from nothing to everything")

    def covers(self, line: Line) -> bool:
        """Whether it is for this line."""
        return self.kind is not DiscountKind.FREE_SHIPPING and (
            not self.items or line.code in self.items
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """A code that gives a discount, and when it may be used; None is no bound.

    `minimum_minor` is measured on the goods it is for, before discounts. `combines` allows others
    beside it.
    """

    code: str
    kind: DiscountKind
    value: int = 0
    currency: str | None = None
    items: frozenset[str] = frozenset()
    minimum_minor: int = 0
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    most_uses: int | None = None
    per_customer: int | None = None
    combines: bool = False

    @property
    def discount(self) -> Discount:
        """What it takes off."""
        return Discount(kind=self.kind, value=self.value, items=self.items, label=self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """Money towards an order: store credit or a payment. `way` is `credit` or a way of paying."""

    way: str
    minor: int
    reference: str = ""

    CREDIT: ClassVar[str] = "credit"

    def __post_init__(self) -> None:
        """Refuse money that flows the other way: that is a refund."""
        if self.minor < 0:
            raise ValueError("a tender is from 0 up")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingCharge:
    """What this order pays for its parcel to leave; `method` is the key of the shop's rule."""

    method: str
    minor: int
    pick_up: bool = False
    tax_class: str = "shipping"


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine:
    """A line with all that is taken off and put on it; `discounts` stand as those of the order."""

    line: Line
    discounts: tuple[int, ...]
    rate: int
    tax_included: int
    tax_added: int

    @property
    def discount(self) -> int:
        """All that was taken off."""
        return sum(self.discounts)

    @property
    def net(self) -> int:
        """What the goods cost after discounts, before tax is added."""
        return self.line.goods_minor - self.discount

    @property
    def total(self) -> int:
        """What the customer pays for it."""
        return self.net + self.tax_added


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxPart:
    """The tax of one rate: `base` is what was taxed, as priced."""

    rate: int
    base: int
    tax: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What an order costs, line by line; each sum here is that of its parts, to the unit.

    `shipping` is after discounts and before added tax; `taken` is what each discount took.
    """

    currency: str
    lines: tuple[PricedLine, ...]
    goods: int
    taken: tuple[int, ...]
    discount: int
    shipping: int
    shipping_discount: int
    shipping_tax_included: int
    shipping_tax_added: int
    taxes: tuple[TaxPart, ...]
    tax_included: int
    tax_added: int
    total: int

    @property
    def shipping_total(self) -> int:
        """What the customer pays for shipping."""
        return self.shipping + self.shipping_tax_added


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Address:
    """Where a parcel goes, and how to reach its customer. Its `repr` shows none of it."""

    name: str
    line1: str
    line2: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    email: str = ""
    phone: str = ""

    def __repr__(self) -> str:
        # Values end up in logs, errors and assertions: an address must not go with them.
        return "Address(hidden)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One customer's claims in one show."""

    id: int
    number: OrderNumber
    customer_id: int
    state: OrderState
    currency: str
    lines: tuple[Line, ...] = ()
    discounts: tuple[Discount, ...] = ()
    shipping: ShippingCharge | None = None
    address_id: int | None = None
    under_review: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelLine:
    """Units of an order's line that leave in a parcel, and how many of them are packed."""

    order_id: int
    line_id: int
    units: int
    packed: int = 0

    def __post_init__(self) -> None:
        """Refuse more packed than there are."""
        if self.units < 1 or not 0 <= self.packed <= self.units:
            raise ValueError("a parcel's line has a unit or more, and at most those are packed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One customer's paid orders to one address that leave together.

    `part_of` is the parcel it was taken from, where it leaves in parts.
    """

    id: int
    customer_id: int
    address_id: int | None
    method: str
    state: ParcelState
    lines: tuple[ParcelLine, ...] = ()
    part_of: int | None = None
    stages: Mapping[ParcelState, datetime] = field(default_factory=dict)
