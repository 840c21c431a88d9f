"""What follows when orders and parcels move: parcels gather, the gate looks, customers are told.

Whoever packs, sends or delivers only emits the event; each thing is told once, in private.
"""

from collections.abc import Sequence, Set
from typing import Any

from sqlalchemy import select

from handlers.capability import Follower
from handlers.events import Event, ExceptionDecided, OrderMoved, ParcelMoved, ShowEnded
from handlers.fulfilment.carriers import link_of
from handlers.money import Money
from handlers.orders.couponing import give_uses_back
from handlers.orders.gathering import gather, see_when_ready
from handlers.orders.gating import lift_review, look_over
from handlers.orders.letting_go import let_go
from handlers.orders.moving import note_event
from handlers.orders.numbers import OrderNumber
from handlers.orders.paid_back import goes_back
from handlers.orders.reaching import MY_ORDERS, SEND_BACK, tell_customer
from handlers.orders.records import number_of
from handlers.orders.repricing import price_many
from handlers.orders.times import note_checkouts
from handlers.work import Work
from storage.order_states import OrderState, ParcelState
from storage.schema import orders, traffic
from storage.schema.parcels import parcel_events, parcel_lines, parcels
from storage.schema.states import ExceptionState
from storage.unit_of_work import padded

__all__ = ["AFTER_DECISIONS", "AFTER_ORDERS", "AFTER_PARCELS", "AT_THE_END", "numbers_in"]

_order, _line = orders.orders.c, orders.order_lines.c
_parcel, _part, _log = parcels.c, parcel_lines.c, parcel_events.c
_use, _payment = orders.coupon_uses.c, orders.payments.c
_AT_ONCE = 2_048
_OVER = frozenset({OrderState.CANCELLED.value, OrderState.EXPIRED.value})
#: What its customer hears of an order, and of a parcel.
#: Who paid hears it where the money is booked.
_TOLD_ORDER = {OrderState.CANCELLED.value: "told.cancelled"}
_STILL_HERE = (
    ParcelState.READY,
    ParcelState.PACKING,
    ParcelState.PARKED,
    ParcelState.PACKED,
)
_TOLD_PARCEL = {
    ParcelState.PACKED.value: "told.packed",
    ParcelState.HANDED_OFF.value: "told.shipped",
    ParcelState.DELIVERED.value: "told.delivered",
}


async def _moved(work: Work, events: Sequence[Event]) -> None:
    moves = [event for event in events if isinstance(event, OrderMoved)]
    paid = [one.order_id for one in moves if one.state == OrderState.PAID]
    over = [one for one in moves if one.state in _OVER]
    unsettled = await _unsettled(work, over)
    for order_id in unsettled:
        await let_go(work, order_id, who="")
        await give_uses_back(work, order_id)
    await gather(work, paid)
    await look_over(work, [*paid, *unsettled])
    touched = {one.customer_id for one in moves if one.order_id in paid}
    touched |= await _gathering(work, {one.customer_id for one in over})
    if touched:
        await see_when_ready(work, touched)
    for one in moves:
        if one.state in _TOLD_ORDER:
            await _tell_order(work, one)


async def _unsettled(work: Work, over: Sequence[OrderMoved]) -> list[int]:
    """Those of the orders that are over which still hold credit, a coupon, money or a question.

    Most never got so far, and many end together.
    """
    found: set[int] = set()
    ids = sorted({one.order_id for one in over})
    numbers = {one.number: one.order_id for one in over}
    exceptions = traffic.exceptions.c
    for start in range(0, len(ids), _AT_ONCE):
        some = padded(ids[start : start + _AT_ONCE])
        for query in (
            select(_order.id).where(
                _order.id.in_(some), (_order.credit_minor > 0) | (_order.received_minor > 0)
            ),
            select(_use.order_id).where(_use.order_id.in_(some)),
            select(_payment.order_id).where(_payment.order_id.in_(some)),
        ):
            found |= {row[0] for row in await work.tx.all(query)}
    known = sorted(numbers)
    for start in range(0, len(known), _AT_ONCE):
        asked = await work.tx.all(
            select(exceptions.subject).where(
                exceptions.subject.in_(padded(known[start : start + _AT_ONCE])),
                exceptions.state != ExceptionState.RESOLVED,
            )
        )
        found |= {numbers[row.subject] for row in asked}
    return sorted(found)


async def _gathering(work: Work, customers: Set[int]) -> set[int]:
    """Those of these customers who have a parcel that gathers."""
    if not customers:
        return set()
    rows = await work.tx.all(
        select(_parcel.customer_id).where(_parcel.state == ParcelState.GATHERING).distinct()
    )
    return {row.customer_id for row in rows} & customers


