"""The page of the runs in a real browser, in front of a shop that really runs."""

import asyncio
import json
import secrets
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.test_host_page import CATALOGUE, Talker
from tests.e2e.test_stage_page import TOO_FAINT
from tests.fakes.browser import Browser, Tab, need_chromium
from tests.fakes.live_shop import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

WIDE = "document.documentElement.scrollWidth > innerWidth"
SMALL_BUTTONS = """[...document.querySelectorAll('.acts button')]
  .filter((one) => one.offsetHeight < 44).length"""


class OldPage(Talker):
    """A page that does not look at what it is told, only at what it is answered."""

    async def does(self, act: str, step: str, **more: str) -> str:
        nonce = secrets.token_hex(8)
        asked = {"type": "step", "act": act, "run": 1, "step": step, "nonce": nonce, **more}
        await self._socket.send_json(asked)
        heard: dict[str, Any] = {}
        async with asyncio.timeout(60):
            while "answer" not in heard or "accepted" not in heard:
                frame = await self._socket.receive_json()
                heard[frame["type"]] = frame.get("text")
        return str(heard["answer"])


class Team:
    """A shop with a run that Mo began by pulling the cord, and a browser."""

    def __init__(self, shop: LiveShop, browser: Browser, http: aiohttp.ClientSession) -> None:
        self.shop = shop
        self.browser = browser
        self._http = http

    async def somebody(self, id: str, role: str) -> Talker:
        talker = Talker(await self._http.ws_connect(f"{self.shop.url}stage/ws"))
        await talker.is_(id, role)
        return talker

    async def page(self, query: str = "?as=mo", *, as_: str = "mo", **size: int) -> Tab:
        tab = await self.browser.open(f"{self.shop.url}runs{query}", **size)
        await tab.wait_for(f"document.body.dataset.ready === {json.dumps(as_)}")
        await tab.wait_for("document.body.dataset.wire === 'open'")
        return tab

    async def old_page(self, id: str, role: str) -> "OldPage":
        page = OldPage(await self._http.ws_connect(f"{self.shop.url}runs/ws"))
        await page.is_(id, role)
        return page

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.shop.database)) as database:
            return database.execute(sql).fetchall()

    def make_late(self) -> None:
        """Its first step was due an hour ago."""
        with closing(sqlite3.connect(self.shop.database)) as database:
            database.execute(
                "UPDATE run_steps SET due_at = due_at - 3600000000 WHERE run_id = 1 AND place = 0"
            )
            database.commit()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    need_chromium()
    async with Browser.launched() as chromium:
        yield chromium


@pytest_asyncio.fixture(loop_scope="module")
async def team(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Team]:
    folder = tmp_path_factory.mktemp("runs")
    async with LiveShop(folder, CATALOGUE) as shop, aiohttp.ClientSession() as http:
        team = Team(shop, chromium, http)
        await (await team.somebody("mo", "moderator")).says("/cord A12 a seam is open")
        yield team
        await chromium.close_tabs()


READY = "document.querySelector('button.primary').ariaDisabled === 'false'"


async def test_a_step_is_taken_done_and_skipped_by_keyboard_alone(team: Team) -> None:
    page = await team.page(width=390, height=844)
    await page.sees("#list", "A12")
    await page.press("Tab")
    await page.press("ArrowDown")
    await page.wait_for("document.activeElement.dataset.key === 'take:1:away'")
    await page.press("Enter")
    await page.wait_for(
        "document.querySelector('[data-step=\"1:away\"]').dataset.state === 'in_progress'"
    )
    await page.wait_for(READY)
    await page.wait_for("document.activeElement.dataset.key === 'done:1:away'")
    await page.press("ArrowDown")
    await page.press("Enter")
    await page.sees("[data-step='1:look']", "Mo")
    await page.wait_for(READY)
    await page.press("ArrowUp")
    await page.press("Tab")
    await page.wait_for("document.activeElement.dataset.key === 'skip:1:away'")
    await page.press("Enter")
    await page.wait_for("document.activeElement.dataset.key === 'why:1:away'")
    await page.press("Escape")
    await page.wait_for("document.activeElement.dataset.key === 'skip:1:away'")
    await page.press("Enter")
    await page.type("[data-key='why:1:away']", "it is not on the table")
    await page.press("Enter")
    await page.sees("#list", "1 settled")
    await page.wait_for(READY)
    # The focus goes on where the work does.
    await page.wait_for("document.activeElement.dataset.key === 'done:1:look'")
    await page.press("Enter")
    await page.sees("#list", "2 settled")
    steps = dict(team.rows("SELECT step, status || ':' || who || ':' || why FROM run_steps"))
    assert steps["look"] == "done:Mo:"
    assert steps["away"] == "skipped:Mo:it is not on the table"


async def test_two_see_the_same_and_the_later_is_told_who_was_faster(team: Team) -> None:
    page = await team.page()
    await page.sees("#list", "A12")
    old = await team.old_page("pia", "producer")
    await page.click("[data-key='take:1:away']")
    await page.sees("[data-step='1:away']", "Mo")
    assert await old.does("take", "away") == "Mo was faster and has step 1."
    assert await old.does("done", "away") == "Step 1 of run 1 is done."
    await page.sees("#list", "1 settled")
    assert await old.does("skip", "look", why=" ") == "Say why in a few words; nothing changed."


async def test_what_is_late_stands_out_and_a_phone_shows_all_of_it(team: Team) -> None:
    team.make_late()
    page = await team.page(width=360, height=740)
    await page.sees(".step[data-late]", "LATE by")
    assert await page.run("document.title.startsWith('1 late')")
    assert not await page.run(WIDE)
    assert await page.run(SMALL_BUTTONS) == 0
    for scheme in ("light", "dark"):
        await page.prefers(scheme)
        assert await page.run(TOO_FAINT) == []


async def test_a_viewer_looks_on_and_an_empty_page_says_so(team: Team) -> None:
    page = await team.page("?as=ana", as_="ana")
    await page.sees("#you", "looks on")
    await page.click("[data-key='done:1:look']")
    await page.sees("#told", "only the team acts")
    await (await team.somebody("mo", "moderator")).says("/playbook end 1 only a thread")
    await page.sees("#list", "Nothing is open")


async def test_a_restart_is_survived_and_the_stage_leads_there(team: Team) -> None:
    page = await team.page()
    await team.shop.kill()
    await page.sees("#lost", "No connection")
    await team.shop.start()
    await page.wait_for("document.body.dataset.wire === 'open'")
    await page.wait_for("document.querySelector('button.primary').ariaDisabled === 'false'")
    await page.click("[data-key='done:1:look']")
    await page.sees("#list", "1 settled")
    stage = await team.browser.open(team.shop.url)
    assert await stage.run("document.querySelector('.pages a[href=\"/runs\"]') !== null")
