"""`/undo`: your own last act, once; with what was decided since, or with a reason why not."""

import pytest
from sqlalchemy import select

from handlers.registry import Registry
from storage.engine import Storage
from storage.schema import traffic
from tests.fakes.shop import Numbers, Shop


async def test_there_may_be_nothing_to_take_back(storage: Storage) -> None:
    async with Shop(storage) as shop:
        assert await shop.command("/undo") == "There is nothing of yours to take back."
        await shop.command("/show status")
        await shop.command("/no such thing")
        assert await shop.command("/undo") == "There is nothing of yours to take back."


async def test_acts_are_taken_back_one_after_the_other(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.command("/stock set M3 5")
        await shop.command("/stock set M3 7")
        assert await shop.command("/undo") == "Undone. M3: 5 on hand now, 5 left."
        assert await shop.command("/undo") == "Undone. M3: 3 on hand now, 3 left."
        assert await shop.command("/undo") == "There is nothing of yours to take back."
        undone = await shop.rows(select(traffic.audit).order_by(traffic.audit.c.id))
        assert [(row.action, row.undone) for row in undone] == [
            ("stock.set", True),
            ("stock.set", True),
            ("undo", False),
            ("undo", False),
        ]


async def test_the_stage_goes_back_step_by_step(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        for code in ("M3", "M4", "D2"):
            await shop.command(f"/stage {code}")
        assert await shop.command("/undo") == "Undone. On stage: M4."
        assert await shop.command("/undo") == "Undone. On stage: M3."
        assert "nothing" in (await shop.command("/undo")).lower()


async def test_what_can_never_be_taken_back_does_not_stand_in_the_way(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stock set M3 5")
        await shop.command("/stage M3")
        await shop.command("/stage M4", "Ned")
        assert await shop.command("/undo") == "Something else was staged since; nothing changed."
        assert await shop.command("/undo") == "Undone. M3: 3 on hand now, 3 left."


async def test_nobody_takes_back_the_act_of_another(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.command("/stock set M3 5")
        assert await shop.command("/undo", "Ned") == "There is nothing of yours to take back."
        assert (await shop.numbers("M3")).on_hand == 5


async def test_a_refusal_is_no_act(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.command("/stock set M3 5", "Pia", role="producer")
        await shop.command("/stock set M3 6", "Pia", role="packer")
        assert await shop.command("/undo", "Pia", role="producer") == (
            "Undone. M3: 3 on hand now, 3 left."
        )


async def test_an_act_that_cannot_be_taken_back_is_not_jumped_over(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stock stop R5")
        await shop.says("Ana", "claim R5")
        await shop.command("/waitlist offer R5")
        answer = await shop.command("/undo")
        assert answer == "Your last act (waitlist.offer R5) cannot be taken back. Nothing changed."
        assert "stopped" in await shop.command("/stock show R5")


async def test_stock_counted_since_is_left_alone(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.command("/stock add M3 2")
        await shop.command("/stock add M3 1", "Ned")
        answer = await shop.command("/undo")
        assert answer == (
            "M3 was counted again since: 6 on hand. Nothing changed; use /stock recount."
        )
        assert await shop.command("/undo", "Ned") == "Undone. M3: 5 on hand now, 5 left."
        assert await shop.command("/undo") == "Undone. M3: 3 on hand now, 3 left."


async def test_taking_a_restock_back_takes_no_unit_from_anyone(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        await shop.command("/stock add R5 1")
        answer = await shop.command("/undo")
        assert answer == (
            "Undone. R5: counted 1, but 2 are held: 1 short. Nobody loses a hold by this; an "
            "exception is open for support."
        )
        assert await shop.numbers("R5") == Numbers(on_hand=1, held=2, waiting=0, short=1)


async def test_taking_a_recount_back_makes_up_the_shortage(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x3")
        await shop.command("/stock recount M3 1")
        await shop.command("/undo")
        assert await shop.numbers("M3") == Numbers(on_hand=3, held=3, waiting=0, short=0)
        assert shop.team("exceptions")[0].endswith("settled by itself: recounted")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/stock pause M3", "Undone: M3 is on sale again."),
        ("/stock stop M3", "Undone: M3 is on sale again."),
    ],
)
async def test_what_a_pause_kept_is_decided_when_it_is_taken_back(
    storage: Storage, line: str, answer: str
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command(line)
        await shop.says("Ana", "claim M3")
        assert await shop.command("/undo") == answer
        assert (await shop.numbers("M3")).held == 1


async def test_a_state_changed_since_is_left_alone(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.command("/stock pause M3")
        await shop.command("/stock stop M3", "Ned")
        answer = await shop.command("/undo")
        assert answer == ("M3 was changed since and is stopped (waitlist only). Nothing changed.")
        assert await shop.command("/undo", "Ned") == "Undone: M3 is paused again."
        assert await shop.command("/undo") == "Undone: M3 is on sale again."


async def test_an_added_claim_is_taken_back(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "hi")
        await shop.command("/claim add Bob M3 2")
        assert await shop.command("/undo") == "Taken back: 2 of M3 from Bob."
        assert shop.heard_by("Bob")[-1] == "↩️ @Bob M3 ×2 was taken back by the team"
        await shop.command("/claim add Bob M3 2")
        await shop.command("/claim void Bob M3", "Ned")
        assert await shop.command("/undo") == "That was changed since; nothing changed."


async def test_who_was_voided_by_mistake_gets_what_is_free_and_waits_for_the_rest(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x3")
        await shop.says("Bob", "claim M3")
        await shop.command("/claim void Ana M3")
        answer = await shop.command("/undo")
        assert answer == "Undone: Ana has M3 ×2 and M3 (place 1 in line) again."
        assert shop.heard_by("Ana")[-1] == "✅ @Ana M3: 2 yours, 1 waitlist #1"


async def test_a_move_is_taken_back_while_the_other_size_is_free(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1 L")
        await shop.command("/claim move Ana D1 L M")
        assert await shop.command("/undo") == "Moved 1 from Ana: D1 / M to D1 / L."
        assert await shop.numbers("D1-L") == Numbers(on_hand=1, held=1, waiting=0, short=0)
        await shop.says("Bob", "claim D1 L")
        await shop.command("/claim move Ana D1 L M")
        assert await shop.command("/undo") == "Not enough D1 / L is free (0); nothing changed."
        assert (await shop.numbers("D1-M")).held == 1


async def test_every_act_with_an_undo_has_its_way_back() -> None:
    registry = Registry.of()
    commands = {name.replace(" ", ".") for name in registry.commands}
    menus = {"claim.count"}
    assert registry.undoes.keys() <= commands | menus | registry.presses.keys()
