"""Takes in what payment ways tell: each event once, however often, late or out of order it comes.

What comes before the payment is known, or before the notice that it builds on, is kept and told
again then.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import or_, select, update

from handlers.exceptions.opening import open_exception
from handlers.messages import Webhook
from handlers.money import Money
from handlers.orders.gating import look_over
from handlers.orders.moving import lock_order
from handlers.orders.states import UNPAID
from handlers.payments.booking import book
from handlers.payments.keeping import (
    change,
    find_payment,
    lock_payment,
    lock_units,
    notice_of,
    notice_values,
)
from handlers.payments.model import Notice, NoticeKind
from handlers.payments.placing import placed
from handlers.payments.refunds_told import refund_came_back, refunded
from handlers.payments.settling import Step, settle
from handlers.payments.telling import number_of_order, tell
from handlers.payments.trouble import well
from handlers.work import Work
from storage.order_states import PaymentState, PaymentWay
from storage.schema import orders
from storage.upsert import upsert

__all__ = ["notice_told", "tell_again"]

_event = orders.payment_events.c


async def notice_told(work: Work, told: Webhook) -> None:
    """A notice of a payment way: `way`, the `notice`, and of another shop system its `order`."""
    way, notice = PaymentWay(told.body["way"]), notice_of(told.body["notice"])
    if not await _note(work, way, notice):
        return
    payment = await find_payment(work.tx, way, notice)
    order = str(told.body.get("order", ""))
    if payment is not None and _other_money(payment, notice):
        # Theirs has one name for both; ours is known by what told of it.
        order = number_of_order(await lock_order(work, payment.order_id))
        notice = replace(notice, payment="", checkout=notice.key)
        payment = None
    if payment is None and order:
        payment = await placed(work, order, notice)
    if payment is None:
        await _unknown(work, way, notice, order)
        return
    await _handle(work, way, notice, payment.id)


def _other_money(payment: Any, notice: Notice) -> bool:
    """Whether a payment that was taken is told of with another sum: never to be passed over."""
    taken = payment.state in (PaymentState.PAID, PaymentState.DISPUTED)
    if notice.kind is not NoticeKind.PAID or notice.amount is None or not taken:
        return False
    before = Money(payment.received_minor, payment.received_currency)
    return payment.way == PaymentWay.HOOK and notice.amount != before


async def tell_again(work: Work, payment_id: int) -> None:
    """Handle what was told of a payment before it could be."""
    payment = await lock_payment(work, payment_id)
    names = [payment.idempotency_key, payment.reference, payment.charge]
    kept = await work.tx.all(
        select(orders.payment_events)
        .where(
            _event.way == payment.way,
            _event.handled_at.is_(None),
            or_(
                _event.payment_id == payment_id,
                _event.reference.in_([name for name in names if name]),
            ),
        )
        .order_by(_event.occurred_at, _event.event_id)
    )
    for row in kept:
        await _handle(work, PaymentWay(row.way), notice_of(row.notice), payment_id)


async def _note(work: Work, way: PaymentWay, notice: Notice) -> bool:
    """Write the event down; false where it was handled before."""
    row = {
        "way": way,
        "event_id": notice.key,
        "kind": notice.kind.value,
        "reference": notice.payment or notice.charge or notice.checkout,
        "occurred_at": notice.at,
        "received_at": work.at,
        "notice": notice_values(notice),
    }
    await work.tx.run(upsert(work.tx, orders.payment_events).values(**row).on_conflict_do_nothing())
    handled = await work.tx.first(
        select(_event.handled_at)
        .where(_event.way == way, _event.event_id == notice.key)
        .with_for_update()
    )
    return handled is None or handled.handled_at is None


async def _handle(work: Work, way: PaymentWay, notice: Notice, payment_id: int) -> None:
    known = await lock_payment_with_units(work, payment_id)
    step = settle(PaymentState(known.state), notice)
    mine = (_event.way == way) & (_event.event_id == notice.key)
    if step is Step.WAIT:
        values: dict[str, Any] = {"payment_id": payment_id}
    else:
        # What is handled needs no telling again; who may have paid is not kept twice.
        values = {"payment_id": payment_id, "handled_at": work.at, "notice": None}
    await work.tx.run(update(orders.payment_events).where(mine).values(**values))
    carry_out = _CARRIED_OUT.get(step)
    if carry_out is not None:
        await carry_out(work, known, notice)
    if way is PaymentWay.STRIPE:
        await well(work, way)
    if step is Step.BOOK:
        await tell_again(work, payment_id)


async def lock_payment_with_units(work: Work, payment_id: int) -> Any:
    """A payment with its units and its order, locked in the order in which holds end."""
    order_id = await work.tx.scalar(
        select(orders.payments.c.order_id).where(orders.payments.c.id == payment_id)
    )
    await lock_units(work, order_id)
    await lock_order(work, order_id)
    return await lock_payment(work, payment_id)


async def _unknown(work: Work, way: PaymentWay, notice: Notice, order: str) -> None:
    """Money for an order that is not ours to know: of a system that tells us alone, a person looks.

    Stripe tells every system of one account everything; there it is most likely another's.
    """
    if way is PaymentWay.HOOK and notice.kind is NoticeKind.PAID and notice.amount is not None:
        amount = notice.amount.shown(work.house.locale)
        await open_exception(
            work,
            "payment_unplaced",
            subject=notice.key[:80],
            owner_role="support",
            values={"order": order or notice.payment, "amount": amount},
        )


# --- what follows, step by step -------------------------------------------------------------------


async def _book(work: Work, payment: Any, notice: Notice) -> None:
    if notice.checkout and payment.reference is None:
        await change(work, payment.id, reference=notice.checkout)
    money = notice.amount or Money(0, payment.currency)
    await book(work, payment, money, at=notice.at, charge=notice.charge)


async def _look(work: Work, payment: Any, notice: Notice) -> None:
    await change(work, payment.id, poll_due=work.at)


async def _tried(work: Work, payment: Any, notice: Notice) -> None:
    await change(work, payment.id, error=notice.why[:200] or "declined")


async def _decline(work: Work, payment: Any, notice: Notice) -> None:
    await _end(work, payment, PaymentState.DECLINED, notice.why[:200] or payment.error)
    await look_over(work, [payment.order_id])


async def _expire(work: Work, payment: Any, notice: Notice) -> None:
    # Nobody got through with a card: that is worth a look, not only a new page.
    if payment.error:
        await _decline(work, payment, notice)
        return
    await _end(work, payment, PaymentState.EXPIRED, "")
    order = await lock_order(work, payment.order_id)
    if order.state in UNPAID:
        await tell(work, order, "payments.expired")


async def _end(work: Work, payment: Any, state: PaymentState, error: str) -> None:
    await change(
        work,
        payment.id,
        state=state,
        settled_at=work.at,
        poll_due=None,
        uncertain_at=None,
        url=None,
        error=error,
        reply_to=None,
        reply_until=None,
    )


async def _dispute(work: Work, payment: Any, notice: Notice) -> None:
    await change(work, payment.id, state=PaymentState.DISPUTED, error=notice.why[:200])
    await look_over(work, [payment.order_id])


Carried = Callable[[Work, Any, Notice], Awaitable[None]]
_CARRIED_OUT: Mapping[Step, Carried] = MappingProxyType(
    {
        Step.BOOK: _book,
        Step.LOOK: _look,
        Step.TRIED: _tried,
        Step.DECLINE: _decline,
        Step.EXPIRE: _expire,
        Step.DISPUTE: _dispute,
        Step.REFUND: refunded,
        Step.REFUND_FAILED: refund_came_back,
    }
)
