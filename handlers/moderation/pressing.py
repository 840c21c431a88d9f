"""The buttons of moderation: under its cards, and *Read it* under a word to somebody."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from handlers.capability import OptionKind, PressSpec
from handlers.claims.menus import ask_item, count_line
from handlers.messages import ActKind, Answer, Form, Press
from handlers.moderation.acting import act_outside
from handlers.moderation.beside import claimed_beside, without_links
from handlers.moderation.card import say_card, sentence_of
from handlers.moderation.ledger import AUTOMOD, find_entry
from handlers.moderation.model import Action
from handlers.moderation.settling import settle
from handlers.people import MODERATORS, TEAM
from handlers.team.taking import history_line
from handlers.work import Work
from storage.schema.moderation import LogState, moderation_log

__all__ = ["PRESSES"]


async def _undo(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    return await settle(work, press.person, arguments[0], LogState.UNDONE)


async def _false_alarm(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    return await settle(work, press.person, arguments[0], LogState.FALSE_ALARM)


async def _delete(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    return await _decide(work, press, arguments[0], Action.DELETE)


async def _timeout(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    return await _decide(work, press, arguments[0], Action.TIMEOUT)


async def _decide(work: Work, press: Press, ref: str, action: Action) -> Answer:
    """What a person decides about an entry that was handed to them."""
    say, row = work.house.wording.say, await find_entry(work, ref)
    if row is None or row.rule == AUTOMOD:
        return Answer(text=say("moderation.gone"))
    if row.state != LogState.STANDS or row.action != Action.REVIEW:
        return Answer(text=say("moderation.faster", name=row.settled_by or row.by))
    if action is Action.DELETE and not row.native_id:
        return Answer(text=say("moderation.gone"))
    minutes = work.house.moderation.rules.timeout_minutes if action is Action.TIMEOUT else 0
    changed = {"action": action.value, "minutes": minutes, "by": press.person.name, "acted": True}
    await work.tx.run(update(moderation_log).where(moderation_log.c.ref == ref).values(changed))
    values: dict[str, Any] = dict(row._mapping) | changed
    if action is Action.DELETE:
        act_outside(work, values, ActKind.DELETE)
    else:
        until = work.at + timedelta(minutes=minutes)
        act_outside(work, values, ActKind.TIMEOUT, until=until)
    said = {"name": row.name, "minutes": minutes}
    what = history_line(work, f"moderation.hand.{action}", **said)
    say_card(work, values, history=what, acted=True)
    undo = {"ref": ref, "by": press.person.name}
    work.record(press.person, f"mod.{action}", row.name, undo=undo)
    return Answer(text=say(f"moderation.hand.{action}", **said))


async def _count(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Count as claim*, for a line that never reached the chat, or held a link too."""
    say, row = work.house.wording.say, await find_entry(work, arguments[0])
    if row is None or not _holds_a_claim(work, row):
        return Answer(text=say("moderation.gone"))
    if row.state != LogState.STANDS:
        return Answer(text=say("moderation.faster", name=row.settled_by))
    answer = await count_line(work, replace(press, message=row.key), without=without_links)
    await _counted(work, press, row)
    return answer


def _holds_a_claim(work: Work, row: Any) -> bool:
    if row.rule == AUTOMOD:
        return True
    return bool(row.key and claimed_beside(work, sentence_of(work, row._mapping)))


async def _counted(work: Work, press: Press, row: Any) -> None:
    changed = {
        "state": LogState.UNDONE,
        "settled_by": press.person.name,
        "settled_at": work.at,
    }
    mine = moderation_log.c.ref == row.ref
    await work.tx.run(update(moderation_log).where(mine).values(changed))
    what = history_line(work, "moderation.state.undone", name=press.person.name, time="")
    say_card(work, dict(row._mapping) | changed, history=what, acted=True)


async def _ask_item(work: Work, press: Press, arguments: Sequence[str]) -> Form | None:
    log = moderation_log.c
    row = await work.tx.first(select(moderation_log).where(log.ref == arguments[0]))
    if row is None or not _holds_a_claim(work, row) or row.state != LogState.STANDS:
        return None
    return await ask_item(work, replace(press, message=row.key), without=without_links)


async def _why(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Read it*: what was wrong, for the person alone."""
    say, row = work.house.wording.say, await find_entry(work, arguments[0])
    person = press.person
    if row is None:
        return Answer(text=say("moderation.no_word"))
    if (row.platform, row.person) != (person.platform, person.id) and not person.may(TEAM):
        return Answer(text=say("moderation.not_yours"))
    if row.state != LogState.STANDS:
        shown = row.text if row.action == Action.DELETE else ""
        return Answer(text=say("moderation.why_undone", text=shown))
    rule = say(f"moderation.rule.{row.rule}")
    return Answer(text=say("moderation.why", rule=rule, text=row.text, why=row.why, by=row.by))


def _of_team(name: str, run: Any, label: str, **more: Any) -> PressSpec:
    return PressSpec(
        name=f"mod.{name}",
        run=run,
        takes=(OptionKind.WORD,),
        roles=MODERATORS,
        label=label,
        **more,
    )


PRESSES = (
    _of_team("undo", _undo, "Undo"),
    _of_team("false", _false_alarm, "False alarm"),
    _of_team("delete", _delete, "Delete"),
    _of_team("timeout", _timeout, "Time out"),
    _of_team("count", _count, "Count as claim", opens=_ask_item),
    PressSpec(name="mod.why", run=_why, takes=(OptionKind.WORD,)),
)
