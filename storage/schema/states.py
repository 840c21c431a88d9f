"""The states that rows may be in."""

from enum import StrEnum

__all__ = [
    "ClaimState",
    "DeliveryState",
    "ExceptionState",
    "HoldSource",
    "HoldState",
    "ItemState",
    "ReleaseState",
    "ReplyState",
    "RescueState",
    "RetryState",
    "ShowState",
    "WaitState",
]


class ShowState(StrEnum):
    """`staged → live → ended → closed`."""

    STAGED = "staged"
    LIVE = "live"
    ENDED = "ended"
    CLOSED = "closed"


class ItemState(StrEnum):
    """Whether claims for an item are granted, kept pending, or only waitlisted."""

    ON_SALE = "on_sale"
    PAUSED = "paused"
    STOPPED = "stopped"


class ClaimState(StrEnum):
    """Asked (which size?), pending (item paused), entered (in the line), void (taken back)."""

    ASKED = "asked"
    PENDING = "pending"
    ENTERED = "entered"
    VOID = "void"


class HoldState(StrEnum):
    """Units set aside, until paid, released or expired."""

    HELD = "held"
    PAID = "paid"
    RELEASED = "released"
    EXPIRED = "expired"


class HoldSource(StrEnum):
    """How a hold came about."""

    CLAIM = "claim"
    PROMOTION = "promotion"
    OFFER = "offer"
    STAFF = "staff"


class WaitState(StrEnum):
    """A waitlist entry waits, was promoted, or its viewer left the line."""

    WAITING = "waiting"
    PROMOTED = "promoted"
    LEFT = "left"


class ReleaseState(StrEnum):
    """A release typed in chat waits some seconds, in which its viewer may keep the unit."""

    WAITING = "waiting"
    DONE = "done"
    KEPT = "kept"


class RescueState(StrEnum):
    """An unknown code: gathering, asked of the team, taken as an item, or dismissed."""

    GATHERING = "gathering"
    ASKED = "asked"
    TAKEN = "taken"
    DISMISSED = "dismissed"


class ExceptionState(StrEnum):
    """One thing a person must decide."""

    OPEN = "open"
    TAKEN = "taken"
    RESOLVED = "resolved"


class DeliveryState(StrEnum):
    """A delivery is stored before it is sent; a failed one is never tried again."""

    READY = "ready"
    SENT = "sent"
    FAILED = "failed"


class RetryState(StrEnum):
    """What could not be handled: kept, handled later, or given up by a person."""

    WAITING = "waiting"
    DONE = "done"
    DROPPED = "dropped"


class ReplyState(StrEnum):
    """How far a reply to a customer is. `READ`: closed DMs refused it, and it was read since."""

    SAID = "said"
    REFUSED = "refused"
    READ = "read"
