"""Claims in a live show: who gets it, and what they hear."""

from storage.engine import Storage
from tests.fakes.shop import Numbers, Shop


async def test_a_claim_holds_a_unit_and_its_viewer_hears_so(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        assert shop.heard_by("Ana") == ["✅ @Ana M3 is yours"]
        assert await shop.numbers("M3") == Numbers(on_hand=3, held=1, waiting=0, short=0)


async def test_who_comes_when_all_are_held_waits_in_order(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        await shop.says("Cy", "mine R5")
        assert shop.heard_by("Bob") == ["⏳ @Bob R5: waitlist #1"]
        assert shop.heard_by("Cy") == ["⏳ @Cy R5: waitlist #2"]


async def test_a_claim_may_be_granted_in_part(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x2")
        await shop.says("Bob", "claim M3 x2")
        assert shop.heard_by("Bob") == ["✅ @Bob M3: 1 yours, 1 waitlist #1"]


async def test_a_release_takes_effect_after_a_while_and_the_next_moves_up(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        await shop.says("Ana", "cancel R5")
        assert (await shop.numbers("R5")).held == 1
        assert shop.buttons() == ["Keep it (R5)", "My claims"]
        await shop.passes(seconds=15)
        assert shop.heard_by("Ana")[-1] == "↩️ @Ana R5 given back"
        assert shop.heard_by("Bob")[-1] == "🎉 @Bob R5 came free and is yours"
        assert await shop.numbers("R5") == Numbers(on_hand=1, held=1, waiting=0, short=0)
