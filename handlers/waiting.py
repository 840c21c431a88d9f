"""What waits for a person, over all capabilities: as a list to ask for, and as a page of theirs."""

from collections.abc import Sequence
from datetime import UTC, datetime

from handlers.capability import WaitingThing
from handlers.messages import Home, Section
from handlers.people import MODERATORS, Person
from handlers.shows.card import card_now
from handlers.times import shown_time
from handlers.work import Work

__all__ = ["home_of", "section_of", "waiting_for"]

#: A page has room for so many; the rest is told as a number.
_MOST_ON_A_PAGE = 20
_NEVER = datetime.max.replace(tzinfo=UTC)


async def waiting_for(work: Work, person: Person) -> list[WaitingThing]:
    """What waits for `person`: overdue first, then by deadline, then what has none. Only reads."""
    things = [thing for waits in work.waits for thing in await waits.run(work, person)]
    return sorted(things, key=lambda thing: thing.due or _NEVER)


def section_of(work: Work, thing: WaitingThing) -> Section:
    """One thing in words, with its deadline and its buttons."""
    text = work.house.wording.say(
        "mine.thing",
        title=thing.title,
        detail=thing.detail,
        due=shown_time(work, thing.due),
        overdue=thing.due is not None and thing.due <= work.at,
    )
    return Section(text=text, buttons=thing.buttons)


async def home_of(work: Work, person: Person) -> Home:
    """The page of `person`; a moderator's begins with the card of the show. Only reads."""
    say = work.house.wording.say
    card = await card_now(work) if person.may(MODERATORS) else None
    things = await waiting_for(work, person)
    sections: Sequence[Section] = [
        section_of(work, thing) for thing in things[:_MOST_ON_A_PAGE]
    ] or [Section(text=say("mine.none"))]
    more = len(things) - _MOST_ON_A_PAGE
    return Home(
        title=say("mine.title"),
        updated=shown_time(work, work.at),
        sections=(
            *([card] if card is not None else []),
            *sections,
            *([Section(text=say("mine.more", count=more))] if more > 0 else []),
        ),
    )
