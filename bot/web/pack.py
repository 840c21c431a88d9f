"""The packing page: one scanner field, the next bin, and a sound for right and for wrong.

Each page is one packer's, and shows the parcel on their table; what a scan was is read from the
database after it was committed, so a page that was closed shows it again. Papers are PDF behind the
same door; an address is on the slip alone, never in a URL and never in a frame.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Annotated, Any, Literal, Protocol

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.platforms.local import Refused
from bot.web.board import PACE, BoardUnavailable, frame
from bot.web.frames import BeatFrame, HelloFrame, person_json
from bot.web.host_desk import RunsDesk, WebDesk
from bot.web.pages import Page
from bot.web.seats import FrameReader, Seat
from bot.web.security import HEADERS
from handlers.fulfilment.roles import PACKERS
from handlers.fulfilment.slips import PickKind
from handlers.people import Person, Role

__all__ = ["PackDesk", "PackReads", "PackRoom"]

_LARGEST_FRAME = 8 * 1024
#: Scans that may wait for the one before them; a hand is slower.
_MOST_WAITING = 50
#: Pictures of the catalogue lie elsewhere; nothing else comes from outside.
_WITH_PICTURES = HEADERS["Content-Security-Policy"] + "; img-src 'self' https:"
_Text = Annotated[str, Field(max_length=300)]


class ActFrame(BaseModel):
    """What a packer does: `text` is what was scanned, or what is wrong."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal["act"]
    act: Literal["next", "scan", "done", "slip", "problem"]
    text: _Text = ""
    nonce: str = Field(pattern=r"^[A-Za-z0-9-]{1,64}$")


PackFrame = Annotated[HelloFrame | ActFrame | BeatFrame, Field(discriminator="type")]


class PackReads(Protocol):
    """What the page is shown. `look` raises `BoardUnavailable`."""

    def look(self, person: Person | None) -> Awaitable[Any]:
        """The table of this packer, as a dataclass."""

    def slip(self, parcel_id: int, fence: int) -> Awaitable[bytes | None]:
        """A slip as PDF, where the parcel is being packed under this fence."""

    def invoices(self, parcel_id: int, fence: int) -> Awaitable[bytes | None]:
        """Its invoices as PDF, likewise."""

    def picks(self, kind: PickKind, name: str) -> Awaitable[bytes]:
        """Pick lists as PDF."""

    def labels(self, what: str, zone: str) -> Awaitable[bytes]:
        """Labels as PDF."""


class PackDesk:
    """Who packs: on the local stage one of its people; elsewhere whoever may open the page.

    There the same name is the same packer, also on another device.
    """

    def __init__(self, desk: RunsDesk) -> None:
        self.desk = desk

    def welcome(self, id: str, name: str, role: Role) -> Person:
        """The person who sits at a page that says so. Raises `Refused`."""
        if not isinstance(self.desk, WebDesk):
            return self.desk.welcome(id, name, role)
        shown = " ".join(name.split())[:40] or "Packer"
        return Person(
            platform=self.desk.name,
            id=f"packer-{id[:40]}",
            name=shown,
            roles=frozenset({Role.PACKER}),
        )


