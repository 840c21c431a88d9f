"""How what goes back is given: as money, as store credit with a bonus, or against another unit.

What a shop adds (a bonus) is its gift and counted apart: it is never money, and it never makes a
refund larger than what was paid.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from handlers.returns.policy import Wish
from handlers.returns.refunds import Breakdown

__all__ = ["Settlement", "Way", "settle", "way_of"]

_WHOLE = 10_000


class Way(StrEnum):
    """How a return is reimbursed, taken as a whole."""

    REFUND = "refund"
    CREDIT = "credit"
    EXCHANGE = "exchange"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Who gives what, in minor units.

    `money` and `credit` go to the customer, `bonus` is the part of `credit`, or of the price of
    the new unit, that the shop adds, and `to_pay` is what the customer owes for the new unit.
    """

    money: int = 0
    credit: int = 0
    bonus: int = 0
    to_pay: int = 0


def settle(breakdown: Breakdown, wish: Wish, *, bonus_bp: int = 0, price: int = 0) -> Settlement:
    """Return how `breakdown` is given for `wish`; `price` is that of the new units of an exchange.

    An exchange is paid from the bonus first, which is lost where the new unit costs less, then
    from credit and money; what is left of these goes back to where it came from.
    """
    bonus = breakdown.total * bonus_bp // _WHOLE
    if wish is Wish.REFUND:
        return Settlement(money=breakdown.money, credit=breakdown.credit)
    if wish is Wish.CREDIT:
        return Settlement(credit=breakdown.total + bonus, bonus=bonus)
    bonus = min(bonus, max(price - breakdown.total, 0))
    owed = price - bonus
    from_credit = min(breakdown.credit, owed)
    from_money = min(breakdown.money, owed - from_credit)
    return Settlement(
        money=breakdown.money - from_money,
        credit=breakdown.credit - from_credit,
        bonus=bonus,
        to_pay=owed - from_credit - from_money,
    )


def way_of(wishes: Collection[Wish]) -> Way | None:
    """Return the way of a return from the wishes of its units; None where there are none."""
    ways = {Way(wish.value) for wish in wishes}
    if len(ways) > 1:
        return Way.MIXED
    return next(iter(ways), None)
