"""Claims typed before their item can be claimed: not kept, told once when it opens."""

from storage.engine import Storage
from tests.fakes.shop import Shop

NOT_OPEN = "@Ana: M3 is not open yet. I will tell you here when it is."


async def test_an_early_claim_is_not_kept_but_told_once_when_it_opens(storage: Storage) -> None:
    async with Shop(storage, claimable="after_staged") as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.says("Ana", "claim M3 x2")
        assert shop.heard_by("Ana") == [NOT_OPEN]
        await shop.command("/stage M3")
        assert shop.heard()[-1] == "🔔 M3 is open now: @Ana"
        assert (await shop.numbers("M3")).held == 0
        await shop.command("/stage M4")
        await shop.command("/stage M3")
        assert len(shop.heard_by("Ana")) == 2


async def test_what_was_on_stage_stays_open_by_default(sqlite: Storage) -> None:
    async with Shop(sqlite, claimable="after_staged") as shop:
        await shop.show()
        await shop.command("/stage M3")
        await shop.command("/stage M4")
        await shop.passes(minutes=5)
        await shop.says("Ana", "claim M3")
        assert shop.heard_by("Ana") == ["✅ @Ana M3 is yours"]


async def test_under_on_stage_the_delay_of_the_stream_counts(sqlite: Storage) -> None:
    async with Shop(sqlite, claimable="on_stage") as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        assert shop.heard_by("Ana") == [NOT_OPEN]
        await shop.command("/stage M3")
        shop.clock.advance(20)
        await shop.command("/stage M4")
        await shop.says("Bob", "claim M3")
        assert shop.heard_by("Bob") == ["✅ @Bob M3 is yours"]
        shop.clock.advance(10)
        await shop.says("Cy", "claim M3")
        assert shop.heard_by("Cy") == ["@Cy: M3 can be claimed only while it is on stage."]


async def test_in_one_line_the_open_item_is_claimed_and_the_other_is_told(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite, claimable="after_staged") as shop:
        await shop.show()
        await shop.command("/stage M4")
        await shop.says("Ana", "claim M3 and M4")
        assert sorted(shop.heard_by("Ana")) == [NOT_OPEN, "✅ @Ana M4 is yours"]


async def test_a_line_that_was_overtaken_by_the_stage_is_not_left_waiting(
    storage: Storage,
) -> None:
    async with Shop(storage, claimable="after_staged") as shop:
        await shop.show()
        sent = shop.clock.now()
        await shop.command("/stage M3")
        await shop.says("Ana", "claim M3", at=sent)
        assert shop.heard_by("Ana") == [
            "@Ana: M3 opened just after you typed that. Type claim M3 again."
        ]


async def test_an_edit_to_an_item_that_is_not_open_changes_nothing(sqlite: Storage) -> None:
    async with Shop(sqlite, claimable="after_staged") as shop:
        await shop.show()
        await shop.command("/stage M4")
        line = await shop.says("Ana", "claim M4")
        await shop.edits(line, "claim M3", "Ana")
        assert shop.heard_by("Ana") == ["✅ @Ana M4 is yours", NOT_OPEN]
        assert (await shop.numbers("M4")).held == 1


async def test_many_who_came_early_are_all_told(sqlite: Storage) -> None:
    async with Shop(sqlite, claimable="after_staged") as shop:
        await shop.show()
        await shop.say_together(*((f"V{number}", "claim M3") for number in range(120)))
        shop.heard()
        await shop.command("/stage M3")
        posts = [post for post in shop.paper.posts if post.text.startswith("🔔")]
        assert {person for post in posts for person in post.mentions} == {
            f"v{number}" for number in range(120)
        }
        assert all(len(post.text) <= shop.paper.max_characters for post in posts)
