"""`/mod …`: warn, time out, permit, the log, and the rules one by one."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select

from handlers.capability import Undone
from handlers.claims.lines import stored
from handlers.claims.naming import Named, find_person, newest_show
from handlers.command_line import Invocation
from handlers.messages import ActKind, Answer, Press
from handlers.moderation.acting import act_outside, tell_person
from handlers.moderation.card import say_card, what_was_done
from handlers.moderation.ledger import BY_HAND, Ledger, ref_of
from handlers.moderation.loading import VERSION, is_of_team
from handlers.moderation.memory import settings_of
from handlers.moderation.model import Action, Rule
from handlers.people import Person
from handlers.times import shown_time
from handlers.work import Work
from storage.schema.moderation import (
    LogState,
    moderation_log,
    moderation_permits,
    moderation_switches,
)
from storage.upsert import upsert

__all__ = [
    "SETTINGS",
    "log_",
    "permit",
    "rules",
    "timeout",
    "undo_permit",
    "undo_rule",
    "warn",
    "warn_line",
]

SETTINGS: Final = ("on", "dry", "off")
#: What a warning by a person weighs.
_WEIGHT: Final = 3
_LONGEST_TIMEOUT: Final = 1_440
_MOST_LISTED: Final = 200
_COUNTED_DAYS: Final = 7


async def warn(work: Work, command: Invocation) -> Answer:
    """`/mod warn PERSON WHY…`: a word to them, and a strike."""
    person = await find_person(work, command.person.platform, command.options["person"])
    if isinstance(person, Answer):
        return person
    why = command.options["why"] or ""
    return await _by_hand(work, command.person, person, command.key, Action.WARN, why=why)


async def warn_line(work: Work, press: Press) -> Answer:
    """*Warn*, in the menu of a line: a word about that very line."""
    line = await stored(work, press.message or "")
    if line is None:
        return Answer(text=work.house.wording.say("staff.line_unknown"))
    person = Named(line.platform, line.person, line.name)
    about = {"channel": line.channel, "key": line.key, "text": line.text}
    return await _by_hand(work, press.person, person, press.key, Action.WARN, **about)


async def timeout(work: Work, command: Invocation) -> Answer:
    """`/mod timeout PERSON [MINUTES] WHY…`: they may write nothing for so long."""
    given = command.options["minutes"]
    minutes = work.house.moderation.rules.timeout_minutes if given is None else given
    if not 1 <= minutes <= _LONGEST_TIMEOUT:
        return Answer(text=work.house.wording.say("moderation.minutes", most=_LONGEST_TIMEOUT))
    person = await find_person(work, command.person.platform, command.options["person"])
    if isinstance(person, Answer):
        return person
    why = command.options["why"] or ""
    return await _by_hand(
        work, command.person, person, command.key, Action.TIMEOUT, why=why, minutes=minutes
    )


async def _by_hand(
    work: Work, by: Person, person: Named, act: str, action: Action, /, **about: Any
) -> Answer:
    """Do to somebody what a moderator asks for, and note it like an act of the rules.

    `act` is the key of what they typed or pressed; `about` may hold the line that it is about.
    """
    say = work.house.wording.say
    if not work.house.hears_claims(person.platform):
        return Answer(text=say("staff.not_in_stream", person=person.name))
    if (person.platform, person.id) == (by.platform, by.id):
        return Answer(text=say("moderation.yourself"))
    if await is_of_team(work, person):
        return Answer(text=say("moderation.of_team", name=person.name))
    row = Ledger.of(work).enter(
        ref=ref_of(act, BY_HAND),
        platform=person.platform,
        person=person.id,
        name=person.name,
        rule=BY_HAND,
        action=action.value,
        weight=_WEIGHT,
        by=by.name,
        **about,
    )
    if action is Action.TIMEOUT:
        until = work.at + timedelta(minutes=row["minutes"])
        act_outside(work, row, ActKind.TIMEOUT, until=until)
    else:
        tell_person(work, row, "moderation.warned", button=True)
    say_card(work, row)
    undo = {"ref": row["ref"], "by": by.name}
    work.record(by, f"mod.{action}", person.name, why=row["why"], undo=undo)
    return Answer(text=say(f"moderation.hand.{action}", name=person.name, minutes=row["minutes"]))


async def permit(work: Work, command: Invocation) -> Answer:
    """`/mod permit PERSON [MINUTES]`: they may post links for a while, but none in disguise."""
    say, given = work.house.wording.say, command.options["minutes"]
    minutes = work.house.moderation.rules.permit_minutes if given is None else given
    if not 1 <= minutes <= _LONGEST_TIMEOUT:
        return Answer(text=say("moderation.minutes", most=_LONGEST_TIMEOUT))
    person = await find_person(work, command.person.platform, command.options["person"])
    if isinstance(person, Answer):
        return person
    who = {"platform": person.platform, "person": person.id}
    until = work.at + timedelta(minutes=minutes)
    await work.tx.run(
        upsert(work.tx, moderation_permits)
        .values(until=until, **who)
        .on_conflict_do_update(index_elements=["platform", "person"], set_={"until": until})
    )
    work.record(command.person, "mod.permit", person.name, undo={**who, "name": person.name})
    return Answer(text=say("moderation.permitted", name=person.name, minutes=minutes))


async def undo_permit(work: Work, act: Mapping[str, Any]) -> Undone:
    """Take a permit back."""
    permits = moderation_permits.c
    await work.tx.run(
        delete(moderation_permits).where(
            permits.platform == act["platform"], permits.person == act["person"]
        )
    )
    return Undone(text=work.house.wording.say("moderation.unpermitted", name=act["name"]))


async def log_(work: Work, command: Invocation) -> Answer:
    """`/mod log [PERSON]`: what was found and done, the newest last."""
    say, log = work.house.wording.say, moderation_log.c
    chosen = select(moderation_log).order_by(log.at.desc(), log.ref).limit(_MOST_LISTED)
    if command.options["person"] is not None:
        person = await find_person(work, command.person.platform, command.options["person"])
        if isinstance(person, Answer):
            return person
        chosen = chosen.where(log.platform == person.platform, log.person == person.id)
    lines = [
        say(
            "moderation.log_line",
            time=shown_time(work, row.at),
            name=row.name,
            done=what_was_done(work, dict(row._mapping)),
            text=row.text,
            why=row.why,
            state="" if row.state == LogState.STANDS else row.state.replace("_", " "),
            by=row.settled_by,
            error=row.error or "",
        )
        for row in reversed(await work.tx.all(chosen))
    ]
    return Answer(text="\n".join(lines) or say("moderation.log_empty"))


async def rules(work: Work, command: Invocation) -> Answer:
    """`/mod rules [NAME] [on|dry|off]`: every rule and what it did; or one of them set."""
    name, setting = command.options["name"], command.options["setting"]
    if name is not None and setting is not None:
        return await _set(work, command.person, Rule(name), setting)
    return await _list(work, Rule(name) if name is not None else None)


async def _set(work: Work, person: Person, rule: Rule, setting: str) -> Answer:
    before = await work.tx.scalar(
        select(moderation_switches.c.setting)
        .where(moderation_switches.c.rule == rule.value)
        .with_for_update()
    )
    await _switch(work, rule.value, setting)
    undo = {"rule": rule.value, "setting": before}
    work.record(person, "mod.rules", f"{rule}: {setting}", undo=undo)
    say = work.house.wording.say
    off = work.house.moderation.off
    return Answer(text=say("moderation.rule_set", rule=str(rule), setting=setting, off=off))


async def _switch(work: Work, rule: str, setting: str | None) -> None:
    if setting is None:
        table = moderation_switches
        await work.tx.run(delete(table).where(table.c.rule == rule))
    else:
        await work.tx.run(
            upsert(work.tx, moderation_switches)
            .values(rule=rule, setting=setting)
            .on_conflict_do_update(index_elements=["rule"], set_={"setting": setting})
        )
    work.bump(VERSION)


async def undo_rule(work: Work, act: Mapping[str, Any]) -> Undone:
    """Set a rule as it was before."""
    await _switch(work, act["rule"], act["setting"])
    return Undone(text=work.house.wording.say("moderation.rule_back", rule=act["rule"]))


async def _list(work: Work, only: Rule | None) -> Answer:
    say, log, memory = work.house.wording.say, moderation_log.c, work.house.moderation
    switched = {row.rule: row.setting for row in await work.tx.all(select(moderation_switches))}
    counted: Counter[tuple[str, str]] = Counter()
    show = newest_show(work)
    begun = show.started_at if show is not None else None
    since = begun or work.at - timedelta(days=_COUNTED_DAYS)
    for row in await work.tx.all(
        select(log.rule, log.acted, log.action, log.state, func.count().label("times"))
        .where(log.at >= since)
        .group_by(log.rule, log.acted, log.action, log.state)
    ):
        what = "acted" if row.acted and row.action != Action.NOTE else "noted"
        counted[row.rule, what] += row.times
        if row.state == LogState.FALSE_ALARM:
            counted[row.rule, "wrong"] += row.times
    lines = [
        say(
            "moderation.rule_line",
            rule=rule.value,
            setting=str(setting),
            acted=counted[rule.value, "acted"],
            noted=counted[rule.value, "noted"],
            wrong=counted[rule.value, "wrong"],
        )
        for rule, setting in settings_of(memory.rules, switched).items()
        if only in (None, rule)
    ]
    head = say(
        "moderation.rules_head",
        mode=memory.rules.mode.value,
        show=show.name if show is not None and begun is not None else None,
        days=_COUNTED_DAYS,
    )
    return Answer(text="\n".join([head, *lines]))
