"""Scams and promotion, recognised by what they must say to work.

Each signal is a wording that a scam needs (a bait, a way out of the chat, a payment past the
checkout) with its weight. One word of money or gifts is ordinary; a bait and a way out is not.
The wordings are our own, collected by writing down what such lines ask a viewer to do.
"""

from collections.abc import Sequence
from typing import Final

from handlers.claims.folding import fold
from handlers.moderation.baits import BAITS
from handlers.moderation.confusables import despaced, readable, unleet
from handlers.moderation.domains import Link
from handlers.moderation.offers import OFFERS

__all__ = ["ENOUGH", "signals_in"]

#: The weight from which a line is a scam.
ENOUGH: Final = 4


def signals_in(text: str, links: Sequence[Link]) -> tuple[int, tuple[str, ...]]:
    """Return the weight of what a line says, and what that is, the weightiest first."""
    plain = readable(text).replace("*", "").replace("`", "")
    letters = unleet(plain)
    found: dict[str, int] = {}
    ways = (plain, letters, despaced(letters), fold(text))
    for said in dict.fromkeys(" ".join(way.split()) for way in ways):
        for about, weight, pattern in (*BAITS, *OFFERS):
            if found.get(about, 0) < abs(weight) and pattern.search(said):
                found[about] = weight
    if links and found:
        found["posts a link"] = 2
    ordered = sorted((one for one in found if found[one] > 0), key=lambda one: -found[one])
    return sum(found.values()), tuple(ordered)
