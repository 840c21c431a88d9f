"""Exchanges and replacements: set aside as long as the return lives, then an order of their own."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update

from handlers.returns.policy import Wish
from storage.engine import Storage
from storage.return_states import ReturnKind
from storage.schema import orders, sale
from tests.fakes.returning import ReturningShop
from tests.fakes.shop import Numbers


@pytest.fixture
async def shop(storage: Storage) -> AsyncIterator[ReturningShop]:
    async with ReturningShop(storage) as shop:
        await shop.show()
        yield shop


async def orders_of(shop: ReturningShop) -> list[tuple[str, int, int, int]]:
    """State, sum, store credit and money of each order, the oldest first."""
    order = orders.orders.c
    rows = await shop.rows(select(orders.orders).order_by(order.id))
    return [(row.state, row.total_minor, row.credit_minor, row.received_minor) for row in rows]


async def come(shop: ReturningShop, number: str) -> None:
    """Approved, here, as new, and given for."""
    await shop.returns(f"approve {number}")
    await shop.returns(f"receive {number}")
    await shop.returns(f"inspect {number} all b")
    await shop.returns(f"pay {number}")


async def test_another_size_is_set_aside_and_sent_for_nothing(shop: ReturningShop) -> None:
    await shop.buys("Ana", "claim D1 M")
    number = await shop.asks("Ana", "D1-M", wish=Wish.EXCHANGE, swap="D1-L")
    assert await shop.numbers("D1-L") == Numbers(1, 0, 0, 0)
    await shop.returns(f"approve {number}")
    assert await shop.numbers("D1-L") == Numbers(1, 1, 0, 0)
    await shop.says("Ben", "claim D1 L")
    assert (await shop.numbers("D1-L")).waiting == 1
    # No clock ends it, and it is in nobody's cart.
    await shop.command("/show end")
    await shop.passes(days=3)
    assert await shop.numbers("D1-L") == Numbers(1, 1, 1, 0)
    assert len([one for one in await orders_of(shop) if one[0] != "expired"]) == 1
    await shop.returns(f"receive {number}")
    await shop.returns(f"inspect {number} all b")
    await shop.returns(f"pay {number}")
    assert await orders_of(shop) == [("paid", 4800, 0, 4800), ("paid", 4800, 4800, 0)]
    assert "your new one is S1-0002" in shop.direct("Ana")[-1]
    assert await shop.credit("Ana") == 0
    assert (await shop.stands(number)).state == "closed"


async def test_what_costs_more_is_paid_and_what_costs_less_goes_back(shop: ReturningShop) -> None:
    await shop.buys("Ana", "claim D2", "claim 7", by="stripe")
    old = await shop.order("Ana")
    dearer = await shop.asks("Ana", "D2", wish=Wish.EXCHANGE, swap="D1-S", order=old)
    await come(shop, dearer)
    assert (await orders_of(shop))[-1] == ("awaiting_payment", 4800, 4200, 0)
    assert "$6.00 is left to pay" in shop.direct("Ana")[-1]
    cheaper = await shop.asks("Ana", "OTTER", wish=Wish.EXCHANGE, swap="M3", order=old)
    await come(shop, cheaper)
    await shop.errands()
    assert (await orders_of(shop))[-1] == ("paid", 1800, 1800, 0)
    assert [one["amount"] for one in shop.stripe.refunds] == [300]
    assert "$3.00 goes back" in shop.direct("Ana")[-1]
    # Not paid in time, what it was worth stays as store credit, and the unit is free again.
    await shop.passes(days=8)
    assert (await orders_of(shop))[1][0] == "expired"
    assert await shop.credit("Ana") == 4200
    assert (await shop.numbers("D1-S")).held == 0


async def test_a_declined_exchange_lets_its_unit_go_to_who_waits(shop: ReturningShop) -> None:
    await shop.buys("Ana", "claim D1 M")
    number = await shop.asks(
        "Ana",
        "D1-M",
        wish=Wish.EXCHANGE,
        swap="D1-L",
        kind=ReturnKind.COMPLAINT,
        reason="wrong_variant",
    )
    # What was sent wrong is set aside before anybody decides.
    assert (await shop.numbers("D1-L")).held == 1
    await shop.says("Ben", "claim D1 L")
    await shop.returns(f"decline {number} It was right.")
    assert await shop.numbers("D1-L") == Numbers(1, 1, 0, 0)
    held = await shop.rows(
        select(sale.holds.c.state)
        .join(sale.variants, sale.variants.c.id == sale.holds.c.variant_id)
        .where(sale.variants.c.sku == "D1-L")
        .order_by(sale.holds.c.id)
    )
    assert [row.state for row in held] == ["released", "held"]
    assert len(await orders_of(shop)) == 2


async def test_what_is_gone_cannot_be_exchanged_and_the_money_goes_back(
    shop: ReturningShop,
) -> None:
    await shop.says("Ben", "claim D1 L")
    await shop.buys("Ana", "claim D1 M", by="stripe")
    number = await shop.asks("Ana", "D1-M", wish=Wish.EXCHANGE, swap="D1-L")
    assert "is gone, so their money goes back" in await shop.returns(f"approve {number}")
    assert "store credit" in await shop.returns(f"wish {number} credit")
    await shop.returns(f"wish {number} refund")
    await shop.returns(f"receive {number}")
    await shop.returns(f"inspect {number} all a")
    await shop.returns(f"pay {number}")
    await shop.errands()
    assert [one["amount"] for one in shop.stripe.refunds] == [4800]


async def test_a_broken_one_is_replaced_without_sending_it_back(shop: ReturningShop) -> None:
    await shop.buys("Ana", "claim M3")
    await shop.command("/item price M3 25.00")
    number = await shop.asks(
        "Ana",
        "M3",
        wish=Wish.EXCHANGE,
        kind=ReturnKind.COMPLAINT,
        reason="defective",
        comes_back=False,
    )
    assert await shop.numbers("M3") == Numbers(3, 2, 0, 0)
    await shop.presses("Sue", "Approve", role="support")
    told = shop.direct("Ana")
    assert any("You need not send anything back" in text for text in told)
    assert await orders_of(shop) == [("paid", 1800, 0, 1800), ("paid", 1800, 1800, 0)]
    assert (await shop.stands(number)).state == "closed"
    assert await shop.numbers("M3") == Numbers(3, 2, 0, 0)
    assert [unit.reception for unit in await shop.units_of(number)] == ["not_needed"]
    # The same goods to the same door are no duplicate here.
    assert not any("duplicate" in text for text in shop.team("exceptions"))


async def test_a_complaint_within_the_limit_is_paid_back_at_once(
    sqlite: Storage,
) -> None:
    async with ReturningShop(sqlite, policy={"auto_approve_up_to": 2000}) as shop:
        await shop.show()
        await shop.buys("Ana", "claim M3 x2", by="stripe")
        broken, kind = "damaged_on_the_way", ReturnKind.COMPLAINT
        await shop.asks("Ana", "M3", comes_back=False, reason=broken, kind=kind)
        await shop.errands()
        assert [one["amount"] for one in shop.stripe.refunds] == [1800]
        assert any("You need not send anything back" in text for text in shop.direct("Ana"))
        number = await shop.asks("Ana", "M3", first=1, comes_back=False, reason=broken, kind=kind)
        await shop.errands()
        assert (await shop.stands(number)).state == "closed"


async def test_a_unit_back_in_stock_goes_to_who_waits_even_after_the_show(
    sqlite: Storage,
) -> None:
    async with ReturningShop(sqlite) as shop:
        await shop.show()
        await shop.buys("Ana", "claim R5")
        await shop.says("Ben", "claim R5")
        await shop.command("/show end")
        number = await shop.asks("Ana", "R5", verdict="FINAL_SALE")
        await shop.returns(f"approve {number} it is the wrong metal")
        await shop.returns(f"receive {number}")
        assert await shop.numbers("R5") == Numbers(1, 1, 1, 0)
        await shop.returns(f"inspect {number} all a hold")
        assert await shop.numbers("R5") == Numbers(1, 1, 1, 0)
        await shop.returns(f"inspect {number} all a")
        assert await shop.numbers("R5") == Numbers(2, 2, 0, 0)
        assert any("R5" in line for line in shop.heard_by("Ben"))


async def test_what_costs_another_currency_is_no_exchange(sqlite: Storage) -> None:
    async with ReturningShop(sqlite) as shop:
        await shop.show()
        await shop.buys("Ana", "claim M3", by="stripe")
        number = await shop.asks("Ana", "M3", wish=Wish.EXCHANGE, swap="M4")
        # The catalogue was imported anew, in yen: 2,200 of them are no 22 dollars.
        yen = update(sale.variants).where(sale.variants.c.sku == "M4").values(currency="JPY")
        async with sqlite.write() as tx:
            await tx.run(yen)
        assert "their money goes back" in await shop.returns(f"approve {number}")
        assert (await shop.numbers("M4")).held == 0
