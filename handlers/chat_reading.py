"""Reads lines of chat against a snapshot, before any transaction: pure, so nobody waits for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers.claims.grammar import read
from handlers.claims.reading import Kind
from handlers.claims.rules import SaleRules
from handlers.hearing import NOT_READ, Batch, Heard, Line
from handlers.messages import ChatMessage, MessageDeleted
from handlers.people import Person
from handlers.snapshot import Snapshot

__all__ = ["read_batch"]


def read_batch(messages: Sequence[Heard], snapshot: Snapshot, rules: SaleRules) -> Batch:
    """Read lines as far as they may go together.

    An edit or a deletion stands alone, since it may move the line. A batch ends where a release
    that was typed in it comes due.
    """
    delay = timedelta(seconds=rules.stream_delay_seconds)
    lines: list[Line] = []
    until: datetime | None = None
    for message in messages:
        if not isinstance(message, ChatMessage):
            if not lines:
                lines.append(_line(message, snapshot, delay))
            break
        line = _line(message, snapshot, delay)
        if until is not None and line.at >= until:
            break
        lines.append(line)
        if line.reading.kind is Kind.CANCEL and until is None:
            until = line.at + timedelta(seconds=rules.release_delay_seconds)
    return Batch(
        messages=tuple(messages[: len(lines)]), lines=tuple(lines), versions=snapshot.versions
    )


def _line(message: Heard, snapshot: Snapshot, delay: timedelta) -> Line:
    if isinstance(message, MessageDeleted):
        show = snapshot.timeline.show_at(message.deleted_at)
        return Line(
            message=message,
            person=Person(platform=message.channel.platform, id="", name=""),
            at=message.deleted_at,
            show=show,
            reading=NOT_READ,
        )
    at = message.edited_at or message.sent_at
    show = snapshot.timeline.show_at(at)
    seen, switched = (None, None) if show is None else show.meant_at(at, delay)
    quoted = message.quotes or (message.reply and _only_agrees(message.text))
    reading = NOT_READ
    if not quoted:
        reading = read(
            message.text,
            snapshot.lexicon,
            seen.code if seen else None,
            stage_variant=seen.variant if seen else None,
        )
    return Line(
        message=message,
        person=message.person,
        at=at,
        show=show,
        reading=reading,
        staged=seen.code if seen else None,
        switched=switched.code if switched else None,
    )


def _only_agrees(text: str) -> bool:
    return text.strip() in ("+1", "＋1", "+ 1")
