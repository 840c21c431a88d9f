"""What waits for a platform that cannot be reached, and which of it was said elsewhere already."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, literal_column, select, union_all

from storage.schema.states import DeliveryState
from storage.schema.traffic import addresses, copied, deliveries, outbox
from storage.unit_of_work import AnyRow, Transaction, padded
from storage.upsert import upsert

__all__ = ["mark_copied", "waiting_too_long"]

# A literal, not a parameter: SQLite uses a partial index only where it sees its condition.
_READY = deliveries.c.state == literal_column(f"'{DeliveryState.READY}'")


async def waiting_too_long(
    tx: Transaction, prefix: str, kinds: Sequence[str], before: datetime
) -> Sequence[AnyRow]:
    """Messages of `kinds` that nobody saw yet, in order: `id, address, kind, values, card`.

    They wait at addresses that begin with `prefix`, failed when last tried, and hold something
    that was said before `before`. Without what is copied already.
    """
    failing = (
        select(addresses.c.address)
        .where(addresses.c.failures > 0, addresses.c.address.startswith(prefix, autoescape=True))
        .order_by(addresses.c.address)
    )
    late: list[AnyRow] = []
    for (address,) in await tx.all(failing):
        rows = await tx.all(_unseen(address).order_by(outbox.c.id))
        if any(row.at <= before for row in rows):
            late += [row for row in rows if row.kind in kinds]
    ids = padded(row.id for row in late)
    known = select(copied.c.outbox_id).where(copied.c.outbox_id.in_(ids))
    done = {id for (id,) in await tx.all(known)} if ids else set()
    return [row for row in late if row.id not in done]


def _unseen(address: str) -> Select[Any]:
    # Each half by its own partial index: the outbox also holds all that was ever said.
    merged = select(outbox.c.id).join(deliveries, deliveries.c.id == outbox.c.delivery_id)
    waiting = select(outbox.c.id).where(outbox.c.address == address, outbox.c.delivery_id.is_(None))
    unsent = merged.where(deliveries.c.address == address, _READY)
    return select(outbox).where(outbox.c.id.in_(union_all(waiting, unsent)))


async def mark_copied(tx: Transaction, ids: Iterable[int], now: datetime) -> set[int]:
    """Note that these are copied; returns those that were not before, whoever asks at once."""
    adding = upsert(tx, copied).values([{"outbox_id": id, "at": now} for id in ids])
    new = adding.on_conflict_do_nothing().returning(copied.c.outbox_id)
    return {id for (id,) in await tx.all(new)}
