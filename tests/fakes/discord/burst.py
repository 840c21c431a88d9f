"""Many lines at once or at a steady pace: for measuring, not for telling a story."""

import asyncio
import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime

from aiohttp import web

from tests.fakes.crowd import Crowd
from tests.fakes.discord.payloads import message_payload
from tests.fakes.discord.rest import answer
from tests.fakes.discord.server import FakeDiscord
from tests.fakes.discord.world import Json, Message

__all__ = ["Burst", "control", "turned"]


class Burst:
    """Lines made, serialised and compressed beforehand for the one client that is connected."""

    def __init__(self, server: FakeDiscord) -> None:
        self._server = server
        self._chunks: list[bytes] = []

    def prepare(self, lines: Iterable[tuple[str, str]]) -> int:
        """Make (author, text) ready to be sent, all said now. Returns how many they are."""
        world = self._server.world
        [session] = self._server.gateway.live()
        assert session.connection is not None
        messages = [self._line(name, text) for name, text in lines]
        first = session.reserve(len(messages))
        for number, message in enumerate(messages, first):
            data = message_payload(world, message, live=True)
            event = {"op": 0, "t": "MESSAGE_CREATE", "s": number, "d": data}
            self._chunks.append(session.connection.encoded(json.dumps(event).encode()))
        return len(messages)

    def _line(self, name: str, text: str) -> Message:
        message = Message(
            id=self._server.world.ids.make(),
            channel_id=self._server.live.id,
            author=self._server.member(name).user,
            content=text,
        )
        self._server.world.logs[message.channel_id].put(message)
        return message

    async def send(self) -> tuple[float, float]:
        """Send them as fast as the socket takes them; (began, ended) of the monotonic clock."""
        [session] = self._server.gateway.live()
        chunks, self._chunks = self._chunks, []
        assert session.connection is not None
        began = time.monotonic()
        for chunk in chunks:
            await session.connection.send_encoded(chunk)
        return began, time.monotonic()


async def turned(seconds: float) -> None:
    """Let the loop turn for so long; a burst is paced by it."""
    reached = asyncio.Event()
    asyncio.get_running_loop().call_later(max(0.0, seconds), reached.set)
    await reached.wait()


async def pace(server: FakeDiscord, lines: Iterable[tuple[str, str]], a_second: float) -> None:
    """Say (author, text) at a steady pace."""
    began = time.monotonic()
    for number, (name, text) in enumerate(lines):
        await turned(began + number / a_second - time.monotonic())
        server.says(name, server.live, text)


def control(server: FakeDiscord) -> None:
    """Open the ways by which another process asks for all this. Call before it serves."""
    burst = Burst(server)

    async def prepare(request: web.Request) -> web.StreamResponse:
        return answer(200, burst.prepare(_lines(await request.json())))

    async def send(request: web.Request) -> web.StreamResponse:
        began, ended = await burst.send()
        return answer(200, {"began": began, "ended": ended})

    async def steadily(request: web.Request) -> web.StreamResponse:
        spec = await request.json()
        await pace(server, _lines(spec), spec["a_second"])
        return answer(200, {"said": spec["count"]})

    async def type_command(request: web.Request) -> web.StreamResponse:
        spec = await request.json()
        member = server.member(spec["member"], *spec.get("roles", ()))
        act = server.command(member, spec["name"], spec.get("options", {}))
        return answer(200, {"answer": (await act.reply()).content})

    async def posts(request: web.Request) -> web.StreamResponse:
        said = [_seen(one) for one in server.log()]
        return answer(200, {"said": said, "bot": str(server.world.bot.id)})

    for name, handler in (
        ("prepare", prepare),
        ("send", send),
        ("steadily", steadily),
        ("command", type_command),
        ("posts", posts),
    ):
        server.app.router.add_post(f"/control/{name}", handler)


def _lines(spec: Json) -> Iterable[tuple[str, str]]:
    """The lines of a crowd. With `own_names` each line has an author of its own."""
    crowd = Crowd(codes=tuple(spec["codes"]), talk=spec["talk"], claims=spec["claims"])
    for number, line in enumerate(crowd.lines(spec["count"])):
        name = f"viewer{number:05}" if spec.get("own_names") else str(line["name"])
        yield name, str(line["text"])


def _seen(message: Message) -> Json:
    return {
        "id": str(message.id),
        "author": str(message.author.id),
        "name": message.author.name,
        "text": message.content,
        "embeds": list(message.embeds),
        "at": (message.sent_at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds(),
    }
