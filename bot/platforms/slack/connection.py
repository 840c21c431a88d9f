"""Stays on Slack by Socket Mode: makes one client after the other, and replaces what is dead.

The SDK reconnects by itself, but not always: after a failed handshake it tries the same one-use
address for ever. So each client is watched, and one that has been down for a while is let go.
"""

import asyncio
import logging
from collections.abc import Callable
from random import SystemRandom
from time import monotonic

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.platforms.base import PlatformRefused
from bot.platforms.slack.people import refusal
from bot.platforms.slack.tokens import app_problem

__all__ = ["Socket", "Watch"]

_LONGEST = 60.0
_LIVED = 60.0
#: Of the network, or Slack's way of saying no: a traceback would say no more than their name.
_OUTSIDE = (aiohttp.ClientError, SlackClientError, OSError)
#: Slack's words for what passes by itself.
_PASSES = frozenset(
    {
        "",
        "fatal_error",
        "internal_error",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "too_many_websockets",
    }
)


class Watch:
    """How closely a connection is watched, in seconds."""

    def __init__(self, *, look: float = 2.0, dead_after: float = 15.0, ping: float = 5.0) -> None:
        self.look = look
        self.dead_after = dead_after
        self.ping = ping


class Socket:
    """One client after the other, until `stop`. `quiet` is what the SDK may log to."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        *,
        watch: Watch,
        quiet: logging.Logger,
        new_reference: Callable[[], str],
    ) -> None:
        #: Set while a socket is up.
        self.up = asyncio.Event()
        self.detail = "Not started."
        self._app = app
        self._token = app_token
        self._watch = watch
        self._quiet = quiet
        self._new_reference = new_reference
        self._alert: Callable[[str], None] = lambda _sentence: None
        self._told = ""
        #: Whether the team heard of an error that nobody expected, since a socket was last up.
        self._surprised = False
        self._random = SystemRandom()
        self._task: asyncio.Task[None] | None = None
        self._first: asyncio.Future[None] | None = None
        self._log = structlog.get_logger("andon.slack")

    async def start(self, alert: Callable[[str], None], *, within: float) -> None:
        """Connect, or keep trying. Raises `PlatformRefused` where trying would not help."""
        self._alert = alert
        first = self._first = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._stay(), name="slack")
        await asyncio.wait({first}, timeout=within)
        # From now on nobody waits for it: what goes wrong is an alert.
        self._first = None
        if first.done():
            first.result()

    async def stop(self) -> None:
        """Hear no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        self._down("Disconnected.")

    async def _stay(self) -> None:
        failures = 0
        while True:
            begun = monotonic()
            one = asyncio.create_task(self._once(), name="slack connection")
            try:
                await asyncio.wait({one})
            finally:
                one.cancel()
                await asyncio.wait({one})
            self._ended(None if one.cancelled() else one.exception())
            self._down("Slack cannot be reached; trying again.")
            # The others need not wait for Slack to come back.
            self._begun()
            failures = 1 if monotonic() - begun > _LIVED else failures + 1
            longest = min(_LONGEST, self._watch.look * 2.0 ** min(failures, 30) / 2)
            await asyncio.sleep(longest * (0.5 + self._random.random() / 2))

    async def _once(self) -> None:
        """Connect once and watch; returns when this client is dead."""
        handler = AsyncSocketModeHandler(
            self._app, self._token, logger=self._quiet, ping_interval=self._watch.ping
        )
        client = handler.client
        try:
            client.wss_uri = await client.issue_new_wss_url()
            connecting = asyncio.create_task(client.connect())  # type: ignore[no-untyped-call]
            try:
                alive_at = monotonic()
                while monotonic() - alive_at < self._watch.dead_after:
                    if connecting.done():
                        connecting.result()
                    if connecting.done() and await client.is_connected():
                        alive_at = monotonic()
                        self._is_up()
                    else:
                        self._down("Connecting again.")
                    if connecting.done():
                        await asyncio.sleep(self._watch.look)
                    else:
                        await asyncio.wait({connecting}, timeout=self._watch.look)
            finally:
                connecting.cancel()
        finally:
            await client.close()  # type: ignore[no-untyped-call]

    def _is_up(self) -> None:
        self.up.set()
        self.detail = "Connected."
        self._told = ""
        self._surprised = False
        self._begun()

    def _begun(self) -> None:
        if self._first is not None and not self._first.done():
            self._first.set_result(None)

    def _down(self, detail: str) -> None:
        self.up.clear()
        self.detail = detail

    def _ended(self, error: BaseException | None) -> None:
        """Say why a client ended; whatever it was, another one follows."""
        if error is None:
            self._log.warning("a dead socket is replaced")
        elif isinstance(error, SlackApiError):
            self._refused(error)
        elif isinstance(error, _OUTSIDE):
            self._log.warning("Slack cannot be reached", error=type(error).__name__)
        else:
            # The SDK raises what it likes where an answer is none of Slack's.
            reference = self._new_reference()
            self._log.error("the connection to Slack ended", reference=reference, exc_info=error)
            if not self._surprised:
                self._alert(
                    "The connection to Slack ended with an error, so commands and buttons there "
                    f"may wait. Andon keeps trying. Reference {reference}."
                )
            self._surprised = True

    def _refused(self, error: SlackApiError) -> None:
        _, code = refusal(error)
        self._log.warning("Slack refused a socket", error=code)
        sentence = None if code in _PASSES else app_problem(self._token, code)
        if sentence is None:
            return
        if self._first is not None and not self._first.done():
            self._first.set_exception(PlatformRefused(sentence))
        elif sentence != self._told:
            self._alert(sentence)
        self._told = sentence
