"""A malicious client gets nowhere, and what it tried is in the audit."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.shop import DiscordShop


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDiscord]:
    # The platform points discord.py elsewhere for good; a test gives it back.
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    async with FakeDiscord() as server:
        yield server


@pytest.fixture
async def shop(server: FakeDiscord, sqlite_file: Path) -> AsyncIterator[DiscordShop]:
    async with DiscordShop(server, sqlite_file) as shop:
        await shop.show()
        yield shop


def refusals(shop: DiscordShop) -> list[str]:
    """What the audit has of them."""
    return [str(row[0]) for row in shop.rows("SELECT subject FROM audit WHERE action = 'refused'")]


async def test_a_command_without_the_role(server: FakeDiscord, shop: DiscordShop) -> None:
    server.member("Eve")
    answer = await server.command("Eve", "show end").reply()
    assert "moderator" in answer.content
    assert refusals(shop) == ["/show end"]
    assert shop.rows("SELECT state FROM shows") == [("live",)]


@pytest.mark.parametrize(
    "forged",
    [
        "rescue.pick:1:1",
        "exception.take:1",
        "claims.keep:999999999999999999",
        "no.such:1",
        "x" * 100,
    ],
)
async def test_a_forged_button(server: FakeDiscord, shop: DiscordShop, forged: str) -> None:
    server.member("Eve")
    server.says("Eve", "live", "claim A2")
    await server.posted(1, "live")
    post = server.posts("live")[-1]
    before = shop.rows("SELECT sku, reserved FROM variants ORDER BY sku")
    callback = server.presses("Eve", post, forged)
    await callback.reply()
    assert (await callback.answered()).ephemeral
    assert shop.rows("SELECT sku, reserved FROM variants ORDER BY sku") == before
    if not forged.startswith("claims.keep"):
        # That one is everybody's to press, for what is their own.
        assert len(refusals(shop)) == 1


async def test_a_forged_form(server: FakeDiscord, shop: DiscordShop) -> None:
    line = server.says("Ana", "live", "the dress please please")
    await shop.takes_in(1)
    server.member("Eve")
    values = {"code": "A1" * 500, "quantity": "9" * 500, "variant": "x"}
    answer = await server.submits("Eve", f"claims.count:discord:{line.id}", values).reply()
    assert "moderator" in answer.content
    assert shop.claims() == []


async def test_a_name_that_would_mention_everyone(server: FakeDiscord, shop: DiscordShop) -> None:
    server.says("@everyone", "live", "claim A1 for @everyone")
    server.says("Ana", "live", "claim A1")
    await server.until(lambda: any("Ana" in text for text in server.reads()))
    for sent in server.requests("POST", "/channels/*/messages"):
        assert isinstance(sent.body, dict)
        allowed = sent.body.get("allowed_mentions", {})
        assert "everyone" not in allowed.get("parse", ())
