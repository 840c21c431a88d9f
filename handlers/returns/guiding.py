"""The guided form from its first question to its last tap, by button and by word."""

from collections.abc import Sequence
from dataclasses import replace

from handlers.messages import Answer, Button
from handlers.people import Person
from handlers.returns.asking import ask, labelled
from handlers.returns.choosing import chosen, means_no, means_yes
from handlers.returns.conversation import (
    Answered,
    Form,
    answer,
    attach,
    question,
)
from handlers.returns.drafts import ANYTHING, COMPLAINT, Begun, Draft, drop, keep
from handlers.returns.judging import fits, joined, judge_lines, said_verdict
from handlers.returns.looking import Bought, bought_by
from handlers.returns.policy import Code, Verdict
from handlers.returns.requesting import request
from handlers.returns.reviewing import asked_of
from handlers.returns.shaping import Shape, same_answers, shape
from handlers.work import Work

__all__ = ["STATUS", "add_photo", "begin", "meant", "resume", "switch", "take"]

STATUS = Button(id="returns.status:", label="My returns")
_MOST_NAMED = 10


async def begin(
    work: Work,
    person: Person,
    customer_id: int,
    *,
    about: str = ANYTHING,
    order_id: int | None = None,
    by_dm: bool = False,
    photos: Sequence[str] = (),
    sure: bool = True,
) -> Answer:
    """Begin a form, about one order or whichever; says why where nothing can come back."""
    if order_id is not None:
        named = await bought_by(work, customer_id, order_id=order_id, unpaid=True)
        if not named or not named[0].paid:
            return _not_that(work, named)
    order = None if order_id is None else f"o{order_id}"
    form = Form(orders=(), reasons=(), order=order, photos=tuple(photos))
    shaped = await shape(work, customer_id, Begun(form=form, about=about, sure=sure))
    if not shaped.bought:
        return Answer(text=work.house.wording.say("returns.nothing"))
    if not _open(shaped):
        return _nothing_open(work, shaped)
    draft = await keep(work, person, shaped.begun, customer_id=customer_id, by_dm=by_dm)
    before = [work.house.wording.say("returns.sorry")] if about and sure else []
    return await ask(work, draft, shaped, before=before)


def _not_that(work: Work, named: Sequence[Bought]) -> Answer:
    """Another's order is not known to exist; one's own that is not paid has nothing to return."""
    if not named:
        return Answer(text=work.house.wording.say("returns.not_yours"))
    return Answer(text=said_verdict(work, Verdict(code=Code.NOT_PAID)))


def _open(shaped: Shape) -> bool:
    """Whether anything of the order that is meant, or of any, can be chosen."""
    order = shaped.form.order
    return any(
        not unit.why_not
        for option in shaped.form.orders
        if order in (None, option.id)
        for unit in option.units
    )


def _nothing_open(work: Work, shaped: Shape) -> Answer:
    """Why nothing can come back, thing by thing, and what is left to do."""
    say, order = work.house.wording.say, shaped.form.order
    lines: list[str] = [say("returns.none_open")]
    for option in shaped.form.orders:
        if order in (None, option.id):
            lines += [
                say("returns.closed_line", choice=unit.label, why=unit.why_not)
                for unit in option.units
            ]
    buttons = [STATUS]
    if not shaped.begun.about:
        target = order[1:] if order else "0"
        label = say("returns.button.wrong")
        buttons.insert(0, Button(id=f"returns.wrong:{target}", label=label))
    return Answer(text="\n".join(lines[: _MOST_NAMED + 1]), buttons=tuple(buttons))


async def resume(work: Work, person: Person, draft: Draft, *, by_dm: bool) -> Answer:
    """Go on where a form stopped."""
    shaped = await shape(work, draft.customer_id, draft.begun)
    if not _open(shaped):
        await drop(work, person)
        return _nothing_open(work, shaped)
    draft = await _kept(work, person, draft, shaped.begun, by_dm=by_dm)
    say = work.house.wording.say
    asked = await ask(work, draft, shaped, before=[say("returns.goes_on")])
    fresh = Button(id="returns.fresh:", label=say("returns.button.fresh"))
    return replace(asked, buttons=(*asked.buttons, fresh))


async def switch(work: Work, person: Person, draft: Draft, about: str, *, by_dm: bool) -> Answer:
    """Make a complaint of a form that was begun as a return; its order and photos stay."""
    form = draft.begun.form
    order_id = int(form.order[1:]) if form.order else None
    return await begin(
        work,
        person,
        draft.customer_id,
        about=about or COMPLAINT,
        order_id=order_id,
        by_dm=by_dm,
        photos=form.photos,
    )


