"""A clock for tests that must not wait."""

import asyncio

from bot.clock import ManualClock

__all__ = ["HurriedClock"]


class HurriedClock(ManualClock):
    """Whoever sleeps finds the time passed at once; `slept` is how long each wanted to."""

    slept: tuple[float, ...] = ()

    async def sleep(self, seconds: float) -> None:
        """Move on by so many seconds."""
        if seconds > 0:
            self.slept = (*self.slept, seconds)
            self.advance(seconds)
        await asyncio.sleep(0)
