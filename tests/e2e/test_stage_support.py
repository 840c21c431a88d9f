"""A direct message with a picture on the page of the stage."""

from io import BytesIO

import aiohttp
import pytest
from PIL import Image

from bot.pictures_in import LARGEST
from handlers.messages import DirectMessage, NotTaken
from tests.fakes.browser import Browser, need_chromium
from tests.fakes.stage import StageStand


def photo() -> bytes:
    written = BytesIO()
    Image.new("RGB", (40, 30), "red").save(written, "JPEG", comment=b"Telltale Street 7")
    return written.getvalue()


async def test_what_is_put_up_is_bounded_and_comes_from_our_page_alone() -> None:
    async with StageStand() as stand, aiohttp.ClientSession(stand.server.url) as http:
        there = stand.server._stage
        assert there is not None
        names = []
        for body in (photo(), b"%PDF-1.7", bytes(LARGEST + 1)):
            async with http.post("/stage/pictures", data=BytesIO(body)) as answer:
                names.append((await answer.json())["picture"])
        taken = there.uploads.brought([*names, "unknown"])
        assert len(taken.pictures) == 1
        assert b"Telltale" not in taken.pictures[0].content
        assert taken.not_taken == (NotTaken.NO_PICTURE, NotTaken.TOO_LARGE, NotTaken.NOT_FETCHED)
        evil = {"Origin": "https://evil.example"}
        async with http.post("/stage/pictures", data=photo(), headers=evil) as answer:
            assert answer.status == 403


@pytest.mark.browser
async def test_a_picture_goes_along_with_a_direct_message() -> None:
    need_chromium()
    async with StageStand() as stand, Browser.launched() as browser:
        ana = await browser.open(f"{stand.server.url}?as=ana")
        await ana.wait_for("document.body.dataset.ready")
        assert await ana.run("document.getElementById('attach').hidden")
        await ana.run("document.getElementById('tab-direct').click()")
        await ana.wait_for("!document.getElementById('attach').hidden")
        await ana.run(
            """new Promise((done) => {
              const canvas = document.createElement("canvas");
              canvas.toBlob((blob) => {
                const files = new DataTransfer();
                files.items.add(new File([blob], "vase.png", { type: "image/png" }));
                const input = document.getElementById("pictures");
                input.files = files.files;
                input.dispatchEvent(new Event("change"));
                done(document.getElementById("attached").textContent);
              });
            })"""
        )
        assert await ana.run("document.getElementById('attached').textContent") == "1 picture"
        await ana.run("document.getElementById('composer').requestSubmit()")
        await ana.sees("#log", "📷")
        said = stand.bot.heard[-1]
        assert isinstance(said, DirectMessage)
        assert [one.mime for one in said.pictures] == ["image/png"]
        assert await ana.run("document.getElementById('attached').textContent") == "Pictures"
