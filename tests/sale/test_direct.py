"""Private answers: a neutral mention with a button, or by DM for those who asked for it."""

import pytest

from handlers.messages import Reach
from storage.engine import Storage
from tests.fakes.shop import Shop

WORKS = (
    "Everything works: I read your claim TEST, and my answers reach you. When the show is live,"
    " type claim and the code you see."
)


@pytest.mark.parametrize("text", ["claim TEST", "Claim test", "**sold** test!", "test mine"])
async def test_claim_test_is_answered_where_it_was_typed(sqlite: Storage, text: str) -> None:
    async with Shop(sqlite) as shop:
        await shop.says("Ana", text)
        assert shop.heard() == ["@Ana: all works, I can read you."]
        assert shop.buttons() == []


async def test_it_works_before_during_and_after_a_show_for_everyone(sqlite: Storage) -> None:
    async with Shop(sqlite, hint_seconds=0) as shop:
        await shop.says("Ana", "claim TEST")
        await shop.show()
        await shop.says("Ana", "claim TEST")
        await shop.says("Hope", "claim TEST", role="host")
        await shop.command("/show end")
        await shop.says("Ana", "claim TEST")
        assert shop.heard_by("Ana") == ["@Ana: all works, I can read you."] * 3
        assert shop.heard_by("Hope") == ["@Hope: all works, I can read you."]


async def test_many_who_try_share_a_mention(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        for name in ("Ana", "Bob", "Cy"):
            await shop.says(name, "claim TEST")
        await shop.passes(seconds=20)
        assert shop.heard() == [
            "@Ana: all works, I can read you.",
            "@Bob, @Cy: all works, I can read you.",
        ]
        assert "all works" not in (await shop.presses("Bob", "claims.mine:")).text


async def test_an_item_called_test_is_claimed(sqlite: Storage) -> None:
    catalogue = "code,variant,sku,title,price,currency,stock\nTEST,,T,Test tube,3.00,USD,1\n"
    async with Shop(sqlite, catalogue=catalogue) as shop:
        await shop.show()
        await shop.says("Ana", "claim TEST")
        assert shop.heard_by("Ana") == ["✅ @Ana TEST is yours"]


@pytest.mark.parametrize("text", ["is this a test", "claim TEST M3", "testing", "claim test?"])
async def test_other_tests_are_talk(sqlite: Storage, text: str) -> None:
    async with Shop(sqlite) as shop:
        await shop.says("Ana", text)
        assert shop.heard() == []


async def test_a_bots_test_is_not_answered(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.says("Bot", "claim TEST", quotes=True)
        assert shop.heard() == []


async def test_who_wrote_yes_gets_private_answers_by_dm_until_they_write_stop(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        answer = await shop.presses("Ana", "claims.dm:")
        assert answer.text.startswith("Write me one word in a direct message: yes.")
        assert shop.direct("Ana") == []
        assert (await shop.writes("Ana", "Yes!")).startswith("Good: from now on I write here")
        await shop.says("Ana", "claim TEST")
        assert shop.direct("Ana")[-1] == WORKS
        assert shop.heard() == []
        assert (await shop.writes("Ana", "stop")).startswith("Stopped")
        await shop.says("Ana", "claim TEST")
        assert shop.heard() == ["@Ana: all works, I can read you."]
        assert len(shop.direct("Ana")) == 3


async def test_nobody_gets_a_dm_unasked(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        for line in ("claim TEST", "claim M3", "claim D1", "M4", "cancel M3"):
            await shop.says("Ana", line)
        await shop.passes(minutes=1)
        assert shop.direct("Ana") == []


async def test_a_dm_understands_cart_and_commands(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        assert "✅ M3 ×1 — $18.00" in await shop.writes("Ana", "Cart")
        assert "Place 1 in the line for M3" in await shop.writes("Ana", "/why M3")
        help_text = await shop.writes("Ana", "hello?")
        assert help_text.startswith("Write cart for what is yours, /orders for your parcels")


async def test_a_claim_in_a_dm_is_sent_to_the_chat(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        answer = await shop.writes("Ana", "claim M3")
        assert "Claims themselves are typed in the stream chat." in answer
        assert (await shop.numbers("M3")).held == 0


async def test_a_viewer_runs_no_team_command_by_dm(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.writes("Ana", "/show start Mine")
        assert shop.andon.dispatcher.snapshot.timeline.live is None


async def test_who_takes_no_dms_is_told_in_the_stream_once(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.writes("Ana", "yes")
        for _ in range(2):
            await shop.andon.intake.unreachable("paper", "ana")
        await shop.andon.relay.drain()
        assert shop.heard() == [
            "💌 @Ana I could not reach you by DM, so your answers are here: press My claims. For"
            " DMs again, first allow direct messages from this server, then write me yes."
        ]
        assert shop.buttons() == ["My claims"]
        await shop.says("Ana", "claim TEST")
        assert shop.heard() == ["@Ana: all works, I can read you."]
        assert (await shop.writes("Ana", "yes")).startswith("Good")
        await shop.andon.intake.unreachable("paper", "ana")
        await shop.andon.relay.drain()
        assert len(shop.heard()) == 1


async def test_who_wished_no_dms_is_not_called_for_one_that_failed(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.writes("Ana", "hello")
        for person in ("ana", "nobody"):
            await shop.andon.intake.unreachable("paper", person)
        await shop.andon.relay.drain()
        assert shop.heard() == []


async def test_who_asked_for_dms_hears_there_what_came_free_and_may_stop_them(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.writes("Ana", "yes")
        await shop.says("Zoe", "claim R5")
        await shop.says("Ana", "claim R5")
        cart = await shop.presses("Ana", "claims.mine:cart")
        assert [button.label for button in cart.buttons] == ["Stop DMs"]
        await shop.says("Zoe", "cancel R5")
        await shop.passes(seconds=15)
        assert "🎉 @Ana R5 came free and is yours" in shop.heard_by("Ana")
        by_dm = [post.text for post in shop.paper.posts if post.address.reach is Reach.PERSON]
        assert by_dm[-1] == "🎉 R5 came free and is yours. Write cart to see all of yours."
        stopped = await shop.presses("Ana", "claims.dm:stop")
        assert stopped.text.startswith("Stopped")
        cart = await shop.presses("Ana", "claims.mine:cart")
        assert [button.label for button in cart.buttons][-1] == "Tell me by DM"
