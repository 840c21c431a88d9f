"""The host's page: what is on stage, what is left, the line to say now, and what is next.

Everyone who may open it sees it; who acts there is a person with a role. A press names what the
page showed, and is answered once it is committed and the page shows what came of it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter

from bot.platforms.local import Refused
from bot.web.board import BoardFeed, frame
from bot.web.frames import BeatFrame, DoFrame, HelloFrame, HostFrame, person_json
from bot.web.host_desk import HostDesk
from bot.web.pages import Page
from bot.web.seats import FrameReader, Seat
from handlers.host.roles import HOSTS

__all__ = ["HostRoom"]

_LARGEST_FRAME = 4 * 1024


class HostRoom:
    """Every open page of a host. `read` returns a dataclass; it raises `BoardUnavailable`."""

    def __init__(self, read: Callable[[], Awaitable[Any]], desk: HostDesk) -> None:
        self._desk = desk
        self._feed = BoardFeed(read, kind="host")
        self._seats: set[_Seat] = set()
        self._frames: FrameReader[HostFrame] = FrameReader(TypeAdapter(HostFrame))

    def changed(self) -> None:
        """Something that the host sees may have changed. Cheap; call it after every commit."""
        self._feed.changed()

    async def close(self) -> None:
        """Send nothing more, and close every page; they come back by themselves."""
        await self._feed.stop()
        await asyncio.gather(*(seat.page.close() for seat in tuple(self._seats)))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer `/host/ws`: one page from its opening to its end."""
        async with Page.opened(request, largest=_LARGEST_FRAME) as page:
            seat = _Seat(page=page)
            leave = self._feed.watch(page.send)
            self._seats.add(seat)
            try:
                page.send(await self._feed.frame())
                await self._listen(seat)
            finally:
                self._seats.discard(seat)
                leave()
        return page.socket

    async def _listen(self, seat: "_Seat") -> None:
        async with asyncio.TaskGroup() as working:
            async for text in seat.page.frames():
                match self._frames.read(text, seat):
                    case BeatFrame():
                        seat.page.send(frame("beat"))
                    case HelloFrame() as hello:
                        self._greet(hello, seat)
                    case DoFrame() as asked if self._may(asked, seat):
                        seat.busy = True
                        working.create_task(self._do(asked, seat))

    def _greet(self, hello: HelloFrame, seat: "_Seat") -> None:
        who = hello.person
        try:
            seat.person = person = self._desk.welcome(who.id, who.name, who.role)
        except Refused as refusal:
            seat.refuse(hello.nonce, str(refusal))
            return
        may = person.may(HOSTS)
        seat.page.send(frame("welcome", nonce=hello.nonce, you=person_json(person), may=may))

    def _may(self, asked: DoFrame, seat: "_Seat") -> bool:
        """Whether this page may do that now; it is told why not."""
        if seat.person is None:
            seat.refuse(asked.nonce, "Say who you are first.")
        elif not seat.person.may(HOSTS):
            seat.refuse(asked.nonce, "Only the host and moderators act here. Nothing was changed.")
        elif seat.busy:
            seat.refuse(asked.nonce, "One at a time: the press before is still under way.")
        else:
            return True
        return False

    async def _do(self, asked: DoFrame, seat: "_Seat") -> None:
        assert seat.person is not None  # noqa: S101 - `_may` has let nobody else through
        button = f"host.{asked.act}:{asked.show}:{asked.stage}"
        try:
            answered = partial(seat.answer, asked.nonce)
            await self._desk.press(seat.person, button, asked.nonce, answered)
        except Refused as refusal:
            seat.refuse(asked.nonce, str(refusal))
        else:
            # First what came of it, so that the next press speaks of what is so by then.
            seat.page.send(await self._feed.frame())
            seat.page.send(frame("accepted", nonce=asked.nonce))
        finally:
            seat.busy = False


@dataclass(slots=True, eq=False)
class _Seat(Seat):
    """Also whether a press of theirs is under way."""

    busy: bool = False

    def answer(self, nonce: str, text: str) -> None:
        self.page.send(frame("answer", nonce=nonce, text=text))
