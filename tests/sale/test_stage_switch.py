"""What a bare word means while the stage changes, and the way to the other item."""

from storage.engine import Storage
from tests.fakes.shop import Shop


async def switched(shop: Shop, first: str, second: str) -> None:
    await shop.show()
    await shop.command(f"/stage {first}")
    shop.clock.advance(20)
    await shop.command(f"/stage {second}")


async def test_a_bare_word_means_what_the_viewer_sees(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await switched(shop, "M3", "R5")
        await shop.says("Ana", "mine")
        assert shop.heard_by("Ana") == [
            "✅ @Ana M3 is yours, R5 came on stage just then; if you meant that, press R5 instead"
        ]
        assert shop.buttons() == ["R5 instead", "My claims"]
        shop.clock.advance(10)
        await shop.says("Bob", "mine")
        assert shop.heard_by("Bob") == ["✅ @Bob R5 is yours"]


async def test_the_first_item_on_stage_is_meant_at_once(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.command("/stage M3")
        await shop.says("Ana", "mine x2")
        assert shop.heard_by("Ana") == ["✅ @Ana M3 ×2 is yours"]


async def test_a_named_code_needs_no_question(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await switched(shop, "M3", "R5")
        await shop.says("Ana", "claim M3")
        assert shop.buttons() == ["My claims"]


async def test_one_tap_moves_the_claim(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await switched(shop, "M3", "M4")
        await shop.says("Ana", "mine x2")
        await shop.says("Bob", "claim M3 x2")
        answer = await shop.presses("Ana", "M4 instead")
        assert answer.text == "✅ M4 ×2 is yours"
        assert (await shop.numbers("M3")).held == 2
        assert shop.heard_by("Bob")[-1] == "🎉 @Bob M3 came free and is yours"
        # A second tap finds nothing more to move.
        answer = await shop.presses("Ana", "M4 instead")
        assert answer.text == "💬 you already have 2 of M4; type claim M4 x3 for 3"


async def test_it_moves_only_what_was_claimed_just_then(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.says("Bob", "claim M3")
        await shop.command("/stage M3")
        shop.clock.advance(20)
        await shop.command("/stage M4")
        await shop.says("Ana", "mine")
        assert shop.heard_by("Ana")[-1].endswith("if you meant that, press M4 instead")
        await shop.presses("Ana", "M4 instead")
        await shop.presses("Bob", "M4 instead")
        assert (await shop.numbers("M3")).held == 2
        assert (await shop.numbers("M4")).held == 2


async def test_where_the_other_is_gone_the_first_stays(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await switched(shop, "M3", "R5")
        await shop.says("Zoe", "claim R5")
        await shop.says("Ana", "mine")
        answer = await shop.presses("Ana", "R5 instead")
        assert answer.text == (
            "R5 is not to be had right now, so M3 stays with you. To wait for R5 too, type claim"
            " R5."
        )
        assert (await shop.numbers("M3")).held == 1


async def test_where_the_other_has_sizes_nothing_moves_before_one_is_chosen(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite) as shop:
        await switched(shop, "M3", "D1")
        await shop.says("Ana", "mine")
        answer = await shop.presses("Ana", "D1 instead")
        assert answer.text == "Which D1? Tap one."
        assert (await shop.numbers("M3")).held == 1
        answer = await shop.presses("Ana", answer.buttons[1].id)
        assert answer.text == "✅ D1 / M is yours"
        assert (await shop.numbers("M3")).held == 0


async def test_where_the_first_has_sizes_the_other_is_offered_beside_the_question(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await switched(shop, "D1", "M3")
        await shop.says("Ana", "mine")
        assert sorted(shop.heard_by("Ana")) == [
            "@Ana: which D1? Tap one, or type it.",
            "💬 @Ana M3 came on stage just then; if you meant that, press M3 instead",
        ]
        await shop.presses("Ana", "M3 instead")
        assert (await shop.numbers("M3")).held == 1
        await shop.says("Ana", "S")
        assert (await shop.numbers("D1-S")).held == 0


async def test_a_cleared_stage_still_counts_for_the_delay(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.command("/stage M3")
        shop.clock.advance(20)
        await shop.command("/stage clear")
        await shop.says("Ana", "mine")
        assert shop.heard_by("Ana") == ["✅ @Ana M3 is yours"]
        shop.clock.advance(10)
        await shop.says("Bob", "mine")
        assert shop.heard_by("Bob") == [
            "@Bob: nothing is on stage right now. Type claim and the code."
        ]
