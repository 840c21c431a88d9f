"""Who wants to know at once that something was committed: in this process, and in others."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.errors import translate

__all__ = ["Signals"]


class Signals:
    """Callbacks by name. On PostgreSQL they also travel by NOTIFY, as `andon_<name>`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._callbacks: defaultdict[str, list[Callable[[], object]]] = defaultdict(list)
        self._line: AsyncConnection | None = None
        self._driver: Any = None
        self._opening = asyncio.Lock()

    def on(self, name: str, callback: Callable[[], object]) -> Callable[[], None]:
        """Call `callback` whenever `name` is given; returns what ends that."""
        self._callbacks[name].append(callback)

        def end() -> None:
            if callback in self._callbacks[name]:
                self._callbacks[name].remove(callback)

        return end

    def give(self, name: str) -> None:
        """Call those who listen here."""
        for callback in tuple(self._callbacks[name]):
            callback()

    async def tell_others(self, connection: AsyncConnection, name: str) -> None:
        """Add a NOTIFY to a transaction; nothing to do where there is only one process."""
        if connection.dialect.name == "postgresql":
            await connection.exec_driver_sql(f"NOTIFY andon_{name}")

    async def listen(self) -> None:
        """Keep one connection that hears the others. Raises `StorageUnavailable` if it cannot."""
        if self._engine.dialect.name != "postgresql":
            return
        async with self._opening:
            if self._driver is None or self._driver.is_closed():
                await self.close()
                await self._open()

    async def _open(self) -> None:
        # Only PostgreSQL gets here; SQLite should not have to load its driver.
        from asyncpg import InterfaceError, PostgresError

        try:
            # Autocommit: a transaction held open would hear nothing until it ends.
            self._line = await self._engine.execution_options(
                isolation_level="AUTOCOMMIT"
            ).connect()
            driver: Any = (await self._line.get_raw_connection()).driver_connection
            for name in self._callbacks:
                await driver.add_listener(f"andon_{name}", self._heard)
        except (SQLAlchemyError, OSError, PostgresError, InterfaceError) as error:
            await self.close()
            meant = translate(error)
            if meant is None:
                raise
            raise meant from error
        self._driver = driver

    async def close(self) -> None:
        """Stop listening to others."""
        if self._line is not None:
            with suppress(SQLAlchemyError, OSError):
                # Never back into the pool: its listeners would go on hearing.
                await self._line.invalidate()
                await self._line.close()
        self._line = self._driver = None

    def _heard(self, _connection: object, _pid: int, channel: str, _payload: object) -> None:
        self.give(channel.removeprefix("andon_"))
