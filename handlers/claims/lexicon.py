"""The lexicon: the closed vocabulary and one version of the catalogue, compiled for reading."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from handlers.catalog.model import Item
from handlers.claims.compiling import (
    TALK,
    TIMES,
    Parts,
    aliases_of,
    phrases_of,
    quantity,
    stretched,
    table_of,
)
from handlers.claims.folding import fold, key
from handlers.claims.sizing import VariantTable
from handlers.claims.spelling import (
    LONG_ENOUGH,
    looks_like_code,
    nearest,
    one_edit,
    skeleton,
    squeezed,
)
from handlers.claims.vocabulary import ClaimWords, Is, Part

__all__ = ["TALK", "ClaimWords", "Lexicon", "Parts"]

_HEAD = re.compile(r"([^\W\d_]+|\d+)(?=[^\W_])")
_NUMBER_TIMES = re.compile(r"(\d+)x([^\W_]+)")
_TIMES_NUMBER = re.compile(r"([^\W_]+)x(\d+)")
_PIECES = re.compile(r"(\d+)(?:pcs?|pieces?|ea|qty|units?)")
_BROKEN_QUANTITY = re.compile(r"x\d+[.,]\d+|\d+[.,]\d+x")
_COUNTED = re.compile(r"(?:qty|quantity)(\d+)")
_WORD = re.compile(r"[^\W_]+")
#: Words of talk are remembered as well; the memory starts afresh when it is full.
_REMEMBERED = 8192
_LONGEST_REMEMBERED = 24
#: Shorter names of items are too easily another word.
_LONG_NAME = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lexicon:
    """What every word of a line may be, for one catalogue version and one shop's claim words."""

    items: Mapping[str, Item]
    words: ClaimWords
    #: Single words as tokenised, and phrases by their first word, the longest first.
    table: Mapping[str, Parts]
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], Parts], ...]]
    #: First runs of letters or digits of codes (`a` of `a12`), which a space may part.
    heads: frozenset[str]
    stretched: Mapping[str, Parts]
    #: The claim words, folded; those that others may be glued to, the longest first.
    claiming: frozenset[str]
    glue: tuple[str, ...]
    codes: Mapping[str, str]
    skeletons: Mapping[str, str]
    #: What a moderator said a wrong code means, over the rest.
    meant: Mapping[str, str] = field(default_factory=dict)
    _tables: dict[str, VariantTable] = field(default_factory=dict, repr=False)
    #: Most items come in the same few sizes and colours.
    _shared: dict[tuple[str | None, ...], VariantTable] = field(default_factory=dict, repr=False)
    _spelled: dict[str, Parts] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, items: Iterable[Item], words: ClaimWords | None = None) -> "Lexicon":
        """Compile the lexicon of a catalogue; `words` are all claim words if not given."""
        catalogue = {item.code: item for item in items}
        chosen = words or ClaimWords()
        codes = {key(code): code for code in catalogue}
        spoken = frozenset(map(fold, chosen.words))
        aliases = aliases_of(catalogue.values())
        table = table_of(catalogue.values(), codes, aliases, chosen)
        return cls(
            items=catalogue,
            words=chosen,
            table=table,
            phrases=phrases_of(chosen, aliases),
            heads=frozenset(match[1] for code in codes if (match := _HEAD.match(code))),
            stretched=stretched(table),
            claiming=spoken,
            glue=tuple(sorted(spoken, key=len, reverse=True)),
            codes=codes,
            skeletons={skeleton(code): codes[code] for code in codes if len(code) > 2},
        )

    def with_alias(self, typed: str, code: str) -> "Lexicon":
        """Return this lexicon reading the unknown code `typed` as the item `code`."""
        return replace(self, meant={**self.meant, key(typed): code}, _spelled={})

    def variants(self, code: str) -> VariantTable:
        """Return the variants of an item by what may be typed for them."""
        table = self._tables.get(code)
        if table is None:
            names = tuple(variant.name for variant in self.items[code].variants)
            table = self._shared.get(names) or VariantTable.of(names)
            self._tables[code] = self._shared[names] = table
        return table

    def is_talk(self, word: str) -> bool:
        """Whether a word alone makes its clause talk, whatever follows."""
        if word in self.table or word in self.phrases or word in self.heads:
            return False
        return self.spelled(word) is TALK

    def code_of(self, folded: str) -> str | None:
        """Return the code that a folded key stands for."""
        return self.meant.get(folded) or self.codes.get(folded)

    def nearest(self, typed: str) -> tuple[str, ...]:
        """Return the codes an unknown one may have meant, best first."""
        first = self.codes.get(key(typed.partition("-")[0]))
        near = nearest(key(typed), self.codes, self.skeletons)
        return (first, *(code for code in near if code != first)) if first else near

    def misspelled(self, word: str) -> str | None:
        """Return the code of the item whose name `word` misses by one slip, if there is one."""
        if len(word) < _LONG_NAME or not word.isalpha():
            return None
        for name in one_edit(word):
            parts = self.table.get(name, TALK)
            if name[0] == word[0] and parts and parts[0].kind == Is.ITEM:
                return parts[0].code
        return None

    def spelled(self, token: str) -> Parts:
        """Return what a token is that the table does not have, talk if nothing we know."""
        known = self._spelled.get(token)
        if known is None:
            known = self._spell(token)
            if len(token) <= _LONGEST_REMEMBERED:
                if len(self._spelled) >= _REMEMBERED:
                    self._spelled.clear()
                self._spelled[token] = known
        return known

    def _spell(self, token: str) -> Parts:
        if token.isalpha():
            return self._as_word(token)
        first = token[0]
        if first == "@":
            return (Part(kind=Is.PERSON, text=token),)
        if first == "#":
            return self._marked(token[1:])
        if match := _PIECES.fullmatch(token):
            token = match[1]
        if _BROKEN_QUANTITY.fullmatch(token):
            return (Part(kind=Is.QUANTITY, text=token),)
        if token.isdecimal():
            return self._as_number(token)
        if "-" in token or "'" in token:
            return self._as_chain(token)
        if not any(map(str.isdigit, token)):
            return self._as_word(token) if any(map(str.isalpha, token)) else _mark(token)
        if token.replace(".", "").replace(",", "").isdecimal() and len(token.split(".")) < 3:
            return (Part(kind=Is.PRICE, text=token),)
        return self._as_code(token) if _WORD.fullmatch(token) else self._glued(token)

    def _as_word(self, token: str) -> Parts:
        if code := self.meant.get(token):
            return (Part(kind=Is.ITEM, text=token, code=code),)
        short = squeezed(token)
        if short != token and (known := self.stretched.get(short)):
            return known
        if len(token) > 2 and token in self.heads:
            return (Part(kind=Is.UNKNOWN, text=token),)
        if len(token) > 2 and (code := self.skeletons.get(skeleton(token))) and code.isalnum():
            return (Part(kind=Is.UNKNOWN, text=token),)
        return TALK if token.isascii() else self._accented(token)

    def _accented(self, token: str) -> Parts:
        """Forgive an accent as the one slip of a long claim word."""
        bare = "".join(c for c in unicodedata.normalize("NFD", token) if c.isascii())
        known = self.table.get(bare, TALK)
        slipped = len(bare) == len(token) >= LONG_ENOUGH and known[0].kind == Is.WORD
        return known if slipped else self._glued(token)

    def _as_number(self, token: str) -> Parts:
        if code := self.meant.get(token):
            return (Part(kind=Is.ITEM, text=token, code=code),)
        return (replace(quantity(token, token), kind=Is.NUMBER),)

    def _marked(self, token: str) -> Parts:
        """Read what stands after `#`: a code, even if it is only a number."""
        folded = token.replace("-", "")
        if code := self.code_of(folded):
            return (Part(kind=Is.ITEM, text=token, code=code),)
        if folded.isdecimal() or looks_like_code(folded):
            return (Part(kind=Is.UNKNOWN, text=token),)
        return self.table.get(token, TALK)

    def _as_chain(self, token: str) -> Parts:
        """Read parts joined by hyphens: one code, one word, a code and its variant, or words."""
        pieces = token.split("-")
        joined = "".join(pieces)
        if code := self.code_of(joined):
            return (Part(kind=Is.ITEM, text=token, code=code),)
        if joined in self.table:
            return self.table[joined]
        for end in range(len(pieces) - 1, 0, -1):
            code = self.code_of("".join(pieces[:end]))
            if code and all(p in self.variants(code).typed and p.isalpha() for p in pieces[end:]):
                item = Part(kind=Is.ITEM, text="-".join(pieces[:end]), code=code)
                return (item, *(Part(kind=Is.VARIANT, text=p) for p in pieces[end:]))
        if joined.startswith("x") and joined[1:].isdecimal():
            return (Part(kind=Is.QUANTITY, text=token),)
        if any(map(str.isdigit, joined)) and pieces[0] not in self.glue:
            coded = looks_like_code(joined)
            return (Part(kind=Is.UNKNOWN, text=token),) if coded else TALK
        if len(pieces) == 1:
            return TALK
        if phrase := self.phrases.get(pieces[0]):
            whole = next((parts for tail, parts in phrase if tail == tuple(pieces[1:])), None)
            if whole:
                return whole
        words = [self.table.get(p) or self.spelled(p) for p in pieces]
        return TALK if TALK in words else tuple(part for word in words for part in word)

    def _as_code(self, token: str) -> Parts:
        """Read a word with a digit in it: a quantity, a code with one, or an unknown code."""
        if code := self.meant.get(token):
            return (Part(kind=Is.ITEM, text=token, code=code),)
        if (m := TIMES.fullmatch(token)) or (m := _COUNTED.fullmatch(token)):
            return (quantity(token, m[m.lastindex or 1]),)
        splits = [p for p in (self._times(token), self._times_after(token)) if p]
        if len(splits) == 1:
            return splits[0]
        if splits:
            return (Part(kind=Is.UNKNOWN, text=token),)
        glued = self._glued(token)
        if glued is TALK and looks_like_code(token):
            return (Part(kind=Is.UNKNOWN, text=token),)
        return glued

    def _times(self, token: str) -> Parts | None:
        match = _NUMBER_TIMES.fullmatch(token)
        item = match and self._item(match[2])
        return (quantity(match[1], match[1]), item) if match and item else None

    def _times_after(self, token: str) -> Parts | None:
        match = _TIMES_NUMBER.fullmatch(token)
        item = match and self._item(match[1])
        return (item, quantity(match[2], match[2])) if match and item else None

    def _item(self, word: str) -> Part | None:
        code = self.code_of(word)
        if code:
            return Part(kind=Is.ITEM, text=word, code=code)
        part = self.table.get(word, TALK)[:1]
        return part[0] if part and part[0].kind == Is.ITEM else None

    def _glued(self, token: str) -> Parts:
        """Read a claim word with a code (or, in other scripts, any known word) stuck to it."""
        for word in self.glue:
            if token.startswith(word):
                rest = self._beside(token[len(word) :])
                if rest:
                    return (*self.table[word], *rest)
            if token.endswith(word):
                rest = self._beside(token[: -len(word)])
                if rest:
                    return (*rest, *self.table[word])
        return TALK

    def _beside(self, rest: str) -> Parts:
        """Return what is glued to a claim word, nothing unless it has a digit or is not ASCII."""
        if rest.isascii() and not any(map(str.isdigit, rest)):
            return ()
        parts = self.table.get(rest) or self.spelled(rest)
        return () if parts is TALK else parts


def _mark(sign: str) -> Parts:
    """Read what is neither letter nor digit: punctuation only separates, a symbol says more."""
    silent = sign != "%" and all(unicodedata.category(mark)[0] in "PC" for mark in sign)
    return () if silent else TALK
