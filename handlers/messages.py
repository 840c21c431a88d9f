"""What comes in and what goes out, free of any platform: frozen, keyword-only values.

A platform turns its own events into the incoming kinds; handlers answer with the outgoing ones.
Every incoming value has a `key` that is the same each time the platform delivers the same thing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from handlers.people import Person

__all__ = [
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
    "Press",
    "Reach",
    "Section",
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
    edit.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectMessage:
    """A line typed to the bot alone."""

    key: str
    person: Person
    text: str
    sent_at: datetime


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
    """What answers a command, a press or a form: words and buttons.

    A command that lists may answer in `sections`, under `text`: they are shown a page at a time.
    """

    text: str = ""
    sections: tuple[Section, ...] = ()
    buttons: tuple[Button, ...] = ()
    visibility: Visibility = Visibility.PRIVATE
    values: Mapping[str, Any] = field(default_factory=dict)
