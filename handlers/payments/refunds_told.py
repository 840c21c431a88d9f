"""What payment ways tell of money that went back: all of it so far, or one refund that failed."""

from typing import Any

from sqlalchemy import func, select

from handlers.orders.gating import look_over
from handlers.payments.keeping import change
from handlers.payments.model import Notice
from handlers.payments.refunding import failed, paid_back
from handlers.work import Work
from storage.schema import refunds
from storage.schema.refunds import RefundStep

__all__ = ["refund_came_back", "refunded"]

_refund = refunds.payment_refunds.c


async def refunded(work: Work, payment: Any, notice: Notice) -> None:
    """So much of it went back in all; refunds of ours that were on their way are through by it."""
    total = 0 if notice.amount is None else notice.amount.minor
    if notice.amount is None or notice.amount.currency != payment.received_currency:
        return
    total = min(total, payment.received_minor)
    if total > payment.refunded_minor:
        await change(work, payment.id, refunded_minor=total)
        # Somebody else may have paid it back: then what is still here must not leave.
        await look_over(work, [payment.order_id])
    through = await work.tx.scalar(
        select(func.coalesce(func.sum(_refund.amount_minor), 0)).where(
            _refund.payment_id == payment.id, _refund.state == RefundStep.PAID
        )
    )
    for row in await _of(work, payment, RefundStep.PENDING):
        if through + row.amount_minor > total:
            return
        through += row.amount_minor
        await paid_back(work, row)


async def refund_came_back(work: Work, payment: Any, notice: Notice) -> None:
    """A refund failed after all."""
    row = await work.tx.first(
        select(refunds.payment_refunds)
        .where(_refund.payment_id == payment.id, _refund.reference == notice.refund)
        .with_for_update()
    )
    if row is not None and row.state != RefundStep.FAILED:
        await failed(work, row, notice.why)


async def _of(work: Work, payment: Any, state: RefundStep) -> Any:
    return await work.tx.all(
        select(refunds.payment_refunds)
        .where(_refund.payment_id == payment.id, _refund.state == state)
        .order_by(_refund.id)
        .with_for_update()
    )
