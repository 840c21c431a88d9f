"""Who somebody on Discord is in the shop: role ids of the settings become roles of the team."""

from collections.abc import Mapping

import discord

from bot.settings import Discord
from handlers.people import Person, Role

__all__ = ["NAME", "People"]

#: The platform's name, in keys, addresses and people.
NAME = "discord"
_VIEWER = frozenset({Role.VIEWER})


class People:
    """Turns Discord's users into people. Only roles of the settings count, whoever has them."""

    def __init__(self, settings: Discord) -> None:
        self._roles: Mapping[int, Role] = {
            id: role
            for role in Role
            if role not in (Role.VIEWER, Role.CUSTOMER)
            for id in getattr(settings.roles, role.value)
        }

    def person(self, user: discord.abc.User) -> Person:
        """The person that `user` is; without their roles unless it is a member of the server."""
        roles = _VIEWER
        if isinstance(user, discord.Member):
            # Their ids, not `user.roles`: the SDK leaves out those of a server that it was not
            # told of yet, and then a moderator would count as a viewer.
            found = {self._roles[id] for id in user._roles if id in self._roles}
            roles = _VIEWER | found
        return Person(
            platform=NAME,
            id=str(user.id),
            name=user.display_name,
            roles=roles,
            joined=discord.utils.snowflake_time(user.id),
            machine=user.bot,
        )
