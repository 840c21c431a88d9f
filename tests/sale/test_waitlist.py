"""The waitlist as moderators see it: shown, offered out of a stop, and a place given up."""

from storage.engine import Storage
from tests.fakes.shop import Numbers, Shop


async def test_the_line_is_shown_in_order_for_each_variant(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        assert await shop.command("/waitlist show D1") == "Nobody waits for D1."
        assert await shop.command("/waitlist show D1 L") == "Nobody waits for D1 / L."
        await shop.command("/stock stop D1")
        for name, size in (("Ana", "L"), ("Bob", "M x2"), ("Cy", "L")):
            await shop.says(name, f"claim D1 {size}")
        assert (await shop.command("/waitlist show D1")).splitlines() == [
            "1. Bob — D1 / M ×2",
            "1. Ana — D1 / L ×1",
            "2. Cy — D1 / L ×1",
        ]
        assert (await shop.command("/waitlist show D1 L")).splitlines() == [
            "1. Ana — D1 / L ×1",
            "2. Cy — D1 / L ×1",
        ]


async def test_a_long_line_is_cut(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.say_together(*((f"V{number}", "claim R5") for number in range(210)))
        assert (await shop.command("/waitlist show R5")).endswith("Page 1 of 14")
        last = await shop.presses_id("Mo", "list.page:14:/waitlist show R5", role="moderator")
        assert last.text.splitlines()[-2:] == [
            "… and more; the first 200 are shown.",
            "Page 14 of 14",
        ]


async def test_an_offer_gives_out_what_a_stop_keeps(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stock stop R5")
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        assert await shop.command("/waitlist offer R5") == "1 of R5 went to Ana."
        assert shop.heard_by("Ana")[-1] == "🎉 @Ana R5 came free and is yours"
        answer = await shop.command("/waitlist offer R5")
        assert answer == "No unit of R5 is free to offer: 1 of 1 is held."
        assert await shop.command("/waitlist offer M3") == "Nobody waits for M3."


async def test_a_place_is_given_up_for_somebody(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        for name in ("Ana", "Bob", "Cy"):
            await shop.says(name, "claim R5")
        assert await shop.command("/waitlist skip Bob R5") == "Bob left the line for R5."
        assert await shop.numbers("R5") == Numbers(on_hand=1, held=1, waiting=1, short=0)
        await shop.command("/claim void Ana R5")
        assert "came free" in shop.heard_by("Cy")[-1]
        assert await shop.command("/waitlist skip Bob R5") == "Bob does not wait for R5."
        answer = await shop.command("/waitlist skip Nobody R5")
        assert answer.startswith("Nobody called Nobody has claimed or written here.")


async def test_undo_puts_them_back_at_their_place(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        for name in ("Ana", "Bob", "Cy"):
            await shop.says(name, "claim R5")
        await shop.command("/waitlist skip Bob R5")
        answer = await shop.command("/undo")
        assert answer == "Bob is back in the line for R5, at the same place."
        await shop.command("/claim void Ana R5", "Ned")
        assert "came free" in shop.heard_by("Bob")[-1]
        assert await shop.numbers("R5") == Numbers(on_hand=1, held=1, waiting=1, short=0)


async def test_whoever_stands_far_behind_can_be_skipped_too(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.say_together(*((f"V{number}", "claim R5") for number in range(60)))
        assert await shop.command("/waitlist skip v59 R5") == "V59 left the line for R5."


async def test_who_waited_in_an_earlier_show_stands_before_those_of_a_later_one(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        await shop.command("/show end")
        await shop.command("/show start Saturday")
        await shop.says("Cy", "claim R5")
        await shop.command("/claim void Ana R5")
        assert "R5 came free and is yours, held until" in shop.heard_by("Bob")[-1]
        await shop.passes(hours=30)
        assert "R5 was held until now" in shop.heard_by("Bob")[-1]
        assert (await shop.numbers("R5")).held == 1
