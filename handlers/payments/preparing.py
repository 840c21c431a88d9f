"""A payment begins: a row of its own, committed before anybody outside is asked for anything.

    answer = await prepare(work, order_id, PaymentWay.STRIPE, press)

What the outside is asked for is written down whole with its key, so that it is the same request
however often it is sent, and by whichever process.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from handlers.claims.holds import stretch
from handlers.messages import Address, Answer, Command, FormSubmit, Press, Reach
from handlers.money import Money
from handlers.orders.moving import lock_order
from handlers.orders.numbers import OrderNumber
from handlers.orders.settling import due_of
from handlers.payments.keeping import (
    change,
    live_payment,
    lock_payment,
    lock_units,
    units_held_until,
)
from handlers.payments.telling import open_answer
from handlers.payments.withdrawing import withdraw
from handlers.work import Work
from storage.order_states import OrderState, PaymentState, PaymentWay
from storage.repositories.installation import salt
from storage.schema import orders

__all__ = ["new_payment", "prepare"]

#: A token that answers a press lives so long.
_TOKEN_LIFE = timedelta(minutes=14)
#: A payment page ends so long before the hold: what was paid on it in its last second is found by
#: a look before the units go to anybody else.
_LAST_LOOK = timedelta(minutes=2)
_payment = orders.payments.c


async def prepare(
    work: Work, order_id: int, way: PaymentWay, act: Press | Command | FormSubmit
) -> Answer:
    """Begin to pay a priced order that awaits payment; returns what to say for now.

    The same way for the same sum again is the same payment; another one ends what was begun.
    """
    say = work.house.wording.say
    await lock_units(work, order_id)
    row = await lock_order(work, order_id)
    due = await due_of(work, order_id)
    if row is None or row.state != OrderState.AWAITING_PAYMENT or due is None or not due.minor:
        return Answer(text=say("payments.nothing_due"))
    before = await live_payment(work, order_id)
    if before is not None:
        same = before.way == way and before.amount_minor == due.minor
        if same and before.currency == due.currency:
            await _answer_here(work, before, act)
            return await open_answer(work, before, row)
        await withdraw(work, before)
    payment_id = await new_payment(work, row, way, due, named=act.key)
    payment = await lock_payment(work, payment_id)
    await _answer_here(work, payment, act)
    work.record(act.person, "payment.prepare", _number(row), values={"way": way.value})
    return await open_answer(work, payment, row)


async def new_payment(work: Work, row: Any, way: PaymentWay, due: Money, *, named: str) -> int:
    """A payment of a locked order; `named` makes its key its own. Returns its id."""
    until, stretched = await _hold(work, row.id)
    stripe = way is PaymentWay.STRIPE
    page_ends = None if until is None else until - (_LAST_LOOK if stripe else timedelta())
    (payment_id,) = await work.tx.insert_ids(
        orders.payments,
        [
            {
                "order_id": row.id,
                "way": way,
                "state": PaymentState.PREPARED if stripe else PaymentState.OPEN,
                "idempotency_key": await _key(work, row, named),
                "amount_minor": due.minor,
                "currency": due.currency,
                "prepared_at": work.at,
                "expires_at": page_ends,
                "poll_due": work.at if stripe else None,
                "request": {
                    "order": _number(row),
                    "lines": await _lines(work, row, due) if stripe else [],
                    "until": None if page_ends is None else page_ends.isoformat(),
                    "stretched": stretched,
                },
            }
        ],
    )
    return payment_id


async def _hold(work: Work, order_id: int) -> tuple[datetime | None, bool]:
    """Until when its units are held, once they are held long enough to pay: that is done once."""
    earlier = await work.tx.all(
        select(_payment.request).where(_payment.order_id == order_id, _payment.request.is_not(None))
    )
    stretched = any(one.request and one.request.get("stretched") for one in earlier)
    holds = await units_held_until(work, order_id)
    enough = work.at + work.house.payments.hold
    ends = [one.expires_at for one in holds if one.expires_at is not None]
    if ends and min(ends) < enough and not stretched:
        await stretch(work, [one.id for one in holds], enough)
        return max(min(ends), enough), True
    return (min(ends) if ends else None), stretched


async def _lines(work: Work, row: Any, due: Money) -> list[list[Any]]:
    """What its page lists; nothing where the parts are not what is due, and it is one line."""
    line = orders.order_lines.c
    rows = await work.tx.all(
        select(line.title, line.variant, line.quantity, line.total_minor)
        .where(line.order_id == row.id, line.ended_at.is_(None), line.total_minor > 0)
        .order_by(line.id)
    )
    listed: list[list[Any]] = []
    for one in rows:
        title = f"{one.title} ({one.variant})" if one.variant else one.title
        listed.append([f"{one.quantity} × {title}", one.total_minor])
    if row.shipping_minor and sum(minor for _, minor in listed) < due.minor:
        shipping = work.house.wording.say("payments.shipping_line")
        listed.append([str(shipping), due.minor - sum(minor for _, minor in listed)])
    return listed if sum(minor for _, minor in listed) == due.minor else []


async def _key(work: Work, row: Any, named: str) -> str:
    """A name for the payment that no other installation uses at the same provider."""
    count = await work.tx.scalar(select(func.count()).where(_payment.order_id == row.id))
    told = f"{await salt(work.tx)}|{row.id}|{count}|{named}"
    return f"{_number(row)}-{hashlib.sha256(told.encode()).hexdigest()[:20]}"


async def _answer_here(work: Work, payment: Any, act: Press | Command | FormSubmit) -> None:
    """Remember where the link is waited for, as long as it can be said there."""
    if payment.state != PaymentState.PREPARED or not act.reply_to:
        return
    to = Address(act.person.platform, Reach.REPLY, act.reply_to)
    await change(work, payment.id, reply_to=str(to), reply_until=act.sent_at + _TOKEN_LIFE)


def _number(row: Any) -> str:
    return str(OrderNumber(row.show_id, row.serial))
