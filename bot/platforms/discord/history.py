"""Reads back what was written while nobody heard: a channel and the threads under it, in order."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import discord
from discord.utils import time_snowflake

__all__ = ["written_after"]


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


def _place(after: tuple[datetime, str] | None) -> int:
    if after is None:
        return 0
    at, native = after
    return int(native) if native.isdecimal() and native != "0" else time_snowflake(at)
