"""Reads a typed command (`/stage A12 M`) against the command table.

Every platform that gives only a line of text goes through here, and so does the rehearsal; the
answers to a slip are sentences, not errors.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rapidfuzz import fuzz, process

from handlers.capability import CommandSpec, Option, OptionKind
from handlers.claims.folding import key
from handlers.claims.grammar import read, read_variant
from handlers.claims.lexicon import Lexicon
from handlers.claims.reading import Kind
from handlers.messages import Channel
from handlers.money import Money
from handlers.people import Person
from handlers.snapshot import ItemView, Snapshot, VariantView
from handlers.wording import Said

__all__ = [
    "Invocation",
    "Misread",
    "code_named",
    "find_item",
    "match",
    "read_command",
    "read_given",
    "read_item",
]

_SPACE = re.compile(r"\s+")
#: Phones turn quotes round.
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’"}
#: How chat platforms write the mention of a person.
_MENTION = re.compile(r"<@!?([^|>\s]+)(?:\|[^>]*)?>")
#: An item's name or a variant may be as many words.
_MOST_WORDS = 5
_LONGEST_NAME = 60
#: In percent. "hey" is no command, and is like `help` by 57.
_ALIKE = 65
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), start=1
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Misread:
    """A line that is no command as it stands; the sentence `key` says what would be."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


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
    bare = line.strip().lstrip("/").strip()
    words = [word.lower() for word in _SPACE.split(bare, maxsplit=2)[:2]]
    for count in (2, 1):
        name = " ".join(words[:count])
        if name in table and len(words) >= count:
            rest = _SPACE.split(bare, maxsplit=count)[count:]
            return table[name], rest[0] if rest else ""
    below = [name.split(" ", 1)[1] for name in table if name.startswith(words[0] + " ")]
    if below:
        return Misread(key="command.one_more", values={"word": words[0], "words": below})
    told = {"word": words[0], "near": _near(words, table)}
    return Misread(key="command.unknown", values=told)


def _near(words: Sequence[str], table: Mapping[str, CommandSpec]) -> str:
    """The command that was rather meant; empty where the first word is like none of them."""
    firsts = {name.partition(" ")[0] for name in table}
    if not process.extractOne(words[0], firsts, scorer=fuzz.ratio, score_cutoff=_ALIKE):
        return ""
    near = process.extractOne(" ".join(words)[:_LONGEST_NAME], list(table), score_cutoff=60)
    return near[0] if near else ""


def read_command(
    spec: CommandSpec, rest: str, snapshot: Snapshot, currency: str
) -> dict[str, Any] | Misread:
    """Read the options of `spec` from the rest of its line."""
    reader = _Reader(spec, snapshot, currency)
    left = rest.strip()
    for option in spec.options:
        left = reader.take(option, left)
        if reader.misread is not None:
            return reader.misread
    if left:
        return Misread(key="command.left", values={"left": left, "signature": Said(spec.signature)})
    return reader.values


def read_given(
    spec: CommandSpec, given: Mapping[str, str], snapshot: Snapshot, currency: str
) -> dict[str, Any] | Misread:
    """Read the options of `spec` where each was asked for by its name; a blank one is missing."""
    known = {option.name for option in spec.options}
    for name in given:
        if name not in known:
            told = {"name": spec.name, "word": name, "signature": Said(spec.signature)}
            return Misread(key="command.no_option", values=told)
    reader = _Reader(spec, snapshot, currency)
    for option in spec.options:
        reader.take_whole(option, given.get(option.name, "").strip())
        if reader.misread is not None:
            return reader.misread
    return reader.values


class _Reader:
    """Reads one option after another; `values` are those read, `misread` the first slip."""

    def __init__(self, spec: CommandSpec, snapshot: Snapshot, currency: str) -> None:
        self._spec = spec
        self._snapshot = snapshot
        self._currency = currency
        self._item: ItemView | None = None
        self.values: dict[str, Any] = {}
        self.misread: Misread | None = None

    def take(self, option: Option, left: str) -> str:
        """Read `option` from the front of `left`, and return what comes after it."""
        if not self._begin(option, left):
            return left
        slip: Misread | None = None
        after = self._spec.options[self._spec.options.index(option) + 1 :]
        needs_more = any(one.required for one in after)
        for word, rest in sorted(
            _pieces(option, left), key=lambda piece: needs_more and not piece[1]
        ):
            value = self._value(option, word)
            if not isinstance(value, Misread):
                self._keep(option, value)
                return rest
            slip = slip or value
        # What is no value of an optional one may be the next one's.
        if option.required or option is self._spec.options[-1]:
            self.misread = slip
        return left

    def take_whole(self, option: Option, given: str) -> None:
        """Read `option` from all of `given`; quotes around it do not count."""
        if not self._begin(option, given):
            return
        closing = _QUOTES.get(given[0])
        quoted = closing is not None and given.find(closing, 1) == len(given) - 1 > 1
        value = self._value(option, given[1:-1].strip() if quoted else given)
        if isinstance(value, Misread):
            self.misread = value
        else:
            self._keep(option, value)

    def _begin(self, option: Option, text: str) -> bool:
        """Whether there is anything to read."""
        self.values[option.name] = None
        if not text and option.required:
            told = {"name": option.name.upper(), "signature": Said(self._spec.signature)}
            self.misread = Misread(key="command.missing", values=told)
        return bool(text)

    def _keep(self, option: Option, value: Any) -> None:
        self.values[option.name] = value
        self._item = value if isinstance(value, ItemView) else self._item

    def _value(self, option: Option, word: str) -> Any:
        if option.choices:
            chosen = word.lower()
            told = {"name": option.name.upper(), "choices": option.choices, "word": word}
            return (
                chosen if chosen in option.choices else Misread(key="command.choice", values=told)
            )
        match option.kind:
            case OptionKind.INTEGER | OptionKind.RUN:
                return _integer(option, word)
            case OptionKind.AMOUNT:
                try:
                    return Money.parse(_amount(word), self._currency)
                except ValueError as error:
                    return Misread(key="command.amount", values={"fault": str(error)})
            case OptionKind.ITEM:
                return find_item(self._snapshot, word)
            case OptionKind.VARIANT:
                return _variant(self._snapshot, word, self._item)
            case OptionKind.PERSON:
                mention = _MENTION.fullmatch(word)
                return mention[1] if mention else word.lstrip("@")
            case _:
                return word


