"""Whatever people do to orders in whatever order: every sum is that of its parts."""

import os
from collections import Counter
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from handlers.orders.coupons import coupon_key
from handlers.orders.credit import add_credit
from storage.engine import Storage
from storage.order_states import CreditKind
from storage.schema import orders, sale
from storage.schema.parcels import parcel_lines, parcels
from tests.fakes.shop import Shop

SEEDS = range(40 if os.environ.get("ANDON_SOAK") else 2)
ACTS = 45
PEOPLE = ("Ana", "Bob", "Cy")
ITEMS = ("D1 S", "D1 M", "M3", "M4", "D2", "R5", "7")
SETTINGS = {
    "shipping": {"ways": [{"key": "standard", "price": "4.90", "free_from": "150"}]},
    "tax": {"mode": "added", "rates": {"US-OR": "8.875", "*": 7}},
    "orders": {"high_value": "120"},
}
order, line, coupon = orders.orders.c, orders.order_lines.c, orders.coupons.c
PAID = ("paid", "packing", "packed", "handed_off", "delivered")


class Chaos:
    """Does one thing after the other, as its dice fall."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop = shop
        self.dice = Random(seed)
        self.gifts = 0
        self.acts = (
            [self.claim] * 8
            + [self.pay] * 5
            + [self.paid] * 4
            + [self.cancel, self.coupon, self.drop, self.credit, self.units] * 2
            + [self.wait, self.void]
        )

    async def act(self) -> str:
        """Do something, and say what it was."""
        return await self.dice.choice(self.acts)()

    def who(self) -> str:
        return self.dice.choice(PEOPLE)

    async def claim(self) -> str:
        name, text = self.who(), f"claim {self.dice.choice(ITEMS)}{self.dice.choice(['', ' x2'])}"
        await self.shop.says(name, text)
        return f"{name}: {text}"

    async def pay(self) -> str:
        name, button = self.who(), self.dice.choice(["orders.pay:", "orders.pay:"])
        answer = await self.shop.presses(name, button)
        chosen = [one.id for one in answer.buttons if one.id.startswith("orders.pay:")]
        if chosen:
            answer = await self.shop.presses(name, self.dice.choice(chosen))
        return f"{name} pays: {answer.text}"

    async def number(self) -> str:
        return f"S1-{self.dice.randint(1, 6):04d}"

    async def paid(self) -> str:
        text = f"/order paid {await self.number()}{self.dice.choice(['', '', ' 5', ' 500'])}"
        return f"{text}: {await self.shop.command(text, 'Sue', role='support')}"

    async def cancel(self) -> str:
        text = f"/order cancel {await self.number()} so"
        return f"{text}: {await self.shop.command(text, 'Sue', role='support')}"

    async def void(self) -> str:
        text = f"/claim void {self.who()} M3"
        return f"{text}: {await self.shop.command(text)}"

    async def coupon(self) -> str:
        name = self.who()
        text = f"/coupon {self.dice.choice(['TEN', 'FIVER', 'FREE', 'NONE'])}"
        return f"{name} {text}: {await self.shop.command(text, name, role='viewer')}"

    async def drop(self) -> str:
        name, number = self.who(), self.dice.randint(1, 6)
        return f"drops: {(await self.shop.presses(name, f'orders.drop:{number}')).text}"

    async def units(self) -> str:
        name = self.who()
        button = f"orders.units:{self.dice.randint(1, 20)}:{self.dice.choice('01')}"
        return f"{name} {button}: {(await self.shop.presses(name, button)).text}"

    async def credit(self) -> str:
        name = self.who()
        self.gifts += 1
        rows = await self.shop.rows(
            select(sale.identities.c.customer_id).where(sale.identities.c.person == name.lower())
        )
        for row in rows:
            desk = self.shop.andon.dispatcher
            async with self.shop.storage.write() as tx:
                await add_credit(
                    desk._work(tx, desk.snapshot, self.shop.clock.now()),
                    row.customer_id, "USD", self.dice.randint(1, 4_000),
                    kind=CreditKind.GRANTED, key=f"gift:{self.gifts}", who="Sue", why="a gift",
                )  # fmt: skip
        return f"{name} gets credit"

    async def wait(self) -> str:
        await self.shop.passes(seconds=20)
        return "waits"


async def adds_up(shop: Shop, paid: dict[int, tuple[Any, ...]]) -> None:
    """Every rule about sums, over all rows; `paid` are orders as they were when they were paid."""
    rows = await shop.rows(select(orders.orders))
    hold = sale.holds.c
    lines = await shop.rows(
        select(orders.order_lines, hold.quantity.label("held"), hold.state.label("hold")).join(
            sale.holds, hold.id == line.hold_id
        )
    )
    for one in lines:
        if one.ended_at is None and one.hold in ("held", "paid"):
            assert one.quantity == one.held
    for row in rows:
        mine = [one for one in lines if one.order_id == row.id and one.ended_at is None]
        if row.priced_at is not None and row.state in ("awaiting_payment", *PAID):
            taxed = sum(one.tax_added_minor for one in mine)
            shipping_tax = row.tax_added_minor - taxed
            assert shipping_tax >= 0
            assert row.total_minor == (
                sum(one.total_minor for one in mine) + row.shipping_minor + shipping_tax
            )
            assert row.goods_minor == sum(one.quantity * one.unit_minor for one in mine)
            assert row.discount_minor == sum(one.discount_minor for one in mine)
        if row.state in PAID:
            assert row.credit_minor + row.received_minor >= row.total_minor
            now = (row.total_minor, row.goods_minor, row.shipping_minor, len(mine))
            assert paid.setdefault(row.id, now) == now
        if row.state in ("open", "cancelled", "expired"):
            assert row.credit_minor == 0
    await _ledger_adds_up(shop, rows)
    await _parcels_add_up(shop, rows)
    for row in await shop.rows(select(orders.coupons)):
        (used,) = await shop.rows(
            select(func.count()).where(orders.coupon_uses.c.coupon_id == row.id)
        )
        assert row.uses == used[0]


async def _ledger_adds_up(shop: Shop, rows: Any) -> None:
    sums: Counter[int] = Counter()
    spent: Counter[int] = Counter()
    for entry in await shop.rows(select(orders.credit_ledger).order_by(orders.credit_ledger.c.id)):
        sums[entry.customer_id] += entry.minor
        assert entry.balance_minor == sums[entry.customer_id] >= 0
        if entry.order_id is not None:
            spent[entry.order_id] -= entry.minor
    assert {row.id: row.credit_minor for row in rows if row.credit_minor} == {
        order_id: minor for order_id, minor in spent.items() if minor
    }


async def _parcels_add_up(shop: Shop, rows: Any) -> None:
    inside = await shop.rows(
        select(parcel_lines, line.order_id, line.quantity)
        .join(orders.order_lines, line.id == parcel_lines.c.line_id)
    )  # fmt: skip
    assert all(one.units == one.quantity for one in inside)
    for parcel in await shop.rows(select(parcels)):
        carried = {one.order_id for one in inside if one.parcel_id == parcel.id}
        assert parcel.shipping_minor == sum(row.shipping_minor for row in rows if row.id in carried)
        # One that was emptied by a cancellation carries nobody's.
        assert len({row.customer_id for row in rows if row.id in carried}) <= 1
    carried = {one.order_id for one in inside}
    assert carried == {row.id for row in rows if row.state in PAID}


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_sum_is_that_of_its_parts(storage: Storage, seed: int) -> None:
    async with Shop(storage, settings=SETTINGS) as shop:
        async with storage.write() as tx:
            await tx.insert(
                orders.coupons,
                [
                    {"key": coupon_key(code), "code": code, "kind": kind, "value": value,
                     "currency": "USD", "items": [], "most_uses": 2, "combines": True}
                    for code, kind, value in (("TEN", "percent", 100_000),
                        ("FIVER", "amount", 500), ("FREE", "free_shipping", 0))
                ],
            )  # fmt: skip
        await shop.show()
        for name in PEOPLE:
            await shop.says(name, "claim 7")
            home = f"{name} Doe; {len(name)} Main St; Portland, OR 97201; US"
            await shop.command(f"/address {home}", name, role="viewer")
        paid: dict[int, tuple[Any, ...]] = {}
        chaos, done = Chaos(shop, seed), list[str]()
        for _ in range(ACTS):
            done.append(await chaos.act())
            try:
                await adds_up(shop, paid)
            except AssertionError as error:
                raise AssertionError("\n".join(done[-8:])) from error
        assert paid