async def take(work: Work, person: Person, draft: Draft, said: str, *, by_dm: bool) -> Answer:
    """Take an answer to the question that is open, in a button's words or a person's."""
    shaped = await shape(work, draft.customer_id, draft.begun)
    if not draft.begun.sure:
        return await _made_sure(work, person, draft, shaped, said, by_dm=by_dm)
    if not same_answers(draft.begun.form, shaped.form):
        draft = await _kept(work, person, draft, shaped.begun, by_dm=by_dm)
        changed = work.house.wording.say("returns.request.changed")
        return await ask(work, draft, shaped, before=[changed])
    taken = answer(shaped.form, meant(work, shaped, said))
    return await _after(work, person, draft, shaped, taken, by_dm=by_dm)


async def add_photo(work: Work, person: Person, draft: Draft, photo: str) -> Answer:
    """Take a photo, whatever is being asked; the next question comes by DM too."""
    shaped = await shape(work, draft.customer_id, draft.begun)
    taken = attach(shaped.form, photo)
    return await _after(
        work, person, draft, shaped, taken, by_dm=True, said="returns.ask.photo_taken"
    )


def meant(work: Work, shaped: Shape, said: str) -> str:
    """An answer that names choices in the shop's words, as the form reads it: by their places."""
    asked = question(shaped.form)
    if asked is None:
        return said
    asked = labelled(work, shaped, asked)
    picked = chosen(said, asked.choices, many=asked.many)
    places = [str(at) for at, one in enumerate(asked.choices, start=1) if one in picked]
    return ",".join(places) or said


async def _made_sure(
    work: Work, person: Person, draft: Draft, shaped: Shape, said: str, *, by_dm: bool
) -> Answer:
    """An answer to *Is it from S12-0042?*: yes, no, or the order that it is from."""
    form = shaped.form
    picked = [one for one in form.orders if one.id == said]
    if means_yes(said):
        picked = [*form.orders[:1]]
    elif means_no(said) and len(form.orders) == 1:
        await drop(work, person)
        return Answer(text=work.house.wording.say("returns.photo_of_nothing"))
    elif not picked and not means_no(said):
        return await ask(work, draft, shaped)
    order = picked[0].id if picked else None
    begun = draft.begun.model_copy(
        update={"sure": True, "form": form.model_copy(update={"order": order})}
    )
    shaped = await shape(work, draft.customer_id, begun)
    if not _open(shaped):
        await drop(work, person)
        return _nothing_open(work, shaped)
    draft = await _kept(work, person, draft, shaped.begun, by_dm=by_dm)
    return await ask(work, draft, shaped)


async def _after(
    work: Work,
    person: Person,
    draft: Draft,
    shaped: Shape,
    taken: Answered,
    *,
    by_dm: bool,
    said: str = "",
) -> Answer:
    """What follows an answer: the next question, the same one once more, or the end."""
    say = work.house.wording.say
    if taken.trouble:
        draft = await _kept(work, person, draft, shaped.begun, by_dm=by_dm)
        return await ask(work, draft, shaped, before=[say(taken.trouble, **dict(taken.facts))])
    if taken.form.stopped:
        await drop(work, person)
        return Answer(text=say("returns.stopped"))
    if taken.form.done:
        return await _sent(work, person, draft, shaped, taken.form, by_dm=by_dm)
    next_ = await shape(work, draft.customer_id, _with_form(draft, taken.form))
    refused = _refused(work, next_)
    if refused is not None:
        draft = await _kept(work, person, draft, shaped.begun, by_dm=by_dm)
        return await ask(work, draft, shaped, before=[said_verdict(work, refused)])
    draft = await _kept(work, person, draft, next_.begun, by_dm=by_dm)
    return await ask(work, draft, next_, before=[say(said)] if said else ())


def _refused(work: Work, shaped: Shape) -> Verdict | None:
    """What the policy says no to, of what is answered so far."""
    asked, bought = asked_of(work, shaped), shaped.chosen
    if asked is None or bought is None or not asked.units:
        return None
    verdict = joined(list(judge_lines(work, bought, asked).values()))
    return None if fits(verdict) else verdict


async def _sent(
    work: Work, person: Person, draft: Draft, shaped: Shape, form: Form, *, by_dm: bool
) -> Answer:
    """The last tap: the return is asked for, or the page is shown again with why it was not."""
    requested = await request(work, draft.customer_id, form, person=person)
    if requested.number is not None:
        await drop(work, person)
        return replace(requested.answer, buttons=(STATUS,))
    # What it was about may be gone by now: the options are made anew.
    again = await shape(work, draft.customer_id, _with_form(draft, shaped.form))
    draft = await _kept(work, person, draft, again.begun, by_dm=by_dm)
    return await ask(work, draft, again, before=[requested.answer.text])


def _with_form(draft: Draft, form: Form) -> Begun:
    return draft.begun.model_copy(update={"form": form})


async def _kept(work: Work, person: Person, draft: Draft, begun: Begun, *, by_dm: bool) -> Draft:
    return await keep(
        work,
        person,
        begun,
        customer_id=draft.customer_id,
        by_dm=by_dm,
        began_at=draft.began_at,
    )
