"""`/stock`: what is there, counted and restocked. `states` has what pauses and stops it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update

from handlers.capability import Undone
from handlers.claims.floor import Floor
from handlers.claims.records import Stock
from handlers.claims.telling import promote_and_tell
from handlers.command_line import Invocation
from handlers.events import ItemStateChanged, Restocked, WentShort
from handlers.lamps.firing import Lamp
from handlers.messages import Answer
from handlers.snapshot import ItemView, VariantView
from handlers.stock.shortage import shortage_changed
from handlers.stock.states import STATES, enter, floor_for
from handlers.work import Work
from storage.schema import sale
from storage.schema.states import ItemState

__all__ = ["add", "come_in", "recount", "set_", "show", "undo_count", "undo_unsure", "unsure"]


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
    """`/stock show CODE [VARIANT]`: every variant with its numbers, or the one that is named."""
    item: ItemView = command.options["code"]
    only: VariantView | None = command.options["variant"]
    floor, say = await floor_for(work, item), work.house.wording.say
    row = floor.items[item.id]
    state = STATES[ItemState(row.state)]
    lines = [say("stock.head", code=item.code, title=item.title, state=state)]
    for variant_id in row.variants:
        if only is not None and only.id != variant_id:
            continue
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
    say, floor = work.house.wording.say, await floor_for(work, command.options["code"])
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


async def come_in(work: Work, item: ItemView, variant_id: int, units: int) -> list[str]:
    """Units came in by another way than a count, or with a minus went; returns who has them now.

    As `/stock add` does it: its lamp is armed again, and whoever waits is promoted. Raises
    `ValueError` where more would go than are free.
    """
    floor = await floor_for(work, item)
    stock = floor.stock[variant_id]
    if units < 0 and stock.on_hand + units < stock.reserved:
        raise ValueError(f"{-units} of {stock.label} are not free to go")
    return await _apply(work, floor, stock, stock.on_hand + units, restock_above=stock.left)


async def recount(work: Work, command: Invocation) -> Answer:
    """`/stock recount`: what was really counted, even if less than is held."""
    floor = await floor_for(work, command.options["code"])
    stock = _pick(work, command, floor)
    if isinstance(stock, Answer):
        return stock
    units = int(command.options["units"])
    if not 0 <= units <= 1_000_000:
        return Answer(text=work.house.wording.say("stock.negative", wanted=units))
    return await _put(work, command, floor, stock, units)


async def _put(work: Work, command: Invocation, floor: Floor, stock: Stock, units: int) -> Answer:
    before, base, lamp = stock.on_hand, stock.base, stock.lamp
    # What was found is no delivery, unless it is more than ever was there.
    least = stock.base if command.spec.name == "stock recount" else stock.left
    names = await _apply(work, floor, stock, units, restock_above=least)
    if command.spec.name != "stock add":
        await _sure(work, stock)
    work.record(
        command.person,
        command.spec.name.replace(" ", "."),
        stock.label,
        why=command.options.get("why") or "",
        values={"before": before, "after": units},
        undo={
            "variant": stock.id,
            "item": stock.item_id,
            "on_hand": before,
            "after": units,
            "base": base,
            "lamp": lamp,
        },
    )
    text = _counted(work, stock, names)
    item = floor.items[stock.item_id]
    if item.soft_paused_at is not None:
        count = await enter(work, floor, item.id, ItemState.ON_SALE)
        text = "\n".join(
            [text, work.house.wording.say("stock.resumed", code=item.code, count=count)]
        )
    return Answer(text=text)


async def _sure(work: Work, stock: Stock) -> None:
    """It was counted: nobody need doubt it any more."""
    stock.unsure = False
    await work.tx.run(
        update(sale.variants)
        .where(sale.variants.c.id == stock.id)
        .values(count_unsure=False, counted_at=work.at)
    )


def _counted(work: Work, stock: Stock, names: Sequence[str]) -> str:
    say = work.house.wording.say
    told = {"item": stock.label, "on_hand": stock.on_hand}
    if stock.short:
        return say("stock.short", **told, reserved=stock.reserved, short=stock.short)
    return say("stock.set", **told, left=stock.left, next=names)


async def _apply(
    work: Work, floor: Floor, stock: Stock, units: int, *, restock_above: int | None = None
) -> list[str]:
    """Set what is on hand, promote or fall short as it comes, and return who was promoted.

    With more than `restock_above` units left its lamp is armed again, against what is left once
    all who waited have theirs.
    """
    left, short = stock.left, stock.short
    stock.on_hand, stock.counted_now = units, True
    stock.short = max(0, stock.reserved - units)
    restocked = restock_above is not None and stock.left > restock_above
    lamp = stock.lamp
    if restocked:
        stock.lamp = Lamp.RED.value
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
    promoted = await promote_and_tell(floor, stock.id, at=work.at)
    if restocked:
        _arm(work, stock, lamp)
    return [one.member.name for one in promoted]


def _arm(work: Work, stock: Stock, lamp: str) -> None:
    """Arm the lamp again, unless all that came in went to those who waited."""
    stock.lamp = lamp
    if not stock.left:
        return
    stock.base, stock.lamp = stock.left, Lamp.GREEN.value
    _tell_armed(work, stock)


def _tell_armed(work: Work, stock: Stock) -> None:
    work.emit(
        Restocked(item_id=stock.item_id, variant_id=stock.id, label=stock.label, left=stock.left)
    )


async def undo_count(work: Work, act: Mapping[str, Any]) -> Undone:
    """Put back what was on hand before, as a recount would."""
    floor = await floor_for(work, work.snapshot.catalogue.by_id[act["item"]])
    stock = floor.stock[act["variant"]]
    if stock.on_hand != act["after"]:
        told = {"item": stock.label, "on_hand": stock.on_hand}
        return Undone(text=work.house.wording.say("stock.counted_since", **told), done=False)
    # Counts made before Andon kept these have none.
    was = stock.lamp
    stock.base, stock.lamp = act.get("base", stock.base), act.get("lamp", was)
    names = await _apply(work, floor, stock, act["on_hand"])
    if was != stock.lamp == Lamp.GREEN:
        _tell_armed(work, stock)
    return Undone(text=work.house.wording.say("stock.undone", now=_counted(work, stock, names)))


async def unsure(work: Work, command: Invocation) -> Answer:
    """`/stock unsure CODE [VARIANT]`: the number on hand is doubted until it is counted."""
    item: ItemView = command.options["code"]
    chosen: VariantView | None = command.options["variant"]
    ids = [one.id for one in item.variants.values() if chosen is None or one.id == chosen.id]
    label = item.label(None if chosen is None else chosen.name)
    await _doubt(work, ids, True)
    work.record(command.person, "stock.unsure", label, undo={"variants": ids, "label": label})
    return Answer(text=work.house.wording.say("stock.unsure", item=label))


async def _doubt(work: Work, ids: Sequence[int], unsure: bool) -> None:
    await work.tx.run(
        update(sale.variants).where(sale.variants.c.id.in_(ids)).values(count_unsure=unsure)
    )


async def undo_unsure(work: Work, act: Mapping[str, Any]) -> Undone:
    """Nobody doubts the number any more."""
    await _doubt(work, act["variants"], False)
    return Undone(text=work.house.wording.say("stock.sure", item=act["label"]))
