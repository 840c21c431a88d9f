"""Leases: one packer a parcel, and one parcel a packer, until it is done, given up or forgotten.

A lease ends by the time of the sale; each scan renews it. Who finds a parcel half packed goes on
where the one before stopped: every scan is in the database.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, exists, or_, select, update
from sqlalchemy.exc import IntegrityError

from handlers.fulfilment.numbers import parcel_number
from handlers.people import Person
from handlers.work import Work
from storage.order_states import ParcelState
from storage.schema import orders, traffic
from storage.schema.parcels import pack_leases, parcel_lines, parcels
from storage.schema.states import ExceptionState
from storage.unit_of_work import Transaction
from storage.upsert import upsert

__all__ = ["LEASE", "PROBLEM", "find_parcel", "give_up", "lease", "lease_of", "renew", "settled"]

#: Longer than anybody needs between two scans.
LEASE = timedelta(minutes=30)
#: The kind of the exception that parks a parcel.
PROBLEM = "pack_problem"

_parcel, _part, _lease = parcels.c, parcel_lines.c, pack_leases.c
_order, _line = orders.orders.c, orders.order_lines.c


async def lease_of(tx: Transaction, person: Person, *, lock: bool = False) -> Any:
    """The lease that a person has, also one that ran out and nobody took; None if there is none."""
    query = select(pack_leases).where(
        _lease.platform == person.platform, _lease.person == person.id
    )
    return await tx.first(query.with_for_update() if lock else query)


async def find_parcel(work: Work, *, but: frozenset[int]) -> Any:
    """A parcel to be packed, locked: one that was left half packed first, then by age.

    What another packer is just taking is passed over, and so is what is under review.
    """
    taken = exists().where(_lease.parcel_id == _parcel.id, _lease.until > work.at)
    review = exists().where(
        _part.parcel_id == _parcel.id,
        _line.id == _part.line_id,
        _order.id == _line.order_id,
        _order.under_review.is_(True),
    )
    states = (ParcelState.PACKING, ParcelState.READY)
    return await work.tx.first(
        select(parcels)
        .where(_parcel.state.in_(states), ~taken, ~review, _parcel.id.not_in(but))
        .order_by(
            case((_parcel.state == ParcelState.PACKING, 0), else_=1),
            _parcel.ready_at,
            _parcel.id,
        )
        .limit(1)
        .with_for_update(skip_locked=True)
    )


async def lease(work: Work, person: Person, row: Any) -> bool:
    """Give a locked parcel to a person who has none; False where somebody was faster."""
    until = work.at + LEASE
    fence = row.fence + 1
    who = {"platform": person.platform, "person": person.id, "name": person.name}
    running = {"fence": fence, "taken_at": work.at, "until": until}
    fresh = {**who, **running, "scans": 0, "last_kind": "", "last_said": ""}
    taking = (
        upsert(work.tx, pack_leases)
        .values(parcel_id=row.id, **fresh)
        .on_conflict_do_update(
            index_elements=[_lease.parcel_id], set_=fresh, where=_lease.until <= work.at
        )
        .returning(_lease.fence)
    )
    try:
        async with work.tx.savepoint():
            got = await work.tx.scalar(taking)
    except IntegrityError:
        # The same person asked twice at once, and has one by now.
        return False
    if got is None:
        return False
    await work.tx.run(update(parcels).where(_parcel.id == row.id).values(fence=fence))
    return True


async def renew(work: Work, row: Any, **values: Any) -> None:
    """Let a lease run from now on; `values` are set with it."""
    await work.tx.run(update(pack_leases).where(_is(row)).values(until=work.at + LEASE, **values))


async def give_up(work: Work, row: Any) -> None:
    """End a lease; nothing happens if it is lost already."""
    await work.tx.run(delete(pack_leases).where(_is(row)))


def _is(row: Any) -> ColumnElement[bool]:
    return and_(_lease.parcel_id == row.parcel_id, _lease.fence == row.fence)


async def settled(work: Work) -> list[Any]:
    """Parked parcels whose problem somebody has settled, locked."""
    rows = await work.tx.all(
        select(parcels)
        .where(_parcel.state == ParcelState.PARKED)
        .order_by(_parcel.id)
        .with_for_update(skip_locked=True)
    )
    if not rows:
        return []
    kept = traffic.exceptions.c
    about = await work.tx.all(
        select(kept.subject, kept.state).where(
            kept.kind == PROBLEM, or_(*(kept.subject == parcel_number(row.id) for row in rows))
        )
    )
    told = {one.subject for one in about}
    waits = {one.subject for one in about if one.state != ExceptionState.RESOLVED}
    return [row for row in rows if parcel_number(row.id) in told - waits]
