"""The fake Discord's gateway: sessions that outlive their connections, and what can go wrong."""

import asyncio
import contextlib
import json
import zlib
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.discord.changes import Changes
from tests.fakes.discord.payloads import guild_payload, member_payload, ready_payload
from tests.fakes.discord.world import Json, World

__all__ = ["Connection", "Gateway", "Intent", "Session"]

WRONG_TOKEN = 4004
INTENT_NOT_ALLOWED = 4014
_DISPATCH, _RECONNECT, _INVALID, _HELLO, _ACK = 0, 7, 9, 10, 11


class Intent:
    """Which events a client asks for."""

    GUILDS = 1 << 0
    MEMBERS = 1 << 1
    PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_REACTIONS = 1 << 10
    DIRECT_MESSAGES = 1 << 12
    DIRECT_REACTIONS = 1 << 13
    CONTENT = 1 << 15
    AUTOMOD = 1 << 21
    PRIVILEGED = MEMBERS | PRESENCES | CONTENT


class Connection:
    """One socket. Compressed as `zlib-stream` if the client asked for that, else plain text."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._socket = socket
        self._transport = request.transport
        self._compressed = request.query.get("compress") == "zlib-stream"
        self._deflate = zlib.compressobj(1)
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue()

    def send(self, payload: Json | str) -> None:
        """Send as soon as the socket takes it; the order is kept."""
        text = payload if isinstance(payload, str) else json.dumps(payload)
        self._waiting.put_nowait(self.encoded(text.encode()))

    def encoded(self, plain: bytes) -> bytes:
        """As it goes over the wire."""
        if not self._compressed:
            return plain
        # A full flush, not a sync flush: no message refers to an earlier one, so what was
        # compressed beforehand for a burst fits between any two others.
        return self._deflate.compress(plain) + self._deflate.flush(zlib.Z_FULL_FLUSH)

    async def send_encoded(self, chunk: bytes) -> None:
        """Send what `encoded` returned, past what waits."""
        if self._compressed:
            await self._socket.send_bytes(chunk)
        else:
            await self._socket.send_str(chunk.decode())

    async def run(self) -> None:
        """Send what is given to `send`, until closed."""
        with contextlib.suppress(ConnectionError):
            while (chunk := await self._waiting.get()) is not None:
                await self.send_encoded(chunk)

    def abort(self) -> None:
        """Cut the wire: what waits is lost, and nobody says goodbye."""
        if self._transport is not None:
            self._transport.abort()
        self._waiting.put_nowait(None)

    async def close(self, code: int) -> None:
        """Say goodbye with a code."""
        await self._socket.close(code=code)
        self._waiting.put_nowait(None)


class Session:
    """What a client identified once: its intents, and every event since, for a RESUME."""

    def __init__(self, session_id: str, intents: int) -> None:
        self.id = session_id
        self.intents = intents
        self.connection: Connection | None = None
        self.sequence = 0
        self._events: list[str] = []

    def tell(self, event: str, data: Any) -> None:
        """Dispatch an event; one that nobody is there to hear is kept."""
        self.sequence += 1
        text = json.dumps({"op": _DISPATCH, "t": event, "s": self.sequence, "d": data})
        self._events.append(text)
        if self.connection is not None:
            self.connection.send(text)

    def replay(self, after: int) -> None:
        """Send again everything after this sequence number, but for what went past the session."""
        assert self.connection is not None
        for text in self._events[after:]:
            if text:
                self.connection.send(text)

    def reserve(self, count: int) -> int:
        """The first of `count` sequence numbers for events that are sent past this session."""
        first = self.sequence + 1
        self.sequence += count
        self._events.extend([""] * count)
        return first


class Gateway:
    """Takes connections, keeps sessions, and breaks when it is told to."""

    def __init__(
        self,
        world: World,
        changes: Changes,
        *,
        token: Callable[[], str],
        allowed: Callable[[], int],
        flags: Callable[[], int],
        heartbeat_ms: int = 41_250,
    ) -> None:
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.connections: list[Connection] = []
        self.identified = self.resumed = self.refused = 0
        self.to_refuse = 0
        #: Where set, a new session is not told of the server.
        self.silent = False
        #: The ids of members in each request for them; where `mute`, nobody answers.
        self.asked_for: list[list[int]] = []
        self.mute = False
        self._world = world
        self._changes = changes
        self._token = token
        self._allowed = allowed
        self._flags = flags
        self._heartbeat_ms = heartbeat_ms

    def live(self) -> list[Session]:
        """The sessions with a client at the other end."""
        return [one for one in self.sessions.values() if one.connection is not None]

    def tell(self, event: str, data: Any, intent: int = 0, *, bare: Any = None) -> None:
        """Dispatch to all who asked for it; those without the content intent get `bare`."""
        for session in self.sessions.values():
            if not intent or session.intents & intent:
                content = bare is None or session.intents & Intent.CONTENT
                session.tell(event, data if content else bare)

    async def drop(self, code: int | None = None) -> None:
        """Break all connections: with a close code, or by cutting the wire."""
        for connection in list(self.connections):
            self._gone(connection)
            if code is None:
                connection.abort()
            else:
                await connection.close(code)

    def invalidate(self, *, resumable: bool = False, tell: bool = True) -> None:
        """End the sessions; unless they stay resumable, what comes meanwhile is never replayed.

        Without `tell` a client learns it only when it wants to resume.
        """
        for session in self.live():
            if tell and session.connection is not None:
                session.connection.send({"op": _INVALID, "d": resumable, "s": None, "t": None})
        if not resumable:
            self.sessions.clear()

    def ask_to_reconnect(self) -> None:
        """Ask all clients to connect anew."""
        for session in self.live():
            if session.connection is not None:
                session.connection.send({"op": _RECONNECT, "d": None, "s": None, "t": None})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One connection, from HELLO to its end."""
        if self.to_refuse > 0:
            self.to_refuse -= 1
            self.refused += 1
            self._changes.tell()
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(max_msg_size=0, compress=False)
        await socket.prepare(request)
        connection = Connection(socket, request)
        self.connections.append(connection)
        sender = asyncio.create_task(connection.run())
        hello = {"op": _HELLO, "d": {"heartbeat_interval": self._heartbeat_ms}, "s": None}
        connection.send(hello | {"t": None})
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._heard(connection, json.loads(message.data))
        finally:
            self._gone(connection)
            sender.cancel()
            self._changes.tell()
        return socket

    def _gone(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        for session in self.sessions.values():
            if session.connection is connection:
                session.connection = None

    async def _heard(self, connection: Connection, payload: Json) -> None:
        match payload["op"]:
            case 1:
                connection.send({"op": _ACK, "d": None, "s": None, "t": None})
            case 2:
                await self._identify(connection, payload["d"])
            case 6:
                await self._resume(connection, payload["d"])
            case 8:
                self._members(connection, payload["d"])
        self._changes.tell()

    async def _identify(self, connection: Connection, data: Json) -> None:
        intents = data["intents"]
        if data["token"] != self._token():
            await connection.close(WRONG_TOKEN)
        elif intents & Intent.PRIVILEGED & ~self._allowed():
            await connection.close(INTENT_NOT_ALLOWED)
        else:
            self.identified += 1
            session = Session(f"session-{self._world.ids.make()}", intents)
            self.sessions[session.id] = session
            session.connection = connection
            ready = ready_payload(self._world, session.id, self.url, self._flags())
            session.tell("READY", ready)
            if self._world.present and self._world.available and not self.silent:
                session.tell("GUILD_CREATE", guild_payload(self._world, whole=True))

    async def _resume(self, connection: Connection, data: Json) -> None:
        if data["token"] != self._token():
            await connection.close(WRONG_TOKEN)
            return
        session = self.sessions.get(data["session_id"])
        if session is None:
            connection.send({"op": _INVALID, "d": False, "s": None, "t": None})
            return
        old, session.connection = session.connection, connection
        if old is not None:
            old.abort()
        session.replay(data["seq"])
        self.resumed += 1
        session.tell("RESUMED", {})

    def _members(self, connection: Connection, data: Json) -> None:
        """Answer a request for members, by id or by the start of a name."""
        wanted = {int(one) for one in data.get("user_ids", ())}
        if len(wanted) > 100:
            raise AssertionError("Discord names up to 100 members by their ids")
        self.asked_for.append(sorted(wanted))
        if self.mute:
            return
        start = data.get("query")
        found = [
            member_payload(one)
            for one in self._world.members.values()
            if one.id in wanted or (start is not None and one.user.name.startswith(start))
        ]
        for session in self.live():
            if session.connection is connection:
                session.tell(
                    "GUILD_MEMBERS_CHUNK",
                    {
                        "guild_id": str(self._world.guild_id),
                        "members": found,
                        "chunk_index": 0,
                        "chunk_count": 1,
                        "nonce": data.get("nonce"),
                    },
                )
