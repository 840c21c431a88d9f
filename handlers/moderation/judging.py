"""Judges one line: every rule looks, the gravest finding decides, strikes set the step.

    guard = Guard.of(rules, names=["Linen Lab"])
    verdict = guard.judge(seen, state)

A line that the grammar reads as a claim, a release or a near miss is held to what can hurt others
(links, scams, impostors, blocked phrases) and to nothing else.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from handlers.moderation.abuse import abuse_in
from handlers.moderation.confusables import readable
from handlers.moderation.domains import Link, find_links
from handlers.moderation.impostors import NameGuard
from handlers.moderation.links import LinkRules
from handlers.moderation.model import Action, Finding, Rule, Seen, Verdict
from handlers.moderation.noise import noise_in
from handlers.moderation.phrases import Phrases
from handlers.moderation.repetition import (
    Typed,
    fingerprint,
    repetition_in,
    team_asked,
    team_linked,
    typed_of,
    was_asked,
)
from handlers.moderation.rules import Mode, ModerationRules
from handlers.moderation.scams import ENOUGH, signals_in
from handlers.moderation.state import Author, State
from handlers.moderation.strikes import STEPS, Strike, points, step

__all__ = ["LONGEST", "Guard", "Taught", "in_mode"]

#: No more of a line than this is looked at; platforms allow at most 4,000 characters.
LONGEST: Final = 4_000
LONGEST_NAME: Final = 100

_PASSES = Verdict()
#: Rules that say a thing once an hour and person: a name does not change with each line.
_TOLD_HOURLY = frozenset({Rule.IMPOSTOR_NAME, Rule.CLAIM_ABUSE})
_HOUR = 3_600
#: So many different lines are kept as read.
_READ: Final = 2_000
_GRAVITY = {rule: place for place, rule in enumerate(STEPS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What false alarms taught: lines that a rule leaves alone, and people of a shop's own names.

    `lines` are (rule, fingerprint), `people` are authors whose name is their own.
    """

    lines: frozenset[tuple[str, str]] = frozenset()
    people: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What a line says, whoever says it."""

    links: tuple[Link, ...]
    plain: str
    weight: int = 0
    about: tuple[str, ...] = ()
    allowed: bool = False


class Guard:
    """The rules of one shop, ready to judge."""

    def __init__(
        self, rules: ModerationRules, names: Iterable[str], taught: Taught | None = None
    ) -> None:
        self.rules = rules
        self.taught = taught or Taught()
        self.phrases = Phrases(
            rules.blocked_phrases, rules.blocked_patterns, rules.pattern_milliseconds
        )
        protected = (*rules.protected_names, *names)
        self._links = LinkRules.of(rules, protected)
        self._names = NameGuard(protected)
        self._off = frozenset(rules.off)
        self._allowed = tuple(readable(phrase) for phrase in rules.allowed_phrases)
        self._read: dict[str, _Words] = {}
        self._heard: dict[str, Typed] = {}

    @classmethod
    def of(
        cls, rules: ModerationRules, names: Iterable[str] = (), taught: Taught | None = None
    ) -> "Guard":
        """Make ready; `names` are protected besides those of the settings (shop, hosts)."""
        return cls(rules, names, taught)

    def remember(self, seen: Seen, state: State) -> None:
        """Remember a line as `judge` would, but for strikes, where its verdict is known already."""
        at = seen.at.timestamp()
        if seen.exempt:
            team_asked(seen, state, at)
            return
        author = state.author(seen.author, at)
        if seen.sells:
            abuse_in(seen, author, self.rules)
        else:
            typed = self._typed(seen.text)
            repetition_in(seen, typed, author, state, self.rules, is_new=self._is_new(seen))

    def judge(self, seen: Seen, state: State) -> Verdict:
        """Return what is to be done about a line, and remember it in `state`.

        Takes the mode for `act`; `in_mode` tells what is left of the verdict in another. Never
        raises, whatever the text.
        """
        if len(seen.text) > LONGEST or len(seen.name) > LONGEST_NAME:
            seen = replace(seen, text=seen.text[:LONGEST], name=seen.name[:LONGEST_NAME])
        at = seen.at.timestamp()
        if seen.exempt:
            if not seen.edited:
                team_asked(seen, state, at)
            return _PASSES
        author = state.author(seen.author, at)
        found = [
            finding
            for finding in self._findings(seen, author, state)
            if finding.rule not in self._off
            and not self._is_taught(finding.rule, seen)
            and not (finding.rule in _TOLD_HOURLY and _told(finding.rule, author, at))
        ]
        if not found:
            return _PASSES
        worst = min(found, key=lambda finding: _GRAVITY[finding.rule])
        return self._decided(worst, seen, author, at)

    def _findings(self, seen: Seen, author: Author, state: State) -> Iterator[Finding]:
        is_new = self._is_new(seen)
        words = self._words_of(seen.text)
        links = words.links
        for link in links:
            finding = self._links.finding(link, permitted=seen.permitted)
            if finding and not _of_the_team(finding, link, seen, state):
                yield finding
        yield from self._words(seen, words, is_new=is_new)
        named = self._names.finding(seen.name, seen.text, state.staff, links=bool(links))
        if named and not (seen.sells and named.rule is Rule.IMPOSTOR_NAME):
            yield named
        if seen.sells:
            finding = None if seen.edited else abuse_in(seen, author, self.rules)
        else:
            if not self._was_asked(seen, state):
                yield from noise_in(seen.text, self.rules)
            typed = None if seen.edited else self._typed(seen.text)
            finding = typed and repetition_in(seen, typed, author, state, self.rules, is_new=is_new)
        if finding:
            yield finding

    def _was_asked(self, seen: Seen, state: State) -> bool:
        """Whether a line says what the team typed lately; it may be as loud as they were."""
        typed = self._typed(seen.text)
        return was_asked(typed.words, typed.fingerprint, seen.at.timestamp(), state)

    def _words_of(self, text: str) -> "_Words":
        """What a line says, whoever says it: in a good show hundreds type the same."""
        read = self._read.get(text)
        if read is None:
            if len(self._read) >= _READ:
                self._read.clear()
            read = self._read[text] = self._reading_of(text)
        return read

    def _typed(self, text: str) -> Typed:
        """The same for what is repeated."""
        typed = self._heard.get(text)
        if typed is None:
            if len(self._heard) >= _READ:
                self._heard.clear()
            typed = self._heard[text] = typed_of(text)
        return typed

    def _reading_of(self, text: str) -> "_Words":
        links, plain = find_links(text), readable(text)
        if any(allowed in plain for allowed in self._allowed):
            return _Words(links=links, plain=plain, allowed=True)
        weight, about = signals_in(text, links)
        return _Words(links=links, plain=plain, weight=weight, about=about)

    def _words(self, seen: Seen, words: "_Words", *, is_new: bool) -> Iterator[Finding]:
        links, weight, about = words.links, words.weight, words.about
        if phrase := self.phrases.found(seen.text, words.plain):
            yield Finding(rule=Rule.BLOCKED_PHRASE, why=f"holds the blocked phrase {phrase!r}")
        if words.allowed:
            return
        if weight >= ENOUGH:
            yield Finding(rule=Rule.SCAM, why=", ".join(about))
        elif is_new and ((links and not seen.permitted) or weight >= ENOUGH - 2):
            what = ", ".join(about) or "posts a link"
            yield Finding(rule=Rule.NEW_ACCOUNT, why=f"a new account that {what}")

    def _is_taught(self, rule: Rule, seen: Seen) -> bool:
        """Whether a false alarm of this very thing was reported before."""
        if rule in (Rule.IMPOSTOR, Rule.IMPOSTOR_NAME) and seen.author in self.taught.people:
            return True
        lines = self.taught.lines
        return bool(lines) and (rule.value, fingerprint(seen.text)) in lines

    def _is_new(self, seen: Seen) -> bool:
        young = timedelta(hours=self.rules.new_account_hours)
        return seen.joined is not None and seen.at - seen.joined < young

    def _decided(self, finding: Finding, seen: Seen, author: Author, at: float) -> Verdict:
        rule = finding.rule
        of = f"{seen.key}:{rule}"
        # What the line was found for before counts no further when it is edited.
        others = (one for one in author.strikes if not (seen.edited and one.of == of))
        before = points(others, at, self.rules.strike_minutes * 60)
        action = Action.NOTE if rule in self.rules.note_only else step(rule, before)
        # An edit that is found for what the line was found for before is no second offence.
        again = seen.edited and any(strike.of == of for strike in author.strikes)
        if not again and STEPS[rule].weight:
            author.offended(Strike(at=at, weight=STEPS[rule].weight, of=of))
        return Verdict(action=action, rule=rule, why=finding.why)


def _of_the_team(finding: Finding, link: Link, seen: Seen, state: State) -> bool:
    """Whether the team posted this lately: its host, and where that is everybody's the whole."""
    if finding.rule not in (Rule.LINK, Rule.RISKY_LINK, Rule.INVITE):
        return False
    address = link.host if finding.rule is Rule.LINK else link.host + link.path
    return team_linked(address, seen.at.timestamp(), state)


def _told(rule: Rule, author: Author, at: float) -> bool:
    """Whether this was said of the person within the hour; if not, it is now."""
    last = author.told.get(rule)
    if last is not None and abs(at - last) < _HOUR:
        return True
    author.was_told(rule.value, at)
    return False


def in_mode(verdict: Verdict, mode: Mode) -> Verdict:
    """Return what is done in a mode: in `watch` a note of what would be, in `off` nothing."""
    if mode is Mode.OFF:
        return _PASSES
    if mode is Mode.ACT or not verdict.acts:
        return verdict
    return replace(verdict, action=Action.NOTE, why=f"would {verdict.action}: {verdict.why}")
