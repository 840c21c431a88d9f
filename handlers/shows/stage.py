"""`/stage`: what is being shown, as intervals of time."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from handlers.claims.hold_times import idle_dues
from handlers.command_line import Invocation
from handlers.events import ItemStaged
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
    work.bump("timeline")
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
    facts = await _facts(work, item, variant)
    label = item.label(variant.name if variant else None)
    work.tell_stream("stage.on", {"item": label, "title": item.title, "price": facts["price"]})
    return Answer(text=say("stage.done", item=label, left=facts["left"], state=facts["state"]))


async def _close(work: Work, live: ShowView) -> int | None:
    """End what is on stage; returns the interval that ended."""
    stages = sale.stages.c
    row = await work.tx.first(
        select(stages.id).where(stages.show_id == live.id, stages.until_at.is_(None))
    )
    if row is not None:
        await work.tx.run(update(sale.stages).where(stages.id == row.id).values(until_at=work.at))
    return None if row is None else int(row.id)


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


async def undo_stage(work: Work, act: Mapping[str, Any]) -> str:
    """Go back to what was on stage before, from now on: the past stays as viewers saw it."""
    stages = sale.stages.c
    if act["opened"] is not None:
        await work.tx.run(
            update(sale.stages)
            .where(stages.id == act["opened"], stages.until_at.is_(None))
            .values(until_at=work.at)
        )
    item = ""
    if act["closed"] is not None:
        row = await work.tx.first(select(sale.stages).where(stages.id == act["closed"]))
        if row is not None:
            again = {**row._mapping, "from_at": work.at, "until_at": None}
            del again["id"]
            await work.tx.insert(sale.stages, [again])
            item = work.snapshot.catalogue.by_id[row.item_id].code
    work.bump("timeline")
    return work.house.wording.say("stage.undone", item=item)
