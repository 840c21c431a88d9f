"""Asks the roles of those whom history names: it does not say who has which role."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable

import discord
import structlog

from bot.platforms.discord.people import People
from handlers.people import Person

__all__ = ["Roles"]

_REMEMBERED = 5000
#: Discord names so many members at a time; by their ids, which no privileged intent is needed for.
_AT_ONCE = 100
_WITHIN = 5.0


class Roles:
    """Whom Discord named as a member lately, and how to ask for the others."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._known: OrderedDict[int, Person] = OrderedDict()
        self._log = structlog.get_logger("andon.discord")

    def person(self, user: discord.abc.User) -> Person:
        """The person that `user` is; remembered where it came with roles."""
        person = self._people.person(user)
        if isinstance(user, discord.Member):
            self._known[user.id] = person
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return person

    def author(self, user: discord.abc.User) -> Person:
        """The author of a line of history: as last named, else a viewer."""
        return self._known.get(user.id) or self._people.person(user)

    async def ask(self, guild: discord.Guild, users: Iterable[discord.abc.User]) -> None:
        """Ask for those that are not known. Who cannot be asked for counts as a viewer."""
        unknown = sorted({one.id for one in users if not one.bot and one.id not in self._known})
        for start in range(0, len(unknown), _AT_ONCE):
            ids = unknown[start : start + _AT_ONCE]
            try:
                async with asyncio.timeout(_WITHIN):
                    found = await guild.query_members(user_ids=ids, limit=_AT_ONCE, cache=False)
            except (discord.DiscordException, OSError, RuntimeError) as error:
                why = type(error).__name__
                self._log.warning("writers' roles are not known", error=why, writers=len(ids))
                return
            for member in found:
                self.person(member)
