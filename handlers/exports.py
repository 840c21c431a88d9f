"""What Andon hands out as tables, row by row: claims, orders, their times, what is to be picked.

    async for row in claim_rows(tx): ...

Of a claim, `person` is the author's id as the platform gave it, `place` the rank in its SKU's line
of that show, `held` what is held or paid, `waitlisted` what waits. Where somebody lives is in none
of these.
"""

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, fields
from operator import attrgetter
from typing import Any, TypeAlias

from sqlalchemy import Select, bindparam, func, select

from handlers.fulfilment.numbers import parcel_number
from handlers.fulfilment.printing import picks
from handlers.fulfilment.slips import PickKind
from handlers.money import Money
from handlers.orders.numbers import OrderNumber
from handlers.orders.times import STAGES, times_of
from handlers.returns.exporting import ReturnRow
from handlers.spreadsheets import csv_line
from storage.schema import orders, parcels, sale, traffic
from storage.schema.states import HoldState, WaitState
from storage.unit_of_work import Transaction

__all__ = [
    "ClaimRow",
    "OrderRow",
    "PickRow",
    "TimesRow",
    "as_csv",
    "as_json",
    "claim_rows",
    "native_id",
    "order_rows",
    "pick_rows",
    "times_rows",
]

_PAGE = 1_000
_EDITED = re.compile(r"@[0-9TZ:.+-]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """One claim with a place. `sent_at` is ISO 8601 in UTC."""

    show: str
    sku: str
    person: str
    quantity: int
    held: int
    waitlisted: int
    place: int
    message_id: str
    sent_at: str


async def claim_rows(tx: Transaction) -> AsyncIterator[ClaimRow]:
    """Every claim with a place, in the order in which they were taken in."""
    ranks = await _ranks(tx)
    after, statement = 0, _page()
    while rows := await tx.all(statement, {"after": after}):
        for row in rows:
            yield _row(row, ranks[row.id])
        after = rows[-1].id


async def _ranks(tx: Transaction) -> dict[int, int]:
    claims = sale.claims.c
    rank = func.row_number().over(
        partition_by=(claims.show_id, claims.variant_id), order_by=(claims.place, claims.id)
    )
    rows = await tx.all(
        select(claims.id, rank).where(claims.place.is_not(None), claims.variant_id.is_not(None))
    )
    return {row[0]: row[1] for row in rows}


def _page() -> Select[Any]:
    claims, messages = sale.claims.c, traffic.messages.c
    held = select(func.coalesce(func.sum(sale.holds.c.quantity), 0)).where(
        sale.holds.c.claim_id == claims.id,
        sale.holds.c.state.in_((HoldState.HELD, HoldState.PAID)),
    )
    waits = select(func.coalesce(func.sum(sale.waitlist.c.quantity), 0)).where(
        sale.waitlist.c.claim_id == claims.id, sale.waitlist.c.state == WaitState.WAITING
    )
    return (
        select(
            claims.id,
            sale.shows.c.name.label("show"),
            sale.variants.c.sku,
            sale.identities.c.person,
            claims.quantity,
            claims.message_key,
            claims.sent_at,
            messages.platform,
            messages.channel,
            held.scalar_subquery().label("held"),
            waits.scalar_subquery().label("waitlisted"),
        )
        .join(sale.shows, sale.shows.c.id == claims.show_id)
        .join(sale.variants, sale.variants.c.id == claims.variant_id)
        .join(sale.identities, sale.identities.c.id == claims.identity_id)
        .join(traffic.messages, messages.key == claims.message_key, isouter=True)
        .where(claims.id > bindparam("after"), claims.place.is_not(None))
        .order_by(claims.id)
        .limit(_PAGE)
    )


def _row(row: Any, place: int) -> ClaimRow:
    return ClaimRow(
        show=row.show,
        sku=row.sku,
        person=row.person,
        quantity=row.quantity,
        held=int(row.held),
        waitlisted=int(row.waitlisted),
        place=place,
        message_id=native_id(row.message_key, row.platform, row.channel),
        sent_at=row.sent_at.isoformat(),
    )


def native_id(key: str, platform: str | None, channel: str | None) -> str:
    """The platform's own id in a message key: what follows platform and channel."""
    plain = _EDITED.sub("", key)
    prefix = f"{platform}:{channel}:"
    return plain.removeprefix(prefix) if plain.startswith(prefix) else plain.rpartition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One order. Amounts are in `currency`, times ISO 8601 in UTC; empty where there is none."""

    order: str
    show: str
    customer: int
    state: str
    opened_at: str
    paid_at: str
    units: int
    goods: str
    discount: str
    shipping: str
    total: str
    credit: str
    received: str
    currency: str
    parcels: str
    tracking: str


async def order_rows(tx: Transaction) -> AsyncIterator[OrderRow]:
    """Every order, in the order in which they were opened."""
    after, statement = 0, _orders_page()
    while rows := await tx.all(statement, {"after": after}):
        sent = await _sent(tx, rows[0].id, rows[-1].id)
        for row in rows:
            yield _order_row(row, sent.get(row.id, []))
        after = rows[-1].id


def _orders_page() -> Select[Any]:
    kept, line, event = orders.orders.c, orders.order_lines.c, orders.order_events.c
    units = select(func.coalesce(func.sum(line.quantity), 0)).where(
        line.order_id == kept.id, line.ended_at.is_(None)
    )
    paid = select(func.max(event.at)).where(event.order_id == kept.id, event.kind == "pay")
    return (
        select(
            orders.orders,
            sale.shows.c.name.label("show"),
            units.scalar_subquery().label("units"),
            paid.scalar_subquery().label("paid_at"),
        )
        .join(sale.shows, sale.shows.c.id == kept.show_id)
        .where(kept.id > bindparam("after"))
        .order_by(kept.id)
        .limit(_PAGE)
    )


async def _sent(tx: Transaction, first: int, last: int) -> Mapping[int, list[Any]]:
    """The parcels of these orders."""
    parcel, part, line = parcels.parcels.c, parcels.parcel_lines.c, orders.order_lines.c
    found: dict[int, list[Any]] = {}
    for row in await tx.all(
        select(line.order_id, parcel.id, parcel.tracking)
        .join(parcels.parcel_lines, part.parcel_id == parcel.id)
        .join(orders.order_lines, line.id == part.line_id)
        .where(line.order_id.between(first, last))
        .distinct()
        .order_by(line.order_id, parcel.id)
    ):
        found.setdefault(row.order_id, []).append(row)
    return found


def _order_row(row: Any, sent: list[Any]) -> OrderRow:
    def amount(minor: int | None) -> str:
        return "" if minor is None else Money(minor, row.currency).plain()

    return OrderRow(
        order=str(OrderNumber(row.show_id, row.serial)),
        show=row.show,
        customer=row.customer_id,
        state=row.state,
        opened_at=row.opened_at.isoformat(),
        paid_at="" if row.paid_at is None else row.paid_at.isoformat(),
        units=int(row.units),
        goods=amount(row.goods_minor),
        discount=amount(row.discount_minor),
        shipping=amount(row.shipping_minor),
        total=amount(row.total_minor),
        credit=amount(row.credit_minor),
        received=amount(row.received_minor),
        currency=row.currency,
        parcels=";".join(parcel_number(one.id) for one in sent),
        tracking=";".join(one.tracking for one in sent if one.tracking),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimesRow:
    """When one order reached each stage: ISO 8601 in UTC, empty where it has not."""

    order: str
    show: str
    state: str
    claimed: str
    held: str
    checkout_sent: str
    paid: str
    pack_started: str
    packed: str
    handed_off: str
    delivered: str


async def times_rows(tx: Transaction) -> AsyncIterator[TimesRow]:
    """The times of every order, in the order in which they were opened."""
    kept, after = orders.orders.c, 0
    page = (
        select(kept.id, kept.show_id, kept.serial, kept.state, sale.shows.c.name.label("show"))
        .join(sale.shows, sale.shows.c.id == kept.show_id)
        .where(kept.id > bindparam("after"))
        .order_by(kept.id)
        .limit(_PAGE)
    )
    while rows := await tx.all(page, {"after": after}):
        times = await times_of(tx, [row.id for row in rows])
        for row in rows:
            reached = {stage: at.isoformat() for stage, at in times[row.id].reached()}
            yield TimesRow(
                order=str(OrderNumber(row.show_id, row.serial)),
                show=row.show,
                state=row.state,
                **{stage: reached.get(stage, "") for stage in STAGES},
            )
        after = rows[-1].id


@dataclass(frozen=True, slots=True, kw_only=True)
class PickRow:
    """Units of a SKU to be fetched from a bin for one parcel; `short` of them are not there."""

    list: str
    bin: str
    sku: str
    title: str
    variant: str
    parcel: str
    units: int
    short: int


async def pick_rows(tx: Transaction, kind: PickKind) -> AsyncIterator[PickRow]:
    """What waits to be fetched, as people walk: at once, by zone, or parcel by parcel."""
    for walk in await picks(tx, kind):
        for pick in walk.picks:
            for share in pick.parcels:
                yield PickRow(
                    list=walk.name,
                    bin=pick.article.bin,
                    sku=pick.article.sku,
                    title=pick.article.title,
                    variant=pick.article.variant,
                    parcel=share.parcel,
                    units=share.units,
                    short=share.short,
                )


ExportRow: TypeAlias = ClaimRow | OrderRow | TimesRow | PickRow | ReturnRow


async def as_csv(
    rows: AsyncIterator[ExportRow], kind: type[ExportRow] = ClaimRow
) -> AsyncIterator[str]:
    """The rows as lines of CSV, a header first: the fields of `kind`."""
    names = [column.name for column in fields(kind)]
    # Not `asdict`: it copies every value, which took longer than writing the line.
    cells_of = attrgetter(*names)
    yield csv_line(names)
    async for row in rows:
        yield csv_line(cells_of(row))


async def as_json(
    rows: AsyncIterator[ExportRow], kind: type[ExportRow] = ClaimRow
) -> AsyncIterator[str]:
    """The rows as one JSON array, an object a line."""
    between = "[\n"
    async for row in rows:
        yield between + json.dumps(asdict(row), ensure_ascii=False)
        between = ",\n"
    yield "[]\n" if between == "[\n" else "\n]\n"
