"""Tax by table: which rate falls on a line, and how it is rounded.

Rates are millionths (8.875 % is 88,750), by place and tax class. The tax of each rate is rounded
once, on the sum of what it falls on, and then shared over the lines by largest remainder: an
invoice's sums and its lines agree.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from handlers.orders.spreading import MILLION, rounded, spread

__all__ = ["TaxMode", "TaxTable", "Taxed", "millionths", "tax_of"]

_PERCENT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4})?")


class TaxMode(StrEnum):
    """Whether prices contain the tax, or it is put on them."""

    INCLUDED = "included"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTable:
    """The rates of a shop. `rates` maps a place to its rates by tax class, `""` the usual one.

    A place is a country (`DE`), a part of one (`US-NY`), or `*` for everywhere else.
    """

    mode: TaxMode = TaxMode.INCLUDED
    rates: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def rate(self, place: str, tax_class: str) -> int:
        """The rate at `place` for `tax_class`: the nearest place that has one, 0 if none has."""
        for where in (place, place.partition("-")[0], "*"):
            by_class = self.rates.get(where)
            if by_class is not None:
                return by_class.get(tax_class, by_class.get("", 0))
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxed:
    """The tax of one rate: its base, the tax, and its parts in the order of what was taxed."""

    rate: int
    base: int
    tax: int
    parts: tuple[int, ...]


def millionths(percent: str) -> int:
    """Read `8.875` or `19 %` as millionths. Raises `ValueError` outside 0 to 100 %."""
    plain = percent.strip().removesuffix("%").strip()
    if _PERCENT.fullmatch(plain) is None or Decimal(plain) > 100:
        raise ValueError(f"{percent!r} is no percentage; write it like 8.875")
    return int(Decimal(plain) * (MILLION // 100))


def tax_of(mode: TaxMode, rate: int, nets: Sequence[int]) -> Taxed:
    """The tax of one rate on these amounts: contained in them, or what comes on top."""
    base = sum(nets)
    of = MILLION + rate if mode is TaxMode.INCLUDED else MILLION
    tax = rounded(base * rate, of)
    return Taxed(rate=rate, base=base, tax=tax, parts=spread(tax, nets))
