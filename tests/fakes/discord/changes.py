"""Waiting for something to become true, without sleeping."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

__all__ = ["PATIENCE", "Changes"]

T = TypeVar("T")
#: Seconds after which what is waited for will not come any more.
PATIENCE = 15.0


class Changes:
    """Whoever changes something calls `tell`; whoever waits gives a condition."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def tell(self) -> None:
        """Something changed: let those who wait look again."""
        waiting, self._waiting = self._waiting, set()
        for one in waiting:
            if not one.done():
                one.set_result(None)

    async def until(self, look: Callable[[], T | None], within: float = PATIENCE) -> T:
        """Return what `look` sees once that is neither None nor False. Raises `TimeoutError`."""
        async with asyncio.timeout(within):
            while True:
                seen = look()
                if seen is not None and seen is not False:
                    return seen
                future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.add(future)
                await future
