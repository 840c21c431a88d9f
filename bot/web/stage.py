"""The local stage's WebSocket.

What people do in the page goes to the platform; what happens comes back to every page whose person
may see it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter

from bot.platforms.local import DIRECT, LocalPlatform, Post, Refused, StoreBusy
from bot.platforms.local_posts import Change
from bot.web.board import BoardFeed, frame
from bot.web.frames import (
    CompleteFrame,
    DeleteFrame,
    DirectFrame,
    EditFrame,
    HelloFrame,
    PageFrame,
    PostFrame,
    PressFrame,
    SubmitFrame,
    person_json,
    post_json,
    room_json,
)
from bot.web.pages import Page
from bot.web.seats import FrameReader, Seat
from bot.web.uploads import Uploads
from handlers.people import MODERATORS, Person

__all__ = ["CommandHint", "Completion", "MenuEntry", "Stage", "message_menu"]

#: Characters in one frame; a line of 10,000 fits, even where each is written as two escapes.
LARGEST_FRAME = 128 * 1024
_SIGNS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
#: Frames of one page that are worked on at the same time.
AT_ONCE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandHint:
    """A command as the page lists it: its words, its signature, and one line about it."""

    name: str
    usage: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One way to go on: what the input reads then, what the list shows, and a hint beside it."""

    insert: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuEntry:
    """An entry in the menu of a line, pressed as the button `id`."""

    id: str
    label: str


Complete = Callable[[str, Person], Awaitable[Sequence[Completion]]]
Commands = Callable[[Person], Sequence[CommandHint]]
Menu = Callable[[Person], Sequence[MenuEntry]]


def message_menu(person: Person) -> Sequence[MenuEntry]:
    """What moderators may do with a viewer's line."""
    if not person.may(MODERATORS):
        return []
    return [
        MenuEntry(id="menu.count_as_claim", label="Count as claim"),
        MenuEntry(id="menu.not_a_claim", label="Not a claim"),
        MenuEntry(id="menu.release", label="Release"),
        MenuEntry(id="menu.why", label="Why?"),
        MenuEntry(id="menu.warn", label="Warn"),
    ]


def _mime(content: bytes) -> str | None:
    """What sort of picture a browser may take this for; nothing else is shown as one."""
    return next((mime for sign, mime in _SIGNS.items() if content.startswith(sign)), None)


