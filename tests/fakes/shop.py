"""A shop as tests tell of it: viewers say things, moderators type commands, time passes.

Everything goes the whole way of a message: lane, transaction, outbox, relay. Only the platform is
a page of paper (`Paper`), and the clock stands still until it is moved.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Select, select

from bot.app import Andon
from bot.clock import ManualClock
from bot.platforms.base import Ears, Heard, Outgoing, PersonUnreachable, PlatformState
from bot.settings import Settings, load_settings
from handlers.capability import Capability
from handlers.catalog.files import read_catalog
from handlers.catalog.importing import import_catalog
from handlers.messages import (
    ActKind,
    Channel,
    ChatMessage,
    Command,
    DirectMessage,
    Form,
    FormSubmit,
    MessageDeleted,
    MessageEdited,
    Picture,
    Press,
    Reach,
    TeamLine,
)
from handlers.people import Person, Role
from handlers.registry import Registry
from handlers.runs.books import Playbooks
from storage.engine import Storage
from storage.schema import sale
from tests.fakes.capabilities import ours

__all__ = ["CATALOGUE", "Numbers", "Paper", "Shop"]

PLATFORM = "paper"
STREAM = Channel(PLATFORM, "stream")
EVENING = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)

CATALOGUE = """code,variant,sku,title,price,currency,stock,limit,bin,final_sale,replacements,aliases
D1,S,D1-S,Linen dress,48.00,USD,2,2,R1,no,D2,dress
D1,M,D1-M,Linen dress,48.00,USD,3,2,R1,no,D2,dress
D1,L,D1-L,Linen dress,48.00,USD,1,2,R1,no,D2,dress
D2,,D2,Cotton kaftan,42.00,USD,5,,R2,no,,
M3,,M3,Stoneware mug,18.00,USD,3,,R2,no,M4,mug
M4,,M4,Stoneware bowl,22.00,USD,4,,R2,no,,bowl
R5,,R5,Silver ring,64.00,USD,1,1,V1,yes,,ring
7,,OTTER,Plush otter,21.00,USD,6,,R3,no,,otter
"""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A variant's numbers."""

    on_hand: int
    held: int
    waiting: int
    short: int


class Paper:
    """A platform that writes down what is posted."""

    name = PLATFORM
    max_characters = 2000
    pace_seconds = 0.0

    def __init__(self) -> None:
        self.posts: list[Outgoing] = []
        #: Who takes no direct messages.
        self.closed_to: set[str] = set()

    def stream_channels(self) -> Sequence[Channel]:
        """One."""
        return [STREAM]

    def audience_channel(self, audience: str) -> Channel | None:
        """A channel of that name."""
        return Channel(PLATFORM, audience)

    async def start(self, ears: Ears) -> None:
        """Nothing to connect to."""

    async def stop(self) -> None:
        """Nothing was connected."""

    async def close(self) -> None:
        """Nothing was opened."""

    async def post(self, outgoing: Outgoing) -> str | None:
        """Write it down; a new state of a card takes the place of the old one."""
        if outgoing.address.reach is Reach.PERSON and outgoing.address.target in self.closed_to:
            raise PersonUnreachable("they take no direct messages")
        if outgoing.replaces is not None:
            self.posts[int(outgoing.replaces)] = outgoing
            return outgoing.replaces
        self.posts.append(outgoing)
        return str(len(self.posts) - 1)

    async def shout(self, channel: Channel, text: str) -> None:
        """Nobody is there to hear."""

    async def history(
        self, channel: Channel, after: tuple[datetime, str] | None
    ) -> AsyncIterator[Heard]:
        """Nothing was missed."""
        none: tuple[Heard, ...] = ()
        for message in none:
            yield message

    def state(self) -> PlatformState:
        """Always well."""
        return PlatformState(connected=True, detail="paper")


