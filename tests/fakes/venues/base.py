"""What people do and see on any platform, in the same few words; and the ears that write it down.

async with LocalVenue() as venue:
    await venue.types("Mo", "/stage A12", code="A12")
    command = await venue.ears.next(Command)
    await venue.answers(command, "A12 is on stage.")
    assert venue.sees("Mo")[-1].text == "A12 is on stage."
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self, TypeVar

from bot.platforms.base import BoardPost, Heard, Outgoing, Platform, ShowsBoard
from handlers.capability import Option
from handlers.completing import Choice
from handlers.messages import (
    ActKind,
    Address,
    Channel,
    Command,
    DirectMessage,
    Form,
    FormSubmit,
    Home,
    OutsideAct,
    Press,
    Reach,
    TeamLine,
)
from handlers.people import Person, Role
from tests.fakes.discord.burst import turned
from tests.fakes.discord.changes import PATIENCE

__all__ = ["NotHere", "Notes", "Seen", "Shown", "Venue"]

T = TypeVar("T")
NOON = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)


class NotHere(Exception):
    """There is no such thing on this platform, so nobody can do it there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A post of Andon's as a person sees it.

    `calls` are the names of those whom it notifies, `dressed` what is set apart in it: bold, code,
    quotes, links. `pictures` are what there is to see on each, and what it holds.
    """

    id: str
    text: str
    buttons: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    dressed: tuple[str, ...] = ()
    pictures: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A form that somebody sees: its title, and the labels of its fields."""

    title: str
    labels: tuple[str, ...]


class Notes:
    """Ears that write down what is handed in, and answer as the test says."""

    def __init__(self) -> None:
        self._handed_in: asyncio.Queue[object] = asyncio.Queue()
        #: What every act opens, what every form comes back with, everyone's page.
        self.form: Form | None = None
        self.faults: Mapping[str, str] = {}
        self.page: Home | None = None
        self.choices: Sequence[Choice] = ()
        self.alerts: list[str] = []

    async def next(self, kind: type[T]) -> T:
        """The next thing that is handed in, which is of this kind."""
        async with asyncio.timeout(PATIENCE):
            heard = await self._handed_in.get()
        assert isinstance(heard, kind), heard
        return heard

    @property
    def nothing(self) -> bool:
        """Whether there is nothing more that was handed in."""
        return self._handed_in.empty()

    def hear(self, message: Heard) -> None:
        """Write it down."""
        self._handed_in.put_nowait(message)

    async def direct(self, message: DirectMessage) -> None:
        """Write it down."""
        self._handed_in.put_nowait(message)

    async def overhear(self, line: TeamLine) -> None:
        """Write it down."""
        self._handed_in.put_nowait(line)

    async def act(self, act: Command | Press | FormSubmit) -> None:
        """Write it down."""
        self._handed_in.put_nowait(act)

    async def opening(self, act: Command | Press) -> Form | None:
        """The form that the test wants opened."""
        return self.form

    async def checking(self, submit: FormSubmit) -> Mapping[str, str]:
        """What the test finds wrong with it."""
        return self.faults

    async def home(self, person: Person) -> Home | None:
        """The page that the test wants shown."""
        return self.page

    def completing(self, option: Option, typed: str, given: Mapping[str, str]) -> Sequence[Choice]:
        """What the test offers."""
        return self.choices

    def gap(self, channel: Channel) -> None:
        """Nothing is read again here."""

    def alert(self, sentence: str) -> None:
        """Write it down."""
        self.alerts.append(sentence)

    async def owned(self, wanted: bool = True) -> None:
        """This process has the stream, and keeps it."""
        if not wanted:
            await asyncio.Event().wait()


