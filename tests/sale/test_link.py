"""One person on two sides: a code joins what they have, once, and both sides confirm."""

import asyncio
import re
from datetime import timedelta

from sqlalchemy import func, select

from bot.app import Andon
from bot.settings import load_settings
from handlers.customers.joining import _THEIRS
from handlers.messages import Press
from handlers.orders.credit import add_credit
from storage.engine import Storage, open_storage
from storage.order_states import CreditKind
from storage.schema import customers, metadata, orders, sale, support, traffic
from tests.fakes.shop import STREAM, Paper, Shop

people, order, line = sale.identities.c, orders.orders.c, orders.order_lines.c


async def code_of(shop: Shop, name: str) -> str:
    said = await shop.command("/link", name, role="viewer")
    found = re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}", said)
    assert found is not None, said
    return found[0]


async def types(shop: Shop, name: str, code: str) -> str:
    return await shop.command(f"/link {code}", name, role="viewer")


async def joins(shop: Shop, name: str, other: str) -> str:
    await types(shop, other, await code_of(shop, name))
    asked = await shop.presses(name, "I typed it there")
    assert f"{other} on Paper typed your code" in asked.text
    assert "can not be undone" in asked.text
    return (await shop.presses(name, "Join for good")).text


async def customers_of(shop: Shop, *names: str) -> list[int]:
    rows = await shop.rows(
        select(people.person, people.customer_id).where(
            people.person.in_([one.lower() for one in names])
        )
    )
    return [row.customer_id for row in rows]


async def gives_credit(shop: Shop, name: str, minor: int) -> None:
    (customer_id,) = await customers_of(shop, name)
    async with shop.storage.write() as tx:
        work = shop.andon.dispatcher._work(tx, shop.andon.dispatcher.snapshot, shop.clock.now())
        await add_credit(
            work,
            customer_id,
            "USD",
            minor,
            kind=CreditKind.GRANTED,
            key=f"test:{name}:{minor}",
            who="Sue",
            why="",
        )


