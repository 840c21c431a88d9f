"""What a typed answer to a list of choices means: a number, several, all, or a name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from handlers.faq.words import words_of

__all__ = ["Choice", "chosen", "means_back", "means_no", "means_stop", "means_yes"]

_NUMBERS = re.compile(r"[0-9]{1,3}")
#: Numbers, and nothing else but what stands between them.
_ONLY_NUMBERS = re.compile(
    r"(?:no\.?|nr\.?|number)?\s*[#(]?[0-9]{1,3}[.)]?"
    r"(?:\s*(?:,|;|&|\+|/|\band\b|\bund\b|\bet\b|\by\b|\s)\s*#?[0-9]{1,3}[.)]?)*"
)
_SHORTEST_SLIP = 4
#: Shorter words are in too many names to mean one of them.
_SHORTEST_PART = 3

_YES = frozenset(
    [
        "yes",
        "y",
        "yep",
        "yeah",
        "ok",
        "okay",
        "sure",
        "confirm",
        "send",
        "ja",
        "jo",
        "jep",
        "oui",
        "si",
        "vale",
        "claro",
    ]
)
_NO = frozenset(
    [
        "no",
        "n",
        "nope",
        "none",
        "skip",
        "nein",
        "non",
        "nee",
        "ninguno",
        "ninguna",
        "aucune",
        "aucun",
        "keine",
        "kein",
    ]
)
_ALL = frozenset(
    [
        "all",
        "everything",
        "both",
        "alle",
        "alles",
        "beide",
        "tout",
        "tous",
        "toutes",
        "todo",
        "todos",
        "todas",
    ]
)
#: Those of them that mean two.
_BOTH = frozenset(["both", "beide"])
_BACK = frozenset(
    ["back", "undo", "change", "zuruck", "retour", "precedent", "atras", "volver", "andern"]
)
_STOP = frozenset(
    [
        "stop",
        "cancel",
        "quit",
        "exit",
        "abort",
        "abbrechen",
        "abbruch",
        "annuler",
        "arreter",
        "cancelar",
        "parar",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing that can be chosen; `why_not` is the sentence why it cannot, or ""."""

    value: str
    label: str
    why_not: str = ""


def chosen(said: str, choices: Sequence[Choice], *, many: bool = False) -> tuple[Choice, ...]:
    """Return what was chosen, in the order of `choices`; () where that is not clear.

    Numbers count from 1, as the choices are listed. A value as it stands is what a button sends.
    All means all that can be chosen, both where that is two. A name may be the beginning, or have
    a slip, if it fits one choice alone.
    """
    exact = [choice for choice in choices if said == choice.value]
    if exact:
        return tuple(exact)
    numbers = _numbers(said)
    if numbers:
        if max(numbers) > len(choices) or min(numbers) < 1 or (len(numbers) > 1 and not many):
            return ()
        return tuple(choices[number - 1] for number in sorted(numbers))
    words = words_of(said)
    if many and words and set(words) <= _ALL:
        every = tuple(choice for choice in choices if not choice.why_not)
        return every if len(every) == 2 or not set(words) <= _BOTH else ()
    return _named(words, choices)


def means_yes(said: str) -> bool:
    """Say whether an answer is a plain yes, or 1, the first of yes and no."""
    return _only(said, _YES) or said.strip() in ("1", "👍", "✅")


def means_no(said: str) -> bool:
    """Say whether an answer is a plain no."""
    return _only(said, _NO) or said.strip() == "2"


def means_back(said: str) -> bool:
    """Say whether the question before is asked for."""
    return _only(said, _BACK)


def means_stop(said: str) -> bool:
    """Say whether the form is to end."""
    return _only(said, _STOP)


def _numbers(said: str) -> set[int]:
    plain = said.strip().lower()
    if _ONLY_NUMBERS.fullmatch(plain) is None:
        return set()
    return {int(number) for number in _NUMBERS.findall(plain)}


def _only(said: str, words: frozenset[str]) -> bool:
    spoken = set(words_of(said)) - {"please", "bitte", "svp", "thanks"}
    return bool(spoken) and spoken <= words


def _named(words: Sequence[str], choices: Sequence[Choice]) -> tuple[Choice, ...]:
    if not words:
        return ()
    typed = " ".join(words)
    labels = [" ".join(words_of(choice.label)) for choice in choices]
    part = len(typed) >= _SHORTEST_PART and not {*words} <= _NO | _YES
    tests = (
        lambda label: label == typed,
        lambda label: part and label.startswith(typed),
        lambda label: part and f" {typed} " in f" {label} ",
        lambda label: len(typed) >= _SHORTEST_SLIP and OSA.distance(label, typed) <= 1,
    )
    for test in tests:
        fitting = [choice for choice, label in zip(choices, labels, strict=True) if test(label)]
        if fitting:
            return tuple(fitting) if len(fitting) == 1 else ()
    return ()
