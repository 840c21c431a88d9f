"""Moderation's ear: every line passes it before the sale, and claims pass it untouched."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from handlers.capability import Phase
from handlers.claims.answering import may_answer
from handlers.claims.grammar import read_variant
from handlers.claims.hints import Hints
from handlers.hearing import NOT_READ, Line
from handlers.messages import Channel, ChatMessage, MessageDeleted, MessageEdited
from handlers.moderation.acting import carry_out, key_of
from handlers.moderation.beside import claimed_beside, hint_of, of_line
from handlers.moderation.held import report_held
from handlers.moderation.ledger import Ledger
from handlers.moderation.loading import (
    TEAM,
    load_permits,
    load_policy,
    load_states,
    load_strikes,
)
from handlers.moderation.memory import OFF, ON, Policy, Remembered
from handlers.moderation.model import Action, Rule, Seen, Verdict
from handlers.moderation.repetition import fingerprint
from handlers.moderation.state import State
from handlers.moderation.strikes import Strike
from handlers.people import TEAM as TEAM_ROLES
from handlers.team.alerts import raise_alert
from handlers.work import Work
from storage.repositories.messages import native_order
from storage.schema import sale
from storage.unit_of_work import padded

__all__ = ["Guarding"]

_NOBODY: tuple[tuple[Strike, ...], Mapping[str, float]] = ((), {})


class Guarding:
    """Judges every line. `prepare` loads, `hear` decides."""

    phase = Phase.GUARD

    async def prepare(self, work: Work, lines: Sequence[Line]) -> None:
        """Load the rules in force, the memory of the channels, and what stands against people."""
        spoken = [line for line in lines if not isinstance(line.message, MessageDeleted)]
        if work.house.moderation.off or not spoken:
            return
        policy = await load_policy(work)
        work.parts[_Watch] = await _Watch.over(work, policy, spoken)

    async def hear(self, work: Work, line: Line) -> bool:
        """Judge a line; True ends the way of one that is taken away."""
        if isinstance(line.message, ChatMessage) and line.message.held:
            await report_held(work, line)
            return True
        watch = work.parts.get(_Watch)
        if not isinstance(watch, _Watch) or isinstance(line.message, MessageDeleted):
            return False
        gone = watch.judge(line)
        for sentence in watch.stopped():
            await raise_alert(
                work,
                key=f"moderation:pattern:{sentence[:80]}",
                kind="moderation.stopped",
                values={"sentence": sentence},
            )
        return gone


class _Watch:
    """One batch under the rules in force."""

    def __init__(
        self,
        work: Work,
        policy: Policy,
        states: Mapping[Channel, State],
        permits: frozenset[tuple[str, str]],
        by_dm: frozenset[tuple[str, str]],
    ) -> None:
        self._work = work
        self._policy = policy
        self._states = states
        self._permits = permits
        self._by_dm = by_dm
        self._acting = policy.acting
        self._beside: Mapping[str, Sequence[str]] = {}

    @classmethod
    async def over(cls, work: Work, policy: Policy, lines: Sequence[Line]) -> "_Watch":
        """Load what these lines need; their effect is remembered once they are committed."""
        at = lines[0].at
        channels = list(dict.fromkeys(line.message.channel for line in lines))
        bases = await load_states(work, channels, policy.guard, at)
        states = {channel: state.branch() for channel, (state, _) in bases.items()}
        people = [line.person.id for line in lines]
        strikes = await load_strikes(work, people, at, simulated=not policy.acting)
        known: set[tuple[Channel, str]] = set()
        for line in lines:
            person, channel = line.person, line.message.channel
            if (channel, person.id) in known:
                continue
            known.add((channel, person.id))
            author = states[channel].known(person.id, line.at.timestamp())
            standing, told = strikes.get((person.platform, person.id), _NOBODY)
            author.stands(standing, told)
        watch = cls(
            work,
            policy,
            states,
            await load_permits(work, at),
            await _by_dm(work, people) if policy.acting else frozenset(),
        )
        watch._beside = await _claims_beside(work, lines)
        memory = work.house.moderation

        def merge() -> None:
            for channel, (state, before) in bases.items():
                state.merge(states[channel])
                reached = _reached(before, channel, lines)
                memory.channels[channel] = Remembered(state=state, reached=reached)

        work.tx.on_commit(merge)
        return watch

    def judge(self, line: Line) -> bool:
        """Judge one line and carry the verdict out; whether the line is gone."""
        seen = self._seen(line)
        if seen is None:
            return False
        beside = self._beside.get(line.message.key, ())
        if beside:
            hints = Hints.of(self._work)
            hints.need(line.message.channel, line.person, hint_of(beside[0]), line.at)
        state = self._states[line.message.channel]
        verdict = self._policy.guard.judge(seen, state)
        rule = verdict.rule
        if rule is None or verdict.action is Action.NONE or self._policy.settings[rule] == OFF:
            return False
        acts = self._policy.settings[rule] == ON
        struck = self._struck(seen, rule, state)
        if verdict.acts and _names_a_size(self._work, line):
            # Who was asked for a size may say it as often as they like.
            self._withdraw(seen, state, struck=struck)
            return False
        if struck and not acts and self._acting:
            self._withdraw(seen, state, struck=True)
            struck = None
        if seen.edited and struck is None and verdict.action is Action.WARN:
            return False
        return carry_out(
            self._work,
            line,
            rule,
            verdict,
            acts=acts,
            weight=struck.weight if struck else 0,
            quiet=self._is_told(seen, verdict, state),
            by_dm=(line.person.platform, line.person.id) in self._by_dm,
            beside=beside,
        )

    def stopped(self) -> Sequence[str]:
        """Sentences about expressions that were switched off and not reported yet."""
        memory, stopped = self._work.house.moderation, self._policy.guard.phrases.stopped
        if not stopped:
            return ()
        new = [pattern for pattern in stopped if pattern not in memory.reported]
        memory.reported.update(new)
        return [stopped[pattern] for pattern in new]

    def _seen(self, line: Line) -> Seen | None:
        """The line as the rules see it; None for another bot's."""
        person, message = line.person, line.message
        edited = isinstance(message, MessageEdited)
        exempt = person.may(TEAM_ROLES)
        joined = person.joined if self._is_young(person.joined, line.at) else None
        quoted = line.reading is NOT_READ
        # Read back after an edit: it stands at another time than `messages` has.
        late = isinstance(message, ChatMessage) and message.edited_at is not None
        if not edited and (exempt or person.machine or joined or quoted or late):
            Ledger.of(self._work).saw(
                key=message.key,
                at=line.at,
                name=person.name,
                standing=TEAM if exempt else "machine" if person.machine else "",
                quoted=quoted,
                joined=joined,
            )
        if person.machine:
            return None
        return Seen(
            at=line.at,
            author=person.id,
            name=person.name,
            text=getattr(message, "text", ""),
            key=key_of(line),
            kind=line.reading.kind,
            joined=joined,
            exempt=exempt,
            permitted=(person.platform, person.id) in self._permits,
            edited=edited,
            staged=self._work.house.moderation.words_of(self._work.snapshot, line.staged),
        )

    def _is_young(self, joined: datetime | None, at: datetime) -> bool:
        hours = self._policy.guard.rules.new_account_hours
        return joined is not None and (at - joined).total_seconds() < hours * 3_600

    def _struck(self, seen: Seen, rule: Rule, state: State) -> Strike | None:
        """The strike that this line was, if it was one."""
        strikes = state.author(seen.author, seen.at.timestamp()).strikes
        last = strikes[-1] if strikes else None
        at, of = seen.at.timestamp(), f"{seen.key}:{rule}"
        return last if last is not None and last.at == at and last.of == of else None

    def _withdraw(self, seen: Seen, state: State, *, struck: object) -> None:
        if struck:
            author = state.author(seen.author, seen.at.timestamp())
            author.strikes = author.strikes[:-1]

    def _is_told(self, seen: Seen, verdict: Verdict, state: State) -> bool:
        """Whether the team has the card of it already: a raid is one thing, not each line of it."""
        if verdict.rule is not Rule.RAID:
            return False
        rules, at = self._policy.guard.rules, seen.at.timestamp()
        crowd = state.crowd(fingerprint(seen.text))
        return crowd.within(at, rules.raid_seconds) != rules.raid_people


