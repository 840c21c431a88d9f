"""Waiting for the memory: what cannot be written now is tried again until it is."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeVar

import structlog

from bot.clock import Clock
from bot.intake.settings import IntakeSettings
from storage.errors import StorageError

__all__ = ["Patience", "sleep_or"]

Result = TypeVar("Result")


class Patience:
    """Tries again with growing pauses. People hear of it after a few failures, and of the end.

    They hear it directly: a database that is down cannot carry an alert.
    """

    def __init__(
        self,
        settings: IntakeSettings,
        *,
        wall: Clock,
        random: Random,
        alert_directly: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._wall = wall
        self._random = random
        self._alert = alert_directly
        self._alerted = False
        self._over = asyncio.Event()
        self._log = structlog.get_logger("andon.intake")

    async def until_done(self, attempt: Callable[[], Awaitable[Result]]) -> Result:
        """What `attempt` returns, as soon as the memory lets it; its other errors pass.

        Ends as if cancelled once it was told to `give_up`.
        """
        tries = 0
        while True:
            try:
                result = await attempt()
            except StorageError as error:
                tries += 1
                self._failed(error, tries)
                await self.pause(tries)
                if self._over.is_set():
                    raise asyncio.CancelledError from error
            else:
                self._worked()
                return result

    async def pause(self, tries: int) -> None:
        """Wait as long as befits the number of failures so far."""
        longest = self._settings.backoff_longest
        seconds = min(longest, self._settings.backoff_seconds * 2 ** min(tries - 1, 16))
        await sleep_or(self._over, self._wall, seconds * (0.5 + self._random.random() / 2))

    def give_up(self) -> None:
        """Try no more: whoever waits for the memory ends now, between two tries."""
        self._over.set()

    def _failed(self, error: StorageError, tries: int) -> None:
        self._log.warning("the database did not take it", tries=tries, error=str(error))
        if tries >= self._settings.alert_after and not self._alerted:
            self._alerted = True
            self._alert(
                f"{error} Chat waits in line and nothing is lost. I try again until it works."
            )

    def _worked(self) -> None:
        if self._alerted:
            self._alerted = False
            self._alert("✓ The database is back. What waited is handled now, in order.")


async def sleep_or(event: asyncio.Event, wall: Clock, seconds: float) -> None:
    """Sleep for `seconds`, or until `event`, whichever comes first."""
    ends = {asyncio.ensure_future(wall.sleep(seconds)), asyncio.ensure_future(event.wait())}
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()
