"""The fake Slack as a test holds it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Self

from aiohttp import web

from tests.fakes.discord.changes import PATIENCE, Changes
from tests.fakes.slack.acts import Acts
from tests.fakes.slack.api import Api
from tests.fakes.slack.api_chat import ChatMethods
from tests.fakes.slack.api_files import FileMethods
from tests.fakes.slack.api_rooms import RoomMethods
from tests.fakes.slack.chat import Chat
from tests.fakes.slack.delivery import Deliveries
from tests.fakes.slack.hands import Hands
from tests.fakes.slack.socket import PATH, Sockets
from tests.fakes.slack.trouble import Trouble
from tests.fakes.slack.views import ViewMethods
from tests.fakes.slack.wall import Wall
from tests.fakes.slack.world import Json, World

__all__ = ["FakeSlack"]

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-fake-bot", "xapp-fake-app", "fake-signing-secret"


def _wall_clock() -> datetime:
    return datetime.now(UTC)


class FakeSlack(Hands, Wall, Trouble):
    """`async with FakeSlack() as slack:`, then `AsyncWebClient(slack.token, slack.api_url)`.

    It starts with the channels `general` and `alerts`, the bot in both. `token` and `app_token` are
    the only ones that open it. What the app does not acknowledge within `ack_within` seconds goes
    out again, three times.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = _wall_clock,
        ack_within: float = 3.0,
        port: int = 0,
    ) -> None:
        super().__init__()
        self.token, self.app_token, self.signing_secret = BOT_TOKEN, APP_TOKEN, SECRET
        self.changes = Changes()
        self.world = World(now)
        self._port = port
        self._deliveries = Deliveries(self.changes, ack_within=ack_within)
        self.socket = Sockets(self.world, self.changes, self._deliveries)
        self._deliveries.way = self.socket
        self._poster = None
        self._chat = Chat(self.world, self._deliveries, self.changes)
        self._acts = Acts(self.world, self._chat, self.changes)
        self._views = ViewMethods(self.world, self._acts, self.changes)
        self._messages = ChatMethods(self.world, self._chat, self.changes)
        self._files = FileMethods(self.world, self._chat)
        self._api = Api(self.world, self.changes, lambda: (self.token, self.app_token))
        self._acts.base_url = self._files.base_url = lambda: self.url
        rooms = RoomMethods(self.world, lambda: self.url + "/")
        for part in (self._messages, self._views, self._files, rooms, self.socket):
            self._api.methods |= part.methods()
        self.app = web.Application(client_max_size=32 * 1024 * 1024)
        self.channel("general")
        self.channel("alerts")

    async def __aenter__(self) -> Self:
        self.app.router.add_route("*", "/api/{method}", self._api.handle)
        self.app.router.add_post("/respond/{key}", self._respond)
        self.app.router.add_post("/upload/v1/{key}", self._upload)
        self.app.router.add_get("/files-pri/{key}", self._download)
        self.app.router.add_get(PATH, self.socket.handle)
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await self.up()
        self.socket.url = f"ws://127.0.0.1:{self._port}{PATH}"
        self.world.files_url = self.url
        return self

    async def __aexit__(self, *_: object) -> None:
        self._deliveries.close()
        for hold in self._api.holds:
            hold.release()
        await self.socket.drop()
        if self._poster is not None:
            await self._poster.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """What `base_url` of a client is to be."""
        return f"{self.url}/api/"

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        key, body = request.match_info["key"], json.loads(await request.read())
        return await self._api.run(
            request, "response_url", body, lambda: self._acts.respond(key, body)
        )

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        key, content = request.match_info["key"], await _content(request)
        args: Json = {"file": key, "length": len(content)}
        return await self._api.run(
            request, "upload", args, lambda: self._files.receive(key, content)
        )

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """A file, for whoever shows the token and may read files; else a page to sign in."""
        file = self.world.files.get(request.match_info["key"])
        shown = request.headers.get("Authorization") == f"Bearer {self.token}"
        if file is None or not shown or "files:read" not in self.world.scopes:
            raise web.HTTPFound("/signin")
        return web.Response(body=file.content)

    # --- waiting ----------------------------------------------------------------------------

    async def until(self, look: Callable[[], object], within: float = PATIENCE) -> None:
        """Wait until `look` is true; it is asked whenever something changes here."""
        await self.changes.until(lambda: bool(look()), within)

    async def connected(self, count: int = 1, within: float = PATIENCE) -> None:
        """Wait until so many sockets are open."""
        await self.until(lambda: len(self.socket.open_ones()) >= count, within)


async def _content(request: web.Request) -> bytes:
    """A file, sent as it is or as a form."""
    if request.content_type != "multipart/form-data":
        return await request.read()
    for field in (await request.post()).values():
        if isinstance(field, web.FileField):
            return field.file.read()
    return b""