class Shop:
    """A whole Andon over a database, spoken to in the words of the sale.

    `rules` are `[sale]` settings. Each thing said comes a second after the one before. `start` is
    when it opens, `shop` are `[shop]` settings, and `capabilities` come on top of our own. One that
    `continues` another is the same shop after a restart: same paper, same clock, same database.
    Playbooks start only where it has `playbooks`: elsewhere they would hide what is looked at. So
    are questions answered only where it has `faq`, which are `[faq]` settings. `moderation` are
    `[moderation]` settings: without them it only watches, as it does out of the box. `settings` are
    other sections: `{"tax": {"rates": {"US": 8}}}`.
    """

    def __init__(
        self,
        storage: Storage,
        *,
        catalogue: str = CATALOGUE,
        start: datetime = EVENING,
        shop: Mapping[str, Any] | None = None,
        capabilities: Sequence[Capability] = (),
        continues: "Shop | None" = None,
        playbooks: bool = False,
        faq: Mapping[str, Any] | None = None,
        moderation: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        **rules: Any,
    ) -> None:
        self.storage = storage
        self.paper: Paper = Paper() if continues is None else continues.paper
        self.clock: ManualClock = ManualClock(start if continues is None else continues.clock.now())
        self._catalogue = catalogue
        self._settings: Settings = load_settings(
            environ={},
            sale={"claimable": "listed", **rules},
            shop=dict(shop or {}),
            faq={"answers": faq is not None, **(faq or {})},
            moderation=dict(moderation or {}),
            **dict(settings or {}),
        )
        self._stack = AsyncExitStack()
        self._count: int = 0 if continues is None else continues._count
        self._heard: int = 0 if continues is None else continues._heard
        self.andon = Andon(
            self._settings,
            storage,
            [self.paper],
            clock=self.clock,
            registry=Registry.of((*ours(), *capabilities)),
            in_order=True,
        )
        if not playbooks:
            house = replace(self.andon.house, playbooks=Playbooks())
            self.andon.house = self.andon.dispatcher.house = house

    async def __aenter__(self) -> Self:
        read = read_catalog(self._catalogue, name="catalogue.csv", currency="USD")
        async with self.storage.write() as tx:
            await import_catalog(tx, read, stock="keep")
        await self.andon.dispatcher.refresh()
        running = asyncio.create_task(self.andon.intake.run())

        async def stop() -> None:
            await self.andon.intake.stop()
            await running

        self._stack.push_async_callback(stop)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    # --- what people do -------------------------------------------------------------------------

    def person(self, name: str, role: str = "viewer") -> Person:
        """A person whose id is the name in lower case."""
        return Person(platform=PLATFORM, id=name.lower(), name=name, roles=frozenset({Role(role)}))

    async def says(
        self,
        name: str,
        text: str,
        *,
        role: str = "viewer",
        at: datetime | None = None,
        **more: Any,
    ) -> str:
        """Someone types a line in the stream chat; returns the key of the line."""
        message = self._line(name, text, role, at, **more)
        await self.hears(message)
        return message.key

    def _line(
        self, name: str, text: str, role: str = "viewer", at: datetime | None = None, **more: Any
    ) -> ChatMessage:
        number = self._next()
        return ChatMessage(
            key=f"{PLATFORM}:{number}",
            channel=STREAM,
            native_id=str(number),
            person=self.person(name, role),
            text=text,
            sent_at=at or self._moment(),
            **more,
        )

    async def say_together(self, *lines: tuple[str, str]) -> None:
        """Several people type at once: their lines may share a batch."""
        messages = []
        for name, text in lines:
            messages.append(self._line(name, text))
            self.clock.advance(0.1)
        await self.andon.intake.feed(messages)
        await self._settle()

    async def edits(self, key: str, text: str, name: str) -> None:
        """Someone edits a line of theirs."""
        at = self._moment()
        await self.hears(
            MessageEdited(
                key=f"{key}@{at.isoformat()}",
                of=key,
                channel=STREAM,
                native_id=key.split(":")[1],
                person=self.person(name),
                text=text,
                sent_at=at,
                edited_at=at,
            )
        )

    async def deletes(self, key: str) -> None:
        """Someone deletes a line."""
        at = self._moment()
        await self.hears(
            MessageDeleted(
                key=f"{key}@deleted",
                of=key,
                channel=STREAM,
                native_id=key.split(":")[1],
                deleted_at=at,
            )
        )

    async def hears(self, message: Heard) -> None:
        """The lane takes in one thing, and what is said about it is posted."""
        await self.andon.intake.feed([message])
        await self._settle()

    async def command(
        self,
        line: str,
        name: str = "Mo",
        *,
        role: str = "moderator",
        channel: str = "stream",
        options: Mapping[str, str] | None = None,
    ) -> str:
        """Someone types a slash command, its options apart if given; returns the answer."""
        reply = f"{name.lower()}:{self._next()}"
        await self.andon.intake.act(
            Command(
                key=f"{PLATFORM}:{reply}",
                person=self.person(name, role),
                channel=Channel(PLATFORM, channel),
                sent_at=self._moment(),
                line=line,
                reply_to=reply,
                options=options,
            )
        )
        await self._settle()
        return self._answer(reply).text

    async def presses(
        self, name: str, button: str, *, role: str = "viewer", message: str | None = None
    ) -> Outgoing:
        """Someone presses a button: by its label under the newest post that has it, or by its id.

        Returns the answer. `message` is the key of the line whose menu was opened.
        """
        pressed = button if ":" in button or button.startswith("menu.") else self._find(button)
        return await self.presses_id(name, pressed, role=role, message=message)

    async def presses_id(
        self, name: str, button: str, *, role: str = "viewer", message: str | None = None
    ) -> Outgoing:
        """Someone presses a button of this id, whoever made it."""
        press = self._press(name, button, role, message)
        await self.andon.intake.act(press)
        await self._settle()
        return self._answer(press.reply_to)

    def _press(self, name: str, button: str, role: str, message: str | None) -> Press:
        reply = f"{name.lower()}:{self._next()}"
        return Press(
            key=f"{PLATFORM}:{reply}",
            person=self.person(name, role),
            channel=STREAM,
            sent_at=self._moment(),
            button=button,
            reply_to=reply,
            message=message,
        )

    async def opens(
        self, name: str, button: str, *, role: str = "viewer", message: str | None = None
    ) -> Form | None:
        """The form that a button or a menu opens; nothing is handed in."""
        return await self.andon.intake.opening(self._press(name, button, role, message))

    async def submits(
        self, name: str, form: str, role: str = "moderator", **values: str
    ) -> Outgoing:
        """Someone fills a form in."""
        reply = f"{name.lower()}:{self._next()}"
        await self.andon.intake.act(
            FormSubmit(
                key=f"{PLATFORM}:{reply}",
                person=self.person(name, role),
                channel=STREAM,
                sent_at=self._moment(),
                form=form,
                values=values,
                reply_to=reply,
            )
        )
        await self._settle()
        return self._answer(reply)

    async def writes(self, name: str, text: str, *pictures: Picture) -> str:
        """Someone writes the bot a direct message; returns the last answer there."""
        await self.andon.intake.direct(
            DirectMessage(
                key=f"{PLATFORM}:dm:{self._next()}",
                person=self.person(name),
                text=text,
                sent_at=self._moment(),
                pictures=pictures,
            )
        )
        await self._settle()
        return self.direct(name)[-1]

    async def team_says(
        self, name: str, text: str, *, role: str = "moderator", key: str = ""
    ) -> str:
        """Someone types a line in a channel of the team; returns the key of the line."""
        line = TeamLine(
            key=key or f"{PLATFORM}:team:{self._next()}",
            channel=Channel(PLATFORM, "alerts"),
            person=self.person(name, role),
            text=text,
            sent_at=self._moment(),
        )
        await self.andon.intake.overhear(line)
        await self._settle()
        return line.key

    async def passes(self, **time: float) -> None:
        """Time passes, and what falls due happens: `await shop.passes(minutes=5)`."""
        await self.andon.intake.run_until(self.clock.now() + timedelta(**time))
        await self._settle()

    async def show(self) -> None:
        """Start a show."""
        await self.command("/show start Friday")

    # --- what people see ------------------------------------------------------------------------

    def heard(self) -> list[str]:
        """What was posted in the stream since this was last asked, people as `@Name`."""
        posts = self._stream()
        fresh, self._heard = posts[self._heard :], len(posts)
        return [_readable(post) for post in fresh]

    def heard_by(self, name: str) -> list[str]:
        """Every line in the stream that mentions someone."""
        mark = "@{" + name.lower() + "}"
        return [
            line.replace(mark, f"@{name}")
            for post in self._stream()
            for line in post.text.splitlines()
            if mark in line
        ]

    def team(self, audience: str = "alerts") -> list[str]:
        """What the team was told, without the cards that every show and every lamp has."""
        return [
            post.text
            for post in self.paper.posts
            if post.address.target == audience and post.kind not in ("show.card", "lamps.card")
        ]

    def direct(self, name: str) -> list[str]:
        """Direct messages to someone."""
        return [
            post.text
            for post in self.paper.posts
            if post.address.reach is Reach.PERSON and post.address.target == name.lower()
        ]

    def buttons(self) -> list[str]:
        """The labels under the newest post in the stream."""
        return [button.label for button in self._stream()[-1].buttons]

    def acts(self) -> list[tuple[str, str]]:
        """What was done in the stream besides speaking: the act, and the line or the person."""
        acts = [post.act for post in self.paper.posts if post.act is not None]
        return [
            (act.kind.value, f"{PLATFORM}:{act.line}" if act.kind is ActKind.DELETE else act.person)
            for act in acts
        ]

    async def numbers(self, sku: str) -> Numbers:
        """Where a variant stands."""
        variants = sale.variants.c
        async with self.storage.read() as tx:
            row = await tx.first(select(sale.variants).where(variants.sku == sku))
        if row is None:
            raise LookupError(sku)
        return Numbers(row.on_hand, row.reserved, row.waiting_units, row.short)

    async def rows(self, statement: Select[Any]) -> Sequence[Any]:
        """What the database says."""
        async with self.storage.read() as tx:
            return await tx.all(statement)

    def _stream(self) -> list[Outgoing]:
        return [
            post
            for post in self.paper.posts
            if post.address.target == STREAM.id and post.act is None
        ]

    def _find(self, label: str) -> str:
        for post in reversed(self.paper.posts):
            for button in post.buttons:
                if button.label == label:
                    return button.id
        raise LookupError(f"no button says {label!r}")

    def _answer(self, reply: str) -> Outgoing:
        return next(post for post in reversed(self.paper.posts) if post.address.target == reply)

    async def _settle(self) -> None:
        await self.andon.intake.drain()
        await self.andon.relay.drain()

    def _moment(self) -> datetime:
        self.clock.advance(1)
        return self.clock.now()

    def _next(self) -> int:
        self._count += 1
        return self._count


def _readable(post: Outgoing) -> str:
    text = post.text
    for person in post.mentions:
        text = text.replace("@{" + person + "}", "@" + person.capitalize())
    return text
