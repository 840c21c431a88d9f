"""Noise: mentions of many, shouting, walls of signs, and accents piled into pictures."""

import re
from collections.abc import Iterator

from handlers.moderation.confusables import piled_marks
from handlers.moderation.model import Finding, Rule
from handlers.moderation.rules import ModerationRules

__all__ = ["noise_in"]

_MENTION = re.compile(r"<@[!&]?(\w+)(?:\|[^>]*)?>|(?<![\w@])@([\w.]{2,40})")
_EVERYONE = re.compile(r"(?<![\w@])@(?:everyone|here|channel)\b|<!(?:everyone|here|channel)>")
_ROLE = re.compile(r"<@&\d+>|<!subteam\^")
_EMOTE = re.compile(r"<a?:\w+:\d+>|(?<!\w):\w+:(?!\w)")
_SIGN = re.compile(r"[^\w\s]")
_PILED_FROM = 12


def noise_in(text: str, rules: ModerationRules) -> Iterator[Finding]:
    """Yield what is too much about a line."""
    if "@" in text or "<!" in text:
        yield from _mentions(text, rules)
    if (piled := piled_marks(text)) >= _PILED_FROM:
        yield Finding(rule=Rule.ZALGO, why=f"{piled} accents piled on letters")
    # Most lines are short or hold few capitals, and need not be looked at letter by letter.
    loud = (
        len(text) >= rules.caps_letters
        and sum(map(str.isupper, text)) * 100 >= rules.caps_letters * rules.caps_percent
    )
    long = len(text) >= rules.symbols
    if not (loud or (long and len(_SIGN.findall(text)) >= rules.symbols)):
        return
    letters = [character for character in _EMOTE.sub(" ", text) if character.isalpha()]
    capitals = sum(map(str.isupper, letters))
    if len(letters) >= rules.caps_letters and capitals * 100 >= len(letters) * rules.caps_percent:
        yield Finding(rule=Rule.CAPS, why=f"{capitals} of {len(letters)} letters in capitals")
    if long:
        signs = len(_SIGN.findall(text))
        if signs >= rules.symbols and signs > len(letters):
            yield Finding(rule=Rule.SYMBOLS, why=f"a wall of {signs} signs")


def _mentions(text: str, rules: ModerationRules) -> Iterator[Finding]:
    if _EVERYONE.search(text) or _ROLE.search(text):
        yield Finding(rule=Rule.EVERYONE, why="calls everyone, or a whole role")
    people = {first or second.casefold() for first, second in _MENTION.findall(text)}
    if len(people) >= rules.mentions:
        yield Finding(rule=Rule.MENTIONS, why=f"mentions {len(people)} people in one line")
