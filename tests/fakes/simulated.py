"""A whole Andon on a simulated Discord: real discord.py, people who click, and time that is moved.

async with SimulatedShop(storage) as shop:
    ana = shop.member("Ana")
    await shop.says(ana, "claim M3")
    assert "M3" in shop.live()[-1]
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import discord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle
from simcord.env import Env
from simcord.results import InteractionResult

from bot.app import Andon
from bot.clock import ManualClock
from bot.platforms.base import Outgoing
from bot.platforms.discord import DiscordPlatform
from bot.settings import load_settings
from handlers.capability import Capability
from handlers.catalog.files import read_catalog
from handlers.catalog.importing import import_catalog
from handlers.messages import Address, Button, Reach
from handlers.registry import Registry
from storage.engine import Storage
from tests.fakes.capabilities import ours
from tests.fakes.shop import CATALOGUE

__all__ = ["Answered", "SimulatedShop"]

TEAM = ("moderator", "host", "producer", "packer", "support", "owner")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a command was answered, and whether its giver alone sees it."""

    text: str
    ephemeral: bool


class SimulatedShop:
    """One server with a stream channel, a channel for the team, and a role for each of the team.

    `rules` are `[sale]` settings; `capabilities` come on top of our own. It ends with an error if
    anything that Discord sent could not be handled.
    """

    def __init__(
        self,
        storage: Storage,
        *,
        catalogue: str = CATALOGUE,
        capabilities: Sequence[Capability] = (),
        **rules: Any,
    ) -> None:
        self.storage = storage
        #: The references under which events that failed are in the log.
        self.failed: list[str] = []
        self._catalogue = catalogue
        self._capabilities = capabilities
        self._posted = 10**9
        self.env = Env(discord.Client(intents=discord.Intents.none()))
        self._rules = {"claimable": "listed", "stream_delay_seconds": 0, **rules}
        self._stack = AsyncExitStack()
        #: Who moderates, once there is a show.
        self.mo: MemberActor

    async def __aenter__(self) -> Self:
        read = read_catalog(self._catalogue, name="catalogue.csv", currency="USD")
        async with self.storage.write() as tx:
            await import_catalog(tx, read, stock="keep")
        await self.env.start()
        self._stack.push_async_callback(self.env.shutdown)
        self.guild = self.env.create_guild()
        self.stream = self.guild.create_text_channel("live")
        self.alerts = self.guild.create_text_channel("alerts")
        seen = discord.Permissions(manage_messages=True)
        self.roles = {name: self.guild.create_role(name, permissions=seen) for name in TEAM}
        self.clock = ManualClock(self.env.backend.clock.now())
        await self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self._close()
        if error is None:
            self.env.raise_errors()
            assert self.failed == []
        await self._stack.aclose()

    async def restart(self) -> None:
        """Stop, and start again over the same database and the same Discord."""
        await self._close()
        await self._open()

    async def _open(self) -> None:
        settings = load_settings(
            environ={},
            sale=self._rules,
            discord={
                "token": "simulated",
                "guild_id": self.guild.id,
                "stream_channel_ids": str(self.stream.id),
                "channels": {"alerts": str(self.alerts.id)},
                "roles": {name: str(role.id) for name, role in self.roles.items()},
            },
        )
        registry = Registry.of((*ours(), *self._capabilities))
        self.platform = DiscordPlatform(
            settings.discord,
            registry=registry,
            salt="test",
            now=lambda: self.clock.now(),
            new_reference=self._new_reference,
        )
        self.andon = Andon(
            settings, self.storage, [self.platform], clock=self.clock, registry=registry
        )
        await self.andon.dispatcher.refresh()
        self._running = [
            asyncio.create_task(self.andon.intake.run()),
            asyncio.create_task(self.andon.relay.run()),
        ]
        self.platform.attach(self.andon.intake)
        await self.env.restart_bot(self.platform.client)
        await self.settled()

    def _new_reference(self) -> str:
        self.failed.append("a1b2c3d4")
        return self.failed[-1]

    async def _close(self) -> None:
        await self.andon.intake.stop()
        await self.andon.relay.stop()
        await asyncio.gather(*self._running)

    # --- people ---------------------------------------------------------------------------------

    def member(self, name: str, *roles: str) -> MemberActor:
        """A member of the server, with roles of the team."""
        user = self.env.create_user(name)
        return self.guild.add_member(user, roles=[self.roles[role] for role in roles])

    async def says(
        self, who: MemberActor, text: str, *, where: ChannelHandle | None = None
    ) -> discord.Message:
        """Type a line into the stream, or elsewhere."""
        await self.later()
        said = await who.send(where or self.stream, text)
        await self.settled()
        return said

    async def edits(self, who: MemberActor, line: discord.Message, text: str) -> None:
        """Edit a line, a second later."""
        await self.later()
        await who.edit(line, text)
        await self.settled()

    async def sweeps(self, *lines: discord.Message) -> None:
        """Lines of one channel are deleted all at once."""
        await self.later()
        gone = [line.id for line in lines]
        self.env.backend.bulk_delete_messages(lines[0].channel.id, gone)
        await self.env.settle()
        await self.settled()

    async def thread(self, who: MemberActor, name: str) -> ChannelHandle:
        """Open a thread under the stream."""
        self.env.backend.create_thread(self.stream.id, name, who.id)
        await self.env.settle()
        return next(one for one in self.stream.threads if one.name == name)

    async def chooses(self, who: MemberActor, entry: str, line: discord.Message) -> Answered:
        """Choose an entry of a line's menu, and read its answer."""
        result = await who.context_menu(self.stream, entry, line)
        await self.settled()
        return Answered(text=self.text_of(result), ephemeral=bool(result.ephemeral))

    async def picks(self, who: MemberActor, post: discord.Message, button: str) -> Answered:
        """Pick what stands for this button in the first select under a post."""
        result = await who.select(post, [button], custom_id="select:0")
        await self.settled()
        return Answered(text=self.text_of(result), ephemeral=bool(result.ephemeral))

    def takes_no_dms(self, who: MemberActor) -> None:
        """From now on this member takes no direct messages."""
        self.env.inject_error(
            "POST",
            f"/channels/{who.user.dm_channel.id}/messages",
            status=403,
            code=50007,
            message="Cannot send messages to this user",
            times=None,
        )

    async def posts(self, text: str, buttons: Sequence[Button]) -> discord.Message:
        """The platform posts into the stream; the post, as it stands there."""
        self._posted += 1
        to = Address(self.platform.name, Reach.CHANNEL, str(self.stream.id))
        outgoing = Outgoing(
            id=self._posted,
            address=to,
            kind="test",
            text=text,
            buttons=tuple(buttons),
            at=self.clock.now(),
        )
        await self.platform.post(outgoing)
        return self.stream.history()[-1]

    async def types(
        self, who: MemberActor, command: str, *, where: ChannelHandle | None = None, **options: Any
    ) -> Answered:
        """Give a slash command, and read its answer."""
        await self.later()
        result = await who.slash(where or self.stream, command, **options)
        await self.settled()
        return Answered(text=self.text_of(result), ephemeral=bool(result.ephemeral))

    async def show(self) -> None:
        """The moderator Mo starts a show."""
        self.mo = self.member("Mo", "moderator")
        await self.types(self.mo, "show start", name="Friday")

    # --- time -----------------------------------------------------------------------------------

    async def later(self, seconds: float = 1) -> None:
        """Time passes."""
        # The relay's pace has moved the shop's clock: Discord's catches up with it first.
        ahead = (self.clock.now() - self.env.backend.clock.now()).total_seconds()
        await self.env.advance_time(seconds + max(0.0, ahead))
        self.clock.move_to(self.env.backend.clock.now())
        await self.andon.intake.tick(self.clock.now())
        await self.settled()

    async def settled(self) -> None:
        """Everything heard is handled, and everything said is posted."""
        await self._while_time_passes(self.andon.intake.drain())
        await self._while_time_passes(self.andon.relay.drain())
        await self.env.settle()

    async def _while_time_passes(self, waited: Any) -> None:
        # The relay keeps a pace, and the clock of this shop moves only when told.
        task = asyncio.ensure_future(waited)
        while not (await asyncio.wait({task}, timeout=0.005))[0]:
            self.clock.advance(0.5)
        await task

    # --- what is seen ---------------------------------------------------------------------------

    def text_of(self, result: InteractionResult) -> str:
        """What an interaction was answered, as it reads now."""
        return result.response.content if result.response is not None else ""

    def told(self, who: MemberActor, word: str) -> bool:
        """Whether a post names this member and says that word on one line."""
        lines = [line for text in self.live() for line in text.splitlines()]
        return any(who.mention in line and word in line for line in lines)

    def live(self) -> list[str]:
        """What stands in the stream channel, oldest first."""
        return [message.content for message in self.stream.history()]
