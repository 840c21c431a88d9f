"""What a chat platform is to Andon: one Protocol, spoken by every file in this room.

A platform turns its events into `handlers.messages` values and hands them to its `Ears`; the relay
gives it deliveries to post. It decides nothing.

Errors of `Platform.post`:

- `PostFailed`: ends this delivery: the place is gone, the text is refused. The relay alerts the
  team.
- `PersonUnreachable`: ends it too, because this person takes no direct messages; the person is told
  in the stream instead.
- `PlaceGone`: ends it for this channel; what was meant for an audience goes to another one.
- `PostDelayed`: try the same delivery again, not before `retry_after` seconds. Whether the post
  arrived may be unknown.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from handlers.capability import Option
from handlers.completing import Choice
from handlers.messages import (
    Address,
    Button,
    Channel,
    ChatMessage,
    Command,
    DirectMessage,
    Form,
    FormSubmit,
    Home,
    MessageDeleted,
    MessageEdited,
    OutsideAct,
    Picture,
    Press,
    TeamLine,
)
from handlers.people import Person

__all__ = [
    "Away",
    "BoardPost",
    "Ears",
    "Outgoing",
    "PersonUnreachable",
    "PlaceGone",
    "Platform",
    "PlatformRefused",
    "PlatformState",
    "PostDelayed",
    "PostFailed",
    "ShowsBoard",
]

Heard = ChatMessage | MessageEdited | MessageDeleted


class PostFailed(Exception):
    """This delivery can never be posted; `args[0]` says why in one sentence."""


class PersonUnreachable(PostFailed):
    """This person takes no direct messages from the bot."""


class PlaceGone(PostFailed):
    """This channel takes no posts any more; an audience may have another by now."""


class Away(Exception):
    """The platform is not connected, so its history cannot be read yet; `args[0]` says why."""


class PlatformRefused(Exception):
    """The platform will not let us in as we are set up; `args[0]` says what to do about it."""


class PostDelayed(Exception):
    """This delivery was not posted, or may not have been; try again later."""

    def __init__(self, why: str, *, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One delivery, as rendered: `id` is the same at every try.

    `replaces` is the platform's id of an earlier post that this one edits, and `card` names what
    both are states of. `reactions` are
    (native id of a line, emoji) to put on lines of that channel. `mentions` are the ids of the
    people whom the text names as `@{id}`; nobody else may be notified. `pictures` go with the text;
    one that the platform does not take, or without content, is left out and said. `history` says in
    a line each what changed since a card's last post, for its thread where there are threads. An
    `urgent` post is for whoever is on call. One with an `act` has no text: that is to be done.
    `tried` is one that this or another process tried before: it may have arrived.
    """

    id: int
    address: Address
    kind: str
    text: str
    buttons: tuple[Button, ...] = ()
    mentions: tuple[str, ...] = ()
    reactions: tuple[tuple[str, str], ...] = ()
    replaces: str | None = None
    card: str | None = None
    private: bool = False
    history: str = ""
    urgent: bool = False
    pictures: tuple[Picture, ...] = ()
    act: OutsideAct | None = None
    tried: bool = False
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPost:
    """The show's own message in a stream channel, as it reads now.

    `show` is the show's id: each show has a message of its own. `final` once the show is over.
    """

    show: int
    title: str
    text: str
    buttons: tuple[Button, ...] = ()
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformState:
    """How a platform is, for health and `check`: connected or not, and a sentence.

    `elsewhere` where another process is the one that connects.
    """

    connected: bool
    detail: str
    elsewhere: bool = False


class Ears(Protocol):
    """Where a platform hands in what it hears; the intake listens."""

    def hear(self, message: Heard) -> None:
        """Take a line of a stream channel. Never blocks; a full lane turns it into a gap."""

    async def direct(self, message: DirectMessage) -> None:
        """Take a direct message; returns when it is committed."""

    async def overhear(self, line: TeamLine) -> None:
        """Take a line that a person typed in a channel of the team; returns when it is done with.

        Nothing that begins with a command, or speaks to the bot, is one.
        """

    async def act(self, act: Command | Press | FormSubmit) -> None:
        """Take a command, press or form; returns when it is committed. Its answer is said."""

    def gap(self, channel: Channel) -> None:
        """Lines of `channel` may be missing from here on: read them from history."""

    async def opening(self, act: Command | Press) -> Form | None:
        """The form that `act` opens, from one read-only query; None where it opens none.

        A platform shows that form as its first response, and hands in nothing until it is filled
        in; where there is none, it hands the act to `act`.
        """

    async def checking(self, submit: FormSubmit) -> Mapping[str, str]:
        """A sentence for each field that cannot stay as it is, from one read-only query.

        By the field's name; a platform that can shows them beside the fields, and hands nothing in
        until there are none. None either where they cannot be looked at now: `act` looks again.
        """

    async def home(self, person: Person) -> Home | None:
        """What waits for a person, from one read-only query, for platforms with a page for it.

        None where it cannot be read now: leave the page as it is.
        """

    def completing(self, option: Option, typed: str, given: Mapping[str, str]) -> Sequence[Choice]:
        """What may stand for `option` of a command whose other options so far are `given`."""

    def alert(self, sentence: str) -> None:
        """Tell the team at once, past the database and past this platform if it must be."""

    async def owned(self, wanted: bool = True) -> None:
        """Return once this process takes in the stream, or with False once it does not any more.

        Only the owner of the stream connects to what brings its chat.
        """


class Platform(Protocol):
    """A chat platform."""

    name: str
    #: Characters one post may hold, and seconds to leave between two posts to one address.
    max_characters: int
    pace_seconds: float

    def stream_channels(self) -> Sequence[Channel]:
        """The channels in which viewers claim."""

    def audience_channel(self, audience: str) -> Channel | None:
        """Where messages to this audience go, or None if it is not mapped here."""

    async def start(self, ears: Ears) -> None:
        """Connect and begin to hear.

        Raises `PlatformRefused` where only the one who installs it can help; anything else it
        keeps trying.
        """

    async def stop(self) -> None:
        """Stop hearing. What was handed in stays handed in, and posts still go out."""

    async def close(self) -> None:
        """Disconnect; nothing is posted after this."""

    async def post(self, outgoing: Outgoing) -> str | None:
        """Post a delivery and return the platform's id of it.

        Raises `PostFailed` or `PostDelayed`.
        """

    async def shout(self, channel: Channel, text: str) -> None:
        """Say `text` at once, without the outbox: for when the database is what is broken."""

    def history(self, channel: Channel, after: tuple[datetime, str] | None) -> AsyncIterator[Heard]:
        """The lines of `channel` after (sent at, native id), oldest first, without our own.

        Raises `Away` while it is not connected.
        """

    def state(self) -> PlatformState:
        """How it is right now."""


@runtime_checkable
class ShowsBoard(Protocol):
    """A platform on which a show has a message of its own, always in view."""

    async def show_board(self, channel: Channel, board: BoardPost) -> None:
        """Post and pin the board of a show, or edit it where it stands already.

        Raises `PostFailed` or `PostDelayed`.
        """
