"""Finds the payment that another shop system means when it names the order alone."""

from typing import Any

from sqlalchemy import select

from handlers.orders.moving import lock_order
from handlers.orders.numbers import OrderNumber
from handlers.orders.settling import check_out, due_of
from handlers.orders.states import UNPAID
from handlers.payments.keeping import live_payment, lock_payment, lock_units
from handlers.payments.model import Notice, NoticeKind
from handlers.payments.preparing import new_payment
from handlers.payments.withdrawing import withdraw
from handlers.work import Work
from storage.order_states import OrderState, PaymentState, PaymentWay
from storage.schema import orders

__all__ = ["placed"]

_TAKEN = (PaymentState.PAID, PaymentState.DISPUTED)

_order, _payment = orders.orders.c, orders.payments.c


async def placed(work: Work, order: str, notice: Notice) -> Any:
    """The payment by hook of the order with this number; None where there is no such order.

    The newest of its kind, or a new one where money came that nobody began to pay here: also where
    it was paid before, for another event of the same order is other money.
    """
    number = OrderNumber.parse(order)
    if number is None:
        return None
    order_id = await work.tx.scalar(
        select(_order.id).where(_order.show_id == number.show, _order.serial == number.serial)
    )
    if order_id is None:
        return None
    newest = (
        select(orders.payments)
        .where(_payment.order_id == order_id, _payment.way == PaymentWay.HOOK)
        .order_by(_payment.id.desc())
        .limit(1)
    )
    found = await work.tx.first(newest)
    if notice.kind is not NoticeKind.PAID or notice.amount is None:
        return found
    if found is not None and found.state not in _TAKEN:
        return found
    await lock_units(work, order_id)
    row = await lock_order(work, order_id)
    due = await due_of(work, order_id)
    if row.state == OrderState.OPEN or (row.state in UNPAID and row.priced_at is None):
        due = await check_out(work, order_id, who="the shop system")
    other = await live_payment(work, order_id)
    if other is not None:
        await withdraw(work, other)
    row = await lock_order(work, order_id)
    asked = due or notice.amount
    payment_id = await new_payment(work, row, PaymentWay.HOOK, asked, named=notice.key)
    return await lock_payment(work, payment_id)
