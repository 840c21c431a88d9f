"""Return numbers such as `R-7K3F`: short, said on the phone, and safe against one slip.

Twenty-three signs, none of which looks like another; a sign typed as its look-alike is understood.
The last sign checks the others: their values, weighted 1, 2, 3 … from the right, leave 10
when divided by 23. As 23 is prime, one wrong sign or two swapped neighbours are always noticed.
"""

import re
import unicodedata
from random import Random

__all__ = ["LONGEST", "SHORTEST", "find_number", "length_for", "new_number", "parse_number"]

#: Signs of a number, the check sign included.
SHORTEST = 4
LONGEST = 9

#: Without R, so that the R in front is never one of them.
_SIGNS = "23456789ACDEFHJKMNPTWXY"
_BASE = len(_SIGNS)
_REST = 10
_LOOKS_LIKE = str.maketrans("BSZGOQ0V", "8526DDDY")
_BETWEEN = re.compile(r"[\s#.:_\-\u2010-\u2015\u2212]+")
_IN_TEXT = re.compile(
    rf"(?<!\w)[Rr]\s?[-\u2010-\u2015\u2212#]?\s?([0-9A-Za-z]{{{SHORTEST},{LONGEST}}})(?!\w)"
)
#: A tenth of the numbers in use: a random one is free nine times of ten.
_SPARE = 10


def new_number(random: Random, *, length: int = SHORTEST) -> str:
    """Return a random number of `length` signs; whether it is free, its table says.

    Raises `ValueError` for a length that `parse_number` would not read.
    """
    if not SHORTEST <= length <= LONGEST:
        raise ValueError(f"a return number has {SHORTEST} to {LONGEST} signs, not {length}")
    body = "".join(random.choice(_SIGNS) for _ in range(length - 1))
    # The last sign weighs 1 and the first of the signs nothing, so the rest is its value.
    return f"R-{body}{_SIGNS[(_REST - _weighed(body + _SIGNS[0])) % _BASE]}"


def length_for(used: int) -> int:
    """Return how long a new number should be when `used` of them exist."""
    length = SHORTEST
    while length < LONGEST and used * _SPARE > _BASE ** (length - 1):
        length += 1
    return length


def parse_number(text: str) -> str | None:
    """Return the number that `text` is, as `R-7K3F`; None if it is none, or mistyped.

    Case, blanks and dashes do not matter, nor look-alikes, nor a missing `R`.
    """
    signs = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()
    plain = signs.removeprefix("R").translate(_LOOKS_LIKE)
    return f"R-{plain}" if SHORTEST <= len(plain) <= LONGEST and _is_whole(plain) else None


def find_number(text: str) -> str | None:
    """Return the first whole number inside a sentence, if there is one."""
    spelled = unicodedata.normalize("NFKC", text)
    found = (parse_number(match[1]) for match in _IN_TEXT.finditer(spelled))
    return next((number for number in found if number), None)


def _is_whole(signs: str) -> bool:
    return all(sign in _SIGNS for sign in signs) and _weighed(signs) % _BASE == _REST


def _weighed(signs: str) -> int:
    return sum(at * _SIGNS.index(sign) for at, sign in enumerate(reversed(signs), start=1))
