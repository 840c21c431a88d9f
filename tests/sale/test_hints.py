"""Hints do not flood: one for a code and twenty seconds, one for a viewer in five minutes."""

from storage.engine import Storage
from tests.fakes.shop import Shop


async def test_the_first_hears_a_hint_at_once_and_the_next_share_one(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim Q14")
        assert shop.heard_by("Ana") == ["@Ana: there is no Q14."]
        await shop.says("Bob", "claim Q14")
        await shop.says("Cy", "claim q14 please")
        assert shop.heard()[-1] == "@Ana: there is no Q14."
        await shop.passes(seconds=20)
        assert shop.heard() == ["@Bob, @Cy: there is no Q14."]
        # Those who come now are gathered behind that one.
        await shop.says("Di", "claim Q14")
        assert shop.heard() == []
        await shop.passes(seconds=20)
        assert shop.heard() == ["@Di: there is no Q14."]


async def test_different_slips_about_one_item_share_the_next_post(storage: Storage) -> None:
    async with Shop(storage, rescue_people=99) as shop:
        await shop.show()
        await shop.says("Ana", "M3")
        await shop.says("Bob", "can I get M3")
        await shop.says("Cy", "M3")
        shop.heard()
        await shop.passes(seconds=20)
        assert shop.heard() == ["@Bob: to get M3, type claim M3.\n@Cy: to claim M3, type claim M3."]


async def test_a_viewer_hears_of_an_item_once_in_five_minutes(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "M3")
        await shop.says("Ana", "M4")
        assert len(shop.heard_by("Ana")) == 2
        await shop.passes(minutes=4)
        await shop.says("Ana", "can I get M3")
        assert len(shop.heard_by("Ana")) == 2
        # What was not said stands in private.
        assert "To get M3, type claim M3" in (await shop.presses("Ana", "claims.mine:")).text
        await shop.passes(minutes=1)
        await shop.says("Ana", "M3")
        assert shop.heard_by("Ana")[2:] == ["@Ana: to claim M3, type claim M3."]


async def test_more_than_two_a_second_are_told_in_private_only(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        now = shop.clock.now()
        for number, name in enumerate(("Ana", "Bob", "Cy", "Di")):
            await shop.says(name, f"claim Q{number}1", at=now)
        assert [len(shop.heard_by(name)) for name in ("Ana", "Bob", "Cy", "Di")] == [1, 1, 0, 0]
        assert "There is no Q31" in (await shop.presses("Di", "claims.mine:")).text
        await shop.passes(minutes=1)
        assert shop.heard_by("Di") == []


async def test_a_question_that_needs_its_answer_is_always_asked(sqlite: Storage) -> None:
    async with Shop(sqlite, hint_limit_per_second=0) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1")
        await shop.says("Bob", "claim Q14")
        assert (len(shop.heard_by("Ana")), len(shop.heard_by("Bob"))) == (1, 0)


async def test_a_gathered_hint_that_is_no_longer_true_is_not_said(storage: Storage) -> None:
    async with Shop(storage, claimable="after_staged") as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.says("Bob", "claim M3")
        await shop.command("/stage M3")
        await shop.passes(seconds=30)
        assert shop.heard_by("Bob") == ["🔔 M3 is open now: @ana, @Bob".replace("@ana", "@{ana}")]


async def test_a_hint_names_twenty_and_counts_the_rest(sqlite: Storage) -> None:
    async with Shop(sqlite, hint_seconds=120) as shop:
        await shop.show()
        await shop.says("Ana", "M3")
        await shop.say_together(*((f"V{number}", "M3") for number in range(50)))
        await shop.passes(minutes=2)
        said = shop.heard()[-1]
        assert said.count("@") == 20
        assert said.endswith("@V19 and 30 more: to claim M3, type claim M3.")


async def test_recent_hints_fade_from_my_claims(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "M3")
        assert "type claim M3" in (await shop.presses("Ana", "claims.mine:")).text
        await shop.passes(minutes=11)
        assert "type claim M3" not in (await shop.presses("Ana", "claims.mine:")).text


async def test_a_hint_keeps_the_size_that_was_typed(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "D1 M")
        assert shop.heard_by("Ana") == ["@Ana: to claim D1, type claim D1 M."]
        await shop.says("Bob", "claim D1 M")
        await shop.says("Bob", "claim D1 M")
        assert shop.heard_by("Bob")[-1].endswith("type claim D1 M x2 for 2")
