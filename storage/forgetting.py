"""Forgetting to whom was answered: the target of an answer is a secret token while it lives."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, literal_column, or_, select, update

from storage.schema.states import DeliveryState
from storage.schema.traffic import addresses, deliveries, outbox
from storage.unit_of_work import Transaction

__all__ = ["all_ended_up_to", "forget_targets", "remembers_targets"]

# A literal, not a parameter: SQLite uses a partial index only where it sees its condition.
_READY = deliveries.c.state == literal_column(f"'{DeliveryState.READY}'")


async def remembers_targets(tx: Transaction, prefix: str, before: datetime, after: int = 0) -> bool:
    """Whether `forget_targets` would find anything."""
    delivered = select(deliveries.c.id).where(*_old_targets(prefix, before, after))
    leased = select(addresses.c.address).where(*_old_leases(prefix, before))
    return bool(await tx.scalar(select(or_(delivered.exists(), leased.exists()))))


async def forget_targets(tx: Transaction, prefix: str, before: datetime, after: int = 0) -> None:
    """Cut addresses that begin with `prefix` down to it, where what was said before `before` ended.

    The words go too: a private answer is read by nobody any more. Looks only at deliveries with
    ids above `after`.
    """
    old = select(deliveries.c.id).where(*_old_targets(prefix, before, after))
    await tx.run(
        update(outbox)
        .where(outbox.c.delivery_id.in_(old))
        .values(address=prefix, values={"text": ""})
    )
    await tx.run(
        update(deliveries)
        .where(deliveries.c.id.in_(old))
        .values(address=prefix, rendered={"text": ""})
    )
    await tx.run(delete(addresses).where(*_old_leases(prefix, before)))


async def all_ended_up_to(
    tx: Transaction, prefixes: Sequence[str], before: datetime, after: int = 0
) -> int:
    """The delivery id up to which `forget_targets` has nothing left to find later on.

    Looks only above `after`, which is such an id.
    """
    waits = or_(*(_begins(deliveries.c.address, prefix) for prefix in prefixes))
    may_come = or_(deliveries.c.at >= before, and_(_READY, waits))
    newer = deliveries.c.id > after
    first: int | None = await tx.scalar(select(func.min(deliveries.c.id)).where(newer, may_come))
    if first is not None:
        return first - 1
    last: int | None = await tx.scalar(select(func.max(deliveries.c.id)).where(newer))
    return after if last is None else last


def _old_targets(prefix: str, before: datetime, after: int) -> tuple[ColumnElement[bool], ...]:
    longer = deliveries.c.address != prefix
    begins = _begins(deliveries.c.address, prefix)
    return deliveries.c.id > after, deliveries.c.at < before, ~_READY, longer, begins


def _old_leases(prefix: str, before: datetime) -> tuple[ColumnElement[bool], ...]:
    """Of answers that were never let go, because their process died: nobody sends there again."""
    table, waits = addresses.c, deliveries.c.address == addresses.c.address
    said = and_(outbox.c.address == table.address, outbox.c.delivery_id.is_(None))
    return (
        _begins(table.address, prefix),
        or_(table.leased_until.is_(None), table.leased_until < before),
        or_(table.held_until.is_(None), table.held_until < before),
        ~select(deliveries.c.id).where(waits, _READY).exists(),
        ~select(outbox.c.id).where(said).exists(),
    )


def _begins(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    return column.startswith(prefix, autoescape=True)
