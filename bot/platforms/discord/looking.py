"""A look at Discord over REST, before a show: who the bot is, where it is, and what it may do.

`look` connects to no gateway and changes nothing. Its errors are those of `bot.platforms.looking`.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp
import discord

from bot.platforms.discord.access import (
    LOGIN_REFUSED,
    STREAM,
    TEAM,
    invite_link,
    missing,
    needed_intents,
)
from bot.platforms.discord.places import point_at
from bot.platforms.looking import CannotLook, WrongToken
from bot.settings import Discord

__all__ = ["Look", "SeenChannel", "SeenRole", "SeenServer", "look"]

_WRITTEN_IN = {
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenChannel:
    """A channel of the server. `written_in` is false for categories and forums.

    `stream_lacks` and `team_lacks` name the permissions that the bot would still need to use it for
    the stream or for the team; `open_to_all` is whether everyone in the server can read it.
    """

    id: int
    name: str
    category: str | None
    written_in: bool
    open_to_all: bool
    stream_lacks: tuple[str, ...]
    team_lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRole:
    """A role of the server; `given` is whether people can be given it (not @everyone, no bot's)."""

    id: int
    name: str
    given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenServer:
    """A server that the bot is in: its channels in the order shown, its roles from the top."""

    id: int
    name: str
    channels: tuple[SeenChannel, ...]
    roles: tuple[SeenRole, ...]

    def channel(self, channel_id: int) -> SeenChannel | None:
        """The channel with this id."""
        return next((one for one in self.channels if one.id == channel_id), None)

    def role(self, role_id: int) -> SeenRole | None:
        """The role with this id."""
        return next((one for one in self.roles if one.id == role_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen.

    `servers` are (id, name) of all that the bot is in; `server` is the one of the settings, or the
    only one. `reads_messages` is the switch *Message Content Intent*; `answers_elsewhere` means
    that commands and buttons go to a web address instead, `needs_code` that no link can invite.
    """

    bot: str
    application_id: int
    reads_messages: bool
    answers_elsewhere: bool
    needs_code: bool
    servers: tuple[tuple[int, str], ...]
    server: SeenServer | None

    def invite(self, guild_id: int | None = None) -> str:
        """The link that lets the bot into a server with what it needs."""
        return invite_link(self.application_id, guild_id)


async def look(settings: Discord, *, seconds: float = 10) -> Look:
    """Look at Discord with the token of `settings`, within `seconds`. Raises `CannotLook`."""
    if settings.token is None:
        raise CannotLook("There is no token yet: `andon setup` asks for it.")
    point_at(settings.api_url, settings.gateway_url)
    token = settings.token.get_secret_value()
    # Without the original error: it may quote the request, and with it the token.
    try:
        with _quietly():
            async with asyncio.timeout(seconds), discord.Client(intents=needed_intents()) as client:
                await client.login(token)
                return await _seen(client, settings.guild_id)
    except discord.LoginFailure:
        raise WrongToken(LOGIN_REFUSED) from None
    except TimeoutError:
        raise CannotLook(
            f"Discord did not answer within {seconds:g} seconds; look at discordstatus.com, and "
            "try again."
        ) from None
    except discord.InvalidData:
        raise CannotLook(
            "The server holds a kind of channel that this version of Andon does not know; update "
            "Andon."
        ) from None
    except discord.HTTPException as error:
        raise CannotLook(
            f"Discord refused to say more ({error.status} {error.response.reason}); try again in "
            "a minute, and look at discordstatus.com."
        ) from None
    except (aiohttp.ClientError, OSError, discord.DiscordException):
        raise CannotLook(f"{_where(settings)} cannot be reached{_advice(settings)}.") from None
    except (KeyError, TypeError, ValueError):
        # What answers is no Discord: the SDK takes what it is given without a look.
        raise CannotLook(
            f"What answers at {_where(settings)} is not Discord{_advice(settings)}."
        ) from None


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep the SDK from writing between the lines of a command; what matters is in the value."""
    log = logging.getLogger("discord")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


def _where(settings: Discord) -> str:
    return settings.api_url or "Discord (discord.com)"


def _advice(settings: Discord) -> str:
    if settings.api_url is None:
        return "; check this machine's connection, and that it may open HTTPS to discord.com"
    return "; check discord.api_url, or take it out to use Discord's own"


async def _seen(client: discord.Client, guild_id: int | None) -> Look:
    application = await client.application_info()
    servers = tuple([(guild.id, guild.name) async for guild in client.fetch_guilds(limit=None)])
    wanted = guild_id if guild_id is not None or len(servers) != 1 else servers[0][0]
    inside = wanted is not None and any(wanted == one for one, _ in servers)
    flags = application.flags
    return Look(
        bot=str(client.user),
        application_id=application.id,
        reads_messages=flags.gateway_message_content or flags.gateway_message_content_limited,
        answers_elsewhere=bool(application.interactions_endpoint_url),
        needs_code=application.bot_require_code_grant,
        servers=servers,
        server=await _server(client, wanted) if inside and wanted is not None else None,
    )


async def _server(client: discord.Client, guild_id: int) -> SeenServer:
    assert client.user is not None, "logged in"  # noqa: S101
    guild = await client.fetch_guild(guild_id, with_counts=False)
    me = await guild.fetch_member(client.user.id)
    channels = await guild.fetch_channels()
    categories = {one.id: one for one in channels if isinstance(one, discord.CategoryChannel)}

    def order(channel: discord.abc.GuildChannel) -> tuple[int, int, int]:
        category = categories.get(channel.category_id or channel.id)
        return (-1 if category is None else category.position, channel.position, channel.id)

    return SeenServer(
        id=guild.id,
        name=guild.name,
        channels=tuple(
            _channel(one, me, categories.get(one.category_id or 0))
            for one in sorted(channels, key=order)
        ),
        roles=tuple(
            SeenRole(
                id=role.id,
                name=role.name,
                given=not (role.is_default() or role.managed),
            )
            for role in sorted(guild.roles, reverse=True)
        ),
    )


def _channel(
    channel: discord.abc.GuildChannel,
    me: discord.Member,
    category: discord.CategoryChannel | None,
) -> SeenChannel:
    # The channel's own method takes away what is of no use without *View Channel*, which would name
    # nine switches where one is off.
    mine = discord.abc.GuildChannel.permissions_for(channel, me)
    everyone = discord.abc.GuildChannel.permissions_for(channel, channel.guild.default_role)
    return SeenChannel(
        id=channel.id,
        name=channel.name,
        category=category.name if category else None,
        written_in=channel.type in _WRITTEN_IN,
        open_to_all=everyone.view_channel and everyone.read_message_history,
        stream_lacks=missing(mine, STREAM),
        team_lacks=missing(mine, TEAM),
    )
