"""Needles: short literal texts of which a line must hold one before a wording can fit.

Most lines hold none, and a wording that cannot fit need not be tried. The needles are taken from
the wordings themselves, so that a new wording brings its own.
"""

import importlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

__all__ = ["Sieve", "needles_of"]

#: More spellings of one stretch than this are not written out.
_MOST = 60
#: A sign, a digit or a single letter is in every other line.
_TELLING = re.compile(r"(?=.{2}).*[^\W\d_]", re.DOTALL)
#: Words of everyday talk.
_COMMON = frozenset({
    "a", "and", "are", "at", "be", "by", "can", "did", "do", "for", "from", "get", "have", "here",
    "how", "i", "if", "in", "is", "it", "make", "me", "my", "now", "of", "on", "only", "our", "out",
    "see", "so", "that", "the", "this", "to", "us", "want", "with", "you", "your",
})  # fmt: skip
_PARSER: Any = importlib.import_module("re._parser")
_CODES: Any = importlib.import_module("re._constants")


class Sieve:
    """Tells which of several wordings can fit a text at all."""

    def __init__(self, patterns: Sequence[str]) -> None:
        owners: dict[str, set[int]] = {}
        always: set[int] = set()
        for place, pattern in enumerate(patterns):
            needles = needles_of(pattern)
            always.update(() if needles else (place,))
            for needle in needles:
                owners.setdefault(needle, set()).add(place)
        self._always = frozenset(always)
        # Of needles that begin alike only the longest is found at its place: it stands for all.
        self._owners: Mapping[str, frozenset[int]] = {
            needle: frozenset().union(*(owners.get(start, ()) for start in _starts(needle)))
            for needle in owners
        }
        self._any = re.compile(f"(?=({_as_tree(self._owners)}))") if owners else re.compile("(?!)")

    def fitting(self, text: str) -> frozenset[int]:
        """Return the places of the wordings that may fit; all others do not."""
        found = self._any.findall(text)
        if not found:
            return self._always
        return self._always.union(*(self._owners[needle] for needle in set(found)))


def _starts(needle: str) -> Iterable[str]:
    return (needle[:end] for end in range(1, len(needle) + 1))


@lru_cache(maxsize=1_000)
def needles_of(pattern: str) -> frozenset[str]:
    """Return texts of which one is in whatever a pattern fits; none where that is not known."""
    return _best([_needles(_PARSER.parse(pattern))])


def _best(choices: Iterable[frozenset[str] | None]) -> frozenset[str]:
    """Return the choice that the fewest lines hold one of, as far as words tell."""
    usable = (one for one in choices if one and all(map(_TELLING.match, one)))
    return max(usable, key=_rarity, default=frozenset())


def _rarity(needles: frozenset[str]) -> tuple[int, int, int]:
    common = sum(needle.strip() in _COMMON for needle in needles)
    return -common, min(map(len, needles)), -len(needles)


def _needles(parsed: Iterable[tuple[Any, Any]]) -> frozenset[str]:
    choices: list[frozenset[str]] = []
    run = frozenset({""})
    for code, value in parsed:
        spelled = _spellings(code, value)
        if spelled is None:
            choices += [run, _inside(code, value)]
            run = frozenset({""})
        elif len(longer := _joined(run, spelled)) <= _MOST:
            run = longer
        else:
            choices.append(run)
            run = spelled
    return _best([*choices, run])


def _inside(code: Any, value: Any) -> frozenset[str]:
    """Return the needles of a part that has too many spellings."""
    if code is _CODES.SUBPATTERN:
        return _needles(value[3])
    if code is _CODES.BRANCH:
        branches = [_needles(one) for one in value[1]]
        return frozenset().union(*branches) if all(branches) else frozenset()
    if code in (_CODES.MAX_REPEAT, _CODES.MIN_REPEAT) and value[0]:
        return _needles(value[2])
    return frozenset()


def _spellings(code: Any, value: Any) -> frozenset[str] | None:
    """Return all texts that a part fits; None where they are too many, or not known."""
    if code is _CODES.LITERAL:
        return frozenset({chr(value)})
    if code in (_CODES.AT, _CODES.ASSERT, _CODES.ASSERT_NOT):
        return frozenset({""})
    if code is _CODES.SUBPATTERN:
        return _spelled(value[3])
    if code is _CODES.BRANCH:
        branches = [_spelled(one) for one in value[1]]
        known = [one for one in branches if one is not None]
        return frozenset().union(*known) if len(known) == len(branches) else None
    if code in (_CODES.MAX_REPEAT, _CODES.MIN_REPEAT) and value[:2] == (0, 1):
        once = _spelled(value[2])
        return None if once is None else once | {""}
    if code is _CODES.IN and all(one is _CODES.LITERAL for one, _ in value):
        return frozenset(chr(letter) for _, letter in value)
    return None


def _spelled(parsed: Iterable[tuple[Any, Any]]) -> frozenset[str] | None:
    run = frozenset({""})
    for code, value in parsed:
        spelled = _spellings(code, value)
        if spelled is None or len(run := _joined(run, spelled)) > _MOST:
            return None
    return run


def _joined(first: frozenset[str], second: frozenset[str]) -> frozenset[str]:
    return frozenset(one + other for one in first for other in second)


def _as_tree(words: Iterable[str]) -> str:
    """Return a pattern of words, longest first, that looks at each letter once."""
    tails: dict[str, list[str]] = {}
    for word in words:
        tails.setdefault(word[:1], []).append(word[1:])
    ends = tails.pop("", None) is not None
    branches = [re.escape(letter) + _as_tree(rest) for letter, rest in sorted(tails.items())]
    if not branches:
        return ""
    joined = branches[0] if len(branches) == 1 and not ends else f"(?:{'|'.join(branches)})"
    return f"{joined}?" if ends else joined
