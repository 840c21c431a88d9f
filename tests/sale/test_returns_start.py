"""Sending something back, as its customer sees it: by command, button, word and photo."""

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from handlers.returns.numbers import new_number
from storage.engine import Storage
from storage.schema import orders, sale
from tests.fakes.arrived import PHOTO, ArrivedShop


async def keep_promise(shop: ArrivedShop, number: str, **changed: Any) -> None:
    """The order was placed under another promise."""
    policy = {**shop.andon.house.returns.policy.model_dump(mode="json"), **changed}
    async with shop.storage.write() as tx:
        await tx.run(
            update(orders.orders)
            .where(orders.orders.c.id == await shop.order_id(number))
            .values(policy=policy)
        )


async def test_a_dress_goes_back_in_five_taps(storage: Storage) -> None:
    async with ArrivedShop(storage) as shop:
        await shop.show()
        number = await shop.delivered("Ana", "claim D1 M", "claim M3 x2")
        asked = await shop.returns("Ana")
        assert asked.startswith("What comes back?")
        assert shop.labels("Ana")[:3] == [
            "1 × Linen dress / M (D1)",
            "1 × Stoneware mug (M3)",
            "1 × Stoneware mug (M3)",
        ]
        await shop.taps("Ana", "1 × Linen dress / M (D1)")
        assert shop.labels("Ana")[0] == "✓ 1 × Linen dress / M (D1)"
        assert await shop.taps("Ana", "Done") == "What is the matter?"
        assert await shop.taps("Ana", "Too small") == "How is it now?"
        assert await shop.taps("Ana", "Tried on, not worn") == "What would you like?"
        assert shop.labels("Ana")[:3] == ["Exchange", "Store credit", "Money back"]
        page = await shop.taps("Ana", "Money back")
        assert f"From {number}" in page
        assert "You get back: $48.00" in page
        assert "👉 Money back: $48.00 the way you paid" in page
        assert "▫️ Store credit: $48.00" in page
        assert "Sending it back is at your cost; we take it until 5 April." in page
        told = await shop.taps("Ana", "Send it")
        [row] = await shop.asked()
        assert told.startswith(
            f"✅ {row.number} is with us: 1 × Linen dress / M (D1) from {number}"
        )
        assert "A person looks at it by" in told
        assert (row.kind, row.state, row.reason) == ("return", "requested", "too_small")
        assert (row.wish, row.value_minor, row.verdict) == ("refund", 4800, "RETURNABLE")
        assert (row.comes_back, row.customer_pays_return, row.flags) == (True, True, [])
        [unit] = await shop.units()
        assert (unit.number, unit.live, unit.reception) == (0, True, "awaiting")
        assert row.number in await shop.returns("Ana", "status")
        # What is in a return is shown as such, and cannot be asked for twice.
        again = await shop.returns("Ana")
        assert "🚫 1 × Linen dress / M (D1): All of this is in a return already" in again


async def test_an_exchange_names_what_is_there_and_what_it_costs(storage: Storage) -> None:
    async with ArrivedShop(storage) as shop:
        await shop.show()
        await shop.delivered("Ana", "claim D1 M")
        await shop.returns("Ana")
        asked = await shop.taps("Ana", "Too small", "Never opened", "Exchange")
        assert asked == "What would you like instead of 1 × Linen dress / M (D1)?"
        # Its own size was not what was wrong with the size; what is gone is not offered.
        assert shop.labels("Ana")[:2] == ["S", "L"]
        page = await shop.taps("Ana", "L")
        assert "👉 Exchange for L: nothing to pay" in page
        await shop.taps("Ana", "Send it")
        [unit] = await shop.units()
        [large] = await shop.rows(select(sale.variants).where(sale.variants.c.sku == "D1-L"))
        assert (unit.swap_variant_id, unit.swap_hold_id) == (large.id, None)


# --- what the promise says no to -------------------------------------------------------------


@pytest.mark.parametrize(
    ("promise", "claims", "days", "says"),
    [
        ({}, ["claim R5"], 0, "This was a final sale, so it can't come back."),
        ({}, ["claim M3"], 31, "The 30 days for this ended on 5 April. Type human"),
        ({"window_days": 7}, ["claim M3"], 8, "The 7 days for this ended on 13 March."),
    ],
)
async def test_what_cannot_come_back_says_why_and_leaves_the_complaint(
    sqlite: Storage, promise: Mapping[str, Any], claims: list[str], days: int, says: str
) -> None:
    async with ArrivedShop(sqlite) as shop:
        await shop.show()
        number = await shop.delivered("Ana", *claims)
        await keep_promise(shop, number, **promise)
        await shop.command("/show end")
        await shop.passes(days=days, seconds=1)
        told = await shop.returns("Ana", number)
        assert told.startswith("Nothing of this can come back right now:")
        assert says in told
        assert shop.labels("Ana") == ["Something is wrong with it", "My returns"]
        assert await shop.asked() == []


