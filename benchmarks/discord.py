"""How much chat the whole bot takes in behind the real discord.py, and how soon it answers.

    python -m benchmarks.discord [--messages 20000] [--rounds 3] [--seconds 20]

A fake Discord in a process of its own sends lines that were made, serialised and compressed
beforehand. Three clients take them, each in a process of its own, in turn: a raw reader, which
shows what the server can send; a bare discord.py client that only counts; and the whole bot, until
everything is committed to a SQLite file. Rates are lines a second; ratios are medians of the
rounds. Nothing is asserted.
"""

import argparse
import asyncio
import json
import platform
import re
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import IO, Any

import aiohttp

from benchmarks.discord_clients import CODES

Json = dict[str, Any]
MIX = {"talk": 0.6, "claims": 0.3, "codes": CODES}
CLAIMS = {"talk": 0.0, "claims": 1.0, "codes": CODES}
CLIENTS = ("raw", "bare", "bot")
_VIEWER = re.compile(r"viewer\d{5}")
_PATIENCE = 600.0


class Process:
    """A program that is told lines of JSON and answers with lines of JSON."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def hears(self) -> Json:
        """What it says next."""
        assert self._process.stdout is not None
        async with asyncio.timeout(_PATIENCE):
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("a client ended; what it said is in the log named above")
        answer: Json = json.loads(line)
        return answer

    def tell(self, value: Json) -> None:
        """Tell it something."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value).encode() + b"\n")

    async def end(self) -> None:
        """Let it end, and wait until it has."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


@asynccontextmanager
async def started(log: IO[str], *arguments: str) -> AsyncIterator[Process]:
    """A program of this project, which ends with the block."""
    process = Process(
        await asyncio.create_subprocess_exec(
            sys.executable,
            *("-W", "ignore:'audioop'", "-m", *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            limit=1 << 28,
        )
    )
    try:
        yield process
    finally:
        await process.end()


class Server:
    """The fake Discord, asked over its control ways."""

    def __init__(self, places: Json, session: aiohttp.ClientSession) -> None:
        self.places = places
        self._session = session

    async def do(self, what: str, **spec: Any) -> Any:
        """Ask for something and return its answer."""
        async with self._session.post(
            f"{self.places['control_url']}/{what}",
            json=spec,
            timeout=aiohttp.ClientTimeout(_PATIENCE),
        ) as response:
            response.raise_for_status()
            return await response.json()


@asynccontextmanager
async def meeting(name: str, log: IO[str]) -> AsyncIterator[tuple[Server, Process]]:
    """A fresh server and a client that is connected to it; the bot with a show that runs."""
    async with (
        started(log, "tests.fakes.discord", "--role", "Moderator") as program,
        aiohttp.ClientSession() as session,
    ):
        server = Server(await program.hears(), session)
        async with started(log, "benchmarks.discord_clients", name) as client:
            client.tell(server.places)
            await client.hears()
            if name == "bot":
                await server.do(
                    "command", member="Mo", roles=["Moderator"], name="show start", options={}
                )
            yield server, client


async def rate(name: str, crowd: Mapping[str, Any], count: int, log: IO[str]) -> float:
    """Lines a second of this client, from the first byte sent to the last line taken in."""
    async with meeting(name, log) as (server, client):
        await server.do("prepare", count=count, **crowd)
        client.tell({"count": count})
        await client.hears()
        sent = await server.do("send")
        had = await client.hears()
        return count / float(had["at"] - sent["began"])


async def compare(name: str, crowd: Mapping[str, Any], count: int, rounds: int) -> None:
    """All three clients in turn, so that a machine that slows down slows them all."""
    rates: dict[str, list[float]] = {client: [] for client in CLIENTS}
    with tempfile.NamedTemporaryFile("w", prefix="andon-discord-", delete=False) as log:
        print(f"{name}: the clients' log is {log.name}", file=sys.stderr)
        for _ in range(rounds):
            for client in CLIENTS:
                rates[client].append(await rate(client, crowd, count, log.file))
    for client, what in zip(CLIENTS, ("raw reader", "bare discord.py", "whole bot"), strict=True):
        say(f"{name}: {what}", statistics.median(rates[client]), "messages/s")
    for one, other, what in (
        ("raw", "bare", "raw reader against bare discord.py"),
        ("bot", "bare", "whole bot against bare discord.py"),
    ):
        ratios = [a / b for a, b in zip(rates[one], rates[other], strict=True)]
        say(f"{name}: {what}", statistics.median(ratios), "×")
        print(f"{'':<62} {', '.join(f'{ratio:.2f}' for ratio in ratios)}")


# --- how soon it answers --------------------------------------------------------------------------


async def delays(a_second: int, seconds: int) -> None:
    """From a claim to the post that names its viewer, and where the time goes."""
    count = a_second * seconds
    with tempfile.NamedTemporaryFile("w", prefix="andon-discord-", delete=False) as log:
        print(f"{a_second} claims/s: the client's log is {log.name}", file=sys.stderr)
        async with meeting("bot", log.file) as (server, client):
            client.tell({"count": count})
            await client.hears()
            await server.do("steadily", count=count, a_second=a_second, own_names=True, **CLAIMS)
            await client.hears()
            client.tell({"times": True})
            times = await client.hears()
            said = await settled(server)
    claims = [line for line in said["said"] if _VIEWER.fullmatch(line["name"])]
    posts = [line for line in said["said"] if line["author"] == said["bot"]]
    _tell_delays(claims, _named(posts), times, len(posts), f"{a_second} claims/s")


async def settled(server: Server, quiet: float = 6.0) -> Json:
    """What was said, once the bot has said nothing new for a while."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < quiet:
        await asyncio.sleep(1)
        said: Json = await server.do("posts")
        if len(said["said"]) != seen:
            seen, since = len(said["said"]), time.monotonic()
    return said


