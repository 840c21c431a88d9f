"""A whole Andon that runs in this process as `andon run` does, on a fake Discord.

async with FakeDiscord() as discord, DiscordShop(discord, file) as shop:
    await shop.show()
    discord.says("Ana", "live", "claim A1")
    await shop.takes_in(1)
"""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.app import Andon, serve
from bot.settings import Settings, load_settings
from handlers.catalog.files import read_catalog
from handlers.catalog.importing import import_catalog
from storage.engine import open_storage
from tests.fakes.discord.burst import turned
from tests.fakes.discord.changes import PATIENCE
from tests.fakes.discord.server import FakeDiscord

__all__ = ["CATALOGUE", "TEAM", "DiscordShop"]

#: The roles of the team, on this Discord in title case.
TEAM = ("moderator", "host", "producer", "packer", "support", "owner")
CATALOGUE = """code,variant,sku,title,price,currency,stock
A1,,A1,Linen dress,48.00,USD,5000
A2,,A2,Cotton kaftan,42.00,USD,3
"""


class DiscordShop:
    """One process over a SQLite file, or over the database at a URL; after `stop`, `start` again.

    Entering brings the catalogue; a second process over the same database is only started.
    """

    def __init__(
        self, discord: FakeDiscord, database: Path | str, *, catalogue: str = CATALOGUE, **sale: Any
    ) -> None:
        self.discord = discord
        self.andon: Andon
        #: Where its web page is.
        self.page = ""
        self._database = database
        self._catalogue = catalogue
        self._sale = {"claimable": "listed", "soft_pause": "notify", **sale}
        self._serving: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    @property
    def database_url(self) -> str:
        """Where it remembers."""
        database = self._database
        return database if isinstance(database, str) else f"sqlite+aiosqlite:///{database}"

    @property
    def settings(self) -> Settings:
        """As the shop's `andon.toml` has them."""
        discord = self.discord
        return load_settings(
            environ={},
            database_url=self.database_url,
            web={"port": 0},
            sale=self._sale,
            discord={
                "token": "fake.discord.token",
                "guild_id": discord.world.guild_id,
                "stream_channel_ids": str(discord.live.id),
                "channels": {"alerts": str(discord.alerts.id)},
                "roles": {name: str(discord.role(name.title()).id) for name in TEAM},
                "api_url": discord.api_url,
                "gateway_url": discord.gateway_url,
            },
        )

    async def __aenter__(self) -> Self:
        url = self.database_url
        async with open_storage(url) as storage, storage.write() as tx:
            read = read_catalog(self._catalogue, name="catalogue.csv", currency="USD")
            await import_catalog(tx, read, stock="keep")
        self.discord.member("Mo", "Moderator")
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start it and wait until it is connected. Raises what ended it instead."""
        running: asyncio.Future[Andon] = asyncio.get_running_loop().create_future()

        async def ready(andon: Andon, page: str) -> None:
            self.page = page
            running.set_result(andon)

        self._stop = asyncio.Event()
        serving = serve(self.settings, ready=ready, stop=self._stop)
        self._serving = asyncio.create_task(serving)
        connected = asyncio.create_task(self.discord.connected())
        both = asyncio.gather(running, connected)
        async with asyncio.timeout(PATIENCE):
            waited: list[asyncio.Future[Any]] = [both, self._serving]
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if not both.done():
            both.cancel()
            await self._serving
            raise AssertionError("it ended by itself")
        self.andon, _ = both.result()

    async def stop(self) -> None:
        """Stop it as SIGTERM does."""
        serving, self._serving = self._serving, None
        if serving is not None and not serving.done():
            self._stop.set()
            async with asyncio.timeout(2 * PATIENCE):
                await serving

    async def types(self, command: str, /, **options: object) -> str:
        """The moderator Mo types a command; what it is answered."""
        answer = await self.discord.command("Mo", command, options).reply()
        return answer.content

    async def show(self) -> None:
        """Start a show."""
        await self.types("show start", name="Friday")

    async def takes_in(self, count: int) -> None:
        """Wait until so many lines were committed since the process started."""
        async with asyncio.timeout(4 * PATIENCE):
            while self.andon.intake.figures.messages < count:
                # Nothing outside tells of a commit: look again after the loop's next timer.
                await turned(0.005)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask its SQLite file."""
        with closing(sqlite3.connect(self._database)) as database:
            return database.execute(query, values).fetchall()

    def claims(self) -> list[str]:
        """The ids of the lines that became claims, in the order in which they were decided."""
        kept = self.rows("SELECT message_key FROM claims ORDER BY id")
        return [key.removeprefix("discord:") for (key,) in kept]

    def alerts(self) -> list[str]:
        """What the team was told in its channel, but for the card of the show."""
        told = [one.content for one in self.discord.posts("alerts")]
        return [one for one in told if not one.startswith("🎬") and "**Run " not in one]
