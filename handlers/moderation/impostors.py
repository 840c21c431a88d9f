"""Impostors: names that look like the host, the shop or a moderator, and what they ask for."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

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
_TO_ME = re.compile(
    r"\b(?:dm|pm|msg|inbox|message|text|contact|write|email|call|whats\s?app|telegram) (?:to )?"
    r"(?:me|us|my|here|admin|support)\b|\b(?:dm|pm)s?\b"
)
#: What is asked of others, as the team would; the same words in a question are a buyer's.
_ASKS = re.compile(
    rf"{_TO_ME.pattern}"
    r"|\b(?:pay|payments?|paypal|venmo|zelle|cash\s?app|bitcoin|btc|usdt|crypto|iban|wire|deposit"
    r"|transfer|send|fees?|gift\s?cards?)\b.{0,30}\b(?:me|us|to|here|at|now|first|this|my|our|via"
    r"|fees?|the)\b"
    r"|\b(?:refunds?|invoice|voucher|bonus|reward|prize|giveaway|order)\b.{0,30}\b(?:here|form|via"
    r"|through|at|click|waiting|ready|you|your)\b"
    r"|\b(?:you|u|your?)\b.{0,20}\b(?:won|winner|selected|chosen|refund\w*|prize|reward|voucher)\b"
    r"|\bcongrat\w*|\bwinners?\b"
    r"|\b(?:verify|verification|confirm|password|passcode|cvv|login)\b"
    r"|\b(?:your|ur)\b(?: \w+)? (?:order|card|account|address|details|phone|email|number|info"
    r"|payment|wallet|bank)\b"
    r"|\b(?:on|my|our) (?:whats\s?app|telegram)\b"
    r"|\b(?:link|profile|bio|click|register)\b"
)
#: A question, or what somebody says of themselves.
_OWN = re.compile(
    r"\?\W*$|^\W*(?:(?:hi|hey|hello|pls|please|so|ok)\W+)?(?:(?:can|could|may|do|did|does|should"
    r"|will|where|when|how|what|is|are|was|has|have|why|which|who)\b|(?:i|we) (?!am |are |will )\w+"
    r"|my\b|cancel\b|claim\b)"
)
#: Words that may stand beside one of the staff's without being a name of their own.
_BESIDE = frozenset(
    {"team", "the", "shop", "real", "live", "customer", "care", "help", "desk", "center", "store"}
    | {"chat", "online", "sale", "sales", "agent", "account", "bot", "info", "client", "user"}
)
_WORD = re.compile(r"[^\W_]+")


#: So many names are kept as drawn.
_DRAWN: Final = 5_000


class _Drawn(NamedTuple):
    """How a name looks: its bones, the staff's word in it, and the one it only reads like."""

    bones: str
    claims: str | None
    reads: str | None


class NameGuard:
    """The names that are protected: those of the settings, and the team's as it speaks."""

    def __init__(self, names: Iterable[str]) -> None:
        self._bones = {bones: name for name in names if len(bones := skeleton(name)) >= 3}
        self._drawn: dict[str, _Drawn] = {}
        #: Whom a name looks like, as long as the same names of the team are known.
        self._alike: dict[str, tuple[str, bool] | None] = {}
        self._among: tuple[str, ...] = ()

    def finding(
        self, name: str, text: str, staff: tuple[str, ...], *, links: bool
    ) -> Finding | None:
        """Return what is wrong with a name, and with what is said under it."""
        drawn = self._drawing(name)
        claims = drawn.claims
        looks = self._like(name, drawn.bones, staff)
        if not (looks or claims or drawn.reads):
            return None
        said = unleet(readable(text))
        asks = links or _ASKS.search(said)
        # A buyer may be called much, and ask about money: a person looks at most.
        own = not links and _OWN.search(readable(text)) is not None
        if claims and not (looks or links) and _is_a_name(name):
            asks = _TO_ME.search(said)
        if looks:
            whom, disguised = looks
            if asks:
                why = f"the name {name!r} looks like {whom!r}, and asks for contact, data or money"
                rule = Rule.IMPOSTOR_NAME if own else Rule.IMPOSTOR
                return Finding(rule=rule, why=why[:300])
            if disguised:
                why = f"the name {name!r} is drawn to look like {whom!r}"
                return Finding(rule=Rule.IMPOSTOR_NAME, why=why[:300])
            return None
        if claims and asks:
            why = f"the name {name!r} says {claims}, and asks for contact, data or money"
            return Finding(rule=Rule.IMPOSTOR_NAME if own else Rule.IMPOSTOR, why=why[:300])
        if not claims and drawn.reads:
            why = f"the name {name!r} is drawn to read {drawn.reads!r}"
            rule = Rule.IMPOSTOR if asks and not own else Rule.IMPOSTOR_NAME
            return Finding(rule=rule, why=why[:300])
        return None

    def _drawing(self, name: str) -> "_Drawn":
        """How a name looks, kept: the same people and the same team speak all evening."""
        drawn = self._drawn.get(name)
        if drawn is None:
            if len(self._drawn) >= _DRAWN:
                self._drawn.clear()
            drawn = self._drawn[name] = _Drawn(
                skeleton(name), _staff_word(readable(name)), _drawn_staff_word(name)
            )
        return drawn

    def _like(self, name: str, bones: str, staff: tuple[str, ...]) -> tuple[str, bool] | None:
        """`_looks`, kept for each name."""
        if self._among is not staff and self._among != staff:
            self._alike, self._among = {}, staff
        if name not in self._alike:
            if len(self._alike) >= _DRAWN:
                self._alike.clear()
            self._alike[name] = self._looks(name, bones, staff)
        return self._alike[name]

    def _looks(self, name: str, bones: str, staff: Iterable[str]) -> tuple[str, bool] | None:
        """Return whom a name looks like, and whether that takes a disguise."""
        if len(bones) < 3:
            return None
        for other, genuine in (
            *self._bones.items(),
            *((self._drawing(one).bones, one) for one in staff),
        ):
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


def _is_a_name(name: str) -> bool:
    """Whether a word of the staff is one among others in a name: `Service Dog Mom`."""
    words = _WORD.findall(readable(name))
    return len(words) > 1 and any(
        word not in _BESIDE and not any(staff in word for staff in _STAFF) for word in words
    )


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
