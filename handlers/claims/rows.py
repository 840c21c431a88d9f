"""The rows behind a decision: what the tables keep of a claim, a wait and a release."""

from datetime import datetime, timedelta
from typing import Any

from handlers.claims.records import Entry, ItemRow, Rule, Stock
from storage.schema.states import ClaimState, ReleaseState, WaitState

__all__ = ["asked_row", "claim_row", "release_row", "wait_row"]


def claim_row(
    show_id: int, entry: Entry, item: ItemRow, stock: Stock, refused: int, rule: Rule
) -> dict[str, Any]:
    """A claim of a variant, with what was gone before it; price, title and variant are copied."""
    price_minor, currency = entry.price or (stock.price_minor, stock.currency)
    return {
        **_asked_for(show_id, entry, item),
        "id": entry.claim_id,
        "variant_id": stock.id,
        "refused": refused + entry.refused,
        "gone_before": stock.reserved,
        "waiting_before": stock.waiting_entries,
        "rule": rule,
        "variant": stock.name,
        "price_minor": price_minor,
        "currency": currency,
    }


def asked_row(
    show_id: int, entry: Entry, item: ItemRow, quantity: int, narrowed: str | None
) -> dict[str, Any]:
    """A claim whose viewer is asked which size; `narrowed` is what was named of it."""
    return {
        **_asked_for(show_id, entry, item),
        "id": None,
        "variant_id": None,
        "refused": 0,
        "gone_before": None,
        "waiting_before": None,
        "rule": Rule.SIZE_ASKED,
        "variant": narrowed,
        "price_minor": None,
        "currency": None,
        "state": ClaimState.ASKED,
        "quantity": quantity,
        "place": None,
    }


def _asked_for(show_id: int, entry: Entry, item: ItemRow) -> dict[str, Any]:
    return {
        "show_id": show_id,
        "item_id": item.id,
        "customer_id": entry.member.customer_id,
        "identity_id": entry.member.identity_id,
        "message_key": entry.key,
        "sent_at": entry.sent_at,
        "code": item.code,
        "title": item.title,
        "lapse_due": None,
    }


def wait_row(claim: dict[str, Any], stock: Stock, units: int, at: datetime) -> dict[str, Any]:
    """A waitlist entry at the last place given in this line."""
    return {
        "claim": claim,
        "show_id": claim["show_id"],
        "variant_id": stock.id,
        "customer_id": claim["customer_id"],
        "quantity": units,
        "place": stock.last_place,
        "state": WaitState.WAITING,
        "entered_at": at,
    }


def release_row(
    show_id: int, entry: Entry, quantity: int | None, delay: timedelta
) -> dict[str, Any]:
    """A release that takes effect after `delay`; `quantity` None means all."""
    return {
        "show_id": show_id,
        "variant_id": entry.variant_id,
        "customer_id": entry.member.customer_id,
        "identity_id": entry.member.identity_id,
        "quantity": quantity,
        "channel": entry.channel,
        "message_key": entry.key,
        "asked_at": entry.sent_at,
        "due_at": entry.sent_at + delay,
        "state": ReleaseState.WAITING,
    }
