"""Where something is to be sent, and who may: one process at a time, and none while it is held."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)

from storage.leases import LeaseLost
from storage.outbox.parts import NOT_MERGED, READY, kind_of
from storage.schema.traffic import addresses, deliveries, outbox
from storage.unit_of_work import AnyRow, Transaction
from storage.upsert import upsert

__all__ = [
    "Waiting",
    "free_addresses",
    "hold_address",
    "is_left",
    "keep_address",
    "lease_address",
    "release_address",
    "waiting_addresses",
    "works_again",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An address with something to send; not before `free_at`, if that is set."""

    address: str
    free_at: datetime | None


async def waiting_addresses(
    tx: Transaction, now: datetime, limit: int, *, owner: str
) -> list[Waiting]:
    """Addresses with something to send, those free for `owner` first, at most `limit`."""
    lines = union_all(
        select(outbox.c.address, func.min(outbox.c.id).label("first"))
        .where(NOT_MERGED)
        .group_by(outbox.c.address),
        select(deliveries.c.address, literal(0).label("first"))
        .where(READY)
        .group_by(deliveries.c.address),
    ).subquery()
    others = case((addresses.c.owner != owner, addresses.c.leased_until))
    blocked = or_(others > now, addresses.c.held_until > now)
    rows = await tx.all(
        select(
            lines.c.address,
            func.min(others).label("leased_until"),
            func.min(addresses.c.held_until).label("held_until"),
        )
        .select_from(lines.outerjoin(addresses, addresses.c.address == lines.c.address))
        .group_by(lines.c.address)
        .order_by(func.min(case((blocked, 1), else_=0)), func.min(lines.c.first))
        .limit(limit)
    )
    return [Waiting(address=row.address, free_at=_later(row, now)) for row in rows]


def _later(row: AnyRow, now: datetime) -> datetime | None:
    times = [at for at in (row.leased_until, row.held_until) if at is not None and at > now]
    return max(times, default=None)


async def is_left(tx: Transaction, address: str, owner: str) -> bool:
    """Whether somebody other than `owner` leased an address and never gave it back."""
    left: str | None = await tx.scalar(
        select(addresses.c.owner)
        .where(
            addresses.c.address == address,
            addresses.c.owner != owner,
            addresses.c.leased_until.is_not(None),
        )
        .with_for_update()
    )
    return left is not None


async def lease_address(
    tx: Transaction, address: str, owner: str, now: datetime, seconds: float
) -> int | None:
    """Have an address to send to, for `seconds` of wall time; its fence, or None if it is not free.

    The fence grows each time; an older one is worth nothing any more.
    """
    until = now + timedelta(seconds=seconds)
    table = addresses.c
    adding = upsert(tx, addresses).values(
        address=address, owner=owner, fence=1, leased_until=until, failures=0
    )
    leased = adding.on_conflict_do_update(
        index_elements=[table.address],
        set_={"owner": owner, "leased_until": until, "fence": table.fence + 1},
        where=and_(
            or_(table.leased_until.is_(None), table.leased_until <= now, table.owner == owner),
            or_(table.held_until.is_(None), table.held_until <= now),
        ),
    ).returning(table.fence)
    fence: int | None = await tx.scalar(leased)
    return fence


async def keep_address(
    tx: Transaction, address: str, owner: str, fence: int, now: datetime, seconds: float
) -> int:
    """Go on with a leased address for `seconds` more; how often in a row it has failed.

    Raises `LeaseLost` if somebody else leased it meanwhile.
    """
    until = now + timedelta(seconds=seconds)
    kept = (
        update(addresses)
        .where(_held(address, owner, fence))
        .values(leased_until=until)
        .returning(addresses.c.failures)
    )
    failures: int | None = await tx.scalar(kept)
    if failures is None:
        raise LeaseLost(kind_of(address))
    return failures


async def hold_address(
    tx: Transaction, address: str, owner: str, fence: int, until: datetime
) -> None:
    """Let nobody send there before `until`, after a failure; the lease ends."""
    held = update(addresses).where(_held(address, owner, fence))
    await tx.run(
        held.values(held_until=until, leased_until=None, failures=addresses.c.failures + 1)
    )


async def release_address(
    tx: Transaction, address: str, owner: str, fence: int, *, forget: bool = False
) -> None:
    """End a lease; `forget` an address that is used only once. One lost already stays as it is."""
    held = _held(address, owner, fence)
    await tx.run(
        delete(addresses).where(held)
        if forget
        else update(addresses).where(held).values(leased_until=None)
    )


async def free_addresses(tx: Transaction, owner: str | None = None) -> set[str]:
    """Forget leases and holds of `owner`, who starts anew; of everybody where there is but one.

    Returns the addresses whose lease had not been given back.
    """
    whose = () if owner is None else (addresses.c.owner == owner,)
    left = select(addresses.c.address).where(*whose, addresses.c.leased_until.is_not(None))
    found = {address for (address,) in await tx.all(left)}
    await tx.run(update(addresses).where(*whose).values(leased_until=None, held_until=None))
    return found


async def works_again(tx: Transaction, address: str) -> None:
    """Forget the failures of an address: it takes posts again."""
    there = update(addresses).where(addresses.c.address == address)
    await tx.run(there.values(failures=0, held_until=None))


def _held(address: str, owner: str, fence: int) -> ColumnElement[bool]:
    return and_(
        addresses.c.address == address, addresses.c.owner == owner, addresses.c.fence == fence
    )
