"""Claim abuse: someone who claims and releases by turns, or claims without end.

No claim is ever spam, so nothing is deleted: a person of the team is told, once in a while.
"""

from collections.abc import Iterable
from typing import Final

from handlers.claims.reading import Kind
from handlers.moderation.model import Finding, Rule, Seen
from handlers.moderation.rules import ModerationRules
from handlers.moderation.state import Author

__all__ = ["abuse_in"]

_MINUTE: Final = 60


def abuse_in(seen: Seen, author: Author, rules: ModerationRules) -> Finding | None:
    """Remember a claim or release, and return what is odd about this person's."""
    if seen.kind not in (Kind.CLAIM, Kind.CANCEL):
        return None
    at = seen.at.timestamp()
    (author.claimed if seen.kind is Kind.CLAIM else author.released)(at)
    # Counted only where there are enough: most people claim a few times and release nothing.
    if min(len(author.cancels), len(author.claims)) >= rules.cancels:
        cancels = _within(author.cancels, at, rules.cancels_seconds)
        claims = _within(author.claims, at, rules.cancels_seconds)
        if min(cancels, claims) >= rules.cancels:
            why = f"{claims} claims and {cancels} releases in {rules.cancels_seconds // 60} minutes"
            return Finding(rule=Rule.CLAIM_ABUSE, why=why)
    if len(author.claims) < rules.claims_a_minute:
        return None
    lately = _within(author.claims, at, _MINUTE)
    if lately >= rules.claims_a_minute:
        return Finding(rule=Rule.CLAIM_ABUSE, why=f"{lately} claims in a minute")
    return None


def _within(times: Iterable[float], at: float, seconds: float) -> int:
    return sum(then > at - seconds for then in times)
