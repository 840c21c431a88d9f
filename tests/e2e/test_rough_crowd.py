"""The open door of a real shop: floods, nonsense, forgery, and people with strange names."""

import asyncio
import itertools
import json
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.fakes.live_shop import LiveShop

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("rough")]

CATALOGUE = """code,variant,sku,title,price,currency,stock,limit,bin,final_sale,replacements,aliases
M3,,M3,Stoneware mug,18.00,USD,50,,R2,no,,mug
D1,S,D1-S,Linen dress,48.00,USD,4,2,R1,no,,dress
D1,M,D1-M,Linen dress,48.00,USD,4,2,R1,no,,dress
"""
RULES = "[sale]\nclaimable = 'listed'\nrelease_delay_seconds = 600\n"
ZALGO = "Z" + "\u0335\u0321\u0489\u035f" * 9
HOSTILE = [
    "<script>alert(1)</script>",
    "\u202eevil\u202c \u2066x\u2069",
    ZALGO,
    "'; DROP TABLE claims; --",
    "{{ 7 * 7 }} {% for x in y %}",
    "@{ana} @everyone <@123>",
]
NONSENSE = [
    "",
    "not json",
    "null",
    "[]",
    "{}",
    '"post"',
    "[" * 5_000,
    '{"type": "post"}',
    '{"type": "nothing", "nonce": "x"}',
    '{"type": "post", "channel": 7, "text": [], "nonce": {}}',
    '{"type": "press", "channel": "stream", "button": "' + "x" * 101 + '", "nonce": "a"}',
    '{"type": "delete", "id": 1e400, "nonce": "a"}',
    '{"type": "edit", "id": 99999999999999999999999, "text": "x", "nonce": "a"}',
    '{"type": "post", "channel": "stream", "text": "\\ud83d", "nonce": "a"}',
    '{"type": "hello", "person": {"id": "andon", "name": "Andon", "role": "owner"}}',
    '{"type": "hello", "person": {"id": "x", "name": "X", "role": "god"}}',
    '{"type": "submit", "channel": "stream", "form": "x", "values": {"a": 1}, "nonce": "a"}',
]


