"""What a notice of a payment way means for the payment that it is about: a pure decision.

Notices may come twice, late or out of order. Money that was taken always counts, whatever was told
before it; what ended a payment counts only while nothing was paid.
"""

from enum import StrEnum

from handlers.payments.model import Notice, NoticeKind
from storage.order_states import PaymentState

__all__ = ["LIVE", "Step", "settle"]

#: Somebody may still pay.
LIVE = frozenset({PaymentState.PREPARED, PaymentState.OPEN})
_TAKEN = frozenset({PaymentState.PAID, PaymentState.DISPUTED})


class Step(StrEnum):
    """What follows from a notice.

    `LOOK` asks the way for what the notice does not say. `TRIED` is a card that was refused while
    its customer may still take another. `WAIT` keeps the notice until the one before it comes.
    """

    BOOK = "book"
    LOOK = "look"
    TRIED = "tried"
    DECLINE = "decline"
    EXPIRE = "expire"
    DISPUTE = "dispute"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    WAIT = "wait"
    NOTHING = "nothing"


def settle(state: PaymentState, notice: Notice) -> Step:
    """What follows from `notice` for a payment in `state`."""
    taken = state in _TAKEN
    match notice.kind:
        case NoticeKind.PAID if taken:
            return Step.NOTHING
        case NoticeKind.PAID:
            return Step.LOOK if notice.amount is None else Step.BOOK
        case NoticeKind.EXPIRED:
            return Step.EXPIRE if state in LIVE else Step.NOTHING
        case NoticeKind.DECLINED if state in LIVE:
            # Of a whole checkout it is the end; of one card it is not.
            return Step.DECLINE if notice.checkout else Step.TRIED
        case NoticeKind.DECLINED:
            return Step.NOTHING
        case NoticeKind.DISPUTED if state is PaymentState.DISPUTED:
            return Step.NOTHING
        case NoticeKind.DISPUTED:
            return Step.DISPUTE if taken else Step.WAIT
        case NoticeKind.REFUNDED:
            return Step.REFUND if taken else Step.WAIT
        case NoticeKind.REFUND_FAILED:
            return Step.REFUND_FAILED if taken else Step.WAIT
