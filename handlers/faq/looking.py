"""`/faq list` and `/faq test`: what is answered, and what a question would get."""

from collections.abc import Iterator
from datetime import datetime

from handlers.command_line import Invocation
from handlers.faq.desk import Known, Standing
from handlers.faq.matching import THRESHOLD
from handlers.faq.personal import asks_for_own
from handlers.faq.session import said_of
from handlers.messages import Answer
from handlers.wording import Said
from handlers.work import Work

__all__ = ["list_", "test"]

_MOST = 3


async def list_(work: Work, command: Invocation) -> Answer:
    """`/faq list`: every entry, and why one is not answered."""
    say = work.house.wording.say
    known = await work.house.faq.fresh(work.tx)
    if not known.entries:
        return Answer(text=say("faq.none"))
    lines = [
        say("faq.line", name=name, count=len(one.entry.questions), notes=list(_notes(work, one)))
        for name, one in sorted(known.entries.items())
    ]
    head = [] if work.house.faq.on else [say("faq.off")]
    return Answer(text="\n".join([*head, say("faq.head", count=len(lines)), *lines]))


def _notes(work: Work, one: Standing) -> Iterator[str]:
    """What there is to say of an entry."""
    say = work.house.wording.say
    if one.added:
        yield say("faq.note.added")
    if one.entry.audience == "private":
        yield say("faq.note.private")
    if one.muted:
        yield say("faq.note.muted")
    yield from _silencing(work, one)


def _silencing(work: Work, one: Standing) -> Iterator[str]:
    """What keeps an entry from being said now, besides being muted."""
    say = work.house.wording.say
    if one.lacks:
        yield say("faq.note.lacks", facts=one.lacks)
    if not one.entry.valid_at(work.at):
        key = "faq.note.over" if _over(one, work.at) else "faq.note.later"
        yield say(key)


def _over(one: Standing, now: datetime) -> bool:
    return one.entry.valid_until is not None and one.entry.valid_until <= now


async def test(work: Work, command: Invocation) -> Answer:
    """`/faq test QUESTION…`: what it would get, and what else comes near."""
    say, text = work.house.wording.say, command.options["question"]
    known = await work.house.faq.fresh(work.tx)
    lines = list(_tested(work, known, text))
    if known.learning:
        lines.append(say("faq.learning"))
    return Answer(text="\n".join(lines))


def _tested(work: Work, known: Known, text: str) -> Iterator[str]:
    say = work.house.wording.say
    likely = () if known.matcher is None else known.matcher.scores(text)[:_MOST]
    match = known.ask(text)
    if asks_for_own(text) or (match and known.entries[match.faq].entry.audience == "private"):
        yield say("faq.test.own")
    elif match is None:
        yield say("faq.test.none", least=_percent(THRESHOLD))
    else:
        standing = known.entries[match.faq]
        answer = said_of(work, standing.entry, work.at)
        if answer is None or standing.muted or not standing.entry.valid_at(work.at):
            notes = list(_silencing(work, standing))
            yield say("faq.test.silent", name=match.faq, notes=notes, muted=standing.muted)
        else:
            yield say("faq.test.answer", answer=Said(answer))
    for one in likely:
        yield say("faq.test.near", name=one.faq, percent=_percent(one.score))


def _percent(score: float) -> int:
    return int(100 * score)
