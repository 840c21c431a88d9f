"""What moderators do about claims: add, void, move, list."""

import pytest

from storage.engine import Storage
from tests.fakes.shop import Numbers, Shop


async def test_a_claim_added_goes_past_line_and_limit_but_not_past_the_stock(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1 L")
        await shop.says("Bob", "claim D1 M x2")
        await shop.says("Bob", "hello")
        assert await shop.command("/claim add Bob D1 M 1 made good") == "Added: D1 / M for Bob."
        answer = await shop.command("/claim add Bob D1 L 1")
        assert answer.startswith("Added: D1 / L (place 1 in line) for Bob.")
        assert await shop.numbers("D1-M") == Numbers(on_hand=3, held=3, waiting=0, short=0)
        assert await shop.numbers("D1-L") == Numbers(on_hand=1, held=1, waiting=1, short=0)
        assert "Rule: added by a moderator." in await shop.command("/why D1", "Bob", role="viewer")


async def test_a_claim_can_be_added_for_one_who_only_talked(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Zoë K", "ahh my keyboard is broken, the mug please!!")
        assert await shop.command('/claim add "Zoë K" mug') == "Added: M3 for Zoë K."
        assert shop.heard_by("Zoë K") == ["✅ @Zoë K M3 is yours"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/claim add Nobody M3", "Nobody called Nobody has claimed or written here."),
        ("/claim add Ana X9", "There is no item X9."),
        ("/claim add Ana D1", "D1 comes in S, M, L: name one."),
        ("/claim add Ana M3 0", "The quantity is a number from 1 to 99. Nothing changed."),
        ("/claim add Ana M3 100", "The quantity is a number from 1 to 99. Nothing changed."),
        ("/claim void Ana R5", "Ana has no R5; nothing changed."),
        ("/claim move Ana D1 S XXL", "D1 comes in S, M, L: name one."),
        ("/claim move Ana D1 S M", "Ana has no D1 / S; nothing changed."),
    ],
)
async def test_a_slip_changes_nothing(sqlite: Storage, line: str, answer: str) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        assert (await shop.command(line)).startswith(answer)
        assert await shop.numbers("M3") == Numbers(on_hand=3, held=1, waiting=0, short=0)


async def test_of_two_people_with_one_name_the_id_decides(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.hears(_named(shop, "u1", "Ana", "claim M3"))
        await shop.hears(_named(shop, "u2", "ana", "claim M3"))
        answer = await shop.command("/claim void Ana M3")
        assert answer == "Several people are called Ana: u1, u2. Use the id."
        assert (await shop.command("/claim void <@u2> M3")).startswith("Void: 1 of M3 taken")
        assert (await shop.numbers("M3")).held == 1


def _named(shop: Shop, person: str, name: str, text: str):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    line = shop._line(name, text)
    return replace(line, person=replace(line.person, id=person))


async def test_what_is_voided_goes_to_the_next_and_its_viewer_hears_of_it(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        answer = await shop.command("/claim void @ana ring she asked by mail")
        assert answer == "Void: 1 of R5 taken from Ana; next: Bob."
        assert shop.heard_by("Ana")[-1] == "↩️ @Ana R5 was taken back by the team"
        assert shop.heard_by("Bob")[-1] == "🎉 @Bob R5 came free and is yours"


async def test_a_void_takes_what_waits_and_what_is_pending_too(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x3")
        await shop.says("Bob", "claim M3 x2")
        await shop.command("/stock pause D2")
        await shop.says("Bob", "claim D2")
        assert (await shop.command("/claim void Bob M3")).startswith("Void: 2 of M3")
        assert (await shop.command("/claim void Bob D2")).startswith("Void: 1 of D2")
        assert await shop.numbers("M3") == Numbers(on_hand=3, held=3, waiting=0, short=0)
        await shop.command("/stock resume D2")
        assert (await shop.numbers("D2")).held == 0


async def test_what_is_held_since_yesterday_can_be_voided_today(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.command("/show end")
        await shop.command("/show start Saturday")
        assert await shop.command("/claim void Ana R5") == "Void: 1 of R5 taken from Ana."
        assert (await shop.numbers("R5")).held == 0


async def test_units_move_to_another_size_if_it_is_free(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1 S x2")
        await shop.says("Bob", "claim D1 S")
        answer = await shop.command("/claim move Ana D1 S M")
        assert answer == "Moved 2 from Ana: D1 / S to D1 / M."
        assert shop.heard_by("Ana")[-1] == "🔁 @Ana D1 / S ×2 is D1 / M now"
        assert "came free and is yours" in shop.heard_by("Bob")[-1]
        assert await shop.numbers("D1-M") == Numbers(on_hand=3, held=2, waiting=0, short=0)
        answer = await shop.command("/claim move Ana D1 M L")
        assert answer == "Not enough D1 / L is free (1); nothing changed."
        assert (await shop.command("/claim move Ana D1 M M")).endswith("nothing changed.")


async def test_a_move_leaves_what_waits_alone(storage: Storage) -> None:
    async with Shop(storage, limit_per_item=9) as shop:
        await shop.show()
        await shop.command("/item limit D1 9")
        await shop.says("Ana", "claim D1 S x3")
        assert await shop.command("/claim move Ana D1 S M") == "Moved 2 from Ana: D1 / S to D1 / M."
        numbers = await shop.numbers("D1-S")
        assert (numbers.held, numbers.waiting) == (1, 0)


async def test_claims_are_listed_newest_last(storage: Storage) -> None:
    async with Shop(storage) as shop:
        assert (
            await shop.command("/claim list") == "There is no show yet. Start one with /show start."
        )
        await shop.show()
        assert await shop.command("/claim list") == "No claims yet."
        await shop.says("Ana", "claim D1 L")
        await shop.says("Bob", "claim D1 L")
        await shop.says("Cy", "claim M3 x2")
        assert (await shop.command("/claim list")).splitlines() == [
            "Ana: D1 / L ×1, place 1 — 1 held",
            "Bob: D1 / L ×1, place 2 — 1 waiting",
            "Cy: M3 ×2, place 1 — 2 held",
        ]
        await shop.command("/claim void Cy M3")
        assert await shop.command("/claim list mug") == "Cy: M3 ×2, place 1 — given back"


async def test_a_long_list_is_cut(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.say_together(*((f"V{number}", "claim R5") for number in range(210)))
        assert (await shop.command("/claim list")).endswith("Page 1 of 14")
        last = await shop.presses_id("Mo", "list.page:14:/claim list", role="moderator")
        assert last.text.splitlines()[-2:] == [
            "… and 10 more; `andon export claims` has all.",
            "Page 14 of 14",
        ]


async def test_options_that_come_apart_are_not_read_as_one_line(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        apart = {"person": "Ana", "code": "D1", "variant": "L", "why": "M is his"}
        line = "/claim add Ana D1 L M is his"
        answer = await shop.command(line, options=apart)
        assert answer == "Added: D1 / L for Ana."
        del apart["variant"]
        answer = await shop.command("/claim void Ana D1 M is his", options=apart)
        assert answer == "D1 comes in S, M, L: name one."
        assert (await shop.numbers("D1-L")).held == 1
        answer = await shop.command("/cart", options={"code": "D1"})
        assert answer == "/cart has no code: /cart. Nothing changed."
        refused = await shop.command(line, "Eve", role="viewer", options=apart)
        assert refused.startswith("You cannot use /claim add yourself")
