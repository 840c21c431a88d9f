"""From the first claim to the money: the cart, the address, *Pay*, and being told."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import select

from handlers.money import Money
from handlers.orders.coupons import coupon_key
from handlers.orders.credit import add_credit
from storage.engine import Storage
from storage.order_states import CreditKind
from storage.schema import orders, sale, traffic
from storage.schema.parcels import parcel_lines, parcels
from tests.fakes.shop import Shop

order, line, parcel = orders.orders.c, orders.order_lines.c, parcels.c
HOME = "Ana Silva; 12 Main St; Portland, OR 97201; US; ana@example.org"
POSTED = {"shipping": {"ways": [{"key": "standard", "price": "4.90"}]}}
PICKED = {
    "shipping": {
        "ways": [
            {"key": "standard", "price": "4.90", "free_from": "60"},
            {"key": "pick-up", "kind": "pick_up"},
        ]
    }
}


async def the_order(shop: Shop, serial: int = 1) -> Any:
    (row,) = await shop.rows(select(orders.orders).where(order.serial == serial))
    return row


async def lives_at(shop: Shop, name: str, home: str = HOME) -> str:
    return await shop.command(f"/address {home}", name, role="viewer")


def labels(post: Any) -> list[str]:
    return [button.label for button in post.buttons]


async def test_from_the_first_claim_to_the_money(storage: Storage) -> None:
    async with Shop(storage, settings=POSTED) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x2")
        cart = await shop.presses("Ana", "claims.mine:cart")
        assert cart.text.splitlines() == [
            "Your cart:",
            "✅ M3 ×2 — $36.00",
            "Held: $36.00",
            "🚚 Shipping, standard: $4.90 (as long as I do not know your address)",
            "To pay: $40.90",
        ]
        asked = await shop.presses("Ana", "Pay")
        assert asked.text == "Where does it go? Give me the address first; nothing else is missing."
        assert labels(asked) == ["Address"]
        kept = await lives_at(shop, "Ana")
        assert kept == "📍 Kept: A. S., 12 …, Portland, US. You can change it until it is packed."
        answer = await shop.presses("Ana", "orders.pay:")
        assert "S1-0001" in answer.text
        assert "$40.90" in answer.text
        assert (await the_order(shop)).state == "awaiting_payment"
        said = await shop.command("/order paid S1-0001", "Sue", role="support")
        assert said == "Noted: S1-0001 is paid."
        row = await the_order(shop)
        assert (row.state, row.total_minor, row.received_minor) == ("paid", 4090, 4090)
        (hold,) = await shop.rows(select(sale.holds))
        assert (hold.state, hold.expires_at) == ("paid", None)
        assert shop.heard_by("Ana")[-1] == "💌 @Ana There is news for you: press My orders."
        mine = await shop.presses("Ana", "My orders")
        assert "S1-0001 — $40.90, paid" in mine.text


async def test_the_next_claim_opens_another_order_that_ships_along(storage: Storage) -> None:
    async with Shop(storage, settings=POSTED) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await lives_at(shop, "Ana")
        await shop.presses("Ana", "orders.pay:")
        await shop.command("/order paid S1-0001", "Sue", role="support")
        await shop.says("Ana", "claim D2")
        cart = await shop.presses("Ana", "claims.mine:cart")
        assert "🚚 Shipping, standard: free, it travels with your other order" in cart.text
        await shop.presses("Ana", "orders.pay:")
        await shop.command("/order paid S1-0002", "Sue", role="support")
        (only,) = await shop.rows(select(parcels))
        assert (only.state, only.shipping_minor, only.ready_at) == ("gathering", 490, None)
        assert len(await shop.rows(select(parcel_lines))) == 2
        await shop.command("/show end")
        await shop.passes(seconds=5)
        (only,) = await shop.rows(select(parcels))
        assert only.state == "ready"


async def test_what_is_picked_up_needs_no_address(sqlite: Storage) -> None:
    async with Shop(sqlite, settings=PICKED) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        asked = await shop.presses("Ana", "orders.pay:")
        assert labels(asked) == ["Address", "I pick it up"]
        await shop.presses("Ana", "I pick it up")
        cart = await shop.presses("Ana", "claims.mine:cart")
        assert "🏪 Picked up" in cart.text
        assert "Address" not in labels(cart)
        await shop.presses("Ana", "orders.pay:")
        row = await the_order(shop)
        assert (row.state, row.total_minor, row.method) == ("awaiting_payment", 1800, "pick-up")


async def test_an_address_is_checked_beside_its_field_and_shown_masked(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        form = await shop.opens("Ana", "orders.address:")
        assert form is not None
        assert [field.name for field in form.fields] == [
            "recipient", "street", "town", "country", "contact",
        ]  # fmt: skip
        wrong = {
            "recipient": "Ana Silva",
            "street": "Main St",
            "town": "12 Berlin",
            "country": "DE",
        }
        answer = await shop.submits("Ana", form.id, "viewer", **wrong)
        assert answer.text.startswith("A house number seems to be missing.")
        assert "Please look at the postcode again; it looks like 10115." in answer.text
        right = {**wrong, "street": "Torstr. 1\n2. OG", "town": "10119 Berlin", "contact": ""}
        answer = await shop.submits("Ana", form.id, "viewer", **right)
        assert answer.text.startswith("📍 Kept: A. S., Tor…, Berlin, DE.")
        (kept,) = await shop.rows(select(orders.postal_addresses))
        assert kept.country == "DE"
        assert "2. OG" in kept.content
        cart = await shop.presses("Ana", "claims.mine:cart")
        assert "📍 A. S., Tor…, Berlin, DE" in cart.text
        assert "Torstr" not in cart.text


async def test_an_address_is_nowhere_but_in_its_row(storage: Storage) -> None:
    async with Shop(storage, settings={"orders": {"high_value": "10"}}) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await lives_at(
            shop, "Ana", "Ana Silva; 12 Secret Lane; Hideville, OR 97201; US; a@b.example"
        )
        await shop.presses("Ana", "orders.pay:")
        await shop.command("/order paid S1-0001", "Sue", role="support")
        shown = await shop.command("/order show S1-0001", "Sue", role="support")
        assert "12 Secret Lane" in shown
        bare = await shop.command("/order show S1-0001", "Pia", role="producer")
        assert "Secret" not in bare
        private = [post for post in shop.paper.posts if post.private]
        public = [post for post in shop.paper.posts if not post.private]
        assert any("Secret" in post.text for post in private)
        for secret in ("Secret", "Hideville", "97201", "a@b.example"):
            assert not any(secret in post.text + post.history for post in public)
            for table in (traffic.audit, traffic.exceptions, orders.order_events):
                rows = await shop.rows(select(table))
                assert not any(secret in str(row) for row in rows)


@pytest.mark.parametrize("role", ["viewer", "moderator", "host", "packer"])
async def test_money_and_history_are_for_support(sqlite: Storage, role: str) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        for line_ in ("/order show S1-0001", "/order paid S1-0001", "/order cancel S1-0001 so"):
            assert "You cannot use" in await shop.command(line_, "Eve", role=role)


async def test_someone_elses_order_is_not_known_to_exist(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await lives_at(shop, "Ana")
        await shop.says("Bob", "claim D2")
        (one,) = await shop.rows(select(order.id).where(order.serial == 1))
        (its,) = await shop.rows(select(line.id).where(line.order_id == one.id))
        for button in (f"orders.pay:{one.id}", f"orders.wish:{one.id}", f"orders.line:{its.id}",
                       f"orders.units:{its.id}:0", f"orders.drop:{one.id}"):  # fmt: skip
            answer = await shop.presses_id("Bob", button)
            assert "S1-0001" not in answer.text
            assert "M3" not in answer.text
        assert "S1-0001" not in (await shop.presses("Bob", "orders.mine:")).text
        assert (await shop.numbers("M3")).held == 1
        assert (await the_order(shop)).state == "open"


# --- changing -------------------------------------------------------------------------------------


async def test_units_go_back_by_the_rule_of_a_release(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x3")
        await shop.says("Bob", "claim M3")
        await shop.presses("Ana", "orders.change:")
        asked = await shop.presses("Ana", "M3 ×3")
        assert labels(asked) == ["Keep 1", "Keep 2", "Remove"]
        answer = await shop.presses("Ana", "Keep 2")
        assert answer.text == "↩️ M3 goes back in 15 s; press Keep it to keep it."
        assert (await shop.numbers("M3")).waiting == 1
        await shop.passes(seconds=20)
        assert (await shop.numbers("M3")).waiting == 0
        cart = await shop.presses("Ana", "claims.mine:cart")
        assert "✅ M3 ×2 — $36.00" in cart.text


async def test_what_is_changed_while_it_is_paid_is_priced_anew(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x3")
        await lives_at(shop, "Ana")
        await shop.presses("Ana", "orders.pay:")
        (row,) = await shop.rows(select(line.id))
        await shop.presses("Ana", f"orders.units:{row.id}:1")
        await shop.passes(seconds=20)
        payments = await shop.rows(select(orders.payments))
        assert [one.state for one in payments] == ["cancelled"]
        answer = await shop.presses("Ana", "orders.pay:")
        assert "$18.00" in answer.text
        row = await the_order(shop)
        assert (row.state, row.total_minor) == ("awaiting_payment", 1800)


COUPON: Mapping[str, Any] = {
    "key": coupon_key("SPRING10"), "code": "SPRING10", "kind": "percent", "value": 100_000,
    "items": [], "most_uses": 1, "per_customer": 1, "currency": None,
}  # fmt: skip


async def has_coupon(shop: Shop, **more: Any) -> None:
    async with shop.storage.write() as tx:
        await tx.insert(orders.coupons, [{**COUPON, **more}])


async def test_the_last_use_of_a_coupon_is_given_once_and_comes_back(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await has_coupon(shop)
        await shop.says("Ana", "claim M3 x2")
        await shop.says("Bob", "claim M3")
        form = await shop.opens("Ana", "orders.coupon:")
        assert form is not None
        answer = await shop.submits("Ana", form.id, "viewer", code="spring 10")
        assert answer.text.startswith("🏷 spring 10 is on your order")
        cart = await shop.presses("Ana", "claims.mine:cart")
        assert "🏷 SPRING10: −$3.60" in cart.text
        assert "To pay: $32.40" in cart.text
        said = await shop.command("/coupon SPRING-10", "Bob", role="viewer")
        assert "used up" in said
        (one,) = await shop.rows(select(order.id).where(order.serial == 1))
        await shop.presses("Ana", f"orders.drop:{one.id}")
        said = await shop.command("/coupon SPRING-10", "Bob", role="viewer")
        assert said.startswith("🏷")


# --- store credit ---------------------------------------------------------------------------------


async def gets_credit(shop: Shop, name: str, minor: int, key: str = "gift") -> None:
    (who,) = await shop.rows(
        select(sale.identities.c.customer_id).where(sale.identities.c.person == name.lower())
    )
    async with shop.storage.write() as tx:
        work = shop.andon.dispatcher._work(tx, shop.andon.dispatcher.snapshot, shop.clock.now())
        await add_credit(
            work, who.customer_id, "USD", minor,
            kind=CreditKind.GRANTED, key=key, who="Sue", why="a gift",
        )  # fmt: skip


async def ledger(shop: Shop) -> list[tuple[str, int, int]]:
    rows = await shop.rows(select(orders.credit_ledger).order_by(orders.credit_ledger.c.id))
    return [(row.kind, row.minor, row.balance_minor) for row in rows]


async def test_store_credit_is_spent_first_and_comes_back_with_a_cancellation(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x2")
        await gets_credit(shop, "Ana", 1_000)
        await lives_at(shop, "Ana")
        cart = await shop.presses("Ana", "claims.mine:cart")
        assert "Store credit: −$10.00\nTo pay: $26.00" in cart.text
        assert "$26.00" in (await shop.presses("Ana", "orders.pay:")).text
        said = await shop.command("/order cancel S1-0001 she asked", "Sue", role="support")
        assert said == "S1-0001 is cancelled; 2 units are free or with the next in line."
        assert await ledger(shop) == [
            ("granted", 1_000, 1_000), ("spent", -1_000, 0), ("given_back", 1_000, 1_000),
        ]  # fmt: skip
        assert (await shop.numbers("M3")).held == 0


async def test_enough_store_credit_pays_at_once(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await gets_credit(shop, "Ana", 5_000)
        await lives_at(shop, "Ana")
        answer = await shop.presses("Ana", "orders.pay:")
        assert answer.text == "✅ S1-0001 is paid with your store credit. Thank you!"
        row = await the_order(shop)
        assert (row.state, row.credit_minor, row.received_minor) == ("paid", 1800, 0)
        assert (await ledger(shop))[-1] == ("spent", -1_800, 3_200)


# --- what a person decides ------------------------------------------------------------------------


async def exceptions(shop: Shop) -> list[tuple[str, str]]:
    rows: Sequence[Any] = await shop.rows(
        select(traffic.exceptions).order_by(traffic.exceptions.c.id)
    )
    return [(row.kind, row.state) for row in rows]


async def test_too_little_money_waits_for_a_person_and_the_rest_settles_it(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x2")
        await lives_at(shop, "Ana")
        await shop.presses("Ana", "orders.pay:")
        said = await shop.command("/order paid S1-0001 30", "Sue", role="support")
        assert said == "Noted: S1-0001 still lacks $6.00."
        assert await exceptions(shop) == [("order_amount_differs", "open")]
        assert "$30.00 came in" in shop.team("exceptions")[-1]
        await shop.command("/order paid S1-0001", "Sue", role="support")
        assert await exceptions(shop) == [("order_amount_differs", "resolved")]
        assert (await the_order(shop)).state == "paid"


async def test_a_high_sum_is_looked_at_and_then_goes_on(storage: Storage) -> None:
    async with Shop(storage, settings={"orders": {"high_value": "30"}}) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x2")
        await lives_at(shop, "Ana")
        await shop.presses("Ana", "orders.pay:")
        await shop.command("/order paid S1-0001", "Sue", role="support")
        assert await exceptions(shop) == [("order_high_value", "open")]
        assert (await the_order(shop)).under_review
        await shop.command("/exception resolve 1 looks fine", "Sue", role="support")
        assert not (await the_order(shop)).under_review


async def test_a_wish_to_cancel_what_is_paid_is_decided_by_a_person(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await lives_at(shop, "Ana")
        await shop.presses("Ana", "orders.pay:")
        await shop.command("/order paid S1-0001", "Sue", role="support")
        await shop.writes("Ana", "yes")
        await shop.presses("Ana", "orders.mine:")
        answer = await shop.presses("Ana", "Cancel S1-0001")
        assert "a person looks at it" in answer.text
        assert await exceptions(shop) == [("order_cancel_paid", "open")]
        row = await the_order(shop)
        assert (row.state, row.under_review) == ("paid", True)
        said = await shop.command("/order cancel S1-0001 as she wished", "Sue", role="support")
        assert "$18.00 goes back the way it came" in said
        assert (await the_order(shop)).state == "cancelled"
        # What is on its way back is no difference that a person must look at.
        assert await exceptions(shop) == [
            ("order_cancel_paid", "resolved"),
            ("payment_refund_by_hand", "open"),
        ]
        (told,) = [text for text in shop.direct("Ana") if "is cancelled" in text]
        assert "$18.00 goes back the way you paid" in told
        assert not any("You would like to cancel" in text for text in shop.direct("Ana"))
        assert (await shop.numbers("M3")).held == 0
        (gone,) = await shop.rows(select(parcels))
        assert (gone.state, gone.shipping_minor) == ("cancelled", 0)


async def test_unpaid_orders_are_cancelled_and_their_units_go_on(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        shop.heard()
        await shop.command("/order cancel S1-0001 a mistake", "Sue", role="support")
        assert (await the_order(shop)).state == "cancelled"
        assert any("@Bob" in post and "R5" in post for post in shop.heard())
        assert Money(6400, "USD").shown() in (await shop.presses("Bob", "claims.mine:cart")).text
