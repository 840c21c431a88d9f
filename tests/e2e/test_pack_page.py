"""The packing page in a real browser, with a scanner that is a keyboard, before a running shop."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.test_host_page import Talker
from tests.e2e.test_stage_page import TOO_FAINT
from tests.fakes.browser import Browser, Tab, need_chromium
from tests.fakes.live_shop import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

CATALOGUE = """code,variant,sku,title,price,currency,stock,bin,barcode
D1,S,D1-S,Linen dress,48.00,USD,5,R10,4006381333931
D1,M,D1-M,Linen dress,48.00,USD,5,R2,4006381333948
M3,,M3,Stoneware mug,18.00,USD,9,R3,
"""
LISTED = '[sale]\nclaimable = "listed"\n'
STREET = "12 Elm Street"
WIDE = "document.documentElement.scrollWidth > innerWidth"
BIN_SIZE = "parseFloat(getComputedStyle(document.getElementById('bin')).fontSize)"
NEW_HOME = """UPDATE orders SET address_id = (SELECT max(id) FROM postal_addresses)
  WHERE id = 1"""
QUEUE = "Number.parseInt(document.getElementById('queue').textContent)"
FOCUSED = "document.activeElement.id === 'code'"


class Listener(Talker):
    """Somebody on the stage who waits for words."""

    async def hears(self, *words: str) -> None:
        """Wait until all of these words were posted, in any frames from now on."""
        missing = set(words)
        async with asyncio.timeout(60):
            while missing:
                text = await self._socket.receive_str()
                missing -= {one for one in missing if one in text}


class Table:
    """A shop after its show: Ana's parcel and Bob's wait, and packers come in."""

    def __init__(self, shop: LiveShop, browser: Browser, http: aiohttp.ClientSession) -> None:
        self.shop = shop
        self.browser = browser
        self._http = http

    async def somebody(self, id: str, role: str = "viewer") -> "Listener":
        talker = Listener(await self._http.ws_connect(f"{self.shop.url}stage/ws"))
        await talker.is_(id, role)
        return talker

    async def sell(self) -> None:
        """Ana buys a dress and two mugs, Bob a mug; both pay, and the show ends."""
        mo, sue = await self.somebody("mo", "moderator"), await self.somebody("sue", "support")
        await mo.says("/show start Friday")
        buys = {"ana": ("D1 M", "M3 x2"), "bob": ("M3",)}
        for number, (id, claims) in enumerate(buys.items(), start=1):
            buyer = await self.somebody(id)
            for claim in claims:
                await buyer.says(f"claim {claim}")
            # Commands overtake the chat.
            await buyer.hears("@{" + id + "}", *(code.split()[0] for code in claims), "yours")
            home = f"{id.title()} Cole; {STREET}; 12203 Berlin; DE; {id}@example.com"
            await buyer.says(f"/address {home}")
            await buyer.hears("Berlin, DE")
            await sue.says(f"/order paid S1-{number:04d}")
            await sue.hears(f"S1-{number:04d} is paid")
        await mo.says("/show end")

    async def page(
        self, name: str = "Pia", role: str = "packer", *, least: int = 2, **size: int
    ) -> Tab:
        id = name.lower()
        query = f"?as={id}&name={name}&role={role}"
        tab = await self.browser.open(f"{self.shop.url}pack{query}", **size)
        await tab.wait_for(f"document.body.dataset.ready === {json.dumps(id)}")
        await tab.wait_for("document.body.dataset.wire === 'open'")
        # The parcels of a show wait as soon as it is over.
        await tab.wait_for(f"{QUEUE} >= {least}")
        return tab

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.shop.database)) as database:
            return database.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        with closing(sqlite3.connect(self.shop.database)) as database:
            database.execute(sql)
            database.commit()


async def scans(tab: Tab, code: str) -> None:
    """A scanner types into whatever has the focus, and presses Enter."""
    await tab.send("Input.insertText", text=code)
    await tab.press("Enter")


async def is_(tab: Tab, state: str) -> None:
    await tab.wait_for(f"document.body.dataset.state === {json.dumps(state)}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    need_chromium()
    async with Browser.launched() as chromium:
        yield chromium


@pytest_asyncio.fixture(loop_scope="module")
async def table(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Table]:
    folder = tmp_path_factory.mktemp("pack")
    async with (
        LiveShop(folder, CATALOGUE, settings=LISTED) as shop,
        aiohttp.ClientSession() as http,
    ):
        table = Table(shop, chromium, http)
        await table.sell()
        yield table
        await chromium.close_tabs()


async def test_two_parcels_are_packed_by_scanner_and_enter_alone(table: Table) -> None:
    page = await table.page()
    await page.sees("#queue", "2 waiting")
    await page.wait_for(FOCUSED)
    await page.press("Enter")
    await page.sees("#parcel", "P0001")
    # Bins come as people walk; the first is read from across the table.
    await page.sees("#bin", "R2")
    assert await page.run(
        "parseFloat(getComputedStyle(at_bin = document.getElementById('bin')).fontSize) >= 60"
    )
    await scans(page, "4006381333931")
    await page.wait_for("document.body.dataset.sound === 'wrong'")
    await page.sees("#said", "Another size or colour")
    await scans(page, "4006381333948")
    await page.wait_for("document.body.dataset.sound === 'right'")
    await page.sees("#bin", "R3")
    # Faster than any answer: none is lost, none counts twice.
    for _ in range(3):
        await scans(page, "M3")
    await page.sees("#said", "All of Stoneware mug is in already")
    await is_(page, "complete")
    assert table.rows("SELECT wrong_scans FROM parcels WHERE id = 1") == [(2,)]
    await scans(page, "P0001~1")
    await is_(page, "none")
    await page.sees("#said", "P0001 is packed")
    await page.press("Enter")
    await page.sees("#parcel", "P0002")
    await page.wait_for(FOCUSED)
    states = table.rows("SELECT state FROM orders ORDER BY id")
    assert states == [("packed",), ("packing",)]
    assert page.problems == []


async def test_a_reload_a_killed_process_and_another_packer_lose_nothing(table: Table) -> None:
    page = await table.page()
    await page.press("Enter")
    await page.sees("#parcel", "P0001")
    await scans(page, "d1-m")
    await page.sees("#bar", "")
    await page.wait_for("document.getElementById('bar').ariaValueNow === '1'")
    other = await table.page("Max", least=1)
    await other.press("Enter")
    await other.sees("#parcel", "P0002")
    await table.shop.kill()
    await page.sees("#lost", "No connection")
    # Scanned while nobody listens: it counts as soon as somebody does, once.
    await scans(page, "M3")
    await table.shop.start()
    await page.wait_for("document.body.dataset.wire === 'open'")
    await page.wait_for("document.getElementById('bar').ariaValueNow === '2'")
    await page.reload()
    await page.sees("#parcel", "P0001")
    await page.wait_for("document.getElementById('bar').ariaValueNow === '2'")
    # What it says was said before: no sound for it.
    assert await page.run("document.body.dataset.sound === undefined")
    await page.wait_for(FOCUSED)
    packed = table.rows("SELECT sum(packed) FROM parcel_lines WHERE parcel_id = 1")
    assert packed == [(2,)]


async def test_a_problem_goes_to_support_and_the_next_comes_by_keys_alone(table: Table) -> None:
    page = await table.page(width=390, height=844)
    await page.press("Enter")
    await page.sees("#parcel", "P0001")
    await page.press("F4")
    await page.wait_for("document.activeElement.id === 'why-text'")
    await page.send("Input.insertText", text="the mug is chipped")
    await page.press("Enter")
    await page.sees("#parcel", "P0002")
    await page.sees("#queue", "1 put aside")
    await page.wait_for(FOCUSED)
    kept = table.rows("SELECT kind, subject FROM exceptions")
    assert kept == [("pack_problem", "P0001")]
    assert not await page.run(WIDE)
    for scheme in ("light", "dark"):
        await page.prefers(scheme)
        assert await page.run(TOO_FAINT) == []


async def test_a_changed_address_says_stop_until_the_new_slip_is_printed(table: Table) -> None:
    page = await table.page()
    await page.press("Enter")
    await page.sees("#parcel", "P0001")
    table.change(
        "INSERT INTO postal_addresses (customer_id, country, content, problems, kept_at)"
        " SELECT customer_id, country, replace(content, '12 Elm', '99 Oak'), problems, kept_at"
        " FROM postal_addresses WHERE id = 1"
    )
    table.change(
        "UPDATE orders SET address_id = (SELECT max(id) FROM postal_addresses) WHERE id = 1"
    )
    await scans(page, "D1-M")
    await page.sees("#said", "STOP")
    await is_(page, "stop")
    await page.press("F2")
    await is_(page, "packing")
    await page.wait_for(FOCUSED)
    await scans(page, "D1-M")
    await page.sees("#said", "right")
    assert table.rows(
        "SELECT sum(packed), max(wrong_scans) FROM parcel_lines, parcels"
        " WHERE parcel_id = 1 AND id = 1"
    ) == [(1, 0)]


async def test_papers_are_pdf_and_the_address_is_on_the_slip_alone(table: Table) -> None:
    page = await table.page()
    await page.press("Enter")
    await page.sees("#parcel", "P0001")
    link = await page.run("document.getElementById('slip').getAttribute('href')")
    assert link == "/pack/slip/1/1"
    async with aiohttp.ClientSession() as http:
        for path in (
            link,
            "/pack/invoice/1/1",
            "/pack/picks?by=zone",
            "/pack/labels?of=skus",
            "/pack/labels?of=bins",
        ):
            async with http.get(f"{table.shop.url.rstrip('/')}{path}") as answer:
                assert answer.content_type == "application/pdf", path
                assert answer.headers["Cache-Control"] == "no-store"
                assert (await answer.read()).startswith(b"%PDF")
        # Another fence is another packer's time with it.
        for path in ("/pack/slip/1/2", "/pack/invoice/1/2", "/pack/picks?by=moon"):
            async with http.get(f"{table.shop.url.rstrip('/')}{path}") as answer:
                assert answer.status in (400, 404)
    seen = await page.run("document.documentElement.outerHTML")
    assert STREET not in seen
    assert not any("Elm" in url for url in page.requests)
    assert not any(STREET in line for line in table.shop.log)


async def test_a_viewer_looks_on_and_a_new_device_asks_who_packs(table: Table) -> None:
    page = await table.page("Ana", "viewer")
    await page.sees("#you", "looks on")
    assert await page.run("document.getElementById('code').disabled")
    fresh = await table.browser.open(f"{table.shop.url}pack")
    await fresh.wait_for("document.activeElement.id === 'who-name'")
    await fresh.send("Input.insertText", text="Max")
    await fresh.press("Enter")
    await fresh.wait_for("document.body.dataset.ready === 'max'")
    await fresh.press("Enter")
    await fresh.sees("#parcel", "P0001")
