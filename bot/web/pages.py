"""An open page: what is sent to it, without ever waiting for it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import WSCloseCode, WSMsgType, web

__all__ = ["Page"]

#: Frames that may wait for a slow page before it is let go.
PATIENCE = 2_000


class Page:
    """A WebSocket with a bounded queue in front of it.

    A page that reads too slowly is cut off rather than waited for; it comes back and catches up
    from what is kept.
    """

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, patience: int) -> None:
        self.socket = socket
        self._request = request
        self._waiting: asyncio.Queue[str] = asyncio.Queue(patience)

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(
        cls, request: web.Request, *, largest: int, patience: int = PATIENCE
    ) -> AsyncIterator["Page"]:
        """A page that is written to until the block ends; it may send `largest` bytes a frame."""
        # Nothing is compressed: pages are near, and it costs more than it saves.
        socket = web.WebSocketResponse(
            timeout=1.0, heartbeat=20.0, max_msg_size=largest, compress=False
        )
        await socket.prepare(request)
        page = cls(socket, request, patience)
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(page._write())
            try:
                yield page
            finally:
                writer.cancel()

    def send(self, text: str) -> None:
        """Send a frame, in order, some time soon."""
        try:
            self._waiting.put_nowait(text)
        except asyncio.QueueFull:
            # A closing handshake would wait for the very reader that does not read.
            if self._request.transport is not None:
                self._request.transport.abort()

    async def frames(self) -> AsyncIterator[str]:
        """What the page sends, until it is gone."""
        async for message in self.socket:
            if message.type is not WSMsgType.TEXT:
                return
            yield message.data

    async def close(self) -> None:
        """End it; the page will try again."""
        await self.socket.close(code=WSCloseCode.GOING_AWAY)

    async def _write(self) -> None:
        while True:
            text = await self._waiting.get()
            try:
                await self.socket.send_str(text)
            except (ConnectionError, RuntimeError):
                # The page went away between two frames; its reader is about to notice.
                return
