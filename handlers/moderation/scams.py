"""Scams and promotion, recognised by what they must say to work.

Each signal is a wording that a scam needs (a bait, a way out of the chat, a payment past the
checkout) with its weight. One word of money or gifts is ordinary; a bait and a way out is not.
The wordings are our own, collected by writing down what such lines ask a viewer to do.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final, NamedTuple

from handlers.claims.folding import fold
from handlers.moderation.baits import BAITS
from handlers.moderation.confusables import despaced, readable, unleet
from handlers.moderation.domains import Link
from handlers.moderation.needles import Sieve
from handlers.moderation.offers import OFFERS
from handlers.moderation.signals import Signal

__all__ = ["ENOUGH", "signals_in"]

#: The weight from which a line is a scam.
ENOUGH: Final = 4


def signals_in(text: str, links: Sequence[Link]) -> tuple[int, tuple[str, ...]]:
    """Return the weight of what a line says, and what that is, the weightiest first."""
    plain = readable(text).replace("*", "").replace("`", "")
    letters = unleet(plain)
    found: dict[str, int] = {}
    different = dict.fromkeys((plain, letters, despaced(letters), fold(text)))
    ways = dict.fromkeys(" ".join(way.split()) for way in different)
    _look(ways, _against(), found)
    # What speaks for a line counts only where something speaks against it.
    if found:
        _look(ways, _for(), found)
    if links and found:
        found["posts a link"] = 2
    ordered = sorted((one for one in found if found[one] > 0), key=lambda one: -found[one])
    return sum(found.values()), tuple(ordered)


def _look(ways: Iterable[str], signals: "_Signals", found: dict[str, int]) -> None:
    for said in ways:
        for place in sorted(signals.sieve.fitting(said)):
            about, weight, pattern = signals.table[place]
            if found.get(about, 0) < abs(weight) and pattern.search(said):
                found[about] = weight


class _Signals(NamedTuple):
    table: Sequence[Signal]
    sieve: Sieve


@cache
def _against() -> _Signals:
    return _sieved([one for one in (*BAITS, *OFFERS) if one.weight > 0])


@cache
def _for() -> _Signals:
    return _sieved([one for one in (*BAITS, *OFFERS) if one.weight <= 0])


def _sieved(table: Sequence[Signal]) -> _Signals:
    return _Signals(table, Sieve([one.pattern.pattern for one in table]))
