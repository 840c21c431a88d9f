"""Which channel an audience reads, and which of them are lost: deleted, archived, or left."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.slack.people import GARBLED, NAME
from handlers.messages import Channel

__all__ = ["Places"]

_HOW = {
    "channel_not_found": "{place} is gone, or the bot was removed from it",
    "not_in_channel": "The bot is not in {place}",
    "is_archived": "{place} is archived",
    "restricted_action": "{place} does not let the bot write",
    "left": "The bot was removed from {place}",
    "deleted": "{place} was deleted",
}
_OTHERWISE = "{place} takes no posts ({how})"
_MEND = {
    "is_archived": "it is unarchived",
    "deleted": "another is set (`andon setup`)",
    "restricted_action": "it may write there",
}
#: An invitation may be missed, while the socket is down; then a post finds out.
_TRIED_AGAIN = timedelta(minutes=10)


class _Channels(Protocol):
    """The settings' channels by audience."""

    def model_dump(self) -> dict[str, tuple[str, ...]]: ...


class Places:
    """The channels of the settings. `alert` hears of each that is lost, once until it is found."""

    def __init__(self, channels: _Channels, now: Callable[[], datetime]) -> None:
        self._channels = {audience: tuple(ids) for audience, ids in channels.model_dump().items()}
        self._now = now
        self._lost: dict[str, datetime] = {}
        self._names: dict[str, str] = {}
        self.alert: Callable[[str], None] = lambda _sentence: None

    def channel_of(self, audience: str) -> Channel | None:
        """The first channel of this audience that is not lost, or was lost a while ago."""
        late = self._now() - _TRIED_AGAIN
        for id in self._channels.get(audience, ()):
            if (lost_at := self._lost.get(id)) is None or lost_at <= late:
                return Channel(NAME, id)
        return None

    def is_lost(self, channel_id: str) -> bool:
        """Whether a channel took no posts when it was last tried."""
        return channel_id in self._lost

    def lose(self, channel_id: str, how: str) -> None:
        """A channel takes no posts any more."""
        audiences = [name for name, ids in self._channels.items() if channel_id in ids]
        if not audiences:
            return
        known = channel_id in self._lost
        self._lost[channel_id] = self._now()
        if not known:
            place = self.name_of(channel_id)
            mend = _MEND.get(how, "the bot is invited again (/invite @Andon)")
            what = _HOW.get(how, _OTHERWISE).format(place=place, how=how)
            self.alert(
                f"{what[:1].upper()}{what[1:]} on Slack. What is meant "
                f"for {', '.join(audiences)} goes elsewhere until {mend}."
            )

    async def look(self, client: AsyncWebClient) -> None:
        """Ask Slack what the channels are called; one that it does not tell keeps its id."""
        for channel_id in sorted({id for ids in self._channels.values() for id in ids}):
            try:
                told = await client.conversations_info(channel=channel_id)
                self._names[channel_id] = str(told["channel"]["name"])
            except (SlackApiError, aiohttp.ClientError, OSError, *GARBLED, KeyError):
                continue

    def name_of(self, channel_id: str) -> str:
        """A channel as people call it: by its id only where its name was never learnt."""
        name = self._names.get(channel_id)
        return f"the channel {channel_id}" if name is None else f"#{name}"

    def find(self, channel_id: str) -> None:
        """A channel takes posts again."""
        self._lost.pop(channel_id, None)
