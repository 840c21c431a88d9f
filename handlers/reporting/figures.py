"""The figures of a show, and how they are reckoned: pure, for the report and for scorecards."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.schema.states import HoldState

__all__ = [
    "Goods",
    "Handwork",
    "HeldGoods",
    "Lateness",
    "MoneyFigures",
    "ShowFigures",
    "Unmet",
    "Waited",
    "money_figures",
    "percent_of",
    "percentile",
    "waited",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """So many units, worth so many minor units at the price at which they were claimed."""

    units: int = 0
    minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGoods:
    """Goods that were set aside, and what became of them."""

    currency: str
    state: HoldState
    goods: Goods


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyFigures:
    """What was claimed of a show in one currency, by what became of it.

    `received` is the money that came in and stayed: with shipping and tax, without what was taken
    off or paid back.
    """

    currency: str
    paid: Goods = Goods()
    expired: Goods = Goods()
    given_back: Goods = Goods()
    held: Goods = Goods()
    received: int = 0

    @property
    def claimed(self) -> Goods:
        """All that was ever set aside: paid, expired, given back and still held together."""
        parts = (self.paid, self.expired, self.given_back, self.held)
        return Goods(units=sum(one.units for one in parts), minor=sum(one.minor for one in parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """Units of a SKU that `people` wanted and still wait for."""

    sku: str
    label: str
    units: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """How long claims waited to be acknowledged: `told` of `claims` were, in seconds.

    From when a line was sent to the first post that names its claim. None where none was told.
    """

    claims: int = 0
    told: int = 0
    p50: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handwork:
    """What the team did about claims by hand: claims added or counted, moved, and taken back."""

    added: int = 0
    counted: int = 0
    moved: int = 0
    voided: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """Things with a deadline: how many there were, are still open, and were or are late."""

    count: int = 0
    open: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowFigures:
    """A show in figures, as they were `at` that moment. `unmet` has the most wanted first."""

    show_id: int
    name: str
    at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    money: tuple[MoneyFigures, ...]
    unmet: tuple[Unmet, ...]
    waited: Waited
    handwork: Handwork
    questions: int
    steps: Lateness
    exceptions: Lateness

    @property
    def final(self) -> bool:
        """Whether it has ended and nothing of it is held any more."""
        return self.ended_at is not None and not self.units_held

    @property
    def units_held(self) -> int:
        """Units that may still be paid or expire."""
        return sum(one.held.units for one in self.money)


def percentile(values: Iterable[float], percent: int) -> float | None:
    """The smallest value that at least `percent` of all are not above: by nearest rank.

    It is always one of the values; None where there are none. Raises `ValueError` for a percent
    that is not from 1 to 100.
    """
    if not 1 <= percent <= 100:
        raise ValueError(f"{percent} is no percentile from 1 to 100")
    ranked = sorted(values)
    return ranked[math.ceil(percent * len(ranked) / 100) - 1] if ranked else None


def percent_of(part: int, whole: int) -> int:
    """`part` of `whole` in percent, to the nearest, halves up; 0 of nothing."""
    return (200 * part + whole) // (2 * whole) if whole > 0 else 0


def money_figures(
    held: Iterable[HeldGoods], received: Iterable[tuple[str, int]] = ()
) -> tuple[MoneyFigures, ...]:
    """What became of what was held, a currency each, in the order of their names.

    `received` is money by currency; what is there twice adds up.
    """
    goods: dict[tuple[str, HoldState], Goods] = {}
    for one in held:
        before = goods.get((one.currency, one.state), Goods())
        goods[one.currency, one.state] = Goods(
            units=before.units + one.goods.units, minor=before.minor + one.goods.minor
        )
    came: dict[str, int] = {}
    for currency, minor in received:
        came[currency] = came.get(currency, 0) + minor
    return tuple(
        MoneyFigures(
            currency=currency,
            paid=goods.get((currency, HoldState.PAID), Goods()),
            expired=goods.get((currency, HoldState.EXPIRED), Goods()),
            given_back=goods.get((currency, HoldState.RELEASED), Goods()),
            held=goods.get((currency, HoldState.HELD), Goods()),
            received=came.get(currency, 0),
        )
        for currency in sorted({currency for currency, _ in goods} | set(came))
    )


def waited(claims: int, waits: Sequence[timedelta]) -> Waited:
    """The waits of the claims that were acknowledged, out of `claims`.

    A platform's clock may be ahead of ours: what seems to be told before it was sent waited 0 s.
    """
    seconds = [max(0.0, wait.total_seconds()) for wait in waits]
    return Waited(
        claims=claims,
        told=len(seconds),
        p50=percentile(seconds, 50),
        p99=percentile(seconds, 99),
    )
