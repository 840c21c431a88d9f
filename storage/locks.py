"""Locks on what has no row yet: whoever is about to write the first one of a kind takes turns."""

from sqlalchemy import func, select

from storage.unit_of_work import Transaction

__all__ = ["lock_name"]


async def lock_name(tx: Transaction, name: str) -> None:
    """Let nobody else have `name` until this transaction ends; on SQLite nobody else writes."""
    if tx.dialect == "postgresql":
        await tx.run(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
