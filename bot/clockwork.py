"""The clockwork: APScheduler calls `tick(now)` again and again, and nothing else.

What is due is a column of a row: a restart or a missed beat loses nothing, for the next finds it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Self

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import Clock

__all__ = ["Clockwork", "Tick"]

#: Called with the present moment.
Tick = Callable[[datetime], Awaitable[None]]


class Clockwork:
    """Beats in the event loop that runs it, between `start` and `stop` or in `async with`.

    A tick never overlaps itself, and beats that were missed become one. A tick that fails is
    logged under a reference id and comes again at its next beat; people are told once, and once
    more when it works again.
    """

    def __init__(
        self, clock: Clock, *, new_reference: Callable[[], str], alert: Callable[[str], None]
    ) -> None:
        self._clock = clock
        self._new_reference = new_reference
        self._alert = alert
        self._failing: set[str] = set()
        self._beating: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger("andon.clockwork")
        self._scheduler: Any = AsyncIOScheduler(timezone="UTC")

    def every(self, seconds: float, name: str, tick: Tick) -> None:
        """Call `tick` every `seconds`; `name` says to people what it does."""
        self._scheduler.add_job(
            partial(self._scheduled, name, tick),
            IntervalTrigger(seconds=seconds, timezone="UTC"),
            id=name,
            name=name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    async def beat(self, name: str, tick: Tick) -> None:
        """One beat; it survives whatever `tick` raises."""
        try:
            await tick(self._clock.now())
        except Exception as error:
            self._failed(name, error)
        else:
            if name in self._failing:
                self._failing.discard(name)
                self._alert(f"✓ The clockwork is well again: {name}.")

    def start(self) -> None:
        """Begin to beat. Needs a running event loop."""
        self._scheduler.start()

    async def stop(self, within: float = 5.0) -> None:
        """Beat no more; a tick under way has `within` seconds to end, then it is cancelled."""
        if not self._scheduler.running:
            return
        self._scheduler.remove_all_jobs()
        if self._beating:
            await asyncio.wait(self._beating, timeout=within)
        self._scheduler.shutdown(wait=False)
        # The scheduler ends in the next turn of the loop, not in this one.
        await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _scheduled(self, name: str, tick: Tick) -> None:
        beating = asyncio.ensure_future(self.beat(name, tick))
        self._beating.add(beating)
        beating.add_done_callback(self._beating.discard)
        await beating

    def _failed(self, name: str, error: Exception) -> None:
        reference = self._new_reference()
        self._log.error("a tick failed", reference=reference, tick=name, exc_info=error)
        if name not in self._failing:
            self._failing.add(name)
            self._alert(
                f"The clockwork failed at: {name}. It is tried again at every beat. "
                f"Reference {reference}."
            )
