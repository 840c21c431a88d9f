"""A parcel in parts: what is in the box leaves now, the rest waits in a parcel of its own.

Shipping was paid once and stays with the first part. The rest is put aside with an exception, as
after *Problem*: support decides when it follows, and tells its customer.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, literal, select, update

from handlers.capability import Undone
from handlers.exceptions.opening import close_exceptions, open_exception
from handlers.fulfilment.contents import Contents, load_contents, parcel_row
from handlers.fulfilment.leasing import PROBLEM, renew
from handlers.fulfilment.numbers import parcel_number
from handlers.fulfilment.packing import Turn, held_contents
from handlers.orders.gathering import move_parcel_row
from handlers.orders.reaching import name_of, tell_customer
from handlers.orders.states import ParcelAct
from handlers.people import Person
from handlers.work import Work
from storage.order_states import ParcelState
from storage.schema import orders
from storage.schema.parcels import line_parts, parcel_events, parcel_lines, parcel_parts, parcels

__all__ = ["join_again", "part_parcel"]

_parcel, _part, _piece, _kept = parcels.c, parcel_lines.c, parcel_parts.c, line_parts.c
_line = orders.order_lines.c


async def part_parcel(work: Work, person: Person, why: str) -> Turn:
    """Leave in the parcel what is in its box; the rest becomes a parcel that waits for support."""
    found = await held_contents(work, person)
    if not isinstance(found, tuple):
        return Turn(said=found)
    held, contents = found
    say = work.house.wording.say
    lines = await _lines(work, contents.row.id)
    whole = sum(one.packed for one in lines)
    if contents.stale or not whole or not contents.state.left:
        key = "pack.nothing_packed" if not whole else "pack.nothing_left"
        key = "scan.stop" if contents.stale else key
        return Turn(contents=contents, said=say(key, parcel=contents.number))
    loose = _loose(contents, lines)
    rest = await _split(work, person, contents.row, lines, why)
    await _ask(work, person, contents, rest, why)
    undo = {"parcel": contents.row.id, "rest": rest}
    work.record(person, "pack.part", contents.number, why=why, undo=undo)
    await renew(work, held, last_kind="", last_said="")
    said = say(
        "pack.parted",
        parcel=contents.number,
        rest=parcel_number(rest),
        loose=loose,
        units=whole,
    )
    row = await parcel_row(work.tx, contents.row.id)
    return Turn(contents=await load_contents(work.tx, row), said=said)


async def _lines(work: Work, parcel_id: int) -> Sequence[Any]:
    return await work.tx.all(
        select(_part.line_id, _part.units, _part.packed, _line.weight_g)
        .join(orders.order_lines, _line.id == _part.line_id)
        .where(_part.parcel_id == parcel_id)
        .order_by(_part.line_id)
        .with_for_update(of=parcel_lines)
    )


def _loose(contents: Contents, lines: Sequence[Any]) -> list[str]:
    """Parts in the box of bundles that are not complete: they come out of it again."""
    bundles = {one.line_id: one for one in lines}
    found = []
    for unit in contents.units:
        if unit.part:
            line = bundles[unit.line_id]
            over = unit.pack.packed - unit.pack.units // line.units * line.packed
            if over > 0:
                found.append(f"{over} × {unit.pack.sku}")
    return found


async def _split(work: Work, person: Person, row: Any, lines: Sequence[Any], why: str) -> int:
    """Move what is not packed into a parcel of its own; returns its id."""
    rest = [one for one in lines if one.packed < one.units]
    grams = sum((one.units - one.packed) * one.weight_g for one in rest)
    late = work.at + timedelta(days=work.house.orders.rules.delay_days)
    copied = {name: getattr(row, name) for name in ("customer_id", "method", "currency")}
    fresh = {
        **copied,
        "address_id": row.address_id,
        "state": ParcelState.PARKED,
        "state_at": work.at,
        "ready_at": work.at,
        "delay_at": late,
        "part_of": row.id,
        "parked_why": why,
        "weight_g": grams,
    }
    (rest_id,) = await work.tx.insert_ids(parcels, [fresh])
    await work.tx.insert(
        parcel_lines,
        [
            {"parcel_id": rest_id, "line_id": one.line_id, "units": one.units - one.packed}
            for one in rest
        ],
    )
    await _shrink(work, row.id, rest)
    await work.tx.run(
        update(parcels).where(_parcel.id == row.id).values(weight_g=max(0, row.weight_g - grams))
    )
    for parcel_id, state in ((row.id, row.state), (rest_id, ParcelState.PARKED)):
        told = {"parcel_id": parcel_id, "at": work.at, "kind": "parted", "state": state}
        await work.tx.insert(parcel_events, [{**told, "who": person.name, "why": why}])
    return rest_id


async def _shrink(work: Work, parcel_id: int, rest: Sequence[Any]) -> None:
    """Leave only what is packed; parts that are loose in the box are not."""
    for one in rest:
        mine = (_part.parcel_id == parcel_id, _part.line_id == one.line_id)
        pieces = (_piece.parcel_id == parcel_id, _piece.line_id == one.line_id)
        if not one.packed:
            await work.tx.run(delete(parcel_parts).where(*pieces))
            await work.tx.run(delete(parcel_lines).where(*mine))
            continue
        units = _piece.units * one.packed // one.units
        await work.tx.run(update(parcel_parts).where(*pieces).values(units=units, packed=units))
        await work.tx.run(update(parcel_lines).where(*mine).values(units=one.packed))


async def _ask(work: Work, person: Person, contents: Contents, rest: int, why: str) -> None:
    whole = await name_of(work, contents.row.customer_id)
    await open_exception(
        work,
        PROBLEM,
        subject=parcel_number(rest),
        owner_role="support",
        values={
            "parcel": parcel_number(rest),
            "orders": list(contents.order_numbers),
            "name": whole.split()[0] if whole.split() else whole,
            "who": person.name,
            "why": why,
        },
    )
    told = {"orders": list(contents.order_numbers)}
    await tell_customer(work, contents.row.customer_id, "told.parted", told)


# --- back -----------------------------------------------------------------------------------------


async def join_again(work: Work, act: Mapping[str, Any]) -> Undone:
    """Put the rest back into the parcel, while that is on the table and nobody packs the rest."""
    say = work.house.wording.say
    number, rest_number = parcel_number(act["parcel"]), parcel_number(act["rest"])
    row = await parcel_row(work.tx, act["parcel"], lock=True)
    rest = await parcel_row(work.tx, act["rest"], lock=True)
    untouched = rest.state == ParcelState.PARKED and row.state == ParcelState.PACKING
    if not untouched:
        return Undone(text=say("pack.stays_parted", parcel=number, rest=rest_number), done=False)
    for one in await _lines(work, rest.id):
        await _give(work, row.id, one)
    await work.tx.run(delete(parcel_lines).where(_part.parcel_id == rest.id))
    await work.tx.run(
        update(parcels)
        .where(_parcel.id == row.id)
        .values(weight_g=_parcel.weight_g + rest.weight_g)
    )
    await move_parcel_row(work, rest, ParcelAct.CANCEL)
    outcome = say("pack.joined", parcel=number, rest=rest_number)
    await close_exceptions(work, PROBLEM, rest_number, outcome=outcome)
    return Undone(text=outcome)


async def _give(work: Work, parcel_id: int, one: Any) -> None:
    """Add units of a line to a parcel again, and the parts of bundles that are to be scanned."""
    mine = (_part.parcel_id == parcel_id, _part.line_id == one.line_id)
    there = await work.tx.run(
        update(parcel_lines).where(*mine).values(units=_part.units + one.units)
    )
    if there:
        each = (
            select(_kept.each)
            .where(_kept.line_id == _piece.line_id, _kept.variant_id == _piece.variant_id)
            .scalar_subquery()
        )
        await work.tx.run(
            update(parcel_parts)
            .where(_piece.parcel_id == parcel_id, _piece.line_id == one.line_id)
            .values(units=_piece.units + each * one.units)
        )
        return
    fresh = {"parcel_id": parcel_id, "line_id": one.line_id, "units": one.units}
    await work.tx.insert(parcel_lines, [fresh])
    rows = select(
        literal(parcel_id), _kept.line_id, _kept.variant_id, _kept.each * one.units, literal(0)
    ).where(_kept.line_id == one.line_id)
    names = ["parcel_id", "line_id", "variant_id", "units", "packed"]
    await work.tx.run(insert(parcel_parts).from_select(names, rows))
