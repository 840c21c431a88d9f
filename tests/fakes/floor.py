"""The shop floor for tests of the intake: a platform, a desk, a clock, and the intake between."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from random import Random
from types import TracebackType
from typing import Any, Self, cast

from structlog.testing import capture_logs

from bot.clock import Clock, ManualClock
from bot.intake import Incoming, Intake, IntakeSettings, Stored
from bot.intake.desk import History
from handlers.messages import Channel
from storage.engine import Storage
from storage.errors import StorageUnavailable
from tests.fakes.chat_server import ChatServer
from tests.fakes.dispatcher import FakeDesk, journal

__all__ = ["NOON", "FlakyStorage", "Floor", "HastyClock", "at_the_gate", "until"]

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class HastyClock(ManualClock):
    """Who sleeps on it makes the time pass; `naps` tells how long they slept."""

    def __init__(self, start: datetime = NOON) -> None:
        super().__init__(start)
        self.naps: list[float] = []
        self.napped = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Move on by so many seconds at once."""
        self.naps.append(seconds)
        self.napped.set()
        self.advance(seconds)
        await asyncio.sleep(0)


class FlakyStorage:
    """A database that can be taken away: `down` writers fail as its driver would."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.down = 0
        self.writes = 0
        self.looks_fail = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def write(self, *, urgent: bool = False) -> Any:
        """A transaction, or none."""
        self.writes += 1
        self._maybe_fail()
        return self._storage.write(urgent=urgent)

    def read(self) -> Any:
        """The same for who only looks, where `looks_fail`."""
        if self.looks_fail:
            self._maybe_fail()
        return self._storage.read()

    def _maybe_fail(self) -> None:
        if self.down > 0:
            self.down -= 1
            raise StorageUnavailable("The database is locked.", reason="locked")


class Floor:
    """An intake that runs, in `async with`. At the end it is stopped and everything is handled."""

    def __init__(
        self,
        storage: Storage | FlakyStorage,
        *,
        clock: ManualClock | None = None,
        wall: Clock | None = None,
        desk: FakeDesk | None = None,
        platform: ChatServer | None = None,
        streams: Mapping[str, Sequence[Channel]] | None = None,
        in_order: bool = False,
        owner: str = "this",
        batch_max: int = 500,
        queue_max: int = 20_000,
        on_commit: Callable[[], object] = lambda: None,
    ) -> None:
        self.storage = cast(Storage, storage)
        self.clock = clock or HastyClock()
        self.desk = desk or FakeDesk()
        self.platform = platform or ChatServer(self.clock)
        self.alerts: list[str] = []
        self.conflicts: list[tuple[str, str]] = []
        numbers = count(1)
        self.intake = Intake(
            self.storage,
            self.desk,
            streams or {"main": self.platform.channels},
            platforms=cast(Mapping[str, History], {self.platform.name: self.platform}),
            clock=self.clock,
            wall=wall,
            owner=owner,
            new_reference=lambda: f"ref{next(numbers)}",
            settings=IntakeSettings(batch_max=batch_max, queue_max=queue_max),
            random=Random(1),
            in_order=in_order,
            alert_directly=self.alerts.append,
            on_commit=on_commit,
            on_conflict=self._note_conflict,
        )
        self.logs: Sequence[Mapping[str, Any]] = []
        self._running: asyncio.Task[None] | None = None
        self._open = ExitStack()

    async def __aenter__(self) -> Self:
        self.logs = self._open.enter_context(capture_logs())
        await self.platform.start(self.intake)
        self.open()
        await self.intake.drain()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def open(self) -> None:
        """Begin to take in."""
        self._running = asyncio.create_task(self.intake.run())

    async def close(self) -> None:
        """Stop, with everything handled."""
        await self.platform.stop()
        await self.intake.stop()
        if self._running is not None:
            await self._running
        self._open.close()

    async def crash(self) -> None:
        """End without a word, as a process that is killed."""
        await self.platform.stop()
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
        self._open.close()

    async def settled(self) -> list[str]:
        """The journal once everything is handled."""
        await self.intake.drain()
        return await journal(self.storage)

    async def wait(self, seconds: float) -> None:
        """Time passes, and the clockwork beats."""
        self.clock.advance(seconds)
        await self.intake.tick(self.clock.now())
        await self.intake.drain()

    def _note_conflict(self, message: Incoming, earlier: Stored) -> None:
        self.conflicts.append((message.key, earlier.text))


async def until(condition: Callable[[], bool]) -> None:
    """Let the others go on until `condition` holds."""
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


def at_the_gate(storage: Storage) -> int:
    """How many wait for their turn to write."""
    return storage._gate.waiting
