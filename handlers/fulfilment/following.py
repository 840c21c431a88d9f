"""What follows as orders and parcels move: bundles keep parts, units leave, orders go along."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from handlers.capability import Follower
from handlers.events import Event, OrderMoved, ParcelMoved
from handlers.fulfilment.contents import parcel_row
from handlers.fulfilment.stock import (
    forget_lines,
    forget_parts,
    give_parts_back,
    keep_parts,
    leave_house,
)
from handlers.orders.gathering import move_parcel_row
from handlers.orders.moving import lock_order, move_order
from handlers.orders.states import ParcelAct, Refused, order_acts_after
from handlers.work import Work
from storage.order_states import OrderState, ParcelState
from storage.schema import orders
from storage.schema.parcels import parcel_events, parcel_lines, parcels

__all__ = ["FOLLOWS"]

_parcel, _part, _log = parcels.c, parcel_lines.c, parcel_events.c
_line = orders.order_lines.c
#: Parcels that a cancelled order can still be taken out of.
_IN_HOUSE = (
    ParcelState.GATHERING,
    ParcelState.READY,
    ParcelState.PACKING,
    ParcelState.PARKED,
    ParcelState.PACKED,
)


async def _follow(work: Work, events: Sequence[Event]) -> None:
    for event in events:
        if isinstance(event, ParcelMoved):
            await _parcel_moved(work, event)
        elif isinstance(event, OrderMoved) and event.state == OrderState.PAID:
            await keep_parts(work, event.order_id)
        elif (
            isinstance(event, OrderMoved)
            and event.was == OrderState.PAID
            and event.state == (OrderState.AWAITING_PAYMENT)
        ):
            await forget_parts(work, event.order_id)
        elif isinstance(event, OrderMoved) and event.state == OrderState.CANCELLED:
            await give_parts_back(work, event.order_id)
            await _take_out(work, event.order_id)


async def _parcel_moved(work: Work, event: ParcelMoved) -> None:
    if event.state == ParcelState.HANDED_OFF:
        await leave_house(work, event.parcel_id)
    who = await work.tx.scalar(
        select(_log.who)
        .where(_log.parcel_id == event.parcel_id, _log.state == event.state)
        .order_by(_log.id.desc())
        .limit(1)
    )
    inside = await work.tx.all(
        select(_line.order_id)
        .join(parcel_lines, _part.line_id == _line.id)
        .where(_part.parcel_id == event.parcel_id)
        .distinct()
        .order_by(_line.order_id)
    )
    for one in inside:
        await _go_along(work, one.order_id, who or "")


async def _go_along(work: Work, order_id: int, who: str) -> None:
    """Bring an order to where the parcels that carry its units are."""
    row = await lock_order(work, order_id)
    if row is None:
        return
    states = await work.tx.all(
        select(_parcel.state)
        .join(parcel_lines, _part.parcel_id == _parcel.id)
        .join(orders.order_lines, _line.id == _part.line_id)
        .where(_line.order_id == order_id)
    )
    for act in order_acts_after(OrderState(row.state), [ParcelState(one.state) for one in states]):
        row = await lock_order(work, order_id)
        if isinstance(await move_order(work, row, act, who=who), Refused):
            return


async def _take_out(work: Work, order_id: int) -> None:
    """A cancelled order leaves its parcels; one that has nothing else in it is cancelled too."""
    rows = await work.tx.all(
        select(_part.parcel_id, _part.line_id)
        .join(orders.order_lines, _line.id == _part.line_id)
        .join(parcels, _parcel.id == _part.parcel_id)
        .where(_line.order_id == order_id, _parcel.state.in_(_IN_HOUSE))
        .order_by(_part.parcel_id, _part.line_id)
    )
    by_parcel: dict[int, list[int]] = {}
    for row in rows:
        by_parcel.setdefault(row.parcel_id, []).append(row.line_id)
    for parcel_id, line_ids in by_parcel.items():
        await _out_of(work, await parcel_row(work.tx, parcel_id, lock=True), line_ids)


async def _out_of(work: Work, row: Any, line_ids: list[int]) -> None:
    others = await work.tx.scalar(
        select(_part.line_id)
        .where(_part.parcel_id == row.id, _part.line_id.not_in(line_ids))
        .limit(1)
    )
    if others is None:
        await move_parcel_row(work, row, ParcelAct.CANCEL)
        return
    await forget_lines(work, row.id, line_ids)
    # Its slip names what is in it no more: the next scan says STOP, and what is packed is reopened.
    await work.tx.run(update(parcels).where(_parcel.id == row.id).values(slip_mark=""))
    if row.state == ParcelState.PACKED:
        await move_parcel_row(work, row, ParcelAct.REOPEN)


FOLLOWS = Follower(
    name="fulfilment.moves", events=(ParcelMoved, OrderMoved), run=_follow, required=True
)
