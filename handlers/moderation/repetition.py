"""Repeated lines, floods and raids; and why many people saying one thing is mostly none.

A good show looks like spam: dozens type the same word within a second, because the host asked.
So only one person's repeats count, and a crowd only where newcomers paste one long line.
"""

import re
from hashlib import blake2b
from typing import Final, NamedTuple

from handlers.moderation.confusables import readable
from handlers.moderation.model import Finding, Rule, Seen
from handlers.moderation.rules import ModerationRules
from handlers.moderation.state import Author, State

__all__ = [
    "Typed",
    "fingerprint",
    "repetition_in",
    "team_asked",
    "team_linked",
    "typed_of",
    "was_asked",
]

#: What the team said counts as asked of the chat for so long.
_ASKED_SECONDS: Final = 180
#: A line of fewer letters is a cheer; many newcomers may well cheer alike.
_LONG_LINE: Final = 60
#: Accounts made a moment ago need less.
_LONG_FOR_NEW: Final = 16
_SHORT: Final = 12
_NEWCOMER_SECONDS: Final = 300
_LETTERS = re.compile(r"[^\W\d_]+")
_WORDS = re.compile(r"\w+")


class Typed(NamedTuple):
    """What repetition asks of a text, whoever typed it."""

    fingerprint: str
    length: int
    words: frozenset[str]


def fingerprint(text: str) -> str:
    """Return what lines share that differ only in case, signs, numbers and look-alikes."""
    return _print(text, "".join(_LETTERS.findall(readable(text))))


def _print(text: str, plain_letters: str) -> str:
    letters = plain_letters[:200] or "".join(text.split())[:200]
    return blake2b(letters.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def team_asked(seen: Seen, state: State, at: float) -> None:
    """Remember a line of the team: the chat may be asked to say it too."""
    state.team_said(seen.name, _words(seen.text) | {_whole(fingerprint(seen.text))}, at)


def was_asked(words: frozenset[str], print_: str, at: float, state: State) -> bool:
    """Whether the team typed this lately, as a whole or all of its words in one line."""
    return state.was_asked(words, at, _ASKED_SECONDS) or state.was_asked(
        frozenset({_whole(print_)}), at, _ASKED_SECONDS
    )


def team_linked(address: str, at: float, state: State) -> bool:
    """Whether the team posted this address lately."""
    return state.was_asked(_words(address), at, _ASKED_SECONDS)


def _whole(print_: str) -> str:
    # No word begins so, and it is the first in order.
    return f"+{print_}"


def typed_of(text: str) -> Typed:
    """Return what repetition asks of a text."""
    plain = readable(text)
    letters = "".join(_LETTERS.findall(plain))
    # Reading may drop or add letters of other scripts.
    length = len(letters) if text.isascii() else sum(map(len, _LETTERS.findall(text)))
    return Typed(_print(text, letters), length, frozenset(_WORDS.findall(plain)))


def repetition_in(
    seen: Seen,
    typed: Typed,
    author: Author,
    state: State,
    rules: ModerationRules,
    *,
    is_new: bool,
) -> Finding | None:
    """Remember a line that is no claim, and return what is repeated about it."""
    at = seen.at.timestamp()
    author.typed(typed.fingerprint, at)
    said = was_asked(typed.words, typed.fingerprint, at, state)
    asked = said or not seen.staged.isdisjoint(typed.words)
    raid = None if asked else _raid(seen, typed, author, state, rules, is_new=is_new)
    if raid:
        return raid
    allowed = rules.repeats_short if typed.length < _SHORT or asked else rules.repeats
    if said:
        # In the words of the host nobody can say it too often.
        return None
    # Counted only where there are enough: most people say little.
    if len(author.said) >= allowed:
        since = at - rules.repeats_seconds
        times = sum(text == typed.fingerprint and then > since for text, then in author.said)
        if times >= allowed:
            return Finding(rule=Rule.REPEATED, why=f"the same line {times} times in a minute or so")
    if len(author.lines) >= rules.flood_lines:
        lines = sum(then > at - rules.flood_seconds for then in author.lines)
        if lines >= rules.flood_lines:
            return Finding(rule=Rule.FLOOD, why=f"{lines} lines in {rules.flood_seconds} s")
    return None


def _raid(
    seen: Seen,
    typed: Typed,
    author: Author,
    state: State,
    rules: ModerationRules,
    *,
    is_new: bool,
) -> Finding | None:
    at = seen.at.timestamp()
    newcomer = at - author.first <= _NEWCOMER_SECONDS
    if not newcomer or typed.length < (_LONG_FOR_NEW if is_new else _LONG_LINE):
        return None
    crowd = state.crowd(typed.fingerprint)
    crowd.add(seen.author, at)
    people = crowd.within(at, rules.raid_seconds)
    if people < rules.raid_people:
        return None
    why = f"{people} newcomers with one line in {rules.raid_seconds} s"
    return Finding(rule=Rule.RAID, why=why)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORDS.findall(readable(text)))
