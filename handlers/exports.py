"""What Andon hands out as tables: every claim that got a place, row by row.

    async for row in claim_rows(tx): ...

`person` is the author's id as the platform gave it, `place` the rank in its SKU's line of that
show, `held` what is held or paid, `waitlisted` what waits.
"""

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from storage.schema import sale, traffic
from storage.schema.states import HoldState, WaitState
from storage.unit_of_work import Transaction

__all__ = ["ClaimRow", "as_csv", "as_json", "claim_rows", "csv_cell"]

_PAGE = 1_000
_EDITED = re.compile(r"@[0-9TZ:.+-]+$")
_RUNS = ("=", "+", "-", "@", "\t", "\r")


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
        message_id=_native(row.message_key, row.platform, row.channel),
        sent_at=row.sent_at.isoformat(),
    )


def _native(key: str, platform: str | None, channel: str | None) -> str:
    """The platform's own id in a message key: what follows platform and channel."""
    plain = _EDITED.sub("", key)
    prefix = f"{platform}:{channel}:"
    return plain.removeprefix(prefix) if plain.startswith(prefix) else plain.rpartition(":")[2]


def csv_cell(value: object) -> str:
    """A cell that no spreadsheet runs as a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(_RUNS) else text


async def as_csv(rows: AsyncIterator[ClaimRow]) -> AsyncIterator[str]:
    """The rows as lines of CSV, a header first."""
    yield _line([column.name for column in fields(ClaimRow)])
    async for row in rows:
        yield _line([csv_cell(value) for value in asdict(row).values()])


async def as_json(rows: AsyncIterator[ClaimRow]) -> AsyncIterator[str]:
    """The rows as one JSON array, an object a line."""
    between = "[\n"
    async for row in rows:
        yield between + json.dumps(asdict(row), ensure_ascii=False)
        between = ",\n"
    yield "[]\n" if between == "[\n" else "\n]\n"


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()
