"""The show's card: it follows the show, and its buttons run the show from a phone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time
from typing import Any

from sqlalchemy import select

from bot.platforms.base import Outgoing
from handlers.team.hours import QuietHours
from storage.engine import Storage
from storage.schema import sale, traffic
from tests.fakes.shop import Shop


def cards(shop: Shop) -> list[Outgoing]:
    """Every card of a show in the audience, as it reads now."""
    return [post for post in shop.paper.posts if post.kind == "show.card"]


def card(shop: Shop) -> Outgoing:
    """The newest one."""
    return cards(shop)[-1]


def labels(post: Outgoing) -> list[str]:
    return [button.label for button in post.buttons]


def button(shop: Shop, label: str) -> str:
    """The id of a button of the card, as it is shown now."""
    return next(each.id for each in card(shop).buttons if each.label == label)


async def press(shop: Shop, id: str, name: str = "Mo") -> str:
    return (await shop.presses_id(name, id, role="moderator")).text


async def states(shop: Shop) -> Sequence[Any]:
    """Every state of a card that was put into the outbox."""
    said = traffic.outbox.c
    return await shop.rows(select(said.at).where(said.kind == "show.card"))


async def test_it_comes_with_the_show_and_follows_the_stage(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        assert card(shop).address.target == "alerts"
        head = card(shop).text.splitlines()[0]
        assert head.startswith("🎬 Friday is live since ")
        assert card(shop).text.splitlines()[1:] == ["▶️ Nothing is on stage."]
        assert labels(card(shop)) == ["Next", "Undo"]
        await shop.command("/stage D1")
        assert "D1 — Linen dress" in card(shop).text
        assert card(shop).text.endswith("🟢 S: 2 left · 🟢 M: 3 left · 🟢 L: 1 left")
        assert labels(card(shop)) == ["Next", "Pause", "Sold out", "Recount", "Undo", "Cord…"]
        await shop.command("/stage D1 M")
        assert "D1 / M — Linen dress" in card(shop).text
        assert card(shop).text.endswith("🟢 M: 3 left")
        await shop.command("/stage clear")
        assert labels(card(shop)) == ["Next", "Undo"]
        assert len(cards(shop)) == 1


async def test_it_follows_what_is_left_and_nothing_else(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M3")
        before = len(await states(shop))
        for name in ("Ana", "Bea"):
            await shop.says(name, "claim M3")
        assert card(shop).text.endswith("🟠 1 left")
        await shop.says("Cleo", "claim M3")
        assert card(shop).text.endswith("🔴 sold out")
        assert len(await states(shop)) == before + 3
        await shop.says("Dora", "claim M3")
        await shop.says("Ana", "claim D2")
        assert len(await states(shop)) == before + 3
        await shop.command("/stock add M3 30")
        assert card(shop).text.endswith("🟢 20+ left")
        known = len(await states(shop))
        await shop.says("Eva", "claim M3")
        assert len(await states(shop)) == known


async def test_a_batch_says_the_states_that_its_lines_would_have_said(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage D1")
        before = len(await states(shop))
        await shop.say_together(
            ("Ana", "claim D1 S"),
            ("Bea", "claim D1 L"),
            ("Cleo", "claim M3"),
            ("Dora", "claim D1 S"),
        )
        assert card(shop).text.endswith("🔴 S: sold out · 🟢 M: 3 left · 🔴 L: sold out")
        said = (await states(shop))[before:]
        assert len(said) == 3
        assert len({row.at for row in said}) == 3


async def test_next_goes_on_once_whoever_presses_first(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M3", "Mo")
        seen = button(shop, "Next")
        assert await press(shop, seen, "Mo") == "M4 is on stage: 4 left."
        assert await press(shop, seen, "Kim") == (
            "Mo was faster: M4 is on stage by now; nothing was changed."
        )
        assert await press(shop, seen, "Mo") == "M4 is on stage by now; nothing was changed."
        assert "M4" in card(shop).text
        stages = await shop.rows(select(sale.stages))
        assert len(stages) == 2
        # It is in the audit as if it were typed, and is taken back as such.
        assert (await shop.command("/undo", "Mo")).startswith("Undone. On stage: M3")
        assert "M3" in card(shop).text


async def test_the_first_next_of_a_show_begins_the_run_order(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        assert (await press(shop, button(shop, "Next"))).startswith("D1 is on stage")


async def test_a_press_on_an_old_state_hits_nothing(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M3")
        old = {each.label: each.id for each in card(shop).buttons}
        await shop.command("/stage M4", "Kim")
        for label in ("Next", "Pause", "Sold out", "Recount", "Undo"):
            assert await press(shop, old[label]) == (
                "Kim was faster: M4 is on stage by now; nothing was changed."
            ), label
        assert await shop.opens("Mo", old["Recount"], role="moderator") is None
        items = await shop.rows(select(sale.items.c.state).distinct())
        assert [row.state for row in items] == ["on_sale"]


async def test_pause_resume_and_sold_out_act_once(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M3")
        pause, stop = button(shop, "Pause"), button(shop, "Sold out")
        assert (await press(shop, pause, "Mo")).startswith("M3 is paused: claims are kept")
        assert "⏸ paused" in card(shop).text
        assert labels(card(shop)) == ["Next", "Resume", "Sold out", "Recount", "Undo", "Cord…"]
        for late in (pause, stop):
            assert await press(shop, late, "Kim") == (
                "Mo was faster: M3 is paused by now; nothing was changed."
            )
        await shop.says("Ana", "claim M3")
        assert (await shop.numbers("M3")).held == 0
        resume = button(shop, "Resume")
        assert await press(shop, resume, "Kim") == "M3 goes on; kept claims taken in order: 1."
        assert await press(shop, resume, "Mo") == (
            "Kim was faster: M3 is on sale by now; nothing was changed."
        )
        assert (await press(shop, button(shop, "Sold out"))).startswith("M3 is stopped")
        assert labels(card(shop)) == ["Next", "Resume", "Recount", "Undo", "Cord…"]
        assert await press(shop, button(shop, "Undo")) == "Undone: M3 is on sale again."
        assert "Pause" in labels(card(shop))


async def test_undo_takes_back_one_act_however_often_it_is_tapped(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M3")
        await shop.command("/stock set M4 9")
        await shop.command("/stock set M4 8")
        seen = button(shop, "Undo")
        assert (await press(shop, seen)).startswith("Undone. M4: 9 on hand")
        assert await press(shop, seen) == (
            "Something was taken back since; nothing more was changed. Press again to take back "
            "your own last act."
        )
        assert (await shop.numbers("M4")).on_hand == 9
        assert (await press(shop, seen, "Kim")).startswith("Mo was faster: something was taken")
        assert (await press(shop, button(shop, "Undo"))).startswith("Undone. M4: 4 on hand")


async def test_a_recount_asks_how_many_were_counted(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M3")
        form = await shop.opens("Mo", button(shop, "Recount"), role="moderator")
        assert form is not None
        assert form.title == "Recount M3"
        assert [field.name for field in form.fields] == ["units"]
        # It stays about what was counted, whatever comes on stage meanwhile.
        await shop.command("/stage M4")
        for typed in ("", "many", "-1", "1000001"):
            answer = await shop.submits("Mo", form.id, units=typed)
            assert answer.text.startswith("“How many are there” ")
        assert (await shop.submits("Mo", form.id, units="2")).text.startswith("M3: 2 on hand now")
        assert (await shop.numbers("M3")).on_hand == 2
        assert (await shop.command("/undo")).startswith("Undone. M3: 3 on hand")
        forged = await shop.submits("Mo", "show.recount:99:0", units="2")
        assert forged.text.startswith("That button is from an earlier version")


async def test_a_recount_of_an_item_with_sizes_asks_for_the_size(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage D1")
        form = await shop.opens("Mo", button(shop, "Recount"), role="moderator")
        assert form is not None
        assert [name for name, _ in form.fields[0].choices] == ["S", "M", "L"]
        missing = await shop.submits("Mo", form.id, units="0")
        assert missing.text.startswith("D1 comes in S, M, L: name one.")
        await shop.says("Ana", "claim D1 L")
        await shop.submits("Mo", form.id, units="0", variant="L")
        assert (await shop.numbers("D1-L")).short == 1
        assert card(shop).text.endswith("🔎 L: being counted")
        await shop.command("/stage D1 M")
        form = await shop.opens("Mo", button(shop, "Recount"), role="moderator")
        assert form is not None
        assert [field.name for field in form.fields] == ["units"]
        await shop.submits("Mo", form.id, units="7")
        assert (await shop.numbers("D1-M")).on_hand == 7


async def test_it_ends_quiet_and_the_end_can_be_taken_back(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M3")
        old = button(shop, "Next")
        await shop.says("Ana", "claim M3 x2")
        await shop.command("/show end")
        assert card(shop).text.startswith("🏁 Friday has ended")
        assert card(shop).text.endswith("Claims: 1, units held: 2, units waited for: 0.")
        assert labels(card(shop)) == ["Undo"]
        assert await press(shop, old) == "That show is not live any more; nothing changed."
        end = button(shop, "Undo")
        # Whoever ended it: on the card it is the end that is taken back.
        assert await press(shop, end, "Kim") == (
            "Friday is live again; what is held has no end again."
        )
        assert await press(shop, end) == (
            "Kim was faster: that end was taken back already, or can no longer be; nothing was "
            "changed."
        )
        assert "M3" in card(shop).text
        await shop.command("/show end")
        await shop.command("/show start Saturday")
        friday, saturday = cards(shop)
        assert friday.buttons == ()
        assert saturday.text.startswith("🎬 Saturday")


async def test_a_start_taken_back_and_a_pause_of_the_show_are_on_it(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/show pause")
        assert "⏸ paused" in card(shop).text
        await shop.command("/show resume")
        assert "⏸" not in card(shop).text
        for _ in range(3):
            await shop.command("/undo")
        assert card(shop).text == "The start of Friday was taken back."
        assert card(shop).buttons == ()


async def test_only_moderators_run_the_show(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.command("/stage M3")
        for each in card(shop).buttons:
            answer = await shop.presses_id("Ana", each.id)
            assert "please ask a moderator" in answer.text
            assert await shop.opens("Ana", each.id) is None
        for forged in ("show.next:1", "show.next:x:1", "show.pause:1:1", "show.undo:1:1:x"):
            answer = await shop.presses_id("Mo", forged, role="moderator")
            assert answer.text.startswith("That button is from an earlier version")


async def test_quiet_hours_do_not_take_it_out_of_a_hand(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        quiet = QuietHours(begins=time(0), ends=time(23, 59))
        shop.andon.dispatcher.house = replace(shop.andon.house, quiet_hours={"alerts": quiet})
        await shop.show()
        await shop.command("/stage M3")
        assert "M3 — Stoneware mug" in card(shop).text


async def test_it_works_after_a_restart(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M3")
    async with Shop(storage, continues=shop) as later:
        assert (await press(later, button(later, "Next"))).startswith("M4 is on stage")
        assert len(cards(later)) == 1


async def test_the_cord_is_pulled_from_the_card_for_what_was_on_stage_then(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M3")
        form = await shop.opens("Pat", shop._find("Cord…"), role="packer")
        assert form is not None
        assert form.title == "Stop M3 and call the team"
        await shop.command("/stage D2")
        answer = await shop.submits("Pat", form.id, "packer", why="a handle broke off")
        assert answer.text.startswith("M3 is stopped and the team is called.")
        assert any("Pat pulled the cord on M3: a handle broke off" in one for one in shop.team())
