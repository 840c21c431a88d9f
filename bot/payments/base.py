"""What every payment way can do, and how it says that it could not.

Every call may be made again with the same key: it is then the same checkout and the same refund.
"""

from datetime import datetime
from typing import Protocol

from handlers.payments.model import Checkout, CheckoutRequest, Notice, Refund, RefundRequest

__all__ = ["Forged", "PaymentRefused", "PaymentUncertain", "PaymentWay"]


class PaymentUncertain(Exception):
    """It may or may not have been done: ask again with the same key. `args[0]` says why.

    `after` are the seconds to wait at least, where the way named them.
    """

    def __init__(self, why: str, *, after: float = 0) -> None:
        super().__init__(why)
        self.after = after


class PaymentRefused(Exception):
    """It was not done, and asking again would not help. `args[0]` says why, and what to do."""


class Forged(Exception):
    """A notice whose signature is wrong or too old; nothing of it may be believed."""


class PaymentWay(Protocol):
    """One way to be paid through another house."""

    name: str

    async def open(self, request: CheckoutRequest, now: datetime) -> Checkout:
        """Open a checkout. Raises `PaymentUncertain` or `PaymentRefused`."""

    async def look(self, checkout: str) -> Checkout:
        """How a checkout stands. Raises `PaymentUncertain` or `PaymentRefused`."""

    async def expire(self, checkout: str) -> Checkout:
        """End a checkout that nobody may pay any more; one that is paid by now stays so."""

    async def refund(self, request: RefundRequest) -> Refund:
        """Pay back. Raises `PaymentUncertain` or `PaymentRefused`."""

    async def look_refund(self, refund: str) -> Refund:
        """How a refund stands, by the way's own name of it."""

    def read(self, body: bytes, signature: str) -> Notice | None:
        """The notice in a webhook; None for one that says nothing to us. Raises `Forged`."""

    async def check(self) -> str:
        """Whether we are let in, by something cheap; returns how it runs, `test` or `live`.

        Raises `PaymentUncertain` or `PaymentRefused`.
        """

    async def aclose(self) -> None:
        """Let go of connections."""
