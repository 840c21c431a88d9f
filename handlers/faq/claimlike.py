"""Lines that are claims, cancels or near misses to anyone, also where no catalogue is at hand."""

from collections.abc import Sequence

from handlers.claims.vocabulary import CLAIM_WORDS, PHRASES, WORDS

__all__ = ["reads_as_claim"]

#: What people add to a code without asking anything: the shop's variants are not known here.
_SIZES = frozenset(
    {"xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl", "small", "medium", "med", "large", "sm", "lg"}
    | {"red", "blue", "green", "black", "white", "pink", "grey", "gray", "gold", "silver", "brown"}
    | {"yellow", "purple", "orange", "beige", "navy", "cream", "any", "left", "there", "theres"}
)
_SPOKEN = frozenset(
    word.replace("'", "") for phrase in (*PHRASES, *((word,) for word in WORDS)) for word in phrase
)


def reads_as_claim(words: Sequence[str]) -> bool:
    """Say whether a line holds a code or a claim word, and nothing that a claim could not hold."""
    named = False
    for word in words:
        if any(letter.isdigit() for letter in word) or word in CLAIM_WORDS:
            named = True
        elif not (word in _SPOKEN or word in _SIZES):
            return False
    return named