async def _tell_order(work: Work, moved: OrderMoved) -> None:
    kind, events = f"told_{moved.state}", orders.order_events.c
    told = await work.tx.scalar(
        select(events.id).where(events.order_id == moved.order_id, events.kind == kind).limit(1)
    )
    row = await work.tx.first(select(orders.orders).where(_order.id == moved.order_id))
    if told is not None or row is None:
        return
    await note_event(work, moved.order_id, kind, row.state)
    amount = Money(row.total_minor or 0, row.currency).shown(work.house.locale)
    values = {"order": moved.number, "amount": amount}
    if back := await goes_back(work, moved.order_id):
        values["back"] = Money(back, row.currency).shown(work.house.locale)
    key = _TOLD_ORDER[moved.state]
    await tell_customer(work, moved.customer_id, key, values, buttons=(MY_ORDERS,))


async def _parcels_moved(work: Work, events: Sequence[Event]) -> None:
    for event in events:
        if isinstance(event, ParcelMoved) and event.state in _TOLD_PARCEL:
            await _tell_parcel(work, event)


async def _tell_parcel(work: Work, moved: ParcelMoved) -> None:
    kind = f"told_{moved.state}"
    told = await work.tx.scalar(
        select(_log.id).where(_log.parcel_id == moved.parcel_id, _log.kind == kind).limit(1)
    )
    row = await work.tx.first(select(parcels).where(_parcel.id == moved.parcel_id))
    if told is not None or row is None:
        return
    note = {"parcel_id": row.id, "at": work.at, "kind": kind, "state": row.state}
    await work.tx.insert(parcel_events, [note])
    rest = await work.tx.scalar(
        select(_parcel.id).where(_parcel.part_of == row.id, _parcel.state.in_(_STILL_HERE)).limit(1)
    )
    values = {
        "orders": await numbers_in(work, row.id),
        "carrier": row.carrier,
        "tracking": row.tracking or "",
        "link": link_of(row.carrier, row.tracking or ""),
        "rest": rest is not None,
    }
    key = _TOLD_PARCEL[moved.state]
    arrived = moved.state == ParcelState.DELIVERED
    buttons = (MY_ORDERS, SEND_BACK) if arrived else (MY_ORDERS,)
    await tell_customer(work, moved.customer_id, key, values, buttons=buttons)


async def numbers_in(work: Work, parcel_id: int) -> list[str]:
    """What the orders in a parcel are called."""
    rows: Sequence[Any] = await work.tx.all(
        select(_order.show_id, _order.serial)
        .join(orders.order_lines, _line.order_id == _order.id)
        .join(parcel_lines, _part.line_id == _line.id)
        .where(_part.parcel_id == parcel_id)
        .distinct()
        .order_by(_order.show_id, _order.serial)
    )
    return [str(number_of(row)) for row in rows]


async def _ended(work: Work, events: Sequence[Event]) -> None:
    """A show is over: what is to be paid of it is priced, and its parcels know when they leave."""
    shows = sorted({event.show_id for event in events if isinstance(event, ShowEnded)})
    rows = await work.tx.all(
        select(_order.id).where(_order.show_id.in_(shows), _order.state == OrderState.OPEN)
    )
    priced = await price_many(work, [row.id for row in rows])
    # Whoever holds something was just mentioned over the way to their cart.
    await note_checkouts(work, [quote.stored.id for quote in priced])
    gathering = await work.tx.all(
        select(_parcel.customer_id).where(_parcel.state == ParcelState.GATHERING).distinct()
    )
    if gathering:
        await see_when_ready(work, {row.customer_id for row in gathering})


async def _decided(work: Work, events: Sequence[Event]) -> None:
    """A person decided about an order: it goes on, unless something else keeps it."""
    for event in events:
        number = (
            OrderNumber.parse(event.subject)
            if isinstance(event, ExceptionDecided) and event.kind.startswith("order_")
            else None
        )
        if number is not None:
            order_id = await work.tx.scalar(
                select(_order.id).where(
                    _order.show_id == number.show, _order.serial == number.serial
                )
            )
            await lift_review(work, order_id)


AFTER_ORDERS = Follower(name="orders.moved", events=(OrderMoved,), run=_moved)
AFTER_PARCELS = Follower(name="orders.parcels", events=(ParcelMoved,), run=_parcels_moved)
AFTER_DECISIONS = Follower(name="orders.decided", events=(ExceptionDecided,), run=_decided)
AT_THE_END = Follower(name="orders.ended", events=(ShowEnded,), run=_ended)