async def _claims_beside(work: Work, lines: Sequence[Line]) -> Mapping[str, Sequence[str]]:
    """The codes that lines with links would claim without them, by the keys of the lines."""
    found: dict[str, Sequence[str]] = {}
    needs = []
    for line in lines:
        sentence = None if line.person.may(TEAM_ROLES) else of_line(line)
        if sentence is not None and (codes := claimed_beside(work, sentence)):
            found[sentence.key] = codes
            needs.append((line.message.channel, hint_of(codes[0]).subject, line.person.id))
    if needs:
        await Hints.of(work).load(needs)
    return found


def _names_a_size(work: Work, line: Line) -> bool:
    if not may_answer(line):
        return False
    text = getattr(line.message, "text", "")
    catalogue = work.snapshot.catalogue
    return any(
        read_variant(text, catalogue.lexicon, item.code)
        for item in catalogue.items.values()
        if len(item.variants) > 1
    )


def _reached(
    before: tuple[datetime, str] | None, channel: Channel, lines: Sequence[Line]
) -> tuple[datetime, str] | None:
    """The cursor that the intake writes after these lines."""
    reached = [
        (line.message.sent_at, line.message.native_id)
        for line in lines
        if isinstance(line.message, ChatMessage) and line.message.channel == channel
    ]
    if before is not None:
        reached.append(before)
    return max(reached, key=lambda one: (one[0], native_order(one[1])), default=None)


async def _by_dm(work: Work, people: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Who wished to be told by DM."""
    identities, customers = sale.identities.c, sale.customers.c
    rows = await work.tx.all(
        select(identities.platform, identities.person)
        .join(sale.customers, customers.id == identities.customer_id)
        .where(identities.person.in_(padded(people)), customers.tells_by_dm.is_(True))
    )
    return frozenset((row.platform, row.person) for row in rows)
