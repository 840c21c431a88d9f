"""Packing and the stock: the one place where the parts of bundles are kept, and units leave.

- A bundle is sold by its own stock. Once it is paid, the units of its parts are reserved too, by
  the catalogue's `parts` as they are then; what is not there is a person's to decide.
- What is in the house is on hand, packed or not. As a parcel is handed off, its units leave: on
  hand and reserved fall together, so what is left to be sold stays as it was.
- What is cancelled before gives its parts back.

So for every variant: reserved = held or paid and still in the house + kept for bundles, and
counted in = on hand + handed off.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select, update

from handlers.events import OrderShort, StockFell, StockRose
from handlers.exceptions.opening import open_exception
from handlers.fulfilment.pick_lists import Article, PartsError, read_parts, taken_apart
from handlers.orders.numbers import OrderNumber
from handlers.orders.reaching import tell_customer
from handlers.work import Work
from storage.schema import orders, sale
from storage.schema.parcels import line_parts, parcel_lines, parcel_parts
from storage.schema.states import HoldState
from storage.unit_of_work import padded

__all__ = [
    "SHORT",
    "forget_lines",
    "forget_parts",
    "give_parts_back",
    "keep_more",
    "keep_parts",
    "leave_house",
    "prepare_parts",
]

#: The kind of the exception that a bundle without its parts opens.
SHORT = "parts_short"
_line, _kept = orders.order_lines.c, line_parts.c
_part, _piece = parcel_lines.c, parcel_parts.c
_variant = sale.variants.c


# --- bundles --------------------------------------------------------------------------------------


async def keep_parts(work: Work, order_id: int) -> None:
    """Reserve the parts of the bundles in an order that was just paid; once for each line."""
    lines = await work.tx.all(
        select(_line.id, _line.quantity, _variant.sku, _variant.details)
        .join(sale.variants, _variant.id == _line.variant_id)
        .where(
            _line.order_id == order_id,
            _line.ended_at.is_(None),
            _line.id.not_in(select(_kept.line_id)),
        )
        .order_by(_line.id)
    )
    lacking: dict[str, int] = {}
    for line in lines:
        parts = await _parts_of(work, line)
        if not parts:
            continue
        rows = []
        for row in await _locked(work, parts):
            wanted = parts[row.sku] * line.quantity
            kept = max(0, min(wanted, row.on_hand - row.reserved)) if not row.short else 0
            await _reserve(work, row, kept)
            if kept < wanted:
                lacking[row.sku] = lacking.get(row.sku, 0) + wanted - kept
            rows.append(
                {"line_id": line.id, "variant_id": row.id, "each": parts[row.sku], "kept": kept}
            )
        await work.tx.insert(line_parts, rows)
    if lacking:
        await _short(work, order_id, lacking)


async def _parts_of(work: Work, line: Any) -> Mapping[str, int]:
    """The SKUs that one bundle of a line is made of; none for what is no bundle that we know."""
    if not str((line.details or {}).get("parts") or "").strip():
        return {}
    articles: dict[str, Article] = {}
    wanted = {line.sku}
    # Bundles may hold bundles; a circle ends when nothing new comes up.
    while wanted:
        rows = await work.tx.all(
            select(_variant.sku, _variant.details).where(_variant.sku.in_(padded(wanted)))
        )
        for row in rows:
            parts = _written(row)
            articles[row.sku] = Article(sku=row.sku, title=row.sku, parts=parts)
        if wanted - articles.keys():
            return {}
        wanted = {sku for one in articles.values() for sku, _ in one.parts} - articles.keys()
    try:
        return taken_apart(line.sku, articles)
    except PartsError:
        return {}


def _written(row: Any) -> tuple[tuple[str, int], ...]:
    try:
        return read_parts(str((row.details or {}).get("parts") or ""))
    except PartsError:
        return ()


async def _locked(work: Work, skus: Mapping[str, int]) -> Any:
    return await work.tx.all(
        select(sale.variants)
        .where(_variant.sku.in_(padded(skus)))
        .order_by(_variant.id)
        .with_for_update()
    )


async def _reserve(work: Work, row: Any, units: int) -> None:
    """Reserve units of a locked variant, or with a minus free them, and let the lamps know."""
    if not units:
        return
    await work.tx.run(
        update(sale.variants)
        .where(_variant.id == row.id)
        .values(reserved=_variant.reserved + units)
    )
    left = max(0, row.on_hand - row.reserved)
    after = max(0, row.on_hand - row.reserved - units)
    item = work.snapshot.catalogue.items.get(row.item_id)
    if item is None or after == left:
        return
    kind = StockFell if after < left else StockRose
    work.emit(
        kind(
            item_id=row.item_id,
            variant_id=row.id,
            label=item.label(row.name),
            before=left,
            after=after,
            lamp=row.lamp,
            waiting=row.waiting_units,
        )
    )


async def _short(work: Work, order_id: int, lacking: Mapping[str, int]) -> None:
    row = await work.tx.first(select(orders.orders).where(orders.orders.c.id == order_id))
    if row is None:
        return
    number = str(OrderNumber(row.show_id, row.serial))
    await open_exception(
        work,
        SHORT,
        subject=number,
        owner_role="support",
        values={"order": number, "parts": [f"{sku} ×{units}" for sku, units in lacking.items()]},
    )
    work.emit(
        OrderShort(
            order_id=order_id,
            customer_id=row.customer_id,
            number=number,
            units=sum(lacking.values()),
        )
    )
    await tell_customer(work, row.customer_id, "told.parts_short", {"order": number})


async def give_parts_back(work: Work, order_id: int) -> None:
    """Free what is kept for the bundles of an order that was cancelled."""
    rows = await work.tx.all(
        select(_kept.line_id, _kept.variant_id, _kept.kept)
        .join(orders.order_lines, _line.id == _kept.line_id)
        .where(_line.order_id == order_id, _kept.kept > 0)
        .order_by(_kept.variant_id)
    )
    for one in rows:
        row = await _lock_variant(work, one.variant_id)
        await _reserve(work, row, -one.kept)
        await _keep(work, one, 0)


async def keep_more(work: Work, row: Any, units: int) -> int:
    """Keep up to so many units more for a row of `line_parts`, if they are free; returns how many.

    What is kept never comes from somebody who holds it.
    """
    variant = await _lock_variant(work, row.variant_id)
    free = 0 if variant.short else variant.on_hand - variant.reserved
    more = max(0, min(units, free))
    await _reserve(work, variant, more)
    if more:
        await _keep(work, row, row.kept + more)
    return more


async def forget_parts(work: Work, order_id: int) -> None:
    """Nothing is paid after all: free what was kept, so that paying again keeps it anew."""
    await give_parts_back(work, order_id)
    mine = select(_line.id).where(_line.order_id == order_id)
    await work.tx.run(delete(line_parts).where(_kept.line_id.in_(mine)))


async def _lock_variant(work: Work, variant_id: int) -> Any:
    return await work.tx.first(
        select(sale.variants).where(_variant.id == variant_id).with_for_update()
    )


async def _keep(work: Work, row: Any, kept: int) -> None:
    await work.tx.run(
        update(line_parts)
        .where(_kept.line_id == row.line_id, _kept.variant_id == row.variant_id)
        .values(kept=kept)
    )


async def prepare_parts(work: Work, parcel_id: int) -> None:
    """Lay out what is to be scanned of the bundles in a parcel, as far as that is not done."""
    rows = await work.tx.all(
        select(_part.line_id, _part.units, _kept.variant_id, _kept.each)
        .join(line_parts, _kept.line_id == _part.line_id)
        .where(
            _part.parcel_id == parcel_id,
            _part.line_id.not_in(select(_piece.line_id).where(_piece.parcel_id == parcel_id)),
        )
        .order_by(_part.line_id, _kept.variant_id)
    )
    await work.tx.insert(
        parcel_parts,
        [
            {
                "parcel_id": parcel_id,
                "line_id": row.line_id,
                "variant_id": row.variant_id,
                "units": row.each * row.units,
            }
            for row in rows
        ],
    )


# --- leaving --------------------------------------------------------------------------------------


async def leave_house(work: Work, parcel_id: int) -> None:
    """The units of a parcel that is handed off are in the house no longer."""
    await prepare_parts(work, parcel_id)
    paid = select(sale.holds.c.id).where(
        sale.holds.c.id == _line.hold_id, sale.holds.c.state == HoldState.PAID
    )
    lines = await work.tx.all(
        select(_line.variant_id, func.sum(_part.units).label("units"), paid.exists().label("held"))
        .join(orders.order_lines, _line.id == _part.line_id)
        .where(_part.parcel_id == parcel_id)
        .group_by(_line.id, _line.variant_id, _line.hold_id)
    )
    going = [(one.variant_id, int(one.units), int(one.units) if one.held else 0) for one in lines]
    for one in await work.tx.all(
        select(_kept.line_id, _kept.variant_id, _kept.kept, _piece.units)
        .join(
            parcel_parts,
            (_piece.line_id == _kept.line_id) & (_piece.variant_id == _kept.variant_id),
        )
        .where(_piece.parcel_id == parcel_id)
    ):
        kept = min(one.units, one.kept)
        await _keep(work, one, one.kept - kept)
        going.append((one.variant_id, one.units, kept))
    for variant_id, units, reserved in sorted(going):
        await _leaves(work, await _lock_variant(work, variant_id), units, reserved)


async def _leaves(work: Work, row: Any, units: int, reserved: int) -> None:
    """Take units of a locked variant off what is on hand; `reserved` of them were kept for this.

    What a recount did not find, and what was never kept, was not counted: it leaves only as far as
    nobody else's units would leave with it.
    """
    reserved = min(reserved, row.reserved)
    counted = min(reserved, row.on_hand)
    free = max(0, row.on_hand - row.reserved)
    counted += min(units - reserved, free) if not row.short else 0
    after = {"on_hand": row.on_hand - counted, "reserved": row.reserved - reserved}
    short = min(row.short, max(0, after["reserved"] - after["on_hand"]))
    await work.tx.run(
        update(sale.variants).where(_variant.id == row.id).values(**after, short=short)
    )


async def forget_lines(work: Work, parcel_id: int, line_ids: list[int]) -> None:
    """Take lines out of a parcel that has not left."""
    for table, column in ((parcel_parts, _piece), (parcel_lines, _part)):
        await work.tx.run(
            delete(table).where(column.parcel_id == parcel_id, column.line_id.in_(padded(line_ids)))
        )
