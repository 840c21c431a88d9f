"""What Stripe's webhooks tell, as notices. The body is verified before it comes here."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.payments.stripe_amounts import from_stripe
from handlers.money import Money
from handlers.payments.model import Notice, NoticeKind

__all__ = ["read_event"]


def read_event(event: Mapping[str, Any]) -> Notice | None:
    """The notice in an event of Stripe's; None for the kinds that say nothing to us."""
    thing: Mapping[str, Any] = event["data"]["object"]
    match str(event["type"]).split("."):
        case ["checkout", "session", what]:
            found = _of_session(what, thing)
        case ["payment_intent", "payment_failed"]:
            found = _of_failure(thing)
        case ["charge", "dispute", "created"]:
            found = {"kind": NoticeKind.DISPUTED, "why": thing.get("reason") or ""}
            found |= {"charge": thing.get("payment_intent") or "", "amount": _amount(thing)}
        case ["charge", "refunded"]:
            found = {"kind": NoticeKind.REFUNDED, "charge": thing.get("payment_intent") or ""}
            found |= {"amount": _amount(thing, "amount_refunded"), "payment": _ours(thing)}
        case ["refund", "failed" | "updated"]:
            found = _of_refund(thing)
        case _:
            found = None
    if found is None:
        return None
    return Notice(
        key=f"stripe:{event['id']}", at=datetime.fromtimestamp(event["created"], UTC), **found
    )


def _of_session(what: str, session: Mapping[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] = {
        "checkout": session["id"],
        "payment": session.get("client_reference_id") or _ours(session),
        "charge": session.get("payment_intent") or "",
    }
    if what in ("completed", "async_payment_succeeded"):
        # A way that takes days is complete before it is paid; the second event tells of the money.
        if session.get("payment_status") != "paid":
            return None
        return found | {"kind": NoticeKind.PAID, "amount": _amount(session, "amount_total")}
    if what == "async_payment_failed":
        return found | {"kind": NoticeKind.DECLINED}
    return found | {"kind": NoticeKind.EXPIRED} if what == "expired" else None


def _of_failure(intent: Mapping[str, Any]) -> dict[str, Any]:
    error = intent.get("last_payment_error") or {}
    return {
        "kind": NoticeKind.DECLINED,
        "payment": _ours(intent),
        "charge": intent["id"],
        "why": error.get("decline_code") or error.get("code") or "",
    }


def _of_refund(refund: Mapping[str, Any]) -> dict[str, Any] | None:
    if refund.get("status") not in ("failed", "canceled"):
        return None
    return {
        "kind": NoticeKind.REFUND_FAILED,
        "payment": _ours(refund),
        "charge": refund.get("payment_intent") or "",
        "refund": refund["id"],
        "amount": _amount(refund),
        "why": refund.get("failure_reason") or "",
    }


def _ours(thing: Mapping[str, Any]) -> str:
    return str((thing.get("metadata") or {}).get("andon") or "")


def _amount(thing: Mapping[str, Any], name: str = "amount") -> Money | None:
    amount, currency = thing.get(name), thing.get("currency")
    return None if amount is None or not currency else from_stripe(amount, currency)
