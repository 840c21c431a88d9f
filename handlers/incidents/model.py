"""What may happen in a rehearsal, so that a team can practise: the kinds, and one of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["ACTION", "BACK", "BUTTON", "INCIDENT", "Incident", "IncidentKind"]

#: How every key begins of what incidents bring; no line of a log has such a key.
INCIDENT = "rehearse-incident:"
#: What an incident is called in the audit.
ACTION = "incident"
#: How the button begins that lets one happen; nobody has it on a screen.
BUTTON = "incident"
#: The same for the end of a gap.
BACK = "incident-back"


class IncidentKind(StrEnum):
    """What happens."""

    SELL_OUT = "sell-out"
    WRONG_COUNT = "wrong-count"
    PAYMENT_OUTAGE = "payment-outage"
    QUESTION_SPIKE = "question-spike"
    PLATFORM_GAP = "platform-gap"

    @property
    def of_item(self) -> bool:
        """Whether it happens to an item, and so has a code."""
        return self in (IncidentKind.SELL_OUT, IncidentKind.WRONG_COUNT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident of a rehearsal, with its moment.

    `number` counts from 1 in the order given. `code` is empty where it is of no item; without a
    `variant` all of the item's are meant, or for a wrong count the one most units of are held.
    `until` is when a gap is over; `lines` is how many questions come.
    """

    number: int
    kind: IncidentKind
    at: datetime
    code: str = ""
    variant: str | None = None
    until: datetime | None = None
    lines: int = 0
