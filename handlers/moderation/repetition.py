"""Repeated lines, floods and raids; and why many people saying one thing is mostly none.

A good show looks like spam: dozens type the same word within a second, because the host asked.
So only one person's repeats count, and a crowd only where newcomers paste one long line.
"""

import re
from hashlib import blake2b
from typing import Final

from handlers.moderation.confusables import readable
from handlers.moderation.model import Finding, Rule, Seen
from handlers.moderation.rules import ModerationRules
from handlers.moderation.state import Author, State

__all__ = ["fingerprint", "repetition_in", "team_asked"]

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


def fingerprint(text: str) -> str:
    """Return what lines share that differ only in case, signs, numbers and look-alikes."""
    words = _LETTERS.findall(readable(text))
    letters = "".join(words)[:200] or "".join(text.split())[:200]
    return blake2b(letters.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def team_asked(seen: Seen, state: State, at: float) -> None:
    """Remember a line of the team: the chat may be asked to say it too."""
    state.team_said(seen.name, _words(seen.text), at)


def repetition_in(
    seen: Seen, author: Author, state: State, rules: ModerationRules, *, is_new: bool
) -> Finding | None:
    """Remember a line that is no claim, and return what is repeated about it."""
    at = seen.at.timestamp()
    print_ = fingerprint(seen.text)
    author.lines.append(at)
    author.said.append((print_, at))
    length = sum(map(len, _LETTERS.findall(seen.text)))
    words = _words(seen.text)
    asked = not seen.staged.isdisjoint(words) or state.was_asked(words, at, _ASKED_SECONDS)
    raid = None if asked else _raid(seen, author, state, rules, print_, length, is_new=is_new)
    if raid:
        return raid
    since = at - rules.repeats_seconds
    times = sum(text == print_ and then > since for text, then in author.said)
    allowed = rules.repeats_short if length < _SHORT or asked else rules.repeats
    if times >= allowed:
        return Finding(rule=Rule.REPEATED, why=f"the same line {times} times in a minute or so")
    lines = sum(then > at - rules.flood_seconds for then in author.lines)
    if lines >= rules.flood_lines:
        why = f"{lines} lines in {rules.flood_seconds} s"
        return Finding(rule=Rule.FLOOD, why=why)
    return None


def _raid(
    seen: Seen,
    author: Author,
    state: State,
    rules: ModerationRules,
    print_: str,
    length: int,
    *,
    is_new: bool,
) -> Finding | None:
    at = seen.at.timestamp()
    newcomer = at - author.first <= _NEWCOMER_SECONDS
    if not newcomer or length < (_LONG_FOR_NEW if is_new else _LONG_LINE):
        return None
    crowd = state.crowd(print_)
    crowd.add(seen.author, at)
    people = crowd.within(at, rules.raid_seconds)
    if people < rules.raid_people:
        return None
    why = f"{people} newcomers with one line in {rules.raid_seconds} s"
    return Finding(rule=Rule.RAID, why=why)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORDS.findall(readable(text)))
