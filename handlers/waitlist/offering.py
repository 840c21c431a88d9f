"""`/waitlist`: who waits, a unit offered out of turn of a stop, a place given up for someone."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select, update

from handlers.capability import Capability, CommandSpec, Option, OptionKind, Undone, UndoSpec
from handlers.claims.floor import Floor
from handlers.claims.freeing import leave_line, promote
from handlers.claims.naming import find_person, newest_show
from handlers.claims.telling import promote_and_tell, tell_promotion
from handlers.command_line import Invocation
from handlers.messages import Answer
from handlers.people import MODERATORS
from handlers.snapshot import ItemView, VariantView
from handlers.work import Work
from storage.repositories.sale import WAITING
from storage.schema import sale
from storage.schema.states import WaitState

__all__ = ["CAPABILITY"]

_MOST_LISTED = 200


async def show(work: Work, command: Invocation) -> Answer:
    """`/waitlist show CODE [VARIANT]`: the line, in order."""
    item: ItemView = command.options["code"]
    variant: VariantView | None = command.options["variant"]
    say = work.house.wording.say
    rows = await work.tx.all(_line(_ids(item, variant)).limit(_MOST_LISTED + 1))
    if not rows:
        return Answer(text=say("waitlist.none", item=_label(item, variant)))
    lines = []
    numbers: dict[int, int] = {}
    for row in rows[:_MOST_LISTED]:
        # Each variant has a line of its own.
        number = numbers[row.variant_id] = numbers.get(row.variant_id, 0) + 1
        told = {"number": number, "name": row.name, "units": row.quantity}
        lines.append(say("waitlist.line", item=item.label(row.variant), **told))
    if len(rows) > _MOST_LISTED:
        lines.append(say("waitlist.more", count=_MOST_LISTED))
    return Answer(text="\n".join(lines))


def _ids(item: ItemView, variant: VariantView | None) -> list[int]:
    return [variant.id] if variant else [one.id for one in item.variants.values()]


def _label(item: ItemView, variant: VariantView | None) -> str:
    return item.label(variant.name) if variant else item.code


def _line(variant_ids: Collection[int]) -> Select[Any]:
    waits = sale.waitlist.c
    return (
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
        .where(waits.variant_id.in_(variant_ids), WAITING)
        .order_by(waits.variant_id, waits.place)
    )


async def offer(work: Work, command: Invocation) -> Answer:
    """`/waitlist offer CODE [VARIANT]`: what is free goes to the next, also when stopped."""
    item: ItemView = command.options["code"]
    variant: VariantView | None = command.options["variant"]
    say, floor = work.house.wording.say, await _floor(work, item)
    if floor is None:
        return Answer(text=say("waitlist.none", item=_label(item, variant)))
    told = []
    for variant_id in _ids(item, variant):
        for one in await promote(floor, variant_id, at=work.at, even_if_stopped=True):
            tell_promotion(work, one)
            told.append(
                say("waitlist.offered", units=one.units, item=one.label, name=one.member.name)
            )
    if not told:
        return Answer(text=_nothing_to_offer(work, floor, item, variant))
    work.record(command.person, "waitlist.offer", item.code, values={"offers": len(told)})
    return Answer(text="\n".join(told))


def _nothing_to_offer(work: Work, floor: Floor, item: ItemView, variant: VariantView | None) -> str:
    say = work.house.wording.say
    stocks = [floor.stock[variant_id] for variant_id in _ids(item, variant)]
    waited_for = [stock for stock in stocks if stock.waiting_entries]
    if not waited_for:
        return say("waitlist.none", item=_label(item, variant))
    return "\n".join(
        say(
            "waitlist.no_unit",
            item=stock.label,
            reserved=stock.reserved,
            on_hand=stock.on_hand,
            short=stock.short,
        )
        for stock in waited_for
    )


async def skip(work: Work, command: Invocation) -> Answer:
    """`/waitlist skip PERSON CODE [VARIANT]`: somebody gives up their place."""
    item: ItemView = command.options["code"]
    variant: VariantView | None = command.options["variant"]
    say = work.house.wording.say
    person = await find_person(work, command.person.platform, command.options["person"])
    if isinstance(person, Answer):
        return person
    row = await work.tx.first(
        _line(_ids(item, variant)).where(
            sale.identities.c.platform == person.platform, sale.identities.c.person == person.id
        )
    )
    floor = await _floor(work, item)
    if row is None or floor is None:
        told = {"name": person.name, "item": _label(item, variant)}
        return Answer(text=say("waitlist.not_in_line", **told))
    await leave_line(floor, row, row.quantity)
    await promote_and_tell(floor, row.variant_id, at=work.at)
    label = floor.stock[row.variant_id].label
    work.record(
        command.person,
        "waitlist.skip",
        f"{row.name}: {label}",
        undo={"entry": row.id, "item": item.id, "name": row.name},
    )
    return Answer(text=say("waitlist.skipped", name=row.name, item=label))


async def undo_skip(work: Work, act: Mapping[str, Any]) -> Undone:
    """Put an entry back at its place."""
    say, waits = work.house.wording.say, sale.waitlist.c
    item = work.snapshot.catalogue.by_id.get(act["item"])
    floor = None if item is None else await _floor(work, item)
    row = await work.tx.first(select(sale.waitlist).where(waits.id == act["entry"]))
    if floor is None or row is None or row.state != WaitState.LEFT:
        return Undone(text=say("waitlist.cannot_unskip"), done=False)
    await work.tx.run(
        update(sale.waitlist).where(waits.id == row.id).values(state=WaitState.WAITING)
    )
    stock = floor.stock[row.variant_id]
    stock.waiting_entries += 1
    stock.waiting_units += row.quantity
    if row.show_id == floor.show.id:
        floor.standing(row.customer_id, stock.id).waiting += row.quantity
    await promote_and_tell(floor, row.variant_id, at=work.at)
    return Undone(text=say("waitlist.unskipped", name=act["name"], item=stock.label))


async def _floor(work: Work, item: ItemView) -> Floor | None:
    show = newest_show(work)
    if show is None:
        return None
    floor = Floor.of(work, show)
    await floor.load([item.id], {})
    return floor


_CODE = Option(name="code", kind=OptionKind.ITEM, summary="the item's code")
_VARIANT = Option(name="variant", kind=OptionKind.VARIANT, summary="which one", required=False)
_PERSON = Option(name="person", kind=OptionKind.PERSON, summary="name or id, in quotes if need be")


def _command(name: str, summary: str, run: Any, options: Sequence[Option]) -> CommandSpec:
    return CommandSpec(
        name=f"waitlist {name}",
        summary=summary,
        run=run,
        roles=MODERATORS,
        options=(*options, _CODE, _VARIANT),
        lists=run is show,
    )


CAPABILITY = Capability(
    name="waitlist",
    summary="Who waits for what, in order.",
    commands=(
        _command("show", "who waits, in order", show, ()),
        _command("offer", "give what is free to the next in line, also when stopped", offer, ()),
        _command("skip", "somebody gives up their place", skip, (_PERSON,)),
    ),
    undoes=(UndoSpec(action="waitlist.skip", run=undo_skip),),
)
