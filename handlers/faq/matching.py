"""Which entry of the FAQ a line asks for, if any. Very good at saying nothing."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Protocol

from handlers.faq.claimlike import reads_as_claim
from handlers.faq.learning import Voices, learn
from handlers.faq.spelling import Speller
from handlers.faq.talk import ordinary_talk
from handlers.faq.words import features, words_of

__all__ = ["THRESHOLD", "Match", "Matcher", "Questions", "Taught", "meanings", "ordinary_talk"]

#: The least score that is answered. Fitted by `python -m benchmarks.faq`, which says how.
THRESHOLD = 0.7

#: How steeply a lead of one voice over the next becomes a score.
_STEEPNESS = 2.0


class Questions(Protocol):
    """What the matcher needs of an entry."""

    @property
    def id(self) -> str:
        """What the entry is called."""

    @property
    def questions(self) -> Sequence[str]:
        """How people ask for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An entry and how sure the matcher is of it: 0 to 1, 0.5 where the next best is as likely."""

    faq: str
    score: float


class Taught:
    """The questions of a FAQ, word for word: what is asked exactly so needs no guess."""

    def __init__(self, entries: Sequence[Questions]) -> None:
        """Take the entries; a question of two of them is nobody's."""
        found: dict[tuple[str, ...], set[str]] = {}
        for entry in entries:
            for text in entry.questions:
                found.setdefault(tuple(words_of(text)), set()).add(entry.id)
        self._by_words = {
            words: next(iter(names)) for words, names in found.items() if words and len(names) == 1
        }

    def best(self, text: str) -> Match | None:
        """Return the entry that has this very question; None for any other, and for claims."""
        words = words_of(text)
        name = self._by_words.get(tuple(words))
        return None if name is None or reads_as_claim(words) else Match(faq=name, score=1.0)


class Matcher:
    """Finds the entry a line asks for. Equal entries and equal text give equal answers."""

    def __init__(
        self,
        taught: Taught,
        speller: Speller,
        meanings: Mapping[str, str],
        voices: Voices,
        threshold: float,
    ) -> None:
        """Take what was learned; `Matcher.of` learns it."""
        self._taught = taught
        self._speller = speller
        self._meanings = meanings
        self._voices = voices
        self._threshold = threshold

    @classmethod
    def of(
        cls,
        entries: Sequence[Questions],
        *,
        threshold: float = THRESHOLD,
        talk: Sequence[str] | None = None,
    ) -> "Matcher":
        """Learn from the entries, against ordinary talk (the project's own, if None is given)."""
        asked = [(entry.id, words_of(text)) for entry in entries for text in entry.questions]
        ordinary = [words_of(text) for text in (ordinary_talk() if talk is None else talk)]
        words_meant = meanings()
        speller = Speller(
            (word for _, words in asked for word in words),
            (word for words in ordinary for word in words),
            words_meant,
        )
        questions = [(faq, features(words, words_meant)) for faq, words in asked]
        against = [features(words, words_meant) for words in ordinary]
        voices = learn(questions, against)
        return cls(Taught(entries), speller, words_meant, voices, threshold)

    def ask(self, text: str) -> Match | None:
        """Return the entry that `text` asks for, or None: nothing is better than a guess."""
        best = self.best(text)
        return best if best is not None and self.answers(best) else None

    def answers(self, match: Match) -> bool:
        """Say whether a match is sure enough to be answered."""
        return match.score >= self._threshold

    def best(self, text: str) -> Match | None:
        """Return the likeliest entry, however unlikely; None where nothing speaks for any."""
        if (exact := self._taught.best(text)) is not None:
            return exact
        heard = self._heard(text)
        if not heard or len(heard) < 2:
            return None
        *entries, silence = heard
        first = max(entries)
        at = entries.index(first)
        next_ = max([silence, *entries[:at], *entries[at + 1 :]])
        return Match(faq=self._voices.labels[at], score=_score(first - next_))

    def scores(self, text: str) -> tuple[Match, ...]:
        """Return every entry with its score, the likeliest first; empty as `best` is None."""
        heard = self._heard(text)
        if not heard or len(heard) < 2:
            return ()
        second, first = sorted(heard)[-2:]
        exact = self._taught.best(text)
        matches = [
            exact
            if exact is not None and exact.faq == label
            else Match(faq=label, score=_score(voice - (second if voice == first else first)))
            for label, voice in zip(self._voices.labels, heard, strict=False)
        ]
        return tuple(sorted(matches, key=lambda match: (-match.score, match.faq)))

    def _heard(self, text: str) -> list[float] | None:
        words = words_of(text)
        if reads_as_claim(words):
            return None
        return self._voices.heard(features(self._speller.right(words), self._meanings))


def meanings() -> dict[str, str]:
    """Return the words and phrases that mean the same to a shop, each with its meaning."""
    text = (files("handlers.faq") / "meanings.txt").read_text(encoding="utf-8")
    return {
        word: meaning
        for line in text.splitlines()
        for meaning, words in [line.split(": ", 1)]
        for word in words.split(" ")
    }


def _score(lead: float) -> float:
    return 1 / (1 + math.exp(-_STEEPNESS * max(min(lead, 20.0), -20.0)))
