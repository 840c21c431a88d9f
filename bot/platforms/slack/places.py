"""Which channel an audience reads, and which of them are lost: deleted, archived, or left."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from bot.platforms.slack.people import NAME
from handlers.messages import Channel

__all__ = ["Places"]

_HOW = {
    "channel_not_found": "is gone, or the bot was removed from it",
    "not_in_channel": "has not invited the bot",
    "is_archived": "is archived",
    "restricted_action": "does not let the bot write",
    "left": "has removed the bot",
    "deleted": "was deleted",
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
            self.alert(
                f"Slack's channel {channel_id} for {', '.join(audiences)} {_HOW.get(how, how)}. "
                "What is meant for it goes elsewhere until the bot is invited again "
                "(/invite @Andon)."
            )

    def find(self, channel_id: str) -> None:
        """A channel takes posts again."""
        self._lost.pop(channel_id, None)
