"""Stays on the gateway: breaks are short, and a session goes on where Discord still has it.

The SDK's own loop waits up to a quarter of an hour between two tries, and ends with an error of its
own where the very first connection fails.
"""

import asyncio
import logging
from random import SystemRandom
from typing import Any

import aiohttp
import discord
import structlog
from discord.gateway import DiscordWebSocket, ReconnectWebSocket

__all__ = ["LONGEST_BREAK", "break_after", "stay_on_the_gateway"]

#: Seconds between two tries, at the most.
LONGEST_BREAK = 15.0
_CONNECTS_WITHIN = 20.0
#: The address to go on at is one server's own, which may be what is gone.
_TRIES_AT_THE_SAME = 3
_INTENTS_OFF, _CLEAN = 4014, 1000
_TROUBLE = (
    OSError,
    discord.HTTPException,
    discord.GatewayNotFound,
    discord.ConnectionClosed,
    aiohttp.ClientError,
    TimeoutError,
)


async def stay_on_the_gateway(client: discord.Client) -> None:
    """Connect, and again after each break, until the client is closed.

    Raises `PrivilegedIntentsRequired`, or `ConnectionClosed` where this session and this token lead
    nowhere.
    """
    log, random = structlog.get_logger("andon.discord"), SystemRandom()
    how: dict[str, Any] = {"initial": True, "shard_id": client.shard_id}
    failures = 0
    while not client.is_closed():
        try:
            connecting = DiscordWebSocket.from_client(client, **how)
            client.ws = await asyncio.wait_for(connecting, _CONNECTS_WITHIN)
            how["initial"] = False
            while True:
                await client.ws.poll_event()
                failures = 0
        except ReconnectWebSocket as again:
            client.dispatch("disconnect")
            _go_on(how, client, resume=again.resume)
        except _TROUBLE as error:
            client.dispatch("disconnect")
            if client.is_closed():
                return
            _check(error)
            failures += 1
            seconds = break_after(failures, random.random())
            log.warning("no gateway", error=type(error).__name__, again_in=round(seconds, 1))
            logging.getLogger("andon.discord").debug("no gateway", exc_info=error)
            await asyncio.sleep(seconds)
            _go_on(how, client, resume=True)
            if failures >= _TRIES_AT_THE_SAME:
                how.pop("gateway", None)


def break_after(failures: int, chance: float) -> float:
    """Seconds to the next try, by a `chance` of 0 to 1: bots that broke together come apart."""
    longest = min(LONGEST_BREAK, 0.5 * 2.0 ** min(failures, 30))
    return longest * (0.5 + chance / 2)


def _go_on(how: dict[str, Any], client: discord.Client, *, resume: bool) -> None:
    """Resume the last session, if there was one and Discord has not ended it."""
    last: DiscordWebSocket | None = client.ws
    if last is None:
        return
    resume = resume and last.session_id is not None
    how.update(sequence=last.sequence, session=last.session_id, resume=resume)
    how.pop("gateway", None)
    if resume:
        how["gateway"] = last.gateway


def _check(error: BaseException) -> None:
    """Raise what trying again would not mend."""
    if isinstance(error, discord.ConnectionClosed):
        if error.code == _INTENTS_OFF:
            raise discord.PrivilegedIntentsRequired(error.shard_id) from None
        if error.code != _CLEAN:
            raise error