class Venue(ABC):
    """One platform over its own wire, with the moderator Mo and the viewer Ana before it.

    People go by their names. What they do is done in the hall, a channel that all can read, and
    raises `NotHere` where the platform knows nothing of the kind.
    """

    platform: Platform

    def __init__(self) -> None:
        self.ears = Notes()
        #: What time it is, for the platform and for whom it speaks to.
        self.at = NOON
        self._delivered = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.platform.stop()
        await self.platform.close()

    # --- what Andon does ------------------------------------------------------------------------

    @property
    @abstractmethod
    def hall(self) -> Channel:
        """The channel in which all of it happens."""

    def outgoing(self, text: str, to: Address | None = None, **more: Any) -> Outgoing:
        """A delivery to the hall or another address, with an id of its own."""
        self._delivered += 1
        address = to or Address(self.platform.name, Reach.CHANNEL, self.hall.id)
        values = {"id": self._delivered, "address": address, "kind": "test", "at": self.at}
        return Outgoing(**{**values, "text": text, **more})

    async def shows_board(self, text: str) -> None:
        """Show the board of a show in the hall."""
        if not isinstance(self.platform, ShowsBoard):
            raise NotHere
        await self.platform.show_board(self.hall, BoardPost(show=1, title="Friday", text=text))

    @abstractmethod
    def another_process(self) -> AbstractAsyncContextManager[Platform]:
        """The platform as another process of the same shop has it, which began by now too."""

    async def posts(self, text: str, to: Address | None = None, **more: Any) -> str:
        """Post a delivery; returns the id of the post."""
        id = await self.platform.post(self.outgoing(text, to, **more))
        assert id, "a post has an id"
        return id

    async def carries_out(self, kind: ActKind, **about: Any) -> None:
        """Do something in the hall besides saying something."""
        await self.platform.post(self.outgoing("", act=OutsideAct(kind=kind, **about)))

    async def answers(self, act: Command | Press | FormSubmit, text: str, **more: Any) -> None:
        """Answer an act, in private if nothing else is said."""
        to = Address(self.platform.name, Reach.REPLY, act.reply_to)
        await self.platform.post(self.outgoing(text, to, **{"private": True, **more}))

    def passes(self, time: timedelta) -> None:
        """Time passes."""
        self.at += time

    def now(self) -> datetime:
        """What time it is."""
        return self.at

    async def until(self, look: Callable[[], object]) -> None:
        """Wait until something holds of which nobody is told."""
        async with asyncio.timeout(PATIENCE):
            while not look():
                await turned(0.002)

    def person(self, name: str) -> Person:
        """How somebody here is to be known to Andon."""
        roles = {Role.VIEWER, Role.MODERATOR} if name == "Mo" else {Role.VIEWER}
        id = self.id_of(name)
        return Person(platform=self.platform.name, id=id, name=name, roles=frozenset(roles))

    # --- what people do -------------------------------------------------------------------------

    @abstractmethod
    def id_of(self, name: str) -> str:
        """The platform's id of somebody, who joins if new."""

    @abstractmethod
    async def types(self, name: str, command: str, /, **options: str) -> None:
        """Type a command: `stage`, or `show start`."""

    @abstractmethod
    async def presses(self, name: str, label: str) -> None:
        """Press a button of the newest post, or choose it from a select there."""

    @abstractmethod
    async def fills_in(self, name: str, values: Mapping[str, str]) -> None:
        """Fill in the form that one sees, and send it."""

    @abstractmethod
    async def writes(self, name: str, text: str) -> None:
        """Write to Andon alone."""

    @abstractmethod
    async def delivered_again(self) -> None:
        """The last thing that was done here is brought once more."""

    async def says(self, name: str, text: str) -> None:
        """Say a line where viewers claim."""
        raise NotHere

    async def may_write(self, name: str) -> bool:
        """Whether somebody may write where viewers claim; it is tried where that is a question."""
        raise NotHere

    async def chooses(self, name: str, entry: str) -> None:
        """Choose from the menu of the last line that was said."""
        raise NotHere

    async def completes(self, name: str, command: str, option: str, typed: str) -> list[str]:
        """What is offered while an option is being typed."""
        raise NotHere

    async def opens_home(self, name: str) -> list[str]:
        """The lines of one's own page."""
        raise NotHere

    # --- what people see ------------------------------------------------------------------------

    @abstractmethod
    def sees(self, name: str) -> list[Seen]:
        """What Andon posted in the hall, as far as somebody sees it, in its order."""

    @abstractmethod
    def reads(self, channel: Channel) -> list[Seen]:
        """What Andon posted in any channel, as the moderator sees it."""

    @abstractmethod
    def was_told(self, name: str) -> list[Seen]:
        """What Andon wrote to somebody alone."""

    @abstractmethod
    def form_of(self, name: str) -> Shown | None:
        """The form that somebody sees."""

    def beside_fields(self, name: str) -> list[str]:
        """What is said to be wrong beside the fields of the form that somebody sent."""
        raise NotHere

    def lines(self) -> list[str]:
        """What people said where viewers claim, as far as it stands there."""
        raise NotHere

    def reactions(self) -> list[str]:
        """The signs on the last line that was said."""
        raise NotHere

    # --- what goes wrong ------------------------------------------------------------------------

    @abstractmethod
    def fails(self, *, after_effect: bool) -> None:
        """The next post is answered with an error, and carried out all the same or not."""

    @abstractmethod
    def fails_to_answer(self) -> None:
        """The next answer to an act is carried out, and answered with an error."""

    def takes_no_large_pictures(self) -> None:
        """From now on a picture of more than a few bytes is too large here."""
        raise NotHere

    def cuts(self) -> None:
        """The wire is cut once the next post was carried out."""
        raise NotHere

    def limits(self) -> None:
        """The next post is one too many."""
        raise NotHere

    def takes_no_messages(self, name: str) -> None:
        """Somebody lets Andon write to them no more."""
        raise NotHere

    def deletes_newest(self) -> None:
        """Somebody deletes the newest post of the hall."""
        raise NotHere

    def deletes_hall(self) -> None:
        """The hall is no more."""
        raise NotHere

    def shuts_hall(self) -> None:
        """Andon is put out of the hall."""
        raise NotHere

    async def breaks(self) -> None:
        """The connection breaks, and stays so for a moment."""
        raise NotHere

    async def heals(self) -> None:
        """It may connect again."""
        raise NotHere

    @property
    def unmapped(self) -> str:
        """An audience that the settings name no channel for."""
        raise NotHere
