"""The local stage with a scripted bot behind it and a memory of its own, on any free port."""

from datetime import UTC, datetime
from typing import Self

from bot.platforms.local import LocalPlatform
from bot.web.health import Health
from bot.web.metrics import Metrics
from bot.web.server import Views, WebServer
from tests.fakes.posts import MemoryPosts
from tests.fakes.scripted_bot import ScriptedBot

__all__ = ["StageStand"]


class StageStand:
    """Everything but a browser: `async with StageStand() as stand: stand.server.url`."""

    def __init__(self, *, stage: bool = True, token: str | None = None) -> None:
        self.store = MemoryPosts()
        self.health = Health(database=True)
        self.port = 0
        self._with_stage = stage
        self._token = token

    async def how(self) -> Health:
        """How Andon is, as the test says."""
        return self.health

    async def start(self) -> None:
        """Open the stage, on the same port as before, with everything that was kept."""
        self.platform = LocalPlatform(store=self.store, clock=lambda: datetime.now(UTC))
        self.bot = ScriptedBot(self.platform, first_id=len(self.store.posts) + 1)
        self.server = WebServer(
            port=self.port,
            token=self._token,
            platform=self.platform if self._with_stage else None,
            views=Views(
                board=self.bot.board,
                health=self.how,
                complete=self.bot.complete,
                commands=self.bot.commands,
            ),
            metrics=Metrics(),
        )
        await self.platform.start(self.bot)
        await self.server.start()
        self.port = int(self.server.url.rstrip("/").rpartition(":")[2])

    async def stop(self) -> None:
        """Close it; what was kept stays."""
        await self.server.stop()
        await self.platform.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
