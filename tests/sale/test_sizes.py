"""Which size? Asked once for an item, answered by typing or tapping, by anyone."""

from storage.engine import Storage
from tests.fakes.shop import Numbers, Shop

COLOURS = """code,variant,sku,title,price,currency,stock
K1,Blue / S,K1-BS,Kaftan,48.00,USD,2
K1,Blue / M,K1-BM,Kaftan,48.00,USD,2
K1,Red / M,K1-RM,Kaftan,48.00,USD,2
"""


async def test_a_claim_without_its_size_is_asked_with_buttons_for_everyone(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1")
        assert shop.heard_by("Ana") == ["@Ana: which D1? Tap one, or type it."]
        assert shop.buttons() == ["S", "M", "L"]
        assert (await shop.presses("Ana", "M")).text == "✅ D1 / M is yours"
        assert (await shop.presses("Bob", "M")).text == "✅ D1 / M is yours"
        assert await shop.numbers("D1-M") == Numbers(on_hand=3, held=2, waiting=0, short=0)


async def test_the_answer_may_be_typed_and_takes_its_place_when_it_is_given(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1 x2")
        await shop.says("Bob", "claim D1 M x2")
        await shop.says("Cy", "M")
        await shop.says("Ana", "medium please")
        assert shop.heard_by("Cy") == []
        assert shop.heard_by("Ana")[-1] == "✅ @Ana D1 / M: 1 yours, 1 waitlist #1"
        await shop.says("Ana", "M")
        assert len(shop.heard_by("Ana")) == 2


async def test_two_may_be_asked_and_answer_in_one_breath(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.say_together(
            ("Ana", "claim D1"), ("Bob", "claim D1"), ("Bob", "L"), ("Ana", "L"), ("Cy", "L")
        )
        assert shop.heard_by("Bob") == ["✅ @Bob D1 / L is yours"]
        assert shop.heard_by("Ana")[-1] == "⏳ @Ana D1 / L: waitlist #1"
        # Bob needs no question any more; Cy was never asked.
        await shop.passes(seconds=30)
        assert shop.heard_by("Bob") == ["✅ @Bob D1 / L is yours"]
        assert shop.heard_by("Cy") == []


async def test_those_who_need_the_question_soon_after_share_the_next_one(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1")
        await shop.says("Bob", "claim D1")
        await shop.says("Cy", "claim D1")
        assert shop.heard_by("Cy") == []
        await shop.passes(seconds=20)
        assert shop.heard()[-1] == "@Bob, @Cy: which D1? Tap one, or type it."
        assert shop.buttons() == ["S", "M", "L"]


async def test_a_second_claim_without_size_is_no_second_question_but_its_number_counts(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1")
        await shop.says("Ana", "claim D1 x2")
        await shop.says("Ana", "claim D1")
        await shop.says("Ana", "M")
        assert (await shop.numbers("D1-M")).held == 2
        await shop.says("Ana", "S")
        assert (await shop.numbers("D1-S")).held == 0


async def test_what_was_named_of_it_counts_when_the_rest_is_answered(storage: Storage) -> None:
    async with Shop(storage, catalogue=COLOURS) as shop:
        await shop.show()
        await shop.says("Ana", "claim K1 blue")
        assert shop.buttons() == ["Blue / S", "Blue / M"]
        await shop.says("Ana", "M")
        assert shop.heard_by("Ana")[-1] == "✅ @Ana K1 / Blue / M is yours"
        await shop.says("Bob", "claim K1")
        assert shop.buttons() == ["Blue / S", "Blue / M", "Red / M"]
        await shop.says("Bob", "blue")
        assert shop.heard_by("Bob")[-1] == "💬 @Bob which K1: Blue / S, Blue / M?"
        await shop.says("Bob", "s")
        assert shop.heard_by("Bob")[-1] == "✅ @Bob K1 / Blue / S is yours"


async def test_asked_about_blue_one_may_still_say_red(sqlite: Storage) -> None:
    async with Shop(sqlite, catalogue=COLOURS) as shop:
        await shop.show()
        await shop.says("Ana", "claim K1 blue")
        await shop.says("Ana", "red")
        assert shop.heard_by("Ana")[-1] == "✅ @Ana K1 / Red / M is yours"


async def test_the_question_shows_in_the_cart_and_ends_with_a_release(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1 x2")
        cart = await shop.command("/cart", "Ana", role="viewer")
        assert "❔ D1 ×2 — which one? Type it or tap it in the chat" in cart
        await shop.says("Ana", "cancel D1")
        assert shop.heard_by("Ana")[-1] == "💬 @Ana D1: all right, not claimed"
        await shop.says("Ana", "M")
        assert (await shop.numbers("D1-M")).held == 0


async def test_a_size_that_the_item_lacks_is_named_with_those_it_has(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1 XXL")
        assert shop.heard_by("Ana") == ["@Ana: D1 does not come in that. There is S, M, L."]


async def test_the_staged_size_is_meant_by_a_bare_word(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.command("/stage D1 M")
        shop.clock.advance(10)
        await shop.says("Ana", "mine")
        assert shop.heard_by("Ana") == ["✅ @Ana D1 / M is yours"]


async def test_an_old_button_claims_nothing_that_is_not_open(sqlite: Storage) -> None:
    async with Shop(sqlite, claimable="on_stage") as shop:
        await shop.show()
        await shop.command("/stage D1")
        await shop.says("Ana", "claim D1")
        await shop.command("/stage M3")
        shop.clock.advance(10)
        assert (await shop.presses("Bob", "S")).text == (
            "D1 cannot be claimed right now; nothing changed."
        )
        # Ana was asked while it was open.
        assert (await shop.presses("Ana", "S")).text == "✅ D1 / S is yours"
