"""What the fake Slack remembers: one team, its people, its channels, what was said and shown."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

__all__ = [
    "Channel",
    "File",
    "Group",
    "Json",
    "Message",
    "User",
    "View",
    "World",
]

Json = dict[str, Any]
#: What a bot such as ours asks for when it is installed.
SCOPES = frozenset(
    [
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "reactions:write",
        "usergroups:read",
        "users:read",
    ]
)
#: The events an app like ours subscribes to.
EVENTS = frozenset(
    [
        "app_home_opened",
        "app_mention",
        "channel_archive",
        "channel_deleted",
        "channel_left",
        "channel_rename",
        "channel_unarchive",
        "group_archive",
        "group_deleted",
        "group_left",
        "group_rename",
        "group_unarchive",
        "member_joined_channel",
        "member_left_channel",
        "message.channels",
        "message.groups",
        "message.im",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account. `name` is what tests call them by; `handle` is Slack's own, in small letters."""

    id: str
    name: str
    display_name: str
    bot: bool = False
    deleted: bool = False
    admin: bool = False
    guest: bool = False
    email: str | None = None
    tz: str = "Europe/Berlin"

    @property
    def handle(self) -> str:
        """The name without capitals and spaces."""
        return self.name.lower().replace(" ", ".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A user group, mentioned as `<!subteam^id>`."""

    id: str
    handle: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel; or a direct one, of the bot and `user`."""

    id: str
    name: str
    private: bool = False
    archived: bool = False
    members: frozenset[str] = frozenset()
    user: str | None = None

    @property
    def kind(self) -> str:
        """`channel`, `group` (a private one) or `im`, as in events and scopes."""
        if self.user is not None:
            return "im"
        return "group" if self.private else "channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An uploaded file."""

    id: str
    name: str
    title: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something said. `only_for` is who sees an ephemeral one; `edited` the `ts` of the edit.

    `options` holds how it was to be posted: `parse`, `link_names`, `mrkdwn`, `unfurl_links` …
    """

    channel_id: str
    ts: str
    user: str
    text: str = ""
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    thread_ts: str | None = None
    broadcast: bool = False
    edited: str | None = None
    metadata: Json | None = None
    only_for: str | None = None
    bot: bool = False
    subtype: str | None = None
    files: tuple[File, ...] = ()
    reactions: tuple[tuple[str, str], ...] = ()
    options: Json = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread below another."""
        return self.thread_ts not in (None, self.ts)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A modal or an App Home as it looks now. `payload` is what the app sent."""

    id: str
    kind: str
    user: str
    hash: str
    payload: Json
    root: str
    previous: str | None = None

    @property
    def title(self) -> str:
        """What stands at the top of a modal."""
        return str((self.payload.get("title") or {}).get("text", ""))

    @property
    def blocks(self) -> tuple[Json, ...]:
        """Its blocks."""
        return tuple(self.payload.get("blocks") or ())

    @property
    def callback_id(self) -> str:
        """What the app calls it."""
        return str(self.payload.get("callback_id") or "")

    @property
    def private_metadata(self) -> str:
        """What the app keeps in it."""
        return str(self.payload.get("private_metadata") or "")


class World:
    """All of it. `now` is the clock; `scopes`, `events` and `paid_plan` may be changed."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.team_id, self.app_id, self.bot_id = "T0SHOP", "A0ANDON", "B0ANDON"
        self.scopes = set(SCOPES)
        self.events = set(EVENTS)
        self.paid_plan = True
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.channels: dict[str, Channel] = {}
        self.logs: dict[str, dict[str, Message]] = {}
        self.whispers: list[Message] = []
        self.modals: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        #: Files that were put up, and how many posts still come too early for the next ones.
        self.files: dict[str, File] = {}
        self.slow_files = 0
        #: Where files are fetched.
        self.files_url = ""
        self._last_ts = 0
        self._numbers: dict[str, int] = {}
        self.bot = self.add_user("Andon", bot=True)

    def make_id(self, letter: str) -> str:
        """A new id of its kind: `U0000001` and so on."""
        self._numbers[letter] = self._numbers.get(letter, 0) + 1
        return f"{letter}{self._numbers[letter]:07}"

    def make_ts(self) -> str:
        """A new `ts`: when it is, but later than any before."""
        micros = int((self.now() - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 10_000) * 100
        self._last_ts = max(micros, self._last_ts + 100)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06}"

    def seconds(self) -> int:
        """When it is, as Slack writes it."""
        return int(self.now().timestamp())

    # --- who and where ----------------------------------------------------------------------

    def add_user(self, name: str, **more: Any) -> User:
        """Someone new, who is in every public channel."""
        more.setdefault("display_name", name)
        user = User(id=self.make_id("U"), name=name, **more)
        self.users[user.id] = user
        for channel in list(self.channels.values()):
            if channel.kind == "channel":
                self.channels[channel.id] = replace(channel, members=channel.members | {user.id})
        return user

    def user_named(self, name: str) -> User | None:
        """Whom tests call so."""
        return next((one for one in self.users.values() if one.name == name), None)

    def add_channel(self, name: str, *, private: bool, members: Iterable[str]) -> Channel:
        """A new channel."""
        channel = Channel(
            id=self.make_id("G" if private else "C"),
            name=name,
            private=private,
            members=frozenset(members),
        )
        return self.put_channel(channel)

    def put_channel(self, channel: Channel) -> Channel:
        """Keep a channel as it is now."""
        self.channels[channel.id] = channel
        self.logs.setdefault(channel.id, {})
        return channel

    def channel_named(self, name: str) -> Channel | None:
        """The channel of this name."""
        wanted = name.removeprefix("#")
        found = (one for one in self.channels.values() if one.name == wanted and not one.user)
        return next(found, None)

    def direct_with(self, user_id: str) -> Channel:
        """The direct channel of the bot with someone."""
        for channel in self.channels.values():
            if channel.user == user_id:
                return channel
        members = frozenset({self.bot.id, user_id})
        return self.put_channel(
            Channel(id=self.make_id("D"), name="direct", user=user_id, members=members)
        )

    # --- what is said and shown -------------------------------------------------------------

    def put(self, message: Message) -> Message:
        """Keep a message as it reads now."""
        if message.only_for is None:
            self.logs[message.channel_id][message.ts] = message
        else:
            kept = [one for one in self.whispers if one.ts != message.ts]
            self.whispers = sorted([*kept, message], key=lambda one: one.ts)
        return message

    def remove(self, message: Message) -> None:
        """Forget a message; one with replies leaves a stone with its name on it."""
        if message.only_for is not None:
            self.whispers = [one for one in self.whispers if one.ts != message.ts]
            return
        log = self.logs[message.channel_id]
        del log[message.ts]
        if any(one.thread_ts == message.ts for one in log.values()):
            stone = Message(
                channel_id=message.channel_id,
                ts=message.ts,
                user="USLACKBOT",
                text="This message was deleted.",
                thread_ts=message.ts,
                subtype="tombstone",
            )
            self.put(stone)

    def log(self, channel_id: str) -> list[Message]:
        """All messages of a channel in their order, replies too."""
        return sorted(self.logs[channel_id].values(), key=lambda one: one.ts)

    def replies(self, channel_id: str, ts: str) -> list[Message]:
        """What stands below a message."""
        return [one for one in self.log(channel_id) if one.thread_ts == ts and one.ts != ts]

    def find(self, ts: str) -> Message | None:
        """The message of this `ts`, wherever it is."""
        for log in self.logs.values():
            if ts in log:
                return log[ts]
        return next((one for one in self.whispers if one.ts == ts), None)
