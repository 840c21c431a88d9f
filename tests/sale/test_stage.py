"""What is on stage: put there, moved on, cleared, and taken back."""

import pytest

from storage.engine import Storage
from tests.fakes.shop import Shop


async def test_staging_tells_the_stream_and_the_moderator(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        shop.heard()
        assert await shop.command("/stage M3") == "M3 is on stage: 3 left."
        assert shop.heard() == ["▶️ On stage: M3 — Stoneware mug, $18.00. Type claim M3."]
        await shop.says("Ana", "mine")
        assert shop.heard_by("Ana") == ["✅ @Ana M3 is yours"]


@pytest.mark.parametrize("named", ["d1 m", "D-1 M", "dress M", '"D 1" medium', "D 1 M", "D1 / M"])
async def test_a_variant_can_be_staged_alone(sqlite: Storage, named: str) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        assert await shop.command(f"/stage {named}") == "D1 / M is on stage: 3 left."
        assert shop.heard()[-1].endswith("Type claim D1 / M.")
        await shop.says("Ana", "mine")
        assert (await shop.numbers("D1-M")).held == 1
        await shop.says("Bob", "claim D1 / M")
        assert (await shop.numbers("D1-M")).held == 2


async def test_staging_needs_a_live_show_and_a_known_item(storage: Storage) -> None:
    async with Shop(storage) as shop:
        answer = await shop.command("/stage M3")
        assert answer.startswith("No show is live")
        await shop.show()
        assert await shop.command("/stage M5") == "There is no item M5. Did you mean M3?"
        assert await shop.command("/stage") == "CODE is missing: /stage CODE [VARIANT]."
        answer = await shop.command("/stage D1 XXL")
        assert answer == "D1 comes in S, M, L; “XXL” names none of them, or more than one."
        answer = await shop.command("/stage M3 red")
        assert answer == "M3 comes in one kind only, so leave out “red”."
        assert "On stage: nothing" in await shop.command("/show status")


async def test_a_stopped_item_on_stage_is_called_so(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stock stop M3")
        answer = await shop.command("/stage M3")
        assert answer == "M3 is on stage: 3 left; it is stopped, waitlist only."


async def test_next_and_back_follow_the_run_order(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        assert (await shop.command("/stage next")).startswith("D1 ")
        assert await shop.command("/stage back") == "There is nothing before that."
        assert (await shop.command("/stage next")).startswith("D2 ")
        assert (await shop.command("/stage next")).startswith("M3 ")
        assert (await shop.command("/stage back")).startswith("D2 ")
        assert await shop.command("/stage clear") == "The stage is empty."
        assert await shop.command("/stage clear") == "The stage is empty already; nothing changed."
        assert (await shop.command("/stage next")).startswith("M3 ")
        await shop.command("/stage 7")
        assert await shop.command("/stage next") == "7 was the last in the run order."
        assert "On stage: 7." in await shop.command("/show status")


async def test_nothing_is_meant_by_a_bare_claim_on_an_empty_stage(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M3")
        await shop.passes(seconds=30)
        await shop.command("/stage clear")
        await shop.passes(seconds=30)
        await shop.says("Ana", "mine")
        assert (await shop.numbers("M3")).held == 0


async def test_undo_brings_back_what_was_on_stage_before(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage D1 M")
        await shop.passes(minutes=1)
        await shop.command("/stage R5")
        shop.heard()
        assert await shop.command("/undo") == "Undone. On stage: D1 / M."
        assert shop.heard()[-1].startswith("▶️ On stage: D1 / M")
        await shop.passes(minutes=1)
        await shop.says("Ana", "mine")
        assert (await shop.numbers("D1-M")).held == 1
        assert await shop.command("/undo") == "Undone. On stage: nothing."


async def test_undo_of_a_clear_brings_the_item_back(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M3")
        await shop.command("/stage clear")
        assert await shop.command("/undo") == "Undone. On stage: M3."


async def test_undo_of_the_first_stage_leaves_it_empty(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M3")
        assert await shop.command("/undo") == "Undone. On stage: nothing."


async def test_undo_does_not_take_away_what_another_staged_since(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M3")
        await shop.command("/stage R5", "Ned")
        assert await shop.command("/undo") == "Something else was staged since; nothing changed."
        assert "On stage: R5." in await shop.command("/show status")


async def test_undo_of_a_stage_does_not_reach_into_an_ended_show(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M3")
        await shop.command("/show end", "Ned")
        assert (await shop.command("/undo")).startswith("No show is live")
