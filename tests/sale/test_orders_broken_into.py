"""What once went wrong with orders: false alarms about money, doors without a way out."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from storage.engine import Storage
from tests.fakes.packing import PackingShop
from tests.fakes.paying import PayingShop

HOME = "Ana Silva; 12 Main St; Portland, OR 97201; US; ana@example.org"
SYDNEY = "Ana Silva; 1 George St; Sydney, NSW 2000; AU; ana@example.org"
NEW_YORK = "Ana Silva; 1 5th Ave; New York, NY 10001; US; ana@example.org"
PRICED = {
    "shipping": {
        "ways": [
            {"key": "standard", "price": "4.90", "countries": ["US"]},
            {"key": "abroad", "price": "25", "countries": ["AU"]},
        ]
    },
    "tax": {"mode": "added", "rates": {"US-OR": 0, "US-WA": 0, "US-NY": "8.875"}},
}


@pytest.fixture
async def shop(storage: Storage) -> AsyncIterator[PayingShop]:
    """Ana has paid for a mug with her card."""
    async with PayingShop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.command(f"/address {HOME}", "Ana", role="viewer")
        await shop.stripe_tells(shop.stripe.pay(await shop.gets_link("Ana")))
        yield shop


async def support(shop: Any, line: str) -> str:
    return str(await shop.command(line, "Sue", role="support"))


async def cancelled(shop: Any, number: str) -> str:
    await support(shop, f"/order cancel {number} no longer wanted")
    return await support(shop, f"/order cancel {number} no longer wanted")


async def test_a_cancelled_order_whose_money_is_on_its_way_asks_nobody_about_it(
    shop: PayingShop,
) -> None:
    assert "$18.00 goes back the way it came" in await cancelled(shop, "S1-0001")
    assert await support(shop, "/exception list") == "Nothing waits for a decision."
    await shop.errands()
    assert [one["amount"] for one in shop.stripe.refunds] == [1800]
    assert await support(shop, "/exception list") == "Nothing waits for a decision."
    assert not any("comes to $0.00" in text for text in shop.direct("Ana"))


async def test_a_refund_of_ours_leaves_a_price_that_was_paid_as_it_is(shop: PayingShop) -> None:
    await shop.refunds("Ana", 500, "return.1")
    await shop.errands()
    # Whatever looks at the order again.
    await shop.presses("Ana", f"orders.wish:{(await shop.order('Ana')).id}")
    cards = shop.team("exceptions")
    assert any("would like to cancel" in card for card in cards)
    assert not any("came in" in card for card in cards)


async def test_what_was_paid_back_in_the_dashboard_stays_in_the_house(shop: PayingShop) -> None:
    charge = (await shop.payment("Ana")).charge
    event = shop.stripe._happens(
        "charge.refunded",
        {"id": "ch_1", "object": "charge", "payment_intent": charge, "amount": 1800}
        | {"amount_refunded": 1800, "currency": "usd", "refunded": True},
    )
    assert await shop.stripe_tells(event) == 200
    assert (await shop.order("Ana")).under_review
    assert "costs $18.00, and $0.00 came in" in shop.team("exceptions")[-1]
    assert await cancelled(shop, "S1-0001")
    assert await support(shop, "/exception list") == "Nothing waits for a decision."


async def test_what_is_being_looked_at_stands_on_a_line_of_its_own(shop: PayingShop) -> None:
    await shop.presses("Ana", f"orders.wish:{(await shop.order('Ana')).id}")
    told = await shop.command("/orders", "Ana", role="viewer")
    assert "a person here looks at it\n💬 You would like to cancel S1-0001." in told


async def test_another_sum_under_a_known_name_is_never_passed_over(sqlite: Storage) -> None:
    async with PayingShop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim D2")
        told: dict[str, Any] = {"order": "S1-0001", "payment": "P9"}
        assert await shop.system_tells(**told, amount="0", event="nothing") == 400
        for event, amount, received in (
            ("first", "5.00", 500),
            ("again", "5.00", 500),
            ("rest", "37.00", 4200),
            ("rest", "37.00", 4200),
        ):
            assert await shop.system_tells(**told, amount=amount, event=event) == 200
            assert (await shop.order("Ana")).received_minor == received
        assert (await shop.order("Ana")).state == "paid"


async def test_what_is_packed_and_put_aside_can_be_cancelled(storage: Storage) -> None:
    async with PackingShop(storage) as shop:
        await shop.show()
        number = await shop.sells("Ana", "claim D1 M", "claim M3")
        await shop.closes()
        await shop.packs("Pia", "next")
        await shop.packs("Pia", "scan M3")
        assert "ask the packer to press Problem" in await cancelled(shop, number)
        await shop.packs("Pia", "problem cancelled")
        told = await support(shop, f"/order cancel {number} no longer wanted")
        assert "$66.00 goes back the way it came" in told
        assert "1 of them lay in a box: back on the shelf with it." in told
        assert await shop.state(number) == "cancelled"
        assert [row.state for row in await shop.parcels()] == ["cancelled"]
        assert (await shop.counts("D1-M"), await shop.counts("M3")) == ((3, 0), (3, 0))
        assert "Problem" not in await support(shop, "/exception list")
        assert await shop.packs("Pia", "next") == "Nothing waits to be packed. Thank you!"


async def test_one_of_two_orders_leaves_a_closed_parcel(sqlite: Storage) -> None:
    async with PackingShop(sqlite) as shop:
        await shop.show()
        mug = await shop.sells("Ana", "claim M3")
        dress = await shop.sells("Ana", "claim D1 M")
        await shop.closes()
        for words in ("next", "scan M3", "scan D1-M", "done"):
            await shop.packs("Pia", words)
        assert "1 of them lay in a box" in await cancelled(shop, mug)
        (parcel,) = await shop.parcels()
        assert (parcel.state, parcel.packed) == ("ready", 1)
        assert (await shop.state(dress), await shop.counts("M3")) == ("packed", (3, 0))
        assert "P0001" in await shop.packs("Pia", "next")
        assert "P0001 is packed" in await shop.packs("Pia", "done")


async def test_what_has_left_in_part_is_not_cancelled(sqlite: Storage) -> None:
    async with PackingShop(sqlite) as shop:
        await shop.show()
        number = await shop.sells("Ana", "claim D1 M", "claim M3")
        await shop.closes()
        for words in ("next", "scan M3", "part the dress is torn", "done"):
            await shop.packs("Pia", words)
        await shop.command("/ship P1 1Z999AA10123456784", "Pia", role="packer")
        assert "A part of S1-0001 has left already" in await cancelled(shop, number)
        assert await shop.state(number) == "packing"


@pytest.mark.parametrize("elsewhere", [SYDNEY, NEW_YORK])
async def test_what_is_paid_goes_nowhere_else_for_the_price_of_here(
    sqlite: Storage, elsewhere: str
) -> None:
    async with PackingShop(sqlite, settings=PRICED) as shop:
        await shop.show()
        number = await shop.sells("Ana", "claim M3", address=HOME)
        told = await shop.command(f"/address {elsewhere}", "Ana", role="viewer")
        assert told.startswith(f"What is paid ({number}) was priced for where it goes")
        assert "12 Main St" in await support(shop, f"/order show {number}")
        seattle = "Ana Silva; 2 Pike St; Seattle, WA 98101; US; ana@example.org"
        assert "Kept" in await shop.command(f"/address {seattle}", "Ana", role="viewer")
        assert "2 Pike St" in await support(shop, f"/order show {number}")
        # What is not paid yet is priced anew, and goes there.
        await shop.says("Ana", "claim D2")
        told = await shop.command(f"/address {elsewhere}", "Ana", role="viewer")
        assert told.startswith("📍 Kept: ")
        assert f"What is paid stays as it was ({number})" in told


async def test_an_address_that_comes_too_late_hears_so(sqlite: Storage) -> None:
    async with PackingShop(sqlite) as shop:
        await shop.show()
        await shop.sells("Ana", "claim M3")
        await shop.closes()
        await shop.packs("Pia", "next")
        told = await shop.command(f"/address {HOME}", "Ana", role="viewer")
        assert told.startswith("Nothing of yours waits for an address: it is being packed")


async def test_support_sees_what_a_total_is_made_of(sqlite: Storage) -> None:
    async with PackingShop(sqlite, settings=PRICED) as shop:
        await shop.show()
        await support(shop, "/coupons add TEN 10%")
        await shop.says("Ana", "claim M3")
        await shop.command("/coupon TEN", "Ana", role="viewer")
        await shop.command(f"/address {HOME}", "Ana", role="viewer")
        open_order = await support(shop, "/order show S1-0001")
        await support(shop, "/order paid S1-0001")
        for told in (open_order, await support(shop, "/order show S1-0001")):
            assert "Discount: −$1.80\nShipping: $4.90\nTotal $21.10" in told