async def test_what_two_have_becomes_one(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1 M")
        await shop.says("AnaTwo", "claim M3 x2")
        await shop.command(
            "/address Ana Silva; 12 Main St; 10115 Berlin; DE", "AnaTwo", role="viewer"
        )
        for name, minor in (("Ana", 300), ("AnaTwo", 500), ("Ana", 40)):
            await gives_credit(shop, name, minor)
        assert await joins(shop, "Ana", "AnaTwo") == (
            "Done: it is all yours here and there. What was open is one order now: S1-0001."
        )
        (both,) = set(await customers_of(shop, "Ana", "AnaTwo"))
        states = await shop.rows(select(order.serial, order.state).order_by(order.serial))
        assert [tuple(row) for row in states] == [(1, "open"), (2, "cancelled")]
        inside = await shop.rows(select(line.code, order.customer_id).join(orders.orders))
        assert sorted(tuple(row) for row in inside) == [("D1", both), ("M3", both)]
        ledger = orders.credit_ledger.c
        lines = await shop.rows(select(ledger.line, ledger.balance_minor).order_by(ledger.line))
        assert [tuple(row) for row in lines] == [(1, 300), (2, 340), (3, 840)]
        cart = await shop.command("/cart", "AnaTwo", role="viewer")
        assert cart == await shop.command("/cart", "Ana", role="viewer")
        assert "D1 / M" in cart
        assert "M3 ×2" in cart
        assert "Berlin" in cart
        # The limit of two each counts for both of them now.
        await shop.says("AnaTwo", "claim D1 S x2")
        held = await shop.rows(
            select(func.sum(sale.holds.c.quantity)).where(sale.holds.c.customer_id == both)
        )
        assert held[0][0] == 4
        # Nothing is left at the one who is no more, nor comes there later.
        await shop.passes(minutes=2)
        for table in (sale.claims, sale.holds, orders.orders, orders.credit_ledger):
            assert {row.customer_id for row in await shop.rows(select(table))} == {both}


async def test_a_code_works_once_and_only_for_who_confirms_it(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        code = await code_of(shop, "Ana")
        assert (
            "Nobody has typed your code yet" in (await shop.presses("Ana", "I typed it there")).text
        )
        kept = await shop.rows(select(customers.customer_links.c.code_hash))
        assert code.replace("-", "") not in str(kept)
        assert "one customer already" in await types(shop, "Ana", code)
        assert "Nearly done" in await types(shop, "Mallory", code.lower().replace("-", " "))
        assert "no code I know" in await types(shop, "Eve", code)
        # Whoever typed it cannot confirm it, and nothing is joined before that.
        button = shop._find("I typed it there")
        stolen = button.replace("link.confirm", "link.unite")
        assert "is over" in (await shop.presses_id("Mallory", stolen)).text
        assert len(set(await customers_of(shop, "Ana", "Mallory"))) == 2
        await shop.presses("Ana", "I typed it there")
        assert "nothing was joined" in (await shop.presses("Ana", "That is not me")).text
        assert "is over" in (await shop.presses_id("Ana", stolen)).text
        late = await code_of(shop, "Ana")
        await shop.passes(minutes=11)
        assert "no code I know" in await types(shop, "Bea", late)


async def test_who_guesses_is_stopped(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        code = await code_of(shop, "Ana")
        for _ in range(5):
            assert "no code I know" in await types(shop, "Mallory", "AAAA-AAAA")
        assert "too many wrong codes" in await types(shop, "Mallory", code)
        await shop.passes(minutes=11)
        assert "Nearly done" in await types(shop, "Mallory", await code_of(shop, "Ana"))


async def test_both_sides_confirm_in_two_processes_while_they_claim(
    storage: Storage, database_url: str
) -> None:
    async with Shop(storage) as shop, open_storage(database_url) as second:
        await shop.show()
        for name in ("Ana", "Bea"):
            await shop.says(name, "claim M3")
        await types(shop, "Bea", await code_of(shop, "Ana"))
        await shop.presses("Ana", "I typed it there")
        settings = load_settings(environ={}, sale={"claimable": "listed"})
        other = Andon(settings, second, [Paper()], clock=shop.clock)
        await other.dispatcher.refresh()
        button = shop._find("Join for good")

        def press(key: str) -> Press:
            return Press(
                key=key,
                person=shop.person("Ana"),
                channel=STREAM,
                sent_at=shop.clock.now(),
                button=button,
                reply_to=key,
            )

        await asyncio.gather(
            shop.andon.intake.act(press("ana:a")),
            other.intake.act(press("ana:b")),
            shop.say_together(("Ana", "claim D2"), ("Bea", "claim 7"), ("Ana", "claim M4")),
        )
        await shop.passes(minutes=2)
        (both,) = set(await customers_of(shop, "Ana", "Bea"))
        for table in (sale.claims, sale.holds, orders.orders):
            assert {row.customer_id for row in await shop.rows(select(table))} == {both}
        audit = traffic.audit.c
        joined = await shop.rows(select(audit.id).where(audit.action == "customer.join"))
        assert len(joined) == 1
        opened = await shop.rows(select(order.id).where(order.state == "open"))
        assert len(opened) == 1
        assert len(await shop.rows(select(line.id).where(line.order_id == opened[0].id))) == 5


async def test_of_two_conversations_one_goes_on(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.writes("Ana", "My parcel came but the bag inside smells of smoke")
        await shop.passes(minutes=10)
        await shop.writes("AnaTwo", "And who do I ask about an invoice for my company")
        await shop.presses("Maya Lind", "support.take:2", role="support")
        await joins(shop, "Ana", "AnaTwo")
        (both,) = set(await customers_of(shop, "Ana", "AnaTwo"))
        thread = support.support_threads.c
        first, second = await shop.rows(select(support.support_threads).order_by(thread.id))
        assert (first.customer_id, second.customer_id) == (both, both)
        assert first.closed_at is None
        assert second.closed_at is not None
        # The earlier deadline holds, whoever had it has it, and they are answered where they are.
        assert first.answer_due == first.opened_at + timedelta(minutes=60)
        assert (first.taken_by, first.person) == ("Maya Lind", "anatwo")
        cards = {post.text for post in shop.paper.posts if post.kind == "support.card"}
        assert any("closed (goes on in 1: the same customer)" in text for text in cards)
        assert any("💬 2 · closed · /support show 2" in text for text in cards)
        old = await shop.command("/support show 2", "Maya Lind", role="support")
        assert "an invoice for my company" in old
        await shop.passes(minutes=3)
        assert await shop.writes("Ana", "yes both of these please") == "✓ Passed on to Maya."
        await shop.command("/reply 1 I see to it", "Maya Lind", role="support")
        assert shop.direct("Ana")[-1] == "I see to it\n— Maya"
        assert len(await shop.rows(select(thread.id))) == 2


def test_whatever_names_a_customer_is_moved_or_left_on_purpose() -> None:
    moved = {table.name for table in _THEIRS}
    by_itself = {"support_threads", "customer_tags", "credit_ledger"}
    named = {table.name for table in metadata.sorted_tables if "customer_id" in table.c}
    assert named == moved | by_itself


async def test_both_sides_claim_into_one_cart_under_one_limit(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        for name in ("Ana", "AnaTwo"):
            await shop.says(name, "hello")
        await joins(shop, "Ana", "AnaTwo")
        # Of D1 each customer may have two: they come in one batch, from both sides.
        await shop.say_together(
            ("AnaTwo", "claim D1 M"), ("Ana", "claim D1 S"), ("AnaTwo", "claim D1 L"),
            ("Ana", "claim M3"), ("AnaTwo", "claim M3 x2"),
        )  # fmt: skip
        (mine,) = await shop.rows(select(orders.orders))
        inside = await shop.rows(
            select(line.sku, func.sum(line.quantity).label("units"))
            .where(line.order_id == mine.id, line.ended_at.is_(None))
            .group_by(line.sku)
            .order_by(line.sku)
        )
        assert [tuple(row) for row in inside] == [("D1-M", 1), ("D1-S", 1), ("M3", 2)]
        assert (await shop.numbers("D1-L")).held == 0
        carts = {await shop.command("/cart", name, role="viewer") for name in ("Ana", "AnaTwo")}
        assert len(carts) == 1
