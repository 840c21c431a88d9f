"""`/stage`: what is being shown, as intervals of time."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from handlers.capability import Undone
from handlers.claims.hold_times import idle_dues
from handlers.command_line import Invocation
from handlers.events import ItemStaged, ShowChanged
from handlers.messages import Answer
from handlers.money import Money
from handlers.snapshot import ItemView, ShowView, VariantView
from handlers.work import Work
from storage.repositories.sale import stir
from storage.schema import sale
from storage.schema.states import ItemState

__all__ = ["back", "clear", "following", "stage", "undo_stage"]


async def stage(work: Work, command: Invocation) -> Answer:
    """`/stage CODE [VARIANT]`: replaces what is on stage."""
    return await _put(work, command, command.options["code"], command.options["variant"])


async def following(work: Work, command: Invocation) -> Answer:
    """`/stage next`: the next item of the run order."""
    return await _step(work, command, 1)


async def back(work: Work, command: Invocation) -> Answer:
    """`/stage back`: the item before."""
    return await _step(work, command, -1)


async def _step(work: Work, command: Invocation, step: int) -> Answer:
    say, live = work.house.wording.say, work.snapshot.timeline.live
    order = sorted(work.snapshot.catalogue.items.values(), key=lambda item: item.position)
    if live is None:
        return Answer(text=say("stage.no_show"))
    if not order:
        return Answer(text=say("stage.no_items"))
    codes = [item.code for item in order]
    last = live.stages[-1].code if live.stages else None
    at = codes.index(last) + step if last in codes else 0
    if at >= len(codes):
        return Answer(text=say("stage.no_next", item=last))
    if at < 0:
        return Answer(text=say("stage.no_back"))
    return await _put(work, command, order[at], None)


async def clear(work: Work, command: Invocation) -> Answer:
    """`/stage clear`: nothing is on stage."""
    live = work.snapshot.timeline.live
    if live is None:
        return Answer(text=work.house.wording.say("stage.no_show"))
    ended = await _close(work, live)
    if ended is None:
        return Answer(text=work.house.wording.say("stage.empty"))
    work.bump("timeline")
    work.emit(ShowChanged(show_id=live.id))
    work.record(
        command.person, "stage", "", undo={"show": live.id, "opened": None, "closed": ended}
    )
    return Answer(text=work.house.wording.say("stage.cleared"))


async def _put(
    work: Work, command: Invocation, item: ItemView, variant: VariantView | None
) -> Answer:
    say, live = work.house.wording.say, work.snapshot.timeline.live
    if live is None:
        return Answer(text=say("stage.no_show"))
    ended = await _close(work, live)
    row = {
        "show_id": live.id,
        "item_id": item.id,
        "variant_id": variant.id if variant else None,
        "from_at": work.at,
        "until_at": None,
    }
    (opened,) = await work.tx.insert_ids(sale.stages, [row])
    await stir(work.tx, live.id, *idle_dues(work.rules, work.at))
    work.bump("timeline")
    work.emit(ItemStaged(show_id=live.id, item_id=item.id, code=item.code))
    work.record(
        command.person,
        "stage",
        item.code,
        undo={"show": live.id, "opened": opened, "closed": ended},
    )
    facts = await _announce(work, item, variant)
    told = {"item": _label(item, variant), "left": facts["left"], "state": facts["state"]}
    return Answer(text=say("stage.done", **told))


def _label(item: ItemView, variant: VariantView | None) -> str:
    return item.label(variant.name if variant else None)


async def _announce(work: Work, item: ItemView, variant: VariantView | None) -> dict[str, Any]:
    """Tell the stream what is on stage; returns price, units left and state."""
    facts = await _facts(work, item, variant)
    label = _label(item, variant)
    sizes = [] if variant else [name for name in item.variants if name]
    work.tell_stream(
        "stage.on",
        {
            "item": label,
            "title": item.title,
            "price": facts["price"],
            "sizes": ", ".join(sizes) if len(sizes) > 1 else "",
        },
    )
    return facts


async def _on_stage(work: Work, live: ShowView) -> int | None:
    """The interval of what is on stage, locked with its show against whoever stages too."""
    await work.tx.run(select(sale.shows.c.id).where(sale.shows.c.id == live.id).with_for_update())
    found: int | None = await work.tx.scalar(
        select(sale.stages.c.id).where(
            sale.stages.c.show_id == live.id, sale.stages.c.until_at.is_(None)
        )
    )
    return found


async def _close(work: Work, live: ShowView) -> int | None:
    """End what is on stage; returns the interval that ended."""
    stage_id = await _on_stage(work, live)
    if stage_id is not None:
        await work.tx.run(
            update(sale.stages).where(sale.stages.c.id == stage_id).values(until_at=work.at)
        )
    return stage_id


async def _facts(work: Work, item: ItemView, variant: VariantView | None) -> dict[str, Any]:
    variants = sale.variants.c
    rows = await work.tx.all(select(sale.variants).where(variants.item_id == item.id))
    shown = [row for row in rows if variant is None or row.id == variant.id]
    prices = sorted({(row.price_minor, row.currency) for row in shown})
    locale = work.house.locale
    low, high = Money(*prices[0]).shown(locale), Money(*prices[-1]).shown(locale)
    state = await work.tx.scalar(select(sale.items.c.state).where(sale.items.c.id == item.id))
    return {
        "price": low if low == high else f"{low} – {high}",
        "left": sum(max(0, row.on_hand - row.reserved) for row in shown),
        "state": "" if state == ItemState.ON_SALE else str(state),
    }


async def undo_stage(work: Work, act: Mapping[str, Any]) -> Undone:
    """Go back to what was on stage before, from now on: the past stays as viewers saw it."""
    say, stages, live = work.house.wording.say, sale.stages.c, work.snapshot.timeline.live
    if live is None or live.id != act["show"]:
        return Undone(text=say("stage.no_show"), done=False)
    if not await _shows_still(work, await _on_stage(work, live), act["opened"]):
        return Undone(text=say("stage.changed"), done=False, past=True)
    await _close(work, live)
    work.bump("timeline")
    work.emit(ShowChanged(show_id=live.id))
    row = None
    if act["closed"] is not None:
        row = await work.tx.first(select(sale.stages).where(stages.id == act["closed"]))
    if row is None:
        return Undone(text=say("stage.undone", item=""))
    again = {**row._mapping, "from_at": work.at, "until_at": None}
    del again["id"]
    await work.tx.insert(sale.stages, [again])
    item = work.snapshot.catalogue.by_id[row.item_id]
    variant = next((one for one in item.variants.values() if one.id == row.variant_id), None)
    await _announce(work, item, variant)
    return Undone(text=say("stage.undone", item=_label(item, variant)))


async def _shows_still(work: Work, on_stage: int | None, opened: int | None) -> bool:
    """Whether what an act put on stage is there, also where a later act was taken back since."""
    if on_stage == opened or on_stage is None or opened is None:
        return on_stage == opened
    stages = sale.stages.c
    rows = await work.tx.all(
        select(stages.item_id, stages.variant_id).where(stages.id.in_([on_stage, opened]))
    )
    return len({tuple(row) for row in rows}) == 1
