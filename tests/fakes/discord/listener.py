"""A bare discord.py client against which the fake is held, and how to point it there."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from yarl import URL

import discord
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from tests.fakes.discord.server import FakeDiscord

__all__ = ["Listener", "pointed_at", "running"]


class Listener(discord.Client):
    """A bare client that writes down what it hears."""

    def __init__(self, server: FakeDiscord) -> None:
        intents = discord.Intents(
            guilds=True, messages=True, message_content=True, reactions=True, members=False
        )
        super().__init__(intents=intents, guild_ready_timeout=0.01)
        self.server = server
        self.heard: list[str] = []
        self.events: list[str] = []
        self.answering: Any = None
        self.tree = app_commands.CommandTree(self)

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Note the event, and go on as usual."""
        self.events.append(event)
        if event == "message":
            self.heard.append(args[0].content)
        super().dispatch(event, *args, **kwargs)
        self.server.changes.tell()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Without the five seconds that a second IDENTIFY waits for."""

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Answer as the test says."""
        if self.answering is not None:
            await self.answering(interaction)

    async def hears(self, *texts: str) -> None:
        """Wait until exactly these lines were heard, in this order."""
        await self.server.until(lambda: self.heard == list(texts))

    def place(self, name: str = "live") -> discord.TextChannel:
        """A channel as discord.py knows it."""
        channel = self.get_channel(self.server.channel(name).id)
        assert isinstance(channel, discord.TextChannel)
        return channel


@contextmanager
def pointed_at(server: FakeDiscord) -> Iterator[None]:
    """Point discord.py at `server`, and back to where it was."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = server.api_url, URL(server.gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@asynccontextmanager
async def running(server: FakeDiscord) -> AsyncIterator[Listener]:
    """A listener that is ready."""
    client = Listener(server)
    task = asyncio.create_task(client.start(server.token))
    try:
        await server.until(lambda: "ready" in client.events or task.done())
        yield client
    finally:
        await client.close()
        await asyncio.wait({task})
