"""One transaction, as everything above sees it: statements in, rows out, all or nothing."""

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Executable, Row, Table, insert
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import StorageError, translate

__all__ = ["AnyRow", "Transaction", "padded"]

T = TypeVar("T")
Id = TypeVar("Id", int, str)
#: A row of any columns: a tuple with names.
AnyRow: TypeAlias = Row[*tuple[Any, ...]]
Parameters: TypeAlias = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


def padded(ids: Iterable[Id]) -> list[Id]:
    """`ids` once each, sorted, and filled up to a power of two by repeating the last one.

    So that IN lists come in few lengths, and the database knows the statement already.
    """
    known = sorted(set(ids))
    if known:
        known += [known[-1]] * ((1 << (len(known) - 1).bit_length()) - len(known))
    return known


class Transaction:
    """What `Storage.write()` and `Storage.read()` give.

    A statement that fails spoils the transaction on either database, unless it stood in a
    `savepoint` that was rolled back: then a commit raises that error again. After a `StorageError`
    nothing more can be done in it, with or without a savepoint.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._spoiled: BaseException | None = None
        self._callbacks: list[Callable[[], object]] = []
        self.dialect: str = connection.dialect.name
        #: The names given to `signal`.
        self.signals: set[str] = set()

    async def all(self, statement: Executable, params: Parameters = None) -> Sequence[AnyRow]:
        """Every row."""
        result = await self._guarded(self._connection.execute(statement, params))
        return result.all()

    async def first(self, statement: Executable, params: Parameters = None) -> AnyRow | None:
        """The first row, if there is one."""
        result = await self._guarded(self._connection.execute(statement, params))
        return result.first()

    async def scalar(self, statement: Executable, params: Parameters = None) -> Any:
        """The first column of the first row; None if there is no row."""
        result = await self._guarded(self._connection.execute(statement, params))
        return result.scalar()

    async def run(self, statement: Executable, params: Parameters = None) -> int:
        """Carry `statement` out, for each of `params` if they are many; how many rows it met."""
        if isinstance(params, Sequence) and not params:
            return 0
        result = await self._guarded(self._connection.execute(statement, params))
        return result.rowcount

    async def insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add `rows`, which all name the same columns."""
        if rows:
            _same_columns(table, rows)
            await self._guarded(self._connection.execute(insert(table), rows))

    async def insert_ids(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Add `rows`, which all name the same columns, and return their ids in the same order."""
        if not rows:
            return []
        _same_columns(table, rows)
        # SQLite gives rising ids, row by row; asked for the order, it would take one row at a time.
        rising = self.dialect == "sqlite" and "id" not in rows[0]
        adding = insert(table).returning(table.c.id, sort_by_parameter_order=not rising)
        result = await self._guarded(self._connection.execute(adding, rows))
        ids = list(result.scalars())
        return sorted(ids) if rising else ids

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Take back only what stands in the body, if it raises. The error goes on."""
        marked = len(self._callbacks)
        nested = await self._guarded(self._connection.begin_nested())
        try:
            yield
            if self._spoiled is not None:
                raise self._spoiled
        except BaseException:
            if not isinstance(self._spoiled, StorageError) and not self._connection.invalidated:
                await self._guarded(nested.rollback())
                self._spoiled = None
            del self._callbacks[marked:]
            raise
        await self._guarded(nested.commit())

    def on_commit(self, callback: Callable[[], object]) -> None:
        """Call `callback` once this is committed; never if it (or its savepoint) is rolled back."""
        self._callbacks.append(callback)

    def signal(self, name: str) -> None:
        """Let those who listen for `name` know once this is committed, in every process."""
        self.signals.add(name)

    def check(self) -> None:
        """Raise what spoiled this transaction, so that half of it is never committed."""
        if self._spoiled is not None:
            raise self._spoiled

    def committed(self) -> None:
        """Call what waited for the commit."""
        for callback in self._callbacks:
            callback()

    async def _guarded(self, call: Awaitable[T]) -> T:
        if isinstance(self._spoiled, StorageError):
            _close(call)
            raise self._spoiled
        try:
            return await call
        except (SQLAlchemyError, OSError) as error:
            meant = translate(error)
            if meant is not None:
                self._spoiled = meant
                raise meant from error
            if isinstance(error, DBAPIError):
                self._spoiled = error
            raise


def _close(call: Awaitable[Any]) -> None:
    # A coroutine that is never awaited would warn of it.
    if isinstance(call, Coroutine):
        call.close()


def _same_columns(table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = rows[0].keys()
    if any(row.keys() != columns for row in rows):
        raise ValueError(f"rows for {table.name} must all name the same columns")
