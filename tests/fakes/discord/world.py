"""What the fake Discord remembers: one server, its people, its channels and what was said."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any

from tests.fakes.discord.ids import Snowflakes, snowflake_time

__all__ = [
    "Attachment",
    "Channel",
    "ChannelKind",
    "Json",
    "Member",
    "Message",
    "Overwrite",
    "Role",
    "User",
    "World",
]

Json = dict[str, Any]
EPHEMERAL = 1 << 6


class ChannelKind(IntEnum):
    """Discord's numbers for kinds of channels."""

    TEXT = 0
    DIRECT = 1
    THREAD = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account. A webhook's author is one too, of no discriminator."""

    id: int
    name: str
    display_name: str | None = None
    bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role of the server; the one with the server's id is everyone's."""

    id: int
    name: str
    permissions: int = 0
    position: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Overwrite:
    """What a role or a member may do, or may not, in one channel."""

    target: int
    role: bool
    allow: int = 0
    deny: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A text channel, a thread of one (`parent_id`), or a direct one with `recipient`."""

    id: int
    name: str
    kind: ChannelKind = ChannelKind.TEXT
    parent_id: int | None = None
    recipient: int | None = None
    overwrites: tuple[Overwrite, ...] = ()
    archived: bool = False
    slow_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A user in the server. `takes_direct` is whether the bot may write to them."""

    user: User
    roles: tuple[int, ...] = ()
    joined_at: datetime
    takes_direct: bool = True
    timed_out_until: str | None = None

    @property
    def id(self) -> int:
        """The user's id."""
        return self.user.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came with a message."""

    name: str
    description: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something said. `extra` holds what is rare, as it stands in the payload."""

    id: int
    channel_id: int
    author: User
    content: str = ""
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    flags: int = 0
    kind: int = 0
    nonce: str | int | None = None
    webhook_id: int | None = None
    edited_at: datetime | None = None
    pinned: bool = False
    reactions: tuple[tuple[str, int], ...] = ()
    allowed_mentions: Json | None = None
    extra: Json = field(default_factory=dict)

    @property
    def sent_at(self) -> datetime:
        """When it was said, which its id tells."""
        return snowflake_time(self.id)

    @property
    def ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return bool(self.flags & EPHEMERAL)

    @property
    def custom_ids(self) -> list[str]:
        """The ids of its buttons and selects, in order."""
        return [
            part["custom_id"]
            for row in self.components
            for part in row.get("components", ())
            if "custom_id" in part
        ]


class Log:
    """The messages of one channel, in order of their ids."""

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._by_id: dict[int, Message] = {}

    def put(self, message: Message) -> None:
        """Add it, or put it in the place of what had its id."""
        if message.id not in self._by_id:
            insort(self._ids, message.id)
        self._by_id[message.id] = message

    def get(self, message_id: int) -> Message | None:
        """The message of this id."""
        return self._by_id.get(message_id)

    def remove(self, message_id: int) -> None:
        """Take it out."""
        del self._by_id[message_id]
        self._ids.remove(message_id)

    def all(self) -> list[Message]:
        """All, the oldest first."""
        return [self._by_id[one] for one in self._ids]

    def page(self, limit: int, after: int | None, before: int | None) -> list[Message]:
        """A page as Discord gives it: the newest first, nearest to what was asked for."""
        if after is not None:
            start = bisect_right(self._ids, after)
            chosen = self._ids[start : start + limit]
        else:
            end = len(self._ids) if before is None else bisect_left(self._ids, before)
            chosen = self._ids[max(0, end - limit) : end]
        return [self._by_id[one] for one in reversed(chosen)]


class World:
    """One server with its people, seen by one bot."""

    def __init__(self, now: Callable[[], datetime], *, everyone: int, bot: int) -> None:
        self.now = now
        self.ids = Snowflakes(now)
        self.guild_id = self.ids.make()
        self.application_id = self.ids.make()
        self.bot = User(id=self.application_id, name="Andon", bot=True)
        self.owner = User(id=self.ids.make(), name="Owner")
        own = Role(id=self.ids.make(), name="Andon", permissions=bot, position=50)
        self.roles: dict[int, Role] = {
            self.guild_id: Role(
                id=self.guild_id, name="@everyone", permissions=everyone, position=0
            ),
            own.id: own,
        }
        self.bot_role = own
        self.members: dict[int, Member] = {}
        for user, roles in ((self.bot, (own.id,)), (self.owner, ())):
            self.members[user.id] = Member(user=user, roles=roles, joined_at=now())
        self.channels: dict[int, Channel] = {}
        self.logs: dict[int, Log] = {}
        self.nonces: dict[tuple[int, str], tuple[int, datetime]] = {}
        self.commands: list[Json] = []
        #: Bytes that the files of a message may hold together.
        self.largest_upload = 10 * 1024 * 1024
        #: Whether the bot is on the server, and whether Discord has the server up.
        self.present = self.available = True

    def add_channel(self, channel: Channel) -> Channel:
        """Open a channel."""
        self.channels[channel.id] = channel
        self.logs.setdefault(channel.id, Log())
        return channel

    def member_named(self, name: str) -> Member | None:
        """The member of this name."""
        return next((one for one in self.members.values() if one.user.name == name), None)

    def channel_named(self, name: str) -> Channel | None:
        """The channel or thread of this name."""
        return next((one for one in self.channels.values() if one.name == name), None)

    def direct_with(self, user_id: int) -> Channel:
        """The direct channel of the bot with a user."""
        for channel in self.channels.values():
            if channel.recipient == user_id:
                return channel
        return self.add_channel(
            Channel(id=self.ids.make(), name="direct", kind=ChannelKind.DIRECT, recipient=user_id)
        )

    def remembered(self, channel_id: int, nonce: str, seconds: float) -> Message | None:
        """What was posted under this nonce in the last `seconds`."""
        known = self.nonces.get((channel_id, nonce))
        if known is None or (self.now() - known[1]).total_seconds() > seconds:
            return None
        return self.logs[channel_id].get(known[0])
