"""How the team acts on a return: found by its number or its button, locked, and answered."""

from collections.abc import Awaitable, Callable
from typing import Any

from handlers.command_line import Invocation
from handlers.messages import Answer, Field, FieldKind
from handlers.people import Person
from handlers.returns.deciding import Unwilling
from handlers.returns.records import StoredReturn, load_return
from handlers.returns.showing import named
from handlers.work import Work

__all__ = ["WHY_FIELD", "Act", "by_id", "say", "typed", "unwilling"]

#: Does something to a locked return.
Act = Callable[[Work, Person, StoredReturn], Awaitable[Answer]]

WHY_FIELD = Field(
    name="why", label="What the customer reads", kind=FieldKind.PARAGRAPH, longest=300
)


def say(work: Work, key: str, **values: Any) -> Answer:
    """An answer of one sentence."""
    return Answer(text=work.house.wording.say(key, **values))


def unwilling(work: Work, why: Unwilling) -> Answer:
    """Why nothing happened."""
    return say(work, why.key, **why.values)


async def typed(work: Work, command: Invocation, act: Act) -> Answer:
    """Act on the return that a command names."""
    stored = await named(work, command.options["number"], lock=True)
    return stored if isinstance(stored, Answer) else await act(work, command.person, stored)


async def by_id(work: Work, person: Person, argument: str, act: Act) -> Answer:
    """Act on the return of a button or a form."""
    found = argument.isdecimal() and len(argument) <= 15
    stored = await load_return(work, int(argument), lock=True) if found else None
    if stored is None:
        return say(work, "returns.unknown", number="")
    return await act(work, person, stored)
