"""Where the team is told things: in the channel of an audience, or at once past the database."""

import asyncio
from collections.abc import Awaitable, Mapping

import structlog

from bot.platforms.base import Platform, PostDelayed, PostFailed
from bot.platforms.local_lines import PLATFORM as STAGE
from handlers.messages import Address, Channel, Reach

__all__ = ["Audiences"]

#: Where what is meant for an audience goes that has no channel, or whose channel was lost.
_INSTEAD = ("alerts", "exceptions", "support", "playbooks", "returns", "packing")
_SAY_WITHIN = 5.0
_GOOD_NEWS = "✓ "
_log = structlog.get_logger("andon")


class Audiences:
    """The audiences of the team on `platforms`, of which the first are asked first."""

    def __init__(self, platforms: Mapping[str, Platform]) -> None:
        self._platforms = platforms
        self._alerts: set[asyncio.Task[None]] = set()

    def resolve(self, address: Address) -> Address | None:
        """Where an audience is: its own channel, else that of alerts, else any other.

        The stage has a channel for every audience. It is asked last of all: a team that works
        elsewhere does not look there.
        """
        at_work = [one for one in self._platforms.values() if one.name != STAGE]
        stage = [one for one in self._platforms.values() if one.name == STAGE]
        for platforms in (at_work, stage):
            for audience in dict.fromkeys((address.target, *_INSTEAD)):
                for platform in platforms:
                    channel = platform.audience_channel(audience)
                    if channel is not None:
                        return Address(channel.platform, Reach.CHANNEL, channel.id)
        return None

    def alert(self, sentence: str) -> None:
        """Tell the team past the database, which may be what is broken.

        What begins with a tick is good news: it warns of nothing.
        """
        good = sentence.startswith(_GOOD_NEWS)
        (_log.info if good else _log.warning)("alert", sentence=sentence)
        task = asyncio.ensure_future(self._shout(sentence if good else f"⚠️ {sentence}"))
        self._alerts.add(task)
        task.add_done_callback(self._alerts.discard)

    async def _shout(self, text: str) -> None:
        """Say it on the first platform that takes it: one of them may be what is broken."""
        for platform in self._platforms.values():
            tried, channel = None, _first_channel(platform)
            # One that turns out to be lost may leave its audience another.
            while channel is not None and channel != tried:
                if await _is_said(platform.shout(channel, text)):
                    return
                tried, channel = channel, _first_channel(platform)


def _first_channel(platform: Platform) -> Channel | None:
    channels = map(platform.audience_channel, _INSTEAD)
    return next((one for one in channels if one is not None), None)


async def _is_said(saying: Awaitable[None]) -> bool:
    """Whether a shout arrived; its sentence has been logged already."""
    try:
        await asyncio.wait_for(saying, _SAY_WITHIN)
    except (OSError, TimeoutError, PostDelayed, PostFailed) as error:
        _log.warning("an alert did not arrive", error=str(error))
        return False
    return True
