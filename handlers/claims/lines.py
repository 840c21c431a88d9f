"""A stored chat line, counted as a claim by the team: at its time, by its author."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from handlers.claims.floor import Floor
from handlers.claims.grammar import read
from handlers.claims.hints import Hints
from handlers.claims.judging import narrowed, size_hint, variant_of
from handlers.claims.lexicon import Lexicon
from handlers.claims.reading import Kind, Reading, Wish
from handlers.claims.records import Entry, Outcome, public
from handlers.messages import Channel
from handlers.people import Person
from handlers.snapshot import ItemView, ShowView
from handlers.work import Work
from storage.schema import traffic

__all__ = ["Sentence", "claim_again", "read_again", "stored"]


class Sentence(NamedTuple):
    """A line as it was taken in."""

    key: str
    platform: str
    channel: str
    person: str
    name: str
    text: str
    sent_at: datetime


async def stored(work: Work, key: str) -> Sentence | None:
    """The line of this key, or None if it was never taken in."""
    messages = traffic.messages.c
    row = await work.tx.first(
        select(
            messages.key,
            messages.platform,
            messages.channel,
            messages.person,
            messages.name,
            messages.text,
            messages.sent_at,
        ).where(messages.key == key)
    )
    return None if row is None else Sentence(*row)


def read_again(work: Work, sentence: Sentence, lexicon: Lexicon) -> tuple[ShowView | None, Reading]:
    """Read a stored line as of its time."""
    show = work.snapshot.timeline.show_at(sentence.sent_at)
    staged = None
    if show is not None:
        delay = timedelta(seconds=work.rules.stream_delay_seconds)
        staged, _ = show.meant_at(sentence.sent_at, delay)
    reading = read(
        sentence.text,
        lexicon,
        staged.code if staged else None,
        stage_variant=staged.variant if staged else None,
    )
    return show, reading


async def claim_again(
    work: Work, sentence: Sentence, lexicon: Lexicon, show_id: int, *, only: str | None = None
) -> list[tuple[str, Outcome | None]]:
    """Claim what a stored line says (of one code only, if given).

    Returns what became of each claim, None where its size is asked first.
    """
    _, reading = read_again(work, sentence, lexicon)
    show = next((one for one in work.snapshot.timeline.shows if one.id == show_id), None)
    if reading.kind is not Kind.CLAIM or show is None:
        return []
    wishes = [
        (work.snapshot.catalogue.items[wish.code], wish)
        for wish in reading.items
        if only is None or wish.code == only
    ]
    floor = Floor.of(work, show)
    await floor.load(
        [item.id for item, _ in wishes], {(sentence.platform, sentence.person): sentence.name}
    )
    claims = [(item.code, await _claim(work, floor, sentence, item, wish)) for item, wish in wishes]
    outcomes = public([outcome.values() for _, outcome in claims if outcome is not None])
    if outcomes:
        work.say(
            Channel(sentence.platform, sentence.channel),
            "claims.outcome",
            {
                "who": {"id": sentence.person, "name": sentence.name},
                "line": "",
                "outcomes": outcomes,
            },
        )
    return claims


async def _claim(
    work: Work, floor: Floor, sentence: Sentence, item: ItemView, wish: Wish
) -> Outcome | None:
    """Claim one wish of a stored line; None where its size is asked first."""
    variant_id = variant_of(item, wish)
    entry = Entry(
        member=floor.members[sentence.platform, sentence.person],
        variant_id=variant_id or 0,
        quantity=wish.quantity or 1,
        counted=wish.counted,
        sent_at=sentence.sent_at,
        key=sentence.key,
        channel=sentence.channel,
    )
    if variant_id is not None:
        return floor.enter(entry)
    floor.ask_size(entry, item.id, narrowed(wish.fitting))
    channel, hint = Channel(sentence.platform, sentence.channel), size_hint(item, wish)
    person = Person(platform=sentence.platform, id=sentence.person, name=sentence.name)
    await Hints.of(work).load([(channel, hint.subject, person.id)])
    Hints.of(work).need(channel, person, hint, work.at)
    return None
