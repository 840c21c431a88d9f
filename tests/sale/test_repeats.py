"""A second claim for what one has already: four ways that a shop may choose."""

import pytest

from storage.engine import Storage
from tests.fakes.shop import Shop


async def heard_after(storage: Storage, policy: str, *lines: str) -> tuple[list[str], int]:
    async with Shop(storage, repeats=policy) as shop:
        await shop.show()
        for line in lines:
            await shop.says("Ana", line)
        return shop.heard_by("Ana"), (await shop.numbers("M4")).held


@pytest.mark.parametrize(
    ("policy", "second", "told", "held"),
    [
        ("raise", "claim M4", "💬 @Ana you already have 2 of M4; type claim M4 x3 for 3", 2),
        ("raise", "claim M4 x2", "💬 @Ana you already have 2 of M4; type claim M4 x3 for 3", 2),
        ("raise", "claim M4 x3", "✅ @Ana M4 is yours, that makes 3 of M4", 3),
        (
            "raise",
            "claim M4 x1",
            "💬 @Ana you have 2 of M4; to give one back, type cancel M4 x1",
            2,
        ),
        ("set", "claim M4", "💬 @Ana you already have 2 of M4; type claim M4 x3 for 3", 2),
        ("set", "claim M4 x3", "✅ @Ana M4 is yours, that makes 3 of M4", 3),
        ("set", "claim M4 x1", "💬 @Ana M4: down to 1 in 15 s; press Keep it to keep all", 2),
        ("add", "claim M4", "✅ @Ana M4 is yours, that makes 3 of M4", 3),
        ("add", "claim M4 x2", "✅ @Ana M4 ×2 is yours, that makes 4 of M4", 4),
        ("ignore", "claim M4", "💬 @Ana you already have 2 of M4", 2),
        ("ignore", "claim M4 x4", "💬 @Ana you already have 2 of M4", 2),
    ],
)
async def test_a_repeat(sqlite: Storage, policy: str, second: str, told: str, held: int) -> None:
    heard, units = await heard_after(sqlite, policy, "claim M4 x2", second)
    assert heard == ["✅ @Ana M4 ×2 is yours", told]
    assert units == held


async def test_a_lower_number_under_set_goes_back_after_the_delay(storage: Storage) -> None:
    async with Shop(storage, repeats="set") as shop:
        await shop.show()
        await shop.says("Ana", "claim M4 x3")
        await shop.says("Ana", "claim M4 x1")
        await shop.passes(seconds=15)
        assert shop.heard_by("Ana")[-1] == "↩️ @Ana M4 ×2 given back"
        assert (await shop.numbers("M4")).held == 1


async def test_what_is_queued_by_a_higher_number_stands_at_the_later_place(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Ana", "claim M3 x3")
        await shop.says("Bob", "claim M3")
        await shop.says("Ana", "claim M3 x4")
        assert shop.heard_by("Ana")[-1] == "⏳ @Ana M3: waitlist #2, that makes 4 of M3"


@pytest.mark.parametrize("policy", ["raise", "set", "ignore"])
async def test_another_size_adds_and_offers_only_it(sqlite: Storage, policy: str) -> None:
    async with Shop(sqlite, repeats=policy) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1 M")
        await shop.says("Ana", "claim D1 L")
        assert shop.heard_by("Ana")[-1] == (
            "✅ @Ana D1 / L is yours, besides what you have; press Only D1 / L to keep just this"
        )
        assert shop.buttons() == ["Only D1 / L", "My claims"]
        answer = await shop.presses("Ana", "Only D1 / L")
        assert answer.text == "Done: only D1 / L now. Given back: D1 / M."
        assert ((await shop.numbers("D1-M")).held, (await shop.numbers("D1-L")).held) == (0, 1)


async def test_only_takes_nothing_from_someone_who_lacks_it(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Bob", "claim D1 M")
        await shop.says("Ana", "claim D1 M")
        await shop.says("Ana", "claim D1 L")
        answer = await shop.presses("Bob", "Only D1 / L")
        assert answer.text == "You have no D1 / L; nothing changed."
        assert (await shop.numbers("D1-M")).held == 2
        await shop.presses("Ana", "Only D1 / L")
        answer = await shop.presses("Ana", "Only D1 / L")
        assert answer.text == "You have no other D1; nothing changed."


async def test_the_next_in_line_gets_what_only_gives_back(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1 L")
        await shop.says("Bob", "claim D1 L")
        await shop.says("Ana", "claim D1 M")
        await shop.presses("Ana", "Only D1 / M")
        assert shop.heard_by("Bob")[-1] == "🎉 @Bob D1 / L came free and is yours"
