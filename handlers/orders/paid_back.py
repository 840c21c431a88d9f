"""What of an order's money goes back, or has gone."""

from sqlalchemy import func, select

from handlers.work import Work
from storage.schema import orders
from storage.schema.refunds import RefundStep, payment_refunds

__all__ = ["goes_back"]


async def goes_back(work: Work, order_id: int) -> int:
    """Minor units of an order's payments that were asked back, paid or on their way."""
    refund, payment = payment_refunds.c, orders.payments.c
    asked = await work.tx.scalar(
        select(func.coalesce(func.sum(refund.amount_minor), 0))
        .join(orders.payments, payment.id == refund.payment_id)
        .where(payment.order_id == order_id, refund.state != RefundStep.FAILED)
    )
    return int(asked or 0)
