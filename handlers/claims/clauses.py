"""The rules of a clause: what a string of kinds, one letter a word, does in a line."""

import re
from enum import Enum, auto
from functools import lru_cache

__all__ = ["Role", "role_of"]


class Role(Enum):
    """What a clause does."""

    CLAIMS = auto()
    RELEASES = auto()
    GOES_ON = auto()  # only items, variants and quantities: belongs to the clause before
    NEUTRAL = auto()  # only politeness and interjections: changes nothing
    ASKS = auto()
    WANTS = auto()
    TALKS = auto()


#: "No" before anything is claimed says that nothing is.
_NEGATED = r"[^wiuvnq]*o[^wiuvnq]*[wiuvnq].*"
#: A modal, "I" and a verb; "I claim" is one word of its own.
_ASKS = r"[jp&x]*m(?:sp*t|s?p*w)[iuvnq&cpjlw?$]*"
_WANTS = r"[jp&x]*(?:dp*[tw]?|fp*[tw])[iuvnq&cpjlw$]*[vnqci][iuvnq&cpjlw$]*"
_RELEASES = r"[px&]*[wiuvnq&cpy]*r[wriuvnq&cpy]*x*"
#: Sums, people and second thoughts pass here: they make the claim a near miss later.
_CLAIMS = r"[wiuvnq&cpjlxo$@]*"

#: The first rule that fits the whole clause decides.
_RULES = tuple(
    (re.compile(pattern), role)
    for pattern, role in (
        (r"[pj&c]+", Role.NEUTRAL),
        (r"[iuvnq&cpj]+", Role.GOES_ON),
        (_NEGATED, Role.TALKS),
        (_CLAIMS, Role.CLAIMS),
        (_RELEASES, Role.RELEASES),
        (_ASKS, Role.ASKS),
        (_WANTS, Role.WANTS),
    )
)


@lru_cache(maxsize=4096)
def role_of(kinds: str) -> Role:
    """Return what a clause of these kinds does; the few shapes of claims are remembered."""
    return next((role for pattern, role in _RULES if pattern.fullmatch(kinds)), Role.TALKS)
