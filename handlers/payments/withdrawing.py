"""A payment that was begun is not wanted any more: another way was chosen, or it was paid."""

from typing import Any

from handlers.payments.keeping import change, live_payment
from handlers.work import Work
from storage.order_states import PaymentState, PaymentWay

__all__ = ["withdraw", "withdraw_open"]


async def withdraw(work: Work, payment: Any) -> None:
    """End a locked payment here; its page, if there is one, is ended at the provider next.

    Somebody may be paying at this very moment: then the money still counts.
    """
    asked = payment.way == PaymentWay.STRIPE and payment.reference is not None
    await change(
        work,
        payment.id,
        state=PaymentState.CANCELLED,
        poll_due=work.at if asked else None,
        url=None,
        reply_to=None,
        reply_until=None,
    )


async def withdraw_open(work: Work, order_id: int) -> bool:
    """End what was begun to pay an order, because it changes; false where nothing was."""
    payment = await live_payment(work, order_id)
    if payment is None:
        return False
    await withdraw(work, payment)
    return True
