"""Exchanges: new units set aside as long as the return lives, then an order of their own.

A unit that is set aside is a claim by the rule `exchange` with a hold that no clock ends. Once what
came back is accepted, an order is opened for it in the show of the old one, to the same address and
without shipping; what the old unit is worth is credited and spent on it, and the rest is paid by
the usual checkout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from handlers.claims.floor import Floor
from handlers.claims.freeing import end_hold
from handlers.claims.hold_times import next_warning
from handlers.claims.records import Rule, Stock
from handlers.claims.telling import promote_and_tell
from handlers.events import OrderMoved
from handlers.orders.moving import note_event
from handlers.orders.numbers import OrderNumber
from handlers.orders.repricing import price
from handlers.orders.serials import next_serial
from handlers.returns.policy import Wish
from handlers.returns.records import StoredReturn, change_unit
from handlers.returns.states import Acceptance
from handlers.stock.states import floor_for
from handlers.work import Work
from storage.order_states import DiscountKind, OrderState
from storage.return_states import ReturnKind
from storage.schema import orders, sale
from storage.schema.states import ClaimState, HoldSource, HoldState

__all__ = ["NewOrder", "hold_swaps", "let_swaps_go", "open_exchange", "swap_labels"]

_hold, _claim = sale.holds.c, sale.claims.c


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """The order of the new units, with what it costs."""

    id: int
    number: str
    total: int


async def hold_swaps(work: Work, stored: StoredReturn) -> bool:
    """Set aside what is wanted instead, a unit for each; all of them or none.

    True where all are set aside, by now or before. Nobody's place is touched: what is held or
    waited for is not there to be given.
    """
    if stored.row.wish != Wish.EXCHANGE:
        return False
    lacking = [
        unit
        for unit in stored.units
        if unit.swap_hold_id is None and unit.acceptance != Acceptance.REJECTED
    ]
    wanted = {unit.id: unit.swap_variant_id or unit.variant_id for unit in lacking}
    stocks = await _stocks(work, set(wanted.values()), stored.row.currency)
    for variant_id in set(wanted.values()):
        units = list(wanted.values()).count(variant_id)
        found = stocks.get(variant_id)
        if found is None or found[1].free < units or found[1].waiting_entries:
            return False
    for unit in lacking:
        floor, stock = stocks[wanted[unit.id]]
        await _set_aside(work, stored, unit, floor, stock)
    return True


async def _stocks(
    work: Work, variant_ids: set[int], currency: str
) -> dict[int, tuple[Floor, Stock]]:
    """The stock of these variants; not of what costs another currency: nothing sets that off."""
    rows = await work.tx.all(
        select(sale.variants.c.id, sale.variants.c.item_id)
        .where(sale.variants.c.id.in_(sorted(variant_ids)), sale.variants.c.currency == currency)
        .order_by(sale.variants.c.item_id, sale.variants.c.id)
    )
    found = {}
    for row in rows:
        item = work.snapshot.catalogue.by_id.get(row.item_id)
        if item is not None:
            floor = await floor_for(work, item)
            found[row.id] = (floor, floor.stock[row.id])
    return found


async def _set_aside(
    work: Work, stored: StoredReturn, unit: Any, floor: Floor, stock: Stock
) -> None:
    item = floor.items[stock.item_id]
    people = sale.identities.c
    identity_id = await work.tx.scalar(
        select(people.id)
        .where(people.customer_id == stored.row.customer_id)
        .order_by(people.id.desc())
        .limit(1)
    )
    # A replacement costs what was paid; anything else costs what it costs now.
    same = stored.row.kind == ReturnKind.COMPLAINT and stock.id == unit.variant_id
    claim = {
        "show_id": stored.order.show_id,
        "item_id": stock.item_id,
        "variant_id": stock.id,
        "customer_id": stored.row.customer_id,
        "identity_id": identity_id,
        "message_key": f"return:{stored.number}:{unit.id}",
        "state": ClaimState.ENTERED,
        "quantity": 1,
        "refused": 0,
        "sent_at": work.at,
        "place": None,
        "gone_before": stock.reserved,
        "waiting_before": stock.waiting_entries,
        "rule": Rule.EXCHANGE,
        "code": item.code,
        "title": item.title,
        "variant": stock.name,
        "price_minor": unit.unit_minor if same else stock.price_minor,
        "currency": stored.row.currency,
    }
    (claim_id,) = await work.tx.insert_ids(sale.claims, [claim])
    hold = {
        "claim_id": claim_id,
        "show_id": stored.order.show_id,
        "variant_id": stock.id,
        "customer_id": stored.row.customer_id,
        "quantity": 1,
        # Held for good: no clock ends it, only the return does.
        "state": HoldState.PAID,
        "source": HoldSource.STAFF,
        "granted_at": work.at,
    }
    (hold_id,) = await work.tx.insert_ids(sale.holds, [hold])
    floor.revive(1, stock)
    await change_unit(work, unit.id, swap_hold_id=hold_id, swap_variant_id=stock.id)


async def let_swaps_go(work: Work, stored: StoredReturn, units: Sequence[Any]) -> int:
    """What was set aside for these units goes to whoever waits; returns how many there were."""
    holds = [unit.swap_hold_id for unit in units if unit.swap_hold_id is not None]
    rows = await work.tx.all(
        select(sale.holds, sale.variants.c.item_id)
        .join(sale.variants, sale.variants.c.id == _hold.variant_id)
        .where(_hold.id.in_(holds), _hold.state.in_((HoldState.HELD, HoldState.PAID)))
        .order_by(_hold.id)
    )
    freed: list[tuple[Floor, int]] = []
    for row in rows:
        item = work.snapshot.catalogue.by_id.get(row.item_id)
        if item is not None:
            floor = await floor_for(work, item)
            await end_hold(floor, row, row.quantity, HoldState.RELEASED, work.at)
            await floor.flush()
            freed.append((floor, row.variant_id))
    for floor, variant_id in freed:
        await promote_and_tell(floor, variant_id, at=work.at)
    for unit in units:
        if unit.swap_hold_id is not None:
            await change_unit(work, unit.id, swap_hold_id=None)
    return len(rows)


async def open_exchange(work: Work, stored: StoredReturn, units: Sequence[Any]) -> NewOrder:
    """An order for what is set aside for these units, priced, to the address of the old one.

    Nothing is paid of it yet. Its units are held until `pay_within` is over.
    """
    old = stored.order
    serial = await next_serial(work.tx, old.show_id)
    lines = await _lines(work, units)
    goods = sum(line["unit_minor"] for line in lines)
    row = {
        "show_id": old.show_id,
        "serial": serial,
        "customer_id": stored.row.customer_id,
        "state": OrderState.AWAITING_PAYMENT,
        "currency": old.currency,
        "opened_at": work.at,
        "state_at": work.at,
        "address_id": old.address_id,
        "method": old.method,
        "policy": work.house.returns.policy.model_dump(mode="json"),
        "goods_minor": goods,
        "discount_minor": 0,
        "shipping_minor": 0,
        "tax_included_minor": 0,
        "tax_added_minor": 0,
        "total_minor": goods,
    }
    (order_id,) = await work.tx.insert_ids(orders.orders, [row])
    await work.tx.insert(orders.order_lines, [{**line, "order_id": order_id} for line in lines])
    free = {"order_id": order_id, "position": 0, "kind": DiscountKind.FREE_SHIPPING, "value": 0}
    label = {"items": [], "label": stored.number, "why": "exchange"}
    await work.tx.insert(orders.order_discounts, [{**free, **label}])
    await note_event(work, order_id, "exchange", OrderState.AWAITING_PAYMENT, why=stored.number)
    await _hold_until_paid(work, [line["hold_id"] for line in lines])
    number = str(OrderNumber(old.show_id, serial))
    work.emit(
        OrderMoved(
            order_id=order_id,
            customer_id=stored.row.customer_id,
            number=number,
            was=OrderState.OPEN.value,
            state=OrderState.AWAITING_PAYMENT.value,
        )
    )
    quote = await price(work, order_id)
    total = goods if quote is None else quote.totals.total
    return NewOrder(id=order_id, number=number, total=total)


async def _lines(work: Work, units: Sequence[Any]) -> list[dict[str, Any]]:
    """The lines of what is set aside, as an order copies them."""
    rows = await work.tx.all(
        select(
            _hold.id.label("hold_id"),
            _hold.variant_id,
            _hold.quantity,
            _claim.code,
            sale.variants.c.sku,
            _claim.title,
            _claim.variant,
            _claim.price_minor.label("unit_minor"),
            sale.items.c.final_sale,
        )
        .select_from(sale.holds)
        .join(sale.claims, _claim.id == _hold.claim_id)
        .join(sale.variants, sale.variants.c.id == _hold.variant_id)
        .join(sale.items, sale.items.c.id == sale.variants.c.item_id)
        .where(_hold.id.in_([unit.swap_hold_id for unit in units]))
        .order_by(_hold.id)
    )
    return [{**row._mapping} for row in rows]


async def _hold_until_paid(work: Work, hold_ids: Sequence[int]) -> None:
    end = work.at + work.house.returns.pay_within
    await work.tx.run(
        update(sale.holds)
        .where(_hold.id.in_(sorted(hold_ids)))
        .values(
            state=HoldState.HELD, expires_at=end, warn_due=next_warning(work.rules, end, work.at)
        )
    )


async def swap_labels(work: Work, units: Sequence[Any]) -> list[str]:
    """What is wanted instead, as people name it."""
    wanted = [unit.swap_variant_id for unit in units if unit.swap_variant_id is not None]
    rows = await work.tx.all(
        select(sale.variants.c.id, sale.variants.c.item_id, sale.variants.c.name).where(
            sale.variants.c.id.in_(sorted(set(wanted)))
        )
    )
    named = {}
    for row in rows:
        item = work.snapshot.catalogue.by_id.get(row.item_id)
        named[row.id] = item.label(row.name) if item is not None else ""
    return [named.get(one, "") for one in wanted]
