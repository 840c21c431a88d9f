"""Variants as people type them: sizes and colours, short or spelled out, in any order."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from handlers.claims.folding import fold
from handlers.claims.vocabulary import WORDS

__all__ = ["ONE_SIZE", "SIZE_PHRASES", "VariantTable", "known_spellings", "spellings", "words_of"]

#: The word that every way to say "one size" becomes.
ONE_SIZE = "onesize"
#: The shortest beginning of a variant's word that stands for the word.
_PREFIX = 3

_SIZES: Mapping[str, str] = {
    "2xs": "xxs",
    "xs": "xsmall xsm",
    "s": "small sm sml",
    "m": "medium med md",
    "l": "large lg lge lrg",
    "xl": "xlarge xlg",
    "2xl": "xxl 2x-large 2xlarge xxlarge",
    "3xl": "xxxl 3xlarge xxxlarge",
    "4xl": "xxxxl 4xlarge",
    "5xl": "xxxxxl 5xlarge",
    ONE_SIZE: "os osfa osfm freesize",
}
_COLOURS: Mapping[str, str] = {
    "black": "blk bk blck bl",
    "white": "wht wh wt whit",
    "blue": "blu bl",
    "navy": "nvy",
    "gray": "grey gry gr",
    "green": "grn gren gr",
    "red": "rd",
    "pink": "pnk pk",
    "yellow": "ylw yel yllw",
    "orange": "orng org",
    "purple": "prpl ppl",
    "brown": "brn brwn bwn",
    "beige": "bge",
    "cream": "crm",
    "ivory": "ivry",
    "silver": "slv slvr",
    "gold": "gld",
    "burgundy": "brg",
    "maroon": "mrn",
    "olive": "olv",
    "khaki": "khk",
    "charcoal": "chrcl",
    "lavender": "lavendar",
    "turquoise": "tq",
    "teal": "tl",
    "taupe": "tpe",
    "mustard": "mstrd",
    "coral": "crl",
    "light": "lt lite",
    "dark": "dk drk",
    "multi": "multicolor multicolour multicolored",
    "tan": "",
    "nude": "",
    "lilac": "",
    "violet": "",
    "mint": "",
    "rose": "",
    "peach": "",
    "aqua": "",
}
_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    word: tuple(others.split()) for word, others in {**_SIZES, **_COLOURS}.items()
}
#: Full words that are only another spelling in a catalogue (`Medium`, `Grey`, `XXL`).
_CANONICAL: Mapping[str, str] = {
    other: word for word, others in _SIZES.items() for other in others.split()
} | {"grey": "gray"}

SIZE_PHRASES: Mapping[tuple[str, ...], str] = {
    ("extra", "small"): "xs",
    ("x", "small"): "xs",
    ("extra", "large"): "xl",
    ("x", "large"): "xl",
    ("extra", "extra", "large"): "2xl",
    ("double", "xl"): "2xl",
    ("triple", "xl"): "3xl",
    ("xx", "large"): "2xl",
    ("xxx", "large"): "3xl",
    ("one", "size"): ONE_SIZE,
    ("one", "size", "fits", "all"): ONE_SIZE,
    ("free", "size"): ONE_SIZE,
    ("o", "s"): ONE_SIZE,
}
_LONGEST_FIRST = sorted(SIZE_PHRASES, key=len, reverse=True)
_NAME_WORD = re.compile(r"\d+[.,]\d+|[^\W_]+(?:['-][^\W_]+)*")


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a variant's name, folded and each in its one spelling."""
    found = tuple(_NAME_WORD.findall(fold(name)))
    return tuple(word for word in _joined(found) if word not in WORDS or word.isdigit())


def _joined(words: tuple[str, ...]) -> Iterator[str]:
    at = 0
    while at < len(words):
        phrase = next((p for p in _LONGEST_FIRST if words[at : at + len(p)] == p), None)
        if phrase:
            yield SIZE_PHRASES[phrase]
        else:
            word = words[at].replace("-", "")
            yield _CANONICAL.get(word, word)
        at += len(phrase or " ")


def spellings(word: str) -> Iterator[str]:
    """Yield every whole way to type a variant's word; its beginnings are not among them."""
    yield word
    yield from _SPELLINGS.get(word, ())


def beginnings(word: str) -> Iterator[str]:
    """Yield what is short for a variant's word: three letters or more from its start."""
    if word.isalpha():
        yield from (word[:end] for end in range(_PREFIX, len(word)))


def known_spellings(names: Iterable[str]) -> set[str]:
    """Return all that may be typed for variants with these names, and for any size or colour."""
    words = {word for name in names for word in words_of(name)} | set(_SPELLINGS)
    return {typed for word in words for typed in (*spellings(word), *beginnings(word))}


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantTable:
    """One item's variants by what may be typed for them."""

    names: tuple[str | None, ...]
    words: tuple[frozenset[str], ...]
    typed: Mapping[str, frozenset[int]]
    all: frozenset[int]

    @classmethod
    def of(cls, names: Iterable[str | None]) -> "VariantTable":
        """Return the table of an item's variant names, in the order of the catalogue."""
        named = tuple(names)
        words = tuple(frozenset(words_of(name or "")) for name in named)
        whole: dict[str, set[int]] = {}
        short: dict[str, set[int]] = {}
        for index, of_variant in enumerate(words):
            for word in of_variant:
                for typed in spellings(word):
                    whole.setdefault(typed, set()).add(index)
                for typed in beginnings(word):
                    short.setdefault(typed, set()).add(index)
        typed_for = {typed: frozenset(fits) for typed, fits in (short | whole).items()}
        every = frozenset(range(len(named)))
        return cls(names=named, words=words, typed=typed_for, all=every)

    @property
    def has_options(self) -> bool:
        """Whether a viewer has anything to choose."""
        return self.names != (None,)

    def fitting(self, typed: Iterable[str]) -> frozenset[int]:
        """Return the places of the variants that all of these words may mean."""
        fits = self.all
        for word in typed:
            fits = fits & self.typed.get(word, frozenset())
        return fits

    def meant(self, typed: Iterable[str]) -> tuple[str, ...]:
        """Return the names that fit; one that is named in full excludes those that say more."""
        chosen = set(typed)
        fits = self.fitting(chosen)
        if len(fits) == 1:
            (only,) = fits
            name = self.names[only]
            return () if name is None else (name,)
        if chosen:
            fewest = min((len(self.words[index]) for index in fits), default=0)
            plain = frozenset(i for i in fits if len(self.words[i]) == fewest == len(chosen))
            fits = plain or fits
        return tuple([name for i in sorted(fits) if (name := self.names[i]) is not None])