async def test_what_is_not_there_yet_cannot_come_back(sqlite: Storage) -> None:
    async with ArrivedShop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        number = await shop.sells("Ana")
        assert "This is still on its way to you" in await shop.returns("Ana", number)
        await shop.arrives(number, delivered=False)
        # The carrier tells nothing: from dispatch plus the usual days it counts.
        assert "What is the matter?" in await shop.returns("Ana", number)


async def test_what_is_not_paid_has_nothing_to_send_back(sqlite: Storage) -> None:
    async with ArrivedShop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        assert "isn't paid" in await shop.returns("Ana", "S1-0001")
        assert "nothing of yours to send back" in await shop.returns("Ana")


async def test_a_condition_that_is_not_taken_keeps_the_rest(sqlite: Storage) -> None:
    async with ArrivedShop(sqlite) as shop:
        await shop.show()
        await shop.delivered("Ana", "claim M3")
        await shop.returns("Ana")
        told = await shop.taps("Ana", "Changed my mind", "Used")
        assert told.startswith("We can't take this back as it is (used). Type human")
        assert told.endswith("How is it now?")
        assert await shop.taps("Ana", "Never opened") == "What would you like?"


async def test_only_what_the_shop_offers_can_be_wished(sqlite: Storage) -> None:
    async with ArrivedShop(sqlite) as shop:
        await shop.show()
        number = await shop.delivered("Ana", "claim M3")
        await keep_promise(shop, number, wishes=["credit"], credit_bonus_bp=1000)
        await shop.returns("Ana")
        page = await shop.taps("Ana", "Changed my mind", "Never opened")
        # One possible answer is no question.
        assert "👉 Store credit: $19.80 ($1.80 of it from us)" in page


async def test_another_ones_order_is_not_known_to_exist(sqlite: Storage) -> None:
    async with ArrivedShop(sqlite) as shop:
        await shop.show()
        ana = await shop.delivered("Ana", "claim M3")
        await shop.delivered("Bob", "claim M4")
        there = await shop.returns("Bob", ana)
        assert there == await shop.returns("Bob", "S9-9999") == await shop.returns("Cy", ana)
        assert there.startswith("I don't find that among your orders.")
        order_id = await shop.order_id(ana)
        for button in (f"returns.start:{order_id}", f"returns.wrong:{order_id}"):
            assert (await shop.presses_id("Bob", button)).text == there
        await shop.returns("Ana", ana)
        await shop.taps("Ana", "Changed my mind", "Never opened", "Money back", "Send it")
        [row] = await shop.asked()
        theirs = await shop.returns("Bob", f"cancel {row.number}")
        assert theirs == await shop.returns("Bob", f"cancel {new_number(Random(7))}")
        assert (await shop.presses_id("Bob", f"returns.cancel:{row.id}")).text == (
            "I don't find that among your returns; /return status shows them."
        )
        assert row.number not in await shop.returns("Bob", "status")
        [row] = await shop.asked()
        assert row.state == "requested"


# --- complaints ------------------------------------------------------------------------------


async def test_a_broken_final_sale_is_replaced_and_set_aside_at_once(storage: Storage) -> None:
    catalogue = "code,variant,sku,title,price,currency,stock,limit,bin,final_sale\n"
    catalogue += "R5,,R5,Silver ring,64.00,USD,2,,V1,yes\n"
    async with ArrivedShop(storage, catalogue=catalogue) as shop:
        await shop.show()
        await shop.delivered("Ana", "claim R5")
        assert "final sale" in await shop.returns("Ana")
        told = await shop.taps("Ana", "Something is wrong with it")
        assert told.startswith("Sorry that happened; we make it good.")
        told = await shop.taps("Ana", "Defective")
        assert "send me a photo in a direct message" in told
        told = await shop.writes("Ana", "", PHOTO)
        assert "Got your photo" in told
        assert "1. A new one" in told
        page = await shop.taps("Ana", "A new one")
        assert "👉 A new one: nothing to pay." in page
        assert "Nothing to send back unless we ask for it." in page
        told = await shop.taps("Ana", "Send it")
        assert "A new one is set aside for you from now on." in told
        assert (await shop.numbers("R5")).held == 2
        [row], [unit] = await shop.asked(), await shop.units()
        assert (row.kind, row.wish, row.comes_back) == ("complaint", "exchange", False)
        assert (unit.reception, unit.swap_hold_id is not None) == ("not_needed", True)
        assert len(await shop.photos()) == 1
        # It is nothing to pay, in no cart, and no clock takes it away.
        assert "R5" not in await shop.command("/cart", "Ana", role="viewer")
        await shop.command("/show end")
        await shop.passes(days=3)
        assert (await shop.numbers("R5")).held == 2
        assert "is cancelled" in await shop.returns("Ana", f"cancel {row.number}")
        assert (await shop.numbers("R5")).held == 1


