"""Scanning: a line becomes clauses, a clause becomes parts of known kinds, or talk."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from handlers.claims.lexicon import TALK, Lexicon, Parts
from handlers.claims.vocabulary import WORDS, Is, Part

__all__ = ["Clause", "kinds_of", "scan"]

#: A decimal or a time stays one word, so that `12.50` is neither two clauses nor a code.
_ASCII = r"[a-z0-9]"
#: All of other scripts but punctuation makes words: many have vowels that are no letters.
_WIDE = r"[^\s\x00-\x2f\x3a-\x60\x7b-\x7f\u2000-\u206f\u3000-\u303f×«»฿€£¥₫₩₱₹]"


def _tokens(letter: str) -> re.Pattern[str]:
    word = rf"{letter}+(?:(?:['-]|(?<=\d)[.:](?=\d)){letter}+)*"
    return re.compile(rf"\d+,\d[\d.,]*|{word}|@\w*|#{letter}+(?:-{letter}+)*|[^\w\s]|[\n\r\v\f_]")


_ASCII_TOKENS = _tokens(_ASCII)
_WIDE_TOKENS = _tokens(_WIDE)
_BREAKS = frozenset(".,!;\n\r\v\f")
_IF = WORDS["if"]
_IF_LEFT: Parts = (Part(kind=Is.IF_LEFT, text="if left"),)
_CONNECTOR = Part(kind=Is.CONNECTOR, text="size")
_AND = Part(kind=Is.AND, text="+")
#: What may stand between "if" and "left", and what makes it that.
_IF_WORDS = frozenset(
    re.findall(
        r"\S+",
        "any some there theres there's is are it its it's still you left available possible have u "
        "got one more of them these stock in not sold out gone remaining you've",
    )
)
_IF_SAYS = frozenset(["left", "available", "possible", "stock", "remaining", "gone", "out"])
_COMBINING = frozenset({Is.SIGN, Is.UNIT, Is.MINUS, Is.CURRENCY, Is.FOR, Is.KIN, Is.SIZE, Is.MARK})
_NUMBER_SIGN = re.compile(r"\bno\.\s*(?=#?[^\W\d_]{0,4}[- ]?\d)")


class Clause(NamedTuple):
    """A clause as typed, its parts, and their kinds as one string; talk has no parts.

    A named tuple, because one is made for every line of chat.
    """

    tokens: Sequence[str]
    talk: bool
    parts: Sequence[Part] = ()
    kinds: str = ""


def kinds_of(parts: Sequence[Part]) -> str:
    """Return the kinds of parts, one letter each: what the rules of the grammar match."""
    return "".join([part.kind for part in parts])


def scan(text: str, lexicon: Lexicon, stage: str | None = None) -> list[Clause]:
    """Return the clauses of a folded line without markup."""
    if "no." in text:
        text = _NUMBER_SIGN.sub("#", text)
    tokens = (_ASCII_TOKENS if text.isascii() else _WIDE_TOKENS).findall(text)
    if _BREAKS.isdisjoint(tokens):
        return [_clause(tokens, lexicon, stage)] if tokens else []
    clauses: list[Clause] = []
    at = 0
    while at < len(tokens):
        end = at
        while end < len(tokens) and tokens[end] not in _BREAKS:
            end += 1
        if end > at:
            clauses.append(_clause(tokens[at:end], lexicon, stage))
        at = end + 1
    return clauses


def _clause(tokens: list[str], lexicon: Lexicon, stage: str | None) -> Clause:
    table, phrases, heads = lexicon.table, lexicon.phrases, lexicon.heads
    parts: list[Part] = []
    at, count = 0, len(tokens)
    while at < count:
        token = tokens[at]
        known = table.get(token)
        used = 1
        if token in phrases or token in heads:
            known, used = _longest(tokens, at, lexicon, stage, known)
        if known is None:
            known = lexicon.spelled(token)
        if known is _IF:
            known, used = _if_left(tokens, at)
        if known is TALK:
            return Clause(tokens, True)
        parts += known
        at += used
    kinds = kinds_of(parts)
    if _COMBINING.isdisjoint(kinds):
        return Clause(tokens, False, parts, kinds)
    combined = _combined(parts, lexicon)
    if combined is None:
        return Clause(tokens, True)
    return Clause(tokens, False, combined, kinds_of(combined))


def _longest(
    tokens: list[str], at: int, lexicon: Lexicon, stage: str | None, known: Parts | None
) -> tuple[Parts | None, int]:
    """Return the longest phrase or spaced code at a place, else what is known of one word."""
    for tail, parts in lexicon.phrases.get(tokens[at], ()):
        if tuple(tokens[at + 1 : at + 1 + len(tail)]) == tail:
            return parts, 1 + len(tail)
    if known and known[0].kind == Is.ITEM:
        return known, 1
    joined, end = tokens[at], at + 1
    for _ in range(2):
        end += tokens[end : end + 1] == ["-"]
        following = "".join(tokens[end : end + 1])
        if not following or joined[-1].isdigit() == following[0].isdigit():
            break
        joined, end = joined + following, end + 1
        code = lexicon.code_of(joined)
        if code and not _means_otherwise(tokens, at, following, lexicon, stage):
            return lexicon.table.get(joined) or (_item(joined, code),), end - at
    return known, 1


def _means_otherwise(
    tokens: list[str], at: int, following: str, lexicon: Lexicon, stage: str | None
) -> bool:
    """Whether a spaced code (`M 2`) is rather two words: a quantity of an item, or a variant."""
    if not following.isdecimal() and lexicon.code_of(following):
        return True
    named = [code for token in tokens if (code := lexicon.code_of(token))]
    if stage:
        named.append(stage)
    return any(tokens[at] in lexicon.variants(code).typed for code in named)


def _item(text: str, code: str) -> Part:
    return Part(kind=Is.ITEM, text=text, code=code)


def _if_left(tokens: list[str], at: int) -> tuple[Parts, int]:
    """Return "if any left" and how many words from "if" on say it, talk if they say more."""
    end = at + 1
    while end < len(tokens) and tokens[end] in _IF_WORDS:
        end += 1
    return (_IF_LEFT, end - at) if _IF_SAYS.intersection(tokens[at:end]) else (TALK, 1)


def _combined(parts: list[Part], lexicon: Lexicon) -> list[Part] | None:
    """Return parts with signs, sums and marks joined to their numbers, None if one says more."""
    done: list[Part] = []
    at = 0
    while at < len(parts):
        part, after = parts[at], parts[at + 1 : at + 3]
        if part.kind in _COMBINING:
            used = _combine(part, after, done, lexicon)
            if not used:
                return None
            at += used
        else:
            done.append(part)
            at += 1
    return done


def _combine(part: Part, after: list[Part], done: list[Part], lexicon: Lexicon) -> int:
    """Add to `done` what a combining part makes of its neighbours; return the parts used."""
    following = after[0] if after else None
    number = following if following and following.kind == Is.NUMBER else None
    before = done[-1] if done and done[-1].kind == Is.NUMBER else None
    match part.kind:
        case Is.SIGN:
            return _sign(part, number, before, done)
        case Is.UNIT if before:
            return 1
        case Is.MINUS:
            done += [Part(kind=Is.QUANTITY, text=f"-{number.text}")] if number else []
            return 2 if number else 1
        case Is.CURRENCY if number or before or _is(following, Is.PRICE):
            if before and not number:
                done.pop()
            done.append(Part(kind=Is.PRICE, text=part.text))
            return 2 if number or _is(following, Is.PRICE) else 1
        case Is.FOR:
            return _for(after, done)
        case Is.SIZE:
            done.append(Part(kind=Is.VARIANT, text=number.text) if number else _CONNECTOR)
            return 2 if number else 1
        case Is.MARK:
            code = number and lexicon.code_of(number.text)
            if number and code:
                done.append(_item(number.text, code))
            elif number:
                done.append(Part(kind=Is.UNKNOWN, text=number.text))
            return 2 if number else 1
    return 0


def _is(part: Part | None, kind: Is) -> bool:
    return part is not None and part.kind == kind


def _counted(number: Part, sign: str = "x") -> Part:
    return Part(kind=Is.QUANTITY, text=f"{sign} {number.text}", number=number.number)


def _sign(sign: Part, number: Part | None, before: Part | None, done: list[Part]) -> int:
    """Join `x 2`, `+ 2`, `qty 2` and `2 x`; a lone plus is "and", a lone star only Markdown."""
    if number:
        done.append(_counted(number, sign.text))
        return 2
    if sign.text == "+":
        done.append(_AND)
        return 1
    if before and sign.text in ("x", "×", "*"):
        done[-1] = _counted(before, sign.text)
        return 1
    return 1 if sign.text == "*" else 0


def _for(after: list[Part], done: list[Part]) -> int:
    """Join `for $40`, `for 40`, `for @bob` and `for my sister`; "for" alone says something else."""
    kinds = kinds_of(after)
    if kinds[:1] in ("@", "k") or kinds == "yk":
        done.append(Part(kind=Is.PERSON, text=after[-1].text if kinds == "yk" else after[0].text))
        return 3 if kinds == "yk" else 2
    if kinds[:1] == Is.NUMBER:
        done.append(Part(kind=Is.PRICE, text=after[0].text))
        return 3 if kinds == "n¤" else 2
    if kinds[:1] in (Is.PRICE, Is.CURRENCY):
        return 1
    return 0
