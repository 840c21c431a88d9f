"""Column types and the metadata that all tables share."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, Dialect, Integer, MetaData
from sqlalchemy.types import TypeDecorator

__all__ = ["Instant", "identifier", "metadata", "one_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

#: Constraint names from the first table on: a migration can only drop what has a name.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as microseconds since 1970.

    The same on SQLite and PostgreSQL, exact, ordered and small; a naive datetime is refused.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Turn a datetime into microseconds."""
        if value is None:
            return None
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Turn microseconds into a datetime."""
        if value is None:
            return None
        return _EPOCH + timedelta(microseconds=value)


#: SQLite numbers rows by itself only in a column of type INTEGER.
_RowId = BigInteger().with_variant(Integer(), "sqlite")


def identifier() -> Column[int]:
    """A row id that the database gives."""
    return Column("id", _RowId, primary_key=True, autoincrement=True)


def one_of(column: str, states: type[StrEnum]) -> CheckConstraint:
    """A fence: `column` holds one of `states`."""
    listed: Any = ", ".join(f"'{state.value}'" for state in states)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
