"""`/stock`: what is there, counted, restocked, paused and stopped."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update

from handlers.capability import Undone
from handlers.claims.floor import Floor
from handlers.claims.records import Stock
from handlers.claims.telling import promote_and_tell, settle_and_tell
from handlers.command_line import Invocation
from handlers.events import ItemStateChanged, WentShort
from handlers.messages import Answer
from handlers.snapshot import ItemView, ShowView, VariantView
from handlers.stock.shortage import shortage_changed
from handlers.work import Work
from storage.schema import sale
from storage.schema.states import ItemState, ShowState

__all__ = [
    "add",
    "pause",
    "recount",
    "resume",
    "set_",
    "show",
    "stop",
    "undo_count",
    "undo_state",
]

_STATES = {
    ItemState.ON_SALE: "on sale",
    ItemState.PAUSED: "paused",
    ItemState.STOPPED: "stopped (waitlist only)",
}


def _show_for(work: Work) -> ShowView:
    """The show that stock changes are counted in: the live one, or the newest, or none yet."""
    live = work.snapshot.timeline.live
    if live is not None:
        return live
    return next(iter(work.snapshot.timeline.shows), _NO_SHOW)


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


async def _floor(work: Work, item: ItemView) -> Floor:
    floor = Floor.of(work, _show_for(work))
    await floor.load([item.id], {})
    return floor


def _pick(work: Work, command: Invocation, floor: Floor) -> Stock | Answer:
    item: ItemView = command.options["code"]
    variant: VariantView | None = command.options["variant"]
    if variant is not None:
        return floor.stock[variant.id]
    if len(item.variants) == 1:
        return floor.stock[next(iter(item.variants.values())).id]
    sizes = ", ".join(str(name) for name in item.variants)
    return Answer(text=work.house.wording.say("staff.which", code=item.code, sizes=sizes))


async def show(work: Work, command: Invocation) -> Answer:
    """`/stock show CODE`: every variant with its numbers."""
    item: ItemView = command.options["code"]
    floor, say = await _floor(work, item), work.house.wording.say
    row = floor.items[item.id]
    state = _STATES[ItemState(row.state)]
    lines = [say("stock.head", code=item.code, title=item.title, state=state)]
    for variant_id in row.variants:
        stock = floor.stock[variant_id]
        lines.append(
            say(
                "stock.line",
                item=stock.label,
                left=stock.left,
                on_hand=stock.on_hand,
                reserved=stock.reserved,
                waiting=stock.waiting_units,
                short=stock.short,
            )
        )
    return Answer(text="\n".join(lines))


async def set_(work: Work, command: Invocation) -> Answer:
    """`/stock set`: so many are on hand."""
    return await _count(work, command, lambda stock: int(command.options["units"]))


async def add(work: Work, command: Invocation) -> Answer:
    """`/stock add`: so many came in (or went, with a minus)."""
    return await _count(work, command, lambda stock: stock.on_hand + int(command.options["units"]))


async def _count(work: Work, command: Invocation, wanted: Any) -> Answer:
    say, floor = work.house.wording.say, await _floor(work, command.options["code"])
    stock = _pick(work, command, floor)
    if isinstance(stock, Answer):
        return stock
    units = wanted(stock)
    if not 0 <= units <= 1_000_000:
        return Answer(text=say("stock.negative", wanted=units))
    if units < stock.reserved:
        return Answer(
            text=say("stock.below", item=stock.label, reserved=stock.reserved, wanted=units)
        )
    return await _put(work, command, floor, stock, units)


async def recount(work: Work, command: Invocation) -> Answer:
    """`/stock recount`: what was really counted, even if less than is held."""
    floor = await _floor(work, command.options["code"])
    stock = _pick(work, command, floor)
    if isinstance(stock, Answer):
        return stock
    units = int(command.options["units"])
    if not 0 <= units <= 1_000_000:
        return Answer(text=work.house.wording.say("stock.negative", wanted=units))
    return await _put(work, command, floor, stock, units)


async def _put(work: Work, command: Invocation, floor: Floor, stock: Stock, units: int) -> Answer:
    before = stock.on_hand
    names = await _apply(work, floor, stock, units)
    work.record(
        command.person,
        command.spec.name.replace(" ", "."),
        stock.label,
        why=command.options.get("why") or "",
        values={"before": before, "after": units},
        undo={"variant": stock.id, "item": stock.item_id, "on_hand": before, "after": units},
    )
    return Answer(text=_counted(work, stock, names))


def _counted(work: Work, stock: Stock, names: Sequence[str]) -> str:
    say = work.house.wording.say
    told = {"item": stock.label, "on_hand": stock.on_hand}
    if stock.short:
        return say("stock.short", **told, reserved=stock.reserved, short=stock.short)
    return say("stock.set", **told, left=stock.left, next=names)


async def _apply(work: Work, floor: Floor, stock: Stock, units: int) -> list[str]:
    """Set what is on hand, promote or fall short as it comes, and return who was promoted."""
    left, short = stock.left, stock.short
    stock.on_hand = units
    stock.short = max(0, stock.reserved - units)
    await floor.restaged(stock)
    floor.moved(stock, left)
    if stock.short or short:
        await shortage_changed(work, stock, "recounted")
        work.emit(ItemStateChanged(item_id=stock.item_id))
    if stock.short:
        work.emit(
            WentShort(
                item_id=stock.item_id,
                variant_id=stock.id,
                label=stock.label,
                on_hand=units,
                reserved=stock.reserved,
                short=stock.short,
            )
        )
        return []
    return [one.member.name for one in await promote_and_tell(floor, stock.id, at=work.at)]


async def undo_count(work: Work, act: Mapping[str, Any]) -> Undone:
    """Put back what was on hand before, as a recount would."""
    floor = Floor.of(work, _show_for(work))
    await floor.load([act["item"]], {})
    stock = floor.stock[act["variant"]]
    if stock.on_hand != act["after"]:
        told = {"item": stock.label, "on_hand": stock.on_hand}
        return Undone(text=work.house.wording.say("stock.counted_since", **told), done=False)
    names = await _apply(work, floor, stock, act["on_hand"])
    return Undone(text=work.house.wording.say("stock.undone", now=_counted(work, stock, names)))


# --- pause, resume, stop --------------------------------------------------------------------------


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
    floor, say = await _floor(work, item), work.house.wording.say
    before = ItemState(floor.items[item.id].state)
    if before is state:
        return Answer(text=say("stock.unchanged", code=item.code, state=_STATES[state]))
    count = await _enter(work, floor, item, state)
    work.record(
        command.person,
        command.spec.name.replace(" ", "."),
        item.code,
        undo={"item": item.id, "state": before.value, "after": state.value},
    )
    return Answer(text=say(key, code=item.code, count=count))


async def _enter(work: Work, floor: Floor, item: ItemView, state: ItemState) -> int:
    await work.tx.run(update(sale.items).where(sale.items.c.id == item.id).values(state=state))
    floor.items[item.id].state = state
    work.emit(ItemStateChanged(item_id=item.id))
    if work.snapshot.timeline.live is not None:
        work.tell_stream(f"stock.told.{state.value}", {"code": item.code})
    if state is ItemState.PAUSED:
        return 0
    # Those already in line come before claims that were kept during the pause.
    if state is ItemState.ON_SALE:
        for variant_id in floor.items[item.id].variants:
            await promote_and_tell(floor, variant_id, at=work.at)
    return 0 if floor.show.paused else await settle_and_tell(floor, item.id)


async def undo_state(work: Work, act: Mapping[str, Any]) -> Undone:
    """Put an item back into the state it was in."""
    item, say = work.snapshot.catalogue.by_id[act["item"]], work.house.wording.say
    floor, before = await _floor(work, item), ItemState(act["state"])
    state = ItemState(floor.items[item.id].state)
    if state != act["after"]:
        told = say("stock.changed_since", code=item.code, state=_STATES[state])
        return Undone(text=told, done=False)
    await _enter(work, floor, item, before)
    return Undone(text=say("stock.undone_state", code=item.code, state=_STATES[before]))
