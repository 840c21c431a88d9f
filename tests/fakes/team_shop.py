"""A whole Andon with its stream on a fake Discord and its team on a fake Slack.

async with FakeDiscord() as discord, FakeSlack() as slack, TeamShop(discord, slack, file) as shop:
    await shop.show()
    discord.says("Ana", "live", "claim A1")
    await slack.commands("Mia", "/andon", "stage A1")
"""

from pathlib import Path
from typing import Any

from bot.settings import Settings, Slack
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.shop import DiscordShop
from tests.fakes.slack import FakeSlack

__all__ = ["TeamShop"]

#: Audiences with a channel of their own; the rest read the alerts.
_CHANNELS = ("alerts", "exceptions")


class TeamShop(DiscordShop):
    """Mia owns the shop, and Max only works there. `http` lets Slack call instead of a socket."""

    def __init__(
        self,
        discord: FakeDiscord,
        slack: FakeSlack,
        database: Path | str,
        *,
        http: bool = False,
        **sale: Any,
    ) -> None:
        super().__init__(discord, database, **sale)
        self.slack = slack
        self._http = http

    @property
    def settings(self) -> Settings:
        """As the shop's `andon.toml` has them."""
        slack = self.slack
        way = (
            {"signing_secret": slack.signing_secret}
            if self._http
            else {"app_token": slack.app_token}
        )
        team = Slack.model_validate(
            {
                "bot_token": slack.token,
                "api_url": slack.api_url,
                "channels": {name: slack.channel(name).id for name in _CHANNELS},
                "roles": {"owner": slack.person("Mia").id},
                **way,
            }
        )
        return super().settings.model_copy(update={"slack": team})

    async def start(self) -> None:
        """Start it and wait until it is connected to both."""
        self.slack.person("Max")
        await super().start()
        if self._http:
            await self.slack.posts_to(f"{self.page}slack/events")
        else:
            await self.slack.connected()
