"""Letters in disguise: what a text says to the eye, however it is typed.

`readable` undoes what hides words (look-alike letters, styled alphabets, zero-width characters,
accents piled up); `skeleton` goes on to what two names or domains that look alike share.
"""
# ruff: noqa: RUF001 - look-alikes are what this module is about.

import re
import unicodedata
from typing import Final

from handlers.claims.folding import fold, latin

__all__ = ["despaced", "piled_marks", "readable", "scripts", "skeleton", "unleet"]

#: Letters drawn as pictures, which folding drops as emoji.
_PICTURED: Final = {
    first + offset: chr(ord("a") + offset)
    for first in (0x1F150, 0x1F170, 0x1F1E6)
    for offset in range(26)
}
#: Letters that no normal form takes apart.
_BARRED = str.maketrans(
    dict(zip("øłđħŧƒɨƀɍɇʉƶɓɗɠƙƥƭⱥꞓ", "oldhtfibreuzbdgkptac", strict=True))
    | {"ß": "ss", "æ": "ae", "œ": "oe"}
    | {"∨": "v", "∪": "u", "⍺": "a"}
)
_LEET = str.maketrans("013457$@|!8", "oieastsalib")
_LEET_WORD = re.compile(r"[a-z0-9$@|!]+")
_LEET_SIGN = re.compile(r"[013457$@|!8]")
_SPACED = re.compile(r"(?<!\w)(?:\w[ .\-_*~]){2,}\w(?!\w)")
_GAPS = re.compile(r"[ .\-_*~]+")
_PILE = re.compile(
    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_SAME_TO_THE_EYE = str.maketrans("i1|!05$34@7", "llllosseaat")
_NOT_A_LETTER = re.compile(r"[\W_]")


def readable(text: str) -> str:
    """Return a text in plain small letters, as the eye reads it."""
    if text.isascii():
        return text.lower()
    drawn = latin(fold(text.translate(_PICTURED))).translate(_BARRED)
    if drawn.isascii():
        return drawn
    apart = unicodedata.normalize("NFD", drawn)
    return unicodedata.normalize("NFC", _PILE.sub("", apart))


def unleet(plain: str) -> str:
    """Return a readable text with digits and signs inside words as the letters they stand for."""
    return _LEET_WORD.sub(_as_letters, plain) if _LEET_SIGN.search(plain) else plain


def _as_letters(match: re.Match[str]) -> str:
    word = match[0]
    return word.translate(_LEET) if any(map(str.isalpha, word)) else word


def despaced(plain: str) -> str:
    """Return a readable text with words that were spaced out closed up: `f r e e` is `free`."""
    return _SPACED.sub(lambda match: _GAPS.sub("", match[0]), plain)


def skeleton(text: str) -> str:
    """Return what two names that look alike have in common: `Linen_Lab` and `L1nenLab`."""
    drawn = _NOT_A_LETTER.sub("", readable(text).translate(_SAME_TO_THE_EYE))
    return drawn.replace("rn", "m").replace("vv", "w")


def scripts(word: str) -> frozenset[str]:
    """Return the scripts of a word's letters by their Unicode names, such as LATIN, CYRILLIC."""
    names = (unicodedata.name(letter, "") for letter in word if letter.isalpha())
    return frozenset(name.partition(" ")[0] for name in names if name)


def piled_marks(text: str) -> int:
    """Count the accents that are piled on letters, beyond the two that a language may need."""
    if text.isascii():
        return 0
    piled, run = 0, 0
    for character in unicodedata.normalize("NFD", text):
        run = run + 1 if _PILE.match(character) else 0
        piled += run > 2
    return piled
