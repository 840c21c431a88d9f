"""The parcels that want a shipping label, for label software: the one file with addresses in it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from handlers.fulfilment.numbers import parcel_number
from handlers.fulfilment.shipping_labels import LabelItem, LabelParcel
from handlers.orders.keeping import is_locked, open_address
from storage.order_states import ParcelState
from storage.schema import orders, sale
from storage.schema.parcels import parcel_lines, parcels
from storage.sealing import Locked, Sealer
from storage.unit_of_work import Transaction

__all__ = ["label_parcels"]

_parcel, _part = parcels.c, parcel_lines.c
_order, _line, _variant = orders.orders.c, orders.order_lines.c, sale.variants.c
_kept, _event = orders.postal_addresses.c, orders.order_events.c
_WANT_ONE = (ParcelState.READY, ParcelState.PACKING, ParcelState.PACKED)


async def label_parcels(
    tx: Transaction, sealer: Sealer, pick_up: Sequence[str] = ()
) -> list[LabelParcel]:
    """Every parcel that has no tracking number yet and goes to an address, the oldest first.

    Those that leave by one of the ways `pick_up` want no label. Raises `Locked` where an address
    cannot be read: a label that is missing would be noticed by nobody.
    """
    rows = await tx.all(
        select(parcels)
        .where(_parcel.state.in_(_WANT_ONE), _parcel.tracking.is_(None))
        .where(_parcel.method.not_in(pick_up))
        .order_by(_parcel.ready_at, _parcel.id)
    )
    waiting = select(_parcel.id).where(_parcel.state.in_(_WANT_ONE), _parcel.tracking.is_(None))
    lines = await _lines(tx, waiting)
    homes = await _homes(tx, waiting)
    found = []
    for row in rows:
        home = open_address(homes[row.id], sealer) if row.id in homes else None
        if home is None and row.id in homes and is_locked(homes[row.id], sealer):
            raise Locked(f"the address of {parcel_number(row.id)} is sealed with another key")
        inside = lines.get(row.id, [])
        if home is None or not inside:
            continue
        items = tuple(_item(one) for one in inside)
        weighed = sum(one.units * one.weight_g for one in items)
        found.append(
            LabelParcel(
                number=parcel_number(row.id),
                address=home,
                items=items,
                currency=row.currency,
                paid_at=_paid(inside, row.state_at),
                weight_g=row.weight_g or weighed,
            )
        )
    return found


async def _lines(tx: Transaction, waiting: Any) -> dict[int, list[Any]]:
    paid = (
        select(_event.order_id, func.max(_event.at).label("at"))
        .where(_event.kind == "pay")
        .group_by(_event.order_id)
        .subquery()
    )
    by_parcel: dict[int, list[Any]] = defaultdict(list)
    for row in await tx.all(
        select(
            _part.parcel_id,
            _part.units,
            _line.sku,
            _line.title,
            _line.variant,
            _line.unit_minor,
            _line.weight_g,
            _variant.details,
            paid.c.at.label("paid_at"),
        )
        .join(orders.order_lines, _line.id == _part.line_id)
        .join(sale.variants, _variant.id == _line.variant_id)
        .join(paid, paid.c.order_id == _line.order_id, isouter=True)
        .where(_part.parcel_id.in_(waiting))
        .order_by(_part.parcel_id, _line.id)
    ):
        by_parcel[row.parcel_id].append(row)
    return by_parcel


async def _homes(tx: Transaction, waiting: Any) -> dict[int, Any]:
    """The newest address row of each parcel: that of its orders, or its own."""
    inside = (
        select(_part.parcel_id, func.max(_order.address_id).label("address_id"))
        .join(orders.order_lines, _line.id == _part.line_id)
        .join(orders.orders, _order.id == _line.order_id)
        .where(_part.parcel_id.in_(waiting))
        .group_by(_part.parcel_id)
        .subquery()
    )
    rows = await tx.all(
        select(orders.postal_addresses, inside.c.parcel_id).join(
            inside, inside.c.address_id == _kept.id
        )
    )
    return {row.parcel_id: row for row in rows}


def _item(row: Any) -> LabelItem:
    details = row.details or {}
    return LabelItem(
        sku=row.sku,
        title=f"{row.title} / {row.variant}" if row.variant else row.title,
        units=row.units,
        unit_minor=row.unit_minor,
        weight_g=row.weight_g,
        hs_code=str(details.get("hs_code") or ""),
        origin=str(details.get("origin") or ""),
    )


def _paid(lines: Sequence[Any], default: datetime) -> datetime:
    return max((one.paid_at for one in lines if one.paid_at is not None), default=default)
