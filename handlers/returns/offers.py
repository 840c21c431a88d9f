"""What a complaint is offered, in which order: a replacement first, held at once."""

from dataclasses import dataclass
from enum import StrEnum

from handlers.returns.policy import Policy
from handlers.returns.reasons import Reason

__all__ = ["Complained", "Offer", "Offers", "first_offers"]


class Offer(StrEnum):
    """One way to make a complaint good."""

    REPLACEMENT = "replacement"
    REFUND = "refund"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Complained:
    """What is complained of: so many units of one variant, worth `value` in minor units.

    `available` is what could be held of it now, nobody else's place touched.
    """

    reason: Reason
    units: int
    value: int
    available: int
    photo: bool = False
    good_standing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What is offered, best first; `key` is the sentence.

    `hold` units are set aside now, before anybody approves; what is not chosen is let go.
    """

    offers: tuple[Offer, ...]
    hold: int
    ask_photo: bool
    send_back: bool
    automatic: bool

    @property
    def key(self) -> str:
        """The key of the sentence."""
        return f"returns.complaint.{self.offers[0].value}"


def first_offers(complained: Complained, policy: Policy) -> Offers:
    """Return what a complaint is offered.

    A replacement leads where all units can be held; some of them would make two parcels of one
    trouble. Without it money leads, and credit is there for who prefers it.
    """
    whole = complained.available >= complained.units
    photo_missing = complained.reason.photo and not complained.photo
    limit = policy.auto_approve_up_to
    within = limit is not None and complained.value <= limit
    return Offers(
        offers=tuple(Offer) if whole else (Offer.REFUND, Offer.CREDIT),
        hold=complained.units if whole else 0,
        ask_photo=photo_missing,
        send_back=policy.complaints_come_back and not complained.reason.awaits,
        automatic=within and complained.good_standing and not photo_missing,
    )
