"""The platform of a rehearsal: nobody is there, so a post is only counted."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from itertools import count

from bot.platforms.base import Ears, Heard, Outgoing, PlatformState
from handlers.messages import Channel, ChatMessage

__all__ = ["REHEARSE", "RehearsalPlatform"]

REHEARSE = "rehearse"
AUDIENCES = frozenset({"alerts", "playbooks", "exceptions", "returns", "packing", "support"})


class RehearsalPlatform:
    """Takes every delivery at once; what was said is read from the database afterwards."""

    name = REHEARSE
    max_characters = 2000
    pace_seconds = 0.0

    def __init__(self, channels: Sequence[str]) -> None:
        self._channels = tuple(Channel(REHEARSE, channel) for channel in channels)
        self._posts = count(1)
        self._kept: tuple[ChatMessage, ...] = ()

    def keeps(self, lines: Sequence[ChatMessage]) -> None:
        """Have these lines as history: they were said while nobody could hear them."""
        self._kept = tuple(lines)

    def stream_channels(self) -> Sequence[Channel]:
        """The channels that the log speaks of."""
        return self._channels

    def audience_channel(self, audience: str) -> Channel | None:
        """Every audience has a channel of its name."""
        return Channel(REHEARSE, audience) if audience in AUDIENCES else None

    async def start(self, ears: Ears) -> None:
        """A rehearsal is fed by its log, not by the platform."""

    async def stop(self) -> None:
        """Nothing is connected."""

    async def close(self) -> None:
        """Nothing is connected."""

    async def post(self, outgoing: Outgoing) -> str | None:
        """Take a delivery."""
        return str(next(self._posts))

    async def shout(self, channel: Channel, text: str) -> None:
        """Nobody is there to hear; the log has it."""

    async def history(
        self, channel: Channel, after: tuple[datetime, str] | None
    ) -> AsyncIterator[Heard]:
        """What was kept back; what of it was taken in before falls out by its key."""
        for message in self._kept:
            if message.channel == channel:
                yield message

    def state(self) -> PlatformState:
        """Always well."""
        return PlatformState(connected=True, detail="A rehearsal.")
