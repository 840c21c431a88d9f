"""`/returns …`, and the buttons and forms of a card: what the team does about a return."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

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
from handlers.returns import card
from handlers.returns.deciding import Unwilling, approve, ask_photo, decline, rewish
from handlers.returns.giving import give_back, payable, try_again
from handlers.returns.inspecting import Finding, inspect
from handlers.returns.policy import Code, Wish
from handlers.returns.receiving import chosen_units, receive, send_off
from handlers.returns.records import StoredReturn, change_return, load_return, tell_change
from handlers.returns.showing import named, sum_lines
from handlers.returns.states import Place, Reception
from handlers.work import Work

__all__ = [
    "INSPECT_FIELDS",
    "WHY_FIELD",
    "approve_pressed",
    "approve_submit",
    "approve_typed",
    "ask_decline",
    "ask_inspection",
    "ask_override",
    "decline_submit",
    "decline_typed",
    "form_gone",
    "give_pressed",
    "give_typed",
    "handon_typed",
    "inspect_submit",
    "inspect_typed",
    "photo_pressed",
    "photo_typed",
    "receive_pressed",
    "receive_typed",
    "take_pressed",
    "take_typed",
    "transit_typed",
    "wish_typed",
]

#: Does something to a locked return.
Act = Callable[[Work, Person, StoredReturn], Awaitable[Answer]]

WHY_FIELD = Field(
    name="why", label="What the customer reads", kind=FieldKind.PARAGRAPH, longest=300
)
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


def _say(work: Work, key: str, **values: Any) -> Answer:
    return Answer(text=work.house.wording.say(key, **values))


def _unwilling(work: Work, why: Unwilling) -> Answer:
    return _say(work, why.key, **why.values)


async def _typed(work: Work, command: Invocation, act: Act) -> Answer:
    stored = await named(work, command.options["number"], lock=True)
    return stored if isinstance(stored, Answer) else await act(work, command.person, stored)


async def _by_id(work: Work, person: Person, argument: str, act: Act) -> Answer:
    stored = await load_return(work, int(argument) if argument.isdecimal() else 0, lock=True)
    if stored is None:
        return _say(work, "returns.unknown", number="")
    return await act(work, person, stored)


# --- yes or no ------------------------------------------------------------------------------------


async def _approve(work: Work, person: Person, stored: StoredReturn, why: str) -> Answer:
    done = await approve(work, stored, who=person.name, why=why)
    if isinstance(done, Unwilling):
        return _unwilling(work, done)
    work.record(person, "returns.approve", stored.number, why=why)
    return _say(
        work, "returns.approved", number=stored.number, gone=done.swap_gone, given=done.given
    )


async def approve_typed(work: Work, command: Invocation) -> Answer:
    """`/returns approve NUMBER [WHY…]`: against the policy only with a reason."""
    why = command.options["why"] or ""
    return await _typed(work, command, lambda w, p, s: _approve(w, p, s, why))


async def approve_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Approve*, where the policy says yes."""
    return await _by_id(work, press.person, arguments[0], lambda w, p, s: _approve(w, p, s, ""))


