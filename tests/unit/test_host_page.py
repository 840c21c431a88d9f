"""The host's page behind its browser: who may act, how a press is answered, what is seen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import aiohttp
import pytest
from sqlalchemy import select

from bot.platforms.base import Outgoing
from bot.platforms.local import LocalPlatform, Refused
from bot.web.board import BoardUnavailable
from bot.web.health import Health
from bot.web.host import HostRoom
from bot.web.host_desk import HostDesk, LocalDesk, WebDesk
from bot.web.metrics import Metrics
from bot.web.server import Views, WebServer
from handlers.host.seeing import HostItem, HostLook, HostNext, HostSize, see
from handlers.messages import Address, Press, Reach
from handlers.people import Person, Role
from storage.engine import Storage
from storage.schema import traffic
from tests.fakes.posts import MemoryPosts
from tests.fakes.scripted_bot import ScriptedBot
from tests.fakes.shop import Shop

LOOK = HostLook(
    show=1,
    name="Friday finds",
    state="live",
    stage=7,
    item=HostItem(
        code="A12",
        title="Linen dress",
        price="$48.00",
        state="on_sale",
        sizes=(HostSize(name="S", left=2, waiting=0, lamp="green", counting=False),),
    ),
    line="Linen dress, $48.00. Type claim A12.",
    next=HostNext(code="B3", title="Mug", price="$18.00", left=3),
)


class Desk:
    """Takes presses, one at a time as the test lets them through."""

    def __init__(self) -> None:
        self.pressed: list[tuple[str, str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.refuses = ""
        self.does: Callable[[], None] = lambda: None

    def welcome(self, id: str, name: str, role: Role) -> Person:
        return Person(platform="local", id=id, name=name, roles=frozenset({role}))

    async def press(
        self, person: Person, button: str, nonce: str, answered: Callable[[str], None]
    ) -> None:
        if self.refuses:
            raise Refused(self.refuses)
        self.pressed.append((person.id, button))
        await self.gate.wait()
        self.does()
        answered(f"Done: {button}")


class Page:
    """A host's page without a browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def tell(self, type: str, **fields: Any) -> None:
        await self.socket.send_json({"type": type, **fields})

    async def hears(self, type: str) -> dict[str, Any]:
        async with asyncio.timeout(5):
            while True:
                frame: dict[str, Any] = await self.socket.receive_json()
                if frame["type"] == type:
                    return frame

    async def next_frame(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            return dict(await self.socket.receive_json())

    async def hello(self, id: str, role: str) -> dict[str, Any]:
        await self.tell("hello", person={"id": id, "name": id.title(), "role": role}, nonce="h")
        return await self.hears("welcome")

    async def does(self, act: str, nonce: str, *, stage: int = 7) -> None:
        await self.tell("do", act=act, show=1, stage=stage, nonce=nonce)


class Stand:
    """A web server with a host's page, and a client in front of it."""

    def __init__(self, server: WebServer, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.http = http
        self.look: HostLook | None = LOOK

    async def read(self) -> HostLook:
        if self.look is None:
            raise BoardUnavailable
        return self.look

    async def page(self) -> Page:
        return Page(await self.http.ws_connect(f"{self.server.url}host/ws"))


@asynccontextmanager
async def opened(desk: HostDesk, *, token: str | None = None) -> AsyncIterator[Stand]:
    bot = ScriptedBot(LocalPlatform(store=MemoryPosts(), clock=lambda: datetime.now(UTC)))

    async def healthy() -> Health:
        return Health(database=True)

    async with aiohttp.ClientSession() as http:
        stand: Stand
        room = HostRoom(lambda: stand.read(), desk)
        views = Views(board=bot.board, health=healthy, complete=bot.complete, commands=bot.commands)
        server = WebServer(
            port=0, token=token, platform=None, views=views, metrics=Metrics(), host_room=room
        )
        stand = Stand(server, http)
        await server.start()
        try:
            yield stand
        finally:
            await server.stop()


# --- who may ---


async def test_who_opens_the_page_sees_it_before_saying_who_they_are() -> None:
    async with opened(Desk()) as stand:
        page = await stand.page()
        seen = (await page.hears("host"))["host"]
        assert (seen["item"]["code"], seen["next"]["code"], seen["back"]) == ("A12", "B3", None)


@pytest.mark.parametrize("role", ["host", "moderator", "producer", "owner"])
async def test_who_runs_the_show_acts(role: str) -> None:
    desk = Desk()
    async with opened(desk) as stand:
        page = await stand.page()
        assert (await page.hello("hana", role))["may"]
        await page.does("next", "n1")
        assert (await page.hears("accepted"))["nonce"] == "n1"
    assert desk.pressed == [("hana", "host.next:1:7")]


@pytest.mark.parametrize("role", ["viewer", "customer", "packer", "support"])
async def test_anyone_else_reads_and_cannot_act(role: str) -> None:
    desk = Desk()
    async with opened(desk) as stand:
        page = await stand.page()
        assert not (await page.hello("ana", role))["may"]
        await page.does("next", "n1")
        refused = await page.hears("refused")
        assert (refused["nonce"], "Nothing was changed" in refused["text"]) == ("n1", True)
    assert desk.pressed == []


async def test_nobody_in_particular_cannot_act() -> None:
    desk = Desk()
    async with opened(desk) as stand:
        page = await stand.page()
        await page.does("next", "n1")
        assert (await page.hears("refused"))["text"] == "Say who you are first."
    assert desk.pressed == []


async def test_a_token_closes_the_page_and_its_socket() -> None:
    async with opened(Desk(), token="secret") as stand:
        for path in ("host", "host/ws"):
            assert (await stand.http.get(f"{stand.server.url}{path}")).status == 401
        shown = {"Authorization": "Bearer secret"}
        answer = await stand.http.get(f"{stand.server.url}host", headers=shown)
        assert answer.status == 200
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


async def test_another_sites_page_cannot_open_the_socket() -> None:
    async with opened(Desk()) as stand:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await stand.http.ws_connect(f"{stand.server.url}host/ws", origin="https://evil.example")


# --- presses ---


async def test_what_came_of_a_press_is_shown_before_it_is_answered() -> None:
    desk = Desk()
    async with opened(desk) as stand:
        page = await stand.page()
        await page.hello("hana", "host")

        def moved() -> None:
            stand.look = replace(LOOK, stage=8)

        desk.does = moved
        await page.does("next", "n1")
        frames = [await page.next_frame() for _ in range(3)]
        assert [frame["type"] for frame in frames] == ["answer", "host", "accepted"]
        assert frames[0] == {"type": "answer", "nonce": "n1", "text": "Done: host.next:1:7"}
        assert frames[1]["host"]["stage"] == 8


async def test_a_second_press_while_one_is_under_way_does_nothing() -> None:
    desk = Desk()
    desk.gate.clear()
    async with opened(desk) as stand:
        page = await stand.page()
        await page.hello("hana", "host")
        await page.does("next", "n1")
        await page.does("next", "n2")
        assert (await page.hears("refused"))["nonce"] == "n2"
        await page.tell("beat")
        await page.hears("beat")
        desk.gate.set()
        assert (await page.hears("accepted"))["nonce"] == "n1"
        await page.does("pause", "n3")
        assert (await page.hears("accepted"))["nonce"] == "n3"
    assert [button for _, button in desk.pressed] == ["host.next:1:7", "host.pause:1:7"]


async def test_a_press_that_is_refused_says_why_and_the_next_one_counts() -> None:
    desk = Desk()
    desk.refuses = "Andon is just starting."
    async with opened(desk) as stand:
        page = await stand.page()
        await page.hello("hana", "host")
        await page.does("next", "n1")
        refused = await page.hears("refused")
        assert (refused["nonce"], refused["text"]) == ("n1", "Andon is just starting.")
        desk.refuses = ""
        await page.does("next", "n2")
        await page.hears("accepted")


@pytest.mark.parametrize(
    "fields",
    [
        {"act": "end", "show": 1, "stage": 7, "nonce": "n"},
        {"act": "next", "show": 0, "stage": 7, "nonce": "n"},
        {"act": "next", "show": 1, "stage": -1, "nonce": "n"},
        {"act": "next", "show": "1:2", "stage": 7, "nonce": "n"},
        {"act": "next", "show": 1, "stage": 7, "nonce": "n|m"},
    ],
)
async def test_what_is_no_press_of_the_page_does_nothing(fields: dict[str, Any]) -> None:
    desk = Desk()
    async with opened(desk) as stand:
        page = await stand.page()
        await page.hello("hana", "host")
        await page.tell("do", **fields)
        assert "reload" in (await page.hears("refused"))["text"]
    assert desk.pressed == []


async def test_a_database_that_cannot_be_read_is_said() -> None:
    async with opened(Desk()) as stand:
        stand.look = None
        page = await stand.page()
        assert (await page.hears("host"))["host"] is None
        stand.look = LOOK
        stand.server.changed()
        assert (await page.hears("host"))["host"]["name"] == "Friday finds"


# --- the two desks ---


async def test_on_the_local_stage_the_host_is_one_of_its_people() -> None:
    platform = LocalPlatform(store=MemoryPosts(), clock=lambda: datetime.now(UTC))
    bot = ScriptedBot(platform)
    desk = LocalDesk(platform)
    await platform.start(bot)
    hana = desk.welcome("hana", " Hana  B ", Role.HOST)
    told: list[str] = []
    await desk.press(hana, "host.next:1:7", "n1", told.append)
    press = bot.heard[-1]
    assert isinstance(press, Press)
    assert (press.person.platform, press.person.name, press.button) == (
        "local", "Hana B", "host.next:1:7",
    )  # fmt: skip
    assert told == ["Done: host.next:1:7 "]
    # Whatever else is hers alone is not for a screen on the set.
    await bot.say(Address("local", Reach.PERSON, "hana"), "Your cart")
    assert told == ["Done: host.next:1:7 "]
    with pytest.raises(Refused, match="own name"):
        desk.welcome("andon", "Andon", Role.OWNER)
    await platform.stop()
    with pytest.raises(Refused):
        await desk.press(hana, "host.next:1:7", "n2", told.append)


async def test_where_the_chat_is_elsewhere_the_page_is_the_host(storage: Storage) -> None:
    desk = WebDesk(lambda: datetime.now(UTC))
    person = desk.welcome("ana", "Ana", Role.OWNER)
    assert (person.platform, person.roles) == ("web", frozenset({Role.HOST}))
    told: list[str] = []
    with pytest.raises(Refused):
        await desk.press(person, "host.next:1:0", "n1", told.append)
    async with Shop(storage) as shop:
        platforms = cast(dict[str, object], shop.andon.platforms)
        platforms["web"] = desk
        await shop.show()
        await desk.start(shop.andon.intake)
        button = f"host.next:{(await seen(shop)).show}:0"
        await desk.press(person, button, "n1", told.append)
        await shop.andon.relay.drain()
        assert told == ["D1 is on stage: 6 left."]
        # The page asks again where it is not sure: the same press counts once.
        await desk.press(person, button, "n1", told.append)
        await shop.andon.relay.drain()
        assert await audit(shop) == [("Host", "stage", "D1")]
    await desk.stop()
    with pytest.raises(Refused):
        await desk.press(person, button, "n2", told.append)


async def test_an_answer_to_a_page_that_is_gone_is_no_trouble() -> None:
    posted = Outgoing(
        id=1,
        address=Address("web", Reach.REPLY, "n1"),
        kind="answer",
        text="D1 is on stage: 6 left.",
        at=datetime.now(UTC),
    )
    assert await WebDesk(lambda: datetime.now(UTC)).post(posted) is None


# --- what is seen ---


async def seen(shop: Shop) -> HostLook:
    dispatcher = shop.andon.dispatcher
    await dispatcher.refresh()
    async with shop.storage.read() as tx:
        return await see(tx, dispatcher.snapshot, dispatcher.house, shop.clock.now())


async def test_before_a_show_there_is_nothing_to_do(storage: Storage) -> None:
    async with Shop(storage) as shop:
        look = await seen(shop)
        assert (look.show, look.item, look.next, look.line) == (0, None, None, "")


async def test_the_run_order_is_that_of_the_stage(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        first = await seen(shop)
        assert (first.next and first.next.code, first.back) == ("D1", None)
        assert first.line == "Coming up next: Linen dress."
        await shop.command("/stage D2")
        look = await seen(shop)
        assert look.item is not None
        assert (look.item.code, look.item.price) == ("D2", "$42.00")
        assert (look.back and look.back.code, look.next and look.next.code) == ("D1", "M3")
        assert look.line == "Cotton kaftan, $42.00. Type claim D2."
        await shop.command("/stage 7")
        assert (await seen(shop)).next is None


async def test_the_line_to_say_is_the_lamps_own(storage: Storage) -> None:
    async with Shop(storage, soft_pause="notify") as shop:
        await shop.show()
        await shop.command("/stage D1")
        assert (await seen(shop)).line == (
            "Linen dress, $48.00. Type claim D1 and the one you want."
        )
        await shop.says("Ana", "claim D1 L")
        await shop.says("Bob", "claim D1 L")
        look = await seen(shop)
        assert look.line.startswith("The linen dress in L has found a home. Type claim D1 L")
        assert "the cotton kaftan" in look.line
        assert look.item is not None
        assert [(size.name, size.left, size.waiting, size.lamp) for size in look.item.sizes] == [
            ("S", 2, 0, "green"), ("M", 3, 0, "green"), ("L", 0, 1, "red"),
        ]  # fmt: skip
        assert look.waiting == 1
        # What came free makes it well again, and then nothing of scarcity is said.
        await shop.command("/stage M3")
        await shop.says("Cy", "claim M3 x3")
        assert (await seen(shop)).line.startswith("The stoneware mug has found a home.")
        await shop.command("/claim void Cy M3")
        assert (await seen(shop)).line == "Stoneware mug, $18.00. Type claim M3."
        # With one size alone on stage, another one is no news.
        await shop.command("/stage D1 M")
        assert (await seen(shop)).line == "Linen dress, $48.00. Type claim D1."


async def test_a_pause_goes_before_everything(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stage M3")
        await shop.command("/stock pause M3")
        assert (await seen(shop)).line.startswith("One moment, please.")
        await shop.command("/stock stop M3")
        assert (await seen(shop)).line == (
            "Stoneware mug: closed for now. Type claim M3 and you are next in line."
        )
        await shop.command("/show pause")
        look = await seen(shop)
        assert (look.state, look.line.partition(".")[0]) == ("paused", "A short break")


# --- what a press does ---


async def audit(shop: Shop) -> list[tuple[str, str, str]]:
    rows = await shop.rows(
        select(traffic.audit.c.name, traffic.audit.c.action, traffic.audit.c.subject)
        .where(traffic.audit.c.action.not_like("show.%"))
        .order_by(traffic.audit.c.id)
    )
    return [(row.name, row.action, row.subject) for row in rows]


async def presses(shop: Shop, act: str, *, role: str = "host", on: HostLook | None = None) -> str:
    """Hana presses on what her page shows now, or showed then."""
    shown = on or await seen(shop)
    button = f"host.{act}:{shown.show}:{shown.stage}"
    return (await shop.presses_id("Hana", button, role=role)).text


async def test_a_press_is_the_command_in_the_audit_and_can_be_taken_back(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        assert await presses(shop, "next") == "D1 is on stage: 6 left."
        assert await presses(shop, "next") == "D2 is on stage: 5 left."
        assert await presses(shop, "back") == "D1 is on stage: 6 left."
        assert (await presses(shop, "pause")).startswith("D1 is paused")
        assert (await presses(shop, "resume")).startswith("D1 goes on")
        assert "D1" in await presses(shop, "undo")
        look = await seen(shop)
        assert look.item is not None
        assert look.item.state == "paused"
        assert await audit(shop) == [
            ("Hana", "stage", "D1"),
            ("Hana", "stage", "D2"),
            ("Hana", "stage", "D1"),
            ("Hana", "stock.pause", "D1"),
            ("Hana", "stock.resume", "D1"),
            ("Hana", "undo", "stock.resume D1"),
        ]


async def test_a_press_on_an_old_page_changes_nothing(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        old = await seen(shop)
        await presses(shop, "next", on=old)
        for act in ("next", "back", "pause", "resume", "undo"):
            told = await presses(shop, act, on=old)
            assert told == "D1 is on stage by now; nothing was changed."
        now = await seen(shop)
        await shop.command("/show end")
        for act in ("next", "pause", "undo"):
            assert "not live any more" in await presses(shop, act, on=now)
        assert await audit(shop) == [("Hana", "stage", "D1")]


async def test_what_was_stopped_is_not_started_by_a_pedal(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        assert "Nothing is on stage" in await presses(shop, "pause")
        await shop.command("/stage D1")
        await shop.command("/stock stop D1")
        for act in ("pause", "resume"):
            assert await presses(shop, act) == "D1 is stopped by now; nothing was changed."
        look = await seen(shop)
        assert look.item is not None
        assert look.item.state == "stopped"


async def test_a_viewer_presses_in_vain(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        assert "cannot use Next" in await presses(shop, "next", role="viewer")
        assert (await seen(shop)).item is None
