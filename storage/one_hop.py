"""SQLite in a thread of its own, one trip a statement.

aiosqlite goes to its thread to make a cursor, to execute, to fetch and to close: four trips, which
cost more than most of our statements. Here one trip does all four.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

from aiosqlite import Connection

__all__ = ["OneHop", "connect"]


class _Cursor:
    """What SQLAlchemy asks of an aiosqlite cursor; every row is fetched at once."""

    arraysize = 1

    def __init__(self, connection: "OneHop") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        await self._in_thread(lambda cursor: cursor.execute(sql, parameters))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Self:
        await self._in_thread(lambda cursor: cursor.executemany(sql, parameters))
        return self

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []

    async def _in_thread(self, call: Callable[[sqlite3.Cursor], object]) -> None:
        def work() -> tuple[Any, list[Any], int, int | None]:
            cursor = self._connection.cursor_here()
            try:
                call(cursor)
                rows = [] if cursor.description is None else cursor.fetchall()
                return cursor.description, rows, cursor.rowcount, cursor.lastrowid
            finally:
                cursor.close()

        done = await self._connection.in_thread(work)
        self.description, self._rows, self.rowcount, self.lastrowid = done


class OneHop(Connection):
    """An aiosqlite connection whose cursors make one trip a statement."""

    def cursor(self) -> Any:
        """A cursor that is ready at once."""
        return _Cursor(self)

    def cursor_here(self) -> sqlite3.Cursor:
        """A cursor of the driver; only in the connection's thread."""
        return self._conn.cursor()

    async def in_thread(self, work: Callable[[], Any]) -> Any:
        """Do `work` in the connection's thread."""
        return await self._execute(work)  # type: ignore[no-untyped-call]


def connect(database: str, **options: Any) -> OneHop:
    """Like `aiosqlite.connect`; for SQLAlchemy's `async_creator_fn`."""
    connection = OneHop(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
    # A thread that waits for work must not keep a process from ending.
    connection._thread.daemon = True
    return connection
