"""What is said, and in which deliveries: put, merged, stored as rendered, sent or given up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select, update

from storage.outbox.parts import NOT_MERGED, READY, kind_of
from storage.schema.states import DeliveryState
from storage.schema.traffic import deliveries, outbox
from storage.unit_of_work import AnyRow, Transaction, padded

__all__ = [
    "SIGNAL",
    "AlreadyMerged",
    "Lag",
    "NewDelivery",
    "anything",
    "count_attempt",
    "earlier_post",
    "lag",
    "mark_failed",
    "mark_sent",
    "overtaken",
    "put",
    "ready",
    "store_deliveries",
    "waiting",
]

#: Signalled by each transaction that put something here: see `Storage.on_signal`.
SIGNAL = "outbox"


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
class Lag:
    """How many messages were not sent yet, and when the oldest of them was said."""

    count: int
    oldest: datetime | None


async def put(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Say `rows`: `address, kind, values, at`, and if need be `expires_at` and `card`."""
    if rows:
        tx.signal(SIGNAL)
        await tx.insert(outbox, [{"expires_at": None, "card": None, **row} for row in rows])


async def waiting(tx: Transaction, address: str, limit: int) -> Sequence[AnyRow]:
    """The oldest messages there that are in no delivery yet: `id, kind, values, at, …`."""
    return await tx.all(
        select(outbox)
        .where(outbox.c.address == address, NOT_MERGED)
        .order_by(outbox.c.id)
        .limit(limit)
    )


async def ready(tx: Transaction, address: str, limit: int) -> Sequence[AnyRow]:
    """The oldest deliveries there that are still to be sent."""
    return await tx.all(
        select(deliveries)
        .where(deliveries.c.address == address, READY)
        .order_by(deliveries.c.id)
        .limit(limit)
    )


async def anything(tx: Transaction, address: str) -> bool:
    """Whether something there is still to be sent."""
    merged = select(deliveries.c.id).where(deliveries.c.address == address, READY)
    said = select(outbox.c.id).where(outbox.c.address == address, NOT_MERGED)
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
            raise AlreadyMerged(kind_of(address))
    return ids


_MERGE = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("members", expanding=True)), NOT_MERGED)
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


async def overtaken(tx: Transaction, card: str, native_id: str) -> str | None:
    """What a card says by now, where `native_id` was a post of it that is not its newest.

    None where it is the newest, or is not known.
    """
    posted, said = deliveries.c, outbox.c
    mine = select(posted.address).where(posted.card == card, posted.native_id == native_id).limit(1)
    address: str | None = await tx.scalar(mine)
    if address is None or await earlier_post(tx, address, card) == native_id:
        return None
    newest = (
        select(posted.rendered)
        .where(posted.card == card, posted.address == address, posted.native_id.is_not(None))
        .order_by(posted.id.desc())
        .limit(1)
    )
    waits = (
        select(said["values"])
        .where(said.address == address, said.card == card, NOT_MERGED)
        .order_by(said.id.desc())
        .limit(1)
    )
    for values in (await tx.scalar(waits), await tx.scalar(newest)):
        if values and values.get("text"):
            return str(values["text"])
    return None


async def lag(tx: Transaction) -> Lag:
    """How far the saying is behind."""
    not_merged = select(func.count(), func.min(outbox.c.at)).where(NOT_MERGED)
    not_sent = select(func.count(), func.min(deliveries.c.at)).where(READY)
    found = [*await tx.all(not_merged), *await tx.all(not_sent)]
    return Lag(
        count=sum(count for count, _ in found),
        oldest=min((oldest for _, oldest in found if oldest is not None), default=None),
    )
