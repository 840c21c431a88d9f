"""What comes in and what goes out, free of any platform: frozen, keyword-only values.

A platform turns its own events into the incoming kinds; handlers answer with the outgoing ones.
Every incoming value has a `key` that is the same each time the platform delivers the same thing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Self

from handlers.people import Person

__all__ = [
    "ActKind",
    "Address",
    "Answer",
    "Button",
    "ButtonStyle",
    "Channel",
    "ChatMessage",
    "Command",
    "DirectMessage",
    "Field",
    "FieldKind",
    "Form",
    "FormSubmit",
    "Home",
    "MessageDeleted",
    "MessageEdited",
    "NotTaken",
    "OutsideAct",
    "Picture",
    "Press",
    "Reach",
    "Section",
    "TeamLine",
    "Visibility",
    "Webhook",
]


@dataclass(frozen=True, slots=True, order=True)
class Channel:
    """A place to talk on one platform."""

    platform: str
    id: str


# --- what comes in ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """A line typed in a stream channel.

    `native_id` is the platform's id, which breaks ties between lines of one instant. `quotes` is
    set where the line is forwarded, written by a bot or a webhook: it is never a claim. `reply` is
    set where it answers another line. `edited_at` is set on a line that history gives after an
    edit. `held` is set where the platform's own filter kept the line out of the chat.
    """

    key: str
    channel: Channel
    native_id: str
    person: Person
    text: str
    sent_at: datetime
    quotes: bool = False
    reply: bool = False
    edited_at: datetime | None = None
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited:
    """A line typed earlier now reads `text`. `of` is the key of the line.

    `quotes` and `reply` are of the line, as in `ChatMessage`.
    """

    key: str
    of: str
    channel: Channel
    native_id: str
    person: Person
    text: str
    sent_at: datetime
    edited_at: datetime
    quotes: bool = False
    reply: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted:
    """A line typed earlier is gone. `of` is the key of the line."""

    key: str
    of: str
    channel: Channel
    native_id: str
    deleted_at: datetime


class NotTaken(StrEnum):
    """Why something that came with a direct message was left out."""

    NO_PICTURE = "no_picture"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    BROKEN = "broken"
    NOT_FETCHED = "not_fetched"


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectMessage:
    """A line typed to the bot alone; `text` may be empty where there are `pictures`.

    These were made anew, without any word on where or by what they were taken. `not_taken` says why
    others were left out.
    """

    key: str
    person: Person
    text: str
    sent_at: datetime
    pictures: "tuple[Picture, ...]" = ()
    not_taken: tuple[NotTaken, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamLine:
    """A line that a person typed in a channel of the team: never a claim, and never a bot's.

    `thread` is the platform's id of the post that it answers, or in whose thread it stands.
    """

    key: str
    channel: Channel
    person: Person
    text: str
    sent_at: datetime
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A slash command: its name of one or two words, and its options as typed.

    `line` is the whole text, which the command table reads; `options` are its options by name where
    the platform asks for each apart, and then `line` counts only for its name and for the audit.
    `reply_to` is what the platform needs to answer this very command.
    """

    key: str
    person: Person
    channel: Channel
    sent_at: datetime
    line: str
    reply_to: str
    options: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button, or an entry of a message's menu (then `message` is the key of that message)."""

    key: str
    person: Person
    channel: Channel
    sent_at: datetime
    button: str
    reply_to: str
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSubmit:
    """A form that was filled in."""

    key: str
    person: Person
    channel: Channel
    sent_at: datetime
    form: str
    values: Mapping[str, str]
    reply_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A signed request from another system, checked by the web room."""

    key: str
    source: str
    body: Mapping[str, Any]
    received_at: datetime


# --- what goes out ------------------------------------------------------------------------------


class Reach(StrEnum):
    """What an address names."""

    CHANNEL = "channel"
    PERSON = "person"
    AUDIENCE = "audience"
    REPLY = "reply"
    #: Nothing is said: something is done there, so that it waits behind no words.
    ACT = "act"


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where something is said.

    `target` is a channel id, a person's id, an audience's name (then `platform` is empty until the
    relay looks it up), or what answers one command or press (`reply_to`).
    """

    platform: str
    reach: Reach
    target: str

    def __str__(self) -> str:
        return f"{self.platform}|{self.reach}|{self.target}"

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read what `str` wrote."""
        platform, reach, target = text.split("|", 2)
        return cls(platform, Reach(reach), target)


class ActKind(StrEnum):
    """What can be done in a chat besides saying something. There is no ban."""

    DELETE = "delete"
    TIMEOUT = "timeout"
    FREE = "free"
    SLOW = "slow"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideAct:
    """Something done in a chat, with the same effect however often it is tried.

    `DELETE` takes the line of native id `line` away; `TIMEOUT` lets `person` write nothing before
    `until`, and `FREE` lets them write again. `SLOW` lets everyone but the team write one line
    every `seconds`; with 0 it takes a pace of `was` back.
    """

    kind: ActKind
    line: str = ""
    person: str = ""
    until: datetime | None = None
    seconds: int = 0
    was: int = 0

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Self:
        """The act that was put into the outbox as these values."""
        until = values.get("until")
        return cls(
            kind=ActKind(values["kind"]),
            line=values.get("line", ""),
            person=values.get("person", ""),
            until=datetime.fromisoformat(until) if until else None,
            seconds=int(values.get("seconds", 0)),
            was=int(values.get("was", 0)),
        )


class Visibility(StrEnum):
    """Who sees the answer to a command or press."""

    PRIVATE = "private"
    PUBLIC = "public"


class ButtonStyle(StrEnum):
    """How a button looks; never the only sign of what it does."""

    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button under a message. `id` is `capability.action:arguments`, at most 100 characters."""

    id: str
    label: str
    style: ButtonStyle = ButtonStyle.PLAIN


