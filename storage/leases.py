"""Named leases: who does what only one may do, and until when.

A fence number grows whenever the owner changes. Whoever was too slow holds an old one, and is
refused inside the very transaction in which it would have written.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, or_, select, update

from storage.schema.traffic import leases
from storage.unit_of_work import Transaction
from storage.upsert import upsert

__all__ = ["Lease", "LeaseLost", "check", "give_up", "renew", "take"]


class LeaseLost(Exception):
    """Somebody else has the lease now: stop doing what it was for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A lease as held: `until` is wall time."""

    name: str
    owner: str
    fence: int
    until: datetime


async def take(
    tx: Transaction, name: str, owner: str, now: datetime, seconds: float
) -> Lease | None:
    """Have the lease for `seconds`; None while another owner's still runs."""
    until = now + timedelta(seconds=seconds)
    adding = upsert(tx, leases).values(name=name, owner=owner, fence=1, until=until)
    taking = adding.on_conflict_do_update(
        index_elements=[leases.c.name],
        set_={
            "owner": owner,
            "until": until,
            "fence": leases.c.fence + case((leases.c.owner == owner, 0), else_=1),
        },
        where=or_(leases.c.owner.is_(None), leases.c.owner == owner, leases.c.until <= now),
    ).returning(leases.c.fence)
    fence = await tx.scalar(taking)
    return None if fence is None else Lease(name=name, owner=owner, fence=fence, until=until)


async def renew(tx: Transaction, lease: Lease, now: datetime, seconds: float) -> Lease:
    """Have it for `seconds` from now on. Raises `LeaseLost`."""
    until = now + timedelta(seconds=seconds)
    if not await tx.run(update(leases).where(_held(lease)), {"until": until}):
        raise LeaseLost(lease.name)
    return Lease(name=lease.name, owner=lease.owner, fence=lease.fence, until=until)


async def give_up(tx: Transaction, lease: Lease) -> None:
    """Let others have it at once; nothing happens if it is lost already."""
    await tx.run(update(leases).where(_held(lease)), {"owner": None, "until": None})


async def check(tx: Transaction, lease: Lease) -> None:
    """Make sure that this is still the owner, until this transaction ends. Raises `LeaseLost`.

    That it ran out does not matter as long as nobody took it.
    """
    if await tx.first(select(leases.c.name).where(_held(lease)).with_for_update()) is None:
        raise LeaseLost(lease.name)


def _held(lease: Lease) -> ColumnElement[bool]:
    return and_(
        leases.c.name == lease.name,
        leases.c.owner == lease.owner,
        leases.c.fence == lease.fence,
    )
