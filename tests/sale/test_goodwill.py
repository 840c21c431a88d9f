"""Coupons and store credit: given by support, used by customers, taken back."""

import pytest
from sqlalchemy import select

from storage.engine import Storage
from storage.schema import orders
from tests.fakes.shop import Shop

HOME = "Ana Silva; 12 Main St; Portland, OR 97201; US; ana@example.org"


async def support(shop: Shop, line: str) -> str:
    return await shop.command(line, "Sue", role="support")


async def test_a_coupon_is_made_used_and_ended(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        made = await support(
            shop, "/coupons add SPRING-10 10% min 20 until 2026-12-24 uses 1 each 1 items M3"
        )
        assert made.startswith("🏷 SPRING-10: 10 % off M3 · from $20.00 of goods · until ")
        assert made.endswith("used 0 of 1. Customers type /coupon and the code.")
        assert (await support(shop, "/coupons add spring10 5.00")).startswith("There is or was")
        await shop.says("Ana", "claim M3 x2")
        taken = await shop.command("/coupon spring 10", "Ana", role="viewer")
        assert "is on your order" in taken
        assert "🏷 SPRING-10: −$3.60" in (await shop.presses("Ana", "claims.mine:cart")).text
        await shop.says("Bob", "claim M3 x2")
        late = await shop.command("/coupon SPRING10", "Bob", role="viewer")
        assert "used up by others" in late
        assert "used 1 of 1" in await support(shop, "/coupons list")
        ended = await support(shop, "/coupons end spring10")
        assert ended.startswith("SPRING-10 has ended; it was used 1 times.")
        assert (await support(shop, "/coupons list")).startswith("There are no coupons.")
        assert await support(shop, "/undo") == "SPRING-10 can be used again."
        assert (await support(shop, "/undo")).startswith("SPRING-10 was used meanwhile")
        # The order that has it keeps it.
        assert "🏷 SPRING-10: −$3.60" in (await shop.presses("Ana", "claims.mine:cart")).text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("A 0%", "nothing that could be taken off"),
        ("A 101%", "nothing that could be taken off"),
        ("A lots", "nothing that could be taken off"),
        ("A 5.00 min none", "no amount"),
        ("A 5.00 uses many", "no number of times"),
        ("A 5.00 until tomorrow", "no day"),
        ("A 5.00 from 2026-12-24 until 2026-12-01", "before it begins"),
        ("A 5.00 items X99", "There is no item X99"),
        ("A 5.00 whenever", "cannot be read"),
        ("A free-shipping combines", "free shipping · goes with others · used 0"),
    ],
)
async def test_what_cannot_be_read_is_named_and_makes_no_coupon(
    sqlite: Storage, line: str, said: str
) -> None:
    async with Shop(sqlite) as shop:
        assert said in await support(shop, f"/coupons add {line}")
        assert len(await shop.rows(select(orders.coupons))) == ("used 0" in said)


async def test_store_credit_is_given_spent_and_only_what_is_left_comes_back(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        assert "Zoe" in await support(shop, "/credit give Zoe 5.00 sorry")
        await shop.says("Ana", "claim M3")
        given = await support(shop, "/credit give Ana 5.00 a chipped mug")
        assert given == "Ana has $5.00 more to spend, $5.00 in all, and has been told."
        assert "News" in shop.heard_by("Ana")[-1] or "news" in shop.heard_by("Ana")[-1]
        await support(shop, "/credit give Ana 2.00 and the box")
        assert await support(shop, "/undo") == "Booked back; Ana has $5.00 now."
        assert (await support(shop, "/credit take Ana 9.00 oops")).startswith("Ana has $5.00 only")
        shown = (await support(shop, "/credit show Ana")).splitlines()
        assert shown[0] == "Ana has $5.00 of store credit."
        assert shown[1].endswith("-$2.00 · withdrawn · undo")
        assert shown[3].endswith("$5.00 · granted · Sue · a chipped mug")
        await shop.command(f"/address {HOME}", "Ana", role="viewer")
        await shop.presses("Ana", "orders.pay:")
        (order,) = await shop.rows(select(orders.orders))
        assert (order.credit_minor, order.total_minor) == (500, 1800)
        assert await support(shop, "/undo") == "Ana has spent it already, so it stays."
