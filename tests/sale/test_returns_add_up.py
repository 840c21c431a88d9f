"""Parts of a return, in any order: money, stock and states add up, whatever happens to them."""

import os
from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from handlers.orders.coupons import coupon_key
from handlers.returns.policy import Wish
from handlers.returns.states import Refused, ReturnState, move
from storage.engine import Storage
from storage.order_states import CreditKind, DiscountKind
from storage.schema import orders, sale
from storage.schema.returns import reimbursements, return_events, return_units
from tests.fakes.returning import ReturningShop

SEEDS = range(20 if "ANDON_SOAK" in os.environ else 1)
SKUS = ("D1-M", "D1-M", "M3", "M3", "OTTER")


async def prepare(shop: ReturningShop) -> Any:
    """Ana has store credit and a coupon, and buys five units of three kinds."""
    await shop.show()
    await shop.says("Ana", "claim M3 x2")
    customer = (await shop.order("Ana")).customer_id
    async with shop.storage.write() as tx:
        line = {"customer_id": customer, "currency": "USD", "line": 1, "kind": CreditKind.GRANTED}
        sums = {"minor": 1111, "balance_minor": 1111, "key": "start", "who": "", "why": ""}
        await tx.run(insert(orders.credit_ledger).values(**line, **sums, at=shop.clock.now()))
        coupon = {
            "key": coupon_key("TENTH"),
            "code": "TENTH",
            "kind": DiscountKind.PERCENT,
            "value": 130_000,
        }
        await tx.run(insert(orders.coupons).values(**coupon, items=[]))
    await shop.says("Ana", "claim D1 M x2")
    await shop.says("Ana", "claim 7")
    assert "TENTH" in await shop.command("/coupon TENTH", "Ana", role="viewer")
    await shop.buys("Ana", by="stripe")
    return await shop.order("Ana")


def parts(random: Random) -> list[tuple[str, int, int]]:
    """Each unit in one part: SKU, the number of the first unit, and how many."""
    cut: list[tuple[str, int, int]] = []
    for sku in dict.fromkeys(SKUS):
        first, left = 0, SKUS.count(sku)
        while left:
            units = random.randint(1, left)
            cut.append((sku, first, units))
            first, left = first + units, left - units
    random.shuffle(cut)
    return cut


async def stock_adds_up(shop: ReturningShop, before: dict[str, int]) -> None:
    """What is on hand is what was there and what came back; what is reserved is held or paid."""
    back = select(func.count()).where(
        return_units.c.line_id == orders.order_lines.c.id, return_units.c.restocked_at.is_not(None)
    )
    held = select(func.coalesce(func.sum(sale.holds.c.quantity), 0)).where(
        sale.holds.c.variant_id == sale.variants.c.id, sale.holds.c.state.in_(("held", "paid"))
    )
    lines = select(func.coalesce(func.sum(back.scalar_subquery()), 0)).where(
        orders.order_lines.c.variant_id == sale.variants.c.id
    )
    for row in await shop.rows(
        select(
            sale.variants.c.sku,
            sale.variants.c.on_hand,
            sale.variants.c.reserved,
            lines.scalar_subquery().label("back"),
            held.scalar_subquery().label("held"),
        )
    ):
        assert row.on_hand == before[row.sku] + row.back
        assert row.reserved == row.held


async def states_moved_as_drawn(shop: ReturningShop) -> None:
    """Each line of each history follows the one before it."""
    event = return_events.c
    logs: dict[int, list[ReturnState]] = {}
    for row in await shop.rows(select(return_events).order_by(event.return_id, event.id)):
        logs.setdefault(row.return_id, []).append(ReturnState(row.state))
    for states in logs.values():
        for was, now in pairwise(states):
            assert was is now or not isinstance(move(was, now), Refused)


async def sent_back(shop: ReturningShop) -> tuple[int, int]:
    """The money and the store credit of all that was given."""
    rows: Sequence[Any] = await shop.rows(select(reimbursements))
    return sum(row.money_minor for row in rows), sum(row.credit_minor for row in rows)


@pytest.mark.parametrize("seed", SEEDS)
async def test_parts_in_any_order_add_up(storage: Storage, seed: int) -> None:
    random = Random(seed)
    async with ReturningShop(storage) as shop:
        order = await prepare(shop)
        before = {row.sku: row.on_hand for row in await shop.rows(select(sale.variants))}
        received = 0
        for sku, first, units in parts(random):
            number = await shop.asks("Ana", sku, units=units, first=first, order=order)
            await shop.returns(f"approve {number}")
            for unit in random.sample(range(1, units + 1), units):
                await shop.returns(f"receive {number} {unit}")
                await shop.returns(f"inspect {number} {unit} {random.choice('abcd')}")
                received += 4800 if sku == "D1-M" else 1800 if sku == "M3" else 2100
                if random.random() < 0.6:
                    await shop.returns(f"pay {number}")
                assert sum(await sent_back(shop)) <= received
            await shop.returns(f"pay {number}")
            await shop.errands()
            assert (await shop.stands(number)).state == "closed"
            await stock_adds_up(shop, before)
        assert await sent_back(shop) == (order.received_minor, order.credit_minor)
        assert sum(one["amount"] for one in shop.stripe.refunds) == order.received_minor
        assert await shop.credit("Ana") == 1111
        await states_moved_as_drawn(shop)


async def test_all_at_once_is_the_same(sqlite: Storage) -> None:
    async with ReturningShop(sqlite) as shop:
        order = await prepare(shop)
        assert (order.credit_minor, order.discount_minor) == (1111, 1989)
        for sku in dict.fromkeys(SKUS):
            number = await shop.asks(
                "Ana", sku, units=SKUS.count(sku), order=order, wish=Wish.REFUND
            )
            await shop.returns(f"approve {number}")
            await shop.returns(f"receive {number}")
            await shop.returns(f"inspect {number} all a")
            await shop.returns(f"pay {number}")
        await shop.errands()
        assert await sent_back(shop) == (order.received_minor, order.credit_minor)


async def test_money_that_went_back_by_hand_is_not_there_again(sqlite: Storage) -> None:
    async with ReturningShop(sqlite) as shop:
        await shop.show()
        await shop.buys("Ana", "claim M3 x2", by="stripe")
        await shop.refunds("Ana", 2000, "kindness")
        await shop.errands()
        number = await shop.asks("Ana", "M3", units=2)
        await shop.returns(f"approve {number}")
        await shop.returns(f"receive {number}")
        assert "Not paid, so not refunded: -$20.00" in await shop.returns(f"inspect {number} all a")
        await shop.returns(f"pay {number}")
        await shop.errands()
        assert [one["amount"] for one in shop.stripe.refunds] == [2000, 1600]
