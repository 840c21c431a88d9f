"""What stands beside a letter: its writer's orders, tracking and returns; never an address."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select

from handlers.orders.records import number_of
from handlers.wording import Said
from handlers.work import Work
from storage.schema.orders import order_lines, orders
from storage.schema.parcels import parcel_lines, parcels
from storage.schema.returns import returns
from storage.schema.support import support_threads

__all__ = ["beside"]

_order, _line, _parcel, _part = orders.c, order_lines.c, parcels.c, parcel_lines.c
_MOST_ORDERS = 4
_MOST_ITEMS = 4
_MOST_RETURNS = 3
_MOST_CONVERSATIONS = 2


async def beside(work: Work, thread: Any) -> Said:
    """The newest orders, returns and other conversations of a conversation's customer, a line each.

    Takes its row.
    """
    customer_id = thread.customer_id
    rows = await work.tx.all(
        select(orders)
        .where(_order.customer_id == customer_id)
        .order_by(_order.id.desc())
        .limit(_MOST_ORDERS + 1)
    )
    shown = rows[:_MOST_ORDERS]
    lines = [*await _orders(work, shown), *await _returns(work, customer_id)]
    say = work.house.wording.say
    if len(rows) > len(shown):
        lines.append(say("support.more_orders"))
    known = lines or [say("support.no_orders")]
    return Said("\n".join([*known, *await _conversations(work, thread)]))


async def _orders(work: Work, rows: Sequence[Any]) -> Sequence[Said]:
    ids = [row.id for row in rows]
    if not ids:
        return ()
    items: dict[int, list[str]] = {}
    for one in await work.tx.all(
        select(_line.order_id, _line.code, func.sum(_line.quantity).label("units"))
        .where(_line.order_id.in_(ids))
        .group_by(_line.order_id, _line.code)
        .order_by(_line.order_id, _line.code)
    ):
        items.setdefault(one.order_id, []).append(
            one.code if one.units == 1 else f"{one.code} ×{one.units}"
        )
    sent = {
        one.order_id: one
        for one in await work.tx.all(
            select(_line.order_id, _parcel.carrier, _parcel.tracking)
            .join(parcel_lines, _part.line_id == _line.id)
            .join(parcels, _parcel.id == _part.parcel_id)
            .where(_line.order_id.in_(ids), _parcel.tracking.is_not(None))
            .order_by(_parcel.id)
        )
    }
    return list(_told(work, rows, items, sent))


def _told(
    work: Work, rows: Sequence[Any], items: dict[int, list[str]], sent: dict[int, Any]
) -> Iterator[Said]:
    say = work.house.wording.say
    for row in rows:
        mine, parcel = items.get(row.id, []), sent.get(row.id)
        yield say(
            "support.order",
            order=str(number_of(row)),
            state=say(f"order.state.{row.state}"),
            items=", ".join(mine[:_MOST_ITEMS]) + (" …" if len(mine) > _MOST_ITEMS else ""),
            carrier="" if parcel is None else parcel.carrier,
            tracking="" if parcel is None else parcel.tracking,
        )


async def _returns(work: Work, customer_id: int) -> Sequence[Said]:
    back = returns.c
    rows = await work.tx.all(
        select(back.number, back.kind, back.state)
        .where(back.customer_id == customer_id)
        .order_by(back.id.desc())
        .limit(_MOST_RETURNS)
    )
    say = work.house.wording.say
    return [
        say("support.return", number=row.number, kind=row.kind, state=row.state.replace("_", " "))
        for row in rows
    ]


async def _conversations(work: Work, thread: Any) -> Sequence[Said]:
    other = support_threads.c
    rows = await work.tx.all(
        select(other.id, other.closed_at)
        .where(other.customer_id == thread.customer_id, other.id != thread.id)
        .order_by(other.id.desc())
        .limit(_MOST_CONVERSATIONS)
    )
    say = work.house.wording.say
    return [
        say("support.conversation", number=row.id, over=row.closed_at is not None) for row in rows
    ]
