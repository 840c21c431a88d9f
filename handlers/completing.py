"""Completes an option while it is typed: from its own choices, the catalogue, or the playbooks.

Pure: the open runs are those that the process has in mind.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from rapidfuzz import fuzz, process

from handlers.capability import Option, OptionKind
from handlers.claims.grammar import read_variant
from handlers.command_line import code_named
from handlers.runs.books import OpenRun, Playbooks
from handlers.snapshot import ItemView, Snapshot
from playbooks.filling import fill, holes

__all__ = ["Choice", "complete"]

_LONGEST = 60
_WORD = re.compile(r"[^\W_]+")
_VALUE = attrgetter("value")
_LABEL = attrgetter("label")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way to fill an option in: what is handed in, and how it is shown."""

    value: str
    label: str


def complete(
    option: Option,
    typed: str,
    given: Mapping[str, str],
    snapshot: Snapshot,
    *,
    books: Playbooks | None = None,
    limit: int = 25,
) -> list[Choice]:
    """What `option` may become, best first; `given` are the command's other options so far.

    Items come by the beginning of their code, then by an alias or the words of their title, then
    by likeness. A variant is one of the item that `given` names, a step one of the run.
    """
    typed = typed.strip()[:_LONGEST]
    if option.choices:
        return _nearest(_plain(option.choices), typed)[:limit]
    if option.kind is OptionKind.ITEM:
        return _items(typed, snapshot)[:limit]
    if option.kind is OptionKind.VARIANT:
        item = _named(given, snapshot)
        return [] if item is None else _variants(typed, item, snapshot)[:limit]
    return [] if books is None else _of_books(option, typed, given, books)[:limit]


def _of_books(
    option: Option, typed: str, given: Mapping[str, str], books: Playbooks
) -> list[Choice]:
    if option.kind is OptionKind.PLAYBOOK:
        named = sorted(books.by_id.items())
        return _listed([(id, fill(one.title, dict.fromkeys(holes(one.title), "…")))
                        for id, one in named], typed)  # fmt: skip
    if option.kind is OptionKind.RUN:
        return _listed([(str(one.number), one.title) for one in _newest(books)], typed)
    run = given.get("run", "")
    opened = books.open.get(int(run)) if run.isascii() and run.isdecimal() else None
    if option.kind is not OptionKind.STEP or opened is None:
        return []
    steps = [(str(number), *step) for number, step in enumerate(opened.steps, 1)]
    # What is settled comes last.
    return _listed([one[:2] for one in sorted(steps, key=lambda one: not one[2])], typed)


def _newest(books: Playbooks) -> list[OpenRun]:
    return [books.open[number] for number in sorted(books.open, reverse=True)]


def _listed(named: Sequence[tuple[str, str]], typed: str) -> list[Choice]:
    """Values with what they are called: by their beginning, then by words, then by likeness."""
    choices = [Choice(value=value, label=f"{value} — {label}") for value, label in named]
    start, words = typed.casefold(), _words(typed)
    first = [one for one in choices if one.value.casefold().startswith(start)]
    others = [one for one in choices if one not in first]
    first += [one for one in others if words and _begin(_words(one.label), words)]
    return first or _near(choices, typed)


def _plain(values: Iterable[str]) -> list[Choice]:
    return [Choice(value=value, label=value) for value in values]


def _items(typed: str, snapshot: Snapshot) -> list[Choice]:
    catalogue = snapshot.catalogue.items
    start = typed.casefold()
    found = [item for code, item in catalogue.items() if code.casefold().startswith(start)]
    alias = catalogue.get(code_named(snapshot, typed) or "") if typed else None
    if alias is not None and alias not in found:
        found.append(alias)
    words = _words(typed)
    if words:
        codes = {item.code for item in found}
        found += [
            item
            for item in catalogue.values()
            if item.code not in codes and _begin(_words(item.title), words)
        ]
    choices = [
        Choice(value=item.code, label=f"{item.code} — {item.title}")
        for item in found or catalogue.values()
    ]
    return choices if found else _near(choices, typed)


def _variants(typed: str, item: ItemView, snapshot: Snapshot) -> list[Choice]:
    meant = read_variant(typed, snapshot.lexicon, item.code)
    names = [str(name) for name in item.variants if name]
    return _plain(meant) or _nearest(_plain(names), typed)


def _named(given: Mapping[str, str], snapshot: Snapshot) -> ItemView | None:
    # An item is asked for as `code`; a person may be called like one.
    for word in (given.get("code", ""), *given.values()):
        code = code_named(snapshot, word) if word else None
        if code is not None:
            return snapshot.catalogue.items[code]
    return None


def _nearest(choices: Sequence[Choice], typed: str) -> list[Choice]:
    start, words = typed.casefold(), _words(typed)
    first = [one for one in choices if one.value.casefold().startswith(start)]
    inside = [
        one for one in choices if one not in first and words and _begin(_words(one.value), words)
    ]
    return [*first, *inside] or _near(choices, typed)


def _near(choices: Sequence[Choice], typed: str) -> list[Choice]:
    """Those whose value nearly reads as typed, or else those with a part that does."""
    for by, scorer, least in ((_VALUE, fuzz.ratio, 50), (_LABEL, fuzz.partial_ratio, 75)):
        shown = {at: by(choice) for at, choice in enumerate(choices)}
        near = process.extract(
            typed, shown, scorer=scorer, processor=str.casefold, limit=5, score_cutoff=least
        )
        if near:
            return [choices[at] for _, _, at in near]
    return []


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _begin(words: Sequence[str], typed: Sequence[str]) -> bool:
    """Whether each typed word begins one of `words`."""
    return all(any(word.startswith(one) for word in words) for one in typed)
