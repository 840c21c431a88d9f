"""`/stock pause`, `resume` and `stop`: whether an item is on sale."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from handlers.capability import Undone
from handlers.claims.floor import Floor
from handlers.claims.telling import promote_and_tell, settle_and_tell
from handlers.command_line import Invocation
from handlers.events import ItemStateChanged
from handlers.messages import Answer
from handlers.snapshot import ItemView, ShowView
from handlers.work import Work
from storage.schema import sale
from storage.schema.states import ItemState, ShowState

__all__ = ["STATES", "enter", "floor_for", "pause", "resume", "stop", "undo_state"]

STATES = {
    ItemState.ON_SALE: "on sale",
    ItemState.PAUSED: "paused",
    ItemState.STOPPED: "stopped (waitlist only)",
}
_NO_SHOW = ShowView(
    id=0,
    name="",
    state=ShowState.STAGED,
    started_at=None,
    ended_at=None,
    paused=False,
    claimable=None,
    hold_minutes=None,
    stages=(),
    first_staged={},
)


def _show_for(work: Work) -> ShowView:
    """The show that stock changes are counted in: the live one, or the newest, or none yet."""
    live = work.snapshot.timeline.live
    if live is not None:
        return live
    return next(iter(work.snapshot.timeline.shows), _NO_SHOW)


async def floor_for(work: Work, item: ItemView) -> Floor:
    """The floor with this item on it, locked."""
    floor = Floor.of(work, _show_for(work))
    await floor.load([item.id], {})
    return floor


async def pause(work: Work, command: Invocation) -> Answer:
    """`/stock pause CODE`: claims are kept in order until it goes on."""
    return await _change(work, command, ItemState.PAUSED, "stock.paused")


async def stop(work: Work, command: Invocation) -> Answer:
    """`/stock stop CODE`: waitlist only; kept claims go there too, in order."""
    return await _change(work, command, ItemState.STOPPED, "stock.stopped")


async def resume(work: Work, command: Invocation) -> Answer:
    """`/stock resume CODE`: kept claims are taken in order, then it goes on."""
    return await _change(work, command, ItemState.ON_SALE, "stock.resumed")


async def _change(work: Work, command: Invocation, state: ItemState, key: str) -> Answer:
    item: ItemView = command.options["code"]
    floor, say = await floor_for(work, item), work.house.wording.say
    row = floor.items[item.id]
    before = ItemState(row.state)
    # Who pauses what waits for a count makes that pause last.
    if before is state and row.soft_paused_at is None:
        return Answer(text=say("stock.unchanged", code=item.code, state=STATES[state]))
    count = await enter(work, floor, item.id, state)
    work.record(
        command.person,
        command.spec.name.replace(" ", "."),
        item.code,
        undo={"item": item.id, "state": before.value, "after": state.value},
    )
    return Answer(text=say(key, code=item.code, count=count))


async def enter(work: Work, floor: Floor, item_id: int, state: ItemState) -> int:
    """Bring an item that stands on `floor` into a state; returns how many kept claims it took.

    Whatever pause for a count there was is over.
    """
    # A pause for a count that this transaction has noted must not be written after it.
    await floor.flush()
    row = floor.items[item_id]
    changed = row.state != state
    await work.tx.run(
        update(sale.items)
        .where(sale.items.c.id == item_id)
        .values(state=state, soft_paused_at=None, resume_due=None)
    )
    row.state, row.soft_paused_at, row.resume_due = state, None, None
    work.emit(ItemStateChanged(item_id=item_id))
    if changed and work.snapshot.timeline.live is not None:
        work.tell_stream(f"stock.told.{state.value}", {"code": row.code})
    if state is ItemState.PAUSED:
        return 0
    # Those already in line come before claims that were kept during the pause.
    if state is ItemState.ON_SALE:
        for variant_id in row.variants:
            await promote_and_tell(floor, variant_id, at=work.at)
    return 0 if floor.show.paused else await settle_and_tell(floor, item_id)


async def undo_state(work: Work, act: Mapping[str, Any]) -> Undone:
    """Put an item back into the state it was in."""
    item, say = work.snapshot.catalogue.by_id[act["item"]], work.house.wording.say
    floor, before = await floor_for(work, item), ItemState(act["state"])
    state = ItemState(floor.items[item.id].state)
    if state != act["after"]:
        told = say("stock.changed_since", code=item.code, state=STATES[state])
        return Undone(text=told, done=False)
    await enter(work, floor, item.id, before)
    return Undone(text=say("stock.undone_state", code=item.code, state=STATES[before]))