class Seat:
    """A page without a browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self._numbers = itertools.count()
        self._kept: list[dict[str, Any]] = []

    async def tell(self, type: str, **fields: Any) -> str:
        nonce = fields.pop("nonce", f"n{id(self)}-{next(self._numbers)}")
        await self.socket.send_json({"type": type, "nonce": nonce, **fields})
        return str(nonce)

    async def hears(self, type: str, **fields: Any) -> dict[str, Any]:
        """The next frame of this type in which these fields read so; others are kept."""

        def fits(frame: dict[str, Any]) -> bool:
            return frame["type"] == type and fields.items() <= frame.items()

        for number, frame in enumerate(self._kept):
            if fits(frame):
                return self._kept.pop(number)
        async with asyncio.timeout(30):
            while not fits(frame := await self.socket.receive_json()):
                self._kept.append(frame)
        return frame

    async def sees(self, *words: str) -> dict[str, Any]:
        """The next post that holds all these words."""
        while True:
            post: dict[str, Any] = (await self.hears("post"))["post"]
            if all(word in post["text"] for word in words):
                return post

    async def hello(self, id: str, role: str = "viewer", name: str | None = None) -> dict[str, Any]:
        who = {"id": id, "name": name or id.title(), "role": role}
        return await self.hears("welcome", nonce=await self.tell("hello", person=who))

    async def says(self, text: str, channel: str = "stream") -> int | None:
        nonce = await self.tell("post", channel=channel, text=text)
        accepted: int | None = (await self.hears("accepted", nonce=nonce))["id"]
        return accepted


class Door:
    """A running shop with a live show, and the way in."""

    def __init__(self, shop: LiveShop, http: aiohttp.ClientSession) -> None:
        self.shop = shop
        self.http = http

    async def seat(self, id: str = "", role: str = "viewer", name: str | None = None) -> Seat:
        seat = Seat(await self.http.ws_connect(f"{self.shop.url}stage/ws", max_msg_size=2**24))
        if id:
            await seat.hello(id, role, name)
        return seat


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    folder = tmp_path_factory.mktemp("rough")
    async with (
        LiveShop(folder, CATALOGUE, settings=RULES) as shop,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
    ):
        door = Door(shop, http)
        mo = await door.seat("mo", "moderator")
        await mo.says("/show start Rough night")
        await mo.sees("Rough night is live")
        yield door
        assert shop.runs
        assert not [line for line in shop.log if "Traceback" in line], "".join(shop.log)


async def test_nonsense_is_refused_and_the_page_goes_on(door: Door) -> None:
    eve = await door.seat("eve")
    for text in NONSENSE:
        await eve.socket.send_str(text)
    await eve.tell("hello", person={"id": "eve", "name": "Eve", "role": "viewer"})
    assert await eve.says("still here") is not None
    await eve.socket.send_str(json.dumps({"type": "post", "text": "x" * 200_000}))
    sentence = "That is too long to send. Your text is kept: please shorten it."
    await eve.hears("refused", text=sentence)
    await eve.socket.send_bytes(b"\x00" * 100)
    async with asyncio.timeout(60):
        while (await eve.socket.receive()).type is not aiohttp.WSMsgType.CLOSED:
            continue


async def test_a_huge_frame_ends_one_page_only(door: Door) -> None:
    eve, ana = await door.seat("eve"), await door.seat("ana")
    await eve.socket.send_str("x" * 2_000_000)
    async with asyncio.timeout(60):
        while not eve.socket.closed:
            await eve.socket.receive()
    assert await ana.says("nobody noticed") is not None


async def test_a_flood_does_not_drown_the_others(door: Door) -> None:
    eve, ana = await door.seat("eve"), await door.seat("ana")
    frames = itertools.cycle(
        [
            '{"type": "complete", "text": "/w"}',
            "nonsense",
            '{"type": "press", "channel": "stream", "button": "nothing:1", "nonce": "same"}',
            '{"type": "delete", "id": 1, "nonce": "n"}',
        ]
    )

    async def flood() -> None:
        for text in itertools.islice(frames, 10_000):
            await eve.socket.send_str(text)

    flooding = asyncio.create_task(flood())
    began = time.monotonic()
    for number in range(5):
        await ana.says(f"claim M3 x{number + 1}")
    assert time.monotonic() - began < 20
    flooding.cancel()
    await asyncio.gather(flooding, return_exceptions=True)
    await eve.socket.close()
    await ana.sees("@{ana}", "yours")


async def test_two_hundred_pages_hear_one_line(door: Door) -> None:
    seats = await asyncio.gather(*(door.seat(f"v{number}") for number in range(200)))
    await seats[0].says("can everyone hear me")
    await asyncio.gather(*(seat.sees("can everyone hear me") for seat in seats))
    await asyncio.gather(*(seat.socket.close() for seat in seats))


async def test_a_reader_that_never_reads_holds_up_nobody(door: Door) -> None:
    host, port = "127.0.0.1", int(door.shop.url.rstrip("/").rpartition(":")[2])
    key = "GET /stage/ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    key += f"Host: {host}\r\nSec-WebSocket-Version: 13\r\n"
    key += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    with socket.create_connection((host, port)) as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        stuck.sendall(key.encode())
        ana = await door.seat("ana")
        began = time.monotonic()
        for number in range(50):
            await ana.says(f"{number} " + "w" * 9_000)
        assert time.monotonic() - began < 20


async def test_a_button_acts_for_who_presses_it(door: Door) -> None:
    ana, bob = await door.seat("ana2"), await door.seat("bob2")
    await ana.says("claim M3")
    await ana.sees("@{ana2}", "yours")
    line = await ana.says("cancel M3")
    keep = next(
        button["id"]
        for button in (await ana.sees("goes back"))["buttons"]
        if "Keep" in button["label"]
    )
    await bob.tell("press", channel="stream", button=keep)
    answer = await bob.sees("nothing")
    assert answer["person"] == "bob2"
    await ana.says("/cart")
    assert "goes back" in (await ana.sees("Your cart"))["text"]
    for act, what in (("edit", {"text": "claim M3 x9"}), ("delete", {})):
        nonce = await bob.tell(act, id=line, **what)
        refused = await bob.hears("refused", nonce=nonce)
        assert refused["text"] == "You can change only what you wrote yourself."


@pytest.mark.parametrize(
    "button",
    [
        "claims.size:", "claims.size:x", "claims.size:1:2:3", "claims.size:" + "9" * 60,
        "claims.keep:-1", "claims.only:\u0664", "claims.instead:1", "claims.forme:1:x",
        "holds.extend:zzz", "nothing", ":", "menu.why",
    ],
)  # fmt: skip
async def test_a_forged_button_does_nothing(door: Door, button: str) -> None:
    eve = await door.seat("forger")
    nonce = await eve.tell("press", channel="stream", button=button, line=1)
    await eve.hears("accepted", nonce=nonce)
    health = await (await door.http.get(f"{door.shop.url}metrics")).text()
    assert "andon_intake_set_aside_total 0.0" in health


async def test_a_viewer_has_no_way_to_the_team(door: Door) -> None:
    eve = await door.seat("eve3")
    for channel in ("alerts", "support", "no such place"):
        nonce = await eve.tell("post", channel=channel, text="let me in")
        assert "for the team" in (await eve.hears("refused", nonce=nonce))["text"]
    await eve.tell("press", channel="stream", button="menu.count", line=1)
    assert "please ask" in (await eve.hears("post"))["post"]["text"]
    await eve.tell("submit", channel="stream", form="claims.count:local:1", values={"code": "M3"})
    assert "please ask" in (await eve.hears("post"))["post"]["text"]
    await eve.says("/stage M3")
    assert "please ask" in (await eve.sees("please ask"))["text"]


async def test_two_tabs_are_one_person(door: Door) -> None:
    one, other = await door.seat("twin"), await door.seat("twin")
    await one.says("/cart")
    seen = [(await tab.sees("You have nothing"))["id"] for tab in (one, other)]
    assert seen[0] == seen[1]
    ids = []
    for tab in (one, other):
        nonce = await tab.tell("post", channel="stream", text="once only", nonce="one-and-the-same")
        ids.append((await tab.hears("accepted", nonce=nonce))["id"])
    assert ids[0] == ids[1]


@pytest.mark.parametrize("name", [name[:40] for name in HOSTILE], ids=range(len(HOSTILE)))
async def test_a_strange_name_is_only_a_name(door: Door, name: str) -> None:
    strange = await door.seat(f"strange-{HOSTILE.index(name)}", name=name)
    ana = await door.seat("ana4")
    await strange.says("claim M3")
    post = await ana.sees("is yours")
    assert post["mentions"] == {f"strange-{HOSTILE.index(name)}": " ".join(name.split())}
    assert name not in post["text"]


async def test_a_strange_text_is_only_text(door: Door) -> None:
    eve, ana = await door.seat("eve5"), await door.seat("ana5")
    for text in (*HOSTILE, "w" * 10_000, "\u0e2a" * 10_000, "claim " + "\u200b" * 200 + "M3"):
        await eve.says(text)
        post = (await ana.hears("post"))["post"]
        assert (post["text"], post["mentions"]) == (text, {})
    nonce = await eve.tell("post", channel="stream", text="w" * 10_001)
    assert "10,001 characters" in (await eve.hears("refused", nonce=nonce))["text"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_other_pages_and_names_are_kept_out(door: Door, headers: dict[str, str]) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await door.http.ws_connect(f"{door.shop.url}stage/ws", headers=headers)
    assert refused.value.status == 403


async def test_a_token_guards_what_others_can_reach(tmp_path_factory: Any) -> None:
    web = "host = '0.0.0.0'\ntoken = 'a-long-secret'\n"
    folder = tmp_path_factory.mktemp("token")
    async with LiveShop(folder, CATALOGUE, web=web) as shop, aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{shop.url.rpartition(chr(58))[2]}"
        for path in ("", "board", "healthz", "metrics", "stage/ws", "board/ws"):
            answer = await http.get(url + path)
            assert answer.status == 401
            assert "a-long-secret" not in await answer.text()
        assert (await http.get(f"{url}?token=wrong")).status == 401
        shown = {"Authorization": "Bearer a-long-secret"}
        socket = await http.ws_connect(f"{url}stage/ws", headers=shown)
        assert (await Seat(socket).hello("ana"))["you"]["id"] == "ana"
        await socket.close()
        assert "a-long-secret" not in "".join(shop.log)
