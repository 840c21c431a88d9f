"""Discord as a chat platform: events come in, deliveries go out, nothing is decided here."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

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
from bot.platforms.discord.directs import Directs
from bot.platforms.discord.history import Unreadable, may_read, with_authors, written_after
from bot.platforms.discord.interactions import Interactions
from bot.platforms.discord.moderating import Moderating, act
from bot.platforms.discord.people import NAME, People
from bot.platforms.discord.places import point_at
from bot.platforms.discord.posting import Poster, Reactions, trouble
from bot.platforms.discord.registering import Registering
from bot.platforms.discord.roles import Roles
from bot.platforms.discord.sight import Sight
from bot.platforms.discord.staying import STANDING_BY, Staying
from bot.platforms.discord.team import TeamRooms
from bot.platforms.discord.tree import commands_of
from bot.settings import Discord
from handlers.capability import CommandSpec, Option
from handlers.completing import Choice
from handlers.messages import Channel
from handlers.registry import Registry

__all__ = ["DiscordPlatform"]

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
        self._roles = Roles(self._people)
        self._sight = Sight(self._streams.values())
        self._poster = Poster(salt, self._at_home)
        self._boards = Boards(salt, self._at_home)
        self._interactions = Interactions(
            registry,
            self._people,
            new_reference=new_reference,
            acknowledged=self._poster.acknowledged,
        )
        self._directs = Directs(self._people, new_reference)
        rooms = (id for ids in settings.channels.model_dump().values() for id in ids)
        self._team = TeamRooms(rooms, self._roles, new_reference)
        self._registering = Registering(new_reference=new_reference, alert=self._alert)
        self._moderating = Moderating(self._people, now)
        self._reactions = Reactions()
        self._reacting: asyncio.Task[None] | None = None
        self._ears: Ears | None = None
        self._board_gone: Callable[[], None] = lambda: None
        self._thread_of: OrderedDict[str, int] = OrderedDict()
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
        self._registering.stop()
        await self.client.close()

    async def post(self, outgoing: Outgoing) -> str | None:
        """Post a delivery once, however often it is tried."""
        client = self._usable()
        if outgoing.act is not None:
            place = self._thread_of.get(outgoing.act.line, int(outgoing.address.target))
            guild = self._guild(client)
            with trouble(self._at_home):
                await act(client, None if guild is None else guild.id, outgoing.act, place)
            return None
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
        with trouble(self._at_home):
            await place.send(text[: self.max_characters])

    async def show_board(self, channel: Channel, board: BoardPost) -> None:
        """Post and pin the board of a show, or edit it where it stands."""
        await self._boards.show(self._usable(), int(channel.id), board)

    def when_a_board_is_gone(self, tell: Callable[[], None]) -> None:
        """Call `tell` where somebody deleted a board."""
        self._board_gone = tell

    async def history(
        self, channel: Channel, after: tuple[datetime, str] | None
    ) -> AsyncIterator[Heard]:
        """People's lines after a place, oldest first, with those of threads. Raises `Away`."""
        if not self._staying.up.is_set():
            raise Away("Discord is not connected")
        client = self.client
        guild = self._guild(client)
        if guild is None or guild.unavailable:
            raise Away("Discord has not named the server yet")
        if not may_read(guild, int(channel.id)):
            raise Unreadable("the bot lacks Read Message History")
        own = client.user.id if client.user is not None else 0
        written = written_after(client, guild, int(channel.id), after)
        spoken = (one async for one in written if one.author.id != own and reading.spoken(one))
        try:
            async for message, person in with_authors(spoken, guild, self._roles):
                self._note_thread(message, channel)
                yield reading.line(message, channel, person)
        except discord.RateLimited as error:
            raise Away("Discord asks to wait") from error

    def state(self) -> PlatformState:
        """Whether a session is up, and the streams are in sight."""
        up, unseen = self._staying.up.is_set(), self._sight.trouble
        return PlatformState(
            connected=up and not unseen,
            detail=unseen if up and unseen else self._staying.detail,
            elsewhere=self._staying.detail == STANDING_BY,
        )

    # --- what the client hears ------------------------------------------------------------------

    def on_line(self, message: discord.Message) -> None:
        """A line of the stream, of the team, or of a thread under either; or a direct message."""
        ears, client = self._ears, self.client
        if ears is None or (client.user is not None and message.author.id == client.user.id):
            return
        channel = self._stream_of(message)
        if channel is not None:
            if reading.spoken(message):
                self._note_thread(message, channel)
                ears.hear(reading.line(message, channel, self._roles.person(message.author)))
        elif message.guild is None and not message.author.bot:
            self._directs.hear(ears, self._guild(client), message)
        elif message.guild is not None:
            self._team.hear(ears, message)

    def on_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A line that its author changed; a link that got a preview is none."""
        message, at = payload.message, payload.message.edited_at
        channel = self._stream_of(message)
        if self._ears is None or channel is None or at is None or message.author.bot:
            return
        person = self._roles.person(message.author)
        self._ears.hear(reading.edited(message, at, channel, person))

    def on_gone(self, channel_id: int, message_ids: tuple[int, ...]) -> None:
        """Lines that were deleted, or a board."""
        if self._boards.gone(channel_id, message_ids):
            self._board_gone()
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

    def on_server(self, *, gone: bool) -> None:
        """What can be seen of the streams may have changed."""
        guild = self._guild(self.client)
        if not gone and (guild is None or guild.unavailable):
            # Another server's news; ours was not named yet.
            return
        before = self._sight.trouble
        back = self._sight.look(guild)
        if self._ears is not None:
            for channel in back:
                self._ears.gap(channel)
        if self._sight.trouble and self._sight.trouble != before:
            self._alert(self._sight.trouble)
        elif back:
            self._alert("✓ The stream on Discord is in sight again; what was said is read back.")
        if back:
            self._registering.again()

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A button, a select or a form; commands come from the tree."""
        if self._ears is None:
            return
        if interaction.type is discord.InteractionType.component:
            await self._interactions.component(self._ears, interaction)
        elif interaction.type is discord.InteractionType.modal_submit:
            await self._interactions.submit(self._ears, interaction)

    async def on_held(self, execution: discord.AutoModAction) -> None:
        """A line that AutoMod held back is shown to the team if it is about the sale."""
        place = execution.channel_id or 0
        channel = self._streams.get(place) or self._of_thread(place)
        if self._ears is not None and channel is not None:
            await self._moderating.hear(self._ears, self.client, execution, channel)

    def on_bug(self, error: BaseException | None, event: str) -> None:
        """Handling an event failed: the log has it under a reference."""
        self._log.error(
            "an event failed", reference=self._new_reference(), where=event, exc_info=error
        )

    # --- how ------------------------------------------------------------------------------------

    def _make(self) -> AndonClient:
        return AndonClient(self, self._set_up)

    def _alert(self, sentence: str) -> None:
        if self._ears is not None:
            self._ears.alert(sentence)

    async def _set_up(self, client: AndonClient) -> None:
        """Make the command table known to the server of the settings."""
        client.tree.error(self._tree_failed)
        made = commands_of(self._registry, self._command, self._menu, self._completing)
        for one in made:
            # Found also where an interaction names no server; only the server's are synced.
            client.tree.add_command(one)

        async def sync() -> None:
            guild_id = self._settings.guild_id or await self._only_guild(client)
            if guild_id is not None:
                guild = discord.Object(guild_id)
                for one in made:
                    client.tree.add_command(one, guild=guild, override=True)
                await client.tree.sync(guild=guild)

        await self._registering.register(client, sync, starting=self._staying.starting)

    def _completing(
        self,
        interaction: discord.Interaction[Any],
        spec: CommandSpec,
        option: Option,
        typed: str,
        given: Mapping[str, str],
    ) -> Sequence[Choice]:
        # A list may tell what is open in the team: only who may give the command sees it.
        if self._ears is None or not self._people.person(interaction.user).may(spec.roles):
            return ()
        return self._ears.completing(option, typed, given)

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

    def _at_home(self) -> bool:
        """Whether Discord named the server of the settings as the bot's, and it is there."""
        guild = self._guild(self.client)
        return guild is not None and not guild.unavailable

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
