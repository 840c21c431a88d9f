"""Shipping by rules: which ways a parcel can go, and what it costs, once per parcel.

Weights are grams, amounts minor units, `goods` what the goods cost after discounts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from handlers.orders.model import ParcelLine, ShippingCharge

__all__ = [
    "Contents",
    "RuleKind",
    "ShippingRefused",
    "ShippingRule",
    "Step",
    "charge",
    "offers",
    "part_off",
    "share",
]


class RuleKind(StrEnum):
    """What a rule's price goes by."""

    FLAT = "flat"
    WEIGHT = "weight"
    VALUE = "value"
    PICK_UP = "pick_up"


class ShippingRefused(StrEnum):
    """Why a parcel cannot go this way."""

    COUNTRY = "country"
    CURRENCY = "currency"
    TOO_HEAVY = "too_heavy"
    TOO_DEAR = "too_dear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The price up to and with so many grams or minor units; None is no end."""

    up_to: int | None = None
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingRule:
    """One way of the shop for parcels to leave. No `countries` are all of them.

    It costs nothing where the goods cost `free_from` or more.
    """

    key: str
    kind: RuleKind
    currency: str
    steps: tuple[Step, ...] = ()
    countries: frozenset[str] = frozenset()
    free_from: int | None = None
    tax_class: str = "shipping"

    def __post_init__(self) -> None:
        """Refuse a table that is out of order, or says nothing. Raises `ValueError`."""
        ends = [step.up_to for step in self.steps]
        bounds = [end for end in ends if end is not None]
        if any(step.minor < 0 for step in self.steps):
            raise ValueError("shipping costs from 0 up")
        if self.kind in {RuleKind.FLAT, RuleKind.PICK_UP}:
            if len(self.steps) > 1 or bounds or (self.kind is RuleKind.FLAT and not ends):
                raise ValueError("a flat price is one price, with no end")
        elif not ends or None in ends[:-1] or bounds != sorted(set(bounds)):
            raise ValueError("the steps of a price go up, and only the last may have no end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is in a parcel, or will be: where it goes, what it weighs, what its goods cost."""

    country: str
    currency: str
    weight_g: int = 0
    goods: int = 0

    def __add__(self, other: "Contents") -> "Contents":
        if (self.country, self.currency) != (other.country, other.currency):
            raise ValueError("what leaves together goes to one country, in one currency")
        return Contents(
            country=self.country,
            currency=self.currency,
            weight_g=self.weight_g + other.weight_g,
            goods=self.goods + other.goods,
        )


def charge(rule: ShippingRule, contents: Contents) -> int | ShippingRefused:
    """What a parcel with these contents costs by `rule`, or why it cannot go this way."""
    picked_up = rule.kind is RuleKind.PICK_UP
    if rule.countries and contents.country not in rule.countries and not picked_up:
        return ShippingRefused.COUNTRY
    if rule.currency != contents.currency:
        return ShippingRefused.CURRENCY
    measure = contents.goods if rule.kind is RuleKind.VALUE else contents.weight_g
    steps = rule.steps or (Step(minor=0),)
    step = next((one for one in steps if one.up_to is None or measure <= one.up_to), None)
    if step is None:
        by_value = rule.kind is RuleKind.VALUE
        return ShippingRefused.TOO_DEAR if by_value else ShippingRefused.TOO_HEAVY
    free = rule.free_from is not None and contents.goods >= rule.free_from
    return 0 if free else step.minor


def share(
    rule: ShippingRule, joining: Contents, *, aboard: Contents | None = None, charged: int = 0
) -> int | ShippingRefused:
    """What an order pays to leave in a parcel that has `aboard`, for which `charged` was taken.

    A parcel is charged once, as a whole: an order that joins pays only what the parcel now costs
    more. What was taken stays taken, if the parcel becomes free. One that is refused here as too
    heavy or too dear may still leave in a parcel of its own.
    """
    whole = charge(rule, joining if aboard is None else aboard + joining)
    return whole if isinstance(whole, ShippingRefused) else max(0, whole - charged)


def offers(rules: Iterable[ShippingRule], contents: Contents) -> tuple[ShippingCharge, ...]:
    """The ways that these contents can go, in the shop's order, each with its whole price."""
    found = []
    for rule in rules:
        minor = charge(rule, contents)
        if not isinstance(minor, ShippingRefused):
            found.append(
                ShippingCharge(
                    method=rule.key,
                    minor=minor,
                    pick_up=rule.kind is RuleKind.PICK_UP,
                    tax_class=rule.tax_class,
                )
            )
    return tuple(found)


def part_off(
    lines: Sequence[ParcelLine], take: Mapping[int, int]
) -> tuple[tuple[ParcelLine, ...], tuple[ParcelLine, ...]]:
    """Part a parcel in two: what leaves now (`take`: units by line id), and what stays behind.

    What is packed leaves first. Shipping was charged with the parcel, so the rest costs nothing
    more. Raises `ValueError` for units that are not in it.
    """
    known = {line.line_id: line.units for line in lines}
    if any(units < 0 or units > known.get(line_id, 0) for line_id, units in take.items()):
        raise ValueError("only what is in a parcel can leave it")
    leaving: list[ParcelLine] = []
    staying: list[ParcelLine] = []
    for line in lines:
        now = take.get(line.line_id, 0)
        packed = min(now, line.packed)
        for units, done, part in (
            (now, packed, leaving),
            (line.units - now, line.packed - packed, staying),
        ):
            if units:
                part.append(
                    ParcelLine(
                        order_id=line.order_id, line_id=line.line_id, units=units, packed=done
                    )
                )
    return tuple(leaving), tuple(staying)