def _pieces(option: Option, left: str) -> Iterator[tuple[str, str]]:
    """What `option` may take from the front of `left`, and what is left then; best first.

    Quotes hold words together. Without them a code is the fewest words that name an item, and a
    variant the most that name one.
    """
    closing = _QUOTES.get(left[0])
    end = left.find(closing, 1) if closing else -1
    if option.kind is OptionKind.TEXT:
        yield (left[1:end], "") if end == len(left) - 1 and end > 0 else (left, "")
        return
    if end > 1:
        yield left[1:end].strip(), left[end + 1 :].strip()
        return
    words = _SPACE.split(left, maxsplit=_MOST_WORDS)
    most = 1
    if option.kind in (OptionKind.ITEM, OptionKind.VARIANT):
        most = min(len(words), _MOST_WORDS)
    counts = range(most, 0, -1) if option.kind is OptionKind.VARIANT else range(1, most + 1)
    for count in counts:
        if option.kind is not OptionKind.VARIANT or _says_each_once(words[:count]):
            yield " ".join(words[:count]), " ".join(words[count:])


def _says_each_once(words: Sequence[str]) -> bool:
    """Whether these words may be one variant: a word that comes again begins the next one."""
    said = [word.lower() for word in words if word != "/"]
    return len(set(said)) == len(said) and words[-1] != "/"


def _integer(option: Option, word: str) -> int | Misread:
    told = {"name": option.name.upper(), "word": word}
    if option.name == "quantity":
        # As in a claim: `x2`, or in words.
        word = re.sub(r"^[x×](?=\d)", "", word.lower())
        word = str(_NUMBER_WORDS.get(word, word))
    try:
        value = int(word)
    except ValueError:
        return Misread(key="command.number", values=told)
    return value if abs(value) <= 1_000_000 else Misread(key="command.too_large", values=told)


def code_named(snapshot: Snapshot, word: str) -> str | None:
    """The code that a person means by a code or an alias, None if there is no such item."""
    return read_item(snapshot.lexicon, word)


def read_item(lexicon: Lexicon, word: str) -> str | None:
    """The same by a lexicon of its own."""
    code = lexicon.code_of(key(word))
    if code is not None:
        return code
    # An alias may be several words, which only the grammar knows how to find.
    claim = next(iter(lexicon.words.words), "claim")
    named = read(f"{claim} {word}", lexicon)
    alone = named.kind is Kind.CLAIM and len(named.items) == 1 and not named.items[0].counted
    return named.items[0].code if alone else None


def _amount(word: str) -> str:
    """An amount as the catalogue writes it, also where it was typed with a comma: `15,50`."""
    return re.sub(r"^([0-9]+),([0-9]{1,2})$", r"\1.\2", word.strip())


def find_item(snapshot: Snapshot, word: str) -> ItemView | Misread:
    """The item of a code or alias as a person types it."""
    code = code_named(snapshot, word)
    if code is not None:
        return snapshot.catalogue.items[code]
    known = list(snapshot.catalogue.items)
    near = process.extractOne(word.upper()[:_LONGEST_NAME], known, score_cutoff=50)
    return Misread(key="command.no_item", values={"word": word, "near": near[0] if near else ""})


def _variant(snapshot: Snapshot, word: str, item: ItemView | None) -> VariantView | Misread:
    if item is None:
        return Misread(key="command.item_first")
    fitting = read_variant(word, snapshot.lexicon, item.code)
    if len(fitting) == 1:
        return item.variants[fitting[0]]
    names = [name for name in item.variants if name]
    return Misread(
        key="command.no_variant", values={"code": item.code, "word": word, "names": names}
    )
