"""`/exception`: what waits for a person's decision, who has it, and how it ended."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from handlers.capability import (
    Capability,
    CommandSpec,
    Option,
    OptionKind,
    PressSpec,
    Undone,
    UndoSpec,
)
from handlers.claims.telling import shown_time
from handlers.command_line import Invocation
from handlers.exceptions.opening import EXCEPTION, find_open, say_card
from handlers.exceptions.waiting import WAITS
from handlers.messages import Answer, Press
from handlers.people import SETTLERS
from handlers.team.taking import history_line
from handlers.work import Work
from storage.schema import traffic
from storage.schema.states import ExceptionState

__all__ = ["CAPABILITY"]


async def list_(work: Work, command: Invocation) -> Answer:
    """`/exception list`: what is open, oldest first."""
    exceptions, say = traffic.exceptions.c, work.house.wording.say
    rows = await work.tx.all(
        select(traffic.exceptions)
        .where(exceptions.state != ExceptionState.RESOLVED)
        .order_by(exceptions.id)
        .limit(500)
    )
    lines = [
        say(
            "exception.line",
            number=row.id,
            kind=row.kind.replace("_", " "),
            subject=row.subject,
            state=f"{row.state} by {row.taken_by}" if row.taken_by else row.state,
            due=shown_time(work, row.due_at),
        )
        for row in rows
    ]
    return Answer(text="\n".join(lines) or say("exception.none"))


async def take(work: Work, command: Invocation) -> Answer:
    """`/exception take NUMBER`."""
    return await EXCEPTION.take(work, command.person, command.options["number"])


async def take_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*I take it* under the card."""
    return await EXCEPTION.take(work, press.person, int(arguments[0]))


async def resolve(work: Work, command: Invocation) -> Answer:
    """`/exception resolve NUMBER OUTCOME…`."""
    say, number = work.house.wording.say, command.options["number"]
    row = await EXCEPTION.waiting(work, number)
    if row is None:
        return Answer(text=say("exception.gone", number=number))
    outcome = command.options["outcome"]
    exceptions, values = traffic.exceptions.c, {"name": command.person.name, "outcome": outcome}
    await work.tx.run(
        update(traffic.exceptions)
        .where(exceptions.id == number)
        .values(state=ExceptionState.RESOLVED, outcome=outcome, resolved_at=work.at)
    )
    what = history_line(work, "exception.resolved", **values)
    say_card(work, row, history=what, acted=True, ended=say("exception.resolved", **values))
    work.record(
        command.person, "exception.resolve", str(number), why=outcome, undo={"number": number}
    )
    return Answer(text=say("exception.done", number=number))


async def undo_resolve(work: Work, act: Mapping[str, Any]) -> Undone:
    """Open an exception again, unless a new one about the same was opened since."""
    say, number = work.house.wording.say, act["number"]
    exceptions = traffic.exceptions.c
    row = await work.tx.first(select(traffic.exceptions).where(exceptions.id == number))
    newer = row is not None and await find_open(work, row.kind, row.subject)
    if row is None or row.state != ExceptionState.RESOLVED or newer:
        return Undone(text=say("exception.cannot_reopen", number=number), done=False)
    state = ExceptionState.TAKEN if row.taken_by else ExceptionState.OPEN
    what = history_line(work, "history.reopened")
    await EXCEPTION.change(work, number, what, state=state, outcome=None, resolved_at=None)
    return Undone(text=say("exception.reopened", number=number))


_NUMBER = Option(name="number", kind=OptionKind.INTEGER, summary="the exception's number")

CAPABILITY = Capability(
    name="exceptions",
    summary="What a person must decide, with an owner and a deadline.",
    commands=(
        CommandSpec(
            name="exception list",
            summary="what waits for a decision",
            run=list_,
            roles=SETTLERS,
            lists=True,
        ),
        CommandSpec(
            name="exception take",
            summary="take one on",
            run=take,
            roles=SETTLERS,
            options=(_NUMBER,),
        ),
        CommandSpec(
            name="exception resolve",
            summary="say how it ended",
            run=resolve,
            roles=SETTLERS,
            options=(
                _NUMBER,
                Option(name="outcome", kind=OptionKind.TEXT, summary="what was decided"),
            ),
        ),
    ),
    undoes=(
        UndoSpec(action="exception.take", run=EXCEPTION.leave),
        UndoSpec(action="exception.resolve", run=undo_resolve),
    ),
    presses=(
        PressSpec(
            name="exception.take",
            run=take_pressed,
            takes=(OptionKind.INTEGER,),
            roles=SETTLERS,
        ),
    ),
    waits=(WAITS,),
)
