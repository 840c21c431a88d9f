"""What came of asking a payment way: the answers of the desk, as they enter the books.

Nothing here asks anybody. An answer may come twice, or after the payment has moved on.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text, update

from handlers.capability import Deadline
from handlers.messages import Address, Webhook
from handlers.orders.gating import look_over
from handlers.orders.moving import lock_order
from handlers.payments.keeping import change, lock_payment
from handlers.payments.refunding import change_refund, failed, paid_back
from handlers.payments.taking import lock_payment_with_units, tell_again
from handlers.payments.telling import link_text, pay_button, tell
from handlers.payments.trouble import NAMES, uncertain, well
from handlers.team.alerts import raise_alert
from handlers.work import Work
from storage.order_states import PaymentState, PaymentWay
from storage.schema import orders, refunds
from storage.schema.refunds import RefundStep

__all__ = ["TOKENS", "payment_answered", "refund_answered"]

_payment, _refund = orders.payments.c, refunds.payment_refunds.c
_WAITS, _LONGEST_WAIT = timedelta(seconds=4), timedelta(minutes=5)
_LONGEST_LOOK = timedelta(hours=1)
#: What a way refuses without ending the payment is asked again after so long.
_REFUSED_WAIT = timedelta(minutes=10)


async def payment_answered(work: Work, told: Webhook) -> None:
    """The answer about a payment: `opened`, `answered`, `uncertain`, `refused` or `moot`."""
    body = told.body
    row = await lock_payment_with_units(work, int(body["payment"]))
    way = PaymentWay(row.way)
    match body["result"]:
        case "opened":
            await _opened(work, row, body)
            await well(work, way)
        case "answered":
            await change(work, row.id, attempts=0, uncertain_at=None)
            await well(work, way)
        case "uncertain":
            when = _again(work, row.attempts, float(body["after"]))
            count = row.attempts + 1
            await change(work, row.id, attempts=count, uncertain_at=work.at, poll_due=when)
            await uncertain(work, way, str(body["why"]))
        case "refused":
            await _refused(work, row, str(body["why"]))
        case "moot" if row.state == PaymentState.PREPARED:
            await change(work, row.id, state=PaymentState.CANCELLED, poll_due=None, reply_to=None)


def _again(work: Work, attempts: int, after: float) -> datetime:
    """When to ask again: twice as long each time, and not before it was said to be welcome."""
    wait = min(_LONGEST_WAIT, _WAITS * float(2 ** min(attempts, 10)))
    return work.at + max(wait, timedelta(seconds=after))


async def _opened(work: Work, row: Any, body: Mapping[str, Any]) -> None:
    """A page was made. Its link is said only while it may be paid there."""
    state = PaymentState(row.state)
    known: dict[str, Any] = {"reference": body["reference"], "attempts": 0, "uncertain_at": None}
    if state is PaymentState.PREPARED:
        rules = work.house.payments.rules
        known |= {"state": PaymentState.OPEN, "url": body["url"], "error": ""}
        known |= {"expires_at": datetime.fromisoformat(body["until"])}
        known |= {"poll_due": work.at + timedelta(seconds=rules.poll_seconds)}
    elif state is PaymentState.CANCELLED:
        # Withdrawn while it was being made: nobody knows the link, and the page is ended.
        known |= {"poll_due": work.at}
    await change(work, row.id, **known, reply_to=None, reply_until=None)
    if state is PaymentState.PREPARED:
        await _say_link(work, row, datetime.fromisoformat(body["wall"]))
    await tell_again(work, row.id)


async def _say_link(work: Work, before: Any, wall: datetime) -> None:
    """Under the press while it can be said there, else where its customer likes to be told."""
    row = await lock_payment(work, before.id)
    order = await lock_order(work, row.order_id)
    if before.reply_to is not None and before.reply_until > work.at:
        said = {"text": link_text(work, row, order), "private": True}
        left = before.reply_until - work.at
        work.say(Address.parse(before.reply_to), "answer", said, expires_at=wall + left)
        return
    await tell(work, order, "payments.ready", buttons=(pay_button(work, row.id),))


async def _refused(work: Work, row: Any, why: str) -> None:
    """The way will not: no page could be made, or one cannot be looked at."""
    way = PaymentWay(row.way)
    told = {"provider": NAMES[way], "why": why}
    await raise_alert(work, key=f"payments.refused:{why}", kind="payments.refused", values=told)
    if row.state == PaymentState.PREPARED:
        await change(
            work,
            row.id,
            state=PaymentState.DECLINED,
            error=why[:200],
            poll_due=None,
            uncertain_at=None,
            settled_at=work.at,
            reply_to=None,
            reply_until=None,
        )
        await look_over(work, [row.order_id])
    elif row.state == PaymentState.OPEN:
        await change(work, row.id, poll_due=work.at + _REFUSED_WAIT)
    else:
        await change(work, row.id, poll_due=None)


async def refund_answered(work: Work, told: Webhook) -> None:
    """The answer about a refund: `pending`, `paid`, `failed`, `uncertain` or `refused`."""
    body = told.body
    payment_id = await work.tx.scalar(
        select(_refund.payment_id).where(_refund.id == int(body["refund"]))
    )
    payment = await lock_payment_with_units(work, payment_id)
    row = await work.tx.first(
        select(refunds.payment_refunds)
        .where(_refund.id == int(body["refund"]), _refund.tries == int(body["tries"]))
        .with_for_update()
    )
    if row is None or row.state not in (RefundStep.PREPARED, RefundStep.PENDING):
        return
    way, result = PaymentWay(payment.way), body["result"]
    if result == "uncertain":
        when = _again(work, row.attempts, float(body["after"]))
        count = row.attempts + 1
        await change_refund(work, row.id, attempts=count, uncertain_at=work.at, due_at=when)
        await uncertain(work, way, str(body["why"]))
        return
    await well(work, way)
    if result == "paid":
        await paid_back(work, row, reference=str(body["reference"]))
    elif result == "pending":
        known = {"state": RefundStep.PENDING, "reference": body["reference"]}
        # Banks take days over some: it is looked at less and less often, and a webhook is faster.
        first = timedelta(seconds=work.house.payments.rules.poll_seconds)
        looks = row.attempts if row.state == RefundStep.PENDING else 0
        due = work.at + min(_LONGEST_LOOK, first * 2 ** min(looks, 10))
        known |= {"due_at": due, "attempts": looks + 1}
        await change_refund(work, row.id, **known, uncertain_at=None)
        if row.state == RefundStep.PREPARED:
            await tell_again(work, payment_id)
    else:
        reference = body.get("reference") or row.reference
        await change_refund(work, row.id, reference=reference)
        await failed(work, row, str(body["why"]))


async def _forget_tokens(work: Work, due: datetime) -> None:
    """Cut the tokens of presses whose answers could not be said there any more."""
    await work.tx.run(
        update(orders.payments)
        .where(_payment.reply_until <= due, text("payments.reply_until IS NOT NULL"))
        .values(reply_to=None, reply_until=None)
    )


TOKENS = Deadline(
    name="payments.tokens",
    due=select(func.min(_payment.reply_until)).where(text("payments.reply_until IS NOT NULL")),
    run=_forget_tokens,
)
