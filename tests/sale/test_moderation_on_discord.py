"""Moderation on a small Discord: acts carried out there, and what its own AutoMod holds back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import discord
import pytest

from bot.settings import Settings
from handlers.moderation.rules import ModerationRules
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.burst import turned
from tests.fakes.discord.changes import PATIENCE
from tests.fakes.discord.listener import pointed_at
from tests.fakes.discord.permissions import BOT, MANAGE_GUILD, MODERATE_MEMBERS
from tests.fakes.discord.shop import DiscordShop
from tests.fakes.discord.world import Message

SCAM = "free nitro, dm me to claim your prize"


class GuardedShop(DiscordShop):
    """A shop whose rules of moderation act."""

    @property
    def settings(self) -> Settings:
        """With the mode `act`."""
        rules = ModerationRules.model_validate({"mode": "act"})
        return super().settings.model_copy(update={"moderation": rules})


@pytest.fixture(params=[BOT | MANAGE_GUILD])
async def server(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FakeDiscord]:
    async def at_once(client: discord.Client, shard_id: int | None, *, initial: bool) -> None:
        """Discord wants five seconds between two IDENTIFYs; this server does not."""

    monkeypatch.setattr(discord.Client, "before_identify_hook", at_once)
    async with FakeDiscord(bot=request.param) as server:
        with pointed_at(server):
            yield server


@pytest.fixture
async def shop(server: FakeDiscord, sqlite_file: Path) -> AsyncIterator[DiscordShop]:
    async with GuardedShop(server, sqlite_file) as shop:
        await shop.show()
        yield shop


def texts(server: FakeDiscord) -> list[str]:
    return [one.content for one in server.log("live")]


def card(server: FakeDiscord, word: str) -> Message | None:
    found = (one for one in server.posts("alerts") if one.content.startswith("🛡️"))
    return next((one for one in found if word in one.content), None)


async def seen(server: FakeDiscord, word: str) -> Message:
    await server.until(lambda: card(server, word))
    found = card(server, word)
    assert found is not None
    return found


def button(message: Message, label: str) -> str:
    buttons = (one for row in message.components for one in row["components"])
    return str(next(one["custom_id"] for one in buttons if one["label"] == label))


async def true(look: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not look():
            await turned(0.005)


async def test_a_scam_is_deleted_and_its_author_timed_out_until_undone(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    server.says("Kim", "live", SCAM)
    await seen(server, "Deleted · scam")
    await server.until(lambda: SCAM not in texts(server))
    server.says("Kim", "live", SCAM)
    timed = await seen(server, "Timed out for 10 min")
    kim = server.member("Kim").id
    await server.until(lambda: server.world.members[kim].timed_out_until)
    await server.until(lambda: SCAM not in texts(server))
    answer = await server.presses("Mo", timed, button(timed, "Undo")).reply()
    assert answer.content.startswith("Taken back for Kim")
    await server.until(lambda: server.world.members[kim].timed_out_until is None)
    assert not server.requests("PUT", "/guilds/*/bans/*")


async def test_a_line_that_is_gone_already_is_no_trouble(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    server.fail("DELETE", "/channels/*/messages/*", 404, body={"code": 10008, "message": "gone"})
    server.says("Kim", "live", SCAM)
    await seen(server, "Deleted · scam")
    await server.until(lambda: server.requests("DELETE", "/channels/*/messages/*"))
    server.says("Ana", "live", "claim A1")
    await shop.takes_in(2)
    assert not [one for one in shop.alerts() if "refused" in one]


async def test_a_deletion_is_tried_again_after_an_error(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    server.fail("DELETE", "/channels/*/messages/*", 500, times=1)
    server.says("Kim", "live", SCAM)
    await server.until(lambda: SCAM not in texts(server))


@pytest.mark.parametrize(
    "server", [BOT & ~MODERATE_MEMBERS], indirect=True, ids=["no Moderate Members"]
)
async def test_what_the_bot_may_not_do_is_told_on_the_card(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    server.says("Kim", "live", SCAM)
    server.says("Kim", "live", SCAM)
    await true(lambda: [one for one in shop.alerts() if "lacks Moderate Members" in one])
    # Nobody writes another line: the next tick finds it.
    told = await seen(server, "not carried out")
    assert "Moderate Members" in told.content


async def test_a_moderator_names_somebody_by_a_mention(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    server.says("Kim", "live", "hello")
    await shop.takes_in(1)
    kim = server.member("Kim").id
    told = await shop.types("mod timeout", person=str(kim), minutes=5, why="please calm down")
    assert told == "Kim can write nothing for 5 min. Undo on the card ends it."
    await server.until(lambda: server.world.members[kim].timed_out_until)
    shown = await seen(server, "Timed out for 5 min by Mo: Kim")
    await server.presses("Mo", shown, button(shown, "Undo")).reply()
    await server.until(lambda: server.world.members[kim].timed_out_until is None)
    assert "Kim" in await shop.types("mod log", person=str(kim))


async def test_a_claim_that_automod_held_back_can_be_counted(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    server.says("Kim", "live", "hello")
    server.automod_holds("Kim", "live", "claim A2 you beauties")
    server.automod_holds("Kim", "live", "what rubbish")
    server.automod_holds("Kim", "live", "claim A2")
    shown = await seen(server, "claim A2”")
    assert "the server's own filter held it back; it reads as a claim" in shown.content
    assert shop.claims() == []
    answer = await server.presses("Mo", shown, button(shown, "Count as claim")).reply()
    assert "A2" in answer.content
    await true(lambda: len(shop.claims()) == 1)
    assert card(server, "rubbish") is None
    again = await server.presses("Mo", shown, button(shown, "Count as claim")).reply()
    assert "Mo was faster" in again.content
    assert len(shop.claims()) == 1


@pytest.mark.parametrize("server", [BOT], indirect=True, ids=["may not manage the server"])
async def test_without_the_permission_automod_is_not_heard_and_nothing_breaks(
    server: FakeDiscord, shop: DiscordShop
) -> None:
    server.automod_holds("Kim", "live", "claim A2")
    server.says("Ana", "live", "claim A1")
    await shop.takes_in(1)
    assert len(shop.claims()) == 1
    assert card(server, "A2") is None
