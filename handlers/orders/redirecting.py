"""Paid orders that go elsewhere: possible until packing starts, and where the price stays."""

from collections.abc import Sequence

from sqlalchemy import select, update

from handlers.orders.addresses import tax_place
from handlers.orders.gating import look_over
from handlers.orders.model import Address
from handlers.orders.moving import note_event
from handlers.orders.records import Stored, load_stored
from handlers.orders.shipping import RuleKind
from handlers.work import Work
from storage.order_states import OrderState, ParcelState
from storage.schema import orders
from storage.schema.parcels import parcels

__all__ = ["not_packed", "priced_elsewhere", "redirect"]

_order = orders.orders.c


async def not_packed(work: Work, customer_id: int) -> list[Stored]:
    """The paid orders of a customer that nobody packs yet."""
    rows = await work.tx.all(
        select(_order.id).where(_order.customer_id == customer_id, _order.state == OrderState.PAID)
    )
    return await load_stored(work, [row.id for row in rows])


def priced_elsewhere(work: Work, waiting: Sequence[Stored], address: Address) -> list[str]:
    """Those of these orders that cost something else at `address`: what is paid never changes."""
    return [str(one.number) for one in waiting if not _same_price(work, one, address)]


def _same_price(work: Work, stored: Stored, address: Address) -> bool:
    desk = work.house.orders
    rule = desk.rule(stored.row.method)
    if rule is not None and rule.kind is RuleKind.PICK_UP:
        return True
    if rule is not None and rule.countries and address.country not in rule.countries:
        return False
    # Where it was to go may be sealed with a key that is lost: then only the way can be asked.
    if stored.address is None:
        return True
    before, after = stored.place(desk.country), tax_place(address)
    classes = {"", *(line.tax_class for line in stored.lines)}
    return all(desk.tax.rate(before, one) == desk.tax.rate(after, one) for one in classes)


async def redirect(work: Work, waiting: Sequence[Stored], address_id: int, who: str) -> None:
    """Send these paid orders of one customer to another address, and their parcels with them."""
    ids = [one.id for one in waiting]
    await work.tx.run(update(orders.orders).where(_order.id.in_(ids)).values(address_id=address_id))
    await work.tx.run(
        update(parcels)
        .where(
            parcels.c.customer_id == waiting[0].row.customer_id,
            parcels.c.state.in_((ParcelState.GATHERING, ParcelState.READY)),
        )
        .values(address_id=address_id)
    )
    for order_id in ids:
        await note_event(work, order_id, "address_changed", OrderState.PAID, who=who)
    await look_over(work, ids)
