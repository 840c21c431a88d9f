"""Takes acts of moderation back: *Undo*, *False alarm*, and `/undo` for what was done by hand."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select, update

from handlers.capability import Undone
from handlers.messages import ActKind, Answer
from handlers.moderation.acting import act_outside, tell_person
from handlers.moderation.card import say_card
from handlers.moderation.ledger import find_entry
from handlers.moderation.model import Action
from handlers.moderation.teaching import forget, teach
from handlers.people import Person
from handlers.team.taking import history_line
from handlers.work import Work
from storage.schema.moderation import LogState, moderation_log

__all__ = ["settle", "undo_entry", "undo_false_alarm"]

#: What is told to whom it was done to, once it is taken back.
_TOLD: Final = {
    Action.WARN: "moderation.unwarned",
    Action.DELETE: "moderation.undeleted",
    Action.TIMEOUT: "moderation.freed",
}


async def settle(work: Work, person: Person, ref: str, state: LogState) -> Answer:
    """*Undo* or *False alarm* under a card; whoever presses second hears who was faster."""
    say, row = work.house.wording.say, await find_entry(work, ref)
    if row is None:
        return Answer(text=say("moderation.gone"))
    if row.state != LogState.STANDS:
        return Answer(text=say("moderation.faster", name=row.settled_by))
    await _take_back(work, row, person.name, state)
    if state is LogState.UNDONE:
        work.record(person, "mod.takeback", f"{row.name}: {row.rule}", values={"ref": ref})
        return Answer(text=say("moderation.undone", name=row.name))
    taught = await teach(work, row)
    work.record(
        person,
        "mod.false",
        f"{row.name}: {row.rule}",
        values={"ref": ref},
        undo={"ref": ref},
    )
    return Answer(text=say("moderation.false_alarm", taught=taught))


async def _take_back(work: Work, row: Any, by: str, state: LogState) -> None:
    """Take the strike and what was done back, tell the person, and show the card as it is now."""
    values = dict(row._mapping) | {
        "state": state,
        "settled_by": by,
        "settled_at": work.at,
        "report_due": None,
    }
    changed = ("state", "settled_by", "settled_at", "report_due")
    await work.tx.run(
        update(moderation_log)
        .where(moderation_log.c.ref == row.ref)
        .values({name: values[name] for name in changed})
    )
    action = Action(row.action)
    if row.acted and action is Action.TIMEOUT:
        act_outside(work, values, ActKind.FREE)
    if row.acted and (kind := _TOLD.get(action)) is not None:
        # What was deleted may hold an address or an invite: it is read behind a button.
        tell_person(work, values, kind, button=action is Action.DELETE)
    what = history_line(work, f"moderation.state.{state}", name=by, time="")
    say_card(work, values, history=what, acted=True)


async def undo_entry(work: Work, act: Mapping[str, Any]) -> Undone:
    """`/undo` of `/mod warn` or `/mod timeout`."""
    say, row = work.house.wording.say, await find_entry(work, act["ref"])
    if row is None or row.state != LogState.STANDS:
        return Undone(text=say("moderation.undone_before"), done=False, past=True)
    await _take_back(work, row, act["by"], LogState.UNDONE)
    return Undone(text=say("moderation.undone", name=row.name))


async def undo_false_alarm(work: Work, act: Mapping[str, Any]) -> Undone:
    """`/undo` of *False alarm*: what it taught is forgotten; what it took back stays so."""
    say, log = work.house.wording.say, moderation_log.c
    row = await work.tx.first(select(moderation_log).where(log.ref == act["ref"]))
    if row is None or row.state != LogState.FALSE_ALARM:
        return Undone(text=say("moderation.undone_before"), done=False, past=True)
    await forget(work, row.ref)
    await work.tx.run(
        update(moderation_log).where(log.ref == row.ref).values(state=LogState.UNDONE)
    )
    return Undone(text=say("moderation.unlearned", name=row.name))
