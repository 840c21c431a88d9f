"""What is in a parcel, as its rows say: the units to be scanned, its orders, and its address today.

    contents = await load_contents(tx, row)
    scanned = scan(contents.state, code, address=contents.mark)

Bundles that were paid for as such are taken apart: what is scanned are their parts.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from handlers.fulfilment.numbers import parcel_number
from handlers.fulfilment.scanning import PackLine, PackState
from handlers.orders.numbers import OrderNumber
from storage.schema import orders, sale
from storage.schema.parcels import parcel_lines, parcel_parts, parcels
from storage.unit_of_work import Transaction, padded

__all__ = ["Contents", "Unit", "load_contents", "mark_of", "parcel_row"]

_parcel, _part, _piece = parcels.c, parcel_lines.c, parcel_parts.c
_order, _line = orders.orders.c, orders.order_lines.c
_variant, _item = sale.variants.c, sale.items.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Units of one SKU in a parcel; `part` where they are parts of a bundle on that line."""

    line_id: int
    variant_id: int
    part: bool
    pack: PackLine
    photo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A parcel as it stands: `row` is its own, `orders` are those of its orders, oldest first.

    `address_id` is where it goes today, which may be newer than its slip.
    """

    row: Any
    units: tuple[Unit, ...]
    orders: tuple[Any, ...]
    address_id: int | None

    @property
    def number(self) -> str:
        """What it is called."""
        return parcel_number(self.row.id)

    @property
    def order_numbers(self) -> tuple[str, ...]:
        """What its customer calls the orders in it."""
        return tuple(str(OrderNumber(one.show_id, one.serial)) for one in self.orders)

    @property
    def mark(self) -> str:
        """The mark of the address as it is today."""
        return mark_of(self.address_id)

    @property
    def stale(self) -> bool:
        """Whether the slip on the table names another address."""
        return bool(self.row.slip_mark != self.mark)

    @property
    def state(self) -> PackState:
        """What the scanner's rules look at."""
        lines = tuple(one.pack for one in self.units)
        return PackState(parcel=self.number, address=self.row.slip_mark, lines=lines)


def mark_of(address_id: int | None) -> str:
    """What stands for an address on a slip: it changes with it and says nothing of it."""
    return str(address_id or 0)


async def parcel_row(tx: Transaction, parcel_id: int, *, lock: bool = False) -> Any:
    """The row of a parcel, locked if asked; None if there is none."""
    query = select(parcels).where(_parcel.id == parcel_id)
    return await tx.first(query.with_for_update() if lock else query)


async def load_contents(tx: Transaction, row: Any) -> Contents:
    """What is in the parcel of this row."""
    lines = await _lines(tx, row.id)
    pieces = await _pieces(tx, row.id)
    apart = {one.line_id for one in pieces}
    whole = [one for one in lines if one.line_id not in apart]
    kin = await _kin(tx, {one.item_id for one in (*whole, *pieces)})
    units = [_unit(one, kin, part=False) for one in whole]
    units += [_unit(one, kin, part=True) for one in pieces]
    inside = await _orders(tx, {one.order_id for one in lines})
    known = [one.address_id for one in inside] + [row.address_id]
    # A change of address is a new row: the newest is where it goes.
    return Contents(
        row=row,
        units=tuple(sorted(units, key=lambda one: one.line_id)),
        orders=tuple(inside),
        address_id=max((one for one in known if one is not None), default=None),
    )


async def _lines(tx: Transaction, parcel_id: int) -> Sequence[Any]:
    return await tx.all(
        select(
            _part.line_id,
            _part.units,
            _part.packed,
            _line.order_id,
            _line.title,
            _line.variant.label("name"),
            _line.variant_id,
            _variant.item_id,
            _variant.sku,
            _variant.bin,
            _variant.details,
        )
        .join(orders.order_lines, _line.id == _part.line_id)
        .join(sale.variants, _variant.id == _line.variant_id)
        .where(_part.parcel_id == parcel_id)
        .order_by(_part.line_id)
    )


async def _pieces(tx: Transaction, parcel_id: int) -> Sequence[Any]:
    return await tx.all(
        select(
            _piece.line_id,
            _piece.units,
            _piece.packed,
            _piece.variant_id,
            _item.title,
            _variant.name,
            _variant.item_id,
            _variant.sku,
            _variant.bin,
            _variant.details,
        )
        .join(sale.variants, _variant.id == _piece.variant_id)
        .join(sale.items, _item.id == _variant.item_id)
        .where(_piece.parcel_id == parcel_id)
        .order_by(_piece.line_id, _piece.variant_id)
    )


async def _kin(tx: Transaction, item_ids: Collection[int]) -> dict[int, list[tuple[int, str]]]:
    """The codes of all variants of these items, each with its variant."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    if item_ids:
        for row in await tx.all(
            select(_variant.id, _variant.item_id, _variant.sku, _variant.details)
            .where(_variant.item_id.in_(padded(item_ids)))
            .order_by(_variant.id)
        ):
            codes = (row.sku, str((row.details or {}).get("barcode") or ""))
            found[row.item_id] += [(row.id, code) for code in codes if code]
    return found


def _unit(row: Any, kin: dict[int, list[tuple[int, str]]], *, part: bool) -> Unit:
    details = row.details or {}
    pack = PackLine(
        sku=row.sku,
        title=row.title,
        variant=row.name or "",
        bin=row.bin,
        barcode=str(details.get("barcode") or ""),
        kin=tuple(code for variant, code in kin[row.item_id] if variant != row.variant_id),
        units=row.units,
        packed=row.packed,
    )
    photo = str(details.get("photo") or "")
    return Unit(line_id=row.line_id, variant_id=row.variant_id, part=part, pack=pack, photo=photo)


async def _orders(tx: Transaction, order_ids: Collection[int]) -> Sequence[Any]:
    if not order_ids:
        return ()
    return await tx.all(
        select(orders.orders).where(_order.id.in_(padded(order_ids))).order_by(_order.id)
    )
