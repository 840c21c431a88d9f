"""The one gate for writers of this process: one at a time, presses and commands first."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["Gate"]


class Gate:
    """Lets one in at a time, in order of arrival; urgent ones overtake, but not for ever.

    After `urgent_run` urgent turns in a row the first ordinary one that waits has its turn.
    """

    def __init__(self, *, urgent_run: int = 8) -> None:
        self._urgent_run = urgent_run
        self._run = 0
        self._taken = False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._ordinary: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """How many stand before the gate."""
        return len(self._urgent) + len(self._ordinary)

    @asynccontextmanager
    async def turn(self, *, urgent: bool = False) -> AsyncIterator[None]:
        """Wait for a turn and hold the gate for the body of the `with`."""
        await self._enter(urgent)
        try:
            yield
        finally:
            self._let_in_next()

    async def _enter(self, urgent: bool) -> None:
        if not self._taken:
            self._taken = True
            self._count(urgent)
            return
        line = self._urgent if urgent else self._ordinary
        place = asyncio.get_running_loop().create_future()
        line.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                line.remove(place)
            else:
                # The turn was given in the same moment: it must not be lost.
                self._let_in_next()
            raise

    def _let_in_next(self) -> None:
        for urgent in self._order():
            line = self._urgent if urgent else self._ordinary
            for place in line:
                if not place.done():
                    line.remove(place)
                    self._count(urgent)
                    place.set_result(None)
                    return
        self._taken = False

    def _order(self) -> tuple[bool, bool]:
        return (False, True) if self._run >= self._urgent_run else (True, False)

    def _count(self, urgent: bool) -> None:
        self._run = self._run + 1 if urgent else 0
