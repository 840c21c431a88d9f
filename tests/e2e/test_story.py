"""The story of a sale, told in a real browser in front of the real program."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.browser import Browser, Tab, need_chromium
from tests.fakes.live_shop import LiveShop

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("story"),
]

CATALOGUE = """code,variant,sku,title,price,currency,stock,limit,bin,final_sale,replacements,aliases
R5,,R5,Silver ring,64.00,USD,1,1,V1,yes,,ring
M3,,M3,Stoneware mug,18.00,USD,9,,R2,no,,mug
D1,S,D1-S,Linen dress,48.00,USD,4,2,R1,no,,dress
D1,M,D1-M,Linen dress,48.00,USD,4,2,R1,no,,dress
C1,Ocean / Small,C1-OS,Wool throw,72.00,USD,1,1,R3,no,,throw
C1,Ocean / Large,C1-OL,Wool throw,89.00,USD,2,1,R3,no,,throw
P7,,P7,Beeswax candle,12.00,USD,1,,R4,no,,candle
K9,,K9,Paper lamp,34.00,USD,1,,R4,no,,
"""
CALM = "[sale]\nrelease_delay_seconds = 600\nstream_delay_seconds = 0\nclaimable = 'listed'\n"
QUICK = CALM.replace("600", "1")
LINES = "[...document.querySelectorAll('#lines .text')].map((e) => e.innerText)"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    need_chromium()
    async with Browser.launched() as chromium:
        yield chromium


@pytest_asyncio.fixture(loop_scope="module")
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    yield chromium
    await chromium.close_tabs()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveShop]:
    async with LiveShop(tmp_path_factory.mktemp("shop"), CATALOGUE, settings=CALM) as shop:
        yield shop


async def sits_down(browser: Browser, shop: LiveShop, who: str) -> Tab:
    """A tab of `who`: a name, with a role behind a slash where it is not a viewer's."""
    id, _, role = who.partition("/")
    tab = await browser.open(f"{shop.url}?as={id}&name={id.title()}&role={role or 'viewer'}")
    await ready(tab, id)
    return tab


async def ready(tab: Tab, id: str) -> None:
    await tab.wait_for(f"document.body.dataset.ready === {json.dumps(id)}")
    await tab.sees("#board", "On sale")


async def opens(browser: Browser, shop: LiveShop) -> Tab:
    """A moderator's tab, with the show live."""
    mo = await sits_down(browser, shop, "mo/moderator")
    if await mo.run("document.querySelector('#show-state').dataset.state") != "live":
        await says(mo, "/show start Friday finds")
        await mo.sees("#show-state", "Live")
    return mo


async def says(tab: Tab, text: str) -> None:
    await tab.type("#say", text)
    await tab.press("Enter")


async def lines(tab: Tab) -> list[str]:
    return list(await tab.run(LINES))


async def left(tab: Tab, sku: str, units: int) -> None:
    row = f"document.querySelector('[data-sku={json.dumps(sku)}] .left')"
    await tab.wait_for(f"{row}.innerText.trim() === '{units}'")


async def on_line(tab: Tab, text: str, script: str) -> None:
    """Run a script on the newest line that reads so."""
    await tab.sees("#lines .text", text)
    found = (
        "[...document.querySelectorAll('#lines .line')].findLast((e) => "
        f"e.querySelector('.text').innerText === {json.dumps(text)})"
    )
    await tab.run(f"(({{line}}) => {{ {script} }})({{line: {found}}})")


async def test_one_is_first_one_waits_and_is_promoted(browser: Browser, tmp_path: Path) -> None:
    async with LiveShop(tmp_path, CATALOGUE, settings=QUICK) as shop:
        mo, ana, bob = await a_ring_is_claimed(browser, shop)
        await it_is_killed_and_comes_back(shop, ana, bob)
        await says(ana, "cancel R5")
        await ana.sees("#lines .called", "goes back in 1 s")
        await ana.sees("#lines button", "Keep it")
        await bob.sees("#lines .called", "came free and is yours")
        await bob.sees("#board .spot", "1 held")
        await ana.sees("#lines .called", "given back")
        assert [p for tab in (mo, ana, bob) for p in tab.problems if "WebSocket" not in p] == []


