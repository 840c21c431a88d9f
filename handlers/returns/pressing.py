"""`/return` and the buttons of the form: each finds what its person has begun, and takes it on."""

from collections.abc import Sequence

from sqlalchemy import select

from handlers.claims.private_lines import customer_of
from handlers.command_line import Invocation
from handlers.messages import Answer, Press
from handlers.orders.numbers import OrderNumber
from handlers.people import Person
from handlers.returns.asking import ask, mark, swap_unit
from handlers.returns.conversation import Question, Step, question
from handlers.returns.drafts import COMPLAINT, Draft, load
from handlers.returns.guiding import STATUS, begin, resume, switch, take
from handlers.returns.numbers import parse_number
from handlers.returns.own import cancel_number, status
from handlers.returns.shaping import Shape, same_answers, shape
from handlers.work import Work
from storage.schema import orders

__all__ = ["done", "fresh", "marked", "pick", "returning", "said", "start", "wrong"]

_order = orders.orders.c
_WORDS = frozenset({"yes", "no", "back", "stop"})


async def returning(work: Work, command: Invocation) -> Answer:
    """`/return [ORDER]`, and `/return status`, `/return cancel NUMBER`."""
    named, number = command.options["order"] or "", command.options["number"] or ""
    word, say = named.casefold(), work.house.wording.say
    if word == "status":
        return await status(work, command.person)
    if word == "cancel":
        return await cancel_number(work, command.person, number)
    if word and parse_number(named) and OrderNumber.parse(named) is None:
        return await status(work, command.person)
    if not word:
        return await _start(work, command.person, None)
    order_id = await order_named(work, f"{named} {number}".strip())
    if order_id is None:
        return Answer(text=say("returns.not_yours"))
    return await _start(work, command.person, order_id)


async def order_named(work: Work, text: str) -> int | None:
    """The id of the order that a number names, whoever it belongs to; None if there is none."""
    number = OrderNumber.parse(text)
    if number is None:
        return None
    found: int | None = await work.tx.scalar(
        select(_order.id).where(_order.show_id == number.show, _order.serial == number.serial)
    )
    return found


async def start(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Send something back*, of one order or of any."""
    return await _start(work, press.person, int(arguments[0]) if arguments else None)


async def fresh(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Start over*."""
    customer_id = await customer_of(work, press.person)
    if customer_id is None:
        return Answer(text=work.house.wording.say("returns.nothing"))
    return await begin(work, press.person, customer_id)


async def wrong(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Something is wrong with it*: a complaint of the order, or of what was begun."""
    draft = await load(work, press.person)
    if arguments[0] == COMPLAINT and draft is not None:
        return await switch(work, press.person, draft, COMPLAINT, by_dm=draft.by_dm)
    order_id = int(arguments[0]) if arguments[0].isdecimal() else 0
    return await _start(work, press.person, order_id or None, about=COMPLAINT)


async def _start(work: Work, person: Person, order_id: int | None, *, about: str = "") -> Answer:
    customer_id = await customer_of(work, person)
    if customer_id is None:
        # The same words as for another's order: neither is known to exist.
        key = "returns.nothing" if order_id is None else "returns.not_yours"
        return Answer(text=work.house.wording.say(key))
    draft = None if order_id is not None or about else await load(work, person)
    if draft is not None:
        return await resume(work, person, draft, by_dm=False)
    return await begin(work, person, customer_id, about=about, order_id=order_id)


async def pick(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """One of the choices."""
    token, step, value = arguments
    draft = await _draft(work, press, token)
    if isinstance(draft, Answer):
        return draft
    shaped = await shape(work, draft.customer_id, draft.begun)
    unit, _, bare = value.rpartition("_") if step == Step.SWAP else ("", "", value)
    asked = question(shaped.form)
    if not _is_asked(draft, shaped, asked, step, unit):
        return await _answered(work, draft, shaped)
    return await take(work, press.person, draft, bare, by_dm=draft.by_dm)


async def said(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Send it*, *Back*, *Stop*, and *I have none*."""
    token, step, word = arguments
    draft = await _draft(work, press, token)
    if isinstance(draft, Answer):
        return draft
    shaped = await shape(work, draft.customer_id, draft.begun)
    asked = question(shaped.form)
    if word not in _WORDS or not _is_asked(draft, shaped, asked, step, ""):
        return await _answered(work, draft, shaped)
    return await take(work, press.person, draft, word, by_dm=draft.by_dm)


async def marked(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """A unit is marked, or is not any more; the button says which are by then."""
    draft = await _draft(work, press, arguments[0])
    if isinstance(draft, Answer):
        return draft
    shaped = await shape(work, draft.customer_id, draft.begun)
    if not _is_asked(draft, shaped, question(shaped.form), Step.UNITS, ""):
        return await _answered(work, draft, shaped)
    return mark(work, draft, shaped, int(arguments[1]))


async def done(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Done*: the units that are marked."""
    draft = await _draft(work, press, arguments[0])
    if isinstance(draft, Answer):
        return draft
    shaped = await shape(work, draft.customer_id, draft.begun)
    asked = question(shaped.form)
    if asked is None or not _is_asked(draft, shaped, asked, Step.UNITS, ""):
        return await _answered(work, draft, shaped)
    mask, count = int(arguments[1]), len(asked.choices)
    places = [str(at + 1) for at in range(count) if mask >> at & 1]
    return await take(work, press.person, draft, ",".join(places), by_dm=draft.by_dm)


async def _draft(work: Work, press: Press, token: str) -> Draft | Answer:
    """What the button belongs to, or that this form has ended."""
    draft = await load(work, press.person)
    if draft is None or draft.token != int(token):
        return Answer(text=work.house.wording.say("returns.ask.ended"), buttons=(STATUS,))
    return draft


def _is_asked(draft: Draft, shaped: Shape, asked: Question | None, step: str, unit: str) -> bool:
    """Whether a button belongs to the question that is open: an old one changes nothing."""
    if not draft.begun.sure:
        return step in ("whether", Step.ORDER)
    if asked is None or asked.step != step:
        return False
    return asked.step is not Step.SWAP or not unit or unit == swap_unit(shaped)


async def _answered(work: Work, draft: Draft, shaped: Shape) -> Answer:
    kept = same_answers(draft.begun.form, shaped.form)
    before = [work.house.wording.say("returns.ask.answered" if kept else "returns.request.changed")]
    return await ask(work, draft, shaped, before=before)
