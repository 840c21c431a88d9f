"""Slips: what is forgiven in a word, and which codes a mistyped one may have meant."""

import re
from collections.abc import Container, Iterator, Mapping

__all__ = ["LONG_ENOUGH", "looks_like_code", "nearest", "one_edit", "skeleton", "slips", "squeezed"]

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
#: Shorter words are too easily another word.
LONG_ENOUGH = 5
#: Endings that make another form of the word, never a slip: a claim is not `claims` or `claimed`.
_FORMS = ("s", "d", "r", "er", "ed")
#: One slip away from a word of ours, and words of their own.
_OTHER_WORDS = frozenset({"cancer"})
_RUN = re.compile(r"(.)\1+")

_SKELETON = str.maketrans("oilzsbgq", "01125869")
_MOST_NEAR = 4
_LONGEST_CODE = 12
_CODE = re.compile(r"[a-z]{1,6}\d{1,6}[a-z]{0,3}|\d{1,6}[a-z]{1,4}\d{0,4}|[^\W_]*\d[^\W_]*")
#: What is written like a code and is a place, a time, a size of something or a sum.
_MEASURE = re.compile(
    r"\d+(?:st|nd|rd|th|[ap]m|k|hrs?|h|mins?|secs?|[cm]m|km|kgs?|g|ml|oz|lbs?|ft|in|yrs?|yo|fps|p|"
    r"usd|eur|gbp|thb|baht|s|d)|\d+x\d+"
)


def slips(word: str) -> Iterator[str]:
    """Yield what `word` becomes by one slip: a letter too many, missing, wrong or exchanged."""
    if len(word) < LONG_ENOUGH or not word.isascii():
        return
    for typed in one_edit(word):
        if (
            typed.isalpha()
            and typed not in _OTHER_WORDS
            and not any(typed == word + form for form in _FORMS)
        ):
            yield typed


def squeezed(word: str) -> str:
    """Return `word` with every run of one letter as a single letter (`soldddd` is `sold`)."""
    return _RUN.sub(r"\1", word)


def skeleton(code: str) -> str:
    """Return a code with letters that look like digits as those digits (`AI2` is `A12`)."""
    return code.translate(_SKELETON)


def looks_like_code(word: str) -> bool:
    """Whether a word that no item has is written like a code."""
    fits = len(word) <= _LONGEST_CODE and _CODE.fullmatch(word)
    return bool(fits) and not _MEASURE.fullmatch(word)


def nearest(typed: str, codes: Mapping[str, str], skeletons: Mapping[str, str]) -> tuple[str, ...]:
    """Return the known codes nearest to `typed`, best first.

    `codes` and `skeletons` lead from keys to codes. The work depends on the length of `typed`
    alone, not on the size of the catalogue: every single edit is looked up.
    """
    found: dict[str, None] = {}
    if alike := skeletons.get(skeleton(typed)):
        found[alike] = None
    if len(typed) <= _LONGEST_CODE:
        found |= dict.fromkeys(codes[key] for key in _code_edits(typed, codes))
    return tuple(found)[:_MOST_NEAR]


def _code_edits(typed: str, known: Container[str]) -> Iterator[str]:
    """Yield the known keys one edit away: a wrong last digit first, then any other slip."""
    last = typed[-1:]
    if last.isdigit():
        near = sorted((d for d in _DIGITS if d != last), key=lambda d: abs(int(d) - int(last)))
        yield from (key for d in near if (key := typed[:-1] + d) in known)
    yield from (key for key in one_edit(typed) if key in known)


def one_edit(word: str) -> Iterator[str]:
    """Yield what one exchange, wrong, missing or added letter makes of `word`, never itself.

    A digit stands for a digit and a letter for a letter; what is added is like its neighbour;
    in front it is a letter, at the end either.
    """
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    for head, tail in cuts[:-1]:
        if len(tail) > 1 and tail[0] != tail[1]:
            yield head + tail[1] + tail[0] + tail[2:]
        alphabet = _DIGITS if tail[0].isdigit() else _LETTERS
        for letter in alphabet:
            if letter != tail[0]:
                yield head + letter + tail[1:]
        yield head + tail[1:]
    for head, tail in cuts:
        inside = _DIGITS if head[-1:].isdigit() else _LETTERS
        for letter in inside if tail else _DIGITS + _LETTERS:
            yield head + letter + tail
