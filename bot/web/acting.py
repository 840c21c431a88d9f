"""A page on which people act: its seats, who may, and one press at a time for each of them."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from aiohttp import web
from pydantic import TypeAdapter

from bot.platforms.local import Refused
from bot.web.board import BoardFeed, frame
from bot.web.frames import BeatFrame, HelloFrame, person_json
from bot.web.host_desk import HostDesk
from bot.web.pages import Page
from bot.web.seats import FrameReader, Seat
from handlers.people import Person, Role

__all__ = ["ActingRoom", "ActingSeat"]


class _Asked(Protocol):
    """What is asked of a page, under a name of its own."""

    @property
    def nonce(self) -> str:
        """The name that its answer carries."""


Asked = TypeVar("Asked", bound=_Asked)
Desk = TypeVar("Desk", bound=HostDesk)


@dataclass(slots=True, eq=False)
class ActingSeat(Seat):
    """Also whether a press of theirs is under way."""

    busy: bool = False

    def answer(self, nonce: str, text: str) -> None:
        """Show what came of it."""
        self.page.send(frame("answer", nonce=nonce, text=text))


class ActingRoom(ABC, Generic[Asked, Desk]):
    """Every open page of one kind. `read` returns a dataclass; it raises `BoardUnavailable`."""

    kind: ClassVar[str]
    largest_frame: ClassVar[int] = 4 * 1024
    roles: ClassVar[frozenset[Role]]
    #: What those hear who may only look on.
    only: ClassVar[str]

    def __init__(
        self, read: Callable[[], Awaitable[Any]], desk: Desk, frames: TypeAdapter[Any]
    ) -> None:
        self._desk = desk
        self._feed = BoardFeed(read, kind=self.kind)
        self._seats: set[ActingSeat] = set()
        self._frames: FrameReader[Any] = FrameReader(frames)

    @abstractmethod
    async def act(self, person: Person, asked: Asked, answered: Callable[[str], None]) -> None:
        """Hand in what was asked; returns once it is committed. Raises `Refused`."""

    def changed(self) -> None:
        """Something that is shown here may have changed. Cheap; call it after every commit."""
        self._feed.changed()

    async def close(self) -> None:
        """Send nothing more, and close every page; they come back by themselves."""
        await self._feed.stop()
        await asyncio.gather(*(seat.page.close() for seat in tuple(self._seats)))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer the socket of one page, from its opening to its end."""
        async with Page.opened(request, largest=self.largest_frame) as page:
            seat = ActingSeat(page=page)
            leave = self._feed.watch(page.send)
            self._seats.add(seat)
            try:
                page.send(await self._feed.frame())
                await self._listen(seat)
            finally:
                self._seats.discard(seat)
                leave()
        return page.socket

    async def _listen(self, seat: ActingSeat) -> None:
        async with asyncio.TaskGroup() as working:
            async for text in seat.page.frames():
                match self._frames.read(text, seat):
                    case None:
                        continue
                    case BeatFrame():
                        seat.page.send(frame("beat"))
                    case HelloFrame() as hello:
                        self._greet(hello, seat)
                    case asked if self._may(asked, seat):
                        seat.busy = True
                        working.create_task(self._do(asked, seat))

    def _greet(self, hello: HelloFrame, seat: ActingSeat) -> None:
        who = hello.person
        try:
            seat.person = person = self._desk.welcome(who.id, who.name, who.role)
        except Refused as refusal:
            seat.refuse(hello.nonce, str(refusal))
            return
        may = person.may(self.roles)
        seat.page.send(frame("welcome", nonce=hello.nonce, you=person_json(person), may=may))

    def _may(self, asked: Asked, seat: ActingSeat) -> bool:
        """Whether this page may do that now; it is told why not."""
        if seat.person is None:
            seat.refuse(asked.nonce, "Say who you are first.")
        elif not seat.person.may(self.roles):
            seat.refuse(asked.nonce, self.only)
        elif seat.busy:
            seat.refuse(asked.nonce, "One at a time: the press before is still under way.")
        else:
            return True
        return False

    async def _do(self, asked: Asked, seat: ActingSeat) -> None:
        assert seat.person is not None  # noqa: S101 - `_may` has let nobody else through
        try:
            await self.act(seat.person, asked, partial(seat.answer, asked.nonce))
        except Refused as refusal:
            seat.refuse(asked.nonce, str(refusal))
        else:
            # First what came of it, so that the next press speaks of what is so by then.
            seat.page.send(await self._feed.frame())
            seat.page.send(frame("accepted", nonce=asked.nonce))
        finally:
            seat.busy = False
