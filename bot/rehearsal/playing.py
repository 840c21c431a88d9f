"""Plays a script: feeds its lines in order, and keeps the chat of a gap back until it is over."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.andon import Andon
from bot.clock import ManualClock
from bot.platforms.rehearsal import RehearsalPlatform
from bot.rehearsal.script import Gap, Said, Stretch
from handlers.messages import ChatMessage

__all__ = ["Player"]

#: So many lines are fed at once where nothing waits for the clock on the wall.
_STEP = 2_000


class Player:
    """Plays stretches of a script, `speed` times as fast as they were, or as fast as it goes."""

    def __init__(
        self,
        andon: Andon,
        clock: ManualClock,
        platform: RehearsalPlatform,
        *,
        speed: float | None,
        progress: Callable[[int, int], None],
    ) -> None:
        self._andon = andon
        self._clock = clock
        self._platform = platform
        self._speed = speed
        self._progress = progress
        self._first = clock.now()
        self._began = time.monotonic()
        self._done = self._total = 0

    async def play(self, stretches: Sequence[Stretch]) -> None:
        """Feed them all."""
        self._total = sum(len(stretch.said) for stretch in stretches)
        for stretch in stretches:
            if stretch.gap is None:
                await self._feed(stretch.said)
            else:
                await self._away(stretch.gap, stretch.said)

    async def _feed(self, said: Sequence[Said]) -> None:
        step = 1 if self._speed else _STEP
        for start in range(0, len(said), step):
            part = said[start : start + step]
            await self._wait_for(part[0].sent_at)
            await self._andon.intake.feed(part)
            self._count(len(part))

    async def _away(self, gap: Gap, said: Sequence[Said]) -> None:
        """A platform is away: chat waits, acts pass, deadlines wait for what was said before."""
        intake = self._andon.intake
        kept = [one for one in said if _is_kept(one, gap)]
        channels = sorted({one.channel for one in kept})
        await self._wait_for(gap.since)
        await intake.run_until(gap.since)
        # As at a start: a channel of which nothing was taken in yet is read back from here on.
        for channel in channels:
            intake.gap(channel)
        await intake.drain()
        for one in said:
            await self._wait_for(one.sent_at)
            if not _is_kept(one, gap):
                await self._passes(one)
            self._count(1)
        await self._wait_for(gap.until)
        self._clock.move_to(gap.until)
        self._platform.keeps([one for one in kept if isinstance(one, ChatMessage)])
        for channel in channels:
            intake.gap(channel)
        await intake.drain()
        self._platform.keeps([])
        await intake.run_until(gap.until)

    async def _passes(self, one: Said) -> None:
        if isinstance(one, ChatMessage):
            # Said before the gap, and only written down after it began.
            await self._andon.intake.feed([one])
            await self._andon.intake.drain()
        else:
            self._clock.move_to(one.sent_at)
            await self._andon.intake.act(one)

    async def _wait_for(self, at: datetime) -> None:
        if self._speed:
            passed = (at - self._first).total_seconds() / self._speed
            await asyncio.sleep(max(0.0, self._began + passed - time.monotonic()))

    def _count(self, lines: int) -> None:
        self._done += lines
        self._progress(self._done, self._total)


def _is_kept(one: Said, gap: Gap) -> bool:
    return isinstance(one, ChatMessage) and one.sent_at >= gap.since
