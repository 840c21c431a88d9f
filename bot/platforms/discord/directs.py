"""Direct messages: one after the other for each person, with the roles they have by then."""

import asyncio
from collections.abc import Callable

import aiohttp
import discord
import structlog

from bot.pictures_in import take_in
from bot.platforms.base import Ears
from bot.platforms.discord import reading
from bot.platforms.discord.people import People

__all__ = ["Directs"]


class Directs:
    """Hands in what people write to the bot alone."""

    def __init__(self, people: People, new_reference: Callable[[], str]) -> None:
        self._people = people
        self._new_reference = new_reference
        #: The last one of each person that is under way: the next waits for it.
        self._last: dict[int, asyncio.Task[None]] = {}
        self._log = structlog.get_logger("andon.discord")

    def hear(self, ears: Ears, guild: discord.Guild | None, message: discord.Message) -> None:
        """Hand it in once those before it are."""
        person = message.author.id
        hearing = self._hear(ears, guild, message, self._last.get(person))
        task = asyncio.create_task(hearing, name="discord direct message")
        self._last[person] = task
        task.add_done_callback(lambda task: self._ended(person, task))

    def _ended(self, person: int, task: asyncio.Task[None]) -> None:
        if self._last.get(person) is task:
            del self._last[person]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            reference = self._new_reference()
            self._log.error("a direct message failed", reference=reference, exc_info=error)

    async def _hear(
        self,
        ears: Ears,
        guild: discord.Guild | None,
        message: discord.Message,
        earlier: asyncio.Task[None] | None,
    ) -> None:
        if earlier is not None:
            await asyncio.wait({earlier})
        author: discord.abc.User = message.author
        try:
            # Asked each time: a role that was taken away since must not count.
            author = await guild.fetch_member(author.id) if guild is not None else author
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            self._log.warning("a writer's roles are not known", error=type(error).__name__)
        taken = await take_in(reading.attached(message))
        await ears.direct(reading.direct(message, self._people.person(author), taken))
