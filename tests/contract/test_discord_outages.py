"""Discord is away, or refuses: nothing hangs, nothing is lost, and the team is told once."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import discord
import pytest
from structlog.testing import capture_logs

from bot.app import Andon
from bot.platforms.base import PostDelayed
from bot.platforms.discord import DiscordPlatform, gateway, registering, staying
from bot.platforms.discord.calls import LONGEST_WAIT
from bot.platforms.discord.posting import Reactions
from handlers.messages import Channel
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.burst import turned
from tests.fakes.discord.changes import PATIENCE
from tests.fakes.discord.shop import DiscordShop

POST = ("POST", "/channels/*/messages")
REGISTER = ("PUT", "/applications/*/guilds/*/commands")


def on_discord(andon: Andon) -> DiscordPlatform:
    """Its side on Discord."""
    found = andon.platforms["discord"]
    assert isinstance(found, DiscordPlatform)
    return found


def told(server: FakeDiscord, name: str) -> int:
    """How many posts in the stream name this viewer."""
    return sum(name in text for text in server.reads())


async def seen(look: Callable[[], object]) -> None:
    """Wait for what happens inside the process, of which nothing outside tells."""
    async with asyncio.timeout(PATIENCE):
        while not look():
            await turned(0.005)


# --- limits ---------------------------------------------------------------------------------------


async def test_who_gives_up_in_a_limit_for_the_whole_bot_stops_nobody_else(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    platform = on_discord(shop.andon)
    fault = server.limit(*POST, retry_after=0.2, everywhere=True)
    saying = asyncio.create_task(platform.shout(Channel("discord", str(server.alerts.id)), "!"))
    await server.until(lambda: fault.happened)
    await seen(lambda: not platform.client.http._global_over.is_set())
    saying.cancel()
    with suppress(asyncio.CancelledError):
        await saying
    server.says("Ana", "live", "claim A1")
    await server.until(lambda: told(server, "Ana"))


async def test_a_long_limit_is_said_at_once_instead_of_waited_out(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    platform = on_discord(shop.andon)
    server.limit(*POST, retry_after=2 * LONGEST_WAIT, everywhere=True)
    with pytest.raises(PostDelayed) as caught:
        await platform.shout(Channel("discord", str(server.alerts.id)), "!")
    assert caught.value.retry_after == 2 * LONGEST_WAIT
    # Nor does it hold back who has not asked yet.
    await platform.shout(Channel("discord", str(server.alerts.id)), "!")


async def test_a_call_under_way_ends_with_its_client_as_a_broken_connection(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    platform = on_discord(shop.andon)
    server.limit(*POST, retry_after=LONGEST_WAIT / 2, everywhere=True)
    saying = asyncio.create_task(platform.shout(Channel("discord", str(server.alerts.id)), "!"))
    await seen(lambda: not platform.client.http._global_over.is_set())
    await platform.client.close()
    with pytest.raises(PostDelayed):
        await saying


# --- the gateway ----------------------------------------------------------------------------------


async def test_a_gateway_that_stays_away_is_told_once_and_comes_back_by_a_resume(
    server: FakeDiscord, shop: DiscordShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staying, "TOLD_AFTER", 0.01)
    monkeypatch.setattr(gateway, "LONGEST_BREAK", 0.05)
    server.says("Ana", "live", "claim A1")
    await shop.takes_in(1)
    server.refuse(10_000)
    await server.drop()
    # REST still works, so it is said while it lasts.
    await server.until(lambda: any("has not been connected" in one for one in shop.alerts()))
    assert not on_discord(shop.andon).state().connected
    await server.until(lambda: server.gateway.refused > 8)
    server.says("Bob", "live", "claim A1")
    server.refuse(0)
    await shop.takes_in(2)
    await server.until(lambda: any("is back" in one for one in shop.alerts()))
    assert len(shop.alerts()) == 2
    assert server.gateway.identified == 1
    assert on_discord(shop.andon).state().connected


def test_breaks_between_two_tries_stay_short() -> None:
    breaks = [
        gateway.break_after(failures, chance) for failures in range(2000) for chance in (0, 1)
    ]
    assert max(breaks) == gateway.LONGEST_BREAK == 15
    assert min(breaks[8:]) >= gateway.LONGEST_BREAK / 4


async def test_a_short_break_is_not_told(server: FakeDiscord, shop: DiscordShop) -> None:
    await server.drop()
    server.says("Ana", "live", "claim A1")
    await shop.takes_in(1)
    assert shop.alerts() == []


# --- the token ------------------------------------------------------------------------------------


async def test_after_a_token_reset_nothing_is_given_up(
    server: FakeDiscord, shop: DiscordShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.says("Ana", "live", "claim A1")
    await server.until(lambda: told(server, "Ana"))
    token, server.token = server.token, "another.token"
    server.says("Bob", "live", "claim A1")
    await shop.takes_in(2)
    await server.until(lambda: any(one.status == 401 for one in server.requests(*POST)))
    await seen(lambda: shop.rows("SELECT 1 FROM deliveries WHERE attempts > 0"))
    assert shop.rows("SELECT id FROM deliveries WHERE state = 'failed'") == []
    # The gateway learns it too.
    server.invalidate()
    await seen(lambda: "log" in on_discord(shop.andon).state().detail)
    server.token = token
    await server.until(lambda: told(server, "Bob"), 30)
    await server.until(lambda: any("is back" in one for one in shop.alerts()))


async def test_an_answer_whose_token_is_over_is_given_up(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    over = {"code": 50027, "message": "Invalid Webhook Token"}
    server.fail("PATCH", "/webhooks/*/messages/@original", 401, body=over)
    server.command("Mo", "stock show", {"code": "A2"})
    await seen(lambda: shop.rows("SELECT 1 FROM deliveries WHERE state = 'failed'"))


# --- the commands ---------------------------------------------------------------------------------


async def test_chat_is_heard_though_the_commands_are_not_taken(
    server: FakeDiscord, sqlite_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registering, "_AGAIN", 0.01)
    async with DiscordShop(server, sqlite_file) as shop:
        await shop.show()
        await shop.stop()
        server.commands.clear()
        fault = server.fail(*REGISTER, 400, times=3)
        await shop.start()
        server.says("Ana", "live", "claim A1")
        await shop.takes_in(1)
        await server.until(lambda: server.commands)
        assert fault.happened == 3
        await server.until(shop.alerts)
        assert ["did not take the commands" in one for one in shop.alerts()] == [True]


async def test_a_bot_that_was_not_invited_ends_the_start_with_the_link(
    server: FakeDiscord, sqlite_file: Path
) -> None:
    server.world.present = False
    with pytest.raises(Exception, match=r"oauth2/authorize") as caught:
        async with DiscordShop(server, sqlite_file):
            raise AssertionError("it started")
    assert "\n" not in str(caught.value)


# --- what the terminal shows ----------------------------------------------------------------------


async def test_a_discord_that_cannot_be_reached_costs_one_line_a_try(
    server: FakeDiscord, sqlite_file: Path
) -> None:
    page = {"message": "<html>\n<h1>503 Service Unavailable</h1>\n</html>"}
    fault = server.fail("GET", "/users/@me", 503, body=page)
    with capture_logs() as logs:
        async with DiscordShop(server, sqlite_file) as shop:
            await shop.show()
    assert fault.happened == 1
    [ended] = [one for one in logs if one["event"] == "the connection to Discord ended"]
    assert "exc_info" not in ended
    assert not any("<html>" in str(value) for one in logs for value in one.values())


# --- reactions ------------------------------------------------------------------------------------


class _Line:
    """A line that is reacted to, as discord.py shows it."""

    def __init__(self, ends: list[BaseException | None]) -> None:
        self.ends = ends
        self.tried = 0

    def get_partial_messageable(self, _channel: int) -> "_Line":
        return self

    def get_partial_message(self, _message: int) -> "_Line":
        return self

    async def add_reaction(self, _emoji: str) -> None:
        self.tried += 1
        end = self.ends.pop(0) if self.ends else None
        if end is not None:
            raise end


class _Refused:
    status, reason = 403, "Forbidden"


async def test_reactions_pause_after_an_error_and_rest_after_a_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forbidden = discord.Forbidden(_Refused(), "no")  # type: ignore[arg-type]
    line, slept = _Line([RuntimeError("closed"), forbidden]), list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("bot.platforms.discord.posting.asyncio.sleep", sleep)
    reactions = Reactions(seconds=1.0, rest=60.0)
    for number in range(4):
        reactions.put(1, number, "✅")
    running = asyncio.create_task(reactions.run(lambda: line))  # type: ignore[arg-type, return-value]
    await seen(lambda: len(slept) == 2)
    # What waited behind the refusal is left out.
    reactions.put(1, 5, "✅")
    await seen(lambda: len(slept) == 3)
    running.cancel()
    assert (line.tried, slept) == (3, [1.0, 60.0, 1.0])
