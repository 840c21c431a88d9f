"""Prices orders from their rows and writes what they cost: one, or a whole show at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, update

from handlers.orders.model import ShippingCharge, Totals
from handlers.orders.pricing import price as price_lines
from handlers.orders.records import Stored, load_stored
from handlers.orders.shipping import (
    Contents,
    RuleKind,
    ShippingRefused,
    ShippingRule,
    offers,
    share,
)
from handlers.orders.states import UNPAID
from handlers.work import Work
from storage.order_states import OrderState, ParcelState
from storage.schema import orders
from storage.schema.parcels import parcel_lines, parcels

__all__ = ["Quote", "joining", "price", "price_many", "quote"]

_order, _line = orders.orders.c, orders.order_lines.c
_parcel, _part = parcels.c, parcel_lines.c
#: Parcels that may still take something in.
_GATHERS = (ParcelState.GATHERING, ParcelState.READY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What an order costs as it stands, and how it would leave.

    `refused` says why no parcel can bring it where it goes; `parcel_id` is the one that it joins.
    """

    stored: Stored
    totals: Totals
    charge: ShippingCharge | None
    refused: ShippingRefused | None = None
    parcel_id: int | None = None


async def price(work: Work, order_id: int) -> Quote | None:
    """Price one order for now, and write it; None if there is none or it holds nothing."""
    quotes = await price_many(work, [order_id])
    return quotes[0] if quotes else None


async def price_many(
    work: Work, order_ids: Collection[int], *, also: Collection[OrderState] = ()
) -> list[Quote]:
    """Price these orders and write it with a few statements; what is paid stays as it is.

    `also` are states besides those in which an order waits to be paid.
    """
    stored = [one for one in await load_stored(work, order_ids, lock=True) if one.lines]
    unpaid = [one for one in stored if one.state in UNPAID or one.state in also]
    quotes = await quote(work, unpaid)
    await _write(work, quotes)
    return quotes


async def quote(work: Work, stored: Sequence[Stored]) -> list[Quote]:
    """What these orders cost, without writing anything."""
    aboard = await _aboard(work, stored)
    return [_quoted(work, one, aboard) for one in stored]


def _quoted(work: Work, stored: Stored, aboard: "dict[_Door, _Aboard]") -> Quote:
    charge, refused, parcel_id = _shipping(work, stored, aboard)
    desk = work.house.orders
    totals = price_lines(
        stored.lines,
        currency=stored.row.currency,
        tax=desk.tax,
        place=stored.place(desk.country),
        discounts=stored.discounts,
        shipping=charge,
    )
    return Quote(stored=stored, totals=totals, charge=charge, refused=refused, parcel_id=parcel_id)


# --- shipping: once per parcel --------------------------------------------------------------------

