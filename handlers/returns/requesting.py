"""A return is asked for: judged once more under the order's lock, numbered, written and told.

    answer = await request(work, customer_id, form, person=press.person)

What the machine doubts it hands to a person; it refuses only what the policy refuses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from sqlalchemy import func, select

from handlers.events import ReturnRequested
from handlers.messages import Answer
from handlers.money import Money
from handlers.orders.moving import lock_order
from handlers.people import Person
from handlers.returns.conversation import Form
from handlers.returns.drafts import ANYTHING, COMPLAINT, Begun
from handlers.returns.judging import Asked, fits, joined, judge_lines, said_verdict, value_of
from handlers.returns.looking import Bought, Part
from handlers.returns.numbers import length_for, new_number
from handlers.returns.policy import Verdict, Wish
from handlers.returns.reviewing import asked_of
from handlers.returns.setting_aside import let_go, set_aside
from handlers.returns.shaping import Shape, same_answers, shape, units_of
from handlers.returns.standing import Standing, flags_of, standing_of
from handlers.times import shown_time
from handlers.work import Work
from storage.repositories.sale import lock_items
from storage.return_states import Acceptance, Reception, ReturnKind, ReturnState
from storage.schema import orders, sale
from storage.schema.returns import return_events, return_units, returns

__all__ = ["Requested", "request"]

_return = returns.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """What came of a request: `number` is None where it was refused, and nothing was written."""

    answer: Answer
    number: str | None = None


async def request(work: Work, customer_id: int, form: Form, *, person: Person) -> Requested:
    """Write down what a finished form asks for, and acknowledge it."""
    order_id = int((form.order or "o0")[1:])
    await _lock_items(work, form)
    if await lock_order(work, order_id) is None:
        return _refused(work, "returns.request.changed")
    reason = work.house.returns.reasons.get(form.reason or "")
    about = COMPLAINT if reason is not None and reason.is_complaint else ANYTHING
    shaped = await shape(work, customer_id, Begun(form=form, about=about))
    standing, flags = await _seen(work, customer_id, shaped)
    asked = asked_of(work, shaped, good_standing=standing.good(work.house.returns.many))
    bought = shaped.chosen
    # What was promised on the page must still hold: another process may have been faster.
    if asked is None or bought is None or not same_answers(form, shaped.form):
        return _refused(work, "returns.request.changed")
    verdicts = judge_lines(work, bought, asked)
    verdict = joined(list(verdicts.values()))
    if not fits(verdict):
        return Requested(answer=Answer(text=said_verdict(work, verdict)))
    number = await _number(work, customer_id)
    holds = await _replacements(work, customer_id, bought, asked, number)
    if holds is None:
        return _refused(work, "returns.request.none_left")
    return_id = await _write(work, number, customer_id, shaped, asked, verdict, flags, person)
    await _write_units(work, return_id, bought, asked, verdicts, _swapped(shaped), holds)
    work.emit(ReturnRequested(return_id=return_id))
    work.record(person, "return.request", number)
    return Requested(number=number, answer=_acknowledged(work, number, bought, asked, verdict))


async def _lock_items(work: Work, form: Form) -> None:
    """Items before orders, as everywhere: a replacement takes some."""
    if form.wish is Wish.EXCHANGE:
        rows = await work.tx.all(
            select(sale.variants.c.item_id)
            .join(orders.order_lines, orders.order_lines.c.variant_id == sale.variants.c.id)
            .where(orders.order_lines.c.id.in_(sorted(units_of(form.units or ()))))
        )
        await lock_items(work.tx, {row.item_id for row in rows})


def _refused(work: Work, key: str) -> Requested:
    return Requested(answer=Answer(text=work.house.wording.say(key)))


async def _seen(work: Work, customer_id: int, shaped: Shape) -> tuple[Standing, list[str]]:
    """How the customer stands with this return, and what a person should look at."""
    currency = work.house.currency if shaped.chosen is None else shaped.chosen.row.currency
    before = await standing_of(work, customer_id, currency)
    standing = replace(before, returns=before.returns + 1, lately=before.lately + 1)
    value = 0 if shaped.chosen is None else value_of(shaped.chosen, shaped.units)
    return standing, flags_of(work, standing, value)


async def _number(work: Work, customer_id: int) -> str:
    used = await work.tx.scalar(select(func.count()).select_from(returns))
    random = Random(f"{customer_id} {work.at.isoformat()} {used}")  # noqa: S311 - no secret
    while True:
        number = new_number(random, length=length_for(used))
        taken = await work.tx.scalar(select(_return.id).where(_return.number == number))
        if taken is None:
            return number


async def _replacements(
    work: Work, customer_id: int, bought: Bought, asked: Asked, number: str
) -> dict[int, list[int]] | None:
    """The holds of each line's replacements; None where not all can be held any more."""
    if not asked.reason.is_complaint or asked.wish is not Wish.EXCHANGE:
        return {}
    found: dict[int, list[int]] = {}
    for part in sorted(bought.parts, key=lambda part: (part.item_id, part.id)):
        units = asked.units.get(part.id, 0)
        if units:
            found[part.id] = await set_aside(
                work,
                customer_id,
                bought.row.show_id,
                part.variant_id,
                units,
                key=number,
                price=Money(part.unit_minor, bought.row.currency),
            )
            if not found[part.id]:
                for hold_id in (one for holds in found.values() for one in holds):
                    await let_go(work, hold_id)
                return None
    return found


