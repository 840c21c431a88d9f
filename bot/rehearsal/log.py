"""A chat log as it is read: one JSON object a line, and the show that it may lack."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.moments import YEAR_2000, moment
from bot.platforms.rehearsal import AUDIENCES, REHEARSE
from handlers.messages import Channel, ChatMessage, Command
from handlers.people import Person, Role
from handlers.reports import OPENING

__all__ = ["STREAM", "SYSTEM", "Log", "log_message", "opening", "read_log"]

STREAM = "stream"
#: A time that is wildly wrong would move the clock there, and every deadline with it.
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_LONGEST_ID = 200
#: Whose hand it is where no line of the log says it.
SYSTEM = Person(
    platform=REHEARSE, id="rehearsal", name="Rehearsal", roles=frozenset({Role.MODERATOR})
)


@dataclass(slots=True, kw_only=True)
class Log:
    """A chat log as read: its lines in file order and the numbers of lines that are broken."""

    messages: list[ChatMessage | Command] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)

    @property
    def channels(self) -> list[str]:
        """The stream channels it speaks of."""
        named = dict.fromkeys([STREAM, *(message.channel.id for message in self.messages)])
        return [channel for channel in named if channel not in AUDIENCES]

    @property
    def first(self) -> datetime:
        """When its first line was said."""
        return self.messages[0].sent_at if self.messages else YEAR_2000

    @property
    def last(self) -> datetime:
        """When the latest of its lines was said."""
        return max((message.sent_at for message in self.messages), default=YEAR_2000)

    @property
    def starts_show(self) -> bool:
        """Whether one of its lines starts a show."""
        return any(_starts_show(message) for message in self.messages)


def read_log(path: Path) -> Log:
    """Read a log of JSON objects, one a line. Raises `OSError`."""
    log = Log()
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            message = log_message(line)
            if message is None:
                log.broken.append(number)
            else:
                log.messages.append(message)
    return log


def log_message(line: str) -> ChatMessage | Command | None:
    """One line of a log; None if it is broken."""
    try:
        said = json.loads(line)
        at, text = _instant(said["at"]), said["text"]
        key_id, author = _known_by(said["id"]), _known_by(said["author"])
        role = Role(said.get("role") or Role.VIEWER)
        channel = _known_by(said.get("channel") or STREAM)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    if not isinstance(text, str):
        return None
    name = str(said.get("name") or author)
    person = Person(platform=REHEARSE, id=author, name=name, roles=frozenset({role}))
    key, where = f"{REHEARSE}:{channel}:{key_id}", Channel(REHEARSE, channel)
    if text.startswith("/"):
        return Command(
            key=key, person=person, channel=where, sent_at=at, line=text, reply_to=author
        )
    return ChatMessage(
        key=key, channel=where, native_id=key_id, person=person, text=text, sent_at=at
    )


def _known_by(value: Any) -> str:
    """An id as people write it: a number is the same as its digits. Raises `ValueError`."""
    name = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not 0 < len(name) <= _LONGEST_ID or not name.isprintable():
        raise ValueError("no id")
    return name


def _instant(at: Any) -> datetime:
    if isinstance(at, bool):
        raise ValueError("no time")
    read = moment(at)
    if not _FIRST_YEAR <= read.year <= _LAST_YEAR:
        raise ValueError("not of this age")
    return read


def _starts_show(message: ChatMessage | Command) -> bool:
    return isinstance(message, Command) and message.line.lower().split()[:2] == ["/show", "start"]


def opening(first: ChatMessage | Command) -> Command:
    """Start a show for a log that starts none, once, however often the log is fed."""
    return Command(
        key=OPENING,
        person=SYSTEM,
        channel=Channel(REHEARSE, STREAM),
        sent_at=first.sent_at,
        line="/show start Rehearsal",
        reply_to=SYSTEM.id,
    )
