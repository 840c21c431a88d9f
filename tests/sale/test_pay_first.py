"""Who pays first: whatever they did before the mark, and whatever comes in between."""

import os
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from storage.engine import Storage
from storage.schema import orders, sale, traffic
from tests.fakes.paying import PayingShop
from tests.fakes.shop import Shop

claim, hold, line = sale.claims.c, sale.holds.c, orders.order_lines.c


async def marks(shop: Shop, name: str, switch: str = "on") -> str:
    return await shop.command(f"/customer payfirst {name} {switch}", "Sue", role="support")


async def wishes(shop: Shop) -> list[tuple[str, int, str]]:
    rows = await shop.rows(
        select(claim.code, claim.quantity, claim.state)
        .where(claim.rule == "pay_first")
        .order_by(claim.id)
    )
    return [tuple(row) for row in rows]


async def test_a_place_in_line_from_before_the_mark_holds_nothing(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        for name in ("Bea", "Ana", "Cy"):
            await shop.says(name, "claim R5")
        await marks(shop, "Ana")
        shop.heard()
        await shop.command("/claim void Bea R5")
        # Ana's turn came, and she is told alone; the unit is Cy's, who was next.
        assert await wishes(shop) == [("R5", 1, "entered")]
        said = "\n".join(shop.heard())
        assert "@Ana: there is a word for you alone in My cart" in said
        holders = await shop.rows(
            select(sale.identities.c.name)
            .join(sale.holds, hold.customer_id == sale.identities.c.customer_id)
            .where(hold.state == "held")
        )
        assert [row.name for row in holders] == ["Cy"]
        cart = await shop.command("/cart", "Ana", role="viewer")
        assert "R5: yours as soon as it is paid" in cart
        numbers = await shop.numbers("R5")
        assert (numbers.held, numbers.on_hand) == (1, 1)


async def test_an_edit_to_another_item_ends_the_earlier_wish(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "hello")
        await marks(shop, "Ana")
        key = await shop.says("Ana", "claim M3")
        await shop.command("/cart", "Ana", role="viewer")
        await shop.edits(key, "claim D2", "Ana")
        assert await wishes(shop) == [("M3", 1, "void"), ("D2", 1, "entered")]
        await shop.command("/cart", "Ana", role="viewer")
        living = await shop.rows(select(line.code).where(line.ended_at.is_(None)))
        assert [row.code for row in living] == ["D2"]


async def test_a_wish_lapses_though_nobody_looks(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "hello")
        await marks(shop, "Ana")
        await shop.writes("Ana", "yes")
        await shop.says("Ana", "claim M3")
        await shop.command("/cart", "Ana", role="viewer")
        await shop.command("/show end")
        await shop.passes(hours=23)
        assert await wishes(shop) == [("M3", 1, "entered")]
        await shop.passes(hours=2)
        assert await wishes(shop) == [("M3", 1, "void")]
        (order,) = await shop.rows(select(orders.orders.c.state))
        assert order.state == "expired"
        assert "M3 was not paid in time and is out of your cart" in shop.direct("Ana")[-1]


async def test_paid_by_mistake_sets_nothing_aside_and_asks_nobody(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "hello")
        await marks(shop, "Ana")
        for text in ("claim R5", "claim D2"):
            await shop.says("Ana", text)
        await shop.command("/cart", "Ana", role="viewer")
        await shop.says("Bea", "claim R5")
        await shop.command("/order paid S1-0001", "Sue", role="support")
        exception = traffic.exceptions.c
        short = select(exception.state).where(exception.kind == "order_stock_short")
        assert [row.state for row in await shop.rows(short)] == ["open"]
        assert (await shop.numbers("D2")).held == 1
        undone = await shop.command("/undo", "Sue", role="support")
        assert undone.startswith("S1-0001 waits for its payment again")
        assert [row.state for row in await shop.rows(short)] == ["resolved"]
        assert (await shop.numbers("D2")).held == 0
        assert await wishes(shop) == [("R5", 1, "entered"), ("D2", 1, "entered")]
        await shop.command("/order paid S1-0001", "Sue", role="support")
        assert (await shop.numbers("D2")).held == 1


# --- whatever happens -----------------------------------------------------------------------------

SEEDS = range(40 if os.environ.get("ANDON_SOAK") else 1)
ACTS = 40
PEOPLE = ("Ana", "Bea", "Cy", "Dee")
ITEMS = ("R5", "D2", "M3")


class Evening:
    """Does one thing after the other, as its dice fall; knows every cent that was taken."""

    def __init__(self, shop: PayingShop, seed: int) -> None:
        self.shop = shop
        self.dice = Random(seed)
        self.keys: list[tuple[str, str]] = []
        self.pages: list[str] = []
        self.late: list[Any] = []
        self.acts = (
            [self.claim] * 7 + [self.mark, self.edit, self.release, self.void] * 2
            + [self.asks_page] * 5 + [self.pay] * 4 + [self.told] * 3 + [self.wait] * 2
        )  # fmt: skip

    async def act(self) -> str:
        return f"{await self.dice.choice(self.acts)()}"

    def who(self) -> str:
        return self.dice.choice(PEOPLE)

    async def claim(self) -> str:
        name, text = self.who(), f"claim {self.dice.choice(ITEMS)}{self.dice.choice(['', ' x2'])}"
        self.keys.append((name, await self.shop.says(name, text)))
        return f"{name}: {text}"

    async def mark(self) -> str:
        name, switch = self.who(), self.dice.choice(("on", "on", "off"))
        await marks(self.shop, name, switch)
        return f"{name} pays first: {switch}"

    async def edit(self) -> str:
        if not self.keys:
            return "nothing to edit"
        (name, key), text = self.dice.choice(self.keys), f"claim {self.dice.choice(ITEMS)}"
        await self.shop.edits(key, text, name)
        return f"{name} edits: {text}"

    async def release(self) -> str:
        name, item = self.who(), self.dice.choice(ITEMS)
        await self.shop.says(name, f"unclaim {item}")
        await self.shop.passes(seconds=16)
        return f"{name} lets {item} go"

    async def void(self) -> str:
        return await self.shop.command(f"/claim void {self.who()} {self.dice.choice(ITEMS)}")

    async def asks_page(self) -> str:
        name = self.who()
        await self.shop.command("/cart", name, role="viewer")
        rows = await self.shop.rows(
            select(orders.orders.c.id)
            .join(sale.identities, sale.identities.c.customer_id == orders.orders.c.customer_id)
            .where(sale.identities.c.person == name.lower())
        )
        if not rows:
            return f"{name} has nothing to pay"
        await self.shop.pays(name)
        await self.shop.errands()
        for page in await self.shop.payments(name):
            if page.reference and page.reference not in self.pages:
                self.pages.append(page.reference)
        return f"{name} asks for a page"

    async def pay(self) -> str:
        if not self.opened():
            await self.asks_page()
        if not self.opened():
            return "no page to pay"
        page = self.dice.choice(self.opened())
        self.late.append(self.shop.stripe.pay(page))
        return f"{page} is paid"

    def opened(self) -> list[str]:
        return [one for one in self.pages if self.shop.stripe.sessions[one]["status"] == "open"]

    async def told(self) -> str:
        if self.late:
            await self.shop.stripe_tells(self.late.pop(self.dice.randrange(len(self.late))))
        return "a webhook comes"

    async def wait(self) -> str:
        await self.shop.ticks(self.dice.choice((20, 400, 4_000)))
        return "time passes"

    async def ends(self) -> None:
        """Every webhook has come, and every cart was over long ago."""
        while self.late:
            await self.told()
        await self.shop.command("/show end")
        await self.shop.ticks(30 * 3_600)
        await self.shop.ticks(3_600)

    def taken(self) -> int:
        """Every cent that customers have paid."""
        sessions = self.shop.stripe.sessions.values()
        return sum(one["amount_total"] for one in sessions if one["payment_status"] == "paid")


async def never_oversold(shop: Shop) -> None:
    set_aside = {
        row.variant_id: row.units
        for row in await shop.rows(
            select(hold.variant_id, func.sum(hold.quantity).label("units"))
            .where(hold.state.in_(("held", "paid")))
            .group_by(hold.variant_id)
        )
    }
    for row in await shop.rows(select(sale.variants)):
        assert set_aside.get(row.id, 0) == row.reserved <= row.on_hand


async def every_cent_is_somewhere(shop: Shop, taken: int) -> None:
    """In an order that is paid and has its units, or in one that a person is to decide about."""
    payments = await shop.rows(select(orders.payments))
    rows = await shop.rows(select(orders.orders))
    refunded = sum(one.refunded_minor for one in payments)
    assert sum(one.received_minor for one in payments) == taken
    assert sum(one.received_minor for one in rows) == taken - refunded
    exception = traffic.exceptions.c
    asked = {
        row.subject
        for row in await shop.rows(select(exception.subject).where(exception.state != "resolved"))
    }
    lines = await shop.rows(
        select(orders.order_lines, hold.state.label("hold"))
        .join(sale.holds, hold.id == line.hold_id, isouter=True)
        .where(line.ended_at.is_(None))
    )
    for row in rows:
        mine = [one for one in lines if one.order_id == row.id]
        whole = row.state == "paid" and all(one.hold == "paid" for one in mine)
        exact = row.received_minor == row.total_minor
        if row.received_minor and not (whole and exact):
            assert f"S{row.show_id}-{row.serial:04d}" in asked, (row, mine)


@pytest.mark.parametrize("seed", SEEDS)
async def test_nothing_is_oversold_and_no_cent_is_lost(storage: Storage, seed: int) -> None:
    async with PayingShop(storage) as shop:
        await shop.command("/item hold D2 60")
        await shop.show()
        for name in PEOPLE:
            await shop.says(name, "hello")
        await marks(shop, "Ana")
        evening, done = Evening(shop, seed), list[str]()
        for _ in range(ACTS):
            done.append(await evening.act())
            try:
                await never_oversold(shop)
            except AssertionError as error:
                raise AssertionError("\n".join(done[-8:])) from error
        await evening.ends()
        await never_oversold(shop)
        await every_cent_is_somewhere(shop, evening.taken())
        assert evening.taken()
