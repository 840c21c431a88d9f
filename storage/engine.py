"""The open database: one writer at a time, readers that never wait, errors in two kinds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.drivers import readers_of, writers_of
from storage.errors import translate
from storage.gate import Gate
from storage.places import place_of, shown
from storage.signals import Signals
from storage.unit_of_work import Transaction
from storage.upgrade import ensure_current

__all__ = ["Opening", "Storage", "open_storage"]


class Storage:
    """An open database. Close it, or use it in `async with`."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.dialect: str = url.get_backend_name()
        self._gate = Gate()
        self._writers = writers_of(url)
        self._readers = readers_of(url)
        self._signals = Signals(self._readers)

    def __repr__(self) -> str:
        return f"<Storage {shown(self.url)}>"

    @asynccontextmanager
    async def write(self, *, urgent: bool = False) -> AsyncIterator[Transaction]:
        """Change something: committed when the body ends, taken back if it raises.

        One at a time in this process; `urgent` ones overtake. On SQLite nobody else writes from
        its first moment on; on PostgreSQL other processes may, so lock the rows you read first.
        Raises `StorageUnavailable` or `StorageRefused` where the database cannot do it.
        """
        async with self._gate.turn(urgent=urgent), _connected(self._writers) as connection:
            tx = Transaction(connection)
            try:
                yield tx
                tx.check()
            except BaseException:
                await _to_the_end(_take_back(connection))
                raise
            await _to_the_end(self._commit(connection, tx))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """Look, at one moment of the database; never waits for writers and cannot write."""
        async with _connected(self._readers) as connection:
            try:
                yield Transaction(connection)
            finally:
                await _to_the_end(_take_back(connection))

    def on_signal(self, name: str, callback: Callable[[], object]) -> Callable[[], None]:
        """Call `callback` after each commit that signalled `name`; returns what ends that."""
        return self._signals.on(name, callback)

    async def listen(self) -> None:
        """Hear the signals of other processes too (PostgreSQL). Call again after a lost line."""
        await self._signals.listen()

    async def close(self) -> None:
        """Close every connection. Those under way must have ended."""
        await self._signals.close()
        await self._readers.dispose()
        await self._writers.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _commit(self, connection: AsyncConnection, tx: Transaction) -> None:
        try:
            for name in sorted(tx.signals):
                await self._signals.tell_others(connection, name)
            await connection.commit()
        except (SQLAlchemyError, OSError) as error:
            await _take_back(connection)
            meant = translate(error)
            if meant is None:
                raise
            raise meant from error
        for name in sorted(tx.signals):
            self._signals.give(name)
        tx.committed()


class Opening:
    """What `open_storage` returns: await it, or enter it."""

    def __init__(self, url: str | URL, *, create: bool) -> None:
        self._url = url
        self._create = create
        self._storage: Storage | None = None

    def __await__(self) -> Generator[Any, None, Storage]:
        return self._open().__await__()

    async def __aenter__(self) -> Storage:
        self._storage = await self._open()
        return self._storage

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._storage is not None:
            await self._storage.close()

    async def _open(self) -> Storage:
        place = place_of(self._url)
        await ensure_current(place, create=self._create)
        return Storage(place)


def open_storage(url: str | URL, *, create: bool = True) -> Opening:
    """Open a database: await the result, or enter it with `async with`.

    An empty place becomes a database if `create`. One of an older or a newer Andon is refused with
    a sentence that says what to do (`StorageRefused`).
    """
    return Opening(url, create=create)


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    # Not `async with engine.connect()`: an OSError of the body must not pass for one of ours.
    connection = engine.connect()
    await _translated(connection.start())
    try:
        await _translated(connection.begin().start())
        yield connection
    finally:
        await _to_the_end(connection.close())


async def _translated(call: Awaitable[object]) -> None:
    try:
        await call
    except (SQLAlchemyError, OSError) as error:
        meant = translate(error)
        if meant is None:
            raise
        raise meant from error


async def _take_back(connection: AsyncConnection) -> None:
    try:
        await connection.rollback()
    except (SQLAlchemyError, OSError):
        # What cannot even roll back is of no use to anyone; the database forgets the rest.
        await connection.invalidate()


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Finish `work` even if the caller is cancelled: a commit is never left half known."""
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not task.cancelled():
            task.exception()
        raise cancelled
    task.result()
