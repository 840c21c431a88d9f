"""A small Discord and a small Slack of our own, and a whole Andon on each."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import discord

    from tests.fakes.clock import HurriedClock
    from tests.fakes.discord import FakeDiscord
    from tests.fakes.discord.shop import DiscordShop
    from tests.fakes.slack import FakeSlack
    from tests.fakes.slack_team import KeptEars, SlackTeam


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


@pytest.fixture
def clock() -> "HurriedClock":
    """A clock that jumps ahead rather than wait."""
    from tests.fakes.clock import HurriedClock
    from tests.fakes.slack_team import EVENING

    return HurriedClock(EVENING)


@pytest.fixture
async def slack(clock: "HurriedClock") -> AsyncIterator["FakeSlack"]:
    """A Slack of our own, by that clock."""
    from tests.fakes.slack import FakeSlack

    async with FakeSlack(now=clock.now) as slack:
        yield slack


@pytest.fixture
def ears(slack: "FakeSlack") -> "KeptEars":
    """Ears that keep what is heard there."""
    from tests.fakes.slack_team import KeptEars

    return KeptEars(slack)


@pytest.fixture
async def team(
    slack: "FakeSlack", sqlite_url: str, clock: "HurriedClock"
) -> AsyncIterator["SlackTeam"]:
    """A whole Andon whose team is there; Mia owns the shop."""
    from tests.fakes.slack_team import SlackTeam

    async with SlackTeam(slack, sqlite_url, clock=clock) as team:
        yield team
