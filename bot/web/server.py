"""The web server: the local stage, the board, the host's page, health and metrics, on aiohttp.

Errors of `WebServer.start`:

- `PortBusy`: something else listens there; `args[0]` says so and what to do.
- `bot.web.security.NotSafe`: others could reach it and no token is set (raised when it is made).
"""

import asyncio
import errno
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.platforms.local import LocalPlatform
from bot.web.board import Board, BoardFeed
from bot.web.files import Files
from bot.web.health import Health, as_json
from bot.web.host import HostRoom
from bot.web.metrics import CONTENT_TYPE, Metrics
from bot.web.pack import PackRoom
from bot.web.pages import Page
from bot.web.runs import RunsRoom
from bot.web.security import Guard, headers
from bot.web.stage import CommandHint, Completion, MenuEntry, Stage, message_menu
from handlers.people import Person

__all__ = ["Outside", "PortBusy", "Views", "WebServer"]


class PortBusy(Exception):
    """The port is taken; `args[0]` says by what rule and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """What the pages read. None of these waits for chat that is still to be taken in."""

    board: Callable[[], Awaitable[Board]]
    health: Callable[[], Awaitable[Health]]
    complete: Callable[[str, Person], Awaitable[Sequence[Completion]]]
    commands: Callable[[Person], Sequence[CommandHint]]
    menu: Callable[[Person], Sequence[MenuEntry]] = message_menu


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A route that judges its requests itself: a signed webhook, a customer's own page."""

    method: str
    path: str
    answer: Handler


@web.middleware
async def _not_compressed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a compressed body: nobody sends one here, and a route would take it for the text."""
    encodings = ",".join(request.headers.getall("Content-Encoding", ())).split(",")
    if any(one.strip().casefold() not in ("", "identity") for one in encodings):
        return web.Response(status=400, text="Send it as it is, without Content-Encoding.\n")
    return await handler(request)


class WebServer:
    """Serves until stopped. Without a `platform` there is no stage, only what watches over it.

    Without a `host_room` there is no page for the host, without a `runs_room` none of the runs, and
    without a `pack_room` none for packers.
    `port` 0 takes any free one; `url` says which, once it is started.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 8099,
        token: str | None = None,
        platform: LocalPlatform | None,
        views: Views,
        metrics: Metrics,
        host_room: HostRoom | None = None,
        runs_room: RunsRoom | None = None,
        pack_room: PackRoom | None = None,
        names: Sequence[str] = (),
        outside: Sequence[Outside] = (),
    ) -> None:
        self._host = host
        self._port = port
        self._views = views
        self._metrics = metrics
        self._files = Files.of_package()
        self._board = BoardFeed(views.board)
        self._host_room = host_room
        self._runs_room = runs_room
        self._pack_room = pack_room
        self._stage = None if platform is None else self._set_up(platform)
        self._guard = Guard(host=host, token=token, names=frozenset(names), cookie=f"andon-{port}")
        self._looking: set[Page] = set()
        self._site: web.TCPSite | None = None
        self._runner = web.AppRunner(
            self.app(outside),
            access_log=None,
            shutdown_timeout=2.0,
            # What is cut off would be unpacked as far as it goes and taken for the whole.
            auto_decompress=False,
        )

    def app(self, outside: Sequence[Outside] = ()) -> web.Application:
        """Every route, behind the guard."""
        guard = self._guard.middleware(route.path for route in outside)
        app = web.Application(middlewares=[guard, _not_compressed], client_max_size=1024**2)
        app.on_response_prepare.append(headers)
        app.router.add_get("/", self._front)
        app.router.add_get("/board", self._files.page("board.html"))
        app.router.add_get("/board/ws", self._look)
        app.router.add_get("/static/{name}", self._files.serve)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/metrics", self._metrics_text)
        if self._stage is not None:
            app.router.add_get("/stage/ws", self._stage.serve)
            app.router.add_post("/stage/pictures", self._stage.uploads.take)
            app.router.add_get("/stage/pictures/{id:[0-9a-f]{64}}", self._stage.picture)
        if self._host_room is not None:
            app.router.add_get("/host", self._files.page("host.html"))
            app.router.add_get("/host/ws", self._host_room.serve)
        if self._runs_room is not None:
            app.router.add_get("/runs", self._files.page("runs.html"))
            app.router.add_get("/runs/ws", self._runs_room.serve)
        if self._pack_room is not None:
            app.add_routes(self._pack_room.routes(self._files.page("pack.html")))
        for route in outside:
            app.router.add_route(route.method, route.path, route.answer)
        return app

    @property
    def url(self) -> str:
        """Where the front page is, for a person on this machine."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}/"

    def changed(self) -> None:
        """Something on the board may have changed; call it after every commit."""
        self._board.changed()
        if self._host_room is not None:
            self._host_room.changed()
        if self._runs_room is not None:
            self._runs_room.changed()
        if self._pack_room is not None:
            self._pack_room.changed()

    async def start(self) -> None:
        """Listen. Raises `PortBusy`."""
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, self._host, self._port)
        try:
            await self._site.start()
        except OSError as error:
            self._site = None
            await self._runner.cleanup()
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortBusy(
                f"Port {self._port} on {self._host} is taken, perhaps by another Andon. "
                "Stop that one, or choose a port with ANDON_WEB__PORT."
            ) from error
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening, so that no page comes back, then close every page."""
        if self._site is not None:
            await self._site.stop()
        await self._board.stop()
        if self._stage is not None:
            await self._stage.close()
        if self._host_room is not None:
            await self._host_room.close()
        if self._runs_room is not None:
            await self._runs_room.close()
        if self._pack_room is not None:
            await self._pack_room.close()
        await asyncio.gather(*(page.close() for page in tuple(self._looking)))
        await self._runner.cleanup()

    # --- how ------------------------------------------------------------------------------------

    def _set_up(self, platform: LocalPlatform) -> Stage:
        return Stage(
            platform=platform,
            board=self._board,
            complete=self._views.complete,
            commands=self._views.commands,
            menu=self._views.menu,
            count=self._metrics.pages,
        )

    async def _front(self, request: web.Request) -> web.StreamResponse:
        if self._stage is None:
            raise web.HTTPFound("/board")
        return await self._files.page("index.html")(request)

    async def _look(self, request: web.Request) -> web.StreamResponse:
        """Send the board, and nothing else, to a second screen."""
        async with Page.opened(request, largest=1024) as page:
            self._looking.add(page)
            leave = self._board.watch(page.send)
            try:
                page.send(await self._board.frame())
                async for _ in page.frames():
                    continue
            finally:
                leave()
                self._looking.discard(page)
        return page.socket

    async def _healthz(self, request: web.Request) -> web.Response:
        health = await self._views.health()
        return web.json_response(
            as_json(health),
            status=200 if health.well else 503,
            headers={"Cache-Control": "no-store"},
        )

    async def _metrics_text(self, request: web.Request) -> web.Response:
        body = self._metrics.text(await self._views.health())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})
