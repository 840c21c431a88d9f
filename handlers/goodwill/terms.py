"""How a coupon is typed: what it takes off, and when it may be used. Pure.

read_terms("10%", "min 40 until 2026-12-24 uses 100 each 1 items A12,B3 combines", …)
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from handlers.money import Money
from storage.order_states import DiscountKind

__all__ = ["BadTerm", "Shop", "read_terms"]

_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)\s?%")
_FREE = frozenset({"free-shipping", "freeshipping", "free"})
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST = 1_000_000


class BadTerm(ValueError):
    """A word that cannot be read; `key` is that of the sentence that says so."""

    def __init__(self, *, key: str, word: str) -> None:
        super().__init__(f"{key}: {word}")
        self.key, self.word = key, word


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What terms are read against; `item` gives the code of an item as it is named, or None."""

    currency: str
    timezone: ZoneInfo
    item: Callable[[str], str | None] = field(compare=False)


def read_terms(off: str, terms: str, shop: Shop) -> dict[str, Any]:
    """The columns of a coupon that takes `off` and may be used under `terms`.

    Raises `BadTerm` for the first word that cannot be read.
    """
    values = _off(off, shop)
    words = terms.replace(";", ",").split()
    while words:
        name = words.pop(0).casefold()
        if name == "combines":
            values["combines"] = True
            continue
        read = _READERS.get(name)
        if read is None or not words:
            raise BadTerm(key="coupons.bad_term", word=name)
        values |= read(words.pop(0), shop)
    if values.get("minimum_minor"):
        values["currency"] = shop.currency
    start, end = values.get("valid_from"), values["valid_until"]
    if start is not None and end is not None and end <= start:
        raise BadTerm(key="coupons.bad_dates", word=off)
    return values


def _off(off: str, shop: Shop) -> dict[str, Any]:
    blank: dict[str, Any] = {"currency": None, "valid_until": None, "items": []}
    if off.casefold() in _FREE:
        return {**blank, "kind": DiscountKind.FREE_SHIPPING, "value": 0}
    if percent := _PERCENT.fullmatch(off):
        millionths = int(Decimal(percent[1]) * 10_000)
        if not 0 < millionths <= _MOST:
            raise BadTerm(key="coupons.bad_off", word=off)
        return {**blank, "kind": DiscountKind.PERCENT, "value": millionths}
    minor = _minor(off, shop, "coupons.bad_off")
    return {
        **blank,
        "kind": DiscountKind.AMOUNT,
        "value": minor,
        "currency": shop.currency,
    }


def _minor(word: str, shop: Shop, key: str = "coupons.bad_amount") -> int:
    try:
        minor = Money.parse(word.strip("$€£"), shop.currency).minor
    except ValueError:
        raise BadTerm(key=key, word=word) from None
    if not minor:
        raise BadTerm(key=key, word=word)
    return minor


def _count(word: str) -> int:
    if not (word.isascii() and word.isdecimal() and 0 < int(word[:9]) <= _MOST):
        raise BadTerm(key="coupons.bad_count", word=word)
    return int(word)


def _instant(word: str, shop: Shop, *, whole_day: bool) -> datetime:
    try:
        read = datetime.fromisoformat(word)
    except ValueError:
        raise BadTerm(key="coupons.bad_date", word=word) from None
    if whole_day and _DAY.fullmatch(word):
        read += timedelta(days=1)
    return read if read.tzinfo is not None else read.replace(tzinfo=shop.timezone)


def _items(word: str, shop: Shop) -> dict[str, Any]:
    codes = []
    for name in filter(None, word.split(",")):
        code = shop.item(name)
        if code is None:
            raise BadTerm(key="coupons.bad_item", word=name)
        codes.append(code)
    return {"items": sorted(set(codes))}


_READERS: Mapping[str, Callable[[str, Shop], dict[str, Any]]] = MappingProxyType(
    {
        "min": lambda word, shop: {"minimum_minor": _minor(word, shop)},
        "from": lambda word, shop: {"valid_from": _instant(word, shop, whole_day=False)},
        # Until the 24th is the whole of the 24th.
        "until": lambda word, shop: {"valid_until": _instant(word, shop, whole_day=True)},
        "uses": lambda word, shop: {"most_uses": _count(word)},
        "each": lambda word, shop: {"per_customer": _count(word)},
        "items": _items,
    }
)
