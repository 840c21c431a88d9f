"""Runs of playbooks: started, ticked off by several people, ended and looked back at."""

import asyncio
from pathlib import Path

from sqlalchemy import select

from bot.checks.playbooks import check_playbooks
from bot.platforms.base import Outgoing
from handlers.runs.books import world_of
from playbooks.run import Status
from storage.engine import Storage
from storage.schema.runs import StepStatus, run_steps, run_timeline, runs
from tests.fakes.shop import Shop
from tests.unit.test_playbook_library import TO_COME, world

CORD = "/cord D2 a seam is open"


def cards(shop: Shop, kind: str = "runs.card") -> list[Outgoing]:
    return [post for post in shop.paper.posts if post.kind == kind]


def labels(shop: Shop) -> list[str]:
    return [button.label for button in cards(shop)[-1].buttons]


async def states(shop: Shop) -> dict[str, tuple[str, str]]:
    rows = await shop.rows(select(run_steps).order_by(run_steps.c.run_id, run_steps.c.place))
    return {row.step: (row.status, row.who) for row in rows}


async def kinds(shop: Shop) -> list[str]:
    rows = await shop.rows(select(run_timeline).order_by(run_timeline.c.id))
    return [row.kind for row in rows]


async def test_a_card_says_who_does_what_until_when(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.command("/cord D2 @everyone **a seam** is open")
        (card,) = cards(shop)
        why = "\uff20everyone \u2217\u2217a seam\u2217\u2217 is open"
        assert card.text.splitlines() == [
            f"🔴 **Run 1: The cord is pulled for D2: {why}** "
            "· since 20:00, by Andon · for the producer",
            '🎙 "We stop D2 for a minute, because we want to be sure about it.',
            "If you type claim now, you are on the waitlist, in order, "
            "and first in line if it goes on.",
            'Meanwhile, have a look at this…"',
            "⬜ 1. Take something else on stage · a moderator · by 20:02",
            f"⬜ 2. Go and look: {why} · the producer · by 20:05",
            "▫️ 3. Put it right, or hand it to the playbook that fits · the producer",
            "▫️ 4. Put D2 on sale again, or leave it off and say so in a note · a moderator",
        ]
        assert card.urgent
        assert card.mentions == ()
        assert labels(shop) == [
            "✓ 1", "Take 1", "/stage next", "✓ 2", "Take 2", "More…", "Words",
        ]  # fmt: skip


async def test_a_run_is_ticked_off_and_looked_back_at(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.command(CORD)
        taken = await shop.presses("Pia", "Take 2", role="producer")
        assert taken.text == "Step 2 of run 1 is yours."
        assert "🔵 2. Go and look: a seam is open · Pia · by 20:05" in cards(shop)[0].text
        assert (await shop.presses("Mo", "✓ 1", role="moderator")).text == (
            "Step 1 of run 1 is done."
        )
        assert "Mo did step 1" in cards(shop)[0].history
        answer = await shop.command("/playbook step 1 mend done", "Pia", role="producer")
        assert answer == "Step 3 waits for step 2. Nothing changed."
        assert await shop.command("/playbook note 1 the thread is torn", "Pia", role="host") == (
            "Noted in run 1."
        )
        await shop.passes(minutes=10)
        await shop.presses("Pia", "✓ 2", role="producer")
        answer = await shop.command("/playbook step 1 3 skip", "Pia", role="producer")
        assert answer == "Say why in a few words; nothing changed."
        await shop.command("/playbook step 1 3 skip new one came", "Pia", role="producer")
        last = await shop.command("/playbook step 1 4 done", "Mo")
        assert last == "Step 4 was the last: run 1 is over, and its review is posted."
        assert "✅ Finished at 20:10: every step is settled." in cards(shop)[0].text
        assert cards(shop)[0].buttons == ()
        (review,) = cards(shop, "runs.review")
        assert "10 min · taken after 1 s · Pia, Mo · 1 reminder, 0 calls" in review.text
        assert "⏰ Step 2, Go and look: a seam is open: 5 min late (Pia)" in review.text
        over = await shop.command("/playbook step 1 1 reopen", "Mo")
        assert over == "Run 1 is over already; nothing changed."
        assert await kinds(shop) == [
            "started", "step_started", "step_done", "noted", "reminded", "step_done",
            "step_skipped", "step_done", "ended",
        ]  # fmt: skip


async def test_the_questions_of_a_review_are_answered_in_a_form(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.command(CORD)
        await shop.command("/playbook end 1 it was a thread", "Pia", role="producer")
        form = await shop.opens("Pia", "runs.answer:1:1", role="producer")
        assert form is not None
        assert [(field.name, field.required) for field in form.fields] == [("q1", False)]
        kept = await shop.submits("Pia", form.id, "producer", q1="Yes, *always*")
        assert kept.text == "Kept; the review shows it."
        (review,) = cards(shop, "runs.review")
        assert review.text.endswith("— Yes, \u2217always\u2217")
        again = await shop.submits("Pia", form.id, "producer", q1="Yes, *always*")
        assert again.text == "Nothing new was answered, so nothing changed."


async def test_two_who_tick_at_once_lose_nothing_and_the_second_hears_who_was_faster(
    storage: Storage,
) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.command(CORD)
        presses = [
            shop._press(name, f"runs.done:1:{step}", role, None)
            for name, step, role in (
                ("Pia", "look", "producer"), ("Mo", "away", "moderator"), ("Max", "look", "host"),
            )
        ]  # fmt: skip
        await asyncio.gather(*map(shop.andon.intake.act, presses))
        await shop._settle()
        found = await states(shop)
        assert found["away"] == ("done", "Mo")
        status, first = found["look"]
        assert status == "done"
        answers = {press.person.name: shop._answer(press.reply_to).text for press in presses}
        (late,) = {"Pia", "Max"} - {first}
        assert answers[late] == f"{first} was faster: step 2 is done."
        assert (await kinds(shop)).count("step_done") == 2


async def test_a_steps_command_runs_with_the_rights_of_whoever_presses(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.show()
        await shop.command("/stage D1")
        await shop.command(CORD)
        refused = await shop.presses("Kim", "/stage next", role="packer")
        assert refused.text.startswith("You cannot use /stage next yourself; please ask")
        assert (await states(shop))["away"] == ("open", "")
        done = await shop.presses("Mo", "/stage next", role="moderator")
        assert done.text.startswith("D2 is on stage")
        assert (await states(shop))["away"] == ("in_progress", "Mo")
        # What is taken back is what the command did.
        assert "D1" in await shop.command("/undo")


async def test_an_act_on_a_step_is_taken_back(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.command(CORD)
        await shop.presses("Pia", "Take 2", role="producer")
        await shop.presses("Pia", "✓ 2", role="producer")
        back = await shop.command("/undo", "Pia", role="producer")
        assert back == "Step 2 of run 1 is as it was."
        assert (await states(shop))["look"] == ("in_progress", "Pia")
        await shop.command("/undo", "Pia", role="producer")
        assert (await states(shop))["look"] == ("open", "")
        await shop.presses("Pia", "✓ 2", role="producer")
        await shop.command("/playbook step 1 3 start", "Pia", role="producer")
        await shop.command("/playbook step 1 1 done", "Mo")
        assert (await shop.command("/playbook step 1 2 reopen", "Max", role="host")) == (
            "Step 3 went on from step 2; open that again first. Nothing changed."
        )


async def test_it_is_started_by_hand_for_an_item_and_asks_the_rest(sqlite: Storage) -> None:
    async with Shop(sqlite, playbooks=True) as shop:
        answer = await shop.command("/playbook start product-defekt M3", "Sue", role="support")
        assert "Did you mean product-defect?" in answer
        form_id = "runs.asked:product-defect:0:M3"
        asked = await shop.submits("Sue", form_id, "support", defect="the handle is loose")
        assert asked.text.startswith("Run 1 has started")
        assert "M3: a defect is reported" in cards(shop)[0].text
        assert "by Sue" in cards(shop)[0].text
        again = await shop.submits("Sue", form_id, "support", defect="loose")
        assert again.text.startswith("Run 1 is open about the same already")
        lacking = await shop.submits("Sue", "runs.asked:product-defect:0:M4", "support")
        assert lacking.text.startswith("product-defect has to know: What is wrong with it")
        assert await shop.command("/playbook start duplicate-customers") == (
            "Run 2 has started; its card is in the channel of the playbooks."
        )
        assert (await shop.command("/undo")) == "Run 2 is over; its review is posted."
        listed = await shop.command("/playbook status")
        assert listed == (
            "▶ Run 1: M3: a defect is reported · 0 of 7 steps settled, 4 waiting · since 20:00"
        )
        words = await shop.presses_id("Mo", "runs.words:1", role="host")
        assert "something may be wrong with M3: the handle is loose" in words.text


async def test_more_skips_blocks_and_notes_in_one_form(sqlite: Storage) -> None:
    async with Shop(sqlite, playbooks=True) as shop:
        await shop.command(CORD)
        form = await shop.opens("Pia", "runs.more:1", role="producer")
        assert form is not None
        acts, steps, _ = form.fields
        assert [value for value, _ in acts.choices] == ["skip", "block", "note", "reopen"]
        assert steps.choices[1] == ("look", "2 Go and look: a seam is open")
        blocked = await shop.submits(
            "Pia", form.id, "producer", act="block", step="look", why="the cupboard is locked"
        )
        assert blocked.text == "Step 2 of run 1 is blocked; the card says why."
        assert "⛔ 2. Go and look: a seam is open · Pia (the cupboard is locked)" in (
            cards(shop)[0].text
        )
        noted = await shop.submits("Pia", form.id, "producer", act="note", why="Kim has the key")
        assert noted.text == "Noted in run 1."


async def test_open_steps_wait_for_their_roles(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.command(CORD)
        lines = (await shop.command("/mine", "Mo")).splitlines()
        assert lines[1:] == [
            "Run 1, step 1: Take something else on stage (The cord is pulled for D2: a seam is "
            "open) · nobody has it yet · due 20:02"
        ]
        assert (await shop.command("/mine", "Kim", role="packer")).startswith("Nothing waits")
        await shop.presses("Mo", "✓ 1 of run 1", role="moderator")
        assert (await shop.command("/mine", "Mo")).startswith("Nothing waits")
        await shop.presses("Max", "Take 2", role="host")
        assert "you have it" in await shop.command("/mine", "Max", role="host")
        page = await shop.andon.intake.home(shop.person("Max", "host"))
        assert page is not None
        assert "Go and look" in page.sections[0].text


async def test_a_run_goes_on_after_a_restart_as_its_copy_says(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.command(CORD)
    async with Shop(storage, playbooks=True, continues=shop) as later:
        books = later.andon.house.playbooks
        books.by_id = {name: book for name, book in books.by_id.items() if name != "cord-pulled"}
        answer = await later.presses_id("Pia", "runs.done:1:look", role="producer")
        assert answer.text == "Step 2 of run 1 is done."
        assert "✅ 2. Go and look: a seam is open · Pia" in cards(later)[0].text
        (row,) = await later.rows(select(runs))
        assert row.taken_at is not None


async def test_viewers_see_none_of_it(sqlite: Storage) -> None:
    async with Shop(sqlite, playbooks=True) as shop:
        await shop.command(CORD)
        for line in ("list", "start cord-pulled", "status 1", "end 1 no", "step 1 1 done"):
            answer = await shop.command(f"/playbook {line}", "Eve", role="viewer")
            assert answer.startswith("You cannot use /playbook")
        assert (await shop.presses("Eve", "✓ 1")).text.startswith("You cannot use")
        assert await shop.opens("Eve", "runs.more:1") is None
        for button in ("runs.done:9:look", "runs.do:9:look", "runs.words:9", "runs.start:9"):
            gone = await shop.presses_id("Mo", button, role="moderator")
            assert gone.text.startswith(("There is no run 9.", "This was asked"))


def test_the_world_of_playbooks_is_the_one_the_library_is_written_for() -> None:
    assert world_of(()).events == world().events
    assert world_of(()).events.keys() >= TO_COME.keys()
    assert {one.value for one in Status} == {one.value for one in StepStatus}


def test_check_names_file_line_and_field(tmp_path: Path) -> None:
    folder = tmp_path
    (folder / "mine.yaml").write_text(
        "id: mine\ntitle: Mine\nwhen:\n  - hand: true\nowner: boss\n"
        "steps:\n  - {id: one, title: One}\nends_when:\n  - steps: done\n",
        encoding="utf-8",
    )
    wrong, fine = check_playbooks(folder)
    assert wrong.sentence.startswith("mine.yaml:5: owner: is 'boss'; choose one of")
    assert not wrong.fine
    assert fine.fine
    (all_fine,) = check_playbooks(None)
    assert all_fine.sentence == "17 playbooks can be used."
