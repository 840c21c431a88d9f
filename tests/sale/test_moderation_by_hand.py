"""What a moderator does by hand, and what is never done: in silence, in public, to the team."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from handlers.messages import Reach
from storage.engine import Storage
from storage.schema.moderation import moderation_taught
from tests.fakes.shop import Shop
from tests.sale.test_moderation import ACT, SCAM, cards, log

WORD = "💬 @Lou, a word from the team for you: press *Read it*."


async def test_the_menu_warn_is_a_word_about_that_very_line(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        key = await shop.says("Lou", "you are all fools")
        shop.heard()
        told = await shop.presses("Mo", "menu.warn", role="moderator", message=key)
        assert told.text == "Lou is mentioned in the chat; only Lou can read why."
        assert shop.heard() == [WORD]
        assert "you are all fools" in (await shop.presses("Lou", "Read it")).text
        assert await log(shop) == [("Lou", "by_hand", "warn")]
        assert (await shop.command("/undo")).startswith("Taken back for Lou")


async def test_nobody_of_the_team_is_warned_or_timed_out(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        key = await shop.says("Mara Holt", "welcome all", role="host")
        await shop.command("/mod rules caps off", "Jo")
        await shop.says("Jo", "hi", role="moderator")
        for told in (
            await shop.command('/mod timeout "Mara Holt" 5'),
            await shop.command('/mod warn "Mara Holt" calm down'),
            (await shop.presses("Mo", "menu.warn", role="moderator", message=key)).text,
        ):
            assert told == "Mara Holt is of the team; nothing changed."
        assert "of the team" in await shop.command("/mod warn Jo")
        assert (shop.acts(), await log(shop)) == ([], [])


async def test_a_timeout_without_minutes_takes_those_that_are_set(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation={**ACT, "timeout_minutes": 7}) as shop:
        await shop.show()
        await shop.says("Kim", "hello")
        assert "nothing for 7 min" in await shop.command("/mod timeout Kim")
        assert "nothing for 7 min" in await shop.command("/mod timeout Kim too loud")
        assert "nothing for 3 min" in await shop.command("/mod timeout Kim 3 too loud")


async def test_undo_reaches_past_what_was_taken_back_on_a_card(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        await shop.command("/mod rules caps off")
        await shop.says("Kim", SCAM)
        await shop.presses("Mo", "Undo", role="moderator")
        assert await shop.command("/undo") == "caps is set as it was before."


async def test_rules_and_buttons_are_called_by_their_names(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Kim", SCAM)
        refused = await shop.presses("Lou", "Undo")
        assert "Undo" in refused.text
        assert "on a card" not in refused.text
        gone = (await shop.presses_id("Lou", "mod.why:nothing")).text
        assert gone == "There is no word behind this button any more."


# --- a claim beside a link ------------------------------------------------------------------------


async def test_a_claim_beside_a_link_goes_before_a_person_and_is_counted(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        shop.heard()
        await shop.says("Ana", "claim D2 https://blog.example/x")
        assert shop.acts() == []
        assert await log(shop) == [("Ana", "link", "review")]
        assert "holds a claim for D2" in cards(shop)[0]
        assert shop.heard() == ["@Ana: to get D2, type claim D2."]
        told = await shop.presses("Mo", "Count as claim", role="moderator")
        assert "Ana" in told.text
        assert (await shop.numbers("D2")).held == 1


async def test_a_scam_beside_a_claim_goes_and_the_claim_does_not(sqlite: Storage) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        shop.heard()
        key = await shop.says("Ana", "claim D2 discord.gg/abcdef")
        assert shop.acts() == [("delete", key)]
        assert "holds a claim for D2" in cards(shop)[0]
        assert shop.heard() == ["@Ana: to get D2, type claim D2."]
        await shop.presses("Mo", "Count as claim", role="moderator")
        assert (await shop.numbers("D2")).held == 1


# --- ordinary buyers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Service Dog Mom", "can I pay by paypal?"),
        ("Mod Squad Linda", "is the invoice in my email?"),
        ("Customer Service Fan", "where is my refund"),
        ("Tara Holt", "do you take venmo"),
        ("Host Family Kim", "what are the shipping fees?"),
        ("Support Local Art", "how do I confirm my claim?"),
        ("Tara Holt", "cancel D1 M, refund please"),
    ],
)
async def test_a_buyer_may_be_called_much_and_ask_about_money(
    sqlite: Storage, name: str, text: str
) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Mara Holt", "hi", role="host")
        await shop.says(name, text)
        assert shop.acts() == []
        assert not [action for *_, action in await log(shop) if action != "review"]


async def test_who_repeats_the_host_is_left_alone(sqlite: Storage) -> None:
    loud = "EVERYBODY SAY WE LOVE THE BLUE LINEN NOW https://ourshop.example/blue 😍😍😍"
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Mara Holt", loud, role="host")
        for _ in range(5):
            await shop.says("Ana", loud)
        await shop.says("Bob", "is ourshop.example/red open too")
        assert await log(shop) == []
        await shop.passes(minutes=4)
        await shop.says("Cy", "see ourshop.example/blue")
        assert [rule for _, rule, _ in await log(shop)] == ["link"]


# --- what a false alarm teaches -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "again", "found"),
    [
        ("see https://bit.ly/ours", "see https://bit.ly/STEAL", ["bit.ly/ours"]),
        ("look https://1.2.3.4/x", "look https://9.9.3.4/x", ["1.2.3.4"]),
        ("see https://a-free.github.io/x", "see https://b-free.github.io", ["a-free.github.io"]),
        ("join t.me/ourshop", "join t.me/ourshopscam", ["t.me/ourshop"]),
    ],
)  # fmt: skip
async def test_a_false_alarm_teaches_the_narrowest_thing(
    sqlite: Storage, text: str, again: str, found: Sequence[str]
) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        await shop.says("Kim", text)
        await shop.presses("Mo", "False alarm", role="moderator")
        rows: Any = await shop.rows(select(moderation_taught))
        assert [row.value for row in rows if row.kind != "line"] == found
        await shop.says("Lou", text)
        assert len(await log(shop)) == 1
        await shop.says("Max", again)
        assert len(await log(shop)) == 2


# --- whatever is taken back -----------------------------------------------------------------------

PRIVATE = ("12 Baker Street", "discord.gg/secret", "+1 415 555 0142")


@pytest.mark.parametrize("act", ["Undo", "False alarm", "menu.warn"])
@pytest.mark.parametrize("private", PRIVATE)
async def test_what_was_taken_away_never_comes_back_in_public(
    sqlite: Storage, act: str, private: str
) -> None:
    async with Shop(sqlite, moderation=ACT) as shop:
        await shop.show()
        key = await shop.says("Kim", f"free nitro, dm me to claim your prize {private}")
        said = len(shop.paper.posts)
        await shop.presses("Mo", act, role="moderator", message=key)
        public = [
            post
            for post in shop.paper.posts[said:]
            if post.address.reach is Reach.CHANNEL and not post.text.startswith("🛡️")
        ]
        assert public
        assert not any(private in post.text for post in public)
