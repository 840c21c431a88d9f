"""The page of the runs: what is open, whose step it is, what is late. A phone is enough for it.

Everyone who may open it sees it; who acts there is a person with a role of the team. What is done
there is done as on the card in the chat, with the same rights and the same answers.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import structlog
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.platforms.local import Refused
from bot.web.board import BoardFeed, frame
from bot.web.frames import BeatFrame, HelloFrame, person_json
from bot.web.host_desk import RunsDesk
from bot.web.pages import Page
from handlers.people import TEAM, Person

__all__ = ["RunsRoom"]

_LARGEST_FRAME = 8 * 1024
_LOST = "The page and Andon do not understand each other: please reload."


class StepFrame(BaseModel):
    """What somebody does to a step; `why` where it is skipped."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal["step"]
    act: Literal["take", "done", "skip"]
    run: int = Field(ge=1, le=10**15)
    step: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    why: str = Field(default="", max_length=500)
    nonce: str = Field(pattern=r"^[A-Za-z0-9-]{1,64}$")


_Frame = Annotated[HelloFrame | StepFrame | BeatFrame, Field(discriminator="type")]


class RunsRoom:
    """Every open page of the runs. `read` returns a dataclass; it raises `BoardUnavailable`."""

    def __init__(self, read: Callable[[], Awaitable[Any]], desk: RunsDesk) -> None:
        self._desk = desk
        self._feed = BoardFeed(read, kind="runs")
        self._seats: set[_Seat] = set()
        self._frames: TypeAdapter[HelloFrame | StepFrame | BeatFrame] = TypeAdapter(_Frame)
        self._log = structlog.get_logger(__name__)

    def changed(self) -> None:
        """A run may have changed. Cheap; call it after every commit."""
        self._feed.changed()

    async def close(self) -> None:
        """Send nothing more, and close every page; they come back by themselves."""
        await self._feed.stop()
        await asyncio.gather(*(seat.page.close() for seat in tuple(self._seats)))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer `/runs/ws`: one page from its opening to its end."""
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
                match self._read(text, seat):
                    case BeatFrame():
                        seat.page.send(frame("beat"))
                    case HelloFrame() as hello:
                        self._greet(hello, seat)
                    case StepFrame() as asked if self._may(asked, seat):
                        seat.busy = True
                        working.create_task(self._do(asked, seat))

    def _read(self, text: str, seat: "_Seat") -> HelloFrame | StepFrame | BeatFrame | None:
        try:
            return self._frames.validate_json(text)
        except ValidationError as error:
            self._log.info("frame_not_understood", problems=error.error_count())
            seat.refuse(None, _LOST)
            return None

    def _greet(self, hello: HelloFrame, seat: "_Seat") -> None:
        who = hello.person
        try:
            seat.person = person = self._desk.welcome(who.id, who.name, who.role)
        except Refused as refusal:
            seat.refuse(hello.nonce, str(refusal))
            return
        may = person.may(TEAM)
        seat.page.send(frame("welcome", nonce=hello.nonce, you=person_json(person), may=may))

    def _may(self, asked: StepFrame, seat: "_Seat") -> bool:
        """Whether this page may do that now; it is told why not."""
        if seat.person is None:
            seat.refuse(asked.nonce, "Say who you are first.")
        elif not seat.person.may(TEAM):
            seat.refuse(asked.nonce, "Only the team acts here. Nothing was changed.")
        elif seat.busy:
            seat.refuse(asked.nonce, "One at a time: the press before is still under way.")
        else:
            return True
        return False

    async def _do(self, asked: StepFrame, seat: "_Seat") -> None:
        assert seat.person is not None  # noqa: S101 - `_may` has let nobody else through
        answered = partial(seat.answer, asked.nonce)
        try:
            if asked.act == "skip":
                values = {"act": "skip", "step": asked.step, "why": asked.why}
                form = f"runs.more:{asked.run}"
                await self._desk.submit(seat.person, form, values, asked.nonce, answered)
            else:
                button = f"runs.{asked.act}:{asked.run}:{asked.step}"
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
class _Seat:
    """One open page, who sits there, and whether a press of theirs is under way."""

    page: Page
    person: Person | None = None
    busy: bool = False

    def answer(self, nonce: str, text: str) -> None:
        self.page.send(frame("answer", nonce=nonce, text=text))

    def refuse(self, nonce: str | None, sentence: str) -> None:
        self.page.send(frame("refused", nonce=nonce, text=sentence))