class PackRoom:
    """Every open packing page, and the papers."""

    def __init__(self, reads: PackReads, desk: RunsDesk) -> None:
        self._reads = reads
        self._desk = PackDesk(desk)
        self._seats: set[_Seat] = set()
        self._frames: FrameReader[HelloFrame | ActFrame | BeatFrame] = FrameReader(
            TypeAdapter(PackFrame)
        )
        self._dirty = False
        self._refreshing: asyncio.Task[None] | None = None
        self._log = structlog.get_logger(__name__)

    def routes(self, page: Handler) -> list[web.RouteDef]:
        """Every route; `page` answers with the page itself."""

        async def with_pictures(request: web.Request) -> web.StreamResponse:
            response = await page(request)
            response.headers["Content-Security-Policy"] = _WITH_PICTURES
            return response

        return [
            web.get("/pack", with_pictures),
            web.get("/pack/ws", self.serve),
            web.get("/pack/slip/{parcel:[0-9]{1,15}}/{fence:[0-9]{1,15}}", self.slip),
            web.get("/pack/invoice/{parcel:[0-9]{1,15}}/{fence:[0-9]{1,15}}", self.invoice),
            web.get("/pack/picks", self.picks),
            web.get("/pack/labels", self.labels),
        ]

    # --- pages ----------------------------------------------------------------------------------

    def changed(self) -> None:
        """Something may have changed. Cheap; call it after every commit."""
        self._dirty = True
        if self._refreshing is None and self._seats:
            self._refreshing = asyncio.create_task(self._refresh())
            self._refreshing.add_done_callback(self._refreshed)

    async def close(self) -> None:
        """Send nothing more, and close every page; they come back by themselves."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait([self._refreshing])
        await asyncio.gather(*(seat.page.close() for seat in tuple(self._seats)))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer `/pack/ws`: one page from its opening to its end."""
        async with Page.opened(request, largest=_LARGEST_FRAME) as page:
            seat = _Seat(page=page)
            self._seats.add(seat)
            try:
                await self._show(seat)
                await self._listen(seat)
            finally:
                self._seats.discard(seat)
        return page.socket

    async def _refresh(self) -> None:
        while self._dirty and self._seats:
            self._dirty = False
            for seat in tuple(self._seats):
                await self._show(seat)
            await asyncio.sleep(PACE)

    def _refreshed(self, task: "asyncio.Task[None]") -> None:
        """A bug in reading must not end the page: the next change tries again."""
        self._refreshing = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("pack_page_failed", exc_info=error)

    async def _show(self, seat: "_Seat") -> None:
        """Send a page what it does not know yet."""
        try:
            seen = asdict(await self._reads.look(seat.packer))
        except BoardUnavailable:
            self._dirty, seen = True, None
        text = frame("pack", pack=seen)
        if text != seat.sent:
            seat.sent = text
            seat.page.send(text)

    async def _listen(self, seat: "_Seat") -> None:
        async with asyncio.TaskGroup() as working:
            async for text in seat.page.frames():
                match self._frames.read(text, seat):
                    case BeatFrame():
                        seat.page.send(frame("beat"))
                    case HelloFrame() as hello:
                        await self._greet(hello, seat)
                    case ActFrame() as asked if self._may(asked, seat):
                        seat.waiting += 1
                        working.create_task(self._do(asked, seat))

    async def _greet(self, hello: HelloFrame, seat: "_Seat") -> None:
        who = hello.person
        try:
            seat.person = person = self._desk.welcome(who.id, who.name, who.role)
        except Refused as refusal:
            seat.refuse(hello.nonce, str(refusal))
            return
        may = person.may(PACKERS)
        seat.page.send(frame("welcome", nonce=hello.nonce, you=person_json(person), may=may))
        await self._show(seat)

    def _may(self, asked: ActFrame, seat: "_Seat") -> bool:
        """Whether this page may do that now; it is told why not."""
        if seat.person is None:
            seat.refuse(asked.nonce, "Say who you are first.")
        elif seat.packer is None:
            seat.refuse(asked.nonce, "Only packers and support pack here. Nothing was changed.")
        elif seat.waiting >= _MOST_WAITING:
            seat.refuse(asked.nonce, "Too fast: the last scans are still under way.")
        else:
            return True
        return False

    async def _do(self, asked: ActFrame, seat: "_Seat") -> None:
        assert seat.person is not None  # noqa: S101 - `_may` has let nobody else through
        try:
            # In the order in which they were scanned: the lock is fair.
            async with seat.turn:
                await self._hand_in(asked, seat, seat.person)
        except Refused as refusal:
            seat.refuse(asked.nonce, str(refusal))
        else:
            # First what came of it, so that the next act speaks of what is so by then.
            await self._show(seat)
            seat.page.send(frame("accepted", nonce=asked.nonce))
        finally:
            seat.waiting -= 1

    async def _hand_in(self, asked: ActFrame, seat: "_Seat", person: Person) -> None:
        desk, answered = self._desk.desk, partial(seat.answer, asked.nonce, asked.act)
        if asked.act == "scan":
            values = {"code": asked.text}
            await desk.submit(person, "pack.scan:", values, asked.nonce, answered)
        elif asked.act == "problem":
            values = {"why": asked.text}
            await desk.submit(person, "pack.problem:page", values, asked.nonce, answered)
        else:
            button = "pack.done:" if asked.act == "done" else f"pack.{asked.act}:page"
            await desk.press(person, button, asked.nonce, answered)

    # --- papers ---------------------------------------------------------------------------------

    async def slip(self, request: web.Request) -> web.Response:
        """Answer `/pack/slip/{parcel}/{fence}`: only while it is being packed under that fence."""
        return _private(await self._reads.slip(*_named(request)), "slip")

    async def invoice(self, request: web.Request) -> web.Response:
        """Answer `/pack/invoice/{parcel}/{fence}`: likewise, for an address stands on it too."""
        return _private(await self._reads.invoices(*_named(request)), "invoice")

    async def picks(self, request: web.Request) -> web.Response:
        """Answer `/pack/picks?by=batch|zone|parcel&name=…`."""
        by = request.query.get("by", PickKind.BATCH.value)
        if by not in set(PickKind):
            raise web.HTTPBadRequest(text="Ask by=batch, by=zone or by=parcel.\n")
        name = request.query.get("name", "")[:40]
        return _pdf(await self._reads.picks(PickKind(by), name), "pick-list")

    async def labels(self, request: web.Request) -> web.Response:
        """Answer `/pack/labels?of=bins|skus&zone=…`."""
        what = request.query.get("of", "bins")
        if what not in ("bins", "skus"):
            raise web.HTTPBadRequest(text="Ask of=bins or of=skus.\n")
        zone = request.query.get("zone", "")[:40]
        return _pdf(await self._reads.labels(what, zone), f"labels-{what}")


def _named(request: web.Request) -> tuple[int, int]:
    return int(request.match_info["parcel"]), int(request.match_info["fence"])


def _private(body: bytes | None, name: str) -> web.Response:
    if body is None:
        raise web.HTTPNotFound(text="This parcel is not being packed here any more.\n")
    return _pdf(body, name)


def _pdf(body: bytes, name: str) -> web.Response:
    return web.Response(
        body=body,
        content_type="application/pdf",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'inline; filename="{name}.pdf"',
        },
    )


@dataclass(slots=True, eq=False)
class _Seat(Seat):
    """Also what the page was shown last, and what of it is under way."""

    sent: str = ""
    waiting: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def packer(self) -> Person | None:
        """Who sits there, if they may pack."""
        return self.person if self.person is not None and self.person.may(PACKERS) else None

    def answer(self, nonce: str, act: str, text: str) -> None:
        self.page.send(frame("answer", nonce=nonce, act=act, text=text))
