"""A shop that really runs: `andon run` as a program of its own, with its local stage open."""

import asyncio
import contextlib
import os
import re
import signal
from pathlib import Path
from typing import Self

from handlers.catalog.files import read_catalog
from handlers.catalog.importing import import_catalog
from storage.engine import open_storage
from tests.fakes.warm import Program

__all__ = ["LiveShop"]

_PAGE = re.compile(rb"its page is (http://\S+?/)[\s.?]")
_PATIENCE = 60.0


class LiveShop:
    """`async with LiveShop(folder, catalogue) as shop: shop.url`; what it keeps is in `folder`."""

    def __init__(self, folder: Path, catalogue: str, *, settings: str = "", web: str = "") -> None:
        self.folder = folder
        self.database = folder / "shop.db"
        self.url = ""
        self._catalogue = catalogue
        self._settings = settings
        self._web = web
        self._port = 0
        self._program: Program | None = None
        self._heard: asyncio.Task[None] | None = None
        self.log: list[str] = []

    async def __aenter__(self) -> Self:
        async with open_storage(self._address) as storage, storage.write() as tx:
            catalogue = read_catalog(self._catalogue.encode(), name="catalogue.csv", currency="USD")
            await import_catalog(tx, catalogue, stock="set")
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def _address(self) -> str:
        return f"sqlite+aiosqlite:///{self.database}"

    async def start(self) -> None:
        """Start it, on the same port as before."""
        config = self.folder / "andon.toml"
        config.write_text(
            f'database_url = "{self._address}"\n[web]\nstage = true\nport = {self._port}\n'
            f"{self._web}\n{self._settings}",
            encoding="utf-8",
        )
        environ = {name: value for name, value in os.environ.items() if name[:6] != "ANDON_"}
        program = self._program = await Program.started(
            ["run", "--config", str(config)], folder=self.folder, environ=environ
        )
        async with asyncio.timeout(_PATIENCE):
            async for line in program.stdout:
                self.log.append(line.decode(errors="replace"))
                if found := _PAGE.search(line):
                    self.url = found[1].decode()
                    self._port = int(self.url.rstrip("/").rpartition(":")[2])
                    break
            else:
                raise AssertionError("".join(self.log))
        self._heard = asyncio.create_task(self._listen(program.stdout))

    async def _listen(self, stdout: asyncio.StreamReader) -> None:
        async for line in stdout:
            self.log.append(line.decode(errors="replace"))

    async def kill(self) -> None:
        """End it in the middle of whatever it does."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Ask it to stop, and wait until it has."""
        await self._end(signal.SIGTERM)

    @property
    def runs(self) -> bool:
        """Whether it is still there."""
        return self._program is not None and self._program.returncode is None

    async def _end(self, number: signal.Signals) -> None:
        if self._program is None or self._heard is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._program.send_signal(number)
        async with asyncio.timeout(_PATIENCE):
            await self._program.wait()
            await self._heard
