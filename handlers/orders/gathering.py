"""Paid orders gather into parcels by the shop's rule, and a parcel is ready when all is in it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from handlers.capability import Deadline
from handlers.events import ParcelMoved
from handlers.orders.records import Stored, load_stored
from handlers.orders.repricing import joining
from handlers.orders.states import UNPAID, ParcelAct, Refused, move_parcel
from handlers.orders.together import Shippable, plan_parcels
from handlers.work import Work
from storage.order_states import OrderState, ParcelState
from storage.schema import orders, sale
from storage.schema.parcels import parcel_events, parcel_lines, parcels

__all__ = ["READY", "gather", "move_parcel_row", "see_when_ready"]

_order, _line = orders.orders.c, orders.order_lines.c
_parcel, _part = parcels.c, parcel_lines.c


async def gather(work: Work, order_ids: Collection[int]) -> None:
    """Put orders that were just paid into the parcel that gathers for their door, or a new one."""
    for stored in await load_stored(work, order_ids):
        inside = await work.tx.scalar(
            select(_part.parcel_id)
            .join(orders.order_lines, _line.id == _part.line_id)
            .where(_line.order_id == stored.id)
            .limit(1)
        )
        if stored.state is OrderState.PAID and stored.lines and inside is None:
            await _put(work, stored)


async def _put(work: Work, stored: Stored) -> None:
    parcel_id = await joining(work, stored)
    row = stored.row
    if parcel_id is None:
        (parcel_id,) = await work.tx.insert_ids(
            parcels,
            [
                {
                    "customer_id": row.customer_id,
                    "address_id": row.address_id,
                    "method": row.method or "",
                    "state": ParcelState.GATHERING,
                    "state_at": work.at,
                    "currency": row.currency,
                }
            ],
        )
        await _note(work, parcel_id, "opened", ParcelState.GATHERING)
    await work.tx.run(
        update(parcels)
        .where(_parcel.id == parcel_id)
        .values(
            shipping_minor=_parcel.shipping_minor + (row.shipping_minor or 0),
            weight_g=_parcel.weight_g + stored.weight_g,
        )
    )
    await work.tx.insert(
        parcel_lines,
        [
            {"parcel_id": parcel_id, "line_id": line.id, "units": line.quantity}
            for line in stored.lines
        ],
    )


async def see_when_ready(work: Work, customer_ids: Collection[int]) -> None:
    """Say of these customers' gathering parcels from when on they need not wait any more."""
    rows = await work.tx.all(
        select(_parcel.id, _parcel.ready_at, _order.id.label("order_id"), _order.show_id, _PAID_AT)
        .join(parcel_lines, _part.parcel_id == _parcel.id)
        .join(orders.order_lines, _line.id == _part.line_id)
        .join(orders.orders, _order.id == _line.order_id)
        .where(
            _parcel.state == ParcelState.GATHERING,
            _parcel.customer_id.in_(sorted(customer_ids)),
        )
        .add_columns(_order.customer_id, _order.send_now)
        .distinct()
        .order_by(_parcel.id, _order.id)
    )
    by_parcel: dict[int, list[Any]] = {}
    for row in rows:
        by_parcel.setdefault(row.id, []).append(row)
    for parcel_id, inside in by_parcel.items():
        ready = await _ready_at(work, inside)
        if ready != inside[0].ready_at:
            promised = timedelta(days=work.house.orders.rules.delay_days)
            delay = None if ready is None else ready + promised
            await work.tx.run(
                update(parcels)
                .where(_parcel.id == parcel_id)
                .values(ready_at=ready, delay_at=delay)
            )


_event = orders.order_events.alias("paid").c
_PAID_AT = (
    select(func.max(_event.at))
    .where(_event.order_id == _order.id, _event.kind == "pay")
    .correlate(orders.orders)
    .scalar_subquery()
    .label("paid_at")
)


async def _ready_at(work: Work, inside: Sequence[Any]) -> datetime | None:
    shippable = [
        Shippable(
            order_id=row.order_id,
            customer_id=row.customer_id,
            place="",
            show_id=row.show_id,
            paid_at=row.paid_at or work.at,
            gathers_until=await _gathers_until(work, row.customer_id, row.show_id),
            asked=row.send_now,
        )
        for row in inside
    ]
    plans = plan_parcels(work.house.orders.together, shippable)
    ends = [plan.ready_at for plan in plans]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


async def _gathers_until(work: Work, customer_id: int, show_id: int) -> datetime | None:
    """When a show has nothing more to pay for a customer; None while that may still come."""
    # The timeline of a transaction that ends a show does not know of it yet.
    ended_at: datetime | None = await work.tx.scalar(
        select(sale.shows.c.ended_at).where(sale.shows.c.id == show_id)
    )
    if ended_at is None:
        return None
    lives = select(_line.id).where(_line.order_id == _order.id, _line.ended_at.is_(None))
    unpaid = await work.tx.scalar(
        select(_order.id)
        .where(
            _order.customer_id == customer_id,
            _order.show_id == show_id,
            _order.state.in_(sorted(UNPAID)),
            lives.exists(),
        )
        .limit(1)
    )
    return None if unpaid is not None else max(ended_at, work.at)


async def move_parcel_row(
    work: Work, row: Any, act: ParcelAct, *, who: str = "", why: str = "", **values: Any
) -> ParcelState | Refused:
    """Carry `act` out on a locked parcel, with its history and its event."""
    held_back = await work.tx.scalar(
        select(_order.id)
        .join(orders.order_lines, _line.order_id == _order.id)
        .join(parcel_lines, _part.line_id == _line.id)
        .where(_part.parcel_id == row.id, _order.under_review.is_(True))
        .limit(1)
    )
    after = move_parcel(ParcelState(row.state), act, under_review=held_back is not None)
    if isinstance(after, Refused):
        return after
    await work.tx.run(
        update(parcels).where(_parcel.id == row.id).values(state=after, state_at=work.at, **values)
    )
    await _note(work, row.id, act.value, after, who=who, why=why)
    work.emit(
        ParcelMoved(parcel_id=row.id, customer_id=row.customer_id, was=row.state, state=after.value)
    )
    return after


async def _note(
    work: Work, parcel_id: int, kind: str, state: ParcelState, *, who: str = "", why: str = ""
) -> None:
    await work.tx.insert(
        parcel_events,
        [
            {
                "parcel_id": parcel_id,
                "at": work.at,
                "kind": kind,
                "state": state,
                "who": who,
                "why": why,
            }
        ],
    )


async def _release(work: Work, due: datetime) -> None:
    """What has gathered long enough waits to be packed from now on."""
    rows = await work.tx.all(
        select(parcels)
        .where(_parcel.state == ParcelState.GATHERING, _parcel.ready_at <= due)
        .order_by(_parcel.ready_at, _parcel.id)
        .limit(500)
        .with_for_update()
    )
    for row in rows:
        await move_parcel_row(work, row, ParcelAct.RELEASE)


READY = Deadline(
    name="orders.parcels",
    due=select(func.min(_parcel.ready_at)).where(_parcel.state == ParcelState.GATHERING),
    run=_release,
)
