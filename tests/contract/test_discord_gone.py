"""The server, a channel, a board or a right is gone, and comes back: nothing is lost unheard."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.app import Andon
from bot.platforms.base import Platform
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.burst import turned
from tests.fakes.discord.changes import PATIENCE
from tests.fakes.discord.permissions import PIN_MESSAGES, READ_HISTORY, VIEW_CHANNEL
from tests.fakes.discord.shop import DiscordShop
from tests.fakes.discord.world import Message


@pytest.fixture
async def heard(server: FakeDiscord, shop: DiscordShop) -> DiscordShop:
    """A shop that heard Ana and answered her."""
    server.says("Ana", "live", "claim A1")
    await shop.takes_in(1)
    return shop


def on_discord(andon: Andon) -> Platform:
    """Its side on Discord."""
    return andon.platforms["discord"]


def boards(server: FakeDiscord) -> list[Message]:
    """The show's own messages in the stream."""
    return [one for one in server.posts() if one.embeds]


async def seen(look: Callable[[], object]) -> None:
    """Wait for what happens inside the process, of which nothing outside tells."""
    async with asyncio.timeout(PATIENCE):
        while not look():
            await turned(0.005)


def lose_sight(server: FakeDiscord) -> None:
    server.forbid("live", VIEW_CHANNEL)


def see_again(server: FakeDiscord) -> None:
    server.forbid("live", 0)


@pytest.mark.parametrize(
    ("goes", "returns", "why"),
    [
        (lose_sight, see_again, "View Channel"),
        (FakeDiscord.kick, FakeDiscord.invite, "invite"),
        (FakeDiscord.black_out, FakeDiscord.light_up, "outage"),
    ],
)
async def test_chat_said_out_of_sight_is_read_back(
    server: FakeDiscord,
    heard: DiscordShop,
    goes: Callable[[FakeDiscord], None],
    returns: Callable[[FakeDiscord], None],
    why: str,
) -> None:
    platform = on_discord(heard.andon)
    goes(server)
    await seen(lambda: not platform.state().connected)
    assert why in platform.state().detail
    server.says("Bob", "live", "claim A1")
    returns(server)
    await heard.takes_in(2)
    assert platform.state().connected
    assert len(heard.claims()) == 2
    await server.until(lambda: any("in sight again" in one for one in heard.alerts()))


async def test_losing_sight_is_told_once(server: FakeDiscord, heard: DiscordShop) -> None:
    lose_sight(server)
    lose_sight(server)
    await server.until(heard.alerts)
    server.command("Mo", "stock show", {"code": "A1"})
    see_again(server)
    await server.until(lambda: any("in sight again" in one for one in heard.alerts()))
    assert len(heard.alerts()) == 2


async def test_what_is_to_be_said_while_the_server_is_not_ours_waits(
    server: FakeDiscord, heard: DiscordShop
) -> None:
    await server.until(lambda: any("Ana" in text for text in server.reads()))
    hold = server.hold("POST", f"/channels/{server.live.id}/messages")
    server.says("Bob", "live", "claim A1")
    await server.until(lambda: hold.waiting)
    server.kick()
    await seen(lambda: not on_discord(heard.andon).state().connected)
    hold.release()
    tried = "SELECT 1 FROM deliveries WHERE attempts > 0 AND state <> 'sent'"
    await seen(lambda: heard.rows(tried))
    assert heard.rows("SELECT id FROM deliveries WHERE state = 'failed'") == []
    server.invite()
    await server.until(lambda: any("Bob" in text for text in server.reads()))


async def test_a_server_that_invites_the_bot_again_gets_its_commands_again(
    server: FakeDiscord, heard: DiscordShop
) -> None:
    server.kick()
    await seen(lambda: not on_discord(heard.andon).state().connected)
    server.invite()
    await server.until(lambda: server.commands)
    assert "A2" in await heard.types("stock show", code="A2")


async def test_a_history_that_may_not_be_read_is_not_taken_for_an_empty_one(
    server: FakeDiscord, heard: DiscordShop
) -> None:
    await heard.types("stage", code="A2")
    server.forbid("live", READ_HISTORY)
    await turned(0.05)
    server.invalidate()
    await server.until(lambda: any("A2" in one for one in heard.alerts()), 60)
    assert heard.rows("SELECT state FROM items WHERE code = 'A2'") == [("paused",)]


# --- the board ------------------------------------------------------------------------------------


async def test_a_board_that_somebody_deletes_comes_back(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    await server.until(lambda: boards(server) and boards(server)[0].pinned)
    [first] = boards(server)
    server.deletes(first)
    await server.until(lambda: boards(server))
    [second] = boards(server)
    assert second.nonce != first.nonce
    await server.until(lambda: boards(server)[0].pinned)


async def test_a_board_that_may_not_be_pinned_is_found_again_after_a_restart(
    server: FakeDiscord, sqlite_file: Path
) -> None:
    server.forbid("live", PIN_MESSAGES)
    async with DiscordShop(server, sqlite_file) as shop:
        await shop.show()
        await server.until(lambda: boards(server))
        await shop.stop()
        # Hours later: Discord does not know the nonce of the first any more.
        server.world.nonces.clear()
        await shop.start()
        before = boards(server)
        await shop.types("stage", code="A2")
        await server.until(lambda: boards(server) != before)
        assert len(boards(server)) == 1


async def test_where_history_may_not_be_read_the_board_is_shown_all_the_same(
    server: FakeDiscord, sqlite_file: Path
) -> None:
    server.forbid("live", PIN_MESSAGES | READ_HISTORY)
    async with DiscordShop(server, sqlite_file) as shop:
        await shop.show()
        await server.until(lambda: boards(server))


async def test_a_new_database_leaves_the_boards_of_an_old_one_alone(
    server: FakeDiscord, sqlite_file: Path, tmp_path: Path
) -> None:
    fresh = tmp_path / "fresh.db"
    shutil.copy(sqlite_file, fresh)
    async with DiscordShop(server, sqlite_file) as shop:
        await shop.show()
        await server.until(lambda: boards(server))
    [old] = boards(server)
    async with DiscordShop(server, fresh) as shop:
        await shop.show()
        await server.until(lambda: len(boards(server)) == 2)
    assert boards(server)[0].embeds == old.embeds
