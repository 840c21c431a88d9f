"""What is to be said: outbox rows wait at addresses, are merged into deliveries, and are sent.

A delivery is stored as rendered before it is sent, and sent unchanged until it is marked. An
address is leased with a fence while somebody sends to it; every change of a delivery stands in a
transaction that called `keep_address` with that fence first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from storage.leases import LeaseLost
from storage.schema.states import DeliveryState
from storage.schema.traffic import addresses, deliveries, outbox
from storage.unit_of_work import AnyRow, Transaction, padded
from storage.upsert import upsert

__all__ = [
    "SIGNAL",
    "AlreadyMerged",
    "Lag",
    "NewDelivery",
    "Waiting",
    "anything",
    "count_attempt",
    "earlier_post",
    "free_addresses",
    "hold_address",
    "is_left",
    "keep_address",
    "lag",
    "lease_address",
    "mark_failed",
    "mark_sent",
    "put",
    "ready",
    "release_address",
    "store_deliveries",
    "waiting",
    "waiting_addresses",
    "works_again",
]

#: Signalled by each transaction that put something here: see `Storage.on_signal`.
SIGNAL = "outbox"

# A literal, not a parameter: SQLite uses a partial index only where it sees its condition.
_READY = deliveries.c.state == literal_column(f"'{DeliveryState.READY}'")
_NOT_MERGED = outbox.c.delivery_id.is_(None)


class AlreadyMerged(Exception):
    """Somebody else merged some of these messages first; nothing was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A delivery to store: the outbox ids in it, and how it reads.

    One with an `error` is stored as failed, and never sent.
    """

    members: tuple[int, ...]
    kind: str
    rendered: Mapping[str, Any]
    at: datetime
    card: str | None = None
    expires_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An address with something to send; not before `free_at`, if that is set."""

    address: str
    free_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How many messages were not sent yet, and when the oldest of them was said."""

    count: int
    oldest: datetime | None


async def put(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Say `rows`: `address, kind, values, at`, and if need be `expires_at` and `card`."""
    if rows:
        tx.signal(SIGNAL)
        await tx.insert(outbox, [{"expires_at": None, "card": None, **row} for row in rows])


async def waiting_addresses(
    tx: Transaction, now: datetime, limit: int, *, owner: str
) -> list[Waiting]:
    """Addresses with something to send, those free for `owner` first, at most `limit`."""
    lines = union_all(
        select(outbox.c.address, func.min(outbox.c.id).label("first"))
        .where(_NOT_MERGED)
        .group_by(outbox.c.address),
        select(deliveries.c.address, literal(0).label("first"))
        .where(_READY)
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
        raise LeaseLost(_kind_of(address))
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


async def waiting(tx: Transaction, address: str, limit: int) -> Sequence[AnyRow]:
    """The oldest messages there that are in no delivery yet: `id, kind, values, at, …`."""
    return await tx.all(
        select(outbox)
        .where(outbox.c.address == address, _NOT_MERGED)
        .order_by(outbox.c.id)
        .limit(limit)
    )


async def ready(tx: Transaction, address: str, limit: int) -> Sequence[AnyRow]:
    """The oldest deliveries there that are still to be sent."""
    return await tx.all(
        select(deliveries)
        .where(deliveries.c.address == address, _READY)
        .order_by(deliveries.c.id)
        .limit(limit)
    )


async def anything(tx: Transaction, address: str) -> bool:
    """Whether something there is still to be sent."""
    merged = select(deliveries.c.id).where(deliveries.c.address == address, _READY)
    said = select(outbox.c.id).where(outbox.c.address == address, _NOT_MERGED)
    return bool(await tx.scalar(select(or_(merged.exists(), said.exists()))))


async def store_deliveries(tx: Transaction, address: str, new: Sequence[NewDelivery]) -> list[int]:
    """Store merged messages and return the ids of their deliveries, in order.

    A message in several deliveries counts as told with the last. Raises `AlreadyMerged`.
    """
    ids = await tx.insert_ids(deliveries, [_row(address, each) for each in new])
    told_by = {member: id for each, id in zip(new, ids, strict=True) for member in each.members}
    for id in ids:
        members = [member for member, last in told_by.items() if last == id]
        if members and await tx.run(_MERGE, _merge(members, id)) != len(members):
            raise AlreadyMerged(_kind_of(address))
    return ids


_MERGE = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("members", expanding=True)), _NOT_MERGED)
    .values(delivery_id=bindparam("delivery"))
)


def _merge(members: Iterable[int], delivery: int) -> dict[str, Any]:
    return {"members": padded(members), "delivery": delivery}


def _row(address: str, new: NewDelivery) -> dict[str, Any]:
    return {
        "address": address,
        "kind": new.kind,
        "rendered": dict(new.rendered),
        "at": new.at,
        "card": new.card,
        "expires_at": new.expires_at,
        "state": DeliveryState.READY if new.error is None else DeliveryState.FAILED,
        "error": new.error,
    }


async def mark_sent(tx: Transaction, id: int, native_id: str | None, now: datetime) -> None:
    """Note that a delivery was sent."""
    values = {"state": DeliveryState.SENT, "native_id": native_id, "sent_at": now, "error": None}
    await _end(tx, id, values)


async def works_again(tx: Transaction, address: str) -> None:
    """Forget the failures of an address: it takes posts again."""
    there = update(addresses).where(addresses.c.address == address)
    await tx.run(there.values(failures=0, held_until=None))


async def mark_failed(tx: Transaction, id: int, error: str) -> None:
    """Give a delivery up; `error` says why."""
    await _end(tx, id, {"state": DeliveryState.FAILED, "error": error})


async def count_attempt(tx: Transaction, id: int, error: str) -> None:
    """Note that a delivery was not sent, or may not have been, and stays to be sent."""
    await _end(tx, id, {"error": error})


async def _end(tx: Transaction, id: int, values: Mapping[str, Any]) -> None:
    tried = update(deliveries).where(deliveries.c.id == id)
    await tx.run(tried.values(attempts=deliveries.c.attempts + 1, **values))


async def earlier_post(tx: Transaction, address: str, card: str) -> str | None:
    """The platform's id of the last post of a card at an address, if it was posted there."""
    posted: str | None = await tx.scalar(
        select(deliveries.c.native_id)
        .where(
            deliveries.c.card == card,
            deliveries.c.address == address,
            deliveries.c.native_id.is_not(None),
        )
        .order_by(deliveries.c.id.desc())
        .limit(1)
    )
    return posted


async def lag(tx: Transaction) -> Lag:
    """How far the saying is behind."""
    not_merged = select(func.count(), func.min(outbox.c.at)).where(_NOT_MERGED)
    not_sent = select(func.count(), func.min(deliveries.c.at)).where(_READY)
    found = [*await tx.all(not_merged), *await tx.all(not_sent)]
    return Lag(
        count=sum(count for count, _ in found),
        oldest=min((oldest for _, oldest in found if oldest is not None), default=None),
    )


def _kind_of(address: str) -> str:
    """What an error may say of an address: its target may be a secret."""
    return "|".join(address.split("|", 2)[:2])


def _held(address: str, owner: str, fence: int) -> ColumnElement[bool]:
    return and_(
        addresses.c.address == address, addresses.c.owner == owner, addresses.c.fence == fence
    )
