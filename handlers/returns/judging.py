"""The policy's word about lines of an order: facts go in, verdicts and their sentences come out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from handlers.returns.looking import Bought, Part
from handlers.returns.policy import (
    Code,
    Condition,
    Facts,
    ShippingRule,
    Verdict,
    Wish,
    judge,
)
from handlers.returns.reasons import Reason
from handlers.returns.refunds import Breakdown, Given, UnitBack, refund, unit_shares
from handlers.wording import Said
from handlers.work import Work

__all__ = [
    "Asked",
    "breakdown_of",
    "fits",
    "joined",
    "judge_lines",
    "judge_part",
    "said_verdict",
    "value_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants for so many units of each line, as far as it is known."""

    units: Mapping[int, int]
    reason: Reason
    condition: Condition | None = None
    wish: Wish | None = None
    photo: bool = True
    good_standing: bool = False


def judge_part(work: Work, bought: Bought, part: Part, reason: Reason) -> Verdict:
    """What the policy says of a line before anything else was asked."""
    asked = Asked(units={part.id: 1}, reason=reason)
    return judge_lines(work, bought, asked)[part.id]


def judge_lines(work: Work, bought: Bought, asked: Asked) -> dict[int, Verdict]:
    """What the policy says of each line; a line that is not there has no verdict."""
    value = value_of(bought, asked.units)
    return {
        part.id: judge(
            Facts(
                now=work.at,
                zone=work.house.timezone,
                reason=asked.reason,
                paid=bought.paid,
                dispatched_at=part.dispatched_at,
                delivered_at=part.delivered_at,
                final_sale=part.final_sale,
                # What has not left yet is no return: only so much of it can be in one.
                open_units=part.open if part.away else part.units,
                units=asked.units[part.id],
                value=value,
                condition=asked.condition,
                photo=asked.photo,
                good_standing=asked.good_standing,
            ),
            bought.policy,
            asked.wish,
        )
        for part in bought.parts
        if part.id in asked.units
    }


def fits(verdict: Verdict) -> bool:
    """Whether a unit can be chosen; a photo is asked for later."""
    return verdict.allowed or verdict.code is Code.PHOTO_NEEDED


def joined(verdicts: Sequence[Verdict]) -> Verdict:
    """The one that stands for all: the first that says no, else the one that needs a person."""
    refused = [one for one in verdicts if not fits(one)]
    if refused:
        return refused[0]
    return next((one for one in verdicts if not one.automatic), verdicts[0])


def value_of(bought: Bought, units: Mapping[int, int]) -> int:
    """What so many units of each line were worth to the one who paid, in minor units."""
    if bought.prices is None:
        return 0
    shares = unit_shares(bought.prices)
    return sum(
        shares[str(part.id)][number].amount
        for part in bought.parts
        for number in part.numbers(units.get(part.id, 0))
    )


def breakdown_of(
    bought: Bought,
    verdicts: Mapping[int, Verdict],
    units: Mapping[int, int],
    before: Sequence[UnitBack],
    given: Given,
    *,
    swapped: bool = False,
) -> Breakdown | None:
    """What would go back for these units; None where the order has no price.

    `swapped` where they are exchanged: shipping stays then, the new units are sent free.
    """
    if bought.prices is None:
        return None
    now = [
        UnitBack(
            line=str(part.id),
            number=number,
            fee_bp=verdicts[part.id].fee_bp,
            shipping=ShippingRule.NEVER if swapped else verdicts[part.id].shipping_back,
        )
        for part in bought.parts
        for number in part.numbers(units.get(part.id, 0))
    ]
    return refund(bought.prices, now, before=before, given=given)


def said_verdict(work: Work, verdict: Verdict) -> Said:
    """The sentence of a verdict, its days as people of the shop read them."""
    facts = dict(verdict.facts)
    for name in ("until", "due"):
        day = facts.get(name)
        if isinstance(day, str) and day:
            read = date.fromisoformat(day)
            facts[name] = format_date(read, "d MMMM", locale=work.house.locale)
    return work.house.wording.say(verdict.key, **facts)
