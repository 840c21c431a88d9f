"""Packing, as a packer does it: the next parcel, unit by unit, done, or a problem.

Whatever is done stands in the database before it is answered: a page that is closed, a process
that is killed or a packer who goes home loses nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from handlers.capability import Undone
from handlers.exceptions.opening import open_exception
from handlers.fulfilment.contents import Contents, Unit, load_contents, mark_of, parcel_row
from handlers.fulfilment.leasing import (
    PROBLEM,
    find_parcel,
    give_up,
    lease,
    lease_of,
    renew,
    settled,
)
from handlers.fulfilment.numbers import parcel_number
from handlers.fulfilment.scanning import ScanKind, Scanned, missing, scan
from handlers.fulfilment.stock import prepare_parts
from handlers.orders.gathering import move_parcel_row
from handlers.orders.reaching import name_of, tell_customer
from handlers.orders.states import ParcelAct, Refused
from handlers.people import Person
from handlers.wording import Said
from handlers.work import Work
from storage.order_states import ParcelState
from storage.schema.parcels import parcel_events, parcel_lines, parcel_parts, parcels

__all__ = [
    "Turn",
    "close_parcel",
    "held_contents",
    "park",
    "print_slip",
    "scan_unit",
    "take_turn",
    "undo_scan",
]

_parcel, _part, _piece = parcels.c, parcel_lines.c, parcel_parts.c
_MOST_TRIES = 20
_LONGEST_CODE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What came of an act: the parcel on the table, None if there is none, and what to say."""

    contents: Contents | None = None
    said: Said | None = None


# --- the next -------------------------------------------------------------------------------------


async def take_turn(work: Work, person: Person) -> Turn:
    """The parcel that this packer has, or else the next one; it is theirs from now on."""
    held = await lease_of(work.tx, person, lock=True)
    if held is not None:
        row = await parcel_row(work.tx, held.parcel_id, lock=True)
        if row.state == ParcelState.PACKING:
            await renew(work, held)
            return Turn(contents=await load_contents(work.tx, row))
        await give_up(work, held)
    for row in await settled(work):
        await move_parcel_row(work, row, ParcelAct.RESUME)
    passed: set[int] = set()
    while len(passed) < _MOST_TRIES:
        row = await find_parcel(work, but=frozenset(passed))
        if row is None:
            return Turn(said=work.house.wording.say("pack.nothing"))
        if await lease(work, person, row) and await _start(work, person, row):
            row = await parcel_row(work.tx, row.id)
            return Turn(contents=await load_contents(work.tx, row))
        passed.add(row.id)
    return Turn(said=work.house.wording.say("pack.busy"))


async def _start(work: Work, person: Person, row: Any) -> bool:
    number = parcel_number(row.id)
    work.record(person, "pack.next", number)
    await prepare_parts(work, row.id)
    if row.state == ParcelState.PACKING:
        await _note(work, row, "taken_over", person)
        return True
    address_id = (await load_contents(work.tx, row)).address_id
    after = await move_parcel_row(
        work,
        row,
        ParcelAct.START,
        who=person.name,
        address_id=address_id,
        slip_mark=mark_of(address_id),
    )
    return not isinstance(after, Refused)


async def _note(work: Work, row: Any, kind: str, person: Person, why: str = "") -> None:
    told = {"parcel_id": row.id, "at": work.at, "kind": kind, "state": row.state}
    await work.tx.insert(parcel_events, [{**told, "who": person.name, "why": why}])


# --- what is on the table -------------------------------------------------------------------------


async def held_contents(work: Work, person: Person) -> tuple[Any, Contents] | Said:
    """The packer's lease with what it is for, both locked, or why they have none."""
    say = work.house.wording.say
    held = await lease_of(work.tx, person, lock=True)
    if held is None:
        return say("pack.none")
    row = await parcel_row(work.tx, held.parcel_id, lock=True)
    if row.state != ParcelState.PACKING:
        await give_up(work, held)
        return say("pack.gone", parcel=parcel_number(row.id))
    return held, await load_contents(work.tx, row)


async def scan_unit(work: Work, person: Person, code: str) -> Turn:
    """A code was scanned: a unit goes into the box, the parcel is closed, or it is refused."""
    found = await held_contents(work, person)
    if not isinstance(found, tuple):
        return Turn(said=found)
    held, contents = found
    scanned = scan(contents.state, code[:_LONGEST_CODE], address=contents.mark)
    if scanned.kind is ScanKind.DONE and not contents.state.left:
        return await close_parcel(work, person)
    if scanned.state.wrong > contents.state.wrong:
        await work.tx.run(
            update(parcels)
            .where(_parcel.id == contents.row.id)
            .values(wrong_scans=_parcel.wrong_scans + 1)
        )
    if scanned.state.scans:
        unit = contents.units[scanned.state.scans[-1]]
        await _pack(work, contents, unit, 1)
        work.record(person, "pack.scan", contents.number, undo=_undo(contents, unit))
    said = _said(work, contents, scanned)
    await renew(work, held, scans=held.scans + 1, last_kind=scanned.kind.value, last_said=str(said))
    return Turn(contents=await load_contents(work.tx, contents.row), said=said)


def _undo(contents: Contents, unit: Unit) -> Mapping[str, Any]:
    return {"parcel": contents.row.id, "line": unit.line_id, "variant": unit.variant_id}


