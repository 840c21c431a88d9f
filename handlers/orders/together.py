"""Which paid orders leave together, and when: `ship_together` is `show`, days, or `on request`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

__all__ = ["ParcelPlan", "ShipTogether", "Shippable", "plan_parcels"]

_DAYS = re.compile(r"([1-9][0-9]{0,2}) ?d(?:ays?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipTogether:
    """The shop's rule: orders of one show, orders paid within `days`, or all until asked for.

    `days` is 0 for a show, None until the customer asks.
    """

    days: int | None

    @classmethod
    def parse(cls, text: str) -> "ShipTogether":
        """Read `show`, `7d` or `on request`. Raises `ValueError`."""
        plain = " ".join(text.replace("_", " ").lower().split())
        if plain == "show":
            return cls(days=0)
        if plain == "on request":
            return cls(days=None)
        found = _DAYS.fullmatch(plain)
        if found is None:
            raise ValueError(f"{text!r} is no rule for parcels; write show, 7d or on request")
        return cls(days=int(found[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shippable:
    """A paid order that is in no parcel that is being packed.

    `place` is the same for orders that go to the same door in the same way. `gathers_until` is
    when its show has nothing more to pay for this customer, None while that is not known.
    `asked` where the customer wants it now.
    """

    order_id: int
    customer_id: int
    place: str
    show_id: int
    paid_at: datetime
    gathers_until: datetime | None = None
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelPlan:
    """Orders that leave together, in the order they were paid.

    It is ready at `ready_at`, or not before somebody asks or the show is over.
    """

    customer_id: int
    place: str
    order_ids: tuple[int, ...]
    ready_at: datetime | None


def plan_parcels(rule: ShipTogether, orders: Iterable[Shippable]) -> tuple[ParcelPlan, ...]:
    """Put every order into one parcel with those of the same customer, place and rule.

    The answer does not depend on the sequence of `orders`.
    """
    plans = []
    ordered = sorted(orders, key=lambda one: (*_door(one), one.paid_at, one.order_id))
    for _, door in groupby(ordered, key=_door):
        for group in _groups(rule, list(door)):
            first = group[0]
            plans.append(
                ParcelPlan(
                    customer_id=first.customer_id,
                    place=first.place,
                    order_ids=tuple(one.order_id for one in group),
                    ready_at=_ready(rule, group),
                )
            )
    return tuple(plans)


def _door(order: Shippable) -> tuple[int, str]:
    return order.customer_id, order.place


def _groups(rule: ShipTogether, orders: Sequence[Shippable]) -> list[list[Shippable]]:
    """Orders of one door, by time of payment, as they leave together."""
    groups: list[list[Shippable]] = []
    for order in orders:
        for group in groups:
            if _joins(rule, group[0], order):
                group.append(order)
                break
        else:
            groups.append([order])
    return groups


def _joins(rule: ShipTogether, first: Shippable, order: Shippable) -> bool:
    if rule.days is None:
        return True
    if rule.days == 0:
        return first.show_id == order.show_id
    return order.paid_at < first.paid_at + timedelta(days=rule.days)


def _ready(rule: ShipTogether, group: Sequence[Shippable]) -> datetime | None:
    if any(one.asked for one in group):
        return max(one.paid_at for one in group)
    if rule.days is None:
        return None
    if rule.days:
        return group[0].paid_at + timedelta(days=rule.days)
    ends = [one.gathers_until for one in group]
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None