async def a_ring_is_claimed(browser: Browser, shop: LiveShop) -> tuple[Tab, Tab, Tab]:
    """The show is started and the ring staged by completion; Ana has it."""
    mo = await sits_down(browser, shop, "mo/moderator")
    ana, bob = await sits_down(browser, shop, "ana"), await sits_down(browser, shop, "bob")
    await mo.type("#say", "/sho")
    await mo.sees("#options", "start the show")
    await mo.press("Escape")
    await mo.type("#say", "w start Friday finds")
    await mo.press("Enter")
    await ana.sees("#lines", "Friday finds is live!")
    await mo.type("#say", "/stag")
    await mo.press("ArrowDown")
    await mo.sees("#options", "put an item on stage")
    await mo.press("Tab")
    await mo.sees("#options", "Silver ring")
    await mo.type("#say", "R")
    await mo.wait_for("document.querySelectorAll('#options li').length === 1")
    await mo.press("Tab")
    await mo.press("Enter")
    await ana.sees("#board .spot", "Silver ring")
    await ana.wait_for("document.querySelector('#say').placeholder === 'Try: claim R5'")

    await says(ana, "claim R5")
    await ana.sees("#lines .called", "R5 is yours")
    await ana.sees("#lines .reactions", "✅")
    await left(bob, "R5", 0)
    await bob.sees("#board .spot", "Sold out")
    return mo, ana, bob


async def it_is_killed_and_comes_back(shop: LiveShop, ana: Tab, bob: Tab) -> None:
    """What is typed meanwhile is sent once it is back; what was there is there again."""
    await says(ana, "/cart")
    await ana.sees("#lines .private", "$64.00")
    before = await lines(ana)
    await shop.kill()
    await bob.sees("#wire", "No connection")
    await says(bob, "mine!")
    await bob.sees("#pending", "mine!")
    await shop.start()
    await ana.sees("#wire", "Connected")
    await bob.sees("#lines .called", "waitlist #1")
    await ana.sees("#lines", "waitlist #1")
    assert (await lines(ana))[: len(before)] == before
    assert [line for line in await lines(ana) if line == "mine!"] == ["mine!"]
    await bob.sees("#board .spot", "1 waiting")


async def test_a_private_answer_is_for_one_person(browser: Browser, shop: LiveShop) -> None:
    await opens(browser, shop)
    eve, dan = await sits_down(browser, shop, "eve"), await sits_down(browser, shop, "dan")
    await says(eve, "claim M3 x2")
    await eve.sees("#lines .called", "M3 ×2 is yours")
    await dan.sees("#lines", "M3 ×2 is yours")
    await eve.click("My claims")
    await eve.sees("#lines .private", "only you see this")
    await eve.sees("#lines .private", "M3 ×2 — yours")
    await says(eve, "lovely, thanks")
    await dan.sees("#lines", "lovely, thanks")
    assert not any("M3 ×2 — yours" in line for line in await lines(dan))
    # The same button under Eve's reply, pressed by someone else, is about that one.
    await dan.click("My claims")
    await dan.sees("#lines .private", "You have nothing")
    assert not any("M3 ×2 — yours" in line for line in await lines(dan))
    before = await lines(eve)
    await eve.reload()
    await ready(eve, "eve")
    assert [line for line in before if line not in await lines(eve)] == []
    await eve.sees("#lines .private", "M3 ×2 — yours")


async def test_a_size_is_asked_and_tapped(browser: Browser, shop: LiveShop) -> None:
    await opens(browser, shop)
    fay = await sits_down(browser, shop, "fay")
    await says(fay, "claim C1")
    await fay.sees("#lines .called", "which C1?")
    await fay.click("Ocean / Small")
    await fay.sees("#lines", "Ocean / Small is yours")
    await left(fay, "C1-OS", 0)
    await fay.run("document.querySelector('[data-sku=C1-OS]').scrollIntoView()")
    height = "document.querySelector('[data-sku=C1-OS] .which').getClientRects().length"
    assert await fay.run(height) == 1


async def test_a_moderator_counts_a_line_by_a_form(browser: Browser, shop: LiveShop) -> None:
    mo = await opens(browser, shop)
    gil = await sits_down(browser, shop, "gil")
    await says(gil, "the linen one in medium pretty please")
    # Presses overtake chat: the answer to a later line shows that this one was taken in.
    await says(gil, "cancel D1")
    await gil.sees("#lines .called", "you have no D1")
    await on_line(
        mo, "the linen one in medium pretty please", "line.querySelector('.dots').click()"
    )
    assert "Count as claim" in await mo.text("#menu")
    await mo.click("Count as claim")
    await mo.sees("#form-dialog", "pretty please")
    await mo.type("#form-fields input[name=code]", "D1")
    await mo.type("#form-fields input[name=variant]", "M")
    await mo.press("Enter")
    await mo.wait_for("!document.querySelector('#form-dialog').open")
    await gil.sees("#lines .called", "D1 / M is yours")
    await left(gil, "D1-M", 3)
    await mo.sees("#lines .private", "D1 / M")


