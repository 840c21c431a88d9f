"""What the database itself refuses of an order, whoever writes it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Table, update
from sqlalchemy.exc import IntegrityError

from storage.engine import Storage, open_storage
from storage.schema import orders, parcels, sale
from storage.schema.orders import coupons, credit_ledger, order_lines, payments

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Storage]:
    """A customer, a show and a variant, each with id 1."""
    async with open_storage(database_url) as opened:
        async with opened.write() as tx:
            await tx.insert(sale.customers, [{"tells_by_dm": False}])
            await tx.insert(sale.shows, [{"name": "Friday", "state": "live", "staged_at": NOON}])
            await tx.insert(sale.items, [{"code": "A1", "title": "Dress", "position": 1}])
            await tx.insert(
                sale.variants,
                [
                    {
                        "item_id": 1, "sku": "A1", "position": 1, "price_minor": 100,
                        "currency": "EUR", "on_hand": 9, "staged_units": 9,
                    }
                ],
            )  # fmt: skip
            await tx.insert(orders.orders, [order()])
        yield opened


def order(**more: Any) -> dict[str, Any]:
    return {
        "show_id": 1, "serial": 1, "customer_id": 1, "state": "open", "currency": "EUR",
        "opened_at": NOON, "state_at": NOON,
    } | more  # fmt: skip


def line(**more: Any) -> dict[str, Any]:
    return {
        "order_id": 1, "variant_id": 1, "quantity": 2, "code": "A1", "sku": "A1",
        "title": "Dress", "unit_minor": 100,
    } | more  # fmt: skip


def priced(**more: Any) -> dict[str, Any]:
    return {
        "goods_minor": 200, "discount_minor": 20, "shipping_minor": 50, "tax_included_minor": 0,
        "tax_added_minor": 10, "total_minor": 240,
    } | more  # fmt: skip


def payment(**more: Any) -> dict[str, Any]:
    return {
        "order_id": 1, "way": "stripe", "state": "open", "idempotency_key": "a",
        "amount_minor": 240, "currency": "EUR", "prepared_at": NOON,
    } | more  # fmt: skip


def credit(**more: Any) -> dict[str, Any]:
    return {
        "customer_id": 1, "currency": "EUR", "line": 1, "kind": "granted", "minor": 500,
        "balance_minor": 500, "key": "a", "who": "Mia", "why": "sorry", "at": NOON,
    } | more  # fmt: skip


def coupon(**more: Any) -> dict[str, Any]:
    return {"key": "SPRING", "code": "Spring", "kind": "percent", "value": 100_000} | more


async def refused(shop: Storage, table: Table, *rows: dict[str, Any]) -> bool:
    try:
        async with shop.write() as tx:
            for row in rows:
                await tx.insert(table, [row])
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        # One open order per customer and show, and each number once.
        (orders.orders, [order(serial=2)]),
        (orders.orders, [order(state="expired")]),
        # What is asked to be paid has a price, and it adds up.
        (orders.orders, [order(serial=2, state="awaiting_payment")]),
        (orders.orders, [order(serial=2, state="paid", **priced(total_minor=239))]),
        (orders.orders, [order(serial=2, state="paid", **priced(discount_minor=201))]),
        (orders.orders, [order(serial=2, state="paid", **priced(), credit_minor=241)]),
        (orders.orders, [order(serial=2, state="lost")]),
        (order_lines, [line(quantity=0)]),
        (order_lines, [line(discount_minor=20, tax_added_minor=0, total_minor=200)]),
        (order_lines, [line(discount_minor=201)]),
        # Two open ways to pay could be paid twice; one key is asked once.
        (payments, [payment(), payment(idempotency_key="b")]),
        (payments, [payment(), payment(state="paid")]),
        (payments, [payment(received_minor=10, refunded_minor=11)]),
        (payments, [payment(reference="x"),
                    payment(reference="x", idempotency_key="b", state="paid")]),
        # Store credit is never overspent, and no line is counted twice.
        (credit_ledger, [credit(kind="spent", minor=-1, balance_minor=-1)]),
        (credit_ledger, [credit(minor=-500)]),
        (credit_ledger, [credit(), credit(key="b")]),
        (credit_ledger, [credit(), credit(line=2)]),
        (coupons, [coupon(most_uses=1, uses=2)]),
        (coupons, [coupon(value=1_000_001)]),
        (coupons, [coupon(kind="amount")]),
        (coupons, [coupon(), coupon(code="SPRING")]),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused(
    shop: Storage, table: Table, rows: list[dict[str, Any]]
) -> None:
    assert await refused(shop, table, *rows)


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        (orders.orders, [order(serial=2, state="paid", **priced())]),
        (orders.orders, [order(serial=2, state="paid", **priced()),
                         order(serial=3, state="paid", **priced())]),
        (order_lines, [line(), line()]),
        (order_lines, [line(discount_minor=20, tax_included_minor=3, tax_added_minor=0,
                            total_minor=180)]),
        (payments, [payment(state="expired"), payment(idempotency_key="b")]),
        (credit_ledger, [credit(), credit(line=2, key="b", kind="spent", minor=-500,
                                          balance_minor=0)]),
        (coupons, [coupon(most_uses=1, uses=1), coupon(key="HI", uses=99)]),
    ],
)  # fmt: skip
async def test_what_happens_is_written(
    shop: Storage, table: Table, rows: list[dict[str, Any]]
) -> None:
    assert not await refused(shop, table, *rows)


async def test_a_parcel_has_one_packer_and_a_packer_one_parcel(shop: Storage) -> None:
    parcel = {
        "customer_id": 1, "method": "post", "state": "ready", "state_at": NOON, "currency": "EUR",
    }  # fmt: skip
    assert not await refused(shop, parcels.parcels, parcel, parcel)

    def lease(parcel_id: int, person: str) -> dict[str, Any]:
        return {
            "parcel_id": parcel_id, "platform": "paper", "person": person, "name": person,
            "fence": 1, "taken_at": NOON, "until": NOON,
        }  # fmt: skip

    assert not await refused(shop, parcels.pack_leases, lease(1, "mia"))
    assert await refused(shop, parcels.pack_leases, lease(1, "tom"))
    assert await refused(shop, parcels.pack_leases, lease(2, "mia"))


async def test_no_more_is_packed_than_there_is(shop: Storage) -> None:
    parcel = {
        "customer_id": 1, "method": "post", "state": "ready", "state_at": NOON, "currency": "EUR",
    }  # fmt: skip
    assert not await refused(shop, parcels.parcels, parcel)
    assert not await refused(shop, order_lines, line())
    assert not await refused(
        shop, parcels.parcel_lines, {"parcel_id": 1, "line_id": 1, "units": 2, "packed": 2}
    )
    with pytest.raises(IntegrityError):
        async with shop.write() as tx:
            await tx.run(update(parcels.parcel_lines).values(packed=3))


async def test_nobody_pays_first_unless_marked(shop: Storage) -> None:
    async with shop.read() as tx:
        assert await tx.scalar(sale.customers.select().with_only_columns(
            sale.customers.c.pay_first
        )) is False  # fmt: skip
