"""`/exception`: what waits for a person's decision, who has it, and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select, update

from handlers.capability import (
    Capability,
    CommandSpec,
    FormSpec,
    Option,
    OptionKind,
    PressSpec,
    Undone,
    UndoSpec,
)
from handlers.claims.telling import shown_time
from handlers.command_line import Invocation
from handlers.events import ExceptionDecided
from handlers.exceptions import handing
from handlers.exceptions.escalating import LATE
from handlers.exceptions.opening import EXCEPTION, find_open, quiet_late, say_card
from handlers.exceptions.waiting import WAITS
from handlers.messages import Answer, Field, FieldKind, Form, FormSubmit, Press
from handlers.people import SETTLERS, Person
from handlers.stock.shortage import still_needed
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
            sentence=say(f"exception.{row.kind}", **row._mapping["values"]),
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
    return await _resolve(
        work, command.person, command.options["number"], command.options["outcome"]
    )


async def _resolve(work: Work, person: Person, number: int, outcome: str) -> Answer:
    say = work.house.wording.say
    row = await EXCEPTION.waiting(work, number)
    if row is None:
        return Answer(text=say("exception.gone", number=number))
    exceptions, values = traffic.exceptions.c, {"name": person.name, "outcome": outcome}
    await work.tx.run(
        update(traffic.exceptions)
        .where(exceptions.id == number)
        .values(state=ExceptionState.RESOLVED, outcome=outcome, resolved_at=work.at)
    )
    what = history_line(work, "exception.resolved", **values)
    say_card(work, row, history=what, acted=True, ended=say("exception.resolved", **values))
    await quiet_late(work, number, outcome)
    work.record(person, "exception.resolve", str(number), why=outcome, undo={"number": number})
    work.emit(ExceptionDecided(kind=row.kind, subject=row.subject, who=person.name))
    needed = await still_needed(work, row.kind, row.subject)
    return Answer(text=say("exception.done", number=number, needed=needed or ""))


async def ask_outcome(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The form of *Settle*; none for one that is settled already."""
    say, number = work.house.wording.say, int(arguments[0])
    exceptions = traffic.exceptions.c
    row = await work.tx.first(select(traffic.exceptions).where(exceptions.id == number))
    if row is None or row.state == ExceptionState.RESOLVED:
        return None
    sentence = say(f"exception.{row.kind}", **row._mapping["values"])
    field = replace(_OUTCOME, label=say("exception.outcome"))
    title = say("exception.form", number=number)
    return Form(id=f"exception.settle:{number}", title=title, fields=(field,), intro=sentence)


async def settle_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Settle*, where there was nothing left to ask."""
    return Answer(text=work.house.wording.say("exception.gone", number=int(arguments[0])))


async def settle_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form behind *Settle*: how it ended."""
    number = int(arguments[0]) if arguments[0].isdecimal() and len(arguments[0]) <= 15 else 0
    return await _resolve(work, form.person, number, form.values["outcome"].strip())


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
    work.emit(ExceptionDecided(kind=row.kind, subject=row.subject))
    return Undone(text=say("exception.reopened", number=number))


_OUTCOME = Field(name="outcome", label="What was decided", kind=FieldKind.PARAGRAPH, longest=300)
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
        handing.COMMAND,
    ),
    undoes=(
        UndoSpec(action="exception.take", run=EXCEPTION.leave),
        UndoSpec(action="exception.resolve", run=undo_resolve),
        UndoSpec(action="exception.handon", run=handing.take_back),
    ),
    presses=(
        PressSpec(
            name="exception.take",
            run=take_pressed,
            takes=(OptionKind.INTEGER,),
            roles=SETTLERS,
            label="I take it, on an exception",
        ),
        PressSpec(
            name="exception.settle",
            run=settle_pressed,
            takes=(OptionKind.INTEGER,),
            roles=SETTLERS,
            opens=ask_outcome,
            label="Settle",
        ),
        handing.PRESS,
    ),
    forms=(
        FormSpec(
            name="exception.settle",
            run=settle_submit,
            fields=(_OUTCOME,),
            roles=SETTLERS,
            label="Settle",
        ),
        handing.FORM,
    ),
    deadlines=(LATE,),
    waits=(WAITS,),
)
