"""Returns that want a label of the shop, for label software: customer and shop swapped."""

from collections import defaultdict
from typing import Any

from sqlalchemy import Select, func, or_, select

from handlers.fulfilment.shipping_labels import LabelItem, LabelParcel
from handlers.orders.keeping import open_address
from handlers.orders.model import Address
from storage.return_states import Reception, ReturnState
from storage.schema import orders, sale
from storage.schema.returns import return_units, returns
from storage.sealing import Sealer
from storage.unit_of_work import Transaction

__all__ = ["return_label_parcels"]

_return, _unit, _line = returns.c, return_units.c, orders.order_lines.c


async def return_label_parcels(
    tx: Transaction, shop: Address, sealer: Sealer, *, all_of_them: bool = False
) -> list[LabelParcel]:
    """Every approved return that is not on its way, the oldest first, addressed to the shop.

    Those whose customers see to the label themselves are left out, but for `all_of_them`. So is one
    whose customer's address has been forgotten, or whose key is not in the settings.
    """
    wanted = _wanted(all_of_them)
    rows = await tx.all(
        select(returns, orders.orders.c.address_id)
        .join(orders.orders, orders.orders.c.id == _return.order_id)
        .where(_return.id.in_(wanted))
        .order_by(_return.id)
    )
    items, homes = await _items(tx, wanted), await _homes(tx, wanted, sealer)
    found = []
    for row in rows:
        home, inside = homes.get(row.address_id), items.get(row.id)
        if home is None or not inside:
            continue
        found.append(
            LabelParcel(
                number=row.number,
                address=shop,
                sender=home,
                items=tuple(inside),
                currency=row.currency,
                paid_at=row.requested_at,
                weight_g=sum(one.units * one.weight_g for one in inside),
            )
        )
    return found


def _wanted(all_of_them: bool) -> Select[Any]:
    query = select(_return.id).where(
        _return.state == ReturnState.APPROVED, _return.comes_back, _return.tracking.is_(None)
    )
    if all_of_them:
        return query
    return query.where(or_(~_return.customer_pays_return, _return.label_minor > 0))


async def _items(tx: Transaction, wanted: Select[Any]) -> dict[int, list[LabelItem]]:
    counted = (
        select(_unit.return_id, _unit.line_id, func.count().label("units"))
        .where(_unit.return_id.in_(wanted), _unit.reception != Reception.NOT_NEEDED)
        .group_by(_unit.return_id, _unit.line_id)
        .subquery()
    )
    found: dict[int, list[LabelItem]] = defaultdict(list)
    for row in await tx.all(
        select(orders.order_lines, sale.variants.c.details, counted.c.return_id, counted.c.units)
        .join(counted, counted.c.line_id == _line.id)
        .join(sale.variants, sale.variants.c.id == _line.variant_id)
        .order_by(counted.c.return_id, _line.id)
    ):
        details = row.details or {}
        found[row.return_id].append(
            LabelItem(
                sku=row.sku,
                title=f"{row.title} / {row.variant}" if row.variant else row.title,
                units=row.units,
                unit_minor=row.unit_minor,
                weight_g=row.weight_g,
                hs_code=str(details.get("hs_code") or ""),
                origin=str(details.get("origin") or ""),
            )
        )
    return found


async def _homes(tx: Transaction, wanted: Select[Any], sealer: Sealer) -> dict[int, Address | None]:
    """The addresses that the orders went to, by id."""
    inside = (
        select(orders.orders.c.address_id)
        .join(returns, _return.order_id == orders.orders.c.id)
        .where(_return.id.in_(wanted))
    )
    kept = orders.postal_addresses
    rows = await tx.all(select(kept).where(kept.c.id.in_(inside)))
    return {row.id: open_address(row, sealer) for row in rows}
