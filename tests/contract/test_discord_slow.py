"""Slow mode on Discord: the channel's own, which the team may have set too."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.platforms.base import PostFailed
from handlers.messages import ActKind
from tests.fakes.discord.permissions import MANAGE_CHANNELS
from tests.fakes.venues.commands import offered
from tests.fakes.venues.discord import DiscordVenue


@pytest.fixture
async def discord() -> AsyncIterator[DiscordVenue]:
    async with DiscordVenue(offered()) as venue:
        yield venue


def pace(discord: DiscordVenue, team_sets: int | None = None) -> int:
    """Seconds between two lines of a viewer, as they are or as the team sets them."""
    live = discord.server.channel("live")
    if team_sets is not None:
        live = discord.server.world.add_channel(replace(live, slow_seconds=team_sets))
    return live.slow_seconds


async def test_a_pace_is_set_and_taken_back(discord: DiscordVenue) -> None:
    await discord.carries_out(ActKind.SLOW, seconds=10)
    assert pace(discord) == 10
    await discord.carries_out(ActKind.SLOW, was=10)
    assert pace(discord) == 0


async def test_a_slower_one_of_the_teams_own_stays(discord: DiscordVenue) -> None:
    pace(discord, team_sets=30)
    await discord.carries_out(ActKind.SLOW, seconds=10)
    assert pace(discord) == 30
    await discord.carries_out(ActKind.SLOW, was=10)
    assert pace(discord) == 30


async def test_without_the_permission_it_is_refused_in_words(discord: DiscordVenue) -> None:
    discord.server.forbid("live", MANAGE_CHANNELS)
    with pytest.raises(PostFailed, match="the bot lacks Manage Channels"):
        await discord.carries_out(ActKind.SLOW, seconds=10)
    assert pace(discord) == 0
