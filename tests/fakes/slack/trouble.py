"""What goes wrong, and how the app is reached: all that a test can do to the server itself."""

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from tests.fakes.discord.changes import Changes
from tests.fakes.slack.acts import Acts
from tests.fakes.slack.api import Api
from tests.fakes.slack.api_chat import ChatMethods
from tests.fakes.slack.api_files import FileMethods
from tests.fakes.slack.delivery import Deliveries, HttpAnswer
from tests.fakes.slack.faults import Bucket, Fault, Hold
from tests.fakes.slack.payloads import event_body
from tests.fakes.slack.signed import Poster
from tests.fakes.slack.socket import Sockets
from tests.fakes.slack.world import Json, World

__all__ = ["Trouble"]


class Trouble:
    """Errors, cut wires, silence; and HTTP mode with forged requests."""

    def __init__(self) -> None:
        super().__init__()
        self.world: World
        self.changes: Changes
        self.signing_secret: str
        self.socket: Sockets
        self._acts: Acts
        self._api: Api
        self._messages: ChatMethods
        self._deliveries: Deliveries
        self._files: FileMethods
        self._port: int
        self._poster: Poster | None
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    # --- calls ------------------------------------------------------------------------------

    def fail(
        self,
        method: str,
        status: int = 500,
        *,
        error: str = "internal_error",
        times: int = 1,
        channel: str | None = None,
        headers: Mapping[str, str] | None = None,
        after_effect: bool = False,
        cut: bool = False,
    ) -> Fault:
        """Answer the next calls that fit with an error, or by a cut wire.

        `method` may hold `*`, and be `response_url` or `upload`; `channel` is a name or an id. With
        `after_effect` they are carried out all the same. A status of 200 is `ok: false`.
        """
        named = None if channel is None else self.world.channel_named(channel)
        fault = Fault(
            method=method,
            status=status,
            error=error,
            times=times,
            channel=named.id if named else channel,
            headers=dict(headers or {}),
            after_effect=after_effect,
            cut=cut,
        )
        self._api.faults.append(fault)
        return fault

    def limit(
        self, method: str, *, retry_after: int = 1, times: int = 1, channel: str | None = None
    ) -> Fault:
        """Answer the next calls that fit with 429."""
        headers = {"Retry-After": str(retry_after)}
        status = HTTPStatus.TOO_MANY_REQUESTS
        return self.fail(
            method, status, error="ratelimited", times=times, channel=channel, headers=headers
        )

    def hold(self, method: str, *, after_effect: bool = False) -> Hold:
        """Let calls that fit wait until it is released: before they are carried out, or after."""
        hold = Hold(method, after_effect=after_effect)
        self._api.holds.append(hold)
        return hold

    def pace(self, a_second: float = 1.0, burst: int = 3) -> Bucket:
        """Keep to so many posts a second and channel, as Slack does."""
        self._messages.bucket = Bucket(a_second, burst)
        return self._messages.bucket

    def largest_file(self, length: int) -> None:
        """Take no file that is longer."""
        self._files.largest = length

    def revoke(self, token: str) -> None:
        """Let a token open nothing any more: `account_inactive`."""
        self._api.revoked.add(token)

    def expire(self) -> None:
        """Let all triggers and response addresses be too old."""
        self._acts.expire()

    # --- sockets ----------------------------------------------------------------------------

    async def drop(self, *, politely: bool = False) -> None:
        """Break all sockets: by cutting the wire, or with a goodbye."""
        await self.socket.drop(politely=politely)

    def refuse(self, times: int) -> None:
        """Refuse the next handshakes; each takes its one-use address with it."""
        self.socket.to_refuse = times

    def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask the app to connect anew, as Slack does now and then; or send a `warning`."""
        self.socket.ask_to_leave(reason)

    def deaden(self) -> None:
        """Let the sockets stay open, say nothing, and answer no pings."""
        self.socket.deaden()

    # --- all of it --------------------------------------------------------------------------

    async def down(self, status: int | None = None) -> None:
        """Be away: refuse connections and cut those there are; or answer calls with `status`."""
        if status is not None:
            self._api.trouble = status
            return
        if self._site is not None:
            await self._site.stop()
            self._site = None
        await self.socket.drop()
        if self._runner is not None and self._runner.server is not None:
            for connection in list(self._runner.server.connections):
                if connection.transport is not None:
                    connection.transport.abort()

    async def up(self) -> None:
        """Be there again, at the same address."""
        self._api.trouble = 0
        if self._site is None and self._runner is not None:
            self._site = web.TCPSite(self._runner, "127.0.0.1", self._port)
            await self._site.start()
            self._port = self._runner.addresses[0][1]

    # --- HTTP mode --------------------------------------------------------------------------

    async def posts_to(self, url: str, secret: str | None = None) -> HttpAnswer:
        """Verify an address of the app; from now on everything is posted there, signed."""
        self._poster = Poster(url, secret or self.signing_secret, self._deliveries)
        body: Json = {"token": "verification", "challenge": "c-17", "type": "url_verification"}
        answer, _ = await self._poster.post("events_api", body)
        self._deliveries.way = self._poster
        self._deliveries.there()
        return answer

    async def forges(
        self,
        payload: Json | None = None,
        *,
        kind: str = "events_api",
        secret: str | None = None,
        age: float = 0.0,
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        """Post something signed with another secret, or `age` seconds old; `headers` win.

        Without a `payload` it is a message of nobody in `general`.
        """
        assert self._poster is not None, "call posts_to() first"
        if payload is None:
            ts = self.world.make_ts()
            event = {"type": "message", "channel": "C0000001", "user": "U0FORGED", "text": "forged"}
            payload = event_body(self.world, event | {"ts": ts, "event_ts": ts})
        answer, _ = await self._poster.post(kind, payload, secret=secret, age=age, headers=headers)
        return answer
