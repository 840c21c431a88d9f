"""Playbooks on Discord: what the team says, the card of a run with its buttons, and the review."""

import discord
from sqlalchemy import select

from storage.schema.runs import run_suggestions, runs
from tests.fakes.simulated import SimulatedShop


def card(shop: SimulatedShop, words: str) -> discord.Message:
    """The newest post to the team with these words."""
    found = [one for one in shop.alerts.history() if one.author.bot and words in one.content]
    assert found, [one.content for one in shop.alerts.history()]
    return found[-1]


def told(shop: SimulatedShop, words: str) -> list[str]:
    return [one.content for one in shop.alerts.history() if words in one.content]


async def test_words_in_a_team_channel_suggest_a_playbook_and_nothing_else_does(
    shop: SimulatedShop,
) -> None:
    mo, ana = shop.mo, shop.member("Ana")
    talk = shop.guild.create_text_channel("talk")
    await shop.says(mo, "the voucher of Ana does not work", where=talk)
    await shop.says(ana, "my voucher does not work")
    assert told(shop, "coupon-failing") == []
    await shop.says(mo, "claim M3, the voucher does not work", where=shop.alerts)
    asked = card(shop, "shall we start the playbook coupon-failing")
    assert "Mo said" in asked.content
    # It is no claim, and the bot does not listen to itself: its card says voucher, too.
    assert "M3" not in (await shop.types(mo, "cart")).text
    assert len(told(shop, "coupon-failing")) == 1
    async with shop.storage.read() as tx:
        rows = await tx.all(run_suggestions.select())
    assert [row.state for row in rows if row.playbook_id == "coupon-failing"] == ["asked"]


async def test_a_card_is_ticked_taken_and_told_of_and_lives_through_a_restart(
    shop: SimulatedShop,
) -> None:
    pia, max_ = shop.member("Pia", "producer"), shop.member("Max", "support")
    await shop.types(pia, "cord", code="M3", why="a seam is open")
    async with shop.storage.read() as tx:
        number = await tx.scalar(select(runs.c.id).where(runs.c.playbook_id == "cord-pulled"))
    words = f"Run {number}"
    shown = card(shop, f"{words}:")
    assert shop.text_of(await pia.click(shown, label="Take 2")) is not None
    await shop.settled()
    late = await shop.types(max_, "playbook step", run=str(number), step="2", act="start")
    assert late.text == "Pia was faster and has step 2."
    assert "Pia" in card(shop, f"{words}:").content
    await shop.restart()
    done = await max_.click(card(shop, f"{words}:"), label="✓ 1")
    await shop.settled()
    assert "Step 1" in shop.text_of(done)
    await shop.later()
    opened = await pia.click(card(shop, f"{words}:"), label="More…")
    assert opened.modal is not None
    noted = await pia.submit_modal(
        opened, {"act": ["note"], "step": [], "why": "Max looks after it"}
    )
    await shop.settled()
    assert "Noted" in shop.text_of(noted)
    await shop.types(pia, "playbook end", run=str(number), why="it was only a thread")
    review = card(shop, f"Looking back at run {number}")
    asked = await max_.click(review, label="Answer")
    assert asked.modal is not None
    await max_.submit_modal(asked, {"q1": "Look at the seams before the show"})
    await shop.settled()
    assert "Look at the seams" in card(shop, f"Looking back at run {number}").content


async def test_names_of_playbooks_and_numbers_of_runs_complete(small_shop: SimulatedShop) -> None:
    shop = small_shop
    named = await shop.mo.autocomplete(shop.stream, "playbook start", "name", "coup")
    assert [one["value"] for one in named] == ["coupon-failing"]
    await shop.types(shop.mo, "cord", code="M3", why="a seam is open")
    found = await shop.mo.autocomplete(shop.stream, "playbook end", "run", "")
    assert any("M3" in one["name"] for one in found)
