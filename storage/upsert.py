"""INSERT … ON CONFLICT, which both databases know and SQLAlchemy writes for each alone."""

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from storage.unit_of_work import Transaction

__all__ = ["upsert"]


def upsert(tx: Transaction, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert with `on_conflict_do_update` and `on_conflict_do_nothing`."""
    return postgresql.insert(table) if tx.dialect == "postgresql" else sqlite.insert(table)
