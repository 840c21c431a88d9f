"""Delay is told before it is asked: a parcel that should have left by now, once, in private."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, func, select, type_coerce

from handlers.capability import Deadline
from handlers.orders.following import numbers_in
from handlers.orders.reaching import MY_ORDERS, tell_customer
from handlers.work import Work
from storage.order_states import ParcelState
from storage.schema.parcels import parcel_events, parcels
from storage.schema.types import Instant

__all__ = ["DELAYS"]

_parcel, _log = parcels.c, parcel_events.c
#: From when it could be packed. A weekend fits in, so that nobody is alarmed on a Sunday.
_PROMISED = timedelta(days=4)
_TOLD = "told_delay"
_HERE = (
    _parcel.state.in_(
        (ParcelState.READY, ParcelState.PACKING, ParcelState.PARKED, ParcelState.PACKED)
    ),
    _parcel.ready_at.is_not(None),
    ~select(_log.id).where(_log.parcel_id == _parcel.id, _log.kind == _TOLD).exists(),
)


async def _tell(work: Work, due: datetime) -> None:
    rows = await work.tx.all(
        select(parcels)
        .where(*_HERE, _parcel.ready_at <= due - _PROMISED)
        .order_by(_parcel.ready_at, _parcel.id)
        .limit(200)
    )
    await work.tx.insert(
        parcel_events,
        [{"parcel_id": row.id, "at": work.at, "kind": _TOLD, "state": row.state} for row in rows],
    )
    for row in rows:
        told = {"orders": await numbers_in(work, row.id)}
        await tell_customer(work, row.customer_id, "told.delayed", told, buttons=(MY_ORDERS,))


DELAYS = Deadline(
    name="orders.delays",
    due=select(
        type_coerce(
            type_coerce(func.min(_parcel.ready_at), BigInteger)
            + _PROMISED // timedelta(microseconds=1),
            Instant,
        )
    ).where(*_HERE),
    run=_tell,
)
