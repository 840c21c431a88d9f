"""What is asked of a payment way for a row of payments: the same request however often it is sent.

A page must live half an hour or more from when it is made. A request that was written down too long
ago for that is asked anew under another key: the page that the old one may have made is known to
nobody, so nobody can pay there.
"""

from datetime import datetime, timedelta
from typing import Any

from handlers.money import Money
from handlers.payments.model import Checkout, CheckoutLine, CheckoutRequest
from storage.order_states import OrderState

__all__ = ["is_due", "page_of", "request_of"]

_SHORTEST = timedelta(minutes=31)
#: Within each of these a request that is asked anew stays the same.
_SPELL = timedelta(minutes=10)
_NEW_PAGE = timedelta(minutes=45)
_LONGEST = timedelta(hours=23)


def is_due(row: Any) -> bool:
    """Whether the order still waits for exactly this payment."""
    if row.order_state != OrderState.AWAITING_PAYMENT or row.priced_at is None:
        return False
    due = row.total_minor - row.credit_minor - row.order_received
    return bool(due == row.amount_minor)


def request_of(row: Any, back: str, now: datetime) -> tuple[CheckoutRequest, datetime]:
    """The request of a prepared payment, and the moment that its times count from."""
    since, key = row.prepared_at, row.idempotency_key
    written = row.request["until"]
    until = since + _LONGEST if written is None else datetime.fromisoformat(written)
    until = max(until, since + _SHORTEST + timedelta(minutes=2))
    if now > until - _SHORTEST:
        spell = int((now - since) / _SPELL)
        since += spell * _SPELL
        key, until = f"{key}:{spell}", since + _NEW_PAGE
    request = CheckoutRequest(
        key=key,
        payment=row.idempotency_key,
        order=row.request["order"],
        lines=tuple(
            CheckoutLine(title=title, total=Money(minor, row.currency))
            for title, minor in row.request["lines"]
        ),
        total=Money(row.amount_minor, row.currency),
        until=until,
        back=back,
    )
    return request, since


def page_of(page: Checkout, wall: datetime) -> dict[str, Any]:
    """What is kept of a page that was made; `wall` is when."""
    return {
        "reference": page.id,
        "url": page.url,
        "until": page.until.isoformat(),
        "wall": wall.isoformat(),
    }