def _said(work: Work, contents: Contents, scanned: Scanned) -> Said:
    line = scanned.line
    item = "" if line is None else f"{line.title} / {line.variant}" if line.variant else line.title
    left = scanned.state.left
    return work.house.wording.say(scanned.said, parcel=contents.number, item=item, left=left)


async def _pack(work: Work, contents: Contents, unit: Unit, units: int) -> None:
    """Put a unit into the box, or with a minus take one out; never more than there are."""
    table, column = (parcel_parts, _piece) if unit.part else (parcel_lines, _part)
    own = [column.parcel_id == contents.row.id, column.line_id == unit.line_id]
    if unit.part:
        own.append(_piece.variant_id == unit.variant_id)
    after = column.packed + units
    await work.tx.run(
        update(table).where(*own, after.between(0, column.units)).values(packed=after)
    )
    if unit.part:
        await _count_bundles(work, contents.row.id, unit.line_id)


async def _count_bundles(work: Work, parcel_id: int, line_id: int) -> None:
    """A bundle is packed once all of its parts are."""
    whole = (
        select(func.min(_piece.packed * _part.units / _piece.units))
        .where(_piece.parcel_id == parcel_id, _piece.line_id == line_id)
        .scalar_subquery()
    )
    own = (_part.parcel_id == parcel_id, _part.line_id == line_id)
    packed = await work.tx.scalar(
        select(whole).select_from(parcel_lines).where(*own).correlate(parcel_lines)
    )
    await work.tx.run(update(parcel_lines).where(*own).values(packed=int(packed or 0)))


# --- how it ends ----------------------------------------------------------------------------------


async def close_parcel(work: Work, person: Person) -> Turn:
    """The parcel is complete: it is closed and waits to be handed off."""
    found = await held_contents(work, person)
    if not isinstance(found, tuple):
        return Turn(said=found)
    held, contents = found
    say = work.house.wording.say
    lacking = missing(contents.state)
    if contents.stale or lacking:
        key, kind = ("scan.stop", "stop") if contents.stale else ("pack.missing", "missing")
        items = [f"{one.left} × {one.sku} ({one.bin or '—'})" for one in lacking]
        said = say(key, parcel=contents.number, items=items)
        if not contents.stale:
            await _note(work, contents.row, "missing", person, why=", ".join(items))
        await renew(work, held, scans=held.scans + 1, last_kind=kind, last_said=str(said))
        return Turn(contents=contents, said=said)
    after = await move_parcel_row(work, contents.row, ParcelAct.PACK, who=person.name)
    if isinstance(after, Refused):
        return Turn(contents=contents, said=say("pack.review", parcel=contents.number))
    await give_up(work, held)
    work.record(person, "pack.done", contents.number)
    orders = list(contents.order_numbers)
    return Turn(said=say("pack.packed", parcel=contents.number, orders=orders))


async def park(work: Work, person: Person, why: str) -> Turn:
    """Something is wrong with the parcel: a person of support decides, and the packer goes on."""
    found = await held_contents(work, person)
    if not isinstance(found, tuple):
        return Turn(said=found)
    held, contents = found
    await move_parcel_row(
        work, contents.row, ParcelAct.PARK, who=person.name, why=why, parked_why=why
    )
    await give_up(work, held)
    whole = await name_of(work, contents.row.customer_id)
    await open_exception(
        work,
        PROBLEM,
        subject=contents.number,
        owner_role="support",
        values={
            "parcel": contents.number,
            "orders": list(contents.order_numbers),
            "name": whole.split()[0] if whole.split() else whole,
            "who": person.name,
            "why": why,
        },
    )
    told = {"orders": list(contents.order_numbers)}
    await tell_customer(work, contents.row.customer_id, "told.pack_problem", told)
    work.record(person, "pack.problem", contents.number, why=why)
    return Turn(said=work.house.wording.say("pack.parked", parcel=contents.number))


async def print_slip(work: Work, person: Person) -> Turn:
    """The slip is printed, with the address as it is now: an older one is good no more."""
    found = await held_contents(work, person)
    if not isinstance(found, tuple):
        return Turn(said=found)
    held, contents = found
    await work.tx.run(
        update(parcels)
        .where(_parcel.id == contents.row.id)
        .values(slip_mark=contents.mark, address_id=contents.address_id)
    )
    await renew(work, held, last_kind="", last_said="")
    work.record(person, "pack.slip", contents.number)
    if contents.stale:
        await _note(work, contents.row, "new_slip", person)
    row = await parcel_row(work.tx, contents.row.id)
    return Turn(
        contents=await load_contents(work.tx, row),
        said=work.house.wording.say("pack.slip", parcel=contents.number),
    )


# --- back -----------------------------------------------------------------------------------------


async def undo_scan(work: Work, act: Mapping[str, Any]) -> Undone:
    """Take the unit of a scan out of the box again; what was refused stays counted."""
    say, number = work.house.wording.say, parcel_number(act["parcel"])
    row = await parcel_row(work.tx, act["parcel"], lock=True)
    if row is None or row.state != ParcelState.PACKING:
        return Undone(text=say("pack.gone", parcel=number), done=False)
    contents = await load_contents(work.tx, row)
    for unit in contents.units:
        if (unit.line_id, unit.variant_id) == (act["line"], act["variant"]) and unit.pack.packed:
            await _pack(work, contents, unit, -1)
            return Undone(text=say("pack.taken_out", parcel=number, item=unit.pack.sku))
    return Undone(text=say("pack.nothing_in", parcel=number), done=False)
