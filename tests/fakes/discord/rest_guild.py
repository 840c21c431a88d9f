"""REST of the server, its people, the application and its commands."""

from collections.abc import Callable
from dataclasses import replace

from tests.fakes.discord.faults import ApiError
from tests.fakes.discord.limits import check_commands
from tests.fakes.discord.payloads import (
    application_payload,
    channel_payload,
    guild_payload,
    member_payload,
    role_payload,
    user_payload,
)
from tests.fakes.discord.permissions import MODERATE_MEMBERS, permissions_of
from tests.fakes.discord.rest import Asked, Handler
from tests.fakes.discord.world import ChannelKind, Json, Member, World

__all__ = ["GuildRest"]


class GuildRest:
    """What may be asked about the server and the application."""

    def __init__(
        self,
        world: World,
        *,
        flags: Callable[[], int],
        gateway_url: Callable[[], str],
    ) -> None:
        self._world = world
        self._flags = flags
        self._gateway_url = gateway_url

    def routes(self) -> list[tuple[str, str, Handler]]:
        """All ways in."""
        guild, own = "/guilds/{guild}", "/applications/{application}"
        return [
            ("GET", "/users/@me", self._me),
            ("GET", "/users/@me/guilds", self._guilds),
            ("GET", "/users/{user}", self._user),
            ("GET", "/oauth2/applications/@me", self._application),
            ("GET", "/applications/@me", self._application),
            ("GET", "/gateway", self._gateway),
            ("GET", "/gateway/bot", self._gateway),
            ("GET", guild, self._guild),
            ("GET", guild + "/channels", self._channels),
            ("GET", guild + "/roles", self._roles),
            ("GET", guild + "/members", self._members),
            ("GET", guild + "/members/{user}", self._member),
            ("PATCH", guild + "/members/{user}", self._change_member),
            ("GET", guild + "/threads/active", self._active),
            ("GET", own + "/commands", self._no_commands),
            ("PUT", own + "/commands", self._no_commands),
            ("GET", own + "/guilds/{guild}/commands", self._commands),
            ("PUT", own + "/guilds/{guild}/commands", self._register),
        ]

    async def _me(self, asked: Asked) -> Json:
        return user_payload(self._world.bot) | {"mfa_enabled": False, "verified": True}

    async def _user(self, asked: Asked) -> Json:
        return user_payload(self._one(asked).user)

    async def _application(self, asked: Asked) -> Json:
        return application_payload(self._world, self._flags())

    async def _gateway(self, asked: Asked) -> Json:
        start = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        return {"url": self._gateway_url(), "shards": 1, "session_start_limit": start}

    # --- the server -------------------------------------------------------------------------

    def _here(self, asked: Asked) -> World:
        if asked.id("guild") != self._world.guild_id:
            raise ApiError(404, 10004, "Unknown Guild")
        if not self._world.present:
            raise ApiError(403, 50001, "Missing Access")
        return self._world

    def _one(self, asked: Asked) -> Member:
        member = self._world.members.get(asked.id("user"))
        if member is None:
            raise ApiError(404, 10007, "Unknown Member")
        return member

    async def _guilds(self, asked: Asked) -> list[Json]:
        allowed = permissions_of(self._world, self._world.bot.id)
        if not self._world.present:
            return []
        return [
            {
                "id": str(self._world.guild_id),
                "name": "The Shop",
                "icon": None,
                "owner": False,
                "permissions": str(allowed),
                "features": [],
            }
        ]

    async def _guild(self, asked: Asked) -> Json:
        return guild_payload(self._here(asked))

    async def _channels(self, asked: Asked) -> list[Json]:
        world = self._here(asked)
        return [
            channel_payload(world, one)
            for one in world.channels.values()
            if one.kind is ChannelKind.TEXT
        ]

    async def _roles(self, asked: Asked) -> list[Json]:
        return [role_payload(one) for one in self._here(asked).roles.values()]

    async def _members(self, asked: Asked) -> list[Json]:
        limit, after = asked.number("limit") or 1, asked.number("after") or 0
        members = sorted(self._here(asked).members.items())
        return [member_payload(one) for user_id, one in members if user_id > after][:limit]

    async def _member(self, asked: Asked) -> Json:
        self._here(asked)
        return member_payload(self._one(asked))

    async def _change_member(self, asked: Asked) -> Json:
        world, member = self._here(asked), self._one(asked)
        if not permissions_of(world, world.bot.id) & MODERATE_MEMBERS:
            raise ApiError(403, 50013, "Missing Permissions")
        until = asked.body.get("communication_disabled_until")
        world.members[member.id] = changed = replace(member, timed_out_until=until)
        return member_payload(changed)

    async def _active(self, asked: Asked) -> Json:
        world = self._here(asked)
        found = [
            channel_payload(world, one)
            for one in world.channels.values()
            if one.kind is ChannelKind.THREAD and not one.archived
        ]
        return {"threads": found, "members": []}

    # --- commands ---------------------------------------------------------------------------

    async def _no_commands(self, asked: Asked) -> list[Json]:
        return []

    async def _commands(self, asked: Asked) -> list[Json]:
        self._here(asked)
        return self._world.commands

    async def _register(self, asked: Asked) -> list[Json]:
        world = self._here(asked)
        check_commands(asked.body)
        fixed = {"guild_id": str(world.guild_id), "application_id": str(world.application_id)}
        world.commands[:] = [
            {"description": "", "options": []}
            | command
            | fixed
            | {"id": str(world.ids.make()), "version": "1"}
            for command in asked.body
        ]
        return world.commands
