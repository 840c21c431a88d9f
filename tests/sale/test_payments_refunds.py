"""Money that goes back: once for each reason, and never more than came."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from storage.engine import Storage
from storage.schema import refunds, traffic
from tests.fakes.paying import PayingShop


@pytest.fixture
async def shop(storage: Storage) -> AsyncIterator[PayingShop]:
    async with PayingShop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.stripe_tells(shop.stripe.pay(await shop.gets_link("Ana")))
        yield shop


async def states(shop: PayingShop) -> list[str]:
    rows = await shop.rows(select(refunds.payment_refunds).order_by(refunds.payment_refunds.c.id))
    return [row.state for row in rows]


async def test_money_goes_back_once_however_often_it_is_asked_for(shop: PayingShop) -> None:
    await shop.writes("Ana", "yes")
    assert await shop.refunds("Ana", 500, "return.1") == "prepared"
    shop.stripe.fail_next = ["lost"]
    await shop.errands()
    assert await shop.refunds("Ana", 500, "return.1") == "prepared"
    await shop.ticks(5)
    assert [one["amount"] for one in shop.stripe.refunds] == [500]
    assert (await shop.payment("Ana")).refunded_minor == 500
    assert await shop.refunds("Ana", 500, "return.1") == "paid"
    assert shop.direct("Ana")[-1] == "$5.00 of S1-0001 are on their way back to you."


async def test_no_more_goes_back_than_came(shop: PayingShop) -> None:
    assert await shop.refunds("Ana", 1500, "return.1") == "prepared"
    assert "300 USD are left" in await shop.refunds("Ana", 301, "return.2")
    assert "was another refund" in await shop.refunds("Ana", 200, "return.1")
    assert await shop.refunds("Ana", 300, "return.2") == "prepared"
    await shop.errands()
    assert (await shop.payment("Ana")).refunded_minor == 1800


async def test_a_refund_that_fails_is_for_a_person_and_can_be_tried_again(
    shop: PayingShop,
) -> None:
    await shop.refunds("Ana", 500, "return.1")
    shop.stripe.fail_next = [400]
    await shop.errands()
    assert await states(shop) == ["failed"]
    assert any("could not be paid back to Ana" in card for card in shop.team("exceptions"))
    assert await shop.refunds("Ana", 500, "return.1") == "prepared"
    await shop.errands()
    assert await states(shop) == ["paid"]
    assert len(shop.stripe.refunds) == 1
    assert any("settled by itself" in card for card in shop.team("exceptions"))


async def test_a_refund_that_comes_back(shop: PayingShop) -> None:
    await shop.refunds("Ana", 500, "return.1")
    await shop.errands()
    await shop.stripe_tells(shop.stripe.refund_fails(shop.stripe.refunds[0]["id"]))
    assert await states(shop) == ["failed"]
    assert (await shop.payment("Ana")).refunded_minor == 0
    assert await shop.refunds("Ana", 1800, "return.2") == "prepared"


@pytest.mark.parametrize(("ends", "state"), [("succeeded", "paid"), ("failed", "failed")])
async def test_a_refund_that_takes_days_is_looked_at_until_it_is_over(
    shop: PayingShop, ends: str, state: str
) -> None:
    shop.stripe.refunds_are = "pending"
    await shop.refunds("Ana", 500, "return.1")
    await shop.errands()
    assert await states(shop) == ["pending"]
    await shop.ticks(25)
    assert await states(shop) == ["pending"]
    assert (await shop.payment("Ana")).refunded_minor == 0
    shop.stripe.refunds[0] |= {"status": ends, "failure_reason": None}
    await shop.ticks(61)
    assert await states(shop) == [state]
    assert (await shop.payment("Ana")).refunded_minor == (500 if state == "paid" else 0)
    assert len(shop.stripe.refunds) == 1


async def test_what_was_paid_by_hand_goes_back_by_hand(sqlite: Storage) -> None:
    async with PayingShop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.pays("Ana", "manual")
        await shop.marks_paid("Ana")
        assert await shop.refunds("Ana", 500, "return.1") == "prepared"
        await shop.errands()
        assert await states(shop) == ["prepared"]
        assert any("Please pay $5.00 of S1-0001 back to Ana" in c for c in shop.team("exceptions"))
        by_hand = traffic.exceptions.c.kind == "payment_refund_by_hand"
        (asked,) = await shop.rows(select(traffic.exceptions).where(by_hand))
        await shop.command(f"/exception resolve {asked.id} sent it", "Sue", role="support")
        assert await states(shop) == ["paid"]
        (one,) = await shop.rows(select(refunds.payment_refunds))
        assert one.marked_by == "Sue"
        assert (await shop.payment("Ana")).refunded_minor == 500
