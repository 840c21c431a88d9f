"""The scorecard's figures: pure, over counted values.

Rates are units over units sold, in hundredths of a percent, a half rounded up. *Sold* is what was
paid for. *Returned* and *complaints* are units of returns and complaints that were not declined,
called off or let lapse, by the show they were sold in, whenever they came back. *Given back* is
money and store credit that went out; what an exchange was worth is in no figure.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from handlers.orders.spreading import rounded, spread

__all__ = ["Back", "Given", "Place", "Score", "Sold", "given_by_place", "rate_bp", "score"]

_WHOLE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What was sold where: a SKU of an item in a show, and who put it on stage there.

    `host` is empty where nobody did.
    """

    show: str
    sku: str
    title: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """Units that were paid for."""

    place: Place
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """Units that came back, or were complained of; `fault` is empty for a reason of the past."""

    place: Place
    kind: Literal["return", "complaint"]
    reason: str
    fault: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was given back, in minor units of a currency."""

    place: Place
    currency: str
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The figures of one show, SKU or host. `reasons` and `faults` count units."""

    key: str
    title: str = ""
    sold: int = 0
    returned: int = 0
    complaints: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    faults: Mapping[str, int] = field(default_factory=dict)
    given: Mapping[str, int] = field(default_factory=dict)

    @property
    def back(self) -> int:
        """Returned, or complained of."""
        return self.returned + self.complaints

    @property
    def return_rate(self) -> int | None:
        """Returned of sold."""
        return rate_bp(self.returned, self.sold)

    @property
    def complaint_rate(self) -> int | None:
        """Complained of, of sold."""
        return rate_bp(self.complaints, self.sold)


def rate_bp(part: int, whole: int) -> int | None:
    """`part` of `whole` in hundredths of a percent; None where there is no whole.

    More than all of it can come back where sales are no longer counted: no rate is cut.
    """
    return rounded(part * _WHOLE, whole) if whole else None


def given_by_place(
    minor: int, currency: str, units: Sequence[tuple[Place, int]]
) -> tuple[Given, ...]:
    """Share one reimbursement over its units by their price; the parts add up to it."""
    shares = spread(minor, [price for _, price in units]) if units else ()
    return tuple(
        Given(place=place, currency=currency, minor=share)
        for (place, _), share in zip(units, shares, strict=True)
    )


def score(
    key: Callable[[Place], str],
    sold: Iterable[Sold],
    back: Iterable[Back],
    given: Iterable[Given],
) -> tuple[Score, ...]:
    """Add up what belongs to one `key`; what has none (an unknown host) is left out.

    Most back first, then by key.
    """
    counting: dict[str, _Counting] = defaultdict(_Counting)
    for one in sold:
        counting[key(one.place)].sell(one)
    for came in back:
        counting[key(came.place)].take(came)
    for gave in given:
        counting[key(gave.place)].give(gave)
    scores = [counted.score(name) for name, counted in counting.items() if name]
    return tuple(sorted(scores, key=lambda one: (-one.back, one.key)))


class _Counting:
    """Adds up one line."""

    def __init__(self) -> None:
        self._titles: set[str] = set()
        self._units: dict[str, int] = defaultdict(int)
        self._reasons: dict[str, int] = defaultdict(int)
        self._faults: dict[str, int] = defaultdict(int)
        self._given: dict[str, int] = defaultdict(int)

    def sell(self, one: Sold) -> None:
        self._titles.add(one.place.title)
        self._units["sold"] += one.units

    def take(self, one: Back) -> None:
        self._titles.add(one.place.title)
        self._units[one.kind] += one.units
        self._reasons[one.reason] += one.units
        self._faults[one.fault] += one.units

    def give(self, one: Given) -> None:
        self._given[one.currency] += one.minor

    def score(self, key: str) -> Score:
        # What is called otherwise by now is shown under the first of its names.
        return Score(
            key=key,
            title=min(self._titles, default=""),
            sold=self._units["sold"],
            returned=self._units["return"],
            complaints=self._units["complaint"],
            reasons=_most_first(self._reasons),
            faults=_most_first(self._faults),
            given=dict(sorted(self._given.items())),
        )


def _most_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
