"""What those who watch over a running shop see: `/healthz` and `/metrics`."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.watching import health_of
from storage.engine import Storage
from tests.fakes.live_shop import LiveShop
from tests.fakes.shop import Shop

CATALOGUE = """code,variant,sku,title,price,currency,stock,limit,bin,final_sale,replacements,aliases
M3,,M3,Stoneware mug,18.00,USD,50,,R2,no,,mug
"""


class Watch:
    """A shop that runs, and one who looks at it."""

    def __init__(self, shop: LiveShop, http: aiohttp.ClientSession) -> None:
        self.shop = shop
        self.http = http

    async def health(self) -> tuple[int, dict[str, Any]]:
        answer = await self.http.get(f"{self.shop.url}healthz")
        return answer.status, await answer.json()

    async def figures(self) -> dict[str, float]:
        text = await (await self.http.get(f"{self.shop.url}metrics")).text()
        lines = [line.rpartition(" ") for line in text.splitlines() if line[:1] != "#"]
        return {name: float(value) for name, _, value in lines}


@pytest_asyncio.fixture
async def watch(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Watch]:
    folder = tmp_path_factory.mktemp("watched")
    async with LiveShop(folder, CATALOGUE) as shop, aiohttp.ClientSession() as http:
        yield Watch(shop, http)


async def hears(socket: aiohttp.ClientWebSocketResponse, type: str) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = await socket.receive_json()
        if frame["type"] == type:
            return frame


async def test_a_shop_is_counted_and_its_database_watched(watch: Watch) -> None:
    status, health = await watch.health()
    assert (status, health["status"], health["database"]) == (200, "ok", "ok")
    assert health["platforms"]["local"]["connected"]
    page = await watch.http.ws_connect(f"{watch.shop.url}stage/ws")
    who = {"id": "mo", "name": "Mo", "role": "moderator"}
    await page.send_json({"type": "hello", "person": who})
    await hears(page, "welcome")
    await page.send_json({"type": "post", "channel": "stream", "text": "hello", "nonce": "1"})
    await hears(page, "accepted")
    await page.send_json({"type": "post", "channel": "stream", "text": "/help", "nonce": "2"})
    await hears(page, "accepted")
    while not (await hears(page, "post"))["post"]["author"]["bot"]:
        continue
    # The answer is marked as sent a moment after it is seen.
    figures = await watch.figures()
    while figures['andon_deliveries_total{outcome="sent"}'] < 1:
        figures = await watch.figures()
    assert figures["andon_intake_messages_total"] == 1
    assert figures["andon_intake_acts_total"] == 1
    assert figures["andon_intake_set_aside_total"] == 0
    assert figures["andon_stage_pages"] == 1
    assert figures["andon_database_up"] == 1

    with closing(sqlite3.connect(watch.shop.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        status, health = await watch.health()
        assert (status, health["status"], health["database"]) == (503, "degraded", "unreachable")
        assert "locked" in health["problems"][0]
        assert (await watch.figures())["andon_database_up"] == 0
        await page.send_json({"type": "post", "channel": "stream", "text": "hm", "nonce": "3"})
        assert "the database is busy" in (await hears(page, "refused"))["text"]
        other.execute("ROLLBACK")
    status, health = await watch.health()
    assert (status, health["database"]) == (200, "ok")
    await page.close()


async def test_chat_that_waits_too_long_is_a_problem(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        assert (await health_of(shop.andon)).well
        async with storage.write():
            saying = asyncio.create_task(shop.says("Ana", "claim M3"))
            while not shop.andon.intake.waiting():  # noqa: ASYNC110 - a turn of the loop
                await asyncio.sleep(0)
            shop.clock.advance(60)
            health = await health_of(shop.andon, write_within=0.05)
        assert not health.well
        assert "Nothing could be written" in health.problems[0]
        assert "The oldest line of chat has waited 60 s" in health.problems[1]
        await saying
        assert (await health_of(shop.andon)).well
