"""The exceptions that wait for a person: their own, and open ones that they may take."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, or_, select

from handlers.capability import WaitingThing, Waits
from handlers.exceptions.opening import button_of
from handlers.messages import Button
from handlers.people import Person, Role
from handlers.work import Work
from storage.schema import traffic
from storage.schema.states import ExceptionState

__all__ = ["WAITS"]

#: Far more than anybody works through in one sitting.
_MOST = 200
#: They may take what any role of the team may, so that a small shop needs one role.
_FOR_ALL = frozenset({Role.OWNER, Role.PRODUCER})


async def _waiting(work: Work, person: Person) -> Sequence[WaitingThing]:
    """Those that `person` took come first, then open ones of their roles, by deadline."""
    exceptions = traffic.exceptions.c
    mine = and_(
        exceptions.state == ExceptionState.TAKEN,
        exceptions.taken_platform == person.platform,
        exceptions.taken_person == person.id,
    )
    theirs = exceptions.state == ExceptionState.OPEN
    if not person.may(_FOR_ALL):
        theirs &= exceptions.owner_role.in_(sorted(role.value for role in person.roles))
    rows = await work.tx.all(
        select(traffic.exceptions)
        .where(or_(mine, theirs))
        .order_by(exceptions.state.desc(), exceptions.due_at, exceptions.id)
        .limit(_MOST)
    )
    return [_thing(work, row) for row in rows]


def _thing(work: Work, row: Any) -> WaitingThing:
    say, taken = work.house.wording.say, row.state == ExceptionState.TAKEN
    sentence = say(f"exception.{row.kind}", **row._mapping["values"])
    take = Button(id=f"exception.take:{row.id}", label=say("mine.take", number=row.id))
    buttons = (button_of(work, row) if taken else take,)
    return WaitingThing(
        title=say("exception.card", number=row.id, sentence=sentence, state=""),
        detail=say("mine.yours" if taken else "mine.open"),
        due=row.due_at,
        buttons=buttons,
    )


WAITS = Waits(name="exceptions", run=_waiting)
