"""Looking at a server over REST with the real SDK: by `look`, `andon check` and `andon setup`."""

import asyncio
import logging
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yarl
from click.testing import CliRunner, Result
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.checks.discord import check_discord
from bot.cli import andon
from bot.platforms.discord.access import INTENT_OFF, needed_permissions
from bot.platforms.discord.looking import look
from bot.platforms.discord.places import point_at
from bot.platforms.looking import CannotLook, WrongToken
from bot.settings import Discord, load_settings
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.gateway import Intent

EMBED, VIEW = 1 << 14, 1 << 10


@pytest.fixture(autouse=True)
def discords_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the addresses back that a look changes for the whole process."""
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)


@pytest.fixture
async def server() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(bot=needed_permissions().value) as server:
        server.role("Moderators")
        yield server


def of(server: FakeDiscord, **changed: object) -> Discord:
    """The settings of a shop that is ready."""
    ready = {
        "token": server.token,
        "guild_id": server.world.guild_id,
        "stream_channel_ids": (server.live.id,),
        "channels": {"alerts": (server.alerts.id,)},
        "roles": {"moderator": (server.role("Moderators").id,)},
        "api_url": server.api_url,
    }
    return load_settings(environ={}, discord={**ready, **changed}).discord


async def problems(settings: Discord, seconds: float = 10) -> list[str]:
    found = await check_discord(settings, seconds=seconds)
    return [one.sentence for one in found if not one.fine]


# --- what is seen -------------------------------------------------------------------------------


async def test_a_look_sees_bot_server_channels_and_roles(server: FakeDiscord) -> None:
    seen = await look(of(server))
    assert seen.bot == "Andon"
    assert (seen.reads_messages, seen.answers_elsewhere) == (True, False)
    assert seen.servers == ((server.world.guild_id, "The Shop"),)
    assert seen.server is not None
    assert {one.name: one.stream_lacks for one in seen.server.channels} == {
        "live": (),
        "alerts": (),
    }
    assert "Moderators" in {one.name for one in seen.server.roles if one.given}
    assert [one.name for one in seen.server.roles if not one.given] == ["@everyone"]


async def test_a_look_changes_nothing_and_opens_no_gateway(server: FakeDiscord) -> None:
    await look(of(server))
    assert {one.method for one in server.requests()} == {"GET"}
    assert server.gateway.identified == 0


async def test_the_only_server_needs_no_id(server: FakeDiscord) -> None:
    seen = await look(of(server, guild_id=None))
    assert seen.server is not None
    assert (await look(of(server, guild_id=4))).server is None


async def test_a_shop_that_is_ready_has_no_problem(server: FakeDiscord) -> None:
    assert await problems(of(server)) == []


async def test_what_the_channel_takes_away_is_named(server: FakeDiscord) -> None:
    server.forbid("live", EMBED)
    server.forbid("alerts", VIEW)
    assert await problems(of(server)) == [
        "In #live the bot lacks Embed Links; edit the channel, Permissions, add the bot, and allow "
        "it.",
        "In #alerts the bot lacks View Channel; edit the channel, Permissions, add the bot, and "
        "allow it.",
    ]


async def test_a_switch_that_is_off_is_named(server: FakeDiscord) -> None:
    server.allowed = server.allowed & ~Intent.CONTENT
    assert await problems(of(server)) == [INTENT_OFF]


async def test_unknown_channels_and_roles_are_named(server: FakeDiscord) -> None:
    said = await problems(of(server, stream_channel_ids=(1,), roles={"moderator": (2,)}))
    assert [sentence.partition(",")[0] for sentence in said] == [
        "discord.stream_channel_ids names 1",
        "discord.roles.moderator names 2",
    ]


# --- out of reach -------------------------------------------------------------------------------


async def test_a_wrong_token_is_said_and_never_shown(
    server: FakeDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(WrongToken) as wrong:
        await look(of(server, token="somebodys.secret.token"))
    assert "press Reset Token on the page Bot" in str(wrong.value)
    assert "somebodys" not in str(wrong.value) + caplog.text
    assert wrong.value.__suppress_context__
    assert await problems(of(server, token="somebodys.secret.token")) == [str(wrong.value)]


async def test_nobody_there_is_a_problem_with_a_way_out() -> None:
    away = Discord.model_validate(
        {"token": "t", "stream_channel_ids": (1,), "api_url": "http://127.0.0.1:9/api"}
    )
    assert await problems(away) == [
        "http://127.0.0.1:9/api cannot be reached; check discord.api_url, or take it out to use "
        "Discord's own."
    ]


async def test_what_is_set_wrong_is_said_even_while_discord_is_away() -> None:
    away = Discord.model_validate({"token": "t", "api_url": "http://127.0.0.1:9"})
    said = await problems(away)
    assert [sentence[:10] for sentence in said] == ["http://127", "No stream "]


async def test_silence_is_a_problem_after_a_while(server: FakeDiscord) -> None:
    server.hold("GET", "/users/@me")
    assert await problems(of(server), seconds=0.05) == [
        "Discord did not answer within 0.05 seconds; look at discordstatus.com, and try again."
    ]


async def test_a_refusal_is_a_problem(server: FakeDiscord) -> None:
    server.fail("GET", "/users/@me/guilds", 403, body={"code": 0, "message": "no"})
    (said,) = await problems(of(server))
    assert said.startswith("Discord refused to say more (403 Forbidden)")


async def test_another_server_is_not_taken_for_discord(server: FakeDiscord) -> None:
    server.fail("GET", "/users/@me", 200, body={"hello": "world"})
    with pytest.raises(CannotLook, match=r"is not Discord; check discord\.api_url"):
        await look(of(server))


async def test_discord_may_stand_elsewhere_and_come_back() -> None:
    point_at("http://127.0.0.1:9/api", "ws://127.0.0.1:9/gate")
    assert Route("GET", "/x").url == "http://127.0.0.1:9/api/x"
    assert yarl.URL("ws://127.0.0.1:9/gate") == DiscordWebSocket.DEFAULT_GATEWAY
    point_at(None, None)
    assert Route("GET", "/x").url == "https://discord.com/api/v10/x"
    assert DiscordWebSocket.DEFAULT_GATEWAY.host == "gateway.discord.gg"


# --- the commands -------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: FakeDiscord) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ANDON_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ANDON_DISCORD__API_URL", server.api_url)
    monkeypatch.setenv("ANDON_WEB__PORT", "0")
    return tmp_path


async def typed(command: str, *answers: str) -> Result:
    """Run a command on a thread of its own, as it has a loop of its own."""
    said = "".join(f"{answer}\n" for answer in answers)
    return await asyncio.to_thread(CliRunner().invoke, andon, [command], input=said)


async def test_from_nothing_to_a_shop_that_is_ready(folder: Path, server: FakeDiscord) -> None:
    server.allowed = server.allowed & ~Intent.CONTENT
    said = await typed(
        "setup",
        *("Linen", "lisbon", "eur"),
        *("wrong.token", server.token, "skip"),
        *("#live", "alerts", ""),
        *("moderators", "", "", "", "", "moderators"),
        "",
    )
    assert said.exit_code == 0, said.output
    assert "Discord does not know this token" in said.output
    assert "Logged in as Andon." in said.output
    assert INTENT_OFF in said.output
    assert server.token not in said.output
    file = folder / "andon.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    shop = load_settings(file, {})
    assert (shop.shop.name, shop.shop.timezone, shop.shop.currency) == (
        "Linen",
        "Europe/Lisbon",
        "EUR",
    )
    mods = (server.role("Moderators").id,)
    roles = {"moderator": mods, "owner": mods}
    assert shop.discord == of(server, api_url=None, roles=roles)
    checked = await typed("check")
    assert checked.exit_code == 1
    assert "1 problem to put right." in checked.output
    server.allowed = Intent.PRIVILEGED
    checked = await typed("check")
    assert checked.exit_code == 0
    assert "✓ Discord: Logged in as Andon, in The Shop." in checked.output


async def test_a_second_time_enter_keeps_everything(folder: Path, server: FakeDiscord) -> None:
    first = ("Linen", "", "", server.token, "1", "2", "", "1", *[""] * 6)
    assert (await typed("setup", *first)).exit_code == 0
    before = (folder / "andon.toml").read_text("utf-8")
    again = await typed("setup", *[""] * 20)
    assert again.exit_code == 0, again.output
    assert "andon.toml says so already; nothing was changed." in again.output
    assert (folder / "andon.toml").read_text("utf-8") == before
