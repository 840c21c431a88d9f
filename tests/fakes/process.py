"""Andon as a process of its own, as it runs in a shop: started, spoken to, stopped, killed.

    async with Running.started(folder, sale) as andon:
        page = await andon.page("ana")
        await page.says("claim M3")
        assert await andon.stop() == 0

`andon(...)` runs any other command to its end.
"""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from tests.fakes import warm

__all__ = ["Died", "Running", "Said", "StagePage", "andon", "dying"]

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
LONGEST = 1_000.0
SOURCE = (sys.executable, "-m", "bot")

#: Runs `andon`, and dies as if by a power cut at one of its commits, just before or just after.
_DYING = """
import os, signal, sys
from storage.engine import Storage

left, before = int(sys.argv.pop(1)), sys.argv.pop(1) == "before"
commit = Storage._commit

async def dying(self, connection, tx):
    global left
    left -= 1
    if left == 0 and before:
        os.kill(os.getpid(), signal.SIGKILL)
    await commit(self, connection, tx)
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

Storage._commit = dying
from bot.cli import main
main()
"""


def dying(*, commit: int, before: bool = False) -> Sequence[str]:
    """How to start an `andon` that is killed at its nth commit."""
    return (sys.executable, "-c", _DYING, str(commit), "before" if before else "after")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """What it said on standard error, without the log: one sentence if all is as it should."""
        lines = [line for line in self.err.splitlines() if line.startswith("andon: ")]
        return "\n".join(lines)


class Died(AssertionError):
    """A process ended before it was ready; `said` is how."""

    def __init__(self, said: Said) -> None:
        super().__init__(f"it ended with {said.code}: {said.err[-800:]}")
        self.said = said


def environment(settings: Mapping[str, str], elsewhere: str = str(ROOT)) -> dict[str, str]:
    """Only these settings; Andon's code from where the tests are, unless it is `elsewhere`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANDON_")}
    kept["PYTHONPATH"] = elsewhere
    return kept | {f"ANDON_{name}": value for name, value in settings.items()}


def andon(
    *arguments: str,
    folder: Path,
    command: Sequence[str] = SOURCE,
    elsewhere: str = str(ROOT),
    **settings: str,
) -> Said:
    """Run a command to its end in `folder`, with `ANDON_` settings from keywords."""
    environ = environment(settings, elsewhere)
    if (*command, elsewhere) == (*SOURCE, str(ROOT)):
        return _warm(arguments, folder, environ)
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env=environ,
        capture_output=True,
        check=False,
        timeout=LONGEST,
    )
    return Said(
        code=done.returncode,
        out=done.stdout.decode(errors="replace"),
        err=done.stderr.decode(errors="replace"),
    )


def _warm(arguments: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Said:
    with TemporaryDirectory() as said:
        out = Path(said) / "out"
        code = warm.run(arguments, folder=folder, environ=environ, out=out, longest=LONGEST)
        assert code is not None, f"andon {' '.join(arguments)} took longer than {LONGEST} s"
        return Said(code=code, out=_text(out), err=_text(Path(f"{out}.err")))


class StagePage:
    """A page of the local stage: one person, heard and answered frame by frame."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, name: str) -> None:
        self.name = name
        self.accepted: set[str] = set()
        self.refused: dict[str, str] = {}
        self.posts: list[dict[str, Any]] = []
        self._socket = socket
        self._count = 0
        self._news = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            frame = message.json()
            match frame["type"]:
                case "accepted":
                    self.accepted.add(frame["nonce"])
                case "refused":
                    self.refused[frame["nonce"] or ""] = frame["text"]
                case "post" | "edited":
                    self.posts.append(frame["post"])
                case "welcome":
                    self.posts += frame["history"]
                    self.accepted.add(frame["nonce"])
            async with self._news:
                self._news.notify_all()
        async with self._news:
            self._news.notify_all()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return as soon as something holds, or the process is gone."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: holds() or self._reading.done())

    async def send(self, type: str, **fields: Any) -> str:
        """Send a frame and do not wait; returns its nonce."""
        self._count += 1
        nonce = f"{self.name}-{self._count}-{os.getpid()}-{id(self)}"
        await self._socket.send_json({"type": type, "nonce": nonce, **fields})
        return nonce

    async def sits_down(self, role: str) -> None:
        """Say who this is."""
        who = {"id": self.name, "name": self.name.capitalize(), "role": role}
        nonce = await self.send("hello", person=who)
        await self.until(lambda: nonce in self.accepted)

    async def types(self, text: str, channel: str = "stream") -> str:
        """Type a line and do not wait; returns its nonce."""
        return await self.send("post", channel=channel, text=text)

    async def says(self, text: str, channel: str = "stream") -> None:
        """Type a line or a command, and wait until it was taken in."""
        nonce = await self.types(text, channel)
        await self.until(lambda: nonce in self.accepted or nonce in self.refused)
        assert nonce not in self.refused, self.refused[nonce]

    async def presses(self, button: str, channel: str = "stream") -> str:
        """Press a button and do not wait; returns its nonce."""
        return await self.send("press", channel=channel, button=button)

    async def hears(self, *words: str) -> str:
        """The first post of Andon that holds all of these words."""

        def found() -> list[str]:
            said = (post["text"] for post in self.posts if post["author"]["bot"])
            return [text for text in said if all(word in text for word in words)]

        await self.until(lambda: bool(found()))
        assert found(), f"{self.name} never heard {words}"
        return found()[0]

    async def leaves(self) -> None:
        """Close the page."""
        await self._socket.close()
        await self._reading


