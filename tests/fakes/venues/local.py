"""The local stage with people before it."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Self

from bot.platforms.base import Platform
from bot.platforms.local import DIRECT, LocalPlatform, NewPost, Post, Refused, StoreBusy
from bot.platforms.local_posts import Change
from handlers.messages import Channel
from handlers.people import Person, Role
from tests.fakes.posts import MemoryPosts
from tests.fakes.venues.base import Notes, Seen, Shown, Venue

__all__ = ["LocalVenue"]

#: As the page has it, in `text.js`.
_DRESSED = re.compile(r"`[^`\n]+`|\*\*[^*\n]+\*\*")
_ENTRIES = {"Count as claim": "count"}


class _Table(MemoryPosts):
    """Posts whose next transaction may end in doubt."""

    in_doubt = False

    async def append(self, posts: Sequence[NewPost]) -> Sequence[Post]:
        """Keep posts, and say that they may not be kept."""
        kept = await super().append(posts)
        if self.in_doubt:
            self.in_doubt = False
            raise StoreBusy
        return kept


class LocalVenue(Venue):
    """The stage's one process: what people do are calls of the page's."""

    def __init__(self) -> None:
        super().__init__()
        self._table = _Table()
        self._people: dict[str, Person] = {}
        self._last: tuple[str, ...] = ()
        self._values: Mapping[str, str] = {}
        self._wrong: dict[str, list[str]] = {}
        self._line: Post | None = None
        self._nonces = 0
        self._shouted: list[Post] = []
        self._stage = LocalPlatform(store=self._table, clock=self.now)
        self.platform = self._stage

    async def __aenter__(self) -> Self:
        self._stage.watch(self)
        await self._stage.start(self.ears)
        for name in ("Mo", "Ana"):
            self.id_of(name)
        return self

    def now(self) -> datetime:
        """What time it is; the clock never stands still here."""
        self.passes(timedelta(milliseconds=1))
        return self.at

    @asynccontextmanager
    async def another_process(self) -> AsyncIterator[Platform]:
        """A stage over the same table."""
        platform = LocalPlatform(store=self._table, clock=self.now)
        await platform.start(Notes())
        yield platform
        await platform.stop()

    @property
    def hall(self) -> Channel:
        """The stream: the team's own channels are closed to viewers."""
        return Channel("local", "stream")

    # --- what people do -------------------------------------------------------------------------

    def id_of(self, name: str) -> str:
        """The id under which somebody came in."""
        if name not in self._people:
            role = Role.MODERATOR if name == "Mo" else Role.VIEWER
            id = f"p{len(self._people)}"
            self._people[name] = Person(platform="local", id=id, name=name, roles=frozenset({role}))
            self._stage.greet(self._people[name])
        return self._people[name].id

    def person(self, name: str) -> Person:
        """As who they came in."""
        self.id_of(name)
        return self._people[name]

    async def types(self, name: str, command: str, /, **options: str) -> None:
        """Type a command as a line."""
        line = " ".join([f"/{command}", *options.values()])
        await self._does("say", name, self.hall.id, line)

    async def says(self, name: str, text: str) -> None:
        """Say a line."""
        await self._does("say", name, self.hall.id, text)

    async def may_write(self, name: str) -> bool:
        """Try it."""
        await self.says(name, "may I?")
        return not self._wrong[name]

    async def writes(self, name: str, text: str) -> None:
        """Write in the direct conversation."""
        await self._does("say", name, DIRECT, text)

    async def presses(self, name: str, label: str) -> None:
        """Press a button of the newest post."""
        posts = self._for(name, self.hall.id)
        ids = [one.id for post in posts for one in post.buttons if one.label == label]
        await self._does("press", name, ids[-1], "")

    async def chooses(self, name: str, entry: str) -> None:
        """Choose from the menu of the last line."""
        assert self._line is not None
        await self._does("press", name, f"menu.{_ENTRIES[entry]}", str(self._line.id))

    async def fills_in(self, name: str, values: Mapping[str, str]) -> None:
        """Send the form that one sees."""
        form = self._forms(name)[-1].form
        assert form is not None
        self._values = {**{one.name: one.value for one in form.fields}, **values}
        await self._does("submit", name, form.id, "")

    async def delivered_again(self) -> None:
        """The page sends it once more, as it does where it had no answer."""
        await self._do(*self._last)

    async def _does(self, *what: str) -> None:
        self._nonces += 1
        self._last = (*what, f"n{self._nonces}")
        await self._do(*self._last)

    async def _do(self, how: str, name: str, first: str, second: str, nonce: str) -> None:
        who, hall = self.person(name), self.hall.id
        self._wrong[name] = []
        try:
            match how:
                case "say":
                    post = await self._stage.say(who, first, second, nonce)
                    self._line = post if post.kind == "chat" else self._line
                case "press":
                    await self._stage.press(who, hall, first, int(second or 0) or None, nonce)
                case _:
                    await self._stage.submit(who, hall, first, self._values, nonce)
        except Refused as refused:
            self._wrong[name] = [str(refused)]

    # --- what people see ------------------------------------------------------------------------

    def posted(self, post: Post) -> None:
        """A page shows a post; a shout is in no table."""
        if post.id < 0:
            self._shouted.append(post)

    def changed(self, post: Post, change: Change) -> None:
        """A page shows a post as it is now."""

    def sees(self, name: str) -> list[Seen]:
        """What stands on somebody's page, in the stream."""
        return self._shown(name, self.hall.id)

    def reads(self, channel: Channel) -> list[Seen]:
        """What stands on the moderator's page."""
        return self._shown("Mo", channel.id)

    def was_told(self, name: str) -> list[Seen]:
        """What stands in the direct conversation."""
        return self._shown(name, DIRECT)

    def form_of(self, name: str) -> Shown | None:
        """The form that came last."""
        forms = [one.form for one in self._forms(name) if one.form is not None]
        if not forms:
            return None
        return Shown(title=forms[-1].title, labels=tuple(one.label for one in forms[-1].fields))

    def beside_fields(self, name: str) -> list[str]:
        """Why the page keeps the form open."""
        return [line for text in self._wrong[name] for line in text.splitlines()]

    def lines(self) -> list[str]:
        """The lines of the stream."""
        posts = self._table.posts.values()
        return [one.text for one in posts if one.kind == "chat" and one.deleted_at is None]

    def reactions(self) -> list[str]:
        """The signs on the last line."""
        assert self._line is not None
        return list(self._table.posts[self._line.id].reactions)

    def _forms(self, name: str) -> list[Post]:
        return [one for one in self._for(name, self.hall.id) if one.form is not None]

    def _for(self, name: str, channel: str) -> list[Post]:
        """What the bot posted in a channel, for somebody's eyes."""
        who = self.person(name)
        posts = sorted([*self._table.posts.values(), *self._shouted], key=lambda one: one.at)
        return [
            one
            for one in posts
            if one.bot and one.channel == channel and self._stage.sees(who, one)
        ]

    def _shown(self, name: str, channel: str) -> list[Seen]:
        return [_seen(one) for one in self._for(name, channel) if one.form is None]

    # --- what goes wrong ------------------------------------------------------------------------

    def fails(self, *, after_effect: bool) -> None:
        """The table is locked; or it is kept, but nobody learns of it."""
        self._table.in_doubt = after_effect
        self._table.busy = 0 if after_effect else 1

    def fails_to_answer(self) -> None:
        """It is kept, but nobody learns of it."""
        self._table.in_doubt = True


def _seen(post: Post) -> Seen:
    text = post.text
    for id, name in post.mentions:
        text = text.replace("@{" + id + "}", f"@{name}")
    return Seen(
        id=str(post.id),
        text=text,
        buttons=tuple(one.label for one in post.buttons),
        calls=tuple(name for _, name in post.mentions),
        dressed=tuple(_DRESSED.findall(post.text)),
        pictures=tuple((one.alt, one.content) for one in post.pictures),
    )
