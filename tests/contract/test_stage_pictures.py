"""Pictures on the local stage: shown with their words, and read out where they cannot be seen."""

from base64 import b64decode
from datetime import UTC, datetime

import aiohttp
import pytest

from bot.platforms.base import Outgoing
from handlers.messages import Address, Picture, Reach
from tests.fakes.browser import Browser, need_chromium
from tests.fakes.stage import StageStand

#: One red point.
POINT = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
RED = Picture.of(POINT, name="red", mime="image/png", alt='A "red" <point>')


def said(*pictures: Picture) -> Outgoing:
    return Outgoing(
        id=1,
        address=Address("local", Reach.CHANNEL, "stream"),
        kind="test",
        text="Look at it.",
        pictures=pictures,
        at=datetime.now(UTC),
    )


async def test_a_picture_is_served_by_its_id_alone() -> None:
    async with StageStand() as stand, aiohttp.ClientSession(stand.server.url) as http:
        script = Picture.of(b"<script>", name="evil", mime="image/gif", alt="no picture")
        await stand.platform.post(said(RED, script))
        async with http.get(f"/stage/pictures/{RED.id}") as answer:
            assert (answer.status, answer.content_type) == (200, "image/png")
            assert await answer.read() == POINT
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for other in (script.id, "0" * 64, "../x"):
            async with http.get(f"/stage/pictures/{other}") as answer:
                assert answer.status == 404


@pytest.mark.browser
async def test_a_picture_stands_below_its_words_on_the_page() -> None:
    need_chromium()
    async with StageStand() as stand, Browser.launched() as browser:
        ana = await browser.open(f"{stand.server.url}?as=ana")
        await stand.platform.post(said(RED))
        await ana.sees("#log", "Look at it.")
        shown = "document.querySelector('#log .picture')"
        await ana.wait_for(f"{shown}?.complete")
        assert await ana.run(f"[{shown}.alt, {shown}.naturalWidth]") == [RED.alt, 1]
