"""What the team types in answer to a card goes to the customer, but for notes among themselves."""

from sqlalchemy import select

from handlers.capability import Overhearing
from handlers.messages import TeamLine
from handlers.people import SETTLERS
from handlers.support.card import say_card
from handlers.support.telling import first_name
from handlers.support.threads import answer, thread_of
from handlers.team.taking import history_line
from handlers.work import House, Work
from storage.schema.traffic import deliveries

__all__ = ["OVERHEARS"]

_CARD = "support:"
#: The sign after the colon: every card of ours lies between the two.
_AFTER = "support;"
#: What begins so stays in the team.
_NOTE = "//"


def _minds(house: House, text: str) -> bool:
    return False


async def _overhear(work: Work, line: TeamLine) -> None:
    if not line.thread or line.text.lstrip().startswith(_NOTE):
        return
    number = await _thread_of(work, line)
    row = None if number is None else await thread_of(work, number)
    if row is None:
        return
    if line.person.may(SETTLERS):
        await answer(work, row, line.person, line.text)
        return
    # Whoever types there believes that it is read.
    name = first_name(line.person)
    what = history_line(work, "support.history.not_sent", name=name, customer=first_name(row))
    await say_card(work, row, history=what, acted=True)


async def _thread_of(work: Work, line: TeamLine) -> int | None:
    """The number of the conversation whose card, or whose call, was answered."""
    posted = deliveries.c
    card: str | None = await work.tx.scalar(
        select(posted.card)
        .where(posted.card > _CARD, posted.card < _AFTER, posted.native_id == line.thread)
        .order_by(posted.id.desc())
        .limit(1)
    )
    number = "" if card is None else card.split(":")[1]
    return int(number) if number.isdecimal() else None


OVERHEARS = Overhearing(minds=_minds, run=_overhear, threads=True)
