"""Coupon codes: whether one may be used here and now, and why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from handlers.catalog.model import code_key
from handlers.orders.model import Coupon, Line
from storage.order_states import DiscountKind

__all__ = ["MISUSED", "CouponRefused", "CouponUse", "check_coupon", "coupon_key"]


class CouponRefused(StrEnum):
    """Why a coupon is not taken."""

    ALREADY_HERE = "already_here"
    NOT_WITH_OTHERS = "not_with_others"
    NOT_YET = "not_yet"
    OVER = "over"
    USED_UP = "used_up"
    USED_BY_YOU = "used_by_you"
    OTHER_CURRENCY = "other_currency"
    OTHER_ITEMS = "other_items"
    BELOW_MINIMUM = "below_minimum"


#: Tried by the same customer again and again, these are worth a look.
MISUSED = frozenset({CouponRefused.USED_BY_YOU, CouponRefused.USED_UP, CouponRefused.OVER})


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponUse:
    """A coupon about to be used: when, on what, and how often it was used before.

    `used_by_customer` counts over all joined identities; uses of this very order count in neither.
    """

    at: datetime
    currency: str
    lines: Sequence[Line]
    used: int = 0
    used_by_customer: int = 0
    beside: Sequence[Coupon] = ()


def coupon_key(code: str) -> str:
    """What two spellings of one code have in common: `spring 10` and `SPRING-10` are one."""
    return code_key(code)


def check_coupon(coupon: Coupon, use: CouponUse) -> CouponRefused | None:
    """Why `coupon` is not taken here, None if it is. It is valid up to and without its end."""
    covered = [line for line in use.lines if not coupon.items or line.code in coupon.items]
    in_money = coupon.kind is DiscountKind.AMOUNT or coupon.minimum_minor > 0
    others = [one for one in use.beside if coupon_key(one.code) != coupon_key(coupon.code)]
    checks = (
        (len(others) < len(use.beside), CouponRefused.ALREADY_HERE),
        (_alone(coupon, others), CouponRefused.NOT_WITH_OTHERS),
        (coupon.valid_from is not None and use.at < coupon.valid_from, CouponRefused.NOT_YET),
        (coupon.valid_until is not None and use.at >= coupon.valid_until, CouponRefused.OVER),
        (_reached(use.used_by_customer, coupon.per_customer), CouponRefused.USED_BY_YOU),
        (_reached(use.used, coupon.most_uses), CouponRefused.USED_UP),
        (in_money and coupon.currency != use.currency, CouponRefused.OTHER_CURRENCY),
        (not covered, CouponRefused.OTHER_ITEMS),
        (
            sum(line.goods_minor for line in covered) < coupon.minimum_minor,
            CouponRefused.BELOW_MINIMUM,
        ),
    )
    return next((why for refused, why in checks if refused), None)


def _alone(coupon: Coupon, others: Sequence[Coupon]) -> bool:
    return bool(others) and not (coupon.combines and all(one.combines for one in others))


def _reached(used: int, most: int | None) -> bool:
    return most is not None and used >= most
