"""The shop's promise about returns, as data, and what it says of one wish to return.

The policy of the day is copied onto each order: what was promised is what is applied, whatever the
shop changes later. `judge` answers with a code and the key of a sentence; it never raises for what
a customer wants. A complaint is never stopped by final sale, condition or fees.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from handlers.returns.reasons import Fault, Reason

__all__ = [
    "Code",
    "Condition",
    "Facts",
    "Policy",
    "ShippingRule",
    "Verdict",
    "Wish",
    "judge",
    "last_moment",
    "overridden",
]


class Wish(StrEnum):
    """What the customer would like, in the order a shop offers it."""

    EXCHANGE = "exchange"
    CREDIT = "credit"
    REFUND = "refund"


class Condition(StrEnum):
    """How the customer says the unit is."""

    UNOPENED = "unopened"
    TRIED_ON = "tried_on"
    USED = "used"
    DAMAGED = "damaged"


class ShippingRule(StrEnum):
    """Whether what the customer paid for shipping goes back; at most once per order."""

    NEVER = "never"
    WHEN_ALL_BACK = "when_all_back"
    ALWAYS = "always"


class Policy(BaseModel):
    """What a shop promises; money in minor units, shares in hundredths of a percent.

    `window_days` count from delivery, or from dispatch plus `transit_days` where delivery is not
    known; the last day counts whole. `customer_pays_return` says by fault who pays to send it
    back, `shipping_back` whether the shipping paid goes back. `fee_bp` is kept of each unit that
    comes back by the customer's fault, `label_fee` of each return whose label the customer asks
    the shop for. Bonuses are added to an exchange or to store credit. Up to `auto_approve_up_to`
    (None: never) a return of a customer in good standing needs nobody.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    window_days: int = Field(default=30, ge=0, le=3650)
    transit_days: int = Field(default=7, ge=0, le=365)
    complaint_days: int = Field(default=30, ge=0, le=3650)
    conditions: tuple[Condition, ...] = (Condition.UNOPENED, Condition.TRIED_ON)
    wishes: tuple[Wish, ...] = tuple(Wish)
    customer_pays_return: tuple[Fault, ...] = (Fault.CUSTOMER,)
    shipping_back: Mapping[Fault, ShippingRule] = Field(
        default_factory=lambda: {
            Fault.SHOP: ShippingRule.ALWAYS,
            Fault.CARRIER: ShippingRule.ALWAYS,
            Fault.CUSTOMER: ShippingRule.WHEN_ALL_BACK,
        }
    )
    fee_bp: int = Field(default=0, ge=0, le=10_000)
    label_fee: int = Field(default=0, ge=0)
    exchange_bonus_bp: int = Field(default=0, ge=0, le=10_000)
    credit_bonus_bp: int = Field(default=0, ge=0, le=10_000)
    auto_approve_up_to: int | None = Field(default=None, ge=0)
    complaints_come_back: bool = False

    def bonus_bp(self, wish: Wish) -> int:
        """Return what is added to this wish."""
        return {Wish.EXCHANGE: self.exchange_bonus_bp, Wish.CREDIT: self.credit_bonus_bp}.get(
            wish, 0
        )


class Code(StrEnum):
    """What a judgement says."""

    RETURNABLE = "RETURNABLE"
    OVERRIDDEN = "OVERRIDDEN"
    NOT_PAID = "NOT_PAID"
    NOT_DELIVERED = "NOT_DELIVERED"
    ALREADY_RETURNED = "ALREADY_RETURNED"
    TOO_MANY = "TOO_MANY"
    FINAL_SALE = "FINAL_SALE"
    WINDOW_EXPIRED = "WINDOW_EXPIRED"
    CONDITION = "CONDITION"
    WISH_NOT_OFFERED = "WISH_NOT_OFFERED"
    PHOTO_NEEDED = "PHOTO_NEEDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of the units of one line that somebody wants to return.

    `open_units` of the line are in no return yet; `units` are asked for; `value` is what they
    cost, in minor units. `condition` and `photo` are None and False until they are asked.
    `good_standing` is the shop's word for the customer: flags only send a return to a person.
    """

    now: datetime
    zone: tzinfo
    reason: Reason
    paid: bool = True
    dispatched_at: datetime | None = None
    delivered_at: datetime | None = None
    final_sale: bool = False
    open_units: int = 1
    units: int = 1
    value: int = 0
    condition: Condition | None = None
    photo: bool = False
    good_standing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the policy says, and what follows if it is yes.

    `key` is the sentence, `facts` what stands in it. `until` is the last moment; None if it cannot
    be known yet. `automatic`: nobody need approve. `comes_back`: the unit is to be sent in.
    """

    code: Code
    facts: Mapping[str, str | int] = field(default_factory=dict)
    until: datetime | None = None
    automatic: bool = False
    comes_back: bool = True
    customer_pays_return: bool = False
    shipping_back: ShippingRule = ShippingRule.NEVER
    fee_bp: int = 0
    bonus_bp: int = 0
    why: str = ""

    @property
    def key(self) -> str:
        """The key of the sentence."""
        return f"returns.verdict.{self.code.lower()}"

    @property
    def allowed(self) -> bool:
        """Whether the return may be made. A photo still to come is asked for, no refusal."""
        return self.code in (Code.RETURNABLE, Code.OVERRIDDEN)

    @property
    def may_be_overridden(self) -> bool:
        """Whether support may say yes all the same: what is not there cannot come back."""
        return not self.allowed and self.code not in (
            Code.ALREADY_RETURNED,
            Code.TOO_MANY,
            Code.NOT_PAID,
        )


