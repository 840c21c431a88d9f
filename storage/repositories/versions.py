"""Counters that grow with each change of what a reader may have cached."""

from sqlalchemy import select

from storage.schema.traffic import versions
from storage.unit_of_work import Transaction
from storage.upsert import upsert

__all__ = ["bump", "current"]


async def bump(tx: Transaction, name: str) -> None:
    """Say that what is cached under `name` has changed: `catalogue` or `timeline`."""
    await tx.run(
        upsert(tx, versions)
        .values(name=name, value=1)
        .on_conflict_do_update(
            index_elements=[versions.c.name], set_={"value": versions.c.value + 1}
        )
    )


async def current(tx: Transaction) -> dict[str, int]:
    """Every counter by name; one that was never bumped is not there."""
    return {row.name: row.value for row in await tx.all(select(versions))}
