"""What the team knows of customers: history, notes, tags; who pays first, and who may not claim."""

from typing import Any

from sqlalchemy import func, select

from storage.engine import Storage
from storage.schema import customers, orders, sale, traffic
from storage.sealing import new_key
from tests.fakes.shop import Shop

HOME = "Ana Silva; 12 Main St; Portland, OR 97201; US; ana@example.org"
order, line = orders.orders.c, orders.order_lines.c


async def sue(shop: Shop, line: str, role: str = "support") -> str:
    return await shop.command(line, "Sue", role=role)


async def pays(shop: Shop, name: str) -> str:
    """Somebody checks out by transfer; returns what they are told."""
    await shop.command(f"/address {HOME}", name, role="viewer")
    return (await shop.presses(name, "orders.pay:")).text


async def the_orders(shop: Shop) -> list[Any]:
    return list(await shop.rows(select(orders.orders).order_by(order.id)))


async def test_a_customer_as_support_sees_them(storage: Storage) -> None:
    key = new_key()
    async with Shop(storage, settings={"privacy": {"keys": [key]}}) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x2")
        await pays(shop, "Ana")
        await sue(shop, "/order paid S1-0001")
        assert await sue(shop, "/customer note Ana Asks for a gift receipt") == (
            "Noted about Ana, for the team alone."
        )
        assert "tagged regular" in await sue(shop, "/customer tag Ana regular")
        said = await sue(shop, "/customer show Ana")
        assert said.splitlines()[:3] == [
            "👤 Ana (Paper) [regular]",
            "1 order paid, $36.00 in all",
            "• S1-0001: paid, $36.00",
        ]
        assert "Sue: Asks for a gift receipt" in said
        assert "12 Main St" in said
        # A producer sees no address; each look is in the audit, without what was seen.
        assert "12 Main St" not in await sue(shop, "/customer show Ana", "producer")
        audit = traffic.audit.c
        looks = await shop.rows(select(traffic.audit).where(audit.action.like("customer.%")))
        assert [row.action for row in looks][-3:] == [
            "customer.show",
            "customer.address",
            "customer.show",
        ]
        assert "Main" not in str(looks)
        assert "gift" not in str(await shop.rows(select(customers.customer_notes)))
        assert "not tagged regular" in await sue(shop, "/customer tag Ana regular")


async def test_one_who_is_blocked_claims_nothing_and_hears_so_alone(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        assert "The 1 held already stay" in await sue(
            shop, "/customer block Ana returns everything"
        )
        shop.heard()
        await shop.says("Ana", "claim D1 M")
        await shop.says("Ana", "claim D2")
        assert shop.heard() == ["💌 @Ana: there is a word for you alone in My cart"]
        cart = await shop.command("/cart", "Ana", role="viewer")
        assert "You cannot claim at the moment" in cart
        assert "M3" in cart
        assert "you cannot claim at the moment" in await shop.command(
            "/why D1", "Ana", role="viewer"
        )
        assert (await shop.numbers("D1-M")).held == 0
        assert (await shop.numbers("M3")).held == 1
        assert "can claim again" in await sue(shop, "/undo")
        await shop.says("Ana", "claim D1 M")
        assert (await shop.numbers("D1-M")).held == 1


async def test_who_pays_first_holds_nothing_and_gets_it_once_it_is_paid(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim D2")
        await sue(shop, "/customer payfirst Ana on")
        shop.heard()
        await shop.says("Ana", "claim R5")
        assert shop.heard() == ["💌 @Ana: there is a word for you alone in My cart"]
        assert (await shop.numbers("R5")).held == 0
        cart = await shop.presses("Ana", "claims.mine:cart")
        assert "R5: yours as soon as it is paid; nothing is set aside before" in cart.text
        assert "To pay" in cart.text or "Held" in cart.text
        await pays(shop, "Ana")
        (one,) = await the_orders(shop)
        assert (one.state, one.total_minor) == ("awaiting_payment", 4200 + 6400)
        await sue(shop, "/order paid S1-0001")
        ring = await shop.numbers("R5")
        assert (ring.on_hand, ring.held) == (1, 1)
        (one,) = await the_orders(shop)
        assert (one.state, one.under_review) == ("paid", False)
        holds = await shop.rows(select(sale.holds.c.state))
        assert [row.state for row in holds] == ["paid", "paid"]
        # The limit counts what was bought.
        await shop.says("Ana", "claim R5")
        assert (await shop.numbers("R5")).held == 1


async def test_what_went_to_somebody_else_is_no_lost_money(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "hello")
        await sue(shop, "/customer payfirst Ana on")
        await shop.says("Ana", "claim R5")
        await shop.command("/cart", "Ana", role="viewer")
        await pays(shop, "Ana")
        await shop.says("Bea", "claim R5")
        assert (await shop.numbers("R5")).held == 1
        await sue(shop, "/order paid S1-0001")
        ring = await shop.numbers("R5")
        assert (ring.on_hand, ring.held, ring.short) == (1, 1, 0)
        exception = traffic.exceptions.c
        short = await shop.rows(
            select(exception.subject).where(exception.kind == "order_stock_short")
        )
        assert [row.subject for row in short] == ["S1-0001"]
        (mine, _) = await the_orders(shop)
        assert (mine.state, mine.received_minor, mine.under_review) == ("paid", 6400, True)


async def test_what_is_to_be_paid_first_can_be_let_go_and_ends_by_itself(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "hello")
        await sue(shop, "/customer payfirst Ana on")
        await shop.says("Ana", "claim M3 x2")
        await shop.says("Ana", "claim D2")
        await shop.command("/cart", "Ana", role="viewer")
        await shop.says("Ana", "unclaim M3")
        await shop.passes(seconds=20)
        cart = await shop.command("/cart", "Ana", role="viewer")
        assert "M3" not in cart
        assert "D2" in cart
        lines = await shop.rows(select(line.code).where(line.ended_at.is_(None)))
        assert [row.code for row in lines] == ["D2"]
        await shop.command("/show end")
        await shop.passes(hours=25)
        assert "D2" not in await shop.command("/cart", "Ana", role="viewer")
        (one,) = await the_orders(shop)
        assert one.state == "expired"


async def test_what_is_gone_is_put_in_no_cart(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Bea", "claim R5")
        await shop.says("Ana", "hello")
        await sue(shop, "/customer payfirst Ana on")
        await shop.says("Ana", "claim R5")
        waiting = await shop.rows(select(func.count()).select_from(sale.waitlist))
        assert waiting[0][0] == 0
        assert "R5" not in await shop.command("/cart", "Ana", role="viewer")
