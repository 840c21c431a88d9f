"""`/returns …` of who unpacks and pays: on its way, here, inspected, given back."""

from collections.abc import Sequence
from dataclasses import replace

from handlers.command_line import Invocation
from handlers.messages import (
    Answer,
    Button,
    ButtonStyle,
    Field,
    FieldKind,
    Form,
    FormSubmit,
    Press,
)
from handlers.people import Person
from handlers.returns.acting import WHY_FIELD, by_id, say, typed, unwilling
from handlers.returns.deciding import Unwilling
from handlers.returns.giving import give_back, payable, try_again
from handlers.returns.inspecting import Finding, inspect
from handlers.returns.receiving import chosen_units, receive, send_off
from handlers.returns.records import StoredReturn, load_return
from handlers.returns.showing import sum_lines
from handlers.returns.states import Place, Reception, Reimbursement
from handlers.returns.telling import label_of
from handlers.work import Work

__all__ = [
    "INSPECT_FIELDS",
    "ask_inspection",
    "give_pressed",
    "give_typed",
    "inspect_submit",
    "inspect_typed",
    "receive_pressed",
    "receive_typed",
    "transit_typed",
]

_FINDINGS = tuple((one.value, one.value.upper() if one.grade else one.value) for one in Finding)
_PLACES = tuple((one.value, one.value) for one in Place)
INSPECT_FIELDS = (
    Field(name="result", label="Grade, or what else", kind=FieldKind.CHOICE, choices=_FINDINGS),
    Field(name="units", label="Which units", value="all", required=False, hint="all, or 1,3"),
    Field(
        name="place",
        label="Where it goes",
        kind=FieldKind.CHOICE,
        choices=_PLACES,
        required=False,
    ),
    replace(WHY_FIELD, label="If refused: what the customer reads", required=False),
)


# --- what comes in --------------------------------------------------------------------------------


async def transit_typed(work: Work, command: Invocation) -> Answer:
    """`/returns transit NUMBER TRACKING [CARRIER]`: its parcel is on its way."""
    tracking, carrier = command.options["tracking"][:80], (command.options["carrier"] or "")[:40]

    async def act(work: Work, person: Person, stored: StoredReturn) -> Answer:
        refused = await send_off(work, stored, who=person.name, tracking=tracking, carrier=carrier)
        if refused is not None:
            return unwilling(work, refused)
        work.record(person, "returns.transit", stored.number, values={"tracking": tracking})
        return say(work, "returns.on_its_way", number=stored.number, tracking=tracking)

    return await typed(work, command, act)


async def _receive(
    work: Work, person: Person, stored: StoredReturn, to: Reception, typed: str
) -> Answer:
    units = chosen_units(stored, typed)
    if isinstance(units, Unwilling):
        return unwilling(work, units)
    done = await receive(work, stored, units, to, who=person.name)
    if isinstance(done, Unwilling):
        return unwilling(work, done)
    work.record(person, "returns.receive", stored.number, values={"units": done, "how": to.value})
    how = to.value.replace("_", " ")
    return say(work, "returns.received", number=stored.number, units=done, how=how)


async def receive_typed(work: Work, command: Invocation) -> Answer:
    """`/returns receive NUMBER [HOW] [UNITS]`: all of it, or `1,3`; here, or what else happened."""
    to = Reception(command.options["how"] or Reception.RECEIVED)
    units = command.options["units"] or "all"
    return await typed(work, command, lambda w, p, s: _receive(w, p, s, to, units))


async def receive_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*All of it is here*."""
    return await by_id(
        work,
        press.person,
        arguments[0],
        lambda w, p, s: _receive(w, p, s, Reception.RECEIVED, "all"),
    )


async def _inspect(
    work: Work,
    person: Person,
    stored: StoredReturn,
    result: str,
    typed: str,
    place: str,
    why: str,
) -> Answer:
    units = chosen_units(stored, typed)
    if isinstance(units, Unwilling):
        return unwilling(work, units)
    undo = await inspect(
        work,
        stored,
        units,
        Finding(result),
        who=person.name,
        place=Place(place) if place else None,
        why=why,
    )
    if isinstance(undo, Unwilling):
        return unwilling(work, undo)
    work.record(
        person, "returns.inspect", stored.number, why=why, values={"result": result}, undo=undo
    )
    again = await load_return(work, stored.id)
    lines = [work.house.wording.say("returns.inspected", number=stored.number)]
    if again is None or not payable(again):
        return Answer(text=lines[0])
    return Answer(
        text="\n".join([*lines, *await sum_lines(work, again)]),
        buttons=(_give_button(work, again),),
    )


def _give_button(work: Work, stored: StoredReturn) -> Button:
    label = work.house.wording.say("returns.button.give")
    return Button(id=f"returns.give:{stored.id}", label=label, style=ButtonStyle.PRIMARY)


async def inspect_typed(work: Work, command: Invocation) -> Answer:
    """`/returns inspect NUMBER UNITS RESULT [PLACE] [WHY…]`: a grade, or what else was found."""
    given = command.options
    place, why = given["place"] or "", given["why"] or ""
    return await typed(
        work,
        command,
        lambda w, p, s: _inspect(w, p, s, given["result"], given["units"], place, why),
    )


async def ask_inspection(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The form of *Inspect*; its intro numbers the units."""
    stored = await load_return(work, int(arguments[0]))
    if stored is None:
        return None
    word = work.house.wording.say
    units = "\n".join(
        f"{number}. {label_of(unit)}" for number, unit in enumerate(stored.units, start=1)
    )
    return Form(
        id=f"returns.inspect:{stored.id}",
        title=word("returns.form", number=stored.number),
        fields=tuple(
            replace(one, label=word(f"returns.form.inspect.{one.name}")) for one in INSPECT_FIELDS
        ),
        intro=units,
    )


async def inspect_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form behind *Inspect*."""
    said = {name: form.values.get(name, "").strip() for name in ("result", "units", "place", "why")}
    return await by_id(
        work,
        form.person,
        arguments[0],
        lambda w, p, s: _inspect(
            w, p, s, said["result"], said["units"], said["place"], said["why"]
        ),
    )


# --- what goes back -------------------------------------------------------------------------------


async def _give(work: Work, person: Person, stored: StoredReturn) -> Answer:
    again = await try_again(work, stored, who=person.name)
    given = await give_back(work, stored, who=person.name)
    if not again and not given:
        return say(work, "returns.nothing_due", number=stored.number)
    work.record(person, "returns.pay", stored.number)
    after = await load_return(work, stored.id)
    states = {row.state for row in after.money} if after is not None else set()
    key = "returns.pay_failed" if Reimbursement.FAILED in states else "returns.given"
    return say(work, key, number=stored.number, waits=Reimbursement.PREPARED in states)


async def give_typed(work: Work, command: Invocation) -> Answer:
    """`/returns pay NUMBER`: give what is due for all that was accepted, or try again."""
    return await typed(work, command, _give)


async def give_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Give it back*."""
    return await by_id(work, press.person, arguments[0], _give)
