"""What ends a run besides its steps, and what it says meanwhile: never what is not so any more."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from bot.platforms.base import Outgoing
from bot.settings import load_settings
from storage.engine import Storage
from storage.schema.runs import runs
from tests.fakes.happening import Happening
from tests.fakes.shop import Shop

SIZES = """code,variant,sku,title,price,currency,stock,limit,bin,final_sale,replacements,aliases
S1,S,S1-S,Sage dress,48.00,USD,10,,R1,no,,
S1,M,S1-M,Sage dress,48.00,USD,10,,R1,no,,
K9,,K9,Silver ring,42.00,USD,9,,R2,no,,
"""


def told(shop: Shop, kind: str) -> list[Outgoing]:
    """What the team was told of one kind."""
    return [post for post in shop.paper.posts if post.kind == kind]


async def of(shop: Shop, name: str) -> Sequence[Any]:
    """The runs of a playbook."""
    chosen = select(runs).where(runs.c.playbook_id == name).order_by(runs.c.id)
    return await shop.rows(chosen)


async def ended(shop: Shop, name: str) -> list[str]:
    """Why each run of a playbook ended; empty for one that is open."""
    return [row.ended_why for row in await of(shop, name)]


async def test_units_that_come_free_end_a_sell_out(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x3")
        assert await ended(shop, "sold-out-on-camera") == [""]
        await shop.command("/claim void Ana M3")
        assert await ended(shop, "sold-out-on-camera") == ["There is stock again."]
        await shop.passes(minutes=5)
        assert not any("sold out" in one.text for one in told(shop, "runs.reminder"))


async def test_the_cord_taken_back_ends_its_run(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.show()
        await shop.command("/cord D2 a seam is open", "Pia", role="packer")
        card = told(shop, "runs.card")[-1].text
        assert "We stop D2 for a minute" in card
        assert "If you type claim now, you are on the waitlist" in card
        await shop.command("/undo", "Pia", role="packer")
        assert await ended(shop, "cord-pulled") != [""]
        await shop.command("/cord D2 a seam is open", "Pia", role="packer")
        await shop.command("/stock resume D2")
        assert (await ended(shop, "cord-pulled"))[-1] == "It is on sale again."
        # Stopped before already: taking the cord back changes nothing but the alarm.
        await shop.command("/stock stop M4")
        await shop.command("/cord M4 chipped", "Pia", role="packer")
        await shop.command("/undo", "Pia", role="packer")
        assert (await ended(shop, "cord-pulled"))[-1] == "The cord was taken back."


async def test_runs_of_items_end_with_the_show_and_the_others_go_on(storage: Storage) -> None:
    async with Shop(storage, playbooks=True, catalogue=SIZES, limit_per_item=None) as shop:
        await shop.show()
        await shop.says("Ana", "claim K9 x9")
        await shop.says("Bea", "claim S1 M x9")
        await shop.command("/cord K9 a stone is loose")
        await shop.passes(minutes=2)
        await shop.command("/show end")
        assert await ended(shop, "sold-out-on-camera") == ["The show is over."]
        assert await ended(shop, "stock-running-low") == ["The show is over."]
        assert await ended(shop, "cord-pulled") == [""]


async def test_the_end_of_a_show_taken_back_brings_live_again(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.show()
        await shop.command("/show end")
        assert await ended(shop, "during-the-show") == ["The show has ended."]
        assert await ended(shop, "after-the-show") == [""]
        await shop.command("/undo")
        assert await ended(shop, "after-the-show") == ["The show goes on after all."]
        assert await ended(shop, "during-the-show") == ["The show has ended.", ""]
        await shop.command("/show pause")
        await shop.command("/show resume")
        assert len(await of(shop, "during-the-show")) == 2
        await shop.command("/show end")
        assert (await ended(shop, "during-the-show"))[-1] == "The show has ended."


async def test_numbers_in_words_are_those_of_the_moment(storage: Storage) -> None:
    async with Shop(storage, playbooks=True, catalogue=SIZES, limit_per_item=None) as shop:
        await shop.show()
        await shop.says("Ana", "claim S1 M x8")
        words = await shop.presses_id("Mo", "runs.words:2", role="host")
        assert "S1: 10 in S, 2 in M left." in words.text
        await shop.says("Bea", "claim S1 M")
        words = await shop.presses_id("Mo", "runs.words:2", role="host")
        assert "S1: 10 in S, 1 in M left." in words.text
        # The card stays as it was shown, so it names no number.
        assert "1 in M" not in told(shop, "runs.card")[-1].text
    async with Shop(storage, playbooks=True, continues=shop) as shop:
        await shop.says("Cy", "claim K9 x9")
        await shop.command("/playbook start stock-running-low K9", "Pia", role="producer")
        number = (await of(shop, "stock-running-low"))[-1].id
        words = await shop.presses_id("Mo", f"runs.words:{number}", role="host")
        assert "K9: none left just now." in words.text
        assert "0 left" not in words.text


async def test_one_run_for_an_item_and_a_quiet_handover(storage: Storage) -> None:
    async with Shop(storage, playbooks=True, catalogue=SIZES, limit_per_item=None) as shop:
        await shop.show()
        await shop.says("Ana", "claim S1 S x9")
        await shop.says("Bea", "claim S1 M x9")
        assert len(await of(shop, "stock-running-low")) == 1
        await shop.says("Cy", "claim S1 S")
        assert await ended(shop, "stock-running-low") == [
            "It sold out, which has a playbook of its own."
        ]
        # Nobody had time to do anything: there is nothing to look back at.
        assert told(shop, "runs.review") == []
        await shop.says("Di", "claim S1 M")
        assert len(await of(shop, "sold-out-on-camera")) == 1
        (row,) = await of(shop, "sold-out-on-camera")
        assert "/stock recount S1 … S" in told(shop, "runs.card")[-1].text
        assert row.about == '["S1"]'


async def test_what_is_short_is_not_called_sold_out(storage: Storage) -> None:
    async with Shop(storage, playbooks=True, catalogue=SIZES, limit_per_item=None) as shop:
        await shop.show()
        await shop.says("Ana", "claim K9 x8")
        assert await ended(shop, "stock-running-low") == [""]
        await shop.command("/stock recount K9 3")
        assert await of(shop, "sold-out-on-camera") == []
        assert await ended(shop, "stock-running-low") == [
            "It is being counted, which has a playbook of its own."
        ]
        assert await ended(shop, "miscounted") == [""]
        card = told(shop, "lamps.card")[-1].text
        assert card.startswith("🔎 K9 — Silver ring: being counted")
        await shop.command("/stock recount K9 8")
        assert await ended(shop, "miscounted") == ["What is there covers what is held again."]


async def test_a_step_that_nobody_did_is_nobodys_lateness(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.command("/cord D2 a seam is open")
        await shop.passes(minutes=13)
        await shop.command("/playbook end 1 it was a thread", "Mo")
        (review,) = told(shop, "runs.review")
        assert "late (Mo)" not in review.text
        assert "▫️ Step 2, Go and look: a seam is open: not done (for the producer)" in review.text


async def test_taking_the_call_counts_as_taking_the_run(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.command("/cord D2 a seam is open")
        await shop.passes(minutes=2, seconds=1)
        (call,) = [post for post in told(shop, "alert.card") if "📣" in post.text]
        (button,) = call.buttons
        await shop.presses_id("Pia", button.id, role="producer")
        await shop.passes(minutes=5)
        (call,) = [post for post in told(shop, "alert.card") if "📣" in post.text]
        assert "times" not in call.text
        assert (await of(shop, "cord-pulled"))[0].taken_at is not None


async def test_the_chat_that_is_back_ends_its_run(storage: Storage) -> None:
    happening = Happening()
    async with Shop(storage, playbooks=True, capabilities=[happening.capability]) as shop:
        happening.give("PlatformLost", platform="discord")
        await shop.command("/happen")
        assert await ended(shop, "platform-down") == [""]
        happening.give("PlatformBack", platform="discord")
        await shop.command("/happen")
        (why,) = await ended(shop, "platform-down")
        assert why.startswith("The chat is back")


async def test_who_did_it_before_hears_so_and_what_is_not_there_is_said_plainly(
    storage: Storage,
) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.command("/cord D2 a seam is open")
        await shop.command("/playbook step 1 1 done", "Mo")
        again = await shop.command("/playbook step 1 1 done", "Mo")
        assert again == "Step 1 is done already, by you; nothing changed."
        assert (await shop.command("/playbook status 99", "Mo")) == (
            "There is no run 99. /playbook status shows what is open."
        )
        assert "product-defect — Product defect\n" in await shop.command("/playbook list", "Mo")
        await shop.command("/stock pause M3")
        assert await shop.command("/stock resume M3") == "M3 goes on."
        form = await shop.opens("Mo", "runs.more:1", role="moderator")
        assert form is not None


async def test_what_concerns_a_live_show_comes_through_quiet_hours(storage: Storage) -> None:
    hours = load_settings(environ={"ANDON_TEAM__QUIET_HOURS__PLAYBOOKS": "20:00-22:00"}).team.quiet
    async with Shop(storage, playbooks=True) as shop:
        house = replace(shop.andon.house, quiet_hours=hours)
        shop.andon.house = shop.andon.dispatcher.house = house
        await shop.command("/playbook start coupon-failing", "Pia", role="producer")
        await shop.show()
        await shop.says("Ana", "claim M3 x3")
        assert any("sold out" in one.text for one in told(shop, "runs.card"))


async def test_a_persons_list_has_the_steps_of_their_roles(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.command("/cord D2 a seam is open")
        moderators = await shop.command("/mine", "Mo")
        assert "Take something else on stage" in moderators
        assert "Go and look" not in moderators
        producers = await shop.command("/mine", "Pia", role="producer")
        assert "Go and look" in producers
        assert "Take something else on stage" not in producers


async def test_a_suggestion_has_a_title_without_holes_and_a_form_no_label_twice(
    storage: Storage,
) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.team_says("Max", "wrong price for M3!")
        (card,) = told(shop, "runs.suggestion")
        assert "💡 **Wrong price: M3**: shall we start" in card.text
        form = await shop.opens("Pia", card.buttons[0].id, role="producer")
        assert form is not None
        assert all(field.hint != field.label for field in form.fields)


async def test_a_start_taken_back_ends_the_list_of_the_show(storage: Storage) -> None:
    async with Shop(storage, playbooks=True) as shop:
        await shop.show()
        assert await ended(shop, "during-the-show") == [""]
        await shop.command("/undo")
        assert await ended(shop, "during-the-show") == ["The start of the show was taken back."]
        told_before = len(shop.paper.posts)
        await shop.passes(hours=3)
        assert shop.paper.posts[told_before:] == []
