"""`/cord`: anyone of the team stops an item and calls the others."""

from collections.abc import Mapping
from typing import Any

from handlers.capability import Undone
from handlers.catalog.assembly import tidy
from handlers.command_line import Invocation
from handlers.events import CordPulled, CordReleased
from handlers.messages import Answer
from handlers.people import Role
from handlers.snapshot import ItemView
from handlers.stock.states import STATES, enter, floor_for
from handlers.team.alerts import Severity, raise_alert, settle_alert
from handlers.work import Work
from storage.schema.states import ItemState

__all__ = ["pull", "undo_pull"]


async def pull(work: Work, command: Invocation) -> Answer:
    """`/cord CODE WHY…`: the item stops, and the team hears who pulled and why."""
    item: ItemView = command.options["code"]
    say, why = work.house.wording.say, tidy(command.options["why"])
    if not why:
        return Answer(text=say("cord.no_why", code=item.code))
    floor = await floor_for(work, item)
    before = ItemState(floor.items[item.id].state)
    if before is not ItemState.STOPPED:
        await enter(work, floor, item.id, ItemState.STOPPED)
    work.record(
        command.person,
        "cord",
        item.code,
        why=why,
        undo={"item": item.id, "state": before.value},
    )
    await raise_alert(
        work,
        key=f"cord:{item.id}",
        kind="cord.pulled",
        values={"who": command.person.name, "code": item.code, "why": why.rstrip(".")},
        severity=Severity.URGENT,
        owner_role=Role.PRODUCER,
    )
    work.emit(CordPulled(item_id=item.id, code=item.code, who=command.person.name, why=why))
    return Answer(text=say("cord.done", code=item.code))


async def undo_pull(work: Work, act: Mapping[str, Any]) -> Undone:
    """Put the item back into the state it was in, and call the alarm off."""
    item, say = work.snapshot.catalogue.by_id[act["item"]], work.house.wording.say
    floor, before = await floor_for(work, item), ItemState(act["state"])
    await settle_alert(work, f"cord:{item.id}", say("cord.taken_back"))
    work.emit(CordReleased(item_id=item.id, code=item.code))
    state = ItemState(floor.items[item.id].state)
    if state is not ItemState.STOPPED:
        return Undone(text=say("cord.changed_since", code=item.code, state=STATES[state]))
    if before is not ItemState.STOPPED:
        await enter(work, floor, item.id, before)
    return Undone(text=say("cord.undone", code=item.code, state=STATES[before]))