class FieldKind(StrEnum):
    """What a form's field takes."""

    TEXT = "text"
    PARAGRAPH = "paragraph"
    NUMBER = "number"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question of a form; `longest` is how many characters it takes, by kind if not given."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    required: bool = True
    value: str = ""
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    longest: int = 0

    def __post_init__(self) -> None:
        if not self.longest:
            longest = 2_000 if self.kind is FieldKind.PARAGRAPH else 300
            object.__setattr__(self, "longest", longest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A page of questions; `id` comes back with the answers."""

    id: str
    title: str
    fields: tuple[Field, ...]
    intro: str = ""


#: What every platform shows, by the ending of its name.
_PICTURES = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that goes with a message: the name of its file, and `alt`, what there is to see.

    `id` follows from the content, which is kept apart from the message and may be missing here.
    """

    id: str
    name: str
    mime: str
    alt: str
    content: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, content: bytes, *, name: str, mime: str, alt: str) -> Self:
        """A picture; its name gets the ending that fits.

        Raises `ValueError` for an empty one, without `alt`, or not a PNG, a JPEG or a GIF.
        """
        if mime not in _PICTURES or not content:
            raise ValueError(f"{name} ({mime}) is not a PNG, a JPEG or a GIF")
        if not alt.strip():
            raise ValueError(f"{name} does not say what there is to see")
        ending = _PICTURES[mime]
        named = name if name.lower().endswith(ending) else name + ending
        return cls(id=sha256(content).hexdigest(), name=named, mime=mime, alt=alt, content=content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a page or a list: what it says, and the buttons that belong to it."""

    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A person's own page: what waits for them, the most urgent first.

    `updated` is the time of day that it was made at, where the shop is.
    """

    title: str
    sections: tuple[Section, ...]
    updated: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What answers a command, a press or a form: words, buttons and pictures.

    A command that lists may answer in `sections`, under `text`: they are shown a page at a time.
    """

    text: str = ""
    sections: tuple[Section, ...] = ()
    buttons: tuple[Button, ...] = ()
    pictures: tuple[Picture, ...] = ()
    visibility: Visibility = Visibility.PRIVATE
    values: Mapping[str, Any] = field(default_factory=dict)
