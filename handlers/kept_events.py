"""Events that wait to be followed: by whoever runs the sale, where another process saw them."""

from collections.abc import Sequence
from datetime import datetime

from handlers.events import Event
from storage.schema import traffic
from storage.schema.states import RetryState
from storage.unit_of_work import Transaction

__all__ = ["tell_later"]

#: Under this their rows are told from those that failed.
_NO_BUG = "none"


async def tell_later(
    tx: Transaction, events: Sequence[Event], *, followers: Sequence[str], at: datetime
) -> None:
    """Leave events for these followers, due `at`: each is handed on once this is committed."""
    rows = [
        {
            "follower": follower,
            "event": type(event).__name__,
            "values": event.values(),
            "reference": _NO_BUG,
            "attempts": 0,
            "at": at,
            "retry_due": at,
            "state": RetryState.WAITING,
        }
        for event in events
        for follower in followers
    ]
    await tx.insert(traffic.failed_events, rows)
