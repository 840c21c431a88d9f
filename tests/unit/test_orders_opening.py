"""Orders open with the first hold and keep step with what is held, whatever happens to it."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select, update

from handlers.capability import Capability, Follower
from handlers.events import Event, ItemStaged
from handlers.orders.numbers import OrderNumber
from handlers.orders.opening import keep_in_step
from handlers.work import Work
from storage.engine import Storage
from storage.schema import orders, sale
from tests.fakes.shop import Shop

order, line = orders.orders.c, orders.order_lines.c


async def carts(shop: Shop) -> dict[str, tuple[str, list[str]]]:
    """Each order by its number: its state, and what is still in it."""
    found = await shop.rows(select(orders.orders).order_by(order.show_id, order.serial))
    lines = await shop.rows(select(orders.order_lines).order_by(line.id))
    return {
        str(OrderNumber(one.show_id, one.serial)): (
            one.state,
            [
                f"{part.quantity} {part.sku} {part.unit_minor}"
                for part in lines
                if part.order_id == one.id and part.ended_at is None
            ],
        )
        for one in found
    }


async def events(shop: Shop) -> Sequence[Any]:
    return await shop.rows(select(orders.order_events).order_by(orders.order_events.c.id))


async def move(storage: Storage, serial: int, state: str) -> None:
    """What checkout and payment will do."""
    async with storage.write() as tx:
        amounts = dict.fromkeys(
            ("goods_minor", "discount_minor", "shipping_minor", "tax_included_minor",
             "tax_added_minor", "total_minor"), 0,
        )  # fmt: skip
        await tx.run(
            update(orders.orders).where(order.serial == serial).values(state=state, **amounts)
        )


async def test_the_first_hold_opens_an_order_and_later_ones_join(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.says("Bob", "claim D2 x2")
        await shop.says("Ana", "claim D1 M")
        assert await carts(shop) == {
            "S1-0001": ("open", ["1 M3 1800", "1 D1-M 4800"]),
            "S1-0002": ("open", ["2 D2 4200"]),
        }
        (first, _) = await shop.rows(select(orders.orders).order_by(order.id))
        held = await shop.rows(select(sale.holds).order_by(sale.holds.c.id))
        assert (first.opened_at, first.currency) == (held[0].granted_at, "USD")


async def test_who_only_waits_has_no_order(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        assert await carts(shop) == {"S1-0001": ("open", ["1 R5 6400"])}
        await shop.says("Ana", "cancel R5")
        await shop.passes(seconds=20)
        assert await carts(shop) == {
            "S1-0001": ("open", []),
            "S1-0002": ("open", ["1 R5 6400"]),
        }


async def test_a_line_follows_its_hold_down(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x3")
        await shop.says("Ana", "cancel M3 x1")
        await shop.passes(seconds=20)
        assert await carts(shop) == {"S1-0001": ("open", ["2 M3 1800"])}
        await shop.says("Ana", "claim M3 x3")
        assert await carts(shop) == {"S1-0001": ("open", ["2 M3 1800", "1 M3 1800"])}


async def test_an_order_that_lost_all_to_time_has_expired(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.says("Ana", "claim D2")
        await shop.command("/show end")
        await shop.passes(hours=25)
        assert await carts(shop) == {"S1-0001": ("expired", [])}
        (told,) = [one for one in await events(shop) if one.kind == "expire"]
        (ended,) = {row.ended_at for row in await shop.rows(select(sale.holds))}
        assert (told.kind, told.state, told.at) == ("expire", "expired", ended)


async def test_what_is_claimed_after_paying_opens_another(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await move(storage, 1, "paid")
        await shop.says("Ana", "claim D2")
        assert await carts(shop) == {
            "S1-0001": ("paid", ["1 M3 1800"]),
            "S1-0002": ("open", ["1 D2 4200"]),
        }


async def test_what_is_let_go_while_paying_must_be_priced_anew(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x2")
        await move(storage, 1, "awaiting_payment")
        await shop.says("Ana", "cancel M3 x1")
        await shop.passes(seconds=20)
        assert await carts(shop) == {"S1-0001": ("awaiting_payment", ["1 M3 1800"])}
        (row,) = await shop.rows(select(orders.orders))
        assert row.priced_at is None


async def test_each_show_has_orders_and_numbers_of_its_own(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.command("/show end")
        await shop.show()
        await shop.says("Ana", "claim D2")
        assert list(await carts(shop)) == ["S1-0001", "S2-0001"]


@pytest.mark.parametrize("together", [False, True])
async def test_it_does_not_matter_where_a_batch_ends(storage: Storage, together: bool) -> None:
    said = [
        ("Ana", "claim M3 x2"), ("Bob", "claim D1 M"), ("Ana", "claim D2"), ("Cy", "claim M3"),
        ("Bob", "claim R5"), ("Ana", "claim R5"), ("Cy", "claim D1 M x2"),
    ]  # fmt: skip
    async with Shop(storage) as shop:
        await shop.show()
        if together:
            await shop.say_together(*said)
        else:
            for name, text in said:
                await shop.says(name, text)
        assert await carts(shop) == {
            "S1-0001": ("open", ["2 M3 1800", "1 D2 4200"]),
            "S1-0002": ("open", ["1 D1-M 4800", "1 R5 6400"]),
            "S1-0003": ("open", ["1 M3 1800", "2 D1-M 4800"]),
        }


async def test_what_slipped_through_is_found_when_the_show_ends(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.says("Bob", "claim M3")
        async with storage.write() as tx:
            await tx.run(orders.order_lines.delete().where(line.order_id == 1))
        assert await carts(shop) == {"S1-0001": ("open", []), "S1-0002": ("open", ["1 M3 1800"])}
        await shop.command("/show end")
        assert await carts(shop) == {
            "S1-0001": ("open", ["1 M3 1800"]),
            "S1-0002": ("open", ["1 M3 1800"]),
        }


async def test_staff_claims_and_moves_are_followed(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim M3")
        await shop.command("/claim void Ana R5")
        assert (await carts(shop))["S1-0001"] == ("open", [])
        await shop.command("/claim add Bob R5")
        assert (await carts(shop))["S1-0002"] == ("open", ["1 M3 1800", "1 R5 6400"])


async def test_a_cart_is_brought_in_step_before_it_is_shown(storage: Storage) -> None:
    async def look(work: Work, events: Sequence[Event]) -> None:
        await keep_in_step(work, 1)

    cart = Follower(name="cart.look", events=(ItemStaged,), run=look, required=True)
    looking = Capability(name="cart", summary="Shows a cart.", followers=(cart,))
    async with Shop(storage, capabilities=[looking]) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x2")
        await shop.says("Ana", "claim D2")
        async with storage.write() as tx:
            await tx.run(orders.order_lines.delete().where(line.sku == "D2"))
            await tx.run(update(orders.order_lines).values(quantity=1))
        await shop.command("/stage M3")
        assert await carts(shop) == {"S1-0001": ("open", ["2 M3 1800", "1 D2 4200"])}
