"""What stands in a lane: when it counts as said, its place in the order, its row in the memory."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, TypeGuard, TypeVar

from bot.intake.desk import Act, Incoming
from handlers.hearing import Heard
from handlers.messages import (
    Channel,
    ChatMessage,
    Command,
    DirectMessage,
    FormSubmit,
    MessageDeleted,
    MessageEdited,
    Press,
    TeamLine,
)
from storage.repositories.messages import native_order

__all__ = [
    "Stored",
    "Waiting",
    "channel_of",
    "edit_of",
    "instant_of",
    "is_heard",
    "legible",
    "reached",
    "row_of",
]

Spoken = TypeVar("Spoken", bound=Incoming)

#: Commands whose words are for nobody else, each with a space behind it.
_PRIVATE = ("address ", "link ", "customer note ", "order note ", "return ")
_HEARD = (ChatMessage, MessageEdited, MessageDeleted)


class Waiting(NamedTuple):
    """Something in a lane; compares by its place, and `number` is never the same twice."""

    at: datetime
    platform: str
    native: tuple[int, str]
    number: int
    message: Incoming
    #: Read back from history after a gap.
    missed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What an earlier line of the same key said."""

    text: str
    person: str
    sent_at: datetime


def instant_of(message: Incoming) -> datetime:
    """When `message` counts as said: an edit at its edit, a line with an edit time at that."""
    if isinstance(message, ChatMessage):
        return message.edited_at or message.sent_at
    if isinstance(message, MessageEdited):
        return message.edited_at
    if isinstance(message, MessageDeleted):
        return message.deleted_at
    return message.sent_at


def edit_of(message: Incoming) -> str | None:
    """The key of the edit after which history gave this line; None if it is as first typed."""
    if isinstance(message, ChatMessage) and message.edited_at is not None:
        return f"{message.key}@{message.edited_at.isoformat()}"
    return None


def is_heard(message: Incoming) -> TypeGuard[Heard]:
    """Whether `message` is a line, an edit or a deletion, and so may share a batch."""
    return isinstance(message, _HEARD)


def channel_of(message: Incoming) -> Channel | None:
    """Where `message` was said; None for a direct message."""
    return None if isinstance(message, DirectMessage) else message.channel


def row_of(message: Incoming) -> dict[str, Any]:
    """The row of the table `messages` that keeps `message` from being taken in twice."""
    if isinstance(message, ChatMessage):
        kind, text, at = "chat", message.text, message.sent_at
    elif isinstance(message, MessageEdited):
        kind, text, at = "edit", message.text, message.edited_at
    elif isinstance(message, MessageDeleted):
        kind, text, at = "delete", "", message.deleted_at
    else:
        kind, text = _said(message)
        at = message.sent_at
    channel = channel_of(message)
    person = None if isinstance(message, MessageDeleted) else message.person
    return {
        "key": message.key,
        "platform": channel.platform if channel else person.platform if person else "",
        "channel": channel.id if channel else "",
        "person": person.id if person else "",
        "name": person.name if person else "",
        "text": text,
        "sent_at": at,
        "kind": kind,
    }


def _said(act: Act) -> tuple[str, str]:
    match act:
        case Command():
            return "command", _without_private(act.line)
        case Press():
            return "press", act.button
        case FormSubmit():
            # What was filled in may be an address: it is not for this table.
            return "form", act.form
        case DirectMessage():
            # A letter, or a command with an address: known again by this, and read by nobody.
            return "direct", _digest(act.text)
        case TeamLine():
            return "team", act.text


def _without_private(line: str) -> str:
    """A command as typed; of those that may bring an address or a code, only what knows it again.

    What is private is kept where it belongs, and sealed there.
    """
    bare = f"{line.strip().lstrip('/').lower()} "
    name = next((one for one in _PRIVATE if bare.startswith(one)), "")
    return f"/{name}{_digest(line)}" if name else line


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def reached(messages: Iterable[Incoming]) -> dict[Channel, tuple[datetime, str]]:
    """How far `messages` take the cursor of each channel: (sent at, native id) of the last line."""
    last: dict[Channel, ChatMessage] = {}
    for message in messages:
        if isinstance(message, ChatMessage):
            known = last.get(message.channel)
            if known is None or _before(known, message):
                last[message.channel] = message
    return {channel: (line.sent_at, line.native_id) for channel, line in last.items()}


def _before(one: ChatMessage, other: ChatMessage) -> bool:
    if one.sent_at != other.sent_at:
        return one.sent_at < other.sent_at
    return native_order(one.native_id) < native_order(other.native_id)


def legible(message: Spoken) -> Spoken:
    """`message` without signs that no database takes: NUL, and halves of a surrogate pair."""
    if isinstance(message, MessageDeleted):
        return message
    changes: dict[str, Any] = {}
    if not _sound(message.person.name):
        changes["person"] = replace(message.person, name=_mended(message.person.name))
    if isinstance(message, ChatMessage | MessageEdited | DirectMessage | TeamLine):
        if not _sound(message.text):
            changes["text"] = _mended(message.text)
    elif isinstance(message, Command):
        changes |= _changed(message, "line") | _changed_each(message, "options")
    elif isinstance(message, Press):
        changes |= _changed(message, "button") | _changed(message, "message")
    elif isinstance(message, FormSubmit):
        changes |= _changed(message, "form") | _changed_each(message, "values")
    return replace(message, **changes) if changes else message


def _changed(message: Spoken, name: str) -> dict[str, Any]:
    text = getattr(message, name)
    return {} if text is None or _sound(text) else {name: _mended(text)}


def _changed_each(message: Spoken, name: str) -> dict[str, Any]:
    texts = getattr(message, name)
    if texts is None or all(_sound(each) for pair in texts.items() for each in pair):
        return {}
    return {name: {_mended(field): _mended(text) for field, text in texts.items()}}


def _sound(text: str) -> bool:
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _mended(text: str) -> str:
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
