"""Loads what moderation needs for a batch: the rules in force, strikes, permits, and its memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import exists, func, or_, select, text

from handlers.claims.lines import Sentence, read_again
from handlers.claims.naming import Named
from handlers.claims.reading import Kind
from handlers.messages import Channel
from handlers.moderation.judging import Guard, Taught
from handlers.moderation.memory import OFF, Memory, Policy, settings_of
from handlers.moderation.model import Seen
from handlers.moderation.state import SILENT, State
from handlers.moderation.strikes import Strike
from handlers.work import Work
from storage.repositories import versions
from storage.repositories.messages import cursor
from storage.schema import traffic
from storage.schema.moderation import (
    LogState,
    moderation_log,
    moderation_permits,
    moderation_seen,
    moderation_switches,
    moderation_taught,
)
from storage.unit_of_work import padded

__all__ = [
    "TEAM",
    "VERSION",
    "is_of_team",
    "load_permits",
    "load_policy",
    "load_states",
    "load_strikes",
]

#: Counts what the team set and taught.
VERSION: Final = "moderation"
_ASKED_SECONDS: Final = 180
_TOLD_FOR: Final = timedelta(hours=1)
_NAMES: Final = 50
TEAM: Final = "team"
#: Acts in the audit that only the team can have done.
# Written out, not bound: a partial index serves only a statement that names its very condition.
_OF_TEAM: Final = text("moderation_seen.standing = 'team'")
_OF_THE_TEAM: Final = ("mod.", "show.", "stage.", "item.", "answer.")


async def load_policy(work: Work) -> Policy:
    """The rules in force; those of the process, unless the team has set or taught something."""
    memory = work.house.moderation
    version = (await versions.current(work.tx)).get(VERSION, 0)
    if memory.policy is None or memory.policy.version != version:
        memory.policy = await _policy(work, memory, version)
    return memory.policy


async def _policy(work: Work, memory: Memory, version: int) -> Policy:
    taught: dict[str, set[str]] = {}
    lines = set()
    for row in await work.tx.all(select(moderation_taught)):
        taught.setdefault(row.kind, set()).add(row.value)
        if row.kind == "line":
            lines.add((row.rule, row.value))
    switched = {row.rule: row.setting for row in await work.tx.all(select(moderation_switches))}
    settings = settings_of(memory.rules, switched)
    rules = memory.rules.model_copy(
        update={
            "off": tuple(rule for rule, setting in settings.items() if setting == OFF),
            # What only notes is seen to by whoever carries the verdict out.
            "note_only": (),
            "allowed_domains": _more(memory.rules.allowed_domains, taught.get("domain")),
            "allowed_invites": _more(memory.rules.allowed_invites, taught.get("invite")),
            "allowed_phrases": _more(memory.rules.allowed_phrases, taught.get("phrase")),
        }
    )
    guard = Guard.of(
        rules,
        [work.house.shop_name] if work.house.shop_name else [],
        Taught(lines=frozenset(lines), people=frozenset(taught.get("person", ()))),
    )
    return Policy(version=version, guard=guard, settings=settings)


def _more(set_: Sequence[str], taught: set[str] | None) -> tuple[str, ...]:
    return (*set_, *sorted(taught or ()))


async def is_of_team(work: Work, person: Named) -> bool:
    """Whether somebody wrote in the chat as one of the team, or did what only the team may."""
    lines, seen, audit = traffic.messages.c, moderation_seen.c, traffic.audit.c
    theirs = (lines.platform == person.platform, lines.person == person.id)
    wrote = select(seen.key).where(_OF_TEAM, exists().where(lines.key == seen.key, *theirs))
    did = select(audit.id).where(
        audit.platform == person.platform,
        audit.person == person.id,
        or_(*(audit.action.startswith(room) for room in _OF_THE_TEAM)),
    )
    return any([await work.tx.scalar(one.limit(1)) is not None for one in (wrote, did)])


async def load_permits(work: Work, at: datetime) -> frozenset[tuple[str, str]]:
    """Who may post links at `at`."""
    permits = moderation_permits.c
    rows = await work.tx.all(select(permits.platform, permits.person).where(permits.until > at))
    return frozenset((row.platform, row.person) for row in rows)


async def load_strikes(
    work: Work, people: Sequence[str], at: datetime, *, simulated: bool
) -> Mapping[tuple[str, str], tuple[tuple[Strike, ...], Mapping[str, float]]]:
    """What stands against people, and when rules that say a thing hourly said theirs.

    By (platform, id). Where nothing acts, what was only noted counts as if it had been done.
    """
    log, rules = moderation_log.c, work.house.moderation.rules
    since = at - max(timedelta(minutes=rules.strike_minutes), _TOLD_FOR)
    rows = await work.tx.all(
        select(
            log.platform,
            log.person,
            log.at,
            log.weight,
            log.key,
            log.rule,
            log.acted,
            log.state,
        )
        .where(log.person.in_(padded(people)), log.at > since)
        .order_by(log.at, log.ref)
    )
    found: dict[tuple[str, str], tuple[list[Strike], dict[str, float]]] = {}
    for row in rows:
        strikes, told = found.setdefault((row.platform, row.person), ([], {}))
        seconds = row.at.timestamp()
        told[row.rule] = max(seconds, told.get(row.rule, seconds))
        counts = row.state == LogState.STANDS and (row.acted or simulated)
        if row.weight and counts:
            strikes.append(Strike(at=seconds, weight=row.weight, of=f"{row.key}:{row.rule}"))
    return {who: (tuple(strikes), told) for who, (strikes, told) in found.items()}


async def load_states(
    work: Work, channels: Sequence[Channel], guard: Guard, at: datetime
) -> Mapping[Channel, tuple[State, tuple[datetime, str] | None]]:
    """The memory of each channel with its cursor, built anew where it is not up to date."""
    memory = work.house.moderation
    found = {}
    for channel in channels:
        reached = await cursor(work.tx, channel.platform, channel.id)
        known = memory.channels.get(channel)
        if known is None or known.reached != reached:
            memory.rebuilt += 1
            state = State()
            await _rebuild(work, channel, guard, state, at)
        else:
            state = known.state
        found[channel] = (state, reached)
    return found


async def _rebuild(work: Work, channel: Channel, guard: Guard, state: State, at: datetime) -> None:
    """Put into `state` what the lines of this channel left there."""
    lines, seen = traffic.messages.c, moderation_seen.c
    here = (lines.platform == channel.platform, lines.channel == channel.id, lines.kind == "chat")
    window = _window(guard)
    # Longer than a silence, so that whoever spoke before is not new at the edge.
    long_ago = at - timedelta(seconds=SILENT) - window
    for row in await work.tx.all(
        select(
            lines.person,
            func.min(lines.sent_at).label("first"),
            func.max(lines.sent_at).label("last"),
        )
        .where(*here, lines.sent_at > long_ago)
        .group_by(lines.person)
        .order_by(func.max(lines.sent_at), lines.person)
    ):
        state.know(row.person, row.first.timestamp(), row.last.timestamp())
    for row in reversed(
        await work.tx.all(
            select(moderation_seen.c.name, func.max(seen.at).label("last"))
            # The few lines of the team first: they are looked up, not all lines of the channel.
            .where(_OF_TEAM, exists().where(lines.key == seen.key, *here))
            .group_by(seen.name)
            .order_by(func.max(seen.at).desc(), seen.name)
            .limit(_NAMES)
        )
    ):
        state.team_said(row.name, (), 0.0)
    for row in await work.tx.all(
        select(traffic.messages, seen.at.label("heard_at"), seen.standing, seen.quoted, seen.joined)
        .outerjoin(moderation_seen, seen.key == lines.key)
        .where(*here, lines.sent_at > at - window)
        .order_by(lines.sent_at, func.length(lines.key), lines.key)
    ):
        if row.standing != "machine":
            guard.remember(_seen_again(work, row), state)


def _window(guard: Guard) -> timedelta:
    rules = guard.rules
    seconds = max(
        rules.cancels_seconds,
        rules.repeats_seconds,
        rules.raid_seconds,
        rules.flood_seconds,
        _ASKED_SECONDS,
        300,
    )
    return timedelta(seconds=seconds + 60)


def _seen_again(work: Work, row: Any) -> Seen:
    sentence = Sentence(
        row.key, row.platform, row.channel, row.person, row.name, row.text, row.sent_at
    )
    _, reading = read_again(work, sentence, work.snapshot.lexicon)
    return Seen(
        at=row.heard_at or row.sent_at,
        author=row.person,
        name=row.name,
        text=row.text,
        key=row.key,
        kind=Kind.NONE if row.quoted else reading.kind,
        joined=row.joined,
        exempt=row.standing == TEAM,
    )
