"""The team's channels on Discord: what people type there is overheard, one line after the other."""

import asyncio
from collections.abc import Callable, Iterable

import discord
import structlog

from bot.platforms.base import Ears
from bot.platforms.discord import reading
from bot.platforms.discord.people import NAME
from bot.platforms.discord.roles import Roles
from handlers.messages import Channel, TeamLine

__all__ = ["TeamRooms"]

#: Lines that may wait for the database; what comes on top is only talk.
_MOST = 100


class TeamRooms:
    """Hands in lines of these channels and of threads under them."""

    def __init__(
        self, channel_ids: Iterable[int], roles: Roles, new_reference: Callable[[], str]
    ) -> None:
        self._ids = frozenset(channel_ids)
        self._roles = roles
        self._new_reference = new_reference
        self._waiting: asyncio.Queue[TeamLine] = asyncio.Queue(_MOST)
        self._handing: asyncio.Task[None] | None = None
        self._log = structlog.get_logger("andon.discord")

    def hear(self, ears: Ears, message: discord.Message) -> None:
        """Take a message of any channel of the server; most are not the team's."""
        place = message.channel
        id = place.parent_id if isinstance(place, discord.Thread) else place.id
        if id not in self._ids or self._waiting.full():
            return
        channel = Channel(NAME, str(place.id))
        line = reading.team_line(message, channel, self._roles.person(message.author))
        if line is None:
            return
        self._waiting.put_nowait(line)
        if self._handing is None or self._handing.done():
            self._handing = asyncio.create_task(self._hand_in(ears), name="discord team lines")
            self._handing.add_done_callback(self._ended)

    async def _hand_in(self, ears: Ears) -> None:
        while not self._waiting.empty():
            await ears.overhear(self._waiting.get_nowait())

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            reference = self._new_reference()
            self._log.error("a line of the team failed", reference=reference, exc_info=error)