async def test_direct_messages_and_the_team(browser: Browser, shop: LiveShop) -> None:
    mo = await opens(browser, shop)
    hal = await sits_down(browser, shop, "hal")
    assert "alerts" not in await hal.text("#tabs")
    await hal.click("#tab-direct")
    await says(hal, "yes")
    await hal.sees("#lines", "from now on I write here")
    await says(hal, "cart")
    await hal.sees("#lines", "You have nothing")
    await mo.click("#tab-direct")
    assert not any("private answers" in line for line in await lines(mo))
    pat = await sits_down(browser, shop, "pat/packer")
    await mo.click("#tab-packing")
    await says(mo, "the blue box is for parcel 7")
    await pat.click("#tab-packing")
    await pat.sees("#lines", "the blue box is for parcel 7")
    await says(hal, "still here")
    await hal.sees("#lines", "still here")
    await hal.click("#tab-stream")
    assert "blue box" not in await hal.run("document.body.innerText")


async def test_the_whole_of_it_on_a_phone(browser: Browser, shop: LiveShop) -> None:
    mo = await opens(browser, shop)
    ida, jon = await sits_down(browser, shop, "ida"), await sits_down(browser, shop, "jon")
    for tab in (mo, ida, jon):
        await tab.resize(360, 740, touch=True)
    await says(mo, "/stage P7")
    await ida.sees("#strip", "P7")
    await ida.sees("#strip", "1 left")
    await ida.click("#strip")
    await ida.click("#board .spot .try")
    assert await ida.run("document.querySelector('#say').value") == "claim P7"
    await ida.click("#composer .primary")
    await ida.sees("#lines .called", "P7 is yours")
    await jon.sees("#strip", "0 left")
    await says(jon, "claim P7")
    await jon.sees("#lines .called", "waitlist #1")
    await says(ida, "cancel P7")
    await ida.click("Keep it (P7)")
    await ida.sees("#lines .private", "stays with you")
    await says(mo, "/stock add P7 1")
    await jon.sees("#lines .called", "came free and is yours")
    for tab in (mo, ida, jon):
        assert await tab.run("document.documentElement.scrollWidth") <= 360
        assert await tab.run("document.querySelector('#lines').scrollWidth") <= 360
        assert await tab.run("say.getBoundingClientRect().bottom") <= 740


async def test_the_whole_of_it_by_keyboard(browser: Browser, shop: LiveShop) -> None:
    mo = await opens(browser, shop)
    kim, leo = await sits_down(browser, shop, "kim"), await sits_down(browser, shop, "leo")
    await by_keys(mo, "/stage K9")
    await kim.sees("#board .spot", "K9")
    await by_keys(kim, "claim K9")
    await kim.sees("#lines .called", "K9 is yours")
    await by_keys(leo, "mine")
    await leo.sees("#lines .called", "waitlist #1")
    await by_keys(kim, "cancel K9")
    await kim.sees("#lines button", "Keep it (K9)")
    await walk_to(kim, "Keep it (K9)")
    await kim.press("Enter")
    await kim.sees("#lines .private", "stays with you")
    # From the newest line up to the one before, and into its menu.
    await walk_to(mo, "log")
    for _ in range(12):
        await mo.press("ArrowUp")
        if "cancel K9" in await mo.focused():
            break
    await mo.press("Shift+F10")
    await mo.sees("#menu", "Count as claim")
    await mo.press("ArrowDown")
    await mo.press("Escape")
    assert "cancel K9" in await mo.focused()
    await walk_to(leo, "My place")
    await leo.press("Enter")
    await leo.sees("#lines .private", "K9")


async def by_keys(tab: Tab, text: str) -> None:
    """Type with the keyboard alone, from wherever the focus is."""
    await tab.run("document.activeElement.blur()")
    await tab.press("/")
    assert await tab.focused() == "say"
    await says(tab, text)


async def walk_to(tab: Tab, words: str) -> None:
    """Press Shift and Tab until what has these words has the focus."""
    seen = []
    for _ in range(40):
        await tab.press("Shift+Tab")
        seen.append(await tab.focused())
        if seen[-1].startswith(words):
            return
    raise AssertionError(f"the keyboard never comes to {words}, only to {seen}")
