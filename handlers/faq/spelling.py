"""Words that the shop's questions lack: slips of its own words, and others that mean the same."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

__all__ = ["Speller"]

_SHORTEST = 4
_CLEAR = 7
_LONG = 8
_REMEMBERED = 20_000


class Speller:
    """Knows the words of the shop's questions, and says a line in them as far as it can.

    A word that ordinary talk knows is meant as it stands. The first letter is taken as typed. One
    slip is forgiven in words of four letters or more, two in words of eight or more; in words of
    fewer than seven only beside a word of the shop's: too many words differ in one letter. A word
    that means what one of the shop's does becomes that one, beside another of the shop's too.
    """

    def __init__(
        self, shop: Iterable[str], talk: Iterable[str], meanings: Mapping[str, str]
    ) -> None:
        """Learn the words of the shop's questions and of ordinary talk, and what words mean."""
        shop = list(shop)
        self._all = frozenset(shop)
        self._means = meanings
        self._word_for: dict[str, str] = {}
        for word, _ in sorted(Counter(shop).items(), key=lambda one: (-one[1], one[0])):
            if word in meanings:
                self._word_for.setdefault(meanings[word], word)
        self._shop = frozenset(word for word in shop if len(word) >= _SHORTEST and word.isalpha())
        self._known = self._all | frozenset(talk) | meanings.keys()
        self._by_letter: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._shop):
            self._by_letter[word[0]].append(word)
        self._remembered: dict[str, str] = {}

    def right(self, words: Sequence[str]) -> list[str]:
        """Return the words of a line as the shop would say them."""
        meant = [self._meant(word) for word in words]
        own = [word in self._shop for word in meant]
        for at, word in enumerate(words):
            beside = any(own[:at]) or any(own[at + 1 :])
            if meant[at] == word and beside:
                meant[at] = self._own(word)
            elif len(word) < _CLEAR and not beside:
                meant[at] = word
        return meant

    def _own(self, word: str) -> str:
        if word in self._all or word not in self._means:
            return word
        return self._word_for.get(self._means[word], word)

    def _meant(self, word: str) -> str:
        if len(word) < _SHORTEST or word in self._known or not word.isalpha():
            return word
        meant = self._remembered.get(word)
        if meant is None:
            meant = self._nearest(word)
            # A chat can invent words for ever: those after the first many are looked up each time.
            if len(self._remembered) < _REMEMBERED:
                self._remembered[word] = meant
        return meant

    def _nearest(self, word: str) -> str:
        slips = 2 if len(word) >= _LONG else 1
        found = process.extractOne(
            word, self._by_letter.get(word[0], ()), scorer=OSA.distance, score_cutoff=slips
        )
        return found[0] if found else word
