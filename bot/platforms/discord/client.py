"""The SDK's client: hands on what happens, and keeps nothing."""

import sys
from collections.abc import Callable
from typing import Any, Protocol

import discord
from discord import app_commands

from bot.platforms.discord.access import needed_intents
from bot.platforms.discord.calls import Calls
from bot.platforms.discord.gateway import stay_on_the_gateway

__all__ = ["AndonClient", "Listener"]


class Listener(Protocol):
    """Who hears what the client hears."""

    def on_line(self, message: discord.Message) -> None:
        """A message; called in the order in which Discord sent them."""

    def on_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A message changed."""

    def on_gone(self, channel_id: int, message_ids: tuple[int, ...]) -> None:
        """Messages were deleted."""

    def on_session(self) -> None:
        """A new session has begun: nothing that was missed comes again."""

    def on_connection(self, up: bool) -> None:
        """The connection broke, or an old session goes on."""

    def on_server(self, *, gone: bool) -> None:
        """The server, its channels or its roles changed, or it is not there any more."""

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A button, a select or a form."""

    async def on_held(self, execution: discord.AutoModAction) -> None:
        """The server's own AutoMod did something about a line."""

    def on_bug(self, error: BaseException | None, event: str) -> None:
        """Handling an event failed."""


class AndonClient(discord.Client):
    """One connection. A new one is made after each that ended."""

    def __init__(self, listener: Listener, setup: Callable[["AndonClient"], Any]) -> None:
        # Without a cache of messages, and without waiting for servers that are slow to come.
        super().__init__(
            intents=needed_intents(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            guild_ready_timeout=0.5,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.tree: app_commands.CommandTree[AndonClient] = app_commands.CommandTree(self)
        self._listener = listener
        self._setup = setup
        self._calls = Calls(self.http)

    async def setup_hook(self) -> None:
        """Once logged in: make the commands known."""
        await self._setup(self)

    async def connect(self, *, reconnect: bool = True) -> None:
        """Stay on the gateway."""
        await stay_on_the_gateway(self)

    async def close(self) -> None:
        """Let go of everything; what is under way ends."""
        await super().close()
        self._calls.abort()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Hear lines at once and in order: a task for each would double what a line costs."""
        match event:
            case "message":
                self._listener.on_line(args[0])
            case "raw_message_edit":
                self._listener.on_edit(args[0])
            case "raw_message_delete":
                self._listener.on_gone(args[0].channel_id, (args[0].message_id,))
            case "raw_bulk_message_delete":
                self._listener.on_gone(args[0].channel_id, tuple(sorted(args[0].message_ids)))
            case "connect":
                self._listener.on_session()
            case "disconnect" | "resumed":
                self._listener.on_connection(event == "resumed")
            case "guild_remove" | "guild_unavailable":
                self._listener.on_server(gone=True)
            case (
                "guild_available"
                | "guild_join"
                | "guild_channel_create"
                | "guild_channel_update"
                | "guild_channel_delete"
                | "guild_role_update"
                | "guild_role_delete"
                | "member_update"
            ):
                self._listener.on_server(gone=False)
            case _:
                super().dispatch(event, *args, **kwargs)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """The tree has commands already; the rest is ours."""
        await self._listener.on_interaction(interaction)

    async def on_automod_action(self, execution: discord.AutoModAction) -> None:
        """AutoMod goes on beside us; what it held back may have been a claim."""
        await self._listener.on_held(execution)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Called where an `on_…` raised, inside its `except`."""
        self._listener.on_bug(sys.exc_info()[1], event_method)
