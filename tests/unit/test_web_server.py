import asyncio
import gzip
import json
import socket
import zlib
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.intake import figures as intake_figures
from bot.platforms.base import PlatformState
from bot.platforms.local import LocalPlatform
from bot.relay import figures as relay_figures
from bot.web.board import Board, BoardFeed, BoardUnavailable
from bot.web.health import Health
from bot.web.metrics import INTAKE, Metrics
from bot.web.server import Outside, PortBusy, Views, WebServer
from handlers.messages import Address, ChatMessage, Press, Reach
from tests.fakes.posts import MemoryPosts
from tests.fakes.scripted_bot import SAMPLE_BOARD, ScriptedBot
from tests.fakes.stage import StageStand


class Page:
    """A page of the stage without a browser: frames out, frames in."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.nonces = 0

    async def tell(self, type: str, **fields: Any) -> str:
        self.nonces += 1
        nonce = f"n{self.nonces}"
        await self.socket.send_json({"type": type, "nonce": nonce, **fields})
        return nonce

    async def hears(self, type: str, **fields: Any) -> dict[str, Any]:
        """The next frame of this type in which these fields read so; others are passed over."""
        async with asyncio.timeout(5):
            while True:
                frame: dict[str, Any] = await self.socket.receive_json()
                if frame["type"] == type and fields.items() <= frame.items():
                    return frame

    async def hello(self, id: str, role: str = "viewer") -> dict[str, Any]:
        who = {"id": id, "name": id.capitalize(), "role": role}
        return await self.hears("welcome", nonce=await self.tell("hello", person=who))


class Stand(StageStand):
    """A stage, and a client that looks at it."""

    async def start(self) -> None:
        await super().start()
        self.http = aiohttp.ClientSession(self.server.url)

    async def stop(self) -> None:
        await self.http.close()
        await super().stop()

    async def page(self, path: str = "stage/ws") -> Page:
        return Page(await self.http.ws_connect(f"/{path}"))


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    async with Stand() as stand:
        yield stand


# --- the stage ---


async def test_what_one_says_all_see(stand: Stand) -> None:
    ana, bob = await stand.page(), await stand.page()
    await ana.hello("ana")
    await bob.hello("bob")
    nonce = await ana.tell("post", channel="stream", text="claim A12 M")
    accepted = await ana.hears("accepted", nonce=nonce)
    post = (await bob.hears("post"))["post"]
    assert (post["text"], post["author"]["name"], post["id"]) == (
        "claim A12 M", "Ana", accepted["id"],
    )  # fmt: skip
    granted = (await bob.hears("post"))["post"]
    assert granted["mentions"] == {"ana": "Ana"}
    assert granted["buttons"] == [{"id": "cart.show", "label": "My cart", "style": "plain"}]


async def test_a_welcome_tells_all_there_is(stand: Stand) -> None:
    page = await stand.page()
    viewer = await page.hello("ana")
    assert [room["id"] for room in viewer["channels"]] == ["stream", ""]
    assert (viewer["menu"], viewer["history"]) == ([], [])
    assert {"name": "cart", "usage": "/cart", "summary": "What is yours, and how to pay"} in viewer[
        "commands"
    ]
    moderator = await page.hello("mo", "moderator")
    assert moderator["you"] == {"id": "mo", "name": "Mo", "role": "moderator"}
    assert [room["id"] for room in moderator["channels"]][:3] == ["stream", "", "alerts"]
    assert [entry["label"] for entry in moderator["menu"]] == [
        "Count as claim", "Not a claim", "Release", "Why?", "Warn",
    ]  # fmt: skip


async def test_private_answers_are_for_one_and_outlive_the_page(stand: Stand) -> None:
    ana, bob = await stand.page(), await stand.page()
    await ana.hello("ana")
    await bob.hello("bob")
    await ana.tell("post", channel="stream", text="/cart")
    assert (await ana.hears("post"))["post"]["kind"] == "command"
    answer = (await ana.hears("post"))["post"]
    assert (answer["person"], answer["channel"]) == ("ana", "stream")
    await ana.tell("post", channel="stream", text="thanks")
    assert (await bob.hears("post"))["post"]["text"] == "thanks"
    again = await (await stand.page()).hello("ana")
    assert answer in again["history"]
    assert answer not in (await bob.hello("bob"))["history"]


async def test_a_direct_message_a_form_and_a_menu(stand: Stand) -> None:
    page = await stand.page()
    await page.hello("mo", "moderator")
    await page.tell("direct", text="hello")
    assert (await page.hears("post"))["post"]["channel"] == ""
    assert (await page.hears("post"))["post"]["text"] == "You wrote: hello"
    await page.tell("post", channel="stream", text="/return")
    await page.hears("post")
    form = (await page.hears("post"))["post"]["form"]
    assert [field["name"] for field in form["fields"]] == ["item", "reason", "note"]
    await page.tell("submit", channel="stream", form=form["id"], values={"item": "A12"})
    assert (await page.hears("post"))["post"]["text"] == "Thank you. We look at A12."
    await page.tell("press", channel="stream", button="menu.why", line=1)
    await page.hears("post")
    press = stand.bot.heard[-1]
    assert isinstance(press, Press)
    assert (press.button, press.message) == ("menu.why", "local:1")


async def test_changes_are_shown_to_all(stand: Stand) -> None:
    ana, bob = await stand.page(), await stand.page()
    await ana.hello("ana")
    await bob.hello("bob")
    await ana.tell("post", channel="stream", text="hello")
    id = (await bob.hears("post"))["post"]["id"]
    await ana.tell("edit", id=id, text="hello all")
    assert (await bob.hears("edited"))["post"]["text"] == "hello all"
    address = Address("local", Reach.CHANNEL, "stream")
    await stand.bot.say(address, "", reactions=((str(id), "✅"),))
    assert (await bob.hears("reaction"))["post"]["reactions"] == ["✅"]
    await ana.tell("delete", id=id)
    assert (await bob.hears("deleted"))["post"] == {"id": id}
    refused = await bob.tell("delete", id=id)
    assert (await bob.hears("refused", nonce=refused))["text"] == "That line is gone."


async def test_a_line_belongs_to_who_sat_there_when_it_was_sent(stand: Stand) -> None:
    page = await stand.page()
    await page.hello("ana")
    await page.tell("post", channel="stream", text="by Ana")
    await page.hello("bob")
    await page.tell("post", channel="stream", text="by Bob")
    await page.hears("accepted", nonce="n4")
    said = [(m.person.id, m.text) for m in stand.bot.heard if isinstance(m, ChatMessage)]
    assert said == [("ana", "by Ana"), ("bob", "by Bob")]


async def test_a_burst_from_one_page_keeps_its_order(stand: Stand) -> None:
    page = await stand.page()
    await page.hello("ana")
    for number in range(200):
        await page.tell("post", channel="stream", text=f"line {number}")
    await page.hears("accepted", nonce="n201")
    said = [m.text for m in stand.bot.heard if isinstance(m, ChatMessage)]
    assert said == [f"line {number}" for number in range(200)]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ("not json", "reload"),
        ('{"type": "dance"}', "reload"),
        ('{"type": "post", "channel": "stream"}', "reload"),
        (json.dumps({"type": "direct", "text": "x" * 140_000, "nonce": "a"}), "too long"),
        ('{"type": "post", "channel": "stream", "text": "x", "nonce": "a"}', "who you are"),
        (
            '{"type": "hello", "person": {"id": "andon", "name": "Andon", "role": "owner"}}',
            "own name",
        ),
        ('{"type": "hello", "person": {"id": "ana", "name": "Ana", "role": "king"}}', "reload"),
    ],
)
async def test_what_is_not_understood_is_answered_with_a_sentence(
    stand: Stand, frame: str, words: str
) -> None:
    page = await stand.page()
    await page.socket.send_str(frame)
    assert words in (await page.hears("refused"))["text"]
    await page.hello("ana")


async def test_completion_asks_the_bot(stand: Stand) -> None:
    page = await stand.page()
    await page.hello("ana")
    await page.tell("complete", text="/why c")
    assert (await page.hears("completions", text="/why c"))["items"] == [
        {"insert": "/why C7", "label": "C7", "hint": "Wool throw, oatmeal"}
    ]


async def test_how_many_people_are_here(stand: Stand) -> None:
    ana, bob = await stand.page(), await stand.page()
    await ana.hello("ana")
    await bob.hello("bob")
    await ana.hears("status", people=2)
    await bob.socket.close()
    await ana.hears("status", people=1)


async def test_a_page_that_does_not_read_is_let_go_and_the_others_go_on(stand: Stand) -> None:
    slow, quick = await stand.page(), await stand.page()
    await slow.hello("ana")
    await quick.hello("bob")
    await quick.hears("status", people=2)
    assert slow.socket._conn is not None
    assert slow.socket._conn.transport is not None
    slow.socket._conn.transport.pause_reading()
    address = Address("local", Reach.CHANNEL, "stream")
    for number in range(20_000):
        await stand.bot.say(address, f"{number} " + "x" * 9_000)
        frame = await quick.socket.receive_json()
        if frame["type"] == "status":
            break
        assert frame["post"]["text"].startswith(f"{number} ")
    assert frame == {"type": "status", "people": 1}


# --- the board ---


async def test_the_board_comes_when_it_changed_and_reads_differently() -> None:
    boards = [SAMPLE_BOARD, SAMPLE_BOARD, replace(SAMPLE_BOARD, show="Late show")]
    read: list[Board] = []

    async def next_board() -> Board:
        read.append(boards[len(read)])
        if len(read) < len(boards):
            feed.changed()
        return read[-1]

    feed = BoardFeed(next_board, pace=0)
    feed.changed()
    assert read == []  # nobody looks
    shown: asyncio.Queue[str] = asyncio.Queue()
    leave = feed.watch(shown.put_nowait)
    feed.changed()
    names = [json.loads(await shown.get())["board"]["show"] for _ in range(2)]
    assert names == ["Friday evening live", "Late show"]
    assert read == boards
    leave()
    feed.changed()
    await feed.stop()
    assert shown.empty()


async def test_a_board_that_cannot_be_read_is_tried_again() -> None:
    fails = [True, True, False]

    async def read() -> Board:
        if fails.pop(0):
            raise BoardUnavailable
        return SAMPLE_BOARD

    feed = BoardFeed(read, pace=0)
    assert json.loads(await feed.frame())["board"] is None
    shown: asyncio.Queue[str] = asyncio.Queue()
    feed.watch(shown.put_nowait)
    feed.changed()
    assert json.loads(await shown.get())["board"]["shop"] == "Linden & Loom"
    await feed.stop()


async def test_a_bug_in_reading_the_board_does_not_end_it() -> None:
    boards: list[Board | None] = [None, SAMPLE_BOARD]

    async def read() -> Board:
        board = boards.pop(0)
        failed.set()
        assert board is not None
        return board

    failed = asyncio.Event()
    shown: asyncio.Queue[str] = asyncio.Queue()
    feed = BoardFeed(read, pace=0)
    feed.watch(shown.put_nowait)
    feed.changed()
    await failed.wait()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    feed.changed()
    assert json.loads(await shown.get())["board"]["shop"] == "Linden & Loom"
    await feed.stop()


async def test_a_second_screen_sees_the_board(stand: Stand) -> None:
    screen = await stand.page("board/ws")
    first = await screen.hears("board")
    assert first["board"]["items"][0]["variants"][1] == {
        "name": "M", "sku": "LS-M", "on_hand": 20, "left": 3, "held": 17, "waiting": 0,
        "lamp": "amber",
    }  # fmt: skip
    stand.bot.shown = replace(SAMPLE_BOARD, on_stage=())
    stand.server.changed()
    assert (await screen.hears("board"))["board"]["on_stage"] == []


# --- the server ---


async def test_without_a_stage_the_board_remains() -> None:
    async with Stand(stage=False) as stand:
        answer = await stand.http.get("/")
        assert answer.url.path == "/board"
        assert (await stand.http.get("/stage/ws")).status == 404
        assert (await stand.http.get("/healthz")).status == 200


async def test_a_token_closes_everything() -> None:
    async with Stand(token="secret") as stand:
        for path in ("/", "/board", "/healthz", "/metrics", "/stage/ws", "/board/ws"):
            assert (await stand.http.get(path)).status == 401, path
        shown = {"Authorization": "Bearer secret"}
        assert (await stand.http.get("/healthz", headers=shown)).status == 200


async def test_a_busy_port_is_said_plainly() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        bot = ScriptedBot(LocalPlatform(store=MemoryPosts(), clock=lambda: datetime.now(UTC)))
        views = Views(
            board=bot.board, health=bot.health, complete=bot.complete, commands=bot.commands
        )
        server = WebServer(port=port, platform=None, views=views, metrics=Metrics())
        with pytest.raises(PortBusy, match=rf"Port {port} .*ANDON_WEB__PORT"):
            await server.start()


@pytest.fixture
async def hook() -> AsyncIterator[str]:
    """A route that judges its requests itself, and says what it was sent."""

    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    bot = ScriptedBot(LocalPlatform(store=MemoryPosts(), clock=lambda: datetime.now(UTC)))
    server = WebServer(
        port=0,
        platform=None,
        views=Views(
            board=bot.board, health=bot.health, complete=bot.complete, commands=bot.commands
        ),
        metrics=Metrics(),
        outside=[Outside(method="POST", path="/hook", answer=echo)],
    )
    await server.start()
    yield f"{server.url}hook"
    await server.stop()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"paid", mtime=0)),
        ("gzip", gzip.compress(b"paid" * 50, mtime=0)[:-12]),
        ("gzip", gzip.compress(b"0" * 50_000_000, mtime=0)),
        ("gzip", b"paid"),
        ("GZIP", gzip.compress(b"paid", mtime=0)),
        ("deflate", zlib.compress(b"paid")),
        ("identity, gzip", gzip.compress(b"paid", mtime=0)),
        ("br", b"paid"),
        ("whatever", b"paid"),
    ],
)
async def test_a_compressed_body_is_refused(hook: str, encoding: str, body: bytes) -> None:
    async with aiohttp.ClientSession() as http:
        compressed = {"Content-Encoding": encoding}
        async with http.post(hook, data=body, headers=compressed) as answer:
            assert answer.status == 400
            assert await answer.text() == "Send it as it is, without Content-Encoding.\n"
        async with http.post(hook, data=b"paid") as answer:
            assert (answer.status, await answer.read()) == (200, b"paid")


async def test_a_body_that_is_called_as_it_is_is_read(hook: str) -> None:
    async with aiohttp.ClientSession() as http:
        plain = {"Content-Encoding": "identity"}
        async with http.post(hook, data=b"\x1f\x8b", headers=plain) as answer:
            assert (answer.status, await answer.read()) == (200, b"\x1f\x8b")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/board", "text/html"),
        ("/static/main.js", "text/javascript"),
        ("/static/stage.css", "text/css"),
        ("/static/lamp.svg", "image/svg+xml"),
    ],
)
async def test_files_are_fresh_and_not_sent_twice(stand: Stand, path: str, kind: str) -> None:
    answer = await stand.http.get(path)
    assert answer.status == 200
    assert answer.content_type == kind
    assert answer.charset == "utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    again = await stand.http.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, await again.read()) == (304, b"")


@pytest.mark.parametrize("path", ["/static/nothing.js", "/static/..%2fserver.py", "/static/", "/x"])
async def test_what_is_not_a_file_is_not_there(stand: Stand, path: str) -> None:
    assert (await stand.http.get(path)).status == 404


async def test_health_says_what_is_wrong(stand: Stand) -> None:
    stand.health = Health(
        database=True,
        platforms={"slack": PlatformState(connected=False, detail="Reconnecting.")},
        intake_lag_seconds=1.23456,
    )
    answer = await stand.http.get("/healthz")
    assert answer.status == 503
    assert await answer.json() == {
        "status": "degraded",
        "database": "ok",
        "platforms": {"slack": {"connected": False, "detail": "Reconnecting."}},
        "intake_lag_seconds": 1.235,
        "relay_lag_seconds": 0.0,
        "problems": [],
    }


@pytest.mark.parametrize(
    ("health", "well"),
    [
        (Health(database=True), True),
        (Health(database=False), False),
        (Health(database=True, problems=("Another process runs.",)), False),
        (Health(database=True, platforms={"x": PlatformState(connected=True, detail="")}), True),
        (Health(database=True, platforms={"x": PlatformState(connected=False, detail="")}), False),
    ],
)
def test_well_means_everything(health: Health, well: bool) -> None:
    assert health.well is well


async def test_metrics_are_those_of_one_andon(stand: Stand) -> None:
    page = await stand.page()
    await page.hello("ana")
    stand.health = Health(
        database=True,
        platforms={"local": PlatformState(connected=True, detail="")},
        relay_lag_seconds=2.5,
    )
    answer = await stand.http.get("/metrics")
    assert answer.content_type == "text/plain"
    lines = (await answer.text()).splitlines()
    assert {
        "andon_database_up 1.0",
        'andon_platform_connected{platform="local"} 1.0',
        "andon_relay_lag_seconds 2.5",
        "andon_stage_pages 1.0",
    } <= set(lines)
    intake, relay = intake_figures.Figures(), relay_figures.Figures()
    metrics = Metrics(intake=intake, relay=relay)
    intake.messages, intake.set_aside = 3, 1
    relay.sent, relay.delayed = 2, 1
    lines = metrics.text(Health(database=False)).decode().splitlines()
    assert {
        "andon_intake_messages_total 3.0",
        "andon_intake_set_aside_total 1.0",
        'andon_deliveries_total{outcome="sent"} 2.0',
        'andon_deliveries_total{outcome="delayed"} 1.0',
        'andon_deliveries_total{outcome="failed"} 0.0',
        "andon_stage_pages 0.0",
        "andon_database_up 0.0",
    } <= set(lines)


def test_every_figure_of_the_intake_can_be_watched() -> None:
    assert set(INTAKE) == {field.name for field in fields(intake_figures.Figures)}
