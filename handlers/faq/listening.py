"""Hears the questions in the chat, among the lines that the sale did not take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.capability import Phase
from handlers.claims.judging import STAFF, names_nothing
from handlers.claims.reading import Kind
from handlers.faq.desk import Known, Standing
from handlers.faq.model import Entry
from handlers.faq.personal import asks_for_own, looks_asked
from handlers.faq.session import Session, Topic, said_of, text_of
from handlers.hearing import Line
from handlers.messages import ChatMessage
from handlers.snapshot import ShowView
from handlers.work import Work

__all__ = ["OWN", "Listening"]

#: What answers the question for something of one's own where no entry does; `/cart` knows it.
OWN = Standing(entry=Entry(id="~own", questions=(), answer="", audience="private"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What a text asks for: an entry, or something of the writer's own, or nobody knows what."""

    standing: Standing | None = None
    own: bool = False
    asked: bool = False


class _Questions:
    """What the lines of one batch ask, by their text."""

    def __init__(self) -> None:
        self.by_text: Mapping[str, _Question] = {}


class Listening:
    """The FAQ's ear."""

    phase = Phase.ANSWER

    async def prepare(self, work: Work, lines: Sequence[Line]) -> None:
        """Read each different text once, and load what was said of what they ask for."""
        if not work.house.faq.on:
            return
        heard = [line for line in lines if _may_ask(line)]
        if not heard:
            return
        known = await work.house.faq.fresh(work.tx)
        read = {text_of(line): None for line in heard}
        questions = {text: _read(known, text) for text in read}
        topics: set[Topic] = set()
        shows: dict[ShowView, set[str]] = {}
        for line in heard:
            standing = questions[text_of(line)].standing
            if standing is not None:
                topics.add((line.message.channel, standing.entry.id))
                if line.show is not None:
                    shows.setdefault(line.show, set()).add(standing.entry.id)
        session = Session.begun(work, known)
        work.parts[_Questions] = found = _Questions()
        found.by_text = questions
        if topics:
            await session.load(topics, shows, min(line.at for line in heard))

    async def hear(self, work: Work, line: Line) -> bool:
        """Answer a line, if it asks for something that is known."""
        session, found = work.parts.get(Session), work.parts.get(_Questions)
        if session is None or found is None or not _may_ask(line):
            return False
        question = found.by_text[text_of(line)]
        standing = question.standing
        if standing is None:
            if question.asked and line.show is not None:
                session.unanswered(line)
            return False
        if standing.muted:
            return False
        text = None if question.own else said_of(work, standing.entry, line.at)
        if not question.own and (text is None or not _holds(standing.entry, line)):
            if line.show is not None:
                session.unanswered(line, standing.entry)
            return False
        session.answer(line, standing, text or "", own=question.own)
        return True


def _may_ask(line: Line) -> bool:
    """Whether a line was typed by a viewer and is not about claims."""
    message = line.message
    return (
        isinstance(message, ChatMessage)
        and (line.reading.kind is Kind.NONE or names_nothing(line.reading))
        and not message.quotes
        and not line.person.machine
        and not line.person.may(STAFF)
    )


def _read(known: Known, text: str) -> _Question:
    match = known.ask(text)
    standing = None if match is None else known.entries[match.faq]
    own = standing is not None and standing.entry.audience == "private"
    if not own and asks_for_own(text):
        return _Question(standing=OWN, own=True)
    if standing is not None:
        return _Question(standing=standing, own=own)
    return _Question(asked=looks_asked(text))


def _holds(entry: Entry, line: Line) -> bool:
    platforms = entry.platforms
    return entry.valid_at(line.at) and (not platforms or line.person.platform in platforms)
