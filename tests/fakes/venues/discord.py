"""A fake Discord with the real discord.py on it, and people who see and press."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Self

from bot.platforms.base import Platform
from bot.platforms.discord import DiscordPlatform
from bot.settings import Discord
from handlers.messages import Channel
from handlers.registry import Registry
from tests.fakes.discord import FakeDiscord, Interaction
from tests.fakes.discord.gateway import Intent
from tests.fakes.discord.listener import pointed_at
from tests.fakes.discord.payloads import message_payload
from tests.fakes.discord.permissions import VIEW_CHANNEL
from tests.fakes.discord.world import Json, Message
from tests.fakes.venues.base import Notes, NotHere, Seen, Shown, Venue

__all__ = ["DiscordVenue"]

_POST = ("POST", "/channels/*/messages")
#: Bold, italics, underlined, struck, spoilers, code; headings, quotes and lists; links.
_DRESSED = re.compile(
    r"`[^`\n]+`|\*{1,3}[^*\s][^*\n]*\*{1,3}|__[^_\n]+__|(?<!\w)_[^_\n]+_(?!\w)|~~[^~\n]+~~"
    r"|\|\|[^|\n]+\|\||^(?:#{1,3}|-#|>|>>>|[-*]) .+|\[[^\]\n]+\]\([^)\n]+\)|https?://\S+",
    re.MULTILINE,
)
_CALLED = re.compile(r"<@!?(\d+)>|<@&(\d+)>|@(everyone|here)")


class DiscordVenue(Venue):
    """The hall is the stream."""

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self.server = FakeDiscord(now=self.now)
        self._registry = registry
        self._stack = AsyncExitStack()
        self._acts: list[Interaction] = []
        self._last: Interaction | Message | None = None
        self._line: Message | None = None
        self._wrote: dict[str, datetime] = {}

    async def __aenter__(self) -> Self:
        server = await self._stack.enter_async_context(self.server)
        self._stack.enter_context(pointed_at(server))
        moderator = server.role("Moderator")
        server.member("Mo", moderator)
        server.member("Ana")
        self._settings = Discord.model_validate(
            {
                "token": server.token,
                "guild_id": server.world.guild_id,
                "stream_channel_ids": str(server.live.id),
                "channels": {"alerts": str(server.alerts.id)},
                "roles": {"moderator": str(moderator.id)},
                "api_url": server.api_url,
                "gateway_url": server.gateway_url,
            }
        )
        self.platform = self._make()
        await self.platform.start(self.ears)
        return self

    def _make(self) -> DiscordPlatform:
        return DiscordPlatform(
            self._settings,
            registry=self._registry,
            salt="s",
            now=self.now,
            new_reference=lambda: "R1",
        )

    @asynccontextmanager
    async def another_process(self) -> AsyncIterator[Platform]:
        """Another client of the same bot."""
        platform = self._make()
        await platform.start(Notes())
        yield platform
        await platform.stop()
        await platform.close()

    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        await self._stack.aclose()

    @property
    def hall(self) -> Channel:
        """The stream."""
        return Channel("discord", str(self.server.live.id))

    # --- what people do -------------------------------------------------------------------------

    def id_of(self, name: str) -> str:
        """The id of a member."""
        return str(self.server.member(name).id)

    async def types(self, name: str, command: str, /, **options: str) -> None:
        """Send a slash command; without what it needs, Discord's own client does not."""
        needed = {one.name for one in self._registry.commands[command].options if one.required}
        if needed - set(options):
            raise NotHere
        await self._acted(self.server.command(name, command, options))

    async def presses(self, name: str, label: str) -> None:
        """Press a button, or pick from a select."""
        post = self.server.posts()[-1]
        for part in _parts(post):
            if part.get("label") == label:
                await self._acted(self.server.presses(name, post, part["custom_id"]))
                return
            for option in part.get("options", ()):
                if option["label"] == label:
                    picked = [option["value"]]
                    await self._acted(self.server.presses(name, post, part["custom_id"], picked))
                    return
        raise LookupError(label)

    async def chooses(self, name: str, entry: str) -> None:
        """Choose from the menu of the last line."""
        assert self._line is not None
        await self._acted(self.server.chooses(name, entry, self._line))

    async def fills_in(self, name: str, values: Mapping[str, str]) -> None:
        """Send the form that opened last."""
        form = self._form(name)
        assert form is not None
        await self._acted(self.server.submits(name, form, values))

    async def says(self, name: str, text: str) -> None:
        """Say a line."""
        self._line = self.server.says(name, "live", text)

    async def may_write(self, name: str) -> bool:
        """As Discord has it of them."""
        until = self.server.member(name).timed_out_until
        if until is not None and datetime.fromisoformat(until) > self.at:
            return False
        seconds = self.server.channel("live").slow_seconds
        last = self._wrote.get(name)
        if seconds and last is not None and self.at < last + timedelta(seconds=seconds):
            return name == "Mo"
        self._wrote[name] = self.at
        return True

    async def writes(self, name: str, text: str) -> None:
        """Write in the direct channel."""
        self._last = self.server.whispers(name, text)

    async def delivered_again(self) -> None:
        """The gateway dispatches it once more."""
        if isinstance(self._last, Interaction):
            self.server.delivers_again(self._last)
        else:
            assert self._last is not None
            payload = message_payload(self.server.world, self._last, live=True)
            self.server.gateway.tell("MESSAGE_CREATE", payload, Intent.DIRECT_MESSAGES)

    async def completes(self, name: str, command: str, option: str, typed: str) -> list[str]:
        """Look at what Discord offers."""
        act = self.server.types(name, command, option, typed)
        return (await act.answered()).choices

    async def _acted(self, act: Interaction) -> None:
        self._last = act
        self._acts.append(act)
        if self.platform.state().connected:
            await act.answered()

    # --- what people see ------------------------------------------------------------------------

    def sees(self, name: str) -> list[Seen]:
        """The channel, and what is for one member alone, between it."""
        own = [
            one
            for act in self._acts
            if act.member.user.name == name
            for one in [act.original, *act.followups]
            if one is not None and one.ephemeral
        ]
        posts = sorted([*self.server.posts(), *own], key=lambda one: one.id)
        return [self._seen(one) for one in posts]

    def reads(self, channel: Channel) -> list[Seen]:
        """A channel."""
        place = self.server.world.channels[int(channel.id)]
        return [self._seen(one) for one in self.server.posts(place)]

    def was_told(self, name: str) -> list[Seen]:
        """The direct channel."""
        return [self._seen(one) for one in self.server.whispered(name)]

    def form_of(self, name: str) -> Shown | None:
        """The form that opened last."""
        form = self._form(name)
        if form is None:
            return None
        labels = (one.get("label") for one in form["components"])
        return Shown(title=form["title"], labels=tuple(one for one in labels if one))

    def lines(self) -> list[str]:
        """The stream, as it stands there."""
        return [one.content for one in self.server.log("live") if not one.author.bot]

    def reactions(self) -> list[str]:
        """The signs on the last line."""
        assert self._line is not None
        kept = self.server.world.logs[self._line.channel_id].get(self._line.id)
        return [emoji for emoji, _ in kept.reactions] if kept is not None else []

    def _form(self, name: str) -> Json | None:
        mine = [one for one in self._acts if one.member.user.name == name]
        opened = [one.callback.modal for one in mine if one.callback and one.callback.modal]
        return opened[-1] if opened else None

    def _seen(self, post: Message) -> Seen:
        text = post.content
        members = self.server.world.members
        for id, member in members.items():
            text = text.replace(f"<@{id}>", f"@{member.user.name}")
        labels = [
            label
            for part in _parts(post)
            for label in [part.get("label"), *(one["label"] for one in part.get("options", ()))]
            if label
        ]
        return Seen(
            id=str(post.id),
            text=text,
            buttons=tuple(labels),
            calls=tuple(self._called(post)),
            dressed=tuple(_DRESSED.findall(post.content)),
            pictures=tuple((one.description, one.content) for one in post.attachments),
        )

    def _called(self, post: Message) -> list[str]:
        """Whom Discord tells of it: those whom the text names and `allowed_mentions` lets."""
        told = post.allowed_mentions
        parse = {"users", "roles", "everyone"} if told is None else set(told.get("parse") or ())
        users = {str(one) for one in (told or {}).get("users") or ()}
        called = []
        for user, role, everyone in _CALLED.findall(post.content):
            if user and ("users" in parse or user in users):
                member = self.server.world.members.get(int(user))
                called.append(member.user.name if member else user)
            elif (role and "roles" in parse) or (everyone and "everyone" in parse):
                called.append(role or everyone)
        return called

    # --- what goes wrong ------------------------------------------------------------------------

    def fails(self, *, after_effect: bool) -> None:
        """Discord answers 503."""
        self.server.fail(*_POST, 503, after_effect=after_effect)

    def fails_to_answer(self) -> None:
        """Discord answers 503."""
        self.server.fail("PATCH", "/webhooks/*", 503, after_effect=True)

    def takes_no_large_pictures(self) -> None:
        """The server refuses what is larger."""
        self.server.world.largest_upload = 40

    def cuts(self) -> None:
        """The answer never arrives."""
        self.server.fail(*_POST, after_effect=True, cut=True)

    def limits(self) -> None:
        """Discord answers 429."""
        self.server.limit(*_POST, retry_after=0.05)

    def takes_no_messages(self, name: str) -> None:
        """A member closes their direct messages."""
        self.server.member(name, direct=False)

    def deletes_newest(self) -> None:
        """A moderator deletes it."""
        self.server.deletes(self.server.posts()[-1])

    def deletes_hall(self) -> None:
        """The channel is deleted."""
        del self.server.world.channels[self.server.live.id]

    def shuts_hall(self) -> None:
        """The bot may not look into the channel any more."""
        self.server.forbid("live", VIEW_CHANNEL)

    async def breaks(self) -> None:
        """The wire is cut, and the next handshake fails."""
        self.server.refuse(1)
        await self.server.drop()

    async def heals(self) -> None:
        """The one after it does not."""

    @property
    def unmapped(self) -> str:
        """Only the alerts have a channel."""
        return "returns"


def _parts(post: Message) -> list[Json]:
    return [part for row in post.components for part in row.get("components", ())]
