"""Pictures that a page of the stage sends before the message that they belong to."""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Sequence

from aiohttp import web

from bot.pictures_in import LARGEST, MOST, Refused, Taken, made_anew
from handlers.messages import NotTaken, Picture

__all__ = ["Uploads"]

#: Pictures that wait for their message; older ones give way.
_WAITING = 20
_AT_ONCE = 2


class Uploads:
    """Takes pictures in, and gives each to the message that names it."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Picture | NotTaken] = OrderedDict()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Answer `POST /stage/pictures`: the name under which a message may bring it.

        One that is refused has a name too, so that its sender hears why in the answer.
        """
        async with self._turns:
            name, kept = secrets.token_hex(16), await self._taken(request)
        self._waiting[name] = kept
        if len(self._waiting) > _WAITING:
            self._waiting.popitem(last=False)
        return web.json_response({"picture": name})

    async def _taken(self, request: web.Request) -> Picture | NotTaken:
        content = bytearray()
        async for chunk in request.content.iter_chunked(64 * 1024):
            content += chunk
            if len(content) > LARGEST:
                return NotTaken.TOO_LARGE
        try:
            return await asyncio.to_thread(made_anew, bytes(content))
        except Refused as refused:
            return refused.why

    def brought(self, names: Sequence[str]) -> Taken:
        """What a message brings by these names; they stay, as it may be sent again."""
        kept = [self._waiting.get(name, NotTaken.NOT_FETCHED) for name in names[:MOST]]
        over = [NotTaken.TOO_MANY] * max(0, len(names) - MOST)
        return Taken(
            pictures=tuple(one for one in kept if isinstance(one, Picture)),
            not_taken=(*(one for one in kept if isinstance(one, NotTaken)), *over),
        )