def judge(facts: Facts, policy: Policy, wish: Wish | None) -> Verdict:
    """Say whether the units may come back under the policy that was promised.

    `wish` is None while it has not been asked. The first rule that says no is the answer.
    """
    until = last_moment(facts, policy)
    code = _why_not(facts, policy, wish, until)
    verdict = _consequences(facts, policy, wish, until)
    told = _told(facts, policy, code, until)
    return replace(
        verdict, code=code, automatic=verdict.automatic and code is Code.RETURNABLE, facts=told
    )


def overridden(verdict: Verdict, why: str) -> Verdict:
    """Return a refusal as a yes by a person, with the reason. Raises `ValueError` without one.

    Raises `ValueError` too for what nobody can grant: units that are not there.
    """
    if not why.strip():
        raise ValueError("an override needs a reason; say why, in a few words")
    if not verdict.may_be_overridden:
        raise ValueError(f"{verdict.code} cannot be overridden")
    return replace(verdict, code=Code.OVERRIDDEN, why=why.strip(), facts={})


def last_moment(facts: Facts, policy: Policy) -> datetime | None:
    """Return the end of the last day, in UTC; None where nothing was sent yet.

    A day ends at midnight in `facts.zone`, so that nobody loses hours of it.
    """
    arrival = _arrival(facts, policy)
    if arrival is None:
        return None
    days = policy.complaint_days if facts.reason.is_complaint else policy.window_days
    after = arrival.astimezone(facts.zone).date() + timedelta(days=days + 1)
    return datetime.combine(after, time(), facts.zone).astimezone(UTC)


def _arrival(facts: Facts, policy: Policy) -> datetime | None:
    if facts.delivered_at is not None:
        return facts.delivered_at
    if facts.dispatched_at is not None:
        return facts.dispatched_at + timedelta(days=policy.transit_days)
    return None


def _why_not(facts: Facts, policy: Policy, wish: Wish | None, until: datetime | None) -> Code:
    complaint = facts.reason.is_complaint
    arrival = _arrival(facts, policy)
    rules = (
        (Code.NOT_PAID, not facts.paid),
        (Code.ALREADY_RETURNED, facts.open_units <= 0),
        (Code.TOO_MANY, not 1 <= facts.units <= facts.open_units),
        (Code.NOT_DELIVERED, arrival is None),
        # What never arrived is only said of what should be here by now.
        (
            Code.NOT_DELIVERED,
            facts.reason.awaits
            and facts.delivered_at is None
            and arrival is not None
            and facts.now < arrival,
        ),
        (Code.FINAL_SALE, facts.final_sale and not complaint),
        (Code.WINDOW_EXPIRED, until is not None and facts.now >= until),
        (
            Code.CONDITION,
            not complaint
            and facts.reason.fault is Fault.CUSTOMER
            and facts.condition is not None
            and facts.condition not in policy.conditions,
        ),
        # A refund is what the law gives for a complaint, whatever the shop offers for returns.
        (Code.WISH_NOT_OFFERED, wish is not None and not complaint and wish not in policy.wishes),
        (Code.PHOTO_NEEDED, facts.reason.photo and not facts.photo),
    )
    return next((code for code, holds in rules if holds), Code.RETURNABLE)


def _consequences(
    facts: Facts, policy: Policy, wish: Wish | None, until: datetime | None
) -> Verdict:
    fault, complaint = facts.reason.fault, facts.reason.is_complaint
    limit = policy.auto_approve_up_to
    said_delivered = facts.reason.awaits and facts.delivered_at is not None
    return Verdict(
        code=Code.RETURNABLE,
        until=until,
        automatic=(
            limit is not None
            and facts.good_standing
            and facts.value <= limit
            # The carrier says it is there and the customer that it is not: a person looks.
            and not said_delivered
        ),
        comes_back=not complaint or (policy.complaints_come_back and not facts.reason.awaits),
        customer_pays_return=not complaint and fault in policy.customer_pays_return,
        shipping_back=(
            ShippingRule.ALWAYS
            if complaint and fault is not Fault.CUSTOMER
            else policy.shipping_back.get(fault, ShippingRule.NEVER)
        ),
        fee_bp=policy.fee_bp if fault is Fault.CUSTOMER and not complaint else 0,
        bonus_bp=policy.bonus_bp(wish) if wish is not None else 0,
    )


def _told(
    facts: Facts, policy: Policy, code: Code, until: datetime | None
) -> Mapping[str, str | int]:
    """Return what the sentence of a refusal names; days as `2026-11-21` in the shop's zone."""
    last = (until - timedelta(seconds=1)).astimezone(facts.zone) if until else None
    day = last.date().isoformat() if last else ""
    days = policy.complaint_days if facts.reason.is_complaint else policy.window_days
    if code is Code.RETURNABLE:
        return {"until": day}
    if code is Code.WINDOW_EXPIRED:
        return {"until": day, "days": days}
    if code is Code.TOO_MANY:
        return {"open": facts.open_units, "units": facts.units}
    if code is Code.NOT_DELIVERED:
        arrival = _arrival(facts, policy)
        due = arrival.astimezone(facts.zone).date().isoformat() if arrival else ""
        return {"due": due}
    if code is Code.CONDITION:
        return {"condition": facts.condition or ""}
    if code is Code.WISH_NOT_OFFERED:
        return {"wishes": ", ".join(policy.wishes)}
    return {}
