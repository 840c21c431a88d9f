"""Blocked phrases: words, and regular expressions that cannot hold up the chat.

A shop's expression runs under a time limit. One that takes longer on a line is stopped, switched
off and reported, so that it costs the chat one pause and never a second.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["LONGEST_PATTERN", "PhraseError", "Phrases", "compiled"]

#: A longer expression is refused: it is no phrase.
LONGEST_PATTERN = 300
#: No more of a line than this is searched; platforms allow at most 4,000.
_LONGEST_TEXT = 4_000


class PhraseError(ValueError):
    """An expression that cannot be used, with what is wrong with it."""


def compiled(pattern: str) -> Any:
    """Compile a shop's expression. Raises `PhraseError`."""
    # On first use: few shops have expressions, and the import takes its time.
    import regex  # type: ignore[import-untyped]

    if len(pattern) > LONGEST_PATTERN:
        raise PhraseError(f"has an expression of more than {LONGEST_PATTERN} characters")
    try:
        expression = regex.compile(pattern, regex.IGNORECASE)
    except (regex.error, OverflowError, RecursionError, ValueError) as error:
        raise PhraseError(f"has {pattern!r}, which is no expression: {error}") from None
    if expression.search("", timeout=1):
        raise PhraseError(f"has {pattern!r}, which fits every line")
    return expression


class Phrases:
    """The blocked phrases of a shop, and which of its expressions had to be switched off."""

    def __init__(self, words: Iterable[str], patterns: Iterable[str], milliseconds: int) -> None:
        self._words = _any_of(words)
        self._patterns = {pattern: compiled(pattern) for pattern in patterns}
        self._seconds = milliseconds / 1000
        self._stopped: dict[str, str] = {}

    @property
    def stopped(self) -> Mapping[str, str]:
        """Expressions that were switched off, each with a sentence for the team."""
        return self._stopped

    def found(self, text: str, readable: str) -> str | None:
        """Return the phrase that is in a line, as it was set; None if there is none."""
        if self._words and (word := self._words.search(readable)):
            return word[0]
        for pattern, expression in self._patterns.items():
            if pattern not in self._stopped and self._fits(pattern, expression, text):
                return pattern
        return None

    def _fits(self, pattern: str, expression: Any, text: str) -> bool:
        try:
            return expression.search(text[:_LONGEST_TEXT], timeout=self._seconds) is not None
        except TimeoutError:
            self._stopped[pattern] = (
                f"The expression {pattern!r} took longer than {self._seconds * 1000:.0f} ms on one "
                "line. It is switched off; the other rules go on. Write it more simply."
            )
            return False


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    kept = sorted({" ".join(word.casefold().split()) for word in words} - {""})
    if not kept:
        return None
    spaced = (r"\s+".join(map(re.escape, word.split())) for word in kept)
    return re.compile(rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)")