async def test_without_another_one_money_leads(sqlite: Storage) -> None:
    async with ArrivedShop(sqlite) as shop:
        await shop.show()
        await shop.delivered("Ana", "claim R5")
        await shop.writes("Ana", "my ring arrived broken")
        told = await shop.writes("Ana", "defective")
        assert told == "Please send a photo here. If you have none, answer no."
        told = await shop.writes("Ana", "no")
        assert told.splitlines()[1:] == ["1. Money back", "2. Store credit"]
        page = await shop.writes("Ana", "1")
        assert "no photo, so a person looks at it" in page
        assert "is with us" in await shop.writes("Ana", "yes")
        [row] = await shop.asked()
        assert (row.verdict, row.wish) == ("PHOTO_NEEDED", "refund")


async def test_the_last_one_goes_while_it_is_looked_over(sqlite: Storage) -> None:
    async with ArrivedShop(sqlite) as shop:
        await shop.show()
        await shop.delivered("Ana", "claim M3")
        await shop.writes("Ana", "the mug came broken")
        await shop.writes("Ana", "2")
        await shop.writes("Ana", "", PHOTO)
        await shop.writes("Ana", "a new one")
        await shop.says("Bob", "claim M3 x2")
        told = await shop.writes("Ana", "yes")
        assert "has changed since you began" in told
        assert "1. Money back" in told
        assert await shop.asked() == []
        assert "👉 Money back: $18.00" in await shop.writes("Ana", "money back")
        assert "is with us" in await shop.writes("Ana", "yes")


# --- by direct message -----------------------------------------------------------------------


async def test_a_whole_return_is_typed_with_slips(storage: Storage) -> None:
    async with ArrivedShop(storage) as shop:
        await shop.show()
        await shop.delivered("Ana", "claim D1 M", "claim M3 x2")
        asked = await shop.writes("Ana", "I want to retrun this")
        assert "1. 1 × Linen dress / M (D1)" in asked
        assert "I didn't get that" in await shop.writes("Ana", "the blue thing")
        assert "What is the matter?" in await shop.writes("Ana", "2 and 3")
        assert "What would you like?" not in await shop.writes("Ana", "99")
        assert "How is it now?" in await shop.writes("Ana", "changd my mind")
        assert "What is the matter?" in await shop.writes("Ana", "back")
        assert "How is it now?" in await shop.writes("Ana", "too large")
        assert "What would you like?" in await shop.writes("Ana", "1")
        page = await shop.writes("Ana", "store credit")
        assert "👉 Store credit: $36.00" in page
        assert "Answer yes to send it" in await shop.writes("Ana", "maybe")
        assert "2 × Stoneware mug (M3)" in await shop.writes("Ana", "yes please")
        assert [unit.number for unit in await shop.units()] == [0, 1]
        assert "You have no returns" not in await shop.writes("Ana", "where is my refund?")


async def test_other_words_by_dm_mean_what_they_always_did(sqlite: Storage) -> None:
    async with ArrivedShop(sqlite) as shop:
        await shop.show()
        await shop.delivered("Ana", "claim M3")
        await shop.delivered("Eva", "claim M4")
        assert "What is the matter?" not in await shop.writes("Eva", "I will return tomorrow")
        assert (await shop.writes("Ana", "yes")).startswith("Good:")
        await shop.writes("Ana", "zurückgeben bitte")
        assert (await shop.writes("Ana", "cart")).startswith("You have nothing yet.")
        assert "nothing was sent" in await shop.writes("Ana", "stop")
        assert await shop.writes("Cy", "I want to send this back") == await shop.returns("Cy")


