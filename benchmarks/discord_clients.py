"""The three clients that `benchmarks.discord` compares, each a process of its own.

    python -m benchmarks.discord_clients raw|bare|bot    (started by benchmarks.discord)

A client reads on one line of JSON where the server is, says `{"connected": true}`, and from then on
answers each line on its input: `{"count": 20000}` with when it had so many lines more, on the clock
that all processes share; `{"times": true}` with when it heard each line and had it committed.
"""

import asyncio
import json
import sys
import tempfile
import time
import zlib
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

Json = dict[str, Any]
Place = Callable[[Json, AsyncExitStack], Awaitable["Client"]]
CODES = tuple(f"A{number}" for number in range(10, 50))
#: Guilds, messages of guilds and direct ones, their text.
INTENTS = 1 << 0 | 1 << 9 | 1 << 12 | 1 << 15
_STOCK = 400
_PATIENCE = 600.0
_LOOK_SECONDS = 0.002


class Client(Protocol):
    """What takes lines in and can say how many."""

    def count(self) -> int:
        """Lines counted, or committed, so far."""

    def times(self) -> Json:
        """When each line was heard and committed, where that is known."""


async def reached(client: Client, count: int) -> float:
    """When `client` had so many lines."""
    async with asyncio.timeout(_PATIENCE):
        while client.count() < count:  # noqa: ASYNC110 - looking costs the client least
            await asyncio.sleep(_LOOK_SECONDS)
    return time.monotonic()


# --- a socket, zlib and JSON, and nothing else ----------------------------------------------------


class Raw:
    """Reads events and counts the lines among them."""

    def __init__(self, server: Json) -> None:
        self.ready = asyncio.Event()
        self._server = server
        self._seen = 0

    def count(self) -> int:
        """Lines read."""
        return self._seen

    def times(self) -> Json:
        """Not kept."""
        return {}

    async def read(self) -> None:
        """Read until the socket is closed."""
        import aiohttp

        inflate = zlib.decompressobj()
        async with aiohttp.ClientSession() as session:
            url = f"{self._server['gateway_url']}?compress=zlib-stream"
            socket = await session.ws_connect(url, max_msg_size=0)
            async for message in socket:
                event = json.loads(inflate.decompress(message.data))
                if event["op"] == 10:
                    told = {"token": self._server["token"], "intents": INTENTS}
                    await socket.send_json({"op": 2, "d": told})
                elif event["t"] == "GUILD_CREATE":
                    self.ready.set()
                elif event["t"] == "MESSAGE_CREATE":
                    self._seen += 1


async def raw(server: Json, stack: AsyncExitStack) -> Client:
    """A connected reader."""
    reader = Raw(server)
    reading = asyncio.create_task(reader.read())
    stack.callback(reading.cancel)
    await reader.ready.wait()
    return reader


# --- discord.py, with an `on_message` that counts -------------------------------------------------


async def bare(server: Json, stack: AsyncExitStack) -> Client:
    """A connected bare client."""
    import discord
    from discord.gateway import DiscordWebSocket
    from discord.http import Route
    from yarl import URL

    connected = asyncio.Event()

    class Counting(discord.Client):
        seen = 0

        async def on_ready(self) -> None:
            connected.set()

        async def on_message(self, message: discord.Message) -> None:
            self.seen += 1

        def count(self) -> int:
            return self.seen

        def times(self) -> Json:
            return {}

    Route.BASE = server["api_url"]
    DiscordWebSocket.DEFAULT_GATEWAY = URL(server["gateway_url"])
    intents = discord.Intents(guilds=True, messages=True, message_content=True)
    client = Counting(intents=intents, guild_ready_timeout=0.1)
    running = asyncio.create_task(client.start(server["token"]))
    stack.callback(running.cancel)
    stack.push_async_callback(client.close)
    await connected.wait()
    return client


# --- the whole bot, as `andon run` runs it --------------------------------------------------------


class Bot:
    """A running Andon, with its figures and times read from outside."""

    def __init__(self, andon: Any) -> None:
        self._andon = andon
        self._heard: dict[str, float] = {}
        self._committed: list[tuple[int, float]] = []
        self._first: int = andon.intake.figures.messages
        # The platform calls it on the intake, so this is where a line is first ours.
        self._hear, andon.intake.hear = andon.intake.hear, self._note

    def _note(self, message: Any) -> None:
        self._heard[message.native_id] = time.time()
        self._hear(message)

    def count(self) -> int:
        """Lines committed."""
        done: int = self._andon.intake.figures.messages
        if not self._committed or self._committed[-1][0] < done:
            self._committed.append((done, time.time()))
        return done - self._first

    def times(self) -> Json:
        """By the id of a line: when it was heard, and when a look first found it committed."""
        seen: Json = {}
        commits = iter(self._committed)
        done, at = next(commits)
        for number, (line, heard) in enumerate(self._heard.items(), self._first + 1):
            while done < number:
                done, at = next(commits)
            seen[line] = (heard, at)
        return seen


async def bot(server: Json, stack: AsyncExitStack) -> Client:
    """A whole bot on a fresh SQLite file, with 40 items in stock."""
    from bot.app import Andon, serve
    from bot.logs import write_logs
    from bot.settings import load_settings

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="andon-benchmark-")))
    write_logs()
    settings = load_settings(
        environ={},
        database_url=f"sqlite+aiosqlite:///{folder / 'shop.db'}",
        web={"port": 0},
        sale={"claimable": "listed", "soft_pause": "notify"},
        discord={
            "token": server["token"],
            "guild_id": server["guild_id"],
            "stream_channel_ids": server["stream_channel_id"],
            "channels": {"alerts": server["alerts_channel_id"]},
            "roles": {"moderator": server["roles"]["Moderator"]},
            "api_url": server["api_url"],
            "gateway_url": server["gateway_url"],
        },
    )
    await _stock(settings.database_url)
    running: asyncio.Future[Andon] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()

    async def ready(andon: Andon, _page: str) -> None:
        running.set_result(andon)

    serving = asyncio.create_task(serve(settings, ready=ready, stop=stop))

    async def end() -> None:
        stop.set()
        await serving

    stack.push_async_callback(end)
    waited: list[asyncio.Future[Any]] = [running, serving]
    await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    return Bot(running.result() if running.done() else serving.result())


async def _stock(url: str) -> None:
    import io

    from handlers.catalog.files import read_catalog
    from handlers.catalog.importing import import_catalog
    from storage.engine import open_storage
    from tests.fakes.crowd import write_catalog

    file = io.StringIO()
    write_catalog(file, CODES, stock=_STOCK)
    items = read_catalog(file.getvalue(), name="benchmark.csv", currency="USD")
    async with open_storage(url) as storage, storage.write() as tx:
        await import_catalog(tx, items, stock="keep")


# --- the process ----------------------------------------------------------------------------------


async def run(place: Place) -> None:
    """Connect, then answer what is asked until the input ends."""
    server = json.loads(await asyncio.to_thread(sys.stdin.readline))
    async with AsyncExitStack() as stack:
        client = await place(server, stack)
        _tell({"connected": True})
        while line := await asyncio.to_thread(sys.stdin.readline):
            asked = json.loads(line)
            if "count" in asked:
                wanted = client.count() + asked["count"]
                _tell({"waiting": True})
                _tell({"at": await reached(client, wanted)})
            else:
                _tell(client.times())


def _tell(value: Json) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    asyncio.run(run({"raw": raw, "bare": bare, "bot": bot}[sys.argv[1]]))
