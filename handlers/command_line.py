"""Reads a typed command (`/stage A12 M`) against the command table.

Every platform that gives only a line of text goes through here, and so does the rehearsal; the
answers to a slip are sentences, not errors.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapidfuzz import process

from handlers.capability import CommandSpec, Option, OptionKind
from handlers.claims.folding import key
from handlers.claims.grammar import read, read_variant
from handlers.claims.reading import Kind
from handlers.messages import Channel
from handlers.money import Money
from handlers.people import Person
from handlers.snapshot import ItemView, Snapshot, VariantView

__all__ = ["Invocation", "Misread", "code_named", "find_item", "match", "read_command"]

_SIGN = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Misread:
    """A line that is no command as it stands; `sentence` says what would be."""

    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A command as read: its options by name, of the kinds that the table gives them."""

    spec: CommandSpec
    key: str
    person: Person
    channel: Channel
    reply_to: str
    sent_at: datetime
    options: Mapping[str, Any]


def match(line: str, table: Mapping[str, CommandSpec]) -> tuple[CommandSpec, str] | Misread:
    """Find the command that `line` begins with; returns it and the rest of the line."""
    words = _SIGN.split(line.strip().lstrip("/"), maxsplit=2)
    words[0] = words[0].lower()
    for count in (2, 1):
        name = " ".join(word.lower() for word in words[:count])
        if name in table and len(words) >= count:
            rest = _SIGN.split(line.strip().lstrip("/"), maxsplit=count)[count:]
            return table[name], rest[0] if rest else ""
    below = [name for name in table if name.startswith(words[0] + " ")]
    if below:
        parts = ", ".join(name.split(" ", 1)[1] for name in below)
        return Misread(f"/{words[0]} needs one more word: {parts}.")
    near = process.extractOne(" ".join(words[:2]), list(table), score_cutoff=60)
    hint = f" Did you mean /{near[0]}?" if near else ""
    return Misread(f"There is no /{words[0]}.{hint} /help lists what there is.")


def read_command(
    spec: CommandSpec, rest: str, snapshot: Snapshot, currency: str
) -> dict[str, Any] | Misread:
    """Read the options of `spec` from the rest of its line."""
    values: dict[str, Any] = {}
    left = rest.strip()
    item: ItemView | None = None
    for option in spec.options:
        if not left:
            if option.required:
                return Misread(f"{option.name.upper()} is missing: {spec.signature}.")
            values[option.name] = None
            continue
        word, left = _take(option, left, last=option is spec.options[-1])
        value = _value(option, word, snapshot, currency, item)
        if isinstance(value, Misread):
            if not option.required and option is not spec.options[-1]:
                values[option.name], left = None, f"{word} {left}".strip()
                continue
            return value
        if isinstance(value, ItemView):
            item = value
        values[option.name] = value
    if left:
        return Misread(f"I did not understand “{left}”: {spec.signature}.")
    return values


def _take(option: Option, left: str, *, last: bool) -> tuple[str, str]:
    """The text of one option, and what is left after it; quotes hold words together."""
    if option.kind is OptionKind.TEXT or (last and option.kind is OptionKind.VARIANT):
        return left.strip("\"'"), ""
    if left[0] in "\"'":
        try:
            word = shlex.split(left)[0]
        except ValueError:
            return left, ""
        return word, left[len(word) + 2 :].strip()
    word, _, rest = left.partition(" ")
    return word, rest.strip()


def _value(
    option: Option, word: str, snapshot: Snapshot, currency: str, item: ItemView | None
) -> Any:
    if option.choices:
        return word.lower() if word.lower() in option.choices else _not_a_choice(option, word)
    match option.kind:
        case OptionKind.INTEGER:
            return _integer(option, word)
        case OptionKind.AMOUNT:
            try:
                return Money.parse(word, currency)
            except ValueError as error:
                return Misread(f"{error}.")
        case OptionKind.ITEM:
            return find_item(snapshot, word)
        case OptionKind.VARIANT:
            return _variant(snapshot, word, item)
        case OptionKind.PERSON:
            return word.lstrip("@")
        case _:
            return word


def _integer(option: Option, word: str) -> int | Misread:
    try:
        value = int(word)
    except ValueError:
        return Misread(f"{option.name.upper()} is a whole number, not “{word}”.")
    if abs(value) > 1_000_000:
        return Misread(f"{option.name.upper()} is too large: {word}.")
    return value


def _not_a_choice(option: Option, word: str) -> Misread:
    return Misread(f"{option.name.upper()} is one of {', '.join(option.choices)}, not “{word}”.")


def code_named(snapshot: Snapshot, word: str) -> str | None:
    """The code that a person means by a code or an alias, None if there is no such item."""
    code = snapshot.lexicon.code_of(key(word))
    if code is not None:
        return code
    # An alias may be several words, which only the grammar knows how to find.
    claim = next(iter(snapshot.lexicon.words.words), "claim")
    named = read(f"{claim} {word}", snapshot.lexicon)
    alone = named.kind is Kind.CLAIM and len(named.items) == 1 and not named.items[0].counted
    return named.items[0].code if alone else None


def find_item(snapshot: Snapshot, word: str) -> ItemView | Misread:
    """The item of a code or alias as a person types it."""
    code = code_named(snapshot, word)
    if code is not None:
        return snapshot.catalogue.items[code]
    near = process.extractOne(word.upper(), list(snapshot.catalogue.items), score_cutoff=50)
    hint = f" Did you mean {near[0]}?" if near else ""
    return Misread(f"There is no item {word}.{hint}")


def _variant(snapshot: Snapshot, word: str, item: ItemView | None) -> VariantView | Misread:
    if item is None:
        return Misread("Name the item first.")
    fitting = read_variant(word, snapshot.lexicon, item.code)
    if len(fitting) == 1:
        return item.variants[fitting[0]]
    names = ", ".join(str(name) for name in item.variants)
    if not any(item.variants):
        return Misread(f"{item.code} has no variants.")
    return Misread(f"{item.code} comes in {names}; “{word}” does not name one of them.")
