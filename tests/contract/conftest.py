"""A small Discord of our own, and a whole Andon on it: for the contracts with discord.py."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import discord

    from tests.fakes.discord import FakeDiscord
    from tests.fakes.discord.shop import DiscordShop


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator["FakeDiscord"]:
    """A Discord at which discord.py is pointed, and afterwards back to where it was."""
    # Here, not at the top: most contracts know nothing of Discord.
    import discord

    from tests.fakes.discord import FakeDiscord
    from tests.fakes.discord.listener import pointed_at

    async def at_once(client: "discord.Client", shard_id: int | None, *, initial: bool) -> None:
        """Discord wants five seconds between two IDENTIFYs; this server does not."""

    monkeypatch.setattr(discord.Client, "before_identify_hook", at_once)
    async with FakeDiscord() as server:
        with pointed_at(server):
            yield server


@pytest.fixture
async def shop(server: "FakeDiscord", sqlite_file: Path) -> AsyncIterator["DiscordShop"]:
    """A shop that runs there, with a live show of the moderator Mo."""
    from tests.fakes.discord.shop import DiscordShop

    async with DiscordShop(server, sqlite_file) as shop:
        await shop.show()
        yield shop
