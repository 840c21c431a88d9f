"""`/ship` and `/delivered`: a parcel leaves the house with its tracking number, and arrives."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from handlers.command_line import Invocation
from handlers.fulfilment.carriers import carrier_named, guess_carrier, link_of
from handlers.fulfilment.contents import load_contents
from handlers.fulfilment.numbers import parcel_number, read_parcel_number
from handlers.messages import Answer
from handlers.orders.gathering import move_parcel_row
from handlers.orders.numbers import OrderNumber
from handlers.orders.states import ParcelAct, Refused
from handlers.people import Person
from handlers.wording import Said
from handlers.work import Work
from storage.order_states import ParcelState
from storage.schema import orders
from storage.schema.parcels import parcel_events, parcel_lines, parcels

__all__ = ["Sent", "deliver", "hand_off", "ship"]

_parcel, _part = parcels.c, parcel_lines.c
_order, _line = orders.orders.c, orders.order_lines.c
_TRACKING = re.compile(r"[0-9A-Z]{6,40}")
_SPACERS = re.compile(r"[\s\-]+")
_LONGEST_CARRIER = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How a parcel leaves: `tracking` is empty where it has no number, or is picked up."""

    tracking: str
    carrier: str

    @classmethod
    def read(cls, tracking: str, carrier: str) -> "Sent | None":
        """What somebody typed; None where that is no tracking number."""
        number = _SPACERS.sub("", tracking).upper()
        if number and not (_TRACKING.fullmatch(number) and any(map(str.isdigit, number))):
            return None
        known = carrier_named(carrier) if carrier else guess_carrier(number) if number else None
        return cls(tracking=number, carrier=known or carrier.strip()[:_LONGEST_CARRIER])

    @property
    def link(self) -> str:
        """Where it can be followed; empty for a carrier that we do not link to."""
        return link_of(self.carrier, self.tracking)


async def ship(work: Work, command: Invocation) -> Answer:
    """`/ship ORDER [TRACKING] [CARRIER…]`: a packed parcel leaves, or gets its number later."""
    say, given = work.house.wording.say, command.options
    sent = Sent.read(given["tracking"] or "", given["carrier"] or "")
    if sent is None:
        return Answer(text=say("ship.no_number", tracking=given["tracking"]))
    rows = await _named(work, given["order"])
    if not rows:
        return Answer(text=say("ship.unknown", order=given["order"]))
    due = [row for row in rows if row.state == ParcelState.PACKED]
    if sent.tracking and not due:
        due = [row for row in rows if row.state == ParcelState.HANDED_OFF]
    if len(due) > 1:
        numbers = [parcel_number(row.id) for row in due]
        return Answer(text=say("ship.which", order=given["order"], parcels=numbers))
    row = due[0] if due else rows[-1]
    return Answer(text=await hand_off(work, command.person, row, sent))


async def hand_off(work: Work, person: Person, row: Any, sent: Sent) -> Said:
    """Let a locked parcel leave, or give one that has left its number; says what came of it."""
    say, number = work.house.wording.say, parcel_number(row.id)
    told = {"parcel": number, "tracking": sent.tracking, "carrier": sent.carrier}
    if row.tracking and sent.tracking and row.tracking != sent.tracking:
        return say("ship.other_number", parcel=number, tracking=row.tracking)
    if other := await _has(work, sent.tracking, row.id):
        return say("ship.taken", parcel=parcel_number(other), tracking=sent.tracking)
    values: dict[str, Any] = {"carrier": sent.carrier, "tracking": sent.tracking or None}
    if row.state in (ParcelState.HANDED_OFF, ParcelState.DELIVERED):
        if row.tracking or not sent.tracking:
            return say("ship.already", parcel=number)
        await work.tx.run(update(parcels).where(_parcel.id == row.id).values(**values))
        await _note(work, row, person, sent)
    elif row.state == ParcelState.PACKED and (await load_contents(work.tx, row)).stale:
        await move_parcel_row(work, row, ParcelAct.REOPEN, who=person.name)
        return say("ship.stop", parcel=number)
    else:
        after = await move_parcel_row(
            work, row, ParcelAct.HAND_OFF, who=person.name, **values, handed_off_at=work.at
        )
        if isinstance(after, Refused):
            key = "ship.review" if after is Refused.UNDER_REVIEW else "ship.not_packed"
            return say(key, parcel=number, state=say(f"parcel.{row.state}"))
    work.record(person, "ship", number, values={"carrier": sent.carrier})
    return say("ship.left", **told, link=Said(sent.link))


async def _note(work: Work, row: Any, person: Person, sent: Sent) -> None:
    told = {"parcel_id": row.id, "at": work.at, "kind": "tracking", "state": row.state}
    await work.tx.insert(parcel_events, [{**told, "who": person.name, "why": sent.carrier}])


async def _has(work: Work, tracking: str, but: int) -> int | None:
    """Another parcel that has this tracking number."""
    if not tracking:
        return None
    found: int | None = await work.tx.scalar(
        select(_parcel.id).where(_parcel.tracking == tracking, _parcel.id != but).limit(1)
    )
    return found


async def deliver(work: Work, command: Invocation) -> Answer:
    """`/delivered ORDER`: what has left for it has arrived."""
    say, named = work.house.wording.say, command.options["order"]
    rows = await _named(work, named)
    if not rows:
        return Answer(text=say("ship.unknown", order=named))
    there = []
    for row in rows:
        after = await move_parcel_row(
            work, row, ParcelAct.DELIVER, who=command.person.name, delivered_at=work.at
        )
        if not isinstance(after, Refused):
            there.append(parcel_number(row.id))
            work.record(command.person, "delivered", parcel_number(row.id))
    if there:
        return Answer(text=say("ship.arrived", parcels=there, order=named))
    state = say(f"parcel.{rows[-1].state}")
    key = "ship.arrived_before" if rows[-1].state == ParcelState.DELIVERED else "ship.not_left"
    return Answer(text=say(key, parcel=parcel_number(rows[-1].id), state=state))


async def _named(work: Work, text: str) -> Sequence[Any]:
    """The parcels that a number of an order, or their own, names; locked, the oldest first."""
    number = OrderNumber.parse(text)
    query = select(parcels).order_by(_parcel.id).with_for_update()
    if number is None:
        return await work.tx.all(query.where(_parcel.id == (read_parcel_number(text) or 0)))
    inside = (
        select(_part.parcel_id)
        .join(orders.order_lines, _line.id == _part.line_id)
        .join(orders.orders, _order.id == _line.order_id)
        .where(_order.show_id == number.show, _order.serial == number.serial)
    )
    return await work.tx.all(
        query.where(_parcel.id.in_(inside), _parcel.state != ParcelState.CANCELLED)
    )
