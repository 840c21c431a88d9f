"""The script of a rehearsal: the lines of the log, and what incidents bring, in their order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from bot.platforms.rehearsal import AUDIENCES, REHEARSE
from bot.rehearsal.incidents import QUESTIONS
from bot.rehearsal.log import STREAM, SYSTEM, Log
from handlers.incidents.model import BACK, BUTTON, INCIDENT, Incident, IncidentKind
from handlers.messages import Channel, ChatMessage, Command, Press
from handlers.people import Person

__all__ = ["Gap", "Said", "Stretch", "script"]

Said = ChatMessage | Command | Press
_BETWEEN_QUESTIONS = timedelta(seconds=3)
_LONGEST_BUTTON = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The chat cannot be heard from `since` to `until`."""

    since: datetime
    until: datetime


@dataclass(slots=True, kw_only=True)
class Stretch:
    """What comes one after the other; where there is a `gap`, its chat is read back at the end."""

    gap: Gap | None = None
    said: list[Said] = field(default_factory=list)


def script(log: Log, incidents: Sequence[Incident], end: datetime) -> list[Stretch]:
    """The log with its incidents: what one brings follows the lines of the same moment."""
    stretches = [Stretch()]
    brought = sorted(
        (one for incident in incidents for one in _brings(incident, log, end)),
        key=lambda one: one[0],
    )
    now = log.first
    for message in log.messages:
        # The clock of a rehearsal never goes back.
        now = max(now, message.sent_at)
        while brought and brought[0][0] < now:
            _bring(stretches, brought.pop(0)[1])
        stretches[-1].said.append(message)
    for _, what in brought:
        _bring(stretches, what)
    return stretches


def _bring(stretches: list[Stretch], what: Said | Gap | None) -> None:
    """A gap begins a stretch of its own, and its end the next."""
    if what is None or isinstance(what, Gap):
        stretches.append(Stretch(gap=what))
    else:
        stretches[-1].said.append(what)


def _brings(
    incident: Incident, log: Log, end: datetime
) -> Iterator[tuple[datetime, Said | Gap | None]]:
    """What an incident brings, each with its moment; None is the end of a gap."""
    if incident.until is None:
        yield incident.at, _press(incident)
    else:
        yield incident.at, Gap(since=incident.at, until=incident.until)
        yield incident.at, _press(incident)
        yield incident.until, None
        yield incident.until, _back(incident, incident.until)
    if incident.kind is IncidentKind.QUESTION_SPIKE:
        channel = _chat_of(log)
        for place, text in enumerate(QUESTIONS):
            # The clock stops at the end of the log.
            at = min(incident.at + place * _BETWEEN_QUESTIONS, end)
            yield at, _question(incident, place + 1, text, channel, at)


def _press(incident: Incident) -> Press:
    """What lets it happen; its button says all of it, so that another with its number shows."""
    subject = incident.code if incident.variant is None else f"{incident.code}/{incident.variant}"
    parts = [BUTTON, str(incident.number), incident.kind.value, quote(subject, safe="")]
    return Press(
        key=f"{INCIDENT}{incident.number}",
        person=SYSTEM,
        channel=Channel(REHEARSE, STREAM),
        sent_at=incident.at,
        button=":".join(part for part in parts if part)[:_LONGEST_BUTTON],
        reply_to=SYSTEM.id,
    )


def _back(incident: Incident, at: datetime) -> Press:
    """What says that the gap is over."""
    return Press(
        key=f"{INCIDENT}{incident.number}:back",
        person=SYSTEM,
        channel=Channel(REHEARSE, STREAM),
        sent_at=at,
        button=f"{BACK}:{incident.number}",
        reply_to=SYSTEM.id,
    )


def _question(
    incident: Incident, number: int, text: str, channel: Channel, at: datetime
) -> ChatMessage:
    asker = Person(
        platform=REHEARSE, id=f"{INCIDENT}{incident.number}:{number}", name=f"Viewer {number}"
    )
    return ChatMessage(
        key=f"{INCIDENT}{incident.number}:{number}",
        channel=channel,
        native_id=f"{INCIDENT}{incident.number}:{number}",
        person=asker,
        text=text,
        sent_at=at,
    )


def _chat_of(log: Log) -> Channel:
    """Where the viewers of this log talk."""
    return next(
        (
            message.channel
            for message in log.messages
            if isinstance(message, ChatMessage) and message.channel.id not in AUDIENCES
        ),
        Channel(REHEARSE, STREAM),
    )
