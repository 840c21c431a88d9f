"""From a line as typed to words, and from words to what two spellings of a question share."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from handlers.claims.folding import fold

__all__ = ["features", "words_of"]

#: More of a line is not read: a question is said by then, and a line costs a bounded time.
_LONGEST = 400

_NO_WORDS = re.compile(r"https?://\S+|\bwww\.\S+|<a?:\w+:\d+>|:\w+:|<?[@#]!?&?\w+>?")
_ACCENTS = re.compile("[\u0300-\u036f]")
_STRETCHED = re.compile(r"(\w)\1{2,}")
#: Letters and digits, with the vowel signs that Indian and South East Asian scripts set beside.
_WORD = re.compile(r"[^\W_][^\W_\u0900-\u0dff\u0e00-\u0eff]*|[\u0900-\u0dff\u0e00-\u0eff]+")

#: What thumbs leave out.
_SHORT = {
    "u": "you",
    "ya": "you",
    "r": "are",
    "ur": "your",
    "y": "why",
    "pls": "please",
    "plz": "please",
    "pl": "please",
    "plss": "please",
    "abt": "about",
    "wen": "when",
    "wat": "what",
    "wht": "what",
    "hw": "how",
    "cn": "can",
    "dont": "not",
    "doesnt": "not",
    "didnt": "not",
    "hasnt": "not",
    "havent": "not",
    "isnt": "not",
}


def words_of(text: str) -> list[str]:
    """Return the words of a line: without case, accents, emoji, links, names and stretching."""
    said = _NO_WORDS.sub(" ", fold(text[:_LONGEST])).replace("'", "")
    if not said.isascii():
        bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", said))
        said = unicodedata.normalize("NFC", bare)
    return [_SHORT.get(word, word) for word in _WORD.findall(_STRETCHED.sub(r"\1\1", said))]


def features(words: Sequence[str], meanings: Mapping[str, str]) -> set[str]:
    """Return the words, pairs of neighbours, pieces of three and four letters, and meanings.

    Scripts that write no spaces, and letters with signs, are cut into pieces of two as well.
    """
    found = {f"={word}" for word in words}
    pairs = [f"{left}_{right}" for left, right in zip(["^", *words], [*words, "$"], strict=True)]
    found.update(pairs)
    found.update(f"~{meanings[pair]}" for pair in pairs if pair in meanings)
    triples = map("_".join, zip(words, words[1:], words[2:], strict=False))
    found.update(f"~{meanings[triple]}" for triple in triples if triple in meanings)
    for word in words:
        framed = f" {word} "
        if word in meanings:
            found.add(f"~{meanings[word]}")
        for length in (3, 4) if word.isascii() else (2, 3, 4):
            found.update(framed[at : at + length] for at in range(len(framed) - length + 1))
    return found
