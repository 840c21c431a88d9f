"""A whole Andon behind the real discord.py, over loopback: what happens when things break."""

from pathlib import Path
from random import Random

import pytest

from tests.fakes.discord import FakeDiscord, Interaction
from tests.fakes.discord.gateway import Intent
from tests.fakes.discord.shop import DiscordShop

POST = ("POST", "/channels/*/messages")


def told(server: FakeDiscord, name: str) -> int:
    """How many posts in the stream name this viewer."""
    return sum(name in text for text in server.reads())


async def test_a_claim_is_heard_held_and_answered(server: FakeDiscord, shop: DiscordShop) -> None:
    line = server.says("Ana", "live", "claim A1")
    await server.until(lambda: told(server, "Ana"))
    assert shop.claims() == [str(line.id)]


async def test_a_resume_replays_what_was_missed(server: FakeDiscord, shop: DiscordShop) -> None:
    first = server.says("Ana", "live", "claim A1")
    await shop.takes_in(1)
    await server.drop()
    second = server.says("Bob", "live", "claim A1")
    await shop.takes_in(2)
    assert shop.claims() == [str(first.id), str(second.id)]
    assert server.gateway.identified == 1


async def test_after_an_invalid_session_the_gap_is_read_from_history(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    lines = [server.says("Ana", "live", "claim A1")]
    await shop.takes_in(1)
    server.invalidate(tell=False)
    await server.drop()
    lines.append(server.says("Bob", "live", "claim A1"))
    await server.connected()
    lines.append(server.says("Cem", "live", "claim A1"))
    await shop.takes_in(3)
    assert shop.claims() == [str(one.id) for one in lines]
    assert (server.gateway.identified, server.gateway.resumed) == (2, 0)


async def test_a_restart_reads_what_was_said_meanwhile(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    lines = [server.says("Ana", "live", "claim A1")]
    await shop.takes_in(1)
    await shop.stop()
    lines.append(server.says("Bob", "live", "claim A1"))
    await shop.start()
    lines.append(server.says("Cem", "live", "claim A1"))
    await shop.takes_in(2)
    assert shop.claims() == [str(one.id) for one in lines]


async def test_twenty_drops_in_two_thousand_claims_lose_and_double_none(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    random, said = Random(20), []
    for drop in range(20):
        for number in range(100):
            said.append(server.says(f"viewer {drop}-{number}", "live", "claim A1"))
            if number == 50:
                if random.random() < 0.4:
                    server.invalidate(tell=random.random() < 0.5)
                await server.drop(random.choice([None, None, 4000]))
        await server.connected()
        await shop.takes_in(len(said) - random.randint(0, 99))
    await shop.takes_in(2000)
    assert shop.claims() == [str(one.id) for one in said]
    assert shop.rows("SELECT reserved FROM variants WHERE sku = 'A1'") == [(2000,)]
    assert server.gateway.identified > 1
    assert server.gateway.resumed > 1


async def test_a_refused_first_connection_is_tried_again(
    server: FakeDiscord, sqlite_file: Path
) -> None:
    server.refuse(2)
    async with DiscordShop(server, sqlite_file) as shop:
        await shop.show()
        server.says("Ana", "live", "claim A1")
        await shop.takes_in(1)
    assert server.gateway.refused == 2


async def test_a_malformed_event_ends_the_client_and_it_comes_back(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    lines = [server.says("Ana", "live", "claim A1")]
    await shop.takes_in(1)
    server.send_malformed()
    await server.until(lambda: server.gateway.identified == 2)
    lines.append(server.says("Bob", "live", "claim A1"))
    await shop.takes_in(2)
    assert shop.claims() == [str(one.id) for one in lines]
    await server.until(shop.alerts)
    assert len(shop.alerts()) == 1


async def test_a_429_is_waited_out(server: FakeDiscord, shop: DiscordShop) -> None:
    fault = server.limit(*POST, times=3)
    server.says("Ana", "live", "claim A1")
    await server.until(lambda: told(server, "Ana"))
    assert fault.happened == 3
    assert told(server, "Ana") == 1


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_an_error_of_the_server_is_tried_again(
    server: FakeDiscord, shop: DiscordShop, status: int
) -> None:
    fault = server.fail(*POST, status, times=2)
    server.says("Ana", "live", "claim A1")
    await server.until(lambda: told(server, "Ana"))
    assert fault.happened == 2


@pytest.mark.parametrize("cut", [False, True])
async def test_a_post_that_was_answered_with_an_error_is_there_once(
    server: FakeDiscord, shop: DiscordShop, cut: bool
) -> None:
    fault = server.fail(*POST, 503, times=2, cut=cut, after_effect=True)
    server.says("Ana", "live", "claim A1")
    await server.until(lambda: fault.happened == 2)
    # What comes after it at this address comes only once it is settled.
    server.says("Bob", "live", "claim A1")
    await server.until(lambda: told(server, "Bob"))
    assert told(server, "Ana") == 1


async def test_a_wrong_token_ends_the_start_with_one_sentence(
    server: FakeDiscord, sqlite_file: Path
) -> None:
    server.token = "another.token"
    with pytest.raises(Exception, match="token") as caught:
        async with DiscordShop(server, sqlite_file):
            raise AssertionError("it started")
    assert "\n" not in str(caught.value)


async def test_a_missing_intent_ends_the_start_with_one_sentence(
    server: FakeDiscord, sqlite_file: Path
) -> None:
    server.allowed = Intent.MEMBERS
    with pytest.raises(Exception, match=r"(?i)message content intent") as caught:
        async with DiscordShop(server, sqlite_file):
            raise AssertionError("it started")
    assert "\n" not in str(caught.value)


async def test_a_history_that_cannot_be_read_pauses_what_was_on_stage(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    await shop.types("stage", code="A2")
    server.says("Ana", "live", "claim A1")
    await shop.takes_in(1)
    server.fail("GET", f"/channels/{server.live.id}/messages", 403, times=100)
    server.invalidate()
    await server.until(lambda: any("A2" in one for one in shop.alerts()), 60)
    assert shop.rows("SELECT state FROM items WHERE code = 'A2'") == [("paused",)]
    server.says("Bob", "live", "claim A1")
    await shop.takes_in(2)


# --- acts that are delivered, or acknowledged, twice ---------------------------------------------

CALLBACK = ("POST", "/interactions/*/callback")
ALREADY = {"code": 40060, "message": "Interaction has already been acknowledged."}


def added(shop: DiscordShop) -> list[tuple[object, ...]]:
    """How many of A2 there are; three at first."""
    return shop.rows("SELECT on_hand FROM variants WHERE sku = 'A2'")


async def answered_once(act: Interaction) -> None:
    """The act was answered by one message, which never read otherwise."""
    assert "A2" in (await act.reply()).content
    assert act.versions == []
    assert act.followups == []


@pytest.mark.parametrize(("status", "body"), [(400, ALREADY), (502, None), (500, None)])
async def test_an_act_that_was_acknowledged_already_is_done_once(
    server: FakeDiscord, shop: DiscordShop, status: int, body: dict[str, object] | None
) -> None:
    fault = server.fail(*CALLBACK, status, body=body, after_effect=True)
    act = server.command("Mo", "stock add", {"code": "A2", "units": 1})
    await answered_once(act)
    assert fault.happened == 1
    assert added(shop) == [(4,)]
    assert shop.alerts() == []


async def test_an_act_that_is_delivered_again_is_done_and_answered_once(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    act = server.command("Mo", "stock add", {"code": "A2", "units": 1})
    server.delivers_again(act)
    await answered_once(act)
    server.delivers_again(act)
    await act.until(lambda one: len(one.refused) == 2)
    assert await shop.types("cart")
    await answered_once(act)
    assert {one.code for one in act.refused} == {40060}
    assert added(shop) == [(4,)]
    assert shop.alerts() == []


async def test_an_act_whose_person_saw_it_fail_does_nothing(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    late = {"code": 10062, "message": "Unknown interaction"}
    fault = server.fail(*CALLBACK, 404, body=late)
    act = server.command("Mo", "stock add", {"code": "A2", "units": 1})
    await server.until(lambda: fault.happened)
    assert "A2" in await shop.types("stock show", code="A2")
    assert act.original is None
    assert added(shop) == [(3,)]


# --- two processes -------------------------------------------------------------------------------


@pytest.mark.postgres
async def test_of_two_processes_the_owner_of_the_stream_connects_and_the_other_takes_over(
    server: FakeDiscord, postgres_url: str
) -> None:
    second = DiscordShop(server, postgres_url)
    async with DiscordShop(server, postgres_url) as first:
        await first.show()
        await second.start()
        try:
            assert server.gateway.identified == 1
            assert not second.andon.platforms["discord"].state().connected
            server.says("Ana", "live", "claim A1")
            await first.takes_in(1)
            await server.until(lambda: told(server, "Ana"))
            await first.stop()
            server.says("Bob", "live", "claim A1")
            await server.until(lambda: server.gateway.identified == 2)
            server.says("Cem", "live", "claim A1")
            await second.takes_in(2)
            await server.until(lambda: told(server, "Bob") and told(server, "Cem"))
            assert len(server.gateway.live()) == 1
            assert [told(server, name) for name in ("Ana", "Bob", "Cem")] == [1, 1, 1]
        finally:
            await second.stop()
