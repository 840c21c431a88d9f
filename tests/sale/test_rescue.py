"""A code that nobody knows, typed by several: the team says what the host meant."""

from storage.engine import Storage
from tests.fakes.shop import Numbers, Shop

CARD = (
    "❔ 3 viewers typed Q13, which is no item. Did the host say it wrong? Choose what it means;"
    " their claims are taken in the order they were sent."
)


async def gathered(shop: Shop, *, seconds_between: float = 1) -> None:
    for name in ("Ana", "Bob", "Cy"):
        await shop.says(name, "claim Q13")
        shop.clock.advance(seconds_between)


async def test_three_people_with_one_unknown_code_ask_the_team(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M4")
        await shop.command("/stage R5")
        await gathered(shop)
        assert shop.team() == [CARD]
        card = next(post for post in shop.paper.posts if post.text == CARD)
        assert [button.label for button in card.buttons] == ["R5", "M4", "None of these"]
        await shop.says("Di", "claim Q13")
        answer = await shop.presses("Mo", "R5", role="moderator")
        assert answer.text == "4 claims taken for R5."
        assert shop.team() == ["Mo said Q13 means R5; 4 claims taken."]
        assert shop.heard_by("Ana")[-1] == "✅ @Ana R5 is yours"
        assert shop.heard_by("Bob")[-1] == "⏳ @Bob R5: waitlist #1"
        assert shop.heard_by("Di")[-1] == "⏳ @Di R5: waitlist #3"


async def test_the_choice_takes_lines_in_the_order_they_were_sent(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        now = shop.clock.now()
        await shop.says("Bob", "claim Q13")
        await shop.says("Cy", "claim Q13")
        await shop.says("Ana", "claim Q13", at=now)
        await shop.presses("Mo", f"rescue.pick:1:{await item_id(shop, 'R5')}", role="moderator")
        assert shop.heard_by("Ana")[-1] == "✅ @Ana R5 is yours"


async def test_later_lines_read_the_code_as_that_item(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await gathered(shop)
        await shop.presses("Mo", f"rescue.pick:1:{await item_id(shop, 'M4')}", role="moderator")
        await shop.says("Ed", "q13 mine")
        assert shop.heard_by("Ed") == ["✅ @Ed M4 is yours"]
        await shop.passes(seconds=30)
        # Nobody hears that there is no Q13 after it was found out.
        assert [line for line in shop.heard_by("Cy") if "there is no" in line] == []


async def test_sizes_are_asked_where_the_item_has_them(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim Q13 M")
        await shop.says("Bob", "claim Q13 x2")
        await shop.says("Cy", "claim Q13 L")
        answer = await shop.presses(
            "Mo", f"rescue.pick:1:{await item_id(shop, 'D1')}", role="moderator"
        )
        assert answer.text == "3 claims taken for D1."
        assert shop.heard_by("Ana")[-1] == "✅ @Ana D1 / M is yours"
        assert shop.heard_by("Bob")[-1] == "@Bob: which D1? Tap one, or type it."
        await shop.says("Bob", "s")
        assert await shop.numbers("D1-S") == Numbers(on_hand=2, held=2, waiting=0, short=0)


async def test_only_the_unknown_part_of_a_line_is_taken(sqlite: Storage) -> None:
    async with Shop(sqlite, repeats="add") as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 and Q13")
        await shop.says("Bob", "claim Q13")
        await shop.says("Cy", "claim Q13")
        await shop.presses("Mo", f"rescue.pick:1:{await item_id(shop, 'M4')}", role="moderator")
        assert (await shop.numbers("M3")).held == 1
        assert (await shop.numbers("M4")).held == 3


async def test_a_dismissed_card_changes_nothing_and_does_not_come_again(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await gathered(shop)
        answer = await shop.presses("Mo", "None of these", role="moderator")
        assert answer.text == "Left as it is."
        assert shop.team() == ["Mo said Q13 means nothing; 0 claims taken."]
        for name in ("Di", "Ed", "Fi", "Gi"):
            await shop.says(name, "claim Q13")
        assert len(shop.team()) == 1


async def test_the_second_presser_hears_who_was_faster(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M4")
        await gathered(shop)
        button = f"rescue.pick:1:{await item_id(shop, 'M4')}"
        await shop.presses("Mo", button, role="moderator")
        answer = await shop.presses("Jo", "rescue.pick:1:0", role="moderator")
        assert answer.text == "Mo was faster and said that Q13 means M4; nothing changed."
        assert (await shop.numbers("M4")).held == 3


async def test_it_takes_three_people_within_thirty_seconds(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await gathered(shop, seconds_between=20)
        assert shop.team() == []
        for _ in range(5):
            await shop.says("Di", "claim Q13")
        assert shop.team() == []


async def test_what_was_typed_long_before_is_not_taken(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Zoe", "claim Q13")
        shop.clock.advance(600)
        await gathered(shop)
        await shop.presses("Mo", f"rescue.pick:1:{await item_id(shop, 'M4')}", role="moderator")
        assert (await shop.numbers("M4")).held == 3
        assert len(shop.heard_by("Zoe")) == 1


async def test_viewers_cannot_decide_it(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await gathered(shop)
        await shop.presses("Ana", f"rescue.pick:1:{await item_id(shop, 'M4')}")
        assert (await shop.numbers("M4")).held == 0
        answer = await shop.presses("Mo", "rescue.pick:77:0", role="moderator")
        assert answer.text == "That question is closed; nothing changed."


async def item_id(shop: Shop, code: str) -> int:
    return shop.andon.dispatcher.snapshot.catalogue.items[code].id