class Running:
    """`andon run`, ready to be looked at."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, log: Path) -> None:
        self.url = url
        self._process = process
        self._log = log
        self._http = aiohttp.ClientSession()

    @classmethod
    @asynccontextmanager
    async def started(
        cls,
        folder: Path,
        command: Sequence[str] = SOURCE,
        *,
        elsewhere: str = str(ROOT),
        **settings: str,
    ) -> AsyncIterator["Running"]:
        """Start it in `folder` on a free port, with the stage open. Raises `Died`."""
        chosen = {"WEB__STAGE": "true", "WEB__PORT": "0", "SALE__CLAIMABLE": "listed", **settings}
        log = folder / f"andon-{os.urandom(3).hex()}.log"
        with log.open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                *command,
                "run",
                cwd=folder,
                env=environment(chosen, elsewhere),
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
            )
        running = cls(process, await _page_of(process, log), log)
        try:
            yield running
        finally:
            await running._end()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.returncode is None

    def log(self) -> str:
        """What it logged."""
        return _text(self._log)

    async def page(self, name: str, role: str = "viewer") -> StagePage:
        """Open the stage as somebody."""
        page = StagePage(await self._http.ws_connect(self.url + "stage/ws"), name)
        await page.sits_down(role)
        return page

    async def health(self) -> tuple[int, dict[str, Any]]:
        """What `/healthz` answers."""
        async with self._http.get(self.url + "healthz") as answer:
            return answer.status, await answer.json()

    async def stop(self) -> int:
        """Ask it to end, as the system does; returns its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """End it as a power cut does."""
        if self.alive:
            self._process.kill()
        await self.ended()

    async def ended(self) -> int:
        """Wait for its end; returns its exit code."""
        async with asyncio.timeout(PATIENCE):
            assert self._process.stdout is not None
            await self._process.stdout.read()
            return await self._process.wait()

    async def _end(self) -> None:
        await self._http.close()
        await self.kill()


async def _page_of(process: asyncio.subprocess.Process, log: Path) -> str:
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(PATIENCE):
        while line := (await process.stdout.readline()).decode():
            said += line
            if found := re.search(r"its page is (http://[^\s]+/)", line):
                return found[1]
        code = await process.wait()
    raise Died(Said(code=code, out=said, err=_text(log)))


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")
