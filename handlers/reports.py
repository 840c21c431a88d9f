"""What a rehearsal reports, read from the database: what was said, and where the stock stands."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from handlers.messages import Address, Reach
from storage.schema import sale, traffic
from storage.schema.states import ClaimState, DeliveryState, HoldState, WaitState
from storage.unit_of_work import Transaction

__all__ = ["Report", "outbox_lines", "report"]

_PAGE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The figures of the run itself, which no table has."""

    duplicates: int
    broken: int
    seconds: float


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
            .where(traffic.messages.c.name != "Rehearsal")
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
    }


_HELD = (HoldState.HELD, HoldState.PAID)


async def _units(tx: Transaction, column: Any, where: Any) -> int:
    units: int = await tx.scalar(select(func.coalesce(func.sum(column), 0)).where(where))
    return units


async def _acknowledged(tx: Transaction) -> int:
    """Lines about claims whose answer was sent."""
    outbox, deliveries = traffic.outbox.c, traffic.deliveries.c
    count: int = await tx.scalar(
        select(func.count())
        .select_from(traffic.outbox)
        .join(traffic.deliveries, deliveries.id == outbox.delivery_id)
        .where(outbox.kind == "claims.outcome", deliveries.state == DeliveryState.SENT)
    )
    return count


async def outbox_lines(tx: Transaction) -> AsyncIterator[dict[str, Any]]:
    """Every delivery in the order sent, with people named as they are shown."""
    names = {
        row.person: row.name
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
            yield _line(row, names)
        if not rows:
            return
        last = rows[-1].id


def _line(row: Any, names: dict[str, str]) -> dict[str, Any]:
    address = Address.parse(row.address)
    text = row.rendered["text"]
    for person in row.rendered.get("mentions", ()):
        text = text.replace("@{" + person + "}", "@" + names.get(person, person))
    kind = {Reach.AUDIENCE: "audience", Reach.CHANNEL: "channel"}.get(address.reach, "person")
    return {
        "at": row.at.isoformat(),
        "platform": address.platform,
        kind: address.target,
        "text": text,
        "kind": row.kind,
    }
