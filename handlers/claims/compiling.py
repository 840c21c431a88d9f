"""Compiling: the tables of a lexicon from a catalogue and a shop's claim words."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from handlers.catalog.model import Item
from handlers.claims.folding import fold
from handlers.claims.sizing import SIZE_PHRASES, known_spellings
from handlers.claims.spelling import slips, squeezed
from handlers.claims.vocabulary import PHRASES, WORDS, ClaimWords, Is, Part

__all__ = [
    "TALK",
    "TIMES",
    "Parts",
    "Phrases",
    "aliases_of",
    "phrases_of",
    "quantity",
    "stretched",
    "table_of",
]

Parts = tuple[Part, ...]
#: By their first word, the rest of each phrase and what it is; the longest first.
Phrases = Mapping[str, tuple[tuple[tuple[str, ...], Parts], ...]]

#: What a word outside the vocabulary is; always this very tuple.
TALK: Parts = (Part(kind=Is.TALK, text=""),)

#: `2x` and `x2`.
TIMES = re.compile(r"(?P<before>\d+)x|x(?P<after>\d+)")
#: A number of more digits counts as this, which is too many of anything.
_UNCOUNTABLE = 10**6
_CLAIMED_BY_ME = {
    "claim": ("i claim", "we claim"),
    "claiming": ("i'm claiming", "im claiming", "i am claiming", "we're claiming"),
    "dibs": ("i call dibs", "call dibs", "calling dibs", "i'm calling dibs", "i got dibs"),
}
#: `sold it` tells what was done; a claim of what is on stage says `sold` alone.
_TOLD = ("it", "this", "that", "these")


def table_of(
    items: Iterable[Item],
    codes: Mapping[str, str],
    aliases: Mapping[tuple[str, ...], Parts],
    words: ClaimWords,
) -> dict[str, Parts]:
    """Return what every single word is: claim words over codes, aliases, vocabulary, variants."""
    spoken = _claim_words(words)
    names = {v.name for item in items for v in item.variants if v.name}
    variants = {word: (Part(kind=Is.VARIANT, text=word),) for word in known_spellings(names)}
    single = {alias[0]: parts for alias, parts in aliases.items() if len(alias) == 1}
    table: dict[str, Parts] = {**_slips(spoken), **variants, **WORDS, **single}
    table |= {folded: _code_part(folded, code, table) for folded, code in codes.items()}
    return table | spoken


def quantity(text: str, digits: str) -> Part:
    """Return the quantity that `digits` count, typed as `text`."""
    number = int(digits) if len(digits) < 6 else _UNCOUNTABLE
    return Part(kind=Is.QUANTITY, text=text, number=number)


def _claim_words(words: ClaimWords) -> dict[str, Parts]:
    return {
        folded: (Part(kind=Is.WORD, text=word),)
        for word in words.words
        if (folded := fold(word)) and " " not in folded
    } | {word: parts for word, parts in WORDS.items() if parts and parts[0].kind == Is.RELEASE}


def _slips(spoken: Mapping[str, Parts]) -> dict[str, Parts]:
    """Return the slips of claim words, under those of release words, which win."""
    by_kind = sorted(spoken.items(), key=lambda entry: entry[1][0].kind == Is.RELEASE)
    forgiven = {w: parts for w, parts in by_kind if w not in ("remove", "nevermind")}
    return {slip: parts for word, parts in forgiven.items() for slip in slips(word)}


def stretched(table: Mapping[str, Parts]) -> dict[str, Parts]:
    """Return the words that may be drawn out (`soooold`), by their squeezed form."""
    kinds = {Is.WORD, Is.RELEASE, Is.POLITE, Is.INTERJECTION, Is.NO, Is.RETRACT}
    return {
        squeezed(word): parts
        for word, parts in table.items()
        if len(parts) == 1 and parts[0].kind in kinds and parts[0].text == word
    }


def aliases_of(items: Iterable[Item]) -> dict[tuple[str, ...], Parts]:
    """Return the parts of every alias by its words; an alias of two items names neither."""
    owners: dict[tuple[str, ...], set[str]] = {}
    for item in items:
        for alias in item.aliases:
            if words := tuple(w.replace("-", "") for w in fold(alias).split()):
                owners.setdefault(words, set()).add(item.code)
    return {words: (_alias_part(" ".join(words), codes),) for words, codes in owners.items()}


def _alias_part(text: str, codes: set[str]) -> Part:
    if len(codes) > 1:
        return Part(kind=Is.UNKNOWN, text=text, alias=True)
    return Part(kind=Is.ITEM, text=text, code=next(iter(codes)), alias=True)


def _code_part(folded: str, code: str, table: Mapping[str, Parts]) -> Parts:
    """Return a code's part; one that is also a number, quantity or variant stays both."""
    if folded.isdecimal():
        return (replace(quantity(folded, folded), kind=Is.NUMBER, code=code),)
    if match := TIMES.fullmatch(folded):
        return (replace(quantity(folded, match[1] or match[2]), code=code),)
    other = table.get(folded, ())
    if other and other[0].kind == Is.VARIANT:
        return (Part(kind=Is.VARIANT, text=folded, code=code),)
    return (Part(kind=Is.ITEM, text=folded, code=code),)


def phrases_of(words: ClaimWords, aliases: Mapping[tuple[str, ...], Parts]) -> Phrases:
    """Return the phrases of the vocabulary, the claim words and the aliases."""
    whole: dict[tuple[str, ...], Parts] = dict(PHRASES)
    whole |= {p: (Part(kind=Is.VARIANT, text=size),) for p, size in SIZE_PHRASES.items()}
    for word in words.words:
        claimed = (Part(kind=Is.WORD, text=word),)
        whole |= {tuple(p.split()): claimed for p in _CLAIMED_BY_ME.get(word, ())}
        whole |= {tuple(fold(word).split()): claimed} if " " in word else {}
        whole |= {(word, told): TALK for told in _TOLD if word == "sold"}
    whole |= aliases
    by_first: dict[str, list[tuple[tuple[str, ...], Parts]]] = {}
    for phrase, parts in sorted(whole.items(), key=lambda entry: len(entry[0]), reverse=True):
        if len(phrase) > 1:
            by_first.setdefault(phrase[0], []).append((phrase[1:], parts))
    return {first: tuple(rest) for first, rest in by_first.items()}