async def _write(
    work: Work,
    number: str,
    customer_id: int,
    shaped: Shape,
    asked: Asked,
    verdict: Verdict,
    flags: Sequence[str],
    person: Person,
) -> int:
    bought, form = shaped.chosen, shaped.form
    if bought is None:
        raise LookupError("a form without an order is never sent")
    row = {
        "number": number,
        "customer_id": customer_id,
        "order_id": bought.id,
        "kind": ReturnKind(asked.reason.kind),
        "state": ReturnState.REQUESTED,
        "state_at": work.at,
        "requested_at": work.at,
        "reason": asked.reason.code,
        "condition": form.condition,
        "wish": asked.wish or Wish.REFUND,
        "currency": bought.row.currency,
        "value_minor": value_of(bought, asked.units),
        "verdict": verdict.code,
        "flags": list(flags),
        "comes_back": verdict.comes_back,
        "customer_pays_return": verdict.customer_pays_return,
        "due_at": work.at + work.house.returns.decide_within,
    }
    (return_id,) = await work.tx.insert_ids(returns, [row])
    await _write_history(work, return_id, form, person)
    return return_id


async def _write_history(work: Work, return_id: int, form: Form, person: Person) -> None:
    """That it was asked for, and a line for each photo with its id."""
    told = [("requested", ""), *(("photo", photo) for photo in form.photos)]
    line = {"return_id": return_id, "at": work.at, "state": ReturnState.REQUESTED}
    await work.tx.insert(
        return_events,
        [{**line, "kind": kind, "who": person.name, "why": why} for kind, why in told],
    )


def _swapped(shaped: Shape) -> dict[int, list[int]]:
    """The variants that each line's units are exchanged for, one for each unit."""
    swaps, found = dict(shaped.form.swap), dict[int, list[int]]()
    for unit_id in shaped.unit_ids:
        line, _, count = unit_id.split(".")
        if unit_id in swaps:
            found.setdefault(int(line), []).extend([int(swaps[unit_id][1:])] * int(count))
    return found


async def _write_units(
    work: Work,
    return_id: int,
    bought: Bought,
    asked: Asked,
    verdicts: Mapping[int, Verdict],
    swaps: Mapping[int, list[int]],
    holds: Mapping[int, list[int]],
) -> None:
    rows = []
    for part in bought.parts:
        verdict = verdicts.get(part.id)
        for place, number in enumerate(part.numbers(asked.units.get(part.id, 0))):
            if verdict is not None:
                row = _unit(return_id, part, number, verdict)
                held = holds.get(part.id, ())
                if held:
                    row |= {"swap_variant_id": part.variant_id, "swap_hold_id": held[place]}
                elif part.id in swaps:
                    row["swap_variant_id"] = swaps[part.id][place]
                rows.append(row)
    await work.tx.insert(return_units, rows)


def _unit(return_id: int, part: Part, number: int, verdict: Verdict) -> dict[str, Any]:
    return {
        "return_id": return_id,
        "line_id": part.id,
        "number": number,
        "live": True,
        "reception": Reception.AWAITING if verdict.comes_back else Reception.NOT_NEEDED,
        "acceptance": Acceptance.PENDING,
        "fee_bp": verdict.fee_bp,
        "shipping_rule": verdict.shipping_back,
        "bonus_bp": verdict.bonus_bp,
        "swap_variant_id": None,
        "swap_hold_id": None,
    }


def _acknowledged(
    work: Work, number: str, bought: Bought, asked: Asked, verdict: Verdict
) -> Answer:
    say, complaint = work.house.wording.say, asked.reason.is_complaint
    units = [
        say("returns.unit_option", count=asked.units[part.id], item=part.label)
        for part in bought.parts
        if part.id in asked.units
    ]
    text = say(
        "returns.acknowledged",
        number=number,
        units=say("returns.listed", things=units),
        order=str(bought.number),
        complaint=complaint,
        replaced=complaint and asked.wish is Wish.EXCHANGE,
        automatic=verdict.automatic,
        comes_back=verdict.comes_back,
        until=shown_time(work, work.at + work.house.returns.decide_within),
    )
    return Answer(text=text)
