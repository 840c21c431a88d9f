"""The states that the rows of returns, of their units and of the money for them may be in."""

from enum import StrEnum

__all__ = [
    "Acceptance",
    "Grade",
    "Place",
    "Reception",
    "Reimbursement",
    "ReturnKind",
    "ReturnState",
]


class ReturnKind(StrEnum):
    """Sent back by the rules, or complained of: then nothing need come back."""

    RETURN = "return"
    COMPLAINT = "complaint"


class ReturnState(StrEnum):
    """How far a return is."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    IN_TRANSIT = "in_transit"
    PARTLY_RECEIVED = "partly_received"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Reception(StrEnum):
    """Where one unit is. `NOT_NEEDED`: it stays with the customer, as in most complaints."""

    AWAITING = "awaiting"
    NOT_NEEDED = "not_needed"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    LOST = "lost"
    WRONG_ITEM = "wrong_item"
    NEVER_CAME = "never_came"


class Acceptance(StrEnum):
    """What the shop thinks of one unit. `PERSON`: somebody has to decide."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PERSON = "person"


class Reimbursement(StrEnum):
    """How far the money is. What failed is prepared again, with the same key."""

    PREPARED = "prepared"
    PAID = "paid"
    FAILED = "failed"


class Grade(StrEnum):
    """How a unit is found at inspection, from as new to spoiled."""

    A = "a"
    B = "b"
    C = "c"
    D = "d"


class Place(StrEnum):
    """Where an inspected unit goes; only `STOCK` raises stock."""

    STOCK = "stock"
    HOLD = "hold"
    REFURBISH = "refurbish"
    RECYCLE = "recycle"
    DONATE = "donate"
    SCRAP = "scrap"
