"""`/returns …` of who decides: approve, decline, ask, take on, hand on; typed or pressed."""

from collections.abc import Sequence
from dataclasses import replace

from handlers.command_line import Invocation
from handlers.messages import Answer, Form, FormSubmit, Press
from handlers.people import Person
from handlers.returns import card
from handlers.returns.acting import WHY_FIELD, by_id, say, typed, unwilling
from handlers.returns.deciding import Unwilling, approve, ask_photo, decline, rewish
from handlers.returns.policy import Code, Wish
from handlers.returns.records import StoredReturn, change_return, load_return, tell_change
from handlers.work import Work

__all__ = [
    "approve_pressed",
    "approve_submit",
    "approve_typed",
    "ask_decline",
    "ask_override",
    "decline_submit",
    "decline_typed",
    "form_gone",
    "handon_typed",
    "photo_pressed",
    "photo_typed",
    "take_pressed",
    "take_typed",
    "wish_typed",
]


async def _approve(work: Work, person: Person, stored: StoredReturn, why: str) -> Answer:
    done = await approve(work, stored, who=person.name, why=why)
    if isinstance(done, Unwilling):
        return unwilling(work, done)
    work.record(person, "returns.approve", stored.number, why=why)
    return say(
        work, "returns.approved", number=stored.number, gone=done.swap_gone, given=done.given
    )


async def approve_typed(work: Work, command: Invocation) -> Answer:
    """`/returns approve NUMBER [WHY…]`: against the policy only with a reason."""
    why = command.options["why"] or ""
    return await typed(work, command, lambda w, p, s: _approve(w, p, s, why))


async def approve_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Approve*, where the policy says yes."""
    return await by_id(work, press.person, arguments[0], lambda w, p, s: _approve(w, p, s, ""))


async def ask_override(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The form of *Approve* where the policy says no: the reason. None where it says yes."""
    stored = await load_return(work, int(arguments[0]))
    yes = (Code.RETURNABLE, Code.OVERRIDDEN, Code.PHOTO_NEEDED)
    if stored is None or Code(stored.row.verdict) in yes:
        return None
    word = work.house.wording.say
    label = word("returns.form.override")
    return Form(
        id=f"returns.approve:{stored.id}",
        title=word("returns.form", number=stored.number),
        fields=(replace(WHY_FIELD, label=label),),
        intro=word("returns.needs_why", verdict=stored.row.verdict.replace("_", " ").lower()),
    )


async def approve_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form behind *Approve*."""
    why = form.values["why"].strip()
    return await by_id(work, form.person, arguments[0], lambda w, p, s: _approve(w, p, s, why))


async def _decline(work: Work, person: Person, stored: StoredReturn, why: str) -> Answer:
    refused = await decline(work, stored, who=person.name, why=why)
    if refused is not None:
        return unwilling(work, refused)
    work.record(person, "returns.decline", stored.number, why=why)
    return say(work, "returns.declined", number=stored.number)


async def decline_typed(work: Work, command: Invocation) -> Answer:
    """`/returns decline NUMBER WHY…`: the sentence is what its customer reads."""
    why = command.options["why"]
    return await typed(work, command, lambda w, p, s: _decline(w, p, s, why))


async def ask_decline(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    """The form of *Decline*: the sentence."""
    stored = await load_return(work, int(arguments[0]))
    if stored is None:
        return None
    word = work.house.wording.say
    return Form(
        id=f"returns.decline:{stored.id}",
        title=word("returns.form", number=stored.number),
        fields=(replace(WHY_FIELD, label=word("returns.form.why")),),
    )


async def decline_submit(work: Work, form: FormSubmit, arguments: Sequence[str]) -> Answer:
    """The form behind *Decline*."""
    why = form.values["why"].strip()
    return await by_id(work, form.person, arguments[0], lambda w, p, s: _decline(w, p, s, why))


async def form_gone(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """A button whose form cannot be opened any more."""
    return say(work, "returns.unknown", number="")


async def _photo(work: Work, person: Person, stored: StoredReturn, why: str) -> Answer:
    refused = await ask_photo(work, stored, who=person.name, why=why)
    if refused is not None:
        return unwilling(work, refused)
    work.record(person, "returns.photo", stored.number, why=why)
    return say(work, "returns.photo_asked", number=stored.number)


async def photo_typed(work: Work, command: Invocation) -> Answer:
    """`/returns photo NUMBER [WHY…]`: ask for a photo, and say what of."""
    why = command.options["why"] or ""
    return await typed(work, command, lambda w, p, s: _photo(w, p, s, why))


async def photo_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Ask for a photo*."""
    return await by_id(work, press.person, arguments[0], lambda w, p, s: _photo(w, p, s, ""))


async def take_typed(work: Work, command: Invocation) -> Answer:
    """`/returns take NUMBER`."""
    return await typed(work, command, card.take)


async def take_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*I take it*."""
    return await by_id(work, press.person, arguments[0], card.take)


async def handon_typed(work: Work, command: Invocation) -> Answer:
    """`/returns handon NUMBER WHY…`: it waits for somebody else, who reads why."""
    why = command.options["why"]

    async def act(work: Work, person: Person, stored: StoredReturn) -> Answer:
        await change_return(work, stored.id, taken_by="", taken_platform=None, taken_person=None)
        await tell_change(work, stored.row, "handed_on", who=person.name, why=why)
        work.record(person, "returns.handon", stored.number, why=why)
        return say(work, "returns.handed_on", number=stored.number)

    return await typed(work, command, act)


async def wish_typed(work: Work, command: Invocation) -> Answer:
    """`/returns wish NUMBER WISH`: the customer would rather have something else."""
    wish = Wish(command.options["wish"])

    async def act(work: Work, person: Person, stored: StoredReturn) -> Answer:
        refused = await rewish(work, stored, wish, who=person.name)
        if refused is not None:
            return unwilling(work, refused)
        work.record(person, "returns.wish", stored.number, values={"wish": wish.value})
        said = work.house.wording.say(f"returns.wish.{wish.value}")
        return say(work, "returns.wished", number=stored.number, wish=said)

    return await typed(work, command, act)
