"""Stays connected: whatever ends a connection is logged, told, and followed by a new one."""

import asyncio
import logging
from collections.abc import Callable
from random import SystemRandom
from time import monotonic

import aiohttp
import discord
import structlog

from bot.platforms.base import Ears, PlatformRefused
from bot.platforms.discord.access import INTENT_OFF, LOGIN_REFUSED
from bot.platforms.discord.client import AndonClient

__all__ = ["STANDING_BY", "Staying", "plainly"]

STANDING_BY = "Standing by: another process has the stream."

_LONGEST = 60.0
_START_WITHIN = 20.0
#: A connection that lived so long counts as well: the next wait is a short one again.
_LIVED = 60.0
#: The team hears of a break that lasts longer: most are over before anyone could notice.
TOLD_AFTER = 10.0
#: Of the network or of Discord: a traceback would say no more than their name.
_OUTSIDE = (OSError, aiohttp.ClientError, discord.DiscordException, PlatformRefused)


class Staying:
    """Makes one client after the other while this process takes in the stream."""

    def __init__(
        self,
        make: Callable[[], AndonClient],
        token: str,
        *,
        new_reference: Callable[[], str],
    ) -> None:
        self.client = make()
        #: Set while a session is up.
        self.up = asyncio.Event()
        self.detail = "Not started."
        self._make = make
        self._token = token
        self._alert: Callable[[str], None] = lambda _sentence: None
        self._new_reference = new_reference
        self._random = SystemRandom()
        self._log = structlog.get_logger("andon.discord")
        self._first: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._owed = ""
        self._refusal = ""
        #: Tells of a break that goes on.
        self._telling: asyncio.TimerHandle | None = None

    @property
    def starting(self) -> bool:
        """Whether someone still waits for the first connection."""
        return self._first is not None and not self._first.done()

    async def start(self, ears: Ears) -> None:
        """Connect, or keep trying. Raises `PlatformRefused` where trying would not help."""
        self._alert = ears.alert
        self._first = asyncio.get_running_loop().create_future()
        self._tell_later()
        self._task = asyncio.create_task(self._stay(ears), name="discord")
        await asyncio.wait({self._first}, timeout=_START_WITHIN)
        if self._first.done():
            self._first.result()

    def connection(self, up: bool) -> None:
        """The connection broke, or goes on."""
        if up:
            self.up.set()
            self.detail = "Connected."
            self._tell_no_more()
            self._refusal = ""
            if self._owed:
                self._alert(self._owed)
                self._owed = ""
        elif self.up.is_set():
            self.up.clear()
            self.detail = "Connecting again."
            self._tell_later()

    def session(self) -> None:
        """A session has begun."""
        self._settle(None)
        self.connection(True)

    async def disconnect(self) -> None:
        """Hear no more; posts still go out."""
        self._tell_no_more()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        gateway: discord.gateway.DiscordWebSocket | None = self.client.ws
        if gateway is not None and gateway.open:
            await gateway.close(code=1000)
        self.up.clear()
        self._tell_no_more()
        self.detail = "Disconnected."

    # --- telling --------------------------------------------------------------------------------

    def _tell_later(self) -> None:
        if self._telling is None:
            loop = asyncio.get_running_loop()
            self._telling = loop.call_later(TOLD_AFTER, self._tell)

    def _tell_no_more(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None

    def _tell(self) -> None:
        """Say once, while it lasts, that no chat comes in: posts may go out all the same."""
        reference = self._new_reference()
        self._log.error("no chat from Discord", reference=reference, seconds=TOLD_AFTER)
        self.detail = f"No connection to Discord; the log has more under {reference}."
        self._alert(
            f"Discord has not been connected for {TOLD_AFTER:.0f} seconds, so claims there are not "
            "heard right now. Andon keeps trying and reads back what is typed meanwhile. "
            f"Reference {reference}."
        )
        self._owe(reference)

    def _owe(self, reference: str) -> None:
        """Say when it is back."""
        self._owed = (
            "Discord was lost for a while and is back; what was said meanwhile is read back. "
            f"Reference {reference}."
        )

    def _settle(self, refused: PlatformRefused | None) -> None:
        if self._first is None or self._first.done():
            return
        if refused is None:
            self._first.set_result(None)
        else:
            self._first.set_exception(refused)

    # --- staying --------------------------------------------------------------------------------

    async def _stay(self, ears: Ears) -> None:
        failures = 0
        while True:
            begun = monotonic()
            one = asyncio.create_task(self._once(ears), name="discord connection")
            try:
                await asyncio.wait({one})
            finally:
                one.cancel()
            error = None if one.cancelled() else one.exception()
            failures = 1 if monotonic() - begun > _LIVED else failures + 1
            if error is not None:
                self.connection(False)
                self._ended(error)
            else:
                # Another process has the stream now: nothing is lost.
                self.up.clear()
                failures = 0
            await self.client.close()
            longest = min(_LONGEST, 0.5 * 2.0**failures)
            await asyncio.sleep(longest * (0.5 + self._random.random() / 2))
            self.client = self._make()

    async def _once(self, ears: Ears) -> None:
        await self.client.login(self._token)
        if not await self._mine_at_once(ears):
            self.detail = STANDING_BY
            self._settle(None)
            self._tell_no_more()
            await ears.owned()
            self._tell_later()
        connection = asyncio.create_task(self.client.connect(), name="discord gateway")
        lost = asyncio.create_task(ears.owned(False), name="discord owner")
        try:
            await asyncio.wait({connection, lost}, return_when=asyncio.FIRST_COMPLETED)
            if connection.done():
                connection.result()
        finally:
            connection.cancel()
            lost.cancel()

    async def _mine_at_once(self, ears: Ears) -> bool:
        try:
            async with asyncio.timeout(2):
                await ears.owned()
        except TimeoutError:
            return False
        return True

    def _ended(self, error: BaseException) -> None:
        reference = self._new_reference()
        outside = isinstance(error, _OUTSIDE)
        self._log.error(
            "the connection to Discord ended",
            reference=reference,
            **({"error": plainly(error)} if outside else {"exc_info": error}),
        )
        logging.getLogger("andon.discord").debug("ended: %s", reference, exc_info=error)
        self.detail = f"Trying again; the log has more under {reference}."
        refused, began = _refused(error), not self.starting
        self._settle(refused)
        if began:
            self._owe(reference)
        if refused is not None and str(refused) != self._refusal:
            self._refusal = str(refused)
            # Another platform may have a channel for it; else it is in the log.
            self._alert(f"{refused} Reference {reference}.")


def plainly(error: BaseException) -> str:
    """What went wrong outside, in a word or two: Discord's own pages of errors are long."""
    if isinstance(error, discord.HTTPException):
        return f"{type(error).__name__} {error.status} (code {error.code})"
    return str(error) if isinstance(error, PlatformRefused) else type(error).__name__


def _refused(error: BaseException) -> PlatformRefused | None:
    """What the one who installs it must do, where trying again would not help."""
    if isinstance(error, PlatformRefused):
        return error
    if isinstance(error, discord.LoginFailure) or (
        isinstance(error, discord.ConnectionClosed) and error.code == 4004
    ):
        return PlatformRefused(LOGIN_REFUSED)
    if isinstance(error, discord.PrivilegedIntentsRequired):
        return PlatformRefused(INTENT_OFF)
    return None
