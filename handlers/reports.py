"""What a rehearsal reports, read from the database: what was said, and where the stock stands."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from handlers.incidents.model import INCIDENT
from handlers.incidents.reporting import practised
from handlers.messages import Address, Reach
from handlers.sealed_values import opened_values
from handlers.wording import plain
from storage.schema import sale, traffic
from storage.schema.states import ClaimState, DeliveryState, HoldState, WaitState
from storage.sealing import Sealer
from storage.unit_of_work import Transaction

__all__ = ["CATALOGUE", "OPENING", "Report", "outbox_lines", "report"]

#: The key of the command that starts the show of a log that starts none; no line has such a key.
OPENING = "rehearse:opening"
#: How the key begins under which a rehearsal remembers a catalogue that it has brought in.
CATALOGUE = "rehearse-catalogue:"
_PAGE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The figures of the run itself, which no table has; its clock stopped at `until`."""

    duplicates: int
    broken: int
    seconds: float
    until: datetime | None = None


async def report(tx: Transaction, figures: Report) -> dict[str, Any]:
    """The report of all runs on this database, with the figures of this one."""
    holds, waits, claims = sale.holds.c, sale.waitlist.c, sale.claims.c
    variants = await tx.all(select(sale.variants).order_by(sale.variants.c.id))
    pending = {
        row.variant_id: row.units
        for row in await tx.all(
            select(claims.variant_id, func.sum(claims.quantity).label("units"))
            .where(claims.state == ClaimState.PENDING)
            .group_by(claims.variant_id)
        )
    }
    return {
        "messages": await tx.scalar(
            select(func.count())
            .select_from(traffic.messages)
            .where(
                traffic.messages.c.key != OPENING,
                traffic.messages.c.key.not_like(f"{INCIDENT}%"),
                traffic.messages.c.kind.in_(("chat", "command")),
            )
        ),
        "duplicates": figures.duplicates,
        "broken": figures.broken,
        "claims": await tx.scalar(select(func.count()).where(claims.place.is_not(None))),
        "units_held": await _units(tx, holds.quantity, holds.state.in_(_HELD)),
        "units_waitlisted": await _units(tx, waits.quantity, waits.state == WaitState.WAITING),
        "units_oversold": sum(max(0, row.reserved - row.on_hand - row.short) for row in variants),
        "acknowledged": await _acknowledged(tx),
        "seconds": figures.seconds,
        "items": [
            {
                "sku": row.sku,
                "on_hand": row.on_hand,
                "reserved": row.reserved,
                "waitlisted": row.waiting_units,
                "pending": pending.get(row.id, 0),
            }
            for row in variants
        ],
        **await practised(tx, figures.until),
    }


_HELD = (HoldState.HELD, HoldState.PAID)


async def _units(tx: Transaction, column: Any, where: Any) -> int:
    units: int = await tx.scalar(select(func.coalesce(func.sum(column), 0)).where(where))
    return units


async def _acknowledged(tx: Transaction) -> int:
    """Claims with a place whose viewer was told of it: what they got, or where they wait."""
    outbox, deliveries, last, count = traffic.outbox.c, traffic.deliveries.c, 0, 0
    page = (
        select(outbox.id, outbox["values"].label("told"))
        .join(traffic.deliveries, deliveries.id == outbox.delivery_id)
        .where(outbox.kind == "claims.outcome", deliveries.state == DeliveryState.SENT)
        .where(outbox.id > bindparam("after"))
        .order_by(outbox.id)
        .limit(_PAGE)
    )
    while rows := await tx.all(page, {"after": last}):
        outcomes = (outcome for row in rows for outcome in row.told["outcomes"])
        count += sum("g" in outcome or "w" in outcome for outcome in outcomes)
        last = rows[-1].id
    return count


async def outbox_lines(tx: Transaction, sealer: Sealer) -> AsyncIterator[dict[str, Any]]:
    """Every delivery in the order sent, with people named as they are shown."""
    names = {
        row.person: plain(row.name) or row.person
        for row in await tx.all(
            select(traffic.messages.c.person, traffic.messages.c.name).group_by(
                traffic.messages.c.person, traffic.messages.c.name
            )
        )
    }
    deliveries, last = traffic.deliveries.c, 0
    while True:
        rows = await tx.all(
            select(traffic.deliveries)
            .where(deliveries.id > last, deliveries.state == DeliveryState.SENT)
            .order_by(deliveries.id)
            .limit(_PAGE)
        )
        for row in rows:
            yield _line(row, opened_values(row.rendered, sealer), names)
        if not rows:
            return
        last = rows[-1].id


def _line(row: Any, shown: Mapping[str, Any], names: dict[str, str]) -> dict[str, Any]:
    address = Address.parse(row.address)
    text = shown["text"]
    for person in shown.get("mentions", ()):
        text = text.replace("@{" + person + "}", "@" + names.get(person, person))
    kind = {Reach.AUDIENCE: "audience", Reach.CHANNEL: "channel"}.get(address.reach, "person")
    return {
        "at": row.at.isoformat(),
        "platform": address.platform,
        kind: address.target,
        "text": text,
        "kind": row.kind,
    }
