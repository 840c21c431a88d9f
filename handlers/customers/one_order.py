"""Two open orders in one show become one: there is one per customer and show."""

from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, update

from handlers.orders.couponing import give_uses_back
from handlers.orders.gating import look_over
from handlers.orders.moving import note_event
from handlers.orders.records import number_of
from handlers.work import Work
from storage.order_states import OrderState
from storage.schema import orders
from storage.sealing import Locked
from storage.unit_of_work import AnyRow

__all__ = ["CannotMerge", "merge_open_orders", "mergeable"]

_order, _line, _discount = orders.orders.c, orders.order_lines.c, orders.order_discounts.c
_PRICES = ("discount_minor", "tax_included_minor", "tax_added_minor", "total_minor")


class CannotMerge(StrEnum):
    """Why two open orders cannot be one."""

    CURRENCIES = "currencies"
    PAID_IN_PART = "paid_in_part"


async def _pairs(work: Work, keep: int, other: int) -> list[tuple[AnyRow, AnyRow]]:
    """Open orders of both in one show, the one that was opened first before the other."""
    rows = await work.tx.all(
        select(orders.orders)
        .where(_order.customer_id.in_((keep, other)), _order.state == OrderState.OPEN)
        .order_by(_order.show_id, _order.serial)
    )
    by_show: dict[int, list[Any]] = {}
    for row in rows:
        by_show.setdefault(row.show_id, []).append(row)
    return [(found[0], found[1]) for found in by_show.values() if len(found) == 2]


async def mergeable(work: Work, keep: int, other: int) -> CannotMerge | None:
    """Why the open orders of two customers cannot be one; None if they can."""
    for first, second in await _pairs(work, keep, other):
        if first.currency != second.currency:
            return CannotMerge.CURRENCIES
        if second.received_minor or second.credit_minor:
            return CannotMerge.PAID_IN_PART
    return None


async def merge_open_orders(
    work: Work, keep: int, other: int, *, who: str
) -> tuple[tuple[str, ...], int]:
    """Put the open orders of `other` into those of `keep` in the same shows.

    Returns the orders that took another in, and how many coupons are free to be typed again.
    """
    numbers, coupons = [], 0
    for first, second in await _pairs(work, keep, other):
        coupons += await give_uses_back(work, second.id)
        await _move_lines(work, first, second)
        await _end(work, first, second, who)
        numbers.append(str(number_of(first)))
    return tuple(numbers), coupons


async def _move_lines(work: Work, first: AnyRow, second: AnyRow) -> None:
    # It is priced anew when it is shown or paid.
    await work.tx.run(
        update(orders.order_lines)
        .where(_line.order_id == second.id)
        .values(order_id=first.id, **dict.fromkeys(_PRICES))
    )
    last = await work.tx.scalar(
        select(func.coalesce(func.max(_discount.position), 0)).where(_discount.order_id == first.id)
    )
    await work.tx.run(
        update(orders.order_discounts)
        .where(_discount.order_id == second.id)
        .values(order_id=first.id, position=_discount.position + last)
    )
    note = _both(work, first.note, second.note)
    await work.tx.run(
        update(orders.orders)
        .where(_order.id == first.id)
        .values(
            priced_at=None,
            address_id=first.address_id or second.address_id,
            method=first.method or second.method,
            note=note,
        )
    )


def _both(work: Work, first: str, second: str) -> str:
    if not first or not second:
        return first or second
    sealer = work.house.sealer
    try:
        return sealer.seal_text(f"{sealer.open_text(first)}\n{sealer.open_text(second)}"[:500])
    except Locked:
        # Neither is lost by being joined unread: the one that is there first stays.
        return first


async def _end(work: Work, first: AnyRow, second: AnyRow, who: str) -> None:
    """The other number is over, and says where its lines are; nobody is told of a cancelling."""
    await work.tx.run(
        update(orders.orders)
        .where(_order.id == second.id)
        .values(state=OrderState.CANCELLED, state_at=work.at, priced_at=None)
    )
    into, out_of = str(number_of(first)), str(number_of(second))
    await note_event(work, second.id, "joined", OrderState.CANCELLED, who=who, why=into)
    await note_event(work, first.id, "joined", first.state, who=who, why=out_of)
    await look_over(work, [first.id, second.id])
