"""*Hand on*: another role decides. The deadline stays, for the customer waits as long."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from handlers.capability import CommandSpec, FormSpec, Option, OptionKind, PressSpec, Undone
from handlers.command_line import Invocation
from handlers.exceptions.opening import EXCEPTION, quiet_late
from handlers.messages import Answer, Field, FieldKind, Form, FormSubmit, Press
from handlers.people import SETTLERS, Person
from handlers.team.taking import history_line
from handlers.times import shown_time
from handlers.work import Work
from storage.schema import traffic
from storage.schema.states import ExceptionState

__all__ = ["COMMAND", "FORM", "PRESS", "take_back"]

#: Those that can decide; anybody else could neither take it nor settle it.
_ROLES = tuple(sorted(role.value for role in SETTLERS))
#: Whoever gets it late gets at least this long.
_AT_LEAST = timedelta(hours=1)
_TAKER = ("taken_by", "taken_platform", "taken_person")


async def hand_on(work: Work, command: Invocation) -> Answer:
    """`/exception handon NUMBER ROLE [WHY…]`."""
    given = command.options
    return await _hand_on(work, command.person, given["number"], given["role"], given["why"] or "")


async def _hand_on(work: Work, person: Person, number: int, role: str, why: str) -> Answer:
    say = work.house.wording.say
    row = await EXCEPTION.waiting(work, number)
    if row is None:
        return Answer(text=say("exception.gone", number=number))
    if row.owner_role == role and row.taken_by is None:
        return Answer(text=say("exception.theirs", number=number, role=role))
    due = None if row.due_at is None else max(row.due_at, work.at + _AT_LEAST)
    told = {"name": person.name, "role": role, "why": why}
    what = history_line(work, "exception.handed_on", **told)
    await EXCEPTION.change(
        work,
        number,
        what,
        owner_role=role,
        due_at=due,
        alert_at=due,
        state=ExceptionState.OPEN,
        taken_at=None,
        **dict.fromkeys(_TAKER),
    )
    await quiet_late(work, number, say("exception.handed_on", **told))
    before = {column: row._mapping[column] for column in ("owner_role", *_TAKER)}
    times = {one: _written(row._mapping[one]) for one in ("due_at", "alert_at", "taken_at")}
    undo = {"number": number, "to": role, "before": before, "times": times}
    work.record(person, "exception.handon", str(number), why=why, values={"to": role}, undo=undo)
    shown = "" if due is None else shown_time(work, due)
    return Answer(text=say("exception.given", number=number, role=role, due=shown))


def _written(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


async def take_back(work: Work, act: Mapping[str, Any]) -> Undone:
    """Give it back to who had it, unless somebody has taken it or handed it on since."""
    say, number = work.house.wording.say, act["number"]
    row = await EXCEPTION.waiting(work, number)
    if row is None or row.taken_by is not None or row.owner_role != act["to"]:
        return Undone(text=say("exception.cannot_return", number=number), done=False)
    times = {key: one and datetime.fromisoformat(one) for key, one in act["times"].items()}
    before = act["before"]
    taken = before["taken_by"] is not None
    what = history_line(work, "exception.returned", role=before["owner_role"])
    state = ExceptionState.TAKEN if taken else ExceptionState.OPEN
    await EXCEPTION.change(work, number, what, state=state, **before, **times)
    return Undone(text=say("exception.returned_to", number=number, role=before["owner_role"]))


async def ask(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The form of *Hand on*; none for one that is settled already."""
    say, number = work.house.wording.say, int(arguments[0])
    row = await work.tx.first(
        select(traffic.exceptions).where(traffic.exceptions.c.id == number, EXCEPTION.waits)
    )
    if row is None:
        return None
    others = tuple(one for one in _ROLES if one != row.owner_role)
    choices = tuple((one, str(say("exception.role", role=one))) for one in others)
    to, why = _FIELDS
    return Form(
        id=f"exception.handon:{number}",
        title=say("exception.form", number=number),
        fields=(
            replace(to, label=say("exception.to"), choices=choices),
            replace(why, label=say("exception.why")),
        ),
        intro=say(f"exception.{row.kind}", **row._mapping["values"]),
    )


async def pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Hand on*, where there was nothing left to ask, or where no forms open."""
    say, number = work.house.wording.say, int(arguments[0])
    there = await EXCEPTION.waiting(work, number) is not None
    return Answer(text=say("exception.hand_on_how" if there else "exception.gone", number=number))


async def submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form behind *Hand on*: to whom, and why."""
    number = int(arguments[0]) if arguments[0].isdecimal() and len(arguments[0]) <= 15 else 0
    why = form.values.get("why", "").strip()
    return await _hand_on(work, form.person, number, form.values["to"], why)


_FIELDS = (
    Field(
        name="to",
        label="To whom",
        kind=FieldKind.CHOICE,
        choices=tuple((role, role) for role in _ROLES),
    ),
    Field(name="why", label="Why", kind=FieldKind.PARAGRAPH, required=False, longest=300),
)
COMMAND = CommandSpec(
    name="exception handon",
    summary="let another role decide",
    run=hand_on,
    roles=SETTLERS,
    options=(
        Option(name="number", kind=OptionKind.INTEGER, summary="the exception's number"),
        Option(name="role", kind=OptionKind.WORD, summary="who decides now", choices=_ROLES),
        Option(name="why", kind=OptionKind.TEXT, summary="why", required=False),
    ),
)
PRESS = PressSpec(
    name="exception.handon",
    run=pressed,
    takes=(OptionKind.INTEGER,),
    roles=SETTLERS,
    opens=ask,
    label="Hand on",
)
FORM = FormSpec(
    name="exception.handon", run=submit, fields=_FIELDS, roles=SETTLERS, label="Hand on"
)
