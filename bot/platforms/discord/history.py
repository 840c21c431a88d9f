"""Reads back what was written while nobody heard: a channel and the threads under it, in order."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import discord
from discord.utils import time_snowflake

from bot.platforms.discord.roles import Roles
from handlers.people import Person

__all__ = ["Unreadable", "may_read", "with_authors", "written_after"]


#: Lines whose writers are asked for together.
_PAGE = 100


class Unreadable(Exception):
    """The history may not be read; `args[0]` says why."""


def may_read(guild: discord.Guild, channel_id: int) -> bool:
    """Whether the history may be read, as far as is known: Discord would call it empty."""
    channel = guild.get_channel(channel_id)
    me: discord.Member | None = guild.me
    return channel is None or me is None or channel.permissions_for(me).read_message_history


async def written_after(
    client: discord.Client,
    guild: discord.Guild,
    channel_id: int,
    after: tuple[datetime, str] | None,
) -> AsyncIterator[discord.Message]:
    """Messages of a channel and its open threads after a place, oldest first.

    Raises `discord.HTTPException` where it may not be read.
    """
    last = discord.Object(_place(after))
    threads = [one for one in await guild.active_threads() if one.parent_id == channel_id]
    places: Sequence[discord.abc.Messageable] = [
        client.get_partial_messageable(channel_id, guild_id=guild.id),
        *threads,
    ]
    readers = [place.history(limit=None, after=last, oldest_first=True) for place in places]
    heads = [(reader, await anext(reader, None)) for reader in readers]
    while waiting := [(reader, head) for reader, head in heads if head is not None]:
        reader, first = min(waiting, key=lambda pair: pair[1].id)
        yield first
        heads = [(one, await anext(one, None) if one is reader else head) for one, head in waiting]


async def with_authors(
    messages: AsyncIterator[discord.Message], guild: discord.Guild, roles: Roles
) -> AsyncIterator[tuple[discord.Message, Person]]:
    """Each message with who wrote it; their roles are asked for a page at a time."""
    more = True
    while more:
        page: list[discord.Message] = []
        while more and len(page) < _PAGE:
            message = await anext(messages, None)
            more = message is not None
            page += [message] if message is not None else []
        await roles.ask(guild, [one.author for one in page])
        for one in page:
            yield one, roles.author(one.author)


def _place(after: tuple[datetime, str] | None) -> int:
    if after is None:
        return 0
    at, native = after
    return int(native) if native.isdecimal() and native != "0" else time_snowflake(at)