#: Customer, address and way: what goes to one door in one way.
_Door = tuple[int, int | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aboard:
    """A parcel that gathers: what is in it, and what was taken for it."""

    parcel_id: int
    weight_g: int
    goods: int
    charged: int
    shows: frozenset[int]
    first_paid: Any


def _shipping(
    work: Work, stored: Stored, aboard: dict[_Door, _Aboard]
) -> tuple[ShippingCharge | None, ShippingRefused | None, int | None]:
    desk = work.house.orders
    contents = Contents(
        country=stored.country(desk.country),
        currency=stored.row.currency,
        weight_g=stored.weight_g,
        goods=stored.goods,
    )
    rule = desk.rule(stored.row.method) or _first(desk.shipping, contents)
    if not desk.shipping:
        return None, None, None
    if rule is None:
        return None, _why(desk.shipping, contents), None
    there = aboard.get((stored.row.customer_id, stored.row.address_id, rule.key))
    if there is not None and not _together(work, stored, there):
        there = None
    minor = _share(rule, contents, there)
    if isinstance(minor, ShippingRefused) and there is not None:
        there, minor = None, _share(rule, contents, None)
    if isinstance(minor, ShippingRefused):
        return None, minor, None
    charge = ShippingCharge(
        method=rule.key,
        minor=minor,
        pick_up=rule.kind is RuleKind.PICK_UP,
        tax_class=rule.tax_class,
    )
    return charge, None, None if there is None else there.parcel_id


def _first(rules: Sequence[ShippingRule], contents: Contents) -> ShippingRule | None:
    """The first way of the shop that brings it there; who wants to pick up says so."""
    posted = [rule for rule in rules if rule.kind is not RuleKind.PICK_UP]
    found = offers(posted or rules, contents)
    return next((rule for rule in rules if found and rule.key == found[0].method), None)


def _why(rules: Sequence[ShippingRule], contents: Contents) -> ShippingRefused:
    for rule in rules:
        refused = share(rule, contents)
        if isinstance(refused, ShippingRefused) and refused is not ShippingRefused.COUNTRY:
            return refused
    return ShippingRefused.COUNTRY


def _share(rule: ShippingRule, contents: Contents, there: _Aboard | None) -> int | ShippingRefused:
    if there is None:
        return share(rule, contents)
    before = Contents(
        country=contents.country,
        currency=contents.currency,
        weight_g=there.weight_g,
        goods=there.goods,
    )
    return share(rule, contents, aboard=before, charged=there.charged)


def _together(work: Work, stored: Stored, there: _Aboard) -> bool:
    """Whether what is paid now still leaves in that parcel, by the shop's rule."""
    days = work.house.orders.together.days
    if days is None:
        return True
    if days == 0:
        return stored.row.show_id in there.shows
    return bool((work.at - there.first_paid).days < days)


async def joining(work: Work, stored: Stored) -> int | None:
    """The parcel that a priced order leaves in, if one still gathers for its door."""
    there = (await _aboard(work, [stored], any_rule=True)).get(
        (stored.row.customer_id, stored.row.address_id, stored.row.method or "")
    )
    return None if there is None or not _together(work, stored, there) else there.parcel_id


async def _aboard(
    work: Work, stored: Sequence[Stored], *, any_rule: bool = False
) -> dict[_Door, _Aboard]:
    """The parcels that still gather of these customers, by door."""
    if not stored or not (work.house.orders.shipping or any_rule):
        return {}
    query = (
        select(
            parcels,
            _order.show_id,
            func.sum(_line.quantity * _line.unit_minor).label("goods"),
        )
        .join(parcel_lines, _part.parcel_id == _parcel.id)
        .join(orders.order_lines, _line.id == _part.line_id)
        .join(orders.orders, _order.id == _line.order_id)
        .where(_parcel.state.in_(_GATHERS))
        .group_by(_parcel.id, _order.show_id)
        .order_by(_parcel.id)
    )
    customers = {one.row.customer_id for one in stored}
    if len(customers) == 1:
        query = query.where(_parcel.customer_id == next(iter(customers)))
    found: dict[_Door, _Aboard] = {}
    for row in await work.tx.all(query):
        door = (row.customer_id, row.address_id, row.method)
        before = found.get(door)
        same = before is not None and before.parcel_id == row.id
        found[door] = _Aboard(
            parcel_id=row.id,
            weight_g=row.weight_g,
            goods=int(row.goods) + (before.goods if before is not None and same else 0),
            charged=row.shipping_minor,
            shows=frozenset({row.show_id})
            | (before.shows if before is not None and same else frozenset()),
            first_paid=row.state_at,
        )
    return found


# --- writing --------------------------------------------------------------------------------------


async def _write(work: Work, quotes: Sequence[Quote]) -> None:
    if not quotes:
        return
    await work.tx.run(_LINES, [row for one in quotes for row in _line_rows(one)])
    taken = [
        {"one": discount_id, "took": took}
        for one in quotes
        for discount_id, took in zip(one.stored.discount_ids, one.totals.taken, strict=True)
    ]
    await work.tx.run(_DISCOUNTS, taken)
    await work.tx.run(_ORDERS, [_order_row(work, one) for one in quotes])


def _line_rows(quote: Quote) -> list[dict[str, Any]]:
    return [
        {
            "one": priced.line.id,
            "class_": priced.line.tax_class,
            "grams": priced.line.weight_g,
            "rate": priced.rate,
            "off": priced.discount,
            "inside": priced.tax_included,
            "added": priced.tax_added,
            "sum": priced.total,
        }
        for priced in quote.totals.lines
    ]


def _order_row(work: Work, quote: Quote) -> dict[str, Any]:
    totals = quote.totals
    return {
        "one": quote.stored.id,
        "at": work.at,
        "method": quote.stored.row.method if quote.charge is None else quote.charge.method,
        "goods": totals.goods,
        "off": totals.discount,
        "shipping": totals.shipping,
        "inside": totals.tax_included,
        "added": totals.tax_added,
        "sum": totals.total,
    }


_LINES = (
    update(orders.order_lines)
    .where(_line.id == bindparam("one"))
    .values(
        tax_class=bindparam("class_"),
        weight_g=bindparam("grams"),
        tax_rate=bindparam("rate"),
        discount_minor=bindparam("off"),
        tax_included_minor=bindparam("inside"),
        tax_added_minor=bindparam("added"),
        total_minor=bindparam("sum"),
    )
)
_DISCOUNTS = (
    update(orders.order_discounts)
    .where(orders.order_discounts.c.id == bindparam("one"))
    .values(taken_minor=bindparam("took"))
)
_ORDERS = (
    update(orders.orders)
    .where(_order.id == bindparam("one"))
    .values(
        priced_at=bindparam("at"),
        method=bindparam("method"),
        goods_minor=bindparam("goods"),
        discount_minor=bindparam("off"),
        shipping_minor=bindparam("shipping"),
        tax_included_minor=bindparam("inside"),
        tax_added_minor=bindparam("added"),
        total_minor=bindparam("sum"),
    )
)
