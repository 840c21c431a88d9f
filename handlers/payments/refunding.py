"""Money that goes back: asked for once by whoever owes it, then carried out like a payment.

    wanted = await refund(work, payment_id, Money(4800, "EUR"), "return:17:1")

Asked again with the same key it is the same refund; one that failed is tried anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from handlers.capability import Follower
from handlers.events import Event, ExceptionDecided, RefundSettled
from handlers.exceptions.opening import close_exceptions, open_exception
from handlers.money import Money
from handlers.orders.moving import lock_order
from handlers.orders.reaching import name_of
from handlers.payments.keeping import lock_payment
from handlers.payments.telling import number_of_order, sum_of, tell
from handlers.work import Work
from storage.order_states import PaymentState, PaymentWay
from storage.schema import orders, refunds
from storage.schema.refunds import RefundStep

__all__ = ["BY_HAND", "RETURNS", "Refunding", "change_refund", "failed", "paid_back", "refund"]

_refund = refunds.payment_refunds.c
#: What the keys of refunds for returns begin with.
RETURNS = "return:"
_BY_HAND, _FAILED = "payment_refund_by_hand", "payment_refund_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunding:
    """A refund as it stands; `by_hand` where a person of the team pays it."""

    id: int
    state: RefundStep
    by_hand: bool


async def refund(work: Work, payment_id: int, amount: Money, key: str) -> Refunding:
    """Pay `amount` of a payment back, for the reason that `key` names.

    Raises `ValueError` for more than is left of it, for another sum under a known key, and for a
    payment that was never paid.
    """
    payment = await lock_payment(work, payment_id)
    if payment is None or payment.state not in (PaymentState.PAID, PaymentState.DISPUTED):
        raise ValueError(f"payment {payment_id} was not paid, so nothing goes back")
    by_hand = payment.way != PaymentWay.STRIPE or payment.charge is None
    known = await _known(work, key)
    if known is not None:
        same = (payment_id, amount.minor, amount.currency)
        if (known.payment_id, known.amount_minor, known.currency) != same:
            raise ValueError(f"{key} was another refund: {known.amount_minor} {known.currency}")
        if known.state != RefundStep.FAILED:
            return Refunding(id=known.id, state=RefundStep(known.state), by_hand=by_hand)
    await _enough(work, payment, amount)
    due_at = None if by_hand else work.at
    if known is not None:
        refund_id = known.id
        again = {"state": RefundStep.PREPARED, "tries": known.tries + 1, "error": ""}
        await change_refund(work, refund_id, **again, due_at=due_at, attempts=0, reference=None)
    else:
        fresh = {"payment_id": payment_id, "key": key, "state": RefundStep.PREPARED}
        fresh |= {"amount_minor": amount.minor, "currency": amount.currency}
        fresh |= {"prepared_at": work.at, "due_at": due_at}
        (refund_id,) = await work.tx.insert_ids(refunds.payment_refunds, [fresh])
    if by_hand:
        await _ask(work, _BY_HAND, refund_id, payment, amount)
    return Refunding(id=refund_id, state=RefundStep.PREPARED, by_hand=by_hand)


async def _decided(work: Work, events: Sequence[Event]) -> None:
    """Whoever settles that something is to be paid back by hand has paid it back."""
    for event in events:
        if not isinstance(event, ExceptionDecided) or event.kind != _BY_HAND or not event.who:
            continue
        row = await _known(work, event.subject)
        if row is not None and row.state == RefundStep.PREPARED:
            await change_refund(work, row.id, marked_by=event.who)
            await paid_back(work, row)


async def paid_back(work: Work, row: Any, *, reference: str | None = None) -> None:
    """A refund went through; its customer hears of it."""
    mine = {"state": RefundStep.PAID, "due_at": None, "settled_at": work.at, "error": ""}
    await change_refund(
        work, row.id, **mine, uncertain_at=None, reference=reference or row.reference
    )
    paid = await work.tx.scalar(
        select(func.coalesce(func.sum(_refund.amount_minor), 0)).where(
            _refund.payment_id == row.payment_id, _refund.state == RefundStep.PAID
        )
    )
    payment = orders.payments.c
    # A webhook may have told the sum before the answer to our own request came.
    await work.tx.run(
        update(orders.payments)
        .where(payment.id == row.payment_id, payment.refunded_minor < paid)
        .values(refunded_minor=paid)
    )
    for kind in (_BY_HAND, _FAILED):
        outcome = work.house.wording.say("payments.refund_settled")
        await close_exceptions(work, kind, row.key, outcome=outcome)
    order = await _settled(work, row, RefundStep.PAID)
    if row.key.startswith(RETURNS):
        # Its customer hears of a return as a whole, and once.
        return
    amount = sum_of(work, row.amount_minor, row.currency)
    await tell(work, order, "payments.refunded", amount=amount)


async def failed(work: Work, row: Any, why: str) -> None:
    """A refund did not go through, or came back: a person sees to it, and may try it again."""
    await change_refund(
        work,
        row.id,
        state=RefundStep.FAILED,
        error=why[:200],
        due_at=None,
        uncertain_at=None,
        settled_at=work.at,
    )
    payment = await lock_payment(work, row.payment_id)
    if row.state == RefundStep.PAID:
        left = max(0, payment.refunded_minor - row.amount_minor)
        await work.tx.run(
            update(orders.payments)
            .where(orders.payments.c.id == payment.id)
            .values(refunded_minor=left)
        )
    order = await _settled(work, row, RefundStep.FAILED)
    amount = sum_of(work, row.amount_minor, row.currency)
    await tell(work, order, "told.payment_refund_failed", amount=amount)
    await _ask(work, _FAILED, row.id, payment, Money(row.amount_minor, row.currency), why=why)


async def change_refund(work: Work, refund_id: int, **values: Any) -> None:
    """Write `values` onto a refund."""
    await work.tx.run(
        update(refunds.payment_refunds).where(_refund.id == refund_id).values(**values)
    )


async def _known(work: Work, key: str) -> Any:
    return await work.tx.first(
        select(refunds.payment_refunds).where(_refund.key == key).with_for_update()
    )


async def _enough(work: Work, payment: Any, amount: Money) -> None:
    """Raise `ValueError` where less than `amount` is left, with all that is on its way."""
    promised = await work.tx.scalar(
        select(func.coalesce(func.sum(_refund.amount_minor), 0)).where(
            _refund.payment_id == payment.id, _refund.state != RefundStep.FAILED
        )
    )
    left = payment.received_minor - max(promised, payment.refunded_minor)
    if amount.currency != payment.received_currency or not 0 < amount.minor <= left:
        raise ValueError(f"{left} {payment.received_currency} are left to pay back, not {amount}")


async def _settled(work: Work, row: Any, state: RefundStep) -> Any:
    payment = await lock_payment(work, row.payment_id)
    work.emit(
        RefundSettled(
            refund_id=row.id,
            payment_id=row.payment_id,
            order_id=payment.order_id,
            key=row.key,
            state=state.value,
            minor=row.amount_minor,
            currency=row.currency,
        )
    )
    return await lock_order(work, payment.order_id)


async def _ask(
    work: Work, kind: str, refund_id: int, payment: Any, amount: Money, *, why: str = ""
) -> None:
    """Ask support to see to a refund; the exception is about its key."""
    row = await work.tx.first(select(_refund.key).where(_refund.id == refund_id))
    order = await lock_order(work, payment.order_id)
    name = await name_of(work, order.customer_id)
    values = {
        "order": number_of_order(order),
        "name": name.split()[0] if name.split() else name,
        "amount": amount.shown(work.house.locale),
        "number": refund_id,
    }
    if why:
        values["why"] = why
    subject = "" if row is None else row.key
    await open_exception(work, kind, subject=subject, owner_role="support", values=values)


BY_HAND = Follower(name="payments.by_hand", events=(ExceptionDecided,), run=_decided, required=True)
