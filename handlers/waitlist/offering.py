"""`/waitlist`: who waits, a unit offered out of turn of a stop, a place given up for someone."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from handlers.capability import Capability, CommandSpec, Option, OptionKind, UndoSpec
from handlers.claims.floor import Floor
from handlers.claims.freeing import leave_line, promote
from handlers.claims.telling import promote_and_tell, tell_promotion
from handlers.command_line import Invocation
from handlers.messages import Answer
from handlers.people import MODERATORS
from handlers.snapshot import ItemView, ShowView, VariantView
from handlers.work import Work
from storage.repositories.sale import WAITING
from storage.schema import sale
from storage.schema.states import WaitState

__all__ = ["CAPABILITY"]

_MOST_LISTED = 40


async def show(work: Work, command: Invocation) -> Answer:
    """`/waitlist show CODE [VARIANT]`: the line, in order."""
    item: ItemView = command.options["code"]
    variant: VariantView | None = command.options["variant"]
    rows = await _line(work, item, variant)
    say = work.house.wording.say
    if not rows:
        return Answer(text=say("waitlist.none", item=item.label(variant.name if variant else None)))
    lines = [
        say(
            "waitlist.line",
            number=number,
            name=row.name,
            item=item.label(row.variant),
            units=row.quantity,
        )
        for number, row in enumerate(rows[:_MOST_LISTED], start=1)
    ]
    if len(rows) > _MOST_LISTED:
        lines.append(say("waitlist.more", count=_MOST_LISTED))
    return Answer(text="\n".join(lines))


async def _line(work: Work, item: ItemView, variant: VariantView | None) -> Sequence[Any]:
    waits = sale.waitlist.c
    ids = [variant.id] if variant else [one.id for one in item.variants.values()]
    return await work.tx.all(
        select(
            sale.waitlist,
            sale.variants.c.name.label("variant"),
            sale.identities.c.platform,
            sale.identities.c.person,
            sale.identities.c.name,
        )
        .join(sale.variants, sale.variants.c.id == waits.variant_id)
        .join(sale.claims, sale.claims.c.id == waits.claim_id)
        .join(sale.identities, sale.identities.c.id == sale.claims.c.identity_id)
        .where(waits.variant_id.in_(ids), WAITING)
        .order_by(waits.variant_id, waits.place)
        .limit(_MOST_LISTED + 1)
    )


async def offer(work: Work, command: Invocation) -> Answer:
    """`/waitlist offer CODE [VARIANT]`: what is free goes to the next, also when stopped."""
    item: ItemView = command.options["code"]
    say, floor = work.house.wording.say, await _floor(work, item)
    if floor is None:
        return Answer(text=say("waitlist.none", item=item.code))
    variant: VariantView | None = command.options["variant"]
    ids = [variant.id] if variant else floor.items[item.id].variants
    told = []
    for variant_id in ids:
        for one in await promote(floor, variant_id, at=work.at, even_if_stopped=True):
            tell_promotion(work, one)
            told.append(
                say("waitlist.offered", units=one.units, item=one.label, name=one.member.name)
            )
    if not told:
        stock = floor.stock[ids[0]]
        key = "waitlist.no_unit" if stock.waiting_entries else "waitlist.none"
        return Answer(
            text=say(key, item=stock.label, reserved=stock.reserved, on_hand=stock.on_hand)
        )
    work.record(command.person, "waitlist.offer", item.code, values={"offers": len(told)})
    return Answer(text="\n".join(told))


async def skip(work: Work, command: Invocation) -> Answer:
    """`/waitlist skip PERSON CODE [VARIANT]`: somebody gives up their place."""
    item: ItemView = command.options["code"]
    say, floor = work.house.wording.say, await _floor(work, item)
    name = command.options["person"]
    rows = [
        row
        for row in await _line(work, item, command.options["variant"])
        if name in (row.person, row.name) or name.lower() == row.name.lower()
    ]
    if not rows or floor is None:
        return Answer(text=say("waitlist.not_in_line", name=name, item=item.code))
    row = rows[0]
    await leave_line(floor, row, row.quantity)
    await promote_and_tell(floor, row.variant_id, at=work.at)
    label = floor.stock[row.variant_id].label
    work.record(
        command.person,
        "waitlist.skip",
        f"{row.name}: {label}",
        undo={"entry": row.id, "item": item.id, "variant": row.variant_id, "name": row.name},
    )
    return Answer(text=say("waitlist.skipped", name=row.name, item=label))


async def undo_skip(work: Work, act: Mapping[str, Any]) -> str:
    """Put an entry back at its place."""
    say, waits = work.house.wording.say, sale.waitlist.c
    item = work.snapshot.catalogue.by_id[act["item"]]
    floor = await _floor(work, item)
    row = await work.tx.first(select(sale.waitlist).where(waits.id == act["entry"]))
    if floor is None or row is None or row.state != WaitState.LEFT:
        return say("waitlist.cannot_unskip")
    await work.tx.run(
        update(sale.waitlist).where(waits.id == row.id).values(state=WaitState.WAITING)
    )
    stock = floor.stock[row.variant_id]
    stock.waiting_entries += 1
    stock.waiting_units += row.quantity
    await promote_and_tell(floor, row.variant_id, at=work.at)
    return say("waitlist.unskipped", name=act["name"], item=stock.label)


async def _floor(work: Work, item: ItemView) -> Floor | None:
    shows: Sequence[ShowView] = work.snapshot.timeline.shows
    show = work.snapshot.timeline.live or next(iter(shows), None)
    if show is None:
        return None
    floor = Floor.of(work, show)
    await floor.load([item.id], {})
    return floor


_CODE = Option(name="code", kind=OptionKind.ITEM, summary="the item's code")
_VARIANT = Option(name="variant", kind=OptionKind.VARIANT, summary="which one", required=False)

CAPABILITY = Capability(
    name="waitlist",
    summary="Who waits for what, in order.",
    commands=(
        CommandSpec(
            name="waitlist show",
            summary="who waits, in order",
            run=show,
            roles=MODERATORS,
            options=(_CODE, _VARIANT),
        ),
        CommandSpec(
            name="waitlist offer",
            summary="give what is free to the next in line, also when stopped",
            run=offer,
            roles=MODERATORS,
            options=(_CODE, _VARIANT),
        ),
        CommandSpec(
            name="waitlist skip",
            summary="somebody gives up their place",
            run=skip,
            roles=MODERATORS,
            options=(
                Option(name="person", kind=OptionKind.PERSON, summary="name or id"),
                _CODE,
                _VARIANT,
            ),
        ),
    ),
    undoes=(UndoSpec(action="waitlist.skip", run=undo_skip),),
)
