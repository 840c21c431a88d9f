"""The fake Discord as a test holds it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Self

from aiohttp import web

from tests.fakes.discord.changes import PATIENCE, Changes
from tests.fakes.discord.chat import Chat
from tests.fakes.discord.faults import Bucket, Fault, Hold, Request
from tests.fakes.discord.gateway import Gateway, Intent
from tests.fakes.discord.payloads import guild_payload
from tests.fakes.discord.people import People
from tests.fakes.discord.permissions import BOT, EVERYONE, MANAGE_GUILD, permissions_of
from tests.fakes.discord.rest import PREFIX, Rest
from tests.fakes.discord.rest_guild import GuildRest
from tests.fakes.discord.rest_interactions import InteractionRest
from tests.fakes.discord.rest_messages import MessageRest
from tests.fakes.discord.world import Channel, Json, Message, World

__all__ = ["FakeDiscord"]

TOKEN = "fake.discord.token"
#: Flags of an application that may have an intent, while it is in less than 100 servers.
_FLAGS = {Intent.PRESENCES: 1 << 13, Intent.MEMBERS: 1 << 15, Intent.CONTENT: 1 << 19}


def _wall() -> datetime:
    return datetime.now(UTC)


class FakeDiscord(People):
    """`async with FakeDiscord() as discord:`, then point a client at its two URLs.

    It starts with the channels `live` and `alerts`. `token` is the only one that opens it,
    `allowed` are the privileged intents that the bot's owner has switched on; both may be changed.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = _wall,
        everyone: int = EVERYONE,
        bot: int = BOT,
        port: int = 0,
    ) -> None:
        self.token = TOKEN
        self.allowed = Intent.PRIVILEGED
        self.changes = Changes()
        self.world = World(now, everyone=everyone, bot=bot)
        self._port = port
        self._gateway = Gateway(
            self.world,
            self.changes,
            token=lambda: self.token,
            allowed=lambda: self.allowed,
            flags=self._flags,
        )
        self._chat = Chat(self.world, self._gateway, self.changes)
        self._rest = Rest(self.changes, lambda: self.token)
        self._messages = MessageRest(self.world, self._chat, self.changes)
        self._interactions = InteractionRest(self.world, self._chat, self.changes)
        self._guild = GuildRest(
            self.world, flags=self._flags, gateway_url=lambda: self._gateway.url
        )
        self._runner: web.AppRunner | None = None
        self.app = web.Application(client_max_size=32 * 1024 * 1024)
        self.live = self.channel("live")
        self.alerts = self.channel("alerts")

    async def __aenter__(self) -> Self:
        self.app.router.add_get("/gateway", self._gateway.handle)
        # discord.py replaces the query, and with it a path of its own keeps its slash.
        self.app.router.add_get("/gateway/", self._gateway.handle)
        for part in (self._messages, self._guild, self._interactions):
            for method, path, handler in part.routes():
                self._rest.route(self.app, method, path, handler)
        self.app.router.add_route("*", PREFIX + "/{rest:.*}", self._rest.unknown)
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self._gateway.url = self.gateway_url
        return self

    async def __aexit__(self, *_: object) -> None:
        for hold in self._rest.holds:
            hold.release()
        await self._gateway.drop()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        """What `discord.http.Route.BASE` is to be."""
        return f"http://127.0.0.1:{self._port}{PREFIX}"

    @property
    def gateway_url(self) -> str:
        """What `DiscordWebSocket.DEFAULT_GATEWAY` is to be."""
        return f"ws://127.0.0.1:{self._port}/gateway"

    def _flags(self) -> int:
        return sum(flag for intent, flag in _FLAGS.items() if self.allowed & intent)

    # --- waiting ----------------------------------------------------------------------------

    async def until(self, look: Callable[[], object], within: float = PATIENCE) -> None:
        """Wait until `look` is true; it is asked whenever something changes here."""
        await self.changes.until(lambda: bool(look()), within)

    async def connected(self, within: float = PATIENCE) -> None:
        """Wait until a client has identified or resumed."""
        await self.until(self._gateway.live, within)

    async def posted(self, count: int = 1, channel: str | Channel = "live") -> list[Message]:
        """Wait until the bot has posted so many messages in a channel, and return them."""
        await self.until(lambda: len(self.posts(channel)) >= count)
        return self.posts(channel)

    # --- what is there ----------------------------------------------------------------------

    def log(self, channel: str | Channel = "live") -> list[Message]:
        """All messages of a channel, as they read now."""
        return self.world.logs[self.channel(channel).id].all()

    def posts(self, channel: str | Channel = "live") -> list[Message]:
        """What the bot posted in a channel, without notes of the system."""
        return [one for one in self.log(channel) if one.author == self.world.bot and one.kind != 6]

    def reads(self, channel: str | Channel = "live") -> list[str]:
        """What the bot says in a channel as people see it: mentions by name, embeds below."""
        return [self._read(one) for one in self.posts(channel)]

    def _read(self, message: Message) -> str:
        below = [
            f"{one.get('title') or ''}\n{one.get('description') or ''}" for one in message.embeds
        ]
        text = "\n".join([message.content, *below]).strip()
        for member in self.world.members.values():
            text = text.replace(f"<@{member.id}>", f"@{member.user.name}")
        return text

    def whispered(self, name: str) -> list[Message]:
        """What the bot wrote to a member alone."""
        return self.posts(self.world.direct_with(self.member(name).id))

    def requests(self, method: str | None = None, path: str = "*") -> list[Request]:
        """What was asked over REST, with any answer."""
        return [
            one
            for one in self._rest.requests
            if method in (None, one.method) and fnmatchcase(one.path, path)
        ]

    @property
    def commands(self) -> list[Json]:
        """The command tree as the bot registered it."""
        return self.world.commands

    @property
    def gateway(self) -> Gateway:
        """How often clients identified, resumed and were refused; which sessions there are."""
        return self._gateway

    @property
    def typed(self) -> list[int]:
        """The channels in which the bot was seen typing."""
        return self._messages.typed

    # --- what goes wrong --------------------------------------------------------------------

    def fail(
        self,
        method: str,
        path: str,
        status: int = 500,
        *,
        times: int = 1,
        headers: Mapping[str, str] | None = None,
        body: Json | None = None,
        after_effect: bool = False,
        cut: bool = False,
    ) -> Fault:
        """Answer the next requests that fit with an error, or by a cut wire.

        With `after_effect` they are carried out all the same.
        """
        fault = Fault(
            method=method,
            path=path,
            status=status,
            times=times,
            headers=headers or {},
            body=body,
            after_effect=after_effect,
            cut=cut,
        )
        self._rest.faults.append(fault)
        return fault

    def limit(
        self,
        method: str,
        path: str,
        *,
        retry_after: float = 0.05,
        times: int = 1,
        everywhere: bool = False,
    ) -> Fault:
        """Answer the next requests that fit with 429."""
        body = {"message": "You are being rate limited.", "global": everywhere}
        scope = "global" if everywhere else "user"
        headers = {"Retry-After": str(retry_after), "Via": "1.1 google", "X-RateLimit-Scope": scope}
        return self.fail(
            method,
            path,
            429,
            times=times,
            headers=headers,
            body=body | {"retry_after": retry_after},
        )

    def pace(self, limit: int = 5, seconds: float = 5.0) -> Bucket:
        """Keep a bucket of messages per channel, as Discord does."""
        self._messages.bucket = Bucket(limit, seconds)
        return self._messages.bucket

    def hold(self, method: str, path: str) -> Hold:
        """Let requests that fit wait until it is released."""
        hold = Hold(method, path)
        self._rest.holds.append(hold)
        return hold

    async def drop(self, code: int | None = None) -> None:
        """Break the connection: with a close code, or by cutting the wire."""
        await self._gateway.drop(code)

    def refuse(self, times: int) -> None:
        """Refuse the next connections to the gateway."""
        self._gateway.to_refuse = times

    def invalidate(self, *, resumable: bool = False, tell: bool = True) -> None:
        """End the session; without `tell` the client learns it when it wants to resume."""
        self._gateway.invalidate(resumable=resumable, tell=tell)

    def ask_to_reconnect(self) -> None:
        """Ask the client to connect anew, as Discord does now and then."""
        self._gateway.ask_to_reconnect()

    def kick(self) -> None:
        """Take the bot off the server, which forgets its commands."""
        self.world.present = False
        self.world.commands.clear()
        self._gateway.tell("GUILD_DELETE", {"id": str(self.world.guild_id)}, Intent.GUILDS)

    def invite(self) -> None:
        """Let the bot into the server again."""
        self.world.present = True
        self.tell_of_the_server(joined=True)

    def black_out(self) -> None:
        """The server is not available, by a fault of Discord's."""
        self.world.available = False
        gone = {"id": str(self.world.guild_id), "unavailable": True}
        self._gateway.tell("GUILD_DELETE", gone, Intent.GUILDS)

    def light_up(self) -> None:
        """The server is available again."""
        self.world.available = True
        self.tell_of_the_server()

    def tell_of_the_server(self, *, joined: bool = False) -> None:
        """Send GUILD_CREATE; that of a server `joined` says nothing of its availability."""
        whole = guild_payload(self.world, whole=True)
        if joined:
            del whole["unavailable"]
        self._gateway.tell("GUILD_CREATE", whole, Intent.GUILDS)

    def automod_holds(self, name: str, channel: str | Channel, text: str) -> None:
        """AutoMod keeps a member's line out of a channel, and tells who may manage the server."""
        if not permissions_of(self.world, self.world.bot.id) & MANAGE_GUILD:
            return
        data = {
            "guild_id": str(self.world.guild_id),
            "action": {"type": 1, "metadata": {}},
            "rule_id": str(self.world.ids.make()),
            "rule_trigger_type": 1,
            "user_id": str(self.member(name).id),
            "channel_id": str(self.channel(channel).id),
            "content": text,
            "matched_keyword": None,
            "matched_content": text,
        }
        bare = data | {"content": "", "matched_content": None}
        self._gateway.tell("AUTO_MODERATION_ACTION_EXECUTION", data, Intent.AUTOMOD, bare=bare)

    def send_malformed(self) -> None:
        """Dispatch an event that no client can read."""
        self._gateway.tell("MESSAGE_CREATE", {"id": "1"})
