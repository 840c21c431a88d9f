"""The host's page in a real browser, in front of a shop that really runs."""

import asyncio
import json
import secrets
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.test_stage_page import TOO_FAINT
from tests.fakes.browser import Browser, Tab, need_chromium
from tests.fakes.live_shop import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

CATALOGUE = """code,variant,sku,title,price,currency,stock,limit,bin,final_sale,replacements,aliases
A12,S,A12-S,Linen wrap dress,58.00,USD,1,,R1,no,B3,
A12,M,A12-M,Linen wrap dress,58.00,USD,10,,R1,no,B3,
A12,L,A12-L,Linen wrap dress,58.00,USD,30,,R1,no,B3,
B3,,B3,Stoneware mug,18.00,USD,6,,R2,no,,
C1,,C1,Wool throw,72.00,USD,4,,R2,no,,
"""
LONG = "Hand-dyed merino cardigan with horn buttons from the valley and a very long name"
MANY = "".join(
    f"Z9,Colour {n} / Extra large,Z9-{n},{LONG},129.00,USD,{n},,R1,no,,\n" for n in range(14)
)
#: Legible at two metres on a screen of 1280 by 800: what is read while speaking, and the rest.
SAID_AT_LEAST, SHOWN_AT_LEAST = 40, 16

TEXT_SIZES = """(() => {
  const sizes = {};
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    const text = walk.currentNode.data.trim();
    if (text && e.checkVisibility()) sizes[text] = parseFloat(getComputedStyle(e).fontSize);
  }
  return sizes;
})()"""


class FrozenShop(LiveShop):
    """A shop whose process can stand still, as a network that swallows everything."""

    def stand_still(self, still: bool) -> None:
        assert self._program is not None
        self._program.send_signal(signal.SIGSTOP if still else signal.SIGCONT)