async def test_a_photo_alone_asks_what_it_is_from(storage: Storage) -> None:
    async with ArrivedShop(storage) as shop:
        await shop.show()
        first = await shop.delivered("Ana", "claim M3")
        await shop.command("/show end")
        await shop.show()
        second = await shop.delivered("Ana", "claim M4")
        assert await shop.writes("Ana", "", PHOTO) == f"Oh no. Is it from {second}?"
        told = await shop.writes("Ana", "no")
        assert first in told
        assert "What is the matter?" in await shop.writes("Ana", "2")
        assert "A new one" in await shop.writes("Ana", "damaged on the way")
        page = await shop.writes("Ana", "money back")
        assert f"From {first}" in page
        assert "1 photo" in page
        # Somebody who bought nothing sent it to a person.
        assert "Oh no" not in await shop.writes("Cy", "", PHOTO)


async def test_a_form_goes_on_after_a_restart_and_is_forgotten_after_a_week(
    storage: Storage,
) -> None:
    async with ArrivedShop(storage) as shop:
        await shop.show()
        await shop.delivered("Ana", "claim D1 M", "claim M3")
        await shop.returns("Ana")
        await shop.taps("Ana", "1 × Stoneware mug (M3)", "Done", "Changed my mind")
        old = shop.choices("Ana")[0].id
    async with ArrivedShop(storage, continues=shop) as again:
        assert (await again.presses_id("Ana", old)).text == "What would you like?"
        # A second tap on an old button changes nothing.
        assert "answered before" in (await again.presses_id("Ana", old)).text
        told = await again.returns("Ana")
        assert told.startswith("You had begun this; it goes on where you stopped.")
        assert "Start over" in again.labels("Ana")
        assert "Go on" in [
            one.label for one in (await again.presses_id("Ana", "returns.status:")).buttons
        ]
        await again.command("/show end")
        await again.passes(days=8)
        assert (await again.presses_id("Ana", old)).text.startswith("This form has ended")
        assert "What comes back?" in await again.returns("Ana")


async def test_a_double_tap_sends_once(storage: Storage) -> None:
    async with ArrivedShop(storage) as shop:
        await shop.show()
        await shop.delivered("Ana", "claim M3")
        await shop.returns("Ana")
        await shop.taps("Ana", "Changed my mind", "Never opened", "Money back")
        [send] = [one for one in shop.choices("Ana") if one.label == "Send it"]
        await shop.presses_id("Ana", send.id)
        assert "This form has ended" in (await shop.presses_id("Ana", send.id)).text
        assert len(await shop.asked()) == 1
        # Nobody else's buttons, and no forged ones.
        for button in (send.id, "returns.mark:1:1", "returns.pick:1:x:y", "returns.say:1:x:yes"):
            assert "This form has ended" in (await shop.presses_id("Bob", button)).text


async def test_a_cancelled_return_can_be_asked_for_anew(sqlite: Storage) -> None:
    async with ArrivedShop(sqlite) as shop:
        await shop.show()
        await shop.delivered("Ana", "claim M3")
        for _ in range(2):
            await shop.returns("Ana")
            await shop.taps("Ana", "Changed my mind", "Never opened", "Money back", "Send it")
            number = (await shop.asked())[-1].number
            assert "everything stays with you" in await shop.returns("Ana", f"cancel {number}")
            assert "cancelled already" in await shop.returns("Ana", f"cancel {number}")
        assert [unit.number for unit in await shop.units()] == [0, 0]


async def test_many_returns_are_flagged_and_never_refused(sqlite: Storage) -> None:
    catalogue = "code,variant,sku,title,price,currency,stock\nM3,,M3,Stoneware mug,18.00,USD,40\n"
    high = {"returns": {"high_value": "100"}}
    async with ArrivedShop(sqlite, catalogue=catalogue, settings=high) as shop:
        await shop.show()
        await shop.delivered("Ana", "claim M3 x30")
        for choice in ("1", "1", "1", "all"):
            await shop.writes("Ana", "I want to return something")
            for said in (choice, "changed my mind", "1", "refund", "yes"):
                told = await shop.writes("Ana", said)
            assert "is with us" in told
        rows = await shop.asked()
        assert [row.flags for row in rows] == [[], [], [], ["many_returns", "high_value"]]
        assert sorted(unit.number for unit in await shop.units()) == list(range(30))


async def test_what_has_arrived_and_the_orders_lead_to_it(sqlite: Storage) -> None:
    async with ArrivedShop(sqlite) as shop:
        await shop.show()
        number = await shop.delivered("Ana", "claim M3")
        await shop.command("/orders", "Ana", role="viewer")
        asked = await shop.taps("Ana", f"Send back {number}")
        assert asked == "What is the matter?"
