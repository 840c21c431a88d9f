"""Whether a direct message wants to start a return, complains, asks for a person, or none of it.

A sentence is read as words and held against the patterns of `intent.yaml`. What blocks comes
first: a form that opens for someone who said *I will return tomorrow* is worse than a message that
a person answers.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any

import regex  # type: ignore[import-untyped]
import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from handlers.claims.folding import fold
from handlers.faq.matching import ordinary_talk
from handlers.faq.words import words_of
from handlers.returns.policy import Wish

__all__ = ["Intent", "IntentReader", "Kind", "Trouble"]

#: More of a message is not read; a wish is said by then.
_LONGEST = 1000
_SHORTEST_SLIP = 5
_TWO_SLIPS = 11
_ELISION = re.compile(r"\b([cdjlmnst]|\w{0,6}qu)'(?=[^\W\d_])")
_SENTENCES = re.compile(r"[.!?;\n…]+(?=\s|$)|[\n¿¡]+")
_REST_OF_WORD = re.compile(r"(?<=[a-z])\*")
_NAMED = re.compile(r"\{(\w+)\}")


class Kind(StrEnum):
    """What a direct message is about."""

    RETURN = "return"
    COMPLAINT = "complaint"
    HUMAN = "human"
    STATUS = "status"
    NONE = "none"


class Trouble(StrEnum):
    """What a complaint is about."""

    BROKEN = "broken"
    MISSING = "missing"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a message wants; `trouble` only of a complaint, `wish` where it names one."""

    kind: Kind = Kind.NONE
    trouble: Trouble | None = None
    wish: Wish | None = None


class IntentReader:
    """Reads direct messages. Made once, of its data; it keeps nothing of what it reads."""

    def __init__(self, data: Mapping[str, Any], talk: Sequence[str] = ()) -> None:
        """Compile the patterns; words of ordinary `talk` are never taken for slips of others."""
        parts = dict(data["parts"])
        self._block = _compiled(data["block"], parts)
        self._status = _compiled(data["status"], parts)
        self._human = _compiled(data["human"], parts)
        self._return = _compiled(data["return"], parts)
        self._troubles = {
            Trouble(name): _compiled(patterns, parts)
            for name, patterns in data["complaint"].items()
        }
        self._wishes = {
            Wish(name): _compiled([pattern], parts) for name, pattern in data["wishes"].items()
        }
        self._words = data["words"].split()
        known = (word for line in talk for word in words_of(line))
        spelled = re.findall(r"[a-z]+", " ".join(_texts(data)))
        self._known = frozenset([*self._words, *spelled, *known])

    @classmethod
    def load(cls) -> "IntentReader":
        """Read the patterns that come with Andon."""
        text = (files("handlers.returns") / "intent.yaml").read_text(encoding="utf-8")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return cls(yaml.load(text, Loader=loader), ordinary_talk())  # noqa: S506

    def read(self, text: str) -> Intent:
        """Return what a message wants. Its sentences are read alone; the gravest is meant."""
        found = [self._sentence(sentence) for sentence in self._sentences(text)]
        wish = next((one.wish for one in found if one.wish), None)
        for kind in (Kind.HUMAN, Kind.COMPLAINT, Kind.RETURN, Kind.STATUS):
            for one in found:
                if one.kind is kind:
                    return Intent(kind=kind, trouble=one.trouble, wish=wish)
        return Intent()

    def _sentence(self, sentence: str) -> Intent:
        if self._human.search(sentence):
            return Intent(kind=Kind.HUMAN)
        if self._status.search(sentence):
            return Intent(kind=Kind.STATUS)
        if self._block.search(sentence):
            return Intent()
        wishes = self._wishes.items()
        wish = next((one for one, pattern in wishes if pattern.search(sentence)), None)
        for trouble, pattern in self._troubles.items():
            if pattern.search(sentence):
                return Intent(kind=Kind.COMPLAINT, trouble=trouble, wish=wish)
        if self._return.search(sentence):
            return Intent(kind=Kind.RETURN, wish=wish)
        return Intent(wish=wish)

    def _sentences(self, text: str) -> Iterator[str]:
        for sentence in _SENTENCES.split(fold(text[:_LONGEST])):
            parted = _ELISION.sub(r"\1 ", sentence.replace("ß", "ss").replace("-", " "))
            words = [self._righted(word) for word in words_of(parted)]
            if words:
                yield " ".join(words)

    def _righted(self, word: str) -> str:
        if len(word) < _SHORTEST_SLIP or word in self._known or not word.isalpha():
            return word
        slips = 2 if len(word) >= _TWO_SLIPS else 1
        near = process.extractOne(word, self._words, scorer=OSA.distance, score_cutoff=slips)
        # The first letter is nearly always right, and tells prendre from rendre.
        return near[0] if near and near[0][0] == word[0] else word


def _compiled(patterns: Sequence[str], parts: Mapping[str, str]) -> "regex.Pattern[str]":
    # An alternation of all: `regex` reads long lists of words in one go.
    return regex.compile("|".join(_expanded(pattern, parts) for pattern in patterns))


def _expanded(pattern: str, parts: Mapping[str, str]) -> str:
    filled = _NAMED.sub(lambda found: parts[found[1]], pattern)
    # Parts name parts: once more is deep enough, and a part that is missing is a KeyError.
    filled = _NAMED.sub(lambda found: parts[found[1]], filled)
    gaps = filled.rstrip().replace(" ... ", r" (?:\w+ ){0,6}?")
    whole_words = _REST_OF_WORD.sub(r"\\w*", gaps)
    return rf"(?:\b(?:{whole_words})(?!\w))"


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _texts(value)
    else:
        for value in data:
            yield from _texts(value)
