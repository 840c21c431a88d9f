"""A linear classifier learned in plain Python, in a fraction of a second: one voice per answer.

Each entry, and ordinary talk, gets a linear support vector machine of its own against all others
(squared hinge loss), found by dual coordinate descent: Hsieh et al., *A dual coordinate descent
method for large-scale linear SVM*, ICML 2008. Texts are TF-IDF vectors over what the shop's
questions contain; what they do not contain counts in the length of a text, so that a long line
with two known words is far from every question. `docs/decisions/` has what else was measured.
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter, mul

__all__ = ["Voices", "learn"]

#: A text weighs as much as two vectors of length one: the scale that the losses were chosen on.
_LENGTH = math.sqrt(2)
#: A meaning counts for the many pieces of a word that another word for it lacks.
_MEANT = 3
_ROUNDS = 10
_STILL = 0.05
_SAFE = 0.3
_SOFTNESS = 0.5
#: Learning takes the texts in a shuffled order; the same each time, so that answers stay the same.
_SHUFFLE = 1

_Getter = Callable[[Sequence[float]], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class _Vector:
    """The features of one text that the shop knows, with their weights."""

    at: _Getter
    places: tuple[int, ...]
    values: tuple[float, ...]

    def dot(self, weights: Sequence[float]) -> float:
        """Return its product with the weights of one voice."""
        product: float = sum(map(mul, self.at(weights), self.values))
        return product


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """What was learned: how strongly each label, the last of them silence, speaks for a text."""

    places: dict[str, int]
    rarity: list[float]
    unknown: float
    labels: tuple[str, ...]
    postings: list[tuple[tuple[int, float], ...]]
    biases: list[float]

    def heard(self, features: set[str]) -> list[float] | None:
        """Return the strength of each label and of silence; None if no feature is known."""
        vector = _vector(features, self.places, self.rarity, self.unknown)
        if vector is None:
            return None
        heard = self.biases[:]
        for place, value in zip(vector.places, vector.values, strict=False):
            for voice, weight in self.postings[place]:
                heard[voice] += weight * value
        return heard


def learn(questions: Sequence[tuple[str, set[str]]], talk: Sequence[set[str]]) -> Voices:
    """Learn from questions, each a label and its features, against features of ordinary talk."""
    everything = [features for _, features in questions] + list(talk)
    spread = Counter(feature for features in everything for feature in features)
    own = sorted({feature for _, features in questions for feature in features})
    places = {feature: place for place, feature in enumerate(own)}
    rarity = [
        _rarity(len(everything), spread[feature]) * (_MEANT if feature[0] == "~" else 1)
        for feature in own
    ]
    unknown = _rarity(len(everything), 1)
    labels = tuple(sorted({label for label, _ in questions}))
    ranks = {label: rank for rank, label in enumerate(labels)}
    said = [ranks[label] for label, _ in questions] + [len(labels)] * len(talk)
    texts = [
        (vector, rank)
        for features, rank in zip(everything, said, strict=True)
        if (vector := _vector(features, places, rarity, unknown))
    ]
    lengths = [1 + _SOFTNESS + sum(map(mul, text.values, text.values)) for text, _ in texts]
    orders = _orders(len(texts))
    found = [_voice(rank, texts, lengths, len(own), orders) for rank in range(len(labels) + 1)]
    return Voices(
        places=places,
        rarity=rarity,
        unknown=unknown,
        labels=labels,
        postings=[
            tuple((rank, weight) for rank, weight in enumerate(said) if weight)
            for said in zip(*(weights for weights, _ in found), strict=True)
        ],
        biases=[bias for _, bias in found],
    )


def _rarity(texts: int, spread: int) -> float:
    return 1 + math.log((1 + texts) / (1 + spread))


def _vector(
    features: set[str], places: dict[str, int], rarity: Sequence[float], unknown: float
) -> _Vector | None:
    known = tuple(sorted(places[feature] for feature in features if feature in places))
    if not known:
        return None
    weights = [rarity[place] for place in known]
    square = sum(map(mul, weights, weights)) + (len(features) - len(known)) * unknown**2
    scale = _LENGTH / math.sqrt(square)
    # Asked for twice, a single place comes as a pair too; the second then weighs nothing.
    at = itemgetter(*known) if len(known) > 1 else itemgetter(known[0], known[0])
    values = tuple(weight * scale for weight in weights)
    return _Vector(at, known, values if len(known) > 1 else (values[0], 0.0))


def _orders(texts: int) -> list[list[int]]:
    shuffle = random.Random(_SHUFFLE).shuffle  # noqa: S311 - an order, not a secret.
    order = list(range(texts))
    orders = []
    for _ in range(_ROUNDS):
        shuffle(order)
        orders.append(order[:])
    return orders


def _voice(
    rank: int,
    texts: Sequence[tuple[_Vector, int]],
    lengths: Sequence[float],
    width: int,
    orders: Sequence[Sequence[int]],
) -> tuple[list[float], float]:
    """Return the weights and the bias of one label against all others.

    It starts as a voice that is against everything, which most texts never change. A text that is
    safely on its side is not looked at again.
    """
    weights, bias = [0.0] * width, -1.0
    duals = [0.0] * len(texts)
    watched = [True] * len(texts)
    for order in orders:
        largest = 0.0
        for at in order:
            if not watched[at]:
                continue
            vector, label = texts[at]
            side = 1.0 if label == rank else -1.0
            dual = duals[at]
            slope = side * (bias + vector.dot(weights)) - 1 + _SOFTNESS * dual
            if dual == 0.0 and slope >= 0:
                watched[at] = slope <= _SAFE
                continue
            changed = max(dual - slope / lengths[at], 0.0)
            step = (changed - dual) * side
            duals[at] = changed
            bias += step
            largest = max(largest, abs(slope) if step else 0.0)
            for place, value in zip(vector.places, vector.values, strict=False):
                weights[place] += step * value
        if largest < _STILL:
            break
    return weights, bias
