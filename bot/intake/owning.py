"""Who takes in a stream: the one process that has its lease."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from bot.intake.patience import sleep_or
from bot.intake.writer import Writer
from storage import leases
from storage.errors import StorageError
from storage.leases import Lease, LeaseLost

__all__ = ["Ownership"]


class Ownership:
    """The lease of one stream, for `owner`: taken, kept, given back.

    `changed` is told each time it is got or gone; `woken` ends a wait for it early.
    """

    def __init__(
        self,
        stream: str,
        writer: Writer,
        owner: str,
        *,
        woken: asyncio.Event,
        changed: Callable[[], None],
    ) -> None:
        self._stream = stream
        self._writer = writer
        self._owner = owner
        self._woken = woken
        self._changed = changed
        self._lease: Lease | None = None
        #: Whether somebody else took the stream, and that was not acted on yet.
        self.taken_away = False

    @property
    def lease(self) -> Lease | None:
        """The lease, while it is had."""
        return self._lease

    async def have(self, stopping: Callable[[], bool]) -> Lease | None:
        """The lease, waited for; None if told to stop. Raises `LeaseLost` if it was taken away."""
        if self.taken_away:
            raise LeaseLost(self._stream)
        while self._lease is None:
            lease = await self._writer.patience.until_done(self._take)
            if lease is not None:
                await self._writer.settled(self._get_ready)
                self._set(lease)
            elif stopping():
                return None
            else:
                await self._nap(stopping)
        return self._lease

    async def renew(self) -> None:
        """Keep it, if a third of it is over."""
        wall, seconds = self._writer.wall, self._writer.settings.lease_seconds
        lease = self._lease
        if lease is None or wall.now() < lease.until - timedelta(seconds=seconds * 2 / 3):
            return
        try:
            async with self._writer.storage.write(urgent=True) as tx:
                renewed = await leases.renew(tx, lease, wall.now(), seconds)
        except LeaseLost:
            self.taken_away = True
        else:
            if self._lease is lease:
                self._set(renewed)

    def forget(self) -> None:
        """It is somebody else's by now."""
        self._set(None)
        self.taken_away = False

    async def give_up(self) -> None:
        """Give it back, so that nobody has to wait for its end."""
        lease = self._lease
        self._set(None)
        if lease is None:
            return
        try:
            async with self._writer.storage.write() as tx:
                await leases.give_up(tx, lease)
        except StorageError as error:
            # It ends by itself soon.
            self._writer.report(error, "a lease could not be given up", lane=self._stream)

    # --- how ------------------------------------------------------------------------------------

    def _set(self, lease: Lease | None) -> None:
        changed = (lease is None) is not (self._lease is None)
        self._lease = lease
        if changed:
            self._changed()

    async def _take(self) -> Lease | None:
        settings = self._writer.settings
        name = f"{settings.lease_prefix}:{self._stream}"
        async with self._writer.storage.write() as tx:
            # An SQLite file has one process, so nobody waits for the lease of one that crashed.
            owner = self._owner if tx.dialect == "postgresql" else "the only process"
            now = self._writer.wall.now()
            return await leases.take(tx, name, owner, now, settings.lease_seconds)

    async def _get_ready(self) -> None:
        await self._writer.desk.refresh()
        await self._writer.ask_deadline()

    async def _nap(self, stopping: Callable[[], bool]) -> None:
        wall = self._writer.wall
        until = wall.now() + timedelta(seconds=self._writer.settings.lease_seconds / 3)
        while not stopping() and (left := (until - wall.now()).total_seconds()) > 0:
            self._woken.clear()
            await sleep_or(self._woken, wall, left)