class Stage:
    """Every open page of the stage; a `Watcher` of the local platform."""

    def __init__(
        self,
        *,
        platform: LocalPlatform,
        board: BoardFeed,
        complete: Complete,
        commands: Commands,
        menu: Menu = message_menu,
        count: Callable[[int], None] = lambda pages: None,
    ) -> None:
        self._platform = platform
        self._board = board
        self._complete = complete
        self._commands = commands
        self._menu = menu
        self._count = count
        self.uploads = Uploads()
        self._seats: set[_Seat] = set()
        self._frames: FrameReader[PageFrame] = FrameReader(TypeAdapter(PageFrame))
        platform.watch(self)

    # --- what the platform tells ----------------------------------------------------------------

    def posted(self, post: Post) -> None:
        """Show a new post to everyone who may see it."""
        self._show(post, frame("post", post=post_json(post)))

    def changed(self, post: Post, change: Change) -> None:
        """Show a post as it is now."""
        shown = {"id": post.id} if change == "deleted" else post_json(post)
        self._show(post, frame(change, post=shown))

    def _show(self, post: Post, text: str) -> None:
        for seat in self._seats:
            if seat.person is not None and self._platform.sees(seat.person, post):
                seat.show(text)

    # --- one page -------------------------------------------------------------------------------

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer `/stage/ws`: one page from its opening to its end."""
        async with Page.opened(request, largest=4 * LARGEST_FRAME) as page:
            seat = _Seat(page=page)
            leave = self._board.watch(page.send)
            self._seats.add(seat)
            self._tell_how_many()
            try:
                await self._listen(seat)
            finally:
                self._seats.discard(seat)
                leave()
                self._tell_how_many()
        return page.socket

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """Answer `/stage/pictures/<id>`: the id follows from the content, so it never changes."""
        content = await self._platform.picture(request.match_info["id"])
        mime = None if content is None else _mime(content)
        if content is None or mime is None:
            raise web.HTTPNotFound
        kept = {"Cache-Control": "private, max-age=31536000, immutable"}
        return web.Response(body=content, content_type=mime, headers=kept)

    async def close(self) -> None:
        """Close every page; they come back by themselves."""
        await asyncio.gather(*(seat.page.close() for seat in tuple(self._seats)))

    async def _listen(self, seat: "_Seat") -> None:
        free = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as working:
            async for text in seat.page.frames():
                heard = self._read(text, seat)
                if isinstance(heard, HelloFrame):
                    await self._greet(heard, seat)
                elif heard is not None:
                    await free.acquire()
                    task = working.create_task(self._work(heard, seat.person, seat))
                    task.add_done_callback(lambda _: free.release())

    def _read(self, text: str, seat: "_Seat") -> PageFrame | None:
        if len(text) > LARGEST_FRAME:
            seat.refuse(None, "That is too long to send. Your text is kept: please shorten it.")
            return None
        return self._frames.read(text, seat)

    async def _greet(self, hello: HelloFrame, seat: "_Seat") -> None:
        who = hello.person
        person = Person(
            platform=self._platform.name,
            id=who.id,
            name=" ".join(who.name.split()),
            roles=frozenset({who.role}),
        )
        try:
            self._platform.greet(person)
        except Refused as refusal:
            seat.refuse(hello.nonce, str(refusal))
            return
        seat.sit_down(person)
        try:
            history = [post_json(post) for post in await self._platform.recent(person)]
        except StoreBusy:
            await seat.page.close()
            return
        seat.welcome(
            frame(
                "welcome",
                nonce=hello.nonce,
                you=person_json(person),
                channels=room_json(self._platform.rooms(person)),
                commands=[asdict(command) for command in self._commands(person)],
                menu=[asdict(entry) for entry in self._menu(person)],
                history=history,
            )
        )
        seat.page.send(await self._board.frame())
        self._tell_how_many()

    async def _work(self, heard: Any, person: Person | None, seat: "_Seat") -> None:
        if person is None:
            seat.refuse(getattr(heard, "nonce", None), "Say who you are first.")
            return
        if isinstance(heard, CompleteFrame):
            found = [asdict(each) for each in await self._complete(heard.text, person)]
            seat.page.send(frame("completions", text=heard.text, items=found))
            return
        try:
            id = await self._do(heard, person)
        except Refused as refusal:
            seat.refuse(heard.nonce, str(refusal))
        else:
            seat.page.send(frame("accepted", nonce=heard.nonce, id=id))

    async def _do(self, heard: Any, person: Person) -> int | None:
        platform = self._platform
        match heard:
            case PostFrame():
                return (await platform.say(person, heard.channel, heard.text, heard.nonce)).id
            case DirectFrame():
                taken = self.uploads.brought(heard.pictures)
                said = platform.say(person, DIRECT, heard.text, heard.nonce, taken)
                return (await said).id
            case EditFrame():
                return (await platform.edit(person, heard.id, heard.text)).id
            case DeleteFrame():
                await platform.delete(person, heard.id)
            case PressFrame():
                await platform.press(person, heard.channel, heard.button, heard.line, heard.nonce)
            case SubmitFrame():
                await platform.submit(person, heard.channel, heard.form, heard.values, heard.nonce)
        return None

    def _tell_how_many(self) -> None:
        people = {seat.person.id for seat in self._seats if seat.person is not None}
        self._count(len(self._seats))
        text = frame("status", people=len(people))
        for seat in self._seats:
            seat.page.send(text)


@dataclass(slots=True, eq=False)
class _Seat(Seat):
    """Also what is kept back until the page was welcomed."""

    backlog: list[str] | None = None

    def sit_down(self, person: Person) -> None:
        """From here on news are kept back until the welcome, which tells of what came before."""
        self.person = person
        self.backlog = []

    def welcome(self, text: str) -> None:
        self.page.send(text)
        for news in self.backlog or ():
            self.page.send(news)
        self.backlog = None

    def show(self, text: str) -> None:
        if self.backlog is None:
            self.page.send(text)
        else:
            self.backlog.append(text)
