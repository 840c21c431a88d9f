"""The chat platforms and the team on them: what keeps them from working, before a start."""

import asyncio

from bot.checks.discord import check_discord
from bot.checks.finding import Finding
from bot.checks.slack import check_slack
from bot.checks.team import check_team
from bot.settings import Settings

__all__ = ["look_at_chat"]


async def look_at_chat(settings: Settings, *, seconds: float) -> list[Finding]:
    """The problems of the platforms, each looked at for so long at most."""
    both = await asyncio.gather(
        check_discord(settings.discord, seconds=seconds), check_slack(settings, seconds=seconds)
    )
    found = [finding for one in both for finding in one] + [*check_team(settings)]
    return [finding for finding in found if not finding.fine]