class Talker:
    """Somebody on the stage, without a browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def is_(self, id: str, role: str) -> None:
        who = {"id": id, "name": id.title(), "role": role}
        await self._socket.send_json({"type": "hello", "person": who, "nonce": "h"})
        await self._hears("welcome")

    async def says(self, text: str) -> None:
        nonce = secrets.token_hex(8)
        post = {"type": "post", "channel": "stream", "text": text, "nonce": nonce}
        await self._socket.send_json(post)
        await self._hears("accepted")

    async def _hears(self, type: str) -> None:
        async with asyncio.timeout(60):
            while (await self._socket.receive_json())["type"] != type:
                continue


class Show:
    """A live show, its moderator, and a browser for the host."""

    def __init__(self, shop: FrozenShop, browser: Browser, http: aiohttp.ClientSession) -> None:
        self.shop = shop
        self.browser = browser
        self._http = http

    async def somebody(self, id: str, role: str = "viewer") -> Talker:
        talker = Talker(await self._http.ws_connect(f"{self.shop.url}stage/ws"))
        await talker.is_(id, role)
        return talker

    async def host(self, query: str = "", *, as_: str = "hana", **size: int) -> Tab:
        tab = await self.browser.open(f"{self.shop.url}host{query}", **size)
        await tab.wait_for(f"document.body.dataset.ready === {json.dumps(as_)}")
        await tab.wait_for("document.body.dataset.wire === 'open'")
        return tab

    def audit(self) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.shop.database)) as database:
            return database.execute(
                "SELECT name, action, subject FROM audit WHERE action NOT LIKE 'show%' ORDER BY id"
            ).fetchall()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    need_chromium()
    async with Browser.launched() as chromium:
        yield chromium


@pytest_asyncio.fixture(loop_scope="module")
async def show(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Show]:
    folder = tmp_path_factory.mktemp("host")
    rules = "[sale]\nsoft_pause = 'notify'\n"
    async with (
        FrozenShop(folder, CATALOGUE + MANY, settings=rules) as shop,
        aiohttp.ClientSession() as http,
    ):
        show = Show(shop, chromium, http)
        await (await show.somebody("mo", "moderator")).says("/show start Friday finds")
        yield show
        await chromium.close_tabs()


async def ready(tab: Tab) -> None:
    """The press before is answered."""
    await tab.wait_for("document.querySelector('#forward').ariaDisabled === 'false'")


async def presses(tab: Tab, key: str) -> None:
    await tab.press(key)
    await ready(tab)


async def test_a_pedal_runs_the_show(show: Show) -> None:
    host = await show.host()
    await host.sees("#next", "A12")
    await host.press("PageDown")
    await host.sees("#stage", "Linen wrap dress")
    await host.sees("#stage", "$58.00")
    await host.sees("#line", "Linen wrap dress, $58.00. Type claim A12 and the one you want.")
    await ready(host)
    await host.press("ArrowRight")
    await host.sees("#stage", "Stoneware mug")
    await host.sees("#next", "C1")
    await ready(host)
    await host.press("PageUp")
    await host.sees("#stage", "A12")
    await ready(host)
    await host.press("b")
    await host.sees("#facts", "Paused: claims are kept in order")
    await host.sees("#pause", "Resume")
    await host.sees("#line", "One moment, please.")
    await ready(host)
    await host.press("B")
    await host.wait_for("!document.querySelector('#facts').innerText")
    await ready(host)
    await host.click("#undo")
    await host.sees("#facts", "Paused")
    await host.sees("#told", "A12")
    assert show.audit() == [
        ("Hana", "stage", "A12"),
        ("Hana", "stage", "B3"),
        ("Hana", "stage", "A12"),
        ("Hana", "stock.pause", "A12"),
        ("Hana", "stock.resume", "A12"),
        ("Hana", "undo", "stock.resume A12"),
    ]
    assert host.problems == []


async def test_the_ends_of_the_run_order_are_said(show: Show) -> None:
    host = await show.host()
    await host.press("PageUp")
    await host.sees("#told", "There is nothing before that.")
    await host.press("b")
    await host.sees("#told", "Nothing is on stage")
    await (await show.somebody("mo", "moderator")).says("/stage Z9")
    await host.sees("#next", "this is the last one")
    await host.press("PageDown")
    await host.sees("#told", "That was the last one")
    assert [subject for _, _, subject in show.audit()] == ["Z9"]


async def test_a_second_press_while_one_is_under_way_does_nothing(show: Show) -> None:
    host = await show.host()
    await host.run(
        """for (const repeat of [false, false, true]) {
          const key = new KeyboardEvent("keydown", { key: "PageDown", repeat, bubbles: true });
          document.body.dispatchEvent(key);
        }"""
    )
    assert (await host.text("#forward")).startswith("Next…")
    await host.sees("#stage", "A12")
    await ready(host)
    await host.press("b")
    await host.sees("#facts", "Paused")
    assert [subject for _, action, subject in show.audit() if action == "stage"] == ["A12"]


async def test_who_has_no_role_looks_on(show: Show) -> None:
    ana = await show.host("?as=ana", as_="ana")
    await ana.sees("#you", "looks on")
    await ana.press("PageDown")
    await ana.sees("#told", "You look on")
    await (await show.somebody("mo", "moderator")).says("/stage next")
    await ana.sees("#stage", "A12")
    assert [name for name, _, _ in show.audit()] == ["Mo"]


async def test_the_lamps_say_what_is_left_and_what_to_say(show: Show) -> None:
    host = await show.host()
    await presses(host, "PageDown")
    await (await show.somebody("ana")).says("claim A12 S")
    await (await show.somebody("bob")).says("claim A12 S")
    await host.sees(".size[data-lamp=red]", "Sold out")
    await host.sees(".size[data-lamp=red]", "1 waiting")
    await host.sees(".size[data-lamp=green]", "Open")
    await host.sees("#line", "The linen wrap dress in S has found a home.")
    tiles = "[...document.querySelectorAll('.size b')].map((e) => e.innerText)"
    assert await host.run(tiles) == ["0", "10", "30"]


async def test_a_lost_connection_is_seen_and_comes_back(show: Show) -> None:
    host = await show.host()
    await presses(host, "PageDown")
    await host.sees("#stage", "A12")
    await show.shop.kill()
    await host.sees("#lost", "No connection. This is how it stood at")
    band = "document.querySelector('#lost').getBoundingClientRect()"
    assert await host.run(f"[{band}.width, parseFloat(getComputedStyle(lost).fontSize) > 32]") == [
        1280, True,
    ]  # fmt: skip
    assert float(await host.run("getComputedStyle(document.querySelector('.now')).opacity")) < 0.5
    await host.press("PageDown")
    await host.sees("#told", "No connection, so nothing was done.")
    await show.shop.start()
    await host.wait_for("document.querySelector('#lost').hidden")
    await host.sees("#stage", "A12")
    await ready(host)
    await host.press("PageDown")
    await host.sees("#stage", "B3")


async def test_silence_is_a_lost_connection_too(show: Show) -> None:
    host = await show.host()
    show.shop.stand_still(True)
    try:
        await host.press("PageDown")
        await host.sees("#told", "Andon is still at it")
        await host.sees("#lost", "No connection")
    finally:
        show.shop.stand_still(False)
    await host.wait_for("document.querySelector('#lost').hidden")
    await host.sees("#told", "This is how it stands now")
    await host.sees("#stage", "A12")
    assert [subject for _, _, subject in show.audit()] == ["A12"]


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (768, 1024), (1920, 1080)])
async def test_it_is_legible_at_two_metres(show: Show, width: int, height: int) -> None:
    mo = await show.somebody("mo", "moderator")
    host = await show.host(width=width, height=height)
    scale = min(1.0, max(width, height) / 1280)
    await mo.says("/stage A12")
    await mo.says("/stock pause A12")
    await host.sees("#facts", "Paused")
    for code, said in (("A12", SAID_AT_LEAST), ("Z9", SHOWN_AT_LEAST)):
        await mo.says(f"/stage {code}")
        await host.sees("#stage .code", code)
        await host.wait_for(
            "document.documentElement.scrollHeight <= innerHeight"
            " && document.documentElement.scrollWidth <= innerWidth"
        )
        assert await host.run(TOO_FAINT) == []
        line = await host.text("#line")
        sizes = await host.run(TEXT_SIZES)
        assert sizes[line] >= said * scale
        assert sizes[code] >= said * scale
        assert {text: size for text, size in sizes.items() if size < SHOWN_AT_LEAST * scale} == {}
    small = """[...document.querySelectorAll('button')].map((e) => e.getBoundingClientRect())
      .filter((box) => box.width < 48 || box.height < 48).length"""
    assert await host.run(small) == 0
    assert {url.split("/")[2] for url in host.requests} == {show.shop.url.split("/")[2]}
    assert host.problems == []