def _named(posts: Sequence[Json]) -> dict[str, float]:
    """When each viewer was first named, by their name or by a mention."""
    first: dict[str, float] = {}
    for post in posts:
        text = post["text"] + json.dumps(post["embeds"])
        for name in (*_VIEWER.findall(text), *re.findall(r"<@(\d+)>", text)):
            first.setdefault(name, post["at"])
    return first


def _tell_delays(
    claims: Sequence[Json],
    named: Mapping[str, float],
    times: Mapping[str, tuple[float, float]],
    posts: int,
    name: str,
) -> None:
    answered = [
        (claim, named.get(claim["name"], named.get(claim["author"])))
        for claim in claims
        if claim["name"] in named or claim["author"] in named
    ]
    say(f"{name}: claims", len(claims), "")
    say(f"{name}: of these named in a post", len(answered), "")
    say(f"{name}: posts", posts, "")
    steps: dict[str, list[float]] = {
        "from the claim to the post": [],
        "from the claim to hearing it": [],
        "from hearing it to the commit": [],
        "from the commit to the post": [],
    }
    for claim, posted in answered:
        heard, committed = times[claim["id"]]
        assert posted is not None
        moments = (claim["at"], heard, committed, posted)
        steps["from the claim to the post"].append(posted - claim["at"])
        for step, (before, after) in zip(list(steps)[1:], pairwise(moments), strict=True):
            steps[step].append(after - before)
    for step, taken in steps.items():
        if not taken:
            continue
        taken.sort()
        for percent in (50, 99):
            at = taken[min(len(taken) - 1, len(taken) * percent // 100)]
            say(f"{name}: {step}, p{percent}", at * 1000, "ms")


def say(what: str, figure: float, unit: str) -> None:
    """One line of the result."""
    shown = f"{figure:,.0f}" if figure >= 100 else f"{figure:.2f}"
    print(f"{what:<62} {shown:>10} {unit}", flush=True)


def main() -> None:
    """Run all of it."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--messages", type=int, default=20_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=int, default=20, help="of claims at a steady pace")
    chosen = options.parse_args()
    print(f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}")
    for name, crowd in (("mix", MIX), ("claims alone", CLAIMS)):
        asyncio.run(compare(name, crowd, chosen.messages, chosen.rounds))
    if chosen.seconds:
        asyncio.run(delays(200, chosen.seconds))


if __name__ == "__main__":
    main()
