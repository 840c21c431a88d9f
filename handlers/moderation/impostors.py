"""Impostors: names that look like the host, the shop or a moderator, and what they ask for."""

import re
from collections.abc import Iterable
from typing import Final

from rapidfuzz.distance import OSA

from handlers.moderation.confusables import readable, skeleton, unleet
from handlers.moderation.model import Finding, Rule

__all__ = ["NameGuard"]

#: Words by which a name claims to be of the team.
_STAFF: Final = (
    "admin", "administrator", "moderator", "support", "official", "staff", "helpdesk", "giveaway",
    "customercare", "customerservice", "service", "host", "mod", "backup", "payments", "andon",
)  # fmt: skip
_LONG_STAFF = tuple(word for word in _STAFF if len(word) >= 5)
_STAFF_BONES = {skeleton(word): word for word in _LONG_STAFF}
#: What an impostor is after; enough only together with such a name.
_BAIT = re.compile(
    r"\b(?:dm|pm|msg|inbox|message|text|contact|write|email|call) (?:to )?"
    r"(?:me|us|my|here|admin|support)"
    r"|\b(?:pay|payments?|paypal|venmo|zelle|cash\s?app|bitcoin|btc|usdt|crypto|iban|wire|deposit"
    r"|invoice|refund\w*|whats\s?app|telegram|bank|wallet|fees?|gift\s?cards?)\b"
    r"|\b(?:won|winners?|prize|giveaway|reward|verify|verification|confirm|password|passcode|cvv"
    r"|login|voucher|bonus|selected)\b"
    r"|\b(?:your|ur)\b(?: \w+)? (?:order|card|account|address|details|phone|email|number|info)\b"
    r"|\b(?:link|profile|bio|click|register)\b"
)
_WORD = re.compile(r"[^\W_]+")


class NameGuard:
    """The names that are protected: those of the settings, and the team's as it speaks."""

    def __init__(self, names: Iterable[str]) -> None:
        self._bones = {bones: name for name in names if len(bones := skeleton(name)) >= 3}

    def finding(self, name: str, text: str, staff: Iterable[str], *, links: bool) -> Finding | None:
        """Return what is wrong with a name, and with what is said under it."""
        typed = readable(name)
        looks = self._looks(name, skeleton(name), staff)
        asks = links or _BAIT.search(unleet(readable(text)))
        if looks:
            whom, disguised = looks
            if asks:
                why = f"the name {name!r} looks like {whom!r}, and asks for contact, data or money"
                return Finding(rule=Rule.IMPOSTOR, why=why[:300])
            if disguised:
                why = f"the name {name!r} is drawn to look like {whom!r}"
                return Finding(rule=Rule.IMPOSTOR_NAME, why=why[:300])
            return None
        claims = _staff_word(typed)
        if claims and asks:
            why = f"the name {name!r} says {claims}, and asks for contact, data or money"
            return Finding(rule=Rule.IMPOSTOR, why=why[:300])
        if not claims and (drawn := _drawn_staff_word(name)):
            why = f"the name {name!r} is drawn to read {drawn!r}"
            return Finding(rule=Rule.IMPOSTOR if asks else Rule.IMPOSTOR_NAME, why=why[:300])
        return None

    def _looks(self, name: str, bones: str, staff: Iterable[str]) -> tuple[str, bool] | None:
        """Return whom a name looks like, and whether that takes a disguise."""
        if len(bones) < 3:
            return None
        for other, genuine in (*self._bones.items(), *((skeleton(one), one) for one in staff)):
            if len(other) < 3:
                continue
            if bones == other:
                # Two people may be called the same. Two letters that only look the same are none.
                return genuine, not _plainly(name, genuine)
            slips = 2 if len(other) >= 10 else 1 if len(other) >= 5 else 0
            if slips and OSA.distance(bones, other, score_cutoff=slips) <= slips:
                return genuine, False
            rest = bones.replace(other, "", 1) if len(other) >= 5 and other in bones else ""
            if rest and any(skeleton(word) in rest for word in (*_STAFF, "team", "real", "shop")):
                return genuine, True
        return None


def _plainly(name: str, genuine: str) -> bool:
    def letters(text: str) -> str:
        return "".join(_WORD.findall(text.casefold()))

    return letters(name) == letters(genuine)


def _staff_word(typed: str) -> str | None:
    words = _WORD.findall(typed)
    joined = "".join(words)
    return next(
        (word for word in _STAFF if word in words or (word in _LONG_STAFF and word in joined)), None
    )


def _drawn_staff_word(name: str) -> str | None:
    """Return the word of the team that a name reads like, but is not written as."""
    if name.isascii() and not re.search(r"[0-9|!$@]|rn|vv", name.lower()):
        return None
    bones = skeleton(name)
    return next((word for drawn, word in _STAFF_BONES.items() if drawn in bones), None)
