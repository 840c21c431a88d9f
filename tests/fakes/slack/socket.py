"""Socket Mode: one-use addresses, several sockets, and what can go wrong with them."""

import asyncio
import contextlib
import json
import time
from datetime import datetime, timedelta

from aiohttp import WSMsgType, web

from tests.fakes.discord.changes import Changes
from tests.fakes.slack.api import Method
from tests.fakes.slack.delivery import Attempt, Deliveries, Envelope
from tests.fakes.slack.faults import ApiError
from tests.fakes.slack.world import Json, World

__all__ = ["PATH", "Connection", "Sockets"]

PATH = "/link/"
_MOST = 10


class Connection:
    """One socket. A `dead` one stays open, says nothing and hears nothing."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.dead = False
        self.leaving = False
        self.pings = self.pongs = 0
        self._socket = socket
        self._transport = request.transport
        self._waiting: asyncio.Queue[str | bytes | None] = asyncio.Queue()

    def send(self, payload: Json | str) -> None:
        """Send as soon as the socket takes it; the order is kept."""
        text = payload if isinstance(payload, str) else json.dumps(payload)
        self._waiting.put_nowait(text)

    def ping(self) -> None:
        """Ask whether the app is there; `pongs` counts its answers."""
        self._waiting.put_nowait(f"fake:{time.time()}".encode())

    async def pong(self, data: bytes) -> None:
        """Answer a ping of the app."""
        self.pings += 1
        if not self.dead:
            await self._socket.pong(data)

    async def run(self) -> None:
        """Send what is given to `send`, until closed."""
        with contextlib.suppress(ConnectionError):
            while (one := await self._waiting.get()) is not None:
                if self.dead:
                    continue
                if isinstance(one, bytes):
                    await self._socket.ping(one)
                else:
                    await self._socket.send_str(one)

    def abort(self) -> None:
        """Cut the wire: nobody says goodbye."""
        if self._transport is not None:
            self._transport.abort()
        self._waiting.put_nowait(None)

    async def close(self) -> None:
        """Say goodbye."""
        await self._socket.close()
        self._waiting.put_nowait(None)


class Sockets:
    """Gives addresses, takes connections, and breaks when it is told to.

    `given`, `opened` and `refused` count; `ticket_life` is how long an address lasts.
    """

    def __init__(self, world: World, changes: Changes, deliveries: Deliveries) -> None:
        self.url = ""
        self.connections: list[Connection] = []
        self.given = self.opened = self.refused = 0
        self.to_refuse = 0
        self.ticket_life = timedelta(seconds=30)
        self._world = world
        self._changes = changes
        self._deliveries = deliveries
        self._tickets: dict[str, datetime] = {}

    def methods(self) -> dict[str, Method]:
        """What it answers."""
        return {"apps.connections.open": Method(self.open, of_app=True)}

    def open(self, _: Json) -> Json:
        """`apps.connections.open`: a new address, for one use."""
        if len(self.connections) >= _MOST:
            raise ApiError("too_many_websockets")
        self.given += 1
        ticket = f"ticket-{self.given}"
        self._tickets[ticket] = self._world.now()
        return {"url": f"{self.url}?ticket={ticket}&app_id={self._world.app_id}"}

    def open_ones(self) -> list[Connection]:
        """The sockets through which the app can be told something."""
        return [one for one in self.connections if not one.leaving]

    def carry(self, envelope: Envelope, attempt: Attempt) -> bool:
        """Send to one of the sockets, each in its turn."""
        if not (choice := self.open_ones()):
            return False
        attempt.connection = connection = choice[0]
        self.connections.remove(connection)
        self.connections.append(connection)
        payload: Json = {
            "envelope_id": envelope.id,
            "type": envelope.kind,
            "payload": envelope.payload,
            "accepts_response_payload": envelope.accepts_answer,
        }
        if envelope.kind == "events_api" or attempt.number:
            payload |= {"retry_attempt": attempt.number, "retry_reason": attempt.reason}
        connection.send(payload)
        return True

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One connection, from hello to its end."""
        self._admit(request)
        socket = web.WebSocketResponse(max_msg_size=0, compress=False, autoping=False)
        await socket.prepare(request)
        connection = Connection(socket, request)
        self.connections.append(connection)
        self.opened += 1
        sender = asyncio.create_task(connection.run())
        connection.send(self._hello())
        self._deliveries.there()
        self._changes.tell()
        try:
            async for message in socket:
                match message.type:
                    case WSMsgType.TEXT if not connection.dead:
                        heard = json.loads(message.data)
                        self._deliveries.acknowledged(heard["envelope_id"], heard.get("payload"))
                    case WSMsgType.PING:
                        await connection.pong(message.data)
                    case WSMsgType.PONG:
                        connection.pongs += 1
                self._changes.tell()
        finally:
            self._gone(connection)
            sender.cancel()
        return socket

    def _admit(self, request: web.Request) -> None:
        """Take the ticket, whether or not it opens anything."""
        made = self._tickets.pop(request.query.get("ticket", ""), None)
        if self.to_refuse > 0:
            self.to_refuse -= 1
            self.refused += 1
            self._changes.tell()
            raise web.HTTPServiceUnavailable
        if made is None or self._world.now() - made > self.ticket_life:
            self.refused += 1
            self._changes.tell()
            raise web.HTTPNotFound

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "connection_info": {"app_id": self._world.app_id},
            "debug_info": {
                "host": "applink-fake",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
        }

    def _gone(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        self._deliveries.broken(connection)
        self._changes.tell()

    # --- what goes wrong --------------------------------------------------------------------

    def ask_to_leave(self, reason: str = "refresh_requested") -> None:
        """Ask all sockets to make room for new ones, or warn them (`warning`).

        After a warning, a socket is used until it closes.
        """
        for connection in list(self.connections):
            connection.send(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-fake"}}
            )
            connection.leaving = reason != "warning"

    async def drop(self, *, politely: bool = False) -> None:
        """Break all connections: by cutting the wire, or with a goodbye."""
        for connection in list(self.connections):
            if politely:
                await connection.close()
            else:
                connection.abort()
            self._gone(connection)

    def deaden(self) -> None:
        """Let all sockets go dead, open as they are."""
        for connection in self.connections:
            connection.dead = True
