"""A Stripe of the project's own: sessions, refunds, idempotency and signed webhooks, over loopback.

It refuses what Stripe refuses, as far as it is documented: an unknown key, a session that ends too
soon or too late, one idempotency key with two requests.
"""

import asyncio
import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, Self

from aiohttp import web

__all__ = ["FakeStripe"]

KEY, SECRET = "sk_test_fake", "whsec_fake"
_PART = re.compile(r"[^\[\]]+")
Json = dict[str, Any]


class FakeStripe:
    """`async with FakeStripe() as stripe:`, then talk to `stripe.url` with `stripe.key`.

    `fail_next` takes what happens to the next requests, in order: a status, `lost` (done, but the
    answer never arrives) or `dropped` (nothing done). `events` are all that would have been sent.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.key, self.secret = KEY, SECRET
        self._now = now
        self.sessions: dict[str, Json] = {}
        self.refunds: list[Json] = []
        self.events: list[Json] = []
        self.requests: list[tuple[str, str]] = []
        self.fail_next: list[int | str] = []
        #: What a new refund is: some banks take days.
        self.refunds_are = "succeeded"
        self._answered: dict[str, tuple[str, int, Json]] = {}
        self._count = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v1/checkout/sessions", self._create)
        app.router.add_get("/v1/checkout/sessions/{id}", self._retrieve)
        app.router.add_post("/v1/checkout/sessions/{id}/expire", self._expire)
        app.router.add_post("/v1/refunds", self._refund)
        app.router.add_get("/v1/refunds/{id}", self._refund_found)
        app.router.add_get("/v1/balance", self._balance)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    # --- what customers, banks and clocks do ------------------------------------------------------

    def pay(self, session_id: str, *, amount: int | None = None) -> Json:
        """The customer pays; returns the event."""
        session = self.sessions[session_id]
        session |= {"status": "complete", "payment_status": "paid", "url": None}
        session["payment_intent"] = session["payment_intent"] or self._name("pi")
        if amount is not None:
            session["amount_total"] = amount
        return self._happens("checkout.session.completed", session)

    def promise(self, session_id: str) -> Json:
        """The customer chooses a way that takes days: complete, not paid."""
        session = self.sessions[session_id]
        session |= {"status": "complete", "url": None, "payment_intent": self._name("pi")}
        return self._happens("checkout.session.completed", session)

    def settle(self, session_id: str, *, paid: bool = True) -> Json:
        """What was promised arrives, or does not."""
        session = self.sessions[session_id]
        if paid:
            session["payment_status"] = "paid"
        return self._happens(
            f"checkout.session.async_payment_{'succeeded' if paid else 'failed'}", session
        )

    def decline(self, session_id: str, why: str = "card_declined") -> Json:
        """The card is refused; the session stays open."""
        session = self.sessions[session_id]
        intent: Json = {"id": self._name("pi"), "object": "payment_intent"}
        intent |= {"metadata": session["metadata"], "last_payment_error": {"code": why}}
        return self._happens("payment_intent.payment_failed", intent)

    def run_out(self, session_id: str) -> Json:
        """The session's time is over."""
        session = self.sessions[session_id]
        session |= {"status": "expired", "url": None}
        return self._happens("checkout.session.expired", session)

    def dispute(self, session_id: str) -> Json:
        """The customer's bank takes it back."""
        session = self.sessions[session_id]
        thing: Json = {"id": self._name("dp"), "object": "dispute", "reason": "fraudulent"}
        thing |= {"payment_intent": session["payment_intent"], "currency": session["currency"]}
        return self._happens("charge.dispute.created", thing | {"amount": session["amount_total"]})

    def refund_fails(self, refund_id: str, why: str = "expired_or_canceled_card") -> Json:
        """A refund that was on its way comes back."""
        refund = next(one for one in self.refunds if one["id"] == refund_id)
        refund |= {"status": "failed", "failure_reason": why}
        return self._happens("refund.failed", refund)

    def signed(
        self, event: Json, *, at: float | None = None, secret: str = ""
    ) -> tuple[bytes, str]:
        """The body and the signature header that a webhook of this event comes with."""
        body = json.dumps(event).encode()
        stamp = int(time.time() if at is None else at)
        mac = hmac.new(
            (secret or self.secret).encode(), f"{stamp}.".encode() + body, hashlib.sha256
        )
        return body, f"t={stamp},v1={mac.hexdigest()}"

    # --- what the shop asks -----------------------------------------------------------------------

    async def _create(self, request: web.Request) -> web.Response:
        return await self._once(request, self._created)

    async def _refund(self, request: web.Request) -> web.Response:
        return await self._once(request, self._refunded)

    async def _refund_found(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        found = next((one for one in self.refunds if one["id"] == name), None)
        missing = _error(404, "invalid_request_error", "resource_missing")
        return await self._once(request, lambda _: missing if found is None else (200, found))

    async def _retrieve(self, request: web.Request) -> web.Response:
        return await self._once(request, lambda _: self._found(request))

    async def _expire(self, request: web.Request) -> web.Response:
        return await self._once(request, lambda _: self._ended(request))

    async def _balance(self, request: web.Request) -> web.Response:
        return await self._once(request, lambda _: (200, {"object": "balance", "available": []}))

    async def _once(self, request: web.Request, do: Any) -> web.Response:
        self.requests.append((request.method, request.path))
        given = nested(dict(await request.post()))
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return _refusal(401, "authentication_error", "api_key_invalid")
        trouble = self.fail_next.pop(0) if self.fail_next else None
        if isinstance(trouble, int):
            headers = {"Retry-After": "3"} if trouble == 429 else {}
            kind = "rate_limit_error" if trouble == 429 else "api_error"
            return _refusal(trouble, kind, kind, headers)
        if trouble == "dropped":
            return await _cut(request)
        status, made = self._idempotent(request, given, do)
        if trouble == "lost":
            return await _cut(request)
        return web.json_response(made, status=status)

    def _idempotent(self, request: web.Request, given: Json, do: Any) -> tuple[int, Json]:
        key = request.headers.get("Idempotency-Key", "")
        asked = json.dumps([request.path, given], sort_keys=True)
        if request.method == "POST" and key in self._answered:
            first, status, made = self._answered[key]
            return (status, made) if first == asked else _error(400, "idempotency_error", "")
        status, made = do(given)
        if key and status < 500:
            self._answered[key] = asked, status, json.loads(json.dumps(made))
        return status, made

    def _created(self, given: Json) -> tuple[int, Json]:
        until = int(given["expires_at"])
        if not 30 * 60 <= until - self._now() <= 24 * 3600:
            return _error(400, "invalid_request_error", "parameter_invalid_integer")
        lines = [line["price_data"] for line in given["line_items"].values()]
        if any(int(line["unit_amount"]) < 0 for line in lines):
            return _error(400, "invalid_request_error", "parameter_invalid_integer")
        name = self._name("cs_test")
        self.sessions[name] = {
            "id": name,
            "object": "checkout.session",
            "status": "open",
            "payment_status": "unpaid",
            "url": f"https://checkout.stripe.com/c/pay/{name}",
            "expires_at": until,
            "amount_total": sum(int(line["unit_amount"]) for line in lines),
            "currency": lines[0]["currency"],
            "client_reference_id": given["client_reference_id"],
            "metadata": given["metadata"],
            "payment_intent": None,
            "lines": [line["product_data"]["name"] for line in lines],
        }
        return 200, self.sessions[name]

    def _found(self, request: web.Request) -> tuple[int, Json]:
        session = self.sessions.get(request.match_info["id"])
        return (
            (200, session) if session else _error(404, "invalid_request_error", "resource_missing")
        )

    def _ended(self, request: web.Request) -> tuple[int, Json]:
        status, session = self._found(request)
        if status == 200 and session["status"] != "open":
            return _error(400, "invalid_request_error", "")
        if status == 200:
            self.run_out(session["id"])
        return status, session

    def _refunded(self, given: Json) -> tuple[int, Json]:
        paid = [one for one in self.sessions.values() if one["payment_intent"] is not None]
        session = next(
            (one for one in paid if one["payment_intent"] == given["payment_intent"]), None
        )
        if session is None:
            return _error(404, "invalid_request_error", "resource_missing")
        amount = int(given["amount"])
        before = sum(
            one["amount"]
            for one in self.refunds
            if one["payment_intent"] == given["payment_intent"] and one["status"] != "failed"
        )
        if before + amount > session["amount_total"]:
            return _error(400, "invalid_request_error", "charge_already_refunded")
        refund: Json = {"id": self._name("re"), "object": "refund", "status": self.refunds_are}
        refund |= {"amount": amount, "currency": session["currency"], "failure_reason": None}
        refund |= {"payment_intent": given["payment_intent"], "metadata": given["metadata"]}
        self.refunds.append(refund)
        return 200, refund

    def _happens(self, kind: str, thing: Json) -> Json:
        event: Json = {"id": self._name("evt"), "object": "event", "type": kind}
        event |= {"created": int(self._now()), "data": {"object": json.loads(json.dumps(thing))}}
        self.events.append(event)
        return event

    def _name(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}_{self._count:06}{secrets.token_hex(4)}"


def nested(flat: Mapping[str, Any]) -> Json:
    """`a[b][0]=c`, as a form, as nested values."""
    whole: Json = {}
    for name, value in flat.items():
        *path, last = _PART.findall(name)
        at = whole
        for part in path:
            at = at.setdefault(part, {})
        at[last] = value
    return whole


def _error(status: int, kind: str, code: str) -> tuple[int, Json]:
    return status, {"error": {"type": kind, "code": code or None, "message": "No, said the fake."}}


def _refusal(
    status: int, kind: str, code: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.json_response(_error(status, kind, code)[1], status=status, headers=headers)


async def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    # The connection is gone; whatever is answered reaches nobody.
    raise asyncio.CancelledError
