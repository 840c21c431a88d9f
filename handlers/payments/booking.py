"""Money that came: onto its payment, and from there to the order, which becomes paid."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from handlers.claims.holds import stretch
from handlers.events import OrderPaid, OrderShort
from handlers.money import Money
from handlers.orders.moving import lock_order
from handlers.orders.records import load_stored
from handlers.orders.settling import Received, check_out, due_of, receive
from handlers.orders.states import UNPAID
from handlers.orders.undoing import standing_holds
from handlers.payments.keeping import (
    change,
    live_payment,
    lock_payment,
    lock_units,
    units_held_until,
)
from handlers.payments.preparing import new_payment
from handlers.payments.telling import number_of_order, sum_of, tell
from handlers.payments.withdrawing import withdraw
from handlers.people import Person
from handlers.work import Work
from storage.order_states import OrderState, PaymentState, PaymentWay
from storage.schema import orders

__all__ = ["book", "mark_paid"]

#: A person decides about money that is not what was asked for; until then nothing is let go.
_TO_DECIDE = timedelta(hours=24)
_NAMES = {PaymentWay.STRIPE: "Stripe", PaymentWay.HOOK: "the shop system"}


async def mark_paid(
    work: Work, order_id: int, who: Person, amount: Money | None = None
) -> Received | None:
    """The team says that an order was paid, by transfer or in cash: `amount`, or what was due.

    None where there is no such order or nothing of it is due.
    """
    await lock_units(work, order_id)
    row = await lock_order(work, order_id)
    if row is None:
        return None
    due = await due_of(work, order_id)
    if row.state == OrderState.OPEN or (row.state in UNPAID and row.priced_at is None):
        due = await check_out(work, order_id, who=who.name)
    if due is None or not (amount or due).minor:
        return None
    row = await lock_order(work, order_id)
    payment = await live_payment(work, order_id)
    if payment is not None and payment.way != PaymentWay.MANUAL:
        await withdraw(work, payment)
        payment = None
    if payment is None:
        named = f"{who.platform}|{who.id}|{work.at.isoformat()}"
        payment_id = await new_payment(work, row, PaymentWay.MANUAL, due, named=named)
        payment = await lock_payment(work, payment_id)
    (stored,) = await load_stored(work, [order_id])
    holds = await standing_holds(work, stored)
    money = amount or due
    received = await book(work, payment, money, at=work.at, who=who.name)
    await change(work, payment.id, marked_by=who.name)
    after = await lock_order(work, order_id)
    undo = {"order": order_id, "payment": payment.id, "minor": money.minor, "holds": holds}
    undo |= {"state": after.state, "received": after.received_minor}
    # What ended before it was paid was taken anew: that cannot be held as it was.
    waited = row.state in UNPAID and received is not None
    work.record(
        who,
        "order.paid",
        number_of_order(row),
        values={"amount": sum_of(work, money.minor, money.currency)},
        undo=undo if waited else None,
    )
    return received


async def book(
    work: Work, payment: Any, money: Money, *, at: datetime, charge: str = "", who: str = ""
) -> Received | None:
    """Book `money` on a payment whose units and order are locked, and settle its order."""
    await change(
        work,
        payment.id,
        state=PaymentState.PAID,
        received_minor=money.minor,
        received_currency=money.currency,
        charge=charge or payment.charge,
        settled_at=at,
        poll_due=None,
        uncertain_at=None,
        url=None,
        reply_to=None,
        reply_until=None,
    )
    before = await lock_order(work, payment.order_id)
    way = PaymentWay(payment.way)
    received = await receive(work, payment.order_id, money, who=who or _NAMES.get(way, way.value))
    if received is None:
        return None
    if received.state in UNPAID:
        # Too little, or another currency: its units stay until somebody has decided.
        holds = await units_held_until(work, payment.order_id)
        await stretch(work, [one.id for one in holds], work.at + _TO_DECIDE)
    elif received.state == OrderState.PAID and before.state != OrderState.PAID:
        await _paid(work, before, way, money, received)
    return received


async def _paid(work: Work, order: Any, way: PaymentWay, money: Money, received: Received) -> None:
    """What follows once an order is paid in full."""
    other = await live_payment(work, order.id)
    if other is not None:
        await withdraw(work, other)
    work.emit(
        OrderPaid(
            order_id=order.id,
            customer_id=order.customer_id,
            number=number_of_order(order),
            way=way.value,
            minor=money.minor,
            currency=money.currency,
            short=received.short_units,
        )
    )
    if received.short_units:
        work.emit(
            OrderShort(
                order_id=order.id,
                customer_id=order.customer_id,
                number=number_of_order(order),
                units=received.short_units,
            )
        )
    else:
        # The gate tells of what is short, in other words.
        total = await work.tx.scalar(
            select(orders.orders.c.total_minor).where(orders.orders.c.id == order.id)
        )
        await tell(work, order, "payments.paid", amount=sum_of(work, total, order.currency))
