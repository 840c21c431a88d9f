"""REST calls that are never cut off in the middle.

Where a call waits out a limit for the whole bot, the SDK holds all others back until it goes on;
if whoever asked for it gives up meanwhile, and the call ended with that, nobody would ever let
them go. So each runs in a task of its own; a repeat is told by its nonce.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

import discord.http

__all__ = ["LONGEST_WAIT", "Calls"]

#: Seconds that a call waits by itself where Discord asks for it; a longer wait is `RateLimited`.
LONGEST_WAIT = 10.0


class Calls:
    """The calls of one client that are under way."""

    def __init__(self, http: discord.http.HTTPClient) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._request = http.request
        # Every call of the SDK goes through this one method.
        setattr(http, "request", self._whole)  # noqa: B010 - mypy knows no assigned methods
        # The SDK takes no less than 30 s when it is asked; an answer is wanted earlier.
        http.max_ratelimit_timeout = LONGEST_WAIT

    async def _whole(self, route: discord.http.Route, **more: Any) -> Any:
        """As `HTTPClient.request`. Raises `ConnectionAbortedError` where the client was closed."""
        call: Coroutine[Any, Any, Any] = self._request(route, **more)
        task = asyncio.create_task(call, name=f"{route.method} {route.path}")
        self._running.add(task)
        task.add_done_callback(self._ended)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise ConnectionAbortedError("the client was closed meanwhile") from None
            raise

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            # Where nobody waits any more, nobody else looks at it.
            task.exception()

    def abort(self) -> None:
        """End those under way: their client is closed."""
        for task in self._running:
            task.cancel()
