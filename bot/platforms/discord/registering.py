"""Makes the command tree known to the server; chat does not wait for it."""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import discord
import structlog

from bot.platforms.base import PlatformRefused
from bot.platforms.discord.access import invite_link
from bot.platforms.discord.staying import plainly

__all__ = ["Registering"]

_WITHIN = 10.0
_AGAIN = 60.0
_NOT_HERE = 50001
_TROUBLE = (discord.DiscordException, aiohttp.ClientError, OSError)


class Registering:
    """Registers the commands of one client after the other; what fails is tried each minute."""

    def __init__(self, *, new_reference: Callable[[], str], alert: Callable[[str], None]) -> None:
        self._new_reference = new_reference
        self._alert = alert
        self._later: asyncio.Task[None] | None = None
        self._last: tuple[discord.Client, Callable[[], Awaitable[None]]] | None = None
        self._told = False
        self._log = structlog.get_logger("andon.discord")

    async def register(
        self, client: discord.Client, sync: Callable[[], Awaitable[None]], *, starting: bool
    ) -> None:
        """Register, or see to it that it is tried again.

        Raises `PlatformRefused` where the bot is `starting` and may not: it was not invited.
        """
        self.stop()
        self._last = (client, sync)
        error = await self._try(sync)
        if error is None:
            return
        if starting and isinstance(error, discord.Forbidden) and error.code == _NOT_HERE:
            link = invite_link(client.application_id or 0)
            raise PlatformRefused(
                f"The bot may not offer commands on this server: invite it with {link}"
            ) from error
        self._tell(error)
        self._keep(client, sync, _AGAIN)

    def again(self) -> None:
        """Register once more: a server that let the bot go has forgotten its commands."""
        if self._last is not None:
            self.stop()
            self._keep(*self._last, 0.0)

    def _keep(
        self, client: discord.Client, sync: Callable[[], Awaitable[None]], after: float
    ) -> None:
        trying = self._keep_trying(client, sync, after)
        self._later = asyncio.create_task(trying, name="discord commands")

    def stop(self) -> None:
        """Try no more."""
        if self._later is not None:
            self._later.cancel()
            self._later = None

    async def _try(self, sync: Callable[[], Awaitable[None]]) -> Exception | None:
        try:
            async with asyncio.timeout(_WITHIN):
                await sync()
        except _TROUBLE as error:
            return error
        self._told = False
        return None

    def _tell(self, error: Exception) -> None:
        reference = self._new_reference()
        why = plainly(error)
        self._log.error("the commands are not registered", reference=reference, error=why)
        if not self._told:
            self._told = True
            self._alert(
                "Discord did not take the commands; those it knows already work, and chat is heard "
                f"all the same. It is tried again each minute. Reference {reference}."
            )

    async def _keep_trying(
        self, client: discord.Client, sync: Callable[[], Awaitable[None]], after: float
    ) -> None:
        await asyncio.sleep(after)
        while not client.is_closed():
            error = await self._try(sync)
            if error is None:
                self._log.info("the commands are registered")
                return
            self._tell(error)
            await asyncio.sleep(_AGAIN)
