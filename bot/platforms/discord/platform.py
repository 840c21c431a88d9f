"""Discord as a chat platform: events come in, deliveries go out, nothing is decided here."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import aiohttp
import discord
import structlog

from bot.platforms.base import (
    Away,
    BoardPost,
    Ears,
    Heard,
    Outgoing,
    PlatformState,
    PostDelayed,
)
from bot.platforms.discord import reading
from bot.platforms.discord.boards import Boards
from bot.platforms.discord.client import AndonClient
from bot.platforms.discord.history import written_after
from bot.platforms.discord.interactions import Interactions
from bot.platforms.discord.people import NAME, People
from bot.platforms.discord.places import point_at
from bot.platforms.discord.posting import Poster, Reactions, trouble
from bot.platforms.discord.staying import Staying
from bot.platforms.discord.tree import commands_of
from bot.settings import Discord
from handlers.capability import CommandSpec, Option
from handlers.completing import Choice
from handlers.messages import Channel
from handlers.people import Person
from handlers.registry import Registry

__all__ = ["DiscordPlatform"]

_MEMBERS = 5000
_THREADS = 1000


class DiscordPlatform:
    """The stream chat, commands, buttons, forms and direct messages of one server."""

    name = NAME
    max_characters = 2000
    #: Discord takes five posts in five seconds.
    pace_seconds = 1.0

    def __init__(
        self,
        settings: Discord,
        *,
        registry: Registry,
        salt: str,
        now: Callable[[], datetime],
        new_reference: Callable[[], str],
    ) -> None:
        if settings.token is None:
            raise ValueError("Discord is off: there is no token")
        point_at(settings.api_url, settings.gateway_url)
        self._settings = settings
        self._registry = registry
        self._now = now
        self._new_reference = new_reference
        self._streams = {id: Channel(NAME, str(id)) for id in settings.stream_channel_ids}
        self._people = People(settings)
        self._interactions = Interactions(registry, self._people)
        self._poster = Poster(salt)
        self._boards = Boards()
        self._reactions = Reactions()
        self._reacting: asyncio.Task[None] | None = None
        self._ears: Ears | None = None
        #: Whom Discord named as a member lately: history does not say who has which role.
        self._members: OrderedDict[int, Person] = OrderedDict()
        self._thread_of: OrderedDict[str, int] = OrderedDict()
        self._hearing: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger("andon.discord")
        self._staying = Staying(
            self._make,
            settings.token.get_secret_value(),
            new_reference=new_reference,
        )

    # --- what Andon asks of every platform ------------------------------------------------------

    @property
    def client(self) -> AndonClient:
        """The SDK's client of the present connection."""
        return self._staying.client

    def stream_channels(self) -> Sequence[Channel]:
        """The channels in which viewers claim."""
        return tuple(self._streams.values())

    def audience_channel(self, audience: str) -> Channel | None:
        """The first channel that the settings name for this audience."""
        ids: Sequence[int] = getattr(self._settings.channels, audience, ())
        return Channel(NAME, str(ids[0])) if ids else None

    def attach(self, ears: Ears) -> None:
        """Hear through whoever runs the client."""
        self._ears = ears

    async def start(self, ears: Ears) -> None:
        """Connect once this process takes in the stream. Raises `PlatformRefused`."""
        self.attach(ears)
        await self._staying.start(ears)

    async def stop(self) -> None:
        """Hear no more; posts still go out until `close`."""
        self._ears = None
        await self._staying.disconnect()

    async def close(self) -> None:
        """Let go of the connection."""
        if self._reacting is not None:
            self._reacting.cancel()
        await self.client.close()

    async def post(self, outgoing: Outgoing) -> str | None:
        """Post a delivery once, however often it is tried."""
        client = self._usable()
        for line, emoji in outgoing.reactions:
            place = self._thread_of.get(line, int(outgoing.address.target))
            self._reactions.put(place, int(line), emoji)
        self._react()
        if not outgoing.text:
            return None
        return await self._poster.post(client, outgoing)

    async def shout(self, channel: Channel, text: str) -> None:
        """Say `text` at once, without the outbox."""
        place = self._usable().get_partial_messageable(int(channel.id))
        with trouble():
            await place.send(text[: self.max_characters])

    async def show_board(self, channel: Channel, board: BoardPost) -> None:
        """Post and pin the board of a show, or edit it where it stands."""
        await self._boards.show(self._usable(), int(channel.id), board)

    async def history(
        self, channel: Channel, after: tuple[datetime, str] | None
    ) -> AsyncIterator[Heard]:
        """People's lines after a place, oldest first, with those of threads. Raises `Away`."""
        if not self._staying.up.is_set():
            raise Away("Discord is not connected")
        client = self.client
        guild = self._guild(client)
        if guild is None:
            raise Away("Discord has not named the server yet")
        own = client.user.id if client.user is not None else 0
        async for message in written_after(client, guild, int(channel.id), after):
            if message.author.id != own and reading.spoken(message):
                person = await self._author(guild, message.author)
                self._note_thread(message, channel)
                yield reading.line(message, channel, person)

    def state(self) -> PlatformState:
        """Whether a session is up."""
        return PlatformState(connected=self._staying.up.is_set(), detail=self._staying.detail)

    # --- what the client hears ------------------------------------------------------------------

    def on_line(self, message: discord.Message) -> None:
        """A line of the stream or of a thread under it, or a direct message."""
        ears, client = self._ears, self.client
        if ears is None or (client.user is not None and message.author.id == client.user.id):
            return
        channel = self._stream_of(message)
        if channel is not None:
            if reading.spoken(message):
                self._note_thread(message, channel)
                ears.hear(reading.line(message, channel, self._person(message.author)))
        elif message.guild is None and not message.author.bot:
            hearing = client.loop.create_task(self._hear_direct(ears, client, message))
            self._hearing.add(hearing)
            hearing.add_done_callback(self._hearing.discard)

    def on_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A line that its author changed; a link that got a preview is none."""
        message, at = payload.message, payload.message.edited_at
        channel = self._stream_of(message)
        if self._ears is None or channel is None or at is None or message.author.bot:
            return
        person = self._person(message.author)
        self._ears.hear(reading.edited(message, at, channel, person))

    def on_gone(self, channel_id: int, message_ids: tuple[int, ...]) -> None:
        """Lines that were deleted."""
        channel = self._streams.get(channel_id) or self._of_thread(channel_id)
        if self._ears is not None and channel is not None:
            for id in message_ids:
                self._ears.hear(reading.deleted(id, channel, self._now()))

    def on_session(self) -> None:
        """A new session: what was said since the last one is in history alone."""
        self._staying.session()
        if self._ears is not None:
            for channel in self._streams.values():
                self._ears.gap(channel)

    def on_connection(self, up: bool) -> None:
        """The connection broke, or a session goes on over a new one with what was missed."""
        self._staying.connection(up)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A button, a select or a form; commands come from the tree."""
        if self._ears is None:
            return
        if interaction.type is discord.InteractionType.component:
            await self._interactions.component(self._ears, interaction)
        elif interaction.type is discord.InteractionType.modal_submit:
            await self._interactions.submit(self._ears, interaction)

    def on_bug(self, error: BaseException | None, event: str) -> None:
        """Handling an event failed: the log has it under a reference."""
        self._log.error(
            "an event failed", reference=self._new_reference(), where=event, exc_info=error
        )

    # --- how ------------------------------------------------------------------------------------

    def _make(self) -> AndonClient:
        return AndonClient(self, self._set_up)

    async def _set_up(self, client: AndonClient) -> None:
        """Make the command table known to the server of the settings."""
        guild_id = self._settings.guild_id or await self._only_guild(client)
        if guild_id is None:
            return
        guild = discord.Object(guild_id)
        made = commands_of(self._registry, self._command, self._menu, self._completing)
        for one in made:
            client.tree.add_command(one, guild=guild)
            # Found also where an interaction names no server; only the server's are synced.
            client.tree.add_command(one)
        client.tree.error(self._tree_failed)
        await client.tree.sync(guild=guild)

    def _completing(self, option: Option, typed: str, given: Mapping[str, str]) -> Sequence[Choice]:
        return self._ears.completing(option, typed, given) if self._ears is not None else ()

    async def _only_guild(self, client: AndonClient) -> int | None:
        found = [guild.id async for guild in client.fetch_guilds(limit=2)]
        return found[0] if len(found) == 1 else None

    async def _tree_failed(
        self, interaction: discord.Interaction[Any], error: discord.app_commands.AppCommandError
    ) -> None:
        self.on_bug(error, "command")

    async def _command(
        self, interaction: discord.Interaction[Any], spec: CommandSpec, given: Mapping[str, str]
    ) -> None:
        if self._ears is not None:
            await self._interactions.command(self._ears, interaction, spec, given)

    async def _menu(
        self, interaction: discord.Interaction[Any], name: str, message: discord.Message
    ) -> None:
        if self._ears is not None:
            await self._interactions.menu(self._ears, interaction, name, message)

    async def _hear_direct(self, ears: Ears, client: AndonClient, message: discord.Message) -> None:
        guild = self._guild(client)
        author: discord.abc.User = message.author
        try:
            # Asked each time: a role that was taken away since must not count.
            author = await guild.fetch_member(author.id) if guild is not None else author
        except (discord.HTTPException, aiohttp.ClientError) as error:
            self._log.warning("a writer's roles are not known", error=type(error).__name__)
        await ears.direct(reading.direct(message, self._people.person(author)))

    def _usable(self) -> AndonClient:
        client = self.client
        if client.is_closed() or client.user is None:
            raise PostDelayed("Discord is not connected", retry_after=2)
        return client

    def _react(self) -> None:
        if self._reacting is None or self._reacting.done():
            self._reacting = asyncio.create_task(self._reactions.run(lambda: self.client))

    def _guild(self, client: AndonClient) -> discord.Guild | None:
        if self._settings.guild_id is not None:
            return client.get_guild(self._settings.guild_id)
        return client.guilds[0] if len(client.guilds) == 1 else None

    def _stream_of(self, message: discord.Message) -> Channel | None:
        found = self._streams.get(message.channel.id)
        if found is None and isinstance(message.channel, discord.Thread):
            found = self._streams.get(message.channel.parent_id)
        return found

    def _of_thread(self, channel_id: int) -> Channel | None:
        guild = self._guild(self.client)
        thread = guild.get_thread(channel_id) if guild is not None else None
        return self._streams.get(thread.parent_id) if thread is not None else None

    def _note_thread(self, message: discord.Message, channel: Channel) -> None:
        if message.channel.id not in self._streams:
            self._thread_of[str(message.id)] = message.channel.id
            if len(self._thread_of) > _THREADS:
                self._thread_of.popitem(last=False)

    def _person(self, user: discord.abc.User) -> Person:
        person = self._people.person(user)
        if isinstance(user, discord.Member):
            self._members[user.id] = person
            if len(self._members) > _MEMBERS:
                self._members.popitem(last=False)
        return person

    async def _author(self, guild: discord.Guild, user: discord.abc.User) -> Person:
        """The author of a line of history, which does not bring their roles."""
        known = self._members.get(user.id)
        if known is not None or user.bot:
            return known or self._people.person(user)
        try:
            return self._person(await guild.fetch_member(user.id))
        except discord.NotFound:
            return self._people.person(user)
