"""Stripe, through its own client: Checkout Sessions, refunds, and its webhooks.

A session lives between 30 minutes and 24 hours (https://docs.stripe.com/api/checkout/sessions):
where the hold ends sooner or later than that, the session ends at the nearest moment it may.
"""

import logging
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
from pydantic import SecretStr

from bot.payments.base import Forged, PaymentRefused, PaymentUncertain
from bot.payments.stripe_amounts import from_stripe, to_stripe
from bot.payments.stripe_notices import read_event
from handlers.payments.model import (
    Charged,
    Checkout,
    CheckoutRequest,
    CheckoutState,
    Notice,
    Refund,
    RefundRequest,
    RefundState,
)

if TYPE_CHECKING:
    from stripe import Refund as StripeRefund
    from stripe import StripeClient, StripeError
    from stripe.checkout import Session
    from stripe.params.checkout import SessionCreateParams

__all__ = ["StripeWay"]

Made = TypeVar("Made")

_API = "https://api.stripe.com"
_SHORTEST, _LONGEST = timedelta(minutes=30), timedelta(hours=24)
#: Stripe measures from when it gets the request, which is after we wrote it.
_ON_THE_WAY = timedelta(minutes=1)
_PATIENCE_SECONDS = 20
_REFUND_STATES = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "succeeded": RefundState.PAID,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


class StripeWay:
    """Payment through Stripe. Without `webhook_secret` every webhook counts as forged."""

    name = "stripe"

    def __init__(
        self, api_key: SecretStr, webhook_secret: SecretStr | None = None, api_url: str = _API
    ) -> None:
        self._key, self._secret, self._url = api_key, webhook_secret, api_url.rstrip("/")

    async def open(self, request: CheckoutRequest, now: datetime) -> Checkout:
        """Open a session; its lines are priced from the order, nothing is set up at Stripe."""
        until = min(max(request.until, now + _SHORTEST + _ON_THE_WAY), now + _LONGEST - _ON_THE_WAY)
        try:
            given = _session_params(request, until)
        except ValueError as error:
            raise PaymentRefused(str(error)) from error
        options: Any = {"idempotency_key": request.key}
        return _checkout(
            await _asked(self._client.v1.checkout.sessions.create_async(given, options))
        )

    async def look(self, checkout: str) -> Checkout:
        """How a session stands."""
        return _checkout(await _asked(self._client.v1.checkout.sessions.retrieve_async(checkout)))

    async def expire(self, checkout: str) -> Checkout:
        """End a session; Stripe refuses where it is paid or over, and then it is looked at."""
        try:
            ended = await _asked(self._client.v1.checkout.sessions.expire_async(checkout))
        except PaymentRefused:
            return await self.look(checkout)
        return _checkout(ended)

    async def refund(self, request: RefundRequest) -> Refund:
        """Pay back to where it came from."""
        try:
            amount = to_stripe(request.amount)
        except ValueError as error:
            raise PaymentRefused(str(error)) from error
        made = await _asked(
            self._client.v1.refunds.create_async(
                {
                    "payment_intent": request.charge,
                    "amount": amount,
                    "metadata": {"andon": request.payment},
                },
                {"idempotency_key": request.key},
            )
        )
        return _refund(made)

    async def look_refund(self, refund: str) -> Refund:
        """How a refund stands: banks take days over some."""
        return _refund(await _asked(self._client.v1.refunds.retrieve_async(refund)))

    def read(self, body: bytes, signature: str) -> Notice | None:
        """The notice in a webhook of Stripe's, signed within the last five minutes."""
        from stripe import SignatureVerificationError

        if self._secret is None:
            raise Forged("there is no webhook secret to check it with")
        try:
            event = self._client.construct_event(body, signature, self._secret.get_secret_value())
        except (SignatureVerificationError, ValueError, UnicodeDecodeError) as error:
            raise Forged("it is not signed by Stripe, or too old") from error
        return read_event(event.to_dict())

    async def check(self) -> str:
        """Ask for the balance, which every full key may see and a restricted one may not."""
        await _asked(self._client.v1.balance.retrieve_async())
        return "test" if "_test_" in self._key.get_secret_value() else "live"

    async def aclose(self) -> None:
        """Let go of connections."""
        if "_client" in self.__dict__:
            await self._http.close_async()

    @cached_property
    def _http(self) -> Any:
        from stripe import AIOHTTPClient

        return AIOHTTPClient(timeout=aiohttp.ClientTimeout(total=_PATIENCE_SECONDS))

    @cached_property
    def _client(self) -> "StripeClient":
        # On first use: it takes a third of a second to load, which a shop without it need not wait.
        from stripe import StripeClient

        # Below a warning it writes whole answers, and with them the links that customers pay at.
        logging.getLogger("stripe").setLevel(logging.WARNING)
        return StripeClient(
            self._key.get_secret_value(),
            base_addresses={"api": self._url},
            http_client=self._http,
            # What failed is asked again by whoever asked, with the same key, also after a restart.
            max_network_retries=0,
        )


def _session_params(request: CheckoutRequest, until: datetime) -> "SessionCreateParams":
    lines = [(line.title, to_stripe(line.total)) for line in request.lines]
    return {
        "mode": "payment",
        "client_reference_id": request.payment,
        "metadata": {"andon": request.payment, "order": request.order},
        "payment_intent_data": {
            "description": request.order,
            "metadata": {"andon": request.payment, "order": request.order},
        },
        "expires_at": int(until.timestamp()),
        "success_url": request.back,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": request.total.currency.lower(),
                    "unit_amount": amount,
                    "product_data": {"name": title[:250]},
                },
            }
            for title, amount in lines or [(request.order, to_stripe(request.total))]
        ],
    }


def _refund(made: "StripeRefund") -> Refund:
    state = _REFUND_STATES.get(made.status or "", RefundState.PENDING)
    return Refund(id=made.id, state=state, why=made.failure_reason or "")


def _checkout(session: "Session") -> Checkout:
    paid = session.payment_status == "paid"
    state = CheckoutState.PAID if paid else CheckoutState.EXPIRED
    if session.status == "open" and not paid:
        state = CheckoutState.OPEN
    elif session.status == "complete" and not paid:
        # A bank transfer or the like that is still on its way: neither paid nor over.
        state = CheckoutState.OPEN
    intent = session.payment_intent
    charge = intent if isinstance(intent, str) else (intent.id if intent is not None else "")
    return Checkout(
        id=session.id,
        state=state,
        url=session.url or "",
        until=datetime.fromtimestamp(session.expires_at, UTC),
        charged=Charged(
            charge=charge, amount=from_stripe(session.amount_total or 0, session.currency or "")
        )
        if paid
        else None,
    )


async def _asked(call: Awaitable[Made]) -> Made:
    import stripe

    try:
        return await call
    except (stripe.RateLimitError, stripe.APIConnectionError, stripe.APIError) as error:
        raise PaymentUncertain(_why(error), after=_after(error)) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        # The answer broke off after its first line: the client does not look for that.
        raise PaymentUncertain("Stripe cannot be reached") from error
    except stripe.StripeError as error:
        raise PaymentRefused(_why(error)) from error


def _why(error: "StripeError") -> str:
    # Stripe's own sentence may hold what a customer typed; its code does not.
    known = error.code or (error.error.type if error.error is not None else "")
    return f"Stripe says {known}" if known else f"Stripe failed ({type(error).__name__})"


def _after(error: "StripeError") -> float:
    given = (error.headers or {}).get("Retry-After", "")
    return float(given) if given.isascii() and given.isdecimal() else 0.0
