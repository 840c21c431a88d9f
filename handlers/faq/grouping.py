"""Puts questions that mean the same together, so that a team reads each once. Pure."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.faq.words import features, words_of

__all__ = ["Asked", "Group", "grouped"]

#: Two questions this alike are one; the score is a cosine, 0 to 1.
_ALIKE = 0.4
#: What hardly says anything: it is in every other question.
_MEANT = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question as it was asked: the id of its row, who, and the words."""

    id: int
    person: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Questions that mean the same, in the order asked."""

    asked: tuple[Asked, ...]

    @property
    def people(self) -> int:
        """How many people asked it."""
        return len({one.person for one in self.asked})

    @property
    def example(self) -> str:
        """How it was asked: the shortest of the questions, which says it best."""
        return min((one.text for one in self.asked), key=lambda text: (len(text), text))

    @property
    def texts(self) -> tuple[str, ...]:
        """The different ways in which it was asked."""
        return tuple(dict.fromkeys(one.text for one in self.asked))


def grouped(
    asked: Sequence[Asked], talk: Sequence[str], meanings: Mapping[str, str]
) -> tuple[Group, ...]:
    """The groups, the most asked first, then the earliest; `talk` tells which words say little."""
    spread = Counter(part for line in talk for part in features(words_of(line), meanings))
    of_text = {one.text: features(words_of(one.text), meanings) for one in asked}
    spread.update(part for parts in of_text.values() for part in parts)
    lines = len(talk) + len(of_text)
    vectors = {text: _vector(parts, spread, lines) for text, parts in of_text.items()}
    found: list[list[Asked]] = []
    for one in asked:
        best = max(found, key=lambda group: _alike(vectors, group, one), default=None)
        if best is not None and _alike(vectors, best, one) >= _ALIKE:
            best.append(one)
        else:
            found.append([one])
    groups = [Group(asked=tuple(group)) for group in found]
    return tuple(sorted(groups, key=lambda group: (-group.people, group.asked[0].id)))


def _alike(vectors: Mapping[str, Mapping[str, float]], group: Sequence[Asked], one: Asked) -> float:
    """How alike a question is to the first of a group."""
    left, right = vectors[group[0].text], vectors[one.text]
    return sum(weight * right.get(part, 0.0) for part, weight in left.items())


def _vector(parts: set[str], spread: Mapping[str, int], lines: int) -> dict[str, float]:
    weights = {
        part: math.log((1 + lines) / (1 + spread[part])) * (_MEANT if part[0] == "~" else 1.0)
        for part in sorted(parts)
    }
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {part: weight / length for part, weight in weights.items()}
