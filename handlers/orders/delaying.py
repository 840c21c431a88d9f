"""Delay is told before it is asked: a parcel that should have left by now, once, in private."""

from datetime import datetime

from sqlalchemy import func, select, update

from handlers.capability import Deadline
from handlers.orders.following import numbers_in
from handlers.orders.reaching import MY_ORDERS, tell_customer
from handlers.work import Work
from storage.order_states import ParcelState
from storage.schema.parcels import parcel_events, parcels
from storage.unit_of_work import padded

__all__ = ["DELAYS"]

_parcel = parcels.c
_HERE = _parcel.state.in_(
    (ParcelState.READY, ParcelState.PACKING, ParcelState.PARKED, ParcelState.PACKED)
)


async def _tell(work: Work, due: datetime) -> None:
    rows = await work.tx.all(
        select(parcels)
        .where(_HERE, _parcel.delay_at <= due)
        .order_by(_parcel.delay_at, _parcel.id)
        .limit(200)
    )
    await work.tx.insert(
        parcel_events,
        [
            {"parcel_id": row.id, "at": work.at, "kind": "told_delay", "state": row.state}
            for row in rows
        ],
    )
    await work.tx.run(
        update(parcels).where(_parcel.id.in_(padded(row.id for row in rows))).values(delay_at=None)
    )
    for row in rows:
        told = {"orders": await numbers_in(work, row.id)}
        await tell_customer(work, row.customer_id, "told.delayed", told, buttons=(MY_ORDERS,))


DELAYS = Deadline(
    name="orders.delays",
    due=select(func.min(_parcel.delay_at)).where(_HERE),
    run=_tell,
)