async def ask_override(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The form of *Approve* where the policy says no: the reason. None where it says yes."""
    stored = await load_return(work, int(arguments[0]))
    yes = (Code.RETURNABLE, Code.OVERRIDDEN, Code.PHOTO_NEEDED)
    if stored is None or Code(stored.row.verdict) in yes:
        return None
    say = work.house.wording.say
    label = say("returns.form.override")
    return Form(
        id=f"returns.approve:{stored.id}",
        title=say("returns.form", number=stored.number),
        fields=(replace(WHY_FIELD, label=label),),
        intro=say("returns.needs_why", verdict=stored.row.verdict.replace("_", " ").lower()),
    )


async def approve_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form behind *Approve*."""
    why = form.values["why"].strip()
    return await _by_id(work, form.person, arguments[0], lambda w, p, s: _approve(w, p, s, why))


async def _decline(work: Work, person: Person, stored: StoredReturn, why: str) -> Answer:
    refused = await decline(work, stored, who=person.name, why=why)
    if refused is not None:
        return _unwilling(work, refused)
    work.record(person, "returns.decline", stored.number, why=why)
    return _say(work, "returns.declined", number=stored.number)


async def decline_typed(work: Work, command: Invocation) -> Answer:
    """`/returns decline NUMBER WHY…`: the sentence is what its customer reads."""
    why = command.options["why"]
    return await _typed(work, command, lambda w, p, s: _decline(w, p, s, why))


async def ask_decline(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The form of *Decline*: the sentence."""
    stored = await load_return(work, int(arguments[0]))
    if stored is None:
        return None
    say = work.house.wording.say
    return Form(
        id=f"returns.decline:{stored.id}",
        title=say("returns.form", number=stored.number),
        fields=(replace(WHY_FIELD, label=say("returns.form.why")),),
    )


async def decline_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form behind *Decline*."""
    why = form.values["why"].strip()
    return await _by_id(work, form.person, arguments[0], lambda w, p, s: _decline(w, p, s, why))


async def form_gone(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """A button whose form cannot be opened any more."""
    return _say(work, "returns.unknown", number="")


async def _photo(work: Work, person: Person, stored: StoredReturn, why: str) -> Answer:
    refused = await ask_photo(work, stored, who=person.name, why=why)
    if refused is not None:
        return _unwilling(work, refused)
    work.record(person, "returns.photo", stored.number, why=why)
    return _say(work, "returns.photo_asked", number=stored.number)


async def photo_typed(work: Work, command: Invocation) -> Answer:
    """`/returns photo NUMBER [WHY…]`: ask for a photo, and say what of."""
    why = command.options["why"] or ""
    return await _typed(work, command, lambda w, p, s: _photo(w, p, s, why))


async def photo_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Ask for a photo*."""
    return await _by_id(work, press.person, arguments[0], lambda w, p, s: _photo(w, p, s, ""))


async def take_typed(work: Work, command: Invocation) -> Answer:
    """`/returns take NUMBER`."""
    return await _typed(work, command, card.take)


async def take_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*I take it*."""
    return await _by_id(work, press.person, arguments[0], card.take)


async def handon_typed(work: Work, command: Invocation) -> Answer:
    """`/returns handon NUMBER WHY…`: it waits for somebody else, who reads why."""
    why = command.options["why"]

    async def act(work: Work, person: Person, stored: StoredReturn) -> Answer:
        await change_return(work, stored.id, taken_by="", taken_platform=None, taken_person=None)
        await tell_change(work, stored.row, "handed_on", who=person.name, why=why)
        work.record(person, "returns.handon", stored.number, why=why)
        return _say(work, "returns.handed_on", number=stored.number)

    return await _typed(work, command, act)


async def wish_typed(work: Work, command: Invocation) -> Answer:
    """`/returns wish NUMBER WISH`: the customer would rather have something else."""
    wish = Wish(command.options["wish"])

    async def act(work: Work, person: Person, stored: StoredReturn) -> Answer:
        refused = await rewish(work, stored, wish, who=person.name)
        if refused is not None:
            return _unwilling(work, refused)
        work.record(person, "returns.wish", stored.number, values={"wish": wish.value})
        said = work.house.wording.say(f"returns.wish.{wish.value}")
        return _say(work, "returns.wished", number=stored.number, wish=said)

    return await _typed(work, command, act)


# --- what comes in --------------------------------------------------------------------------------


async def transit_typed(work: Work, command: Invocation) -> Answer:
    """`/returns transit NUMBER TRACKING [CARRIER]`: its parcel is on its way."""
    tracking, carrier = command.options["tracking"][:80], (command.options["carrier"] or "")[:40]

    async def act(work: Work, person: Person, stored: StoredReturn) -> Answer:
        refused = await send_off(work, stored, who=person.name, tracking=tracking, carrier=carrier)
        if refused is not None:
            return _unwilling(work, refused)
        work.record(person, "returns.transit", stored.number, values={"tracking": tracking})
        return _say(work, "returns.on_its_way", number=stored.number, tracking=tracking)

    return await _typed(work, command, act)


async def _receive(
    work: Work, person: Person, stored: StoredReturn, to: Reception, typed: str
) -> Answer:
    units = chosen_units(stored, typed)
    if isinstance(units, Unwilling):
        return _unwilling(work, units)
    done = await receive(work, stored, units, to, who=person.name)
    if isinstance(done, Unwilling):
        return _unwilling(work, done)
    work.record(person, "returns.receive", stored.number, values={"units": done, "how": to.value})
    how = to.value.replace("_", " ")
    return _say(work, "returns.received", number=stored.number, units=done, how=how)


async def receive_typed(work: Work, command: Invocation) -> Answer:
    """`/returns receive NUMBER [HOW] [UNITS]`: all of it, or `1,3`; here, or what else happened."""
    to = Reception(command.options["how"] or Reception.RECEIVED)
    units = command.options["units"] or "all"
    return await _typed(work, command, lambda w, p, s: _receive(w, p, s, to, units))


async def receive_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*All of it is here*."""
    return await _by_id(
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
        return _unwilling(work, units)
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
        return _unwilling(work, undo)
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
    return await _typed(
        work,
        command,
        lambda w, p, s: _inspect(w, p, s, given["result"], given["units"], place, why),
    )


async def ask_inspection(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The form of *Inspect*; its intro numbers the units."""
    stored = await load_return(work, int(arguments[0]))
    if stored is None:
        return None
    say = work.house.wording.say
    units = "\n".join(
        f"{number}. {card.label_of(unit)}" for number, unit in enumerate(stored.units, start=1)
    )
    return Form(
        id=f"returns.inspect:{stored.id}",
        title=say("returns.form", number=stored.number),
        fields=INSPECT_FIELDS,
        intro=units,
    )


async def inspect_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form behind *Inspect*."""
    said = {name: form.values.get(name, "").strip() for name in ("result", "units", "place", "why")}
    return await _by_id(
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
        return _say(work, "returns.nothing_due", number=stored.number)
    work.record(person, "returns.pay", stored.number)
    after = await load_return(work, stored.id)
    waits = [] if after is None else [row.state for row in after.money]
    key = "returns.pay_failed" if "failed" in waits else "returns.given"
    return _say(work, key, number=stored.number, waits="prepared" in waits)


async def give_typed(work: Work, command: Invocation) -> Answer:
    """`/returns pay NUMBER`: give what is due for all that was accepted, or try again."""
    return await _typed(work, command, _give)


async def give_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Give it back*."""
    return await _by_id(work, press.person, arguments[0], _give)
