"""My claims, My place, /cart: exact, and for oneself alone."""

from storage.engine import Storage
from tests.fakes.shop import Shop

#: What can be done about an order that is not paid.
ORDER = ["Pay", "Change", "Address", "Coupon", "Note"]


async def test_the_cart_of_someone_new_is_empty_and_says_how_to_begin(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        answer = await shop.presses("Ana", "claims.mine:")
        assert answer.text == "You have nothing yet. Type claim and the code you see."
        assert [button.label for button in answer.buttons] == ["Tell me by DM"]
        assert answer.private


async def test_the_cart_names_what_is_held_waited_for_pending_and_on_its_way_back(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Zoe", "claim R5")
        await shop.says("Yan", "claim R5")
        await shop.says("Ana", "claim M3 x2")
        await shop.says("Ana", "claim R5")
        await shop.command("/stock pause M4")
        await shop.says("Zoe", "claim M4")
        await shop.says("Ana", "claim M4 x2")
        await shop.says("Ana", "cancel M3 x1")
        answer = await shop.presses("Ana", "claims.mine:cart")
        assert answer.text.splitlines() == [
            "Your cart:",
            "✅ M3 ×2 — $36.00",
            "Held: $36.00",
            "⏳ R5 ×1 — waitlist #2",
            "⏸ M4 ×2 — number 2 while we count",
            "↩️ M3 ×1 — goes back at 20:00:24; press Keep it to keep it",
        ]
        assert [button.label for button in answer.buttons] == [
            "Keep it (M3)",
            *ORDER,
            "Tell me by DM",
        ]
        assert (await shop.presses("Ana", answer.buttons[0].id)).text == "Kept. M3 stays with you."


async def test_places_are_exact_as_the_line_moves(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        for name in ("Ana", "Bob", "Cy", "Di"):
            await shop.says(name, "claim R5")
        assert "waitlist #3" in await shop.command("/cart", "Di", role="viewer")
        await shop.says("Bob", "cancel R5")
        await shop.passes(seconds=15)
        assert "waitlist #2" in await shop.command("/cart", "Di", role="viewer")


async def test_after_the_show_the_cart_says_until_when_and_offers_more_time(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        answer = await shop.presses("Ana", "claims.mine:")
        assert [button.label for button in answer.buttons] == ["Tell me by DM"]
        await shop.command("/show end")
        answer = await shop.presses("Ana", "claims.mine:cart")
        assert "✅ M3 ×1 — $18.00, held until Sat 07 Mar 20:00" in answer.text
        assert [button.label for button in answer.buttons] == [
            "Hold it longer",
            *ORDER,
            "Tell me by DM",
        ]


async def test_another_viewers_button_shows_ones_own_claims(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.says("Bob", "claim M4")
        answer = await shop.presses("Ana", "My claims")
        assert "M3" in answer.text
        assert "M4" not in answer.text


async def test_my_claims_say_what_became_of_each(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Zoe", "claim R5")
        await shop.says("Ana", "claim R5")
        await shop.says("Ana", "claim M3 x2")
        await shop.says("Ana", "claim D1 S x2")
        await shop.says("Ana", "claim D1 M")
        await shop.says("Ana", "cancel M3")
        await shop.passes(seconds=15)
        await shop.says("Ana", "claim TEST")
        await shop.says("Ana", "B3")
        await shop.says("Ana", "D2")
        answer = await shop.presses("Ana", "claims.mine:")
        assert answer.text.splitlines() == [
            "Your claims:",
            "✅ D1 / S ×2 — yours",
            "⏳ R5 ×1 — waitlist #1",
            "▫️ M3 ×2 — given back",
            "▫️ D1 / M ×1 — not taken: the limit was reached",
            "Said to you lately:",
            "💬 To claim D2, type claim D2.",
        ]


async def test_private_answers_begin_with_no_name(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1")
        answer = await shop.presses("Ana", "M")
        assert answer.text == "✅ D1 / M is yours"
