"""What is asked of a payment way and what it answers, the same for every way.

A payment way never decides: it opens a checkout, looks at one, pays back, and brings notices. What
follows from a notice is decided in the transaction that takes it in.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from handlers.money import Money

__all__ = [
    "Charged",
    "Checkout",
    "CheckoutLine",
    "CheckoutRequest",
    "CheckoutState",
    "Notice",
    "NoticeKind",
    "Refund",
    "RefundRequest",
    "RefundState",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutLine:
    """One line as the customer sees it on the payment page; `total` is that of all its units."""

    title: str
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """A checkout to be opened. Asked twice with one `key` it is opened once.

    `payment` is our own name for it and comes back in every notice; `order` is what the customer
    knows. The lines add up to `total`, or there are none and the order is one line. `until` is when
    the hold ends; `back` is where the customer goes afterwards.
    """

    key: str
    payment: str
    order: str
    lines: tuple[CheckoutLine, ...]
    total: Money
    until: datetime
    back: str


class CheckoutState(StrEnum):
    """How a checkout stands."""

    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """What was taken, as the payment way says it: the amount may differ from what was asked."""

    charge: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A checkout at the payment way. `url` is empty once it is no longer open."""

    id: str
    state: CheckoutState
    url: str
    until: datetime
    charged: Charged | None = None


class NoticeKind(StrEnum):
    """What a notice tells."""

    PAID = "paid"
    EXPIRED = "expired"
    DECLINED = "declined"
    DISPUTED = "disputed"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that happened at the payment way; it may come twice, late or out of order.

    `key` is the same each time it comes. `payment` is ours where the way knows it, else `charge`
    or `checkout` says what it is about. `amount` is what was taken, disputed, or paid back in all.
    """

    key: str
    kind: NoticeKind
    at: datetime
    payment: str = ""
    checkout: str = ""
    charge: str = ""
    amount: Money | None = None
    refund: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """Money to go back. Asked twice with one `key` it is paid once."""

    key: str
    payment: str
    charge: str
    amount: Money


class RefundState(StrEnum):
    """How a refund stands."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """A refund at the payment way; `why` says what kept it, where it failed."""

    id: str
    state: RefundState
    why: str = ""
