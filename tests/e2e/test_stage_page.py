"""The page of the local stage, in a real browser, in front of a scripted bot."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.web.board import BoardItem, BoardVariant, Lamp
from handlers.messages import Address, ChatMessage, Press, Reach
from tests.fakes.browser import Browser, Tab, need_chromium
from tests.fakes.scripted_bot import SAMPLE_BOARD
from tests.fakes.stage import StageStand

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

LIVE = Address("local", Reach.CHANNEL, "stream")
NASTY = (
    '<img src=x onerror="document.title=1"> <script>document.title=2</script> &amp; @{bob} **b**'
)

# Every text that is shown, with what it stands on: those that are too faint.
TOO_FAINT = """(() => {
  const rgb = (text) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const light = (color) => {
    const [r, g, b] = color.slice(0, 3).map((c) => c / 255)
      .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const color = rgb(getComputedStyle(e).backgroundColor);
      if (color[3] > 0.95) return color;
    }
    return [255, 255, 255, 1];
  };
  const faint = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    const text = walk.currentNode.data.trim();
    if (!text || !e.checkVisibility() || e.closest(".unseen, .skip")) continue;
    const style = getComputedStyle(e);
    const [one, other] = [light(rgb(style.color)), light(ground(e))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    const large = parseFloat(style.fontSize) >= 24;
    if (ratio < (large ? 3 : 4.5)) faint.push(`${text} ${ratio.toFixed(2)}`);
  }
  return faint;
})()"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    need_chromium()
    async with Browser.launched() as chromium:
        yield chromium


@pytest_asyncio.fixture(loop_scope="module")
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    yield chromium
    await chromium.close_tabs()


@pytest_asyncio.fixture(loop_scope="module")
async def stand() -> AsyncIterator[StageStand]:
    async with StageStand() as stand:
        yield stand


async def sits_down(browser: Browser, stand: StageStand, id: str, query: str = "") -> Tab:
    tab = await browser.open(f"{stand.server.url}?as={id}{query}")
    await ready(tab, id)
    return tab


async def ready(tab: Tab, id: str) -> None:
    await tab.wait_for(f"document.body.dataset.ready === {json.dumps(id)}")
    await tab.sees("#board", "On sale")


async def says(tab: Tab, text: str) -> None:
    await tab.type("#say", text)
    await tab.press("Enter")


async def lines(tab: Tab) -> list[str]:
    found = "[...document.querySelectorAll('#lines .text')].map((e) => e.innerText)"
    return list(await tab.run(found))


async def test_a_claim_is_answered_and_everyone_sees_it(
    browser: Browser, stand: StageStand
) -> None:
    ana = await sits_down(browser, stand, "ana")
    bob = await sits_down(browser, stand, "bob")
    await says(ana, "claim A12 M")
    await ana.sees("#lines .called mark.you", "@Ana")
    await bob.sees("#lines", "@Ana A12 M is yours")
    assert await lines(bob) == ["claim A12 M", "@Ana A12 M is yours, held until tomorrow 21:00."]
    assert not await bob.run("document.querySelector('.called')")
    assert await ana.run("document.querySelector('#say').value") == ""


async def test_a_private_answer_stays_private_and_survives_a_reload(
    browser: Browser, stand: StageStand
) -> None:
    ana = await sits_down(browser, stand, "ana")
    bob = await sits_down(browser, stand, "bob")
    await says(ana, "/cart")
    await ana.sees("#lines .private", "only you see this")
    await ana.sees("#lines .private", "€39.00")
    await says(ana, "thanks")
    await bob.sees("#lines", "thanks")
    assert await lines(bob) == ["thanks"]
    await ana.sees("#lines", "thanks")
    before = await lines(ana)
    await ana.reload()
    await ready(ana, "ana")
    assert await lines(ana) == before
    await ana.click("Pay €39.00")
    await ana.sees("#lines", "Done: pay.start")


async def test_whatever_people_type_is_text(browser: Browser, stand: StageStand) -> None:
    ana = await sits_down(browser, stand, "ana", "&name=%3Cb%3EAna%3C/b%3E")
    await says(ana, NASTY)
    await ana.sees("#lines .name", "<b>Ana</b>")
    assert await lines(ana) == [NASTY.replace("**b**", "b")]
    assert (
        await ana.run("document.querySelectorAll('#log .line :is(.text img, script, mark)').length")
        == 0
    )
    assert "Friday" in await ana.run("document.title")
    assert ana.problems == []
    mark = "document.querySelector('#lines').innerHTML = '<b>x</b>'"
    with pytest.raises(AssertionError, match="TrustedHTML"):
        await ana.run(mark)


async def test_everything_comes_from_here(browser: Browser, stand: StageStand) -> None:
    ana = await sits_down(browser, stand, "ana")
    board = await browser.open(f"{stand.server.url}board")
    await board.sees("#board", "On sale")
    for tab in (ana, board):
        assert {url.split("/")[2] for url in tab.requests} == {f"127.0.0.1:{stand.port}"}
        assert tab.problems == []


async def test_commands_are_completed_by_keyboard(browser: Browser, stand: StageStand) -> None:
    ana = await sits_down(browser, stand, "ana")
    await ana.run("document.activeElement.blur()")
    await ana.press("/")
    assert await ana.focused() == "say"
    await ana.type("#say", "/w")
    await ana.sees("#options", "Why a claim of yours")
    assert await ana.run("document.querySelector('#say').ariaExpanded") == "true"
    await ana.press("Tab")
    await ana.sees("#options", "Linen shirt")
    await ana.sees("#usage", "/why CODE")
    await ana.press("ArrowDown")
    await ana.press("ArrowDown")
    active = "document.getElementById(say.getAttribute('aria-activedescendant'))"
    assert await ana.run(f"{active}.innerText") == "B3\nHand-thrown mug, speckled"
    assert await ana.run(f"{active}.ariaSelected") == "true"
    await ana.press("Enter")
    assert await ana.run("document.querySelector('#say').value") == "/why B3"
    await ana.press("Escape")
    await ana.wait_for("document.querySelector('#options').hidden")
    await ana.press("Enter")
    await ana.sees("#lines", "I know no /why B3.")


async def test_the_page_is_walked_by_keyboard(browser: Browser, stand: StageStand) -> None:
    ana = await sits_down(browser, stand, "ana")
    await says(ana, "hello")
    await says(ana, "hello again")
    await ana.sees("#lines", "hello again")
    await ana.reload()
    await ready(ana, "ana")
    seen = []
    for _ in range(14):
        await ana.press("Tab")
        seen.append(await ana.focused())
    assert seen[0] == "Skip to the chat box"
    assert seen.index("someone") < seen.index("tab-stream") < seen.index("log") < seen.index("say")
    await ana.run("document.querySelector('#log').focus()")
    await ana.press("ArrowUp")
    await ana.press("ArrowUp")
    await ana.press("Shift+F10")
    await ana.sees("#menu", "Edit")
    await ana.press("Escape")
    assert "hello" in await ana.focused()
    assert "again" not in await ana.focused()
    await ana.run("document.querySelector('#tab-stream').focus()")
    await ana.press("ArrowRight")
    await ana.wait_for("document.querySelector('#tab-direct').ariaSelected === 'true'")
    assert await ana.focused() == "tab-direct"


async def test_a_line_is_changed_and_taken_back(browser: Browser, stand: StageStand) -> None:
    ana = await sits_down(browser, stand, "ana")
    bob = await sits_down(browser, stand, "bob")
    await says(ana, "clam A12 M")
    for tab in (ana, bob):
        await tab.sees("#lines", "clam A12 M")
    await ana.press("ArrowUp")
    await ana.sees("#editing", "Changing your line")
    await ana.run("document.querySelector('#say').select()")
    await says(ana, "claim A12 L")
    for tab in (ana, bob):
        await tab.sees("#lines .edited", "edited")
    assert await lines(bob) == ["claim A12 L"]
    await ana.run("document.querySelector('#lines .dots').click()")
    await ana.click("Delete")
    await bob.wait_for("!document.querySelector('#lines').children.length")


async def test_a_moderator_has_more_in_the_menu(browser: Browser, stand: StageStand) -> None:
    ana = await sits_down(browser, stand, "ana")
    mo = await sits_down(browser, stand, "mo")
    await says(ana, "the blue one pls")
    await mo.sees("#lines", "the blue one pls")
    await mo.run("document.querySelector('#lines .dots').click()")
    assert (await mo.text("#menu")).split("\n") == [
        "Count as claim", "Not a claim", "Release", "Why?", "Warn",
    ]  # fmt: skip
    await mo.click("Count as claim")
    await mo.sees("#lines", "Done: menu.count_as_claim local:1")
    press = stand.bot.heard[-1]
    assert isinstance(press, Press)
    assert press.person.id == "mo"


async def test_a_form_is_filled_in(browser: Browser, stand: StageStand) -> None:
    ana = await sits_down(browser, stand, "ana")
    await says(ana, "/return")
    await ana.sees("#form-dialog", "Which item?")
    await ana.type("#form-fields input", "A12")
    await ana.run("document.querySelector('#form-fields select').value = 'size'")
    await ana.click("#form-dialog .primary")
    await ana.sees("#lines", "Thank you. We look at A12.")
    await ana.wait_for("!document.querySelector('#form-dialog').open")


async def test_direct_messages_and_the_teams_channels(browser: Browser, stand: StageStand) -> None:
    tab = await sits_down(browser, stand, "ana")
    assert "alerts" not in await tab.text("#tabs")
    await tab.click("#tab-direct")
    await says(tab, "where is my parcel?")
    await tab.sees("#lines", "You wrote: where is my parcel?")
    await tab.click("[data-person=mo]")
    await ready(tab, "mo")
    assert "where is my parcel" not in await tab.text("#log")
    await stand.bot.say(Address("local", Reach.CHANNEL, "alerts"), "**Amber** A12 M: 3 of 20 left.")
    await tab.sees("#tab-alerts .badge", "1")
    await tab.click("#tab-alerts")
    await tab.sees("#lines", "Amber A12 M: 3 of 20 left.")
    await tab.wait_for("!document.querySelector('.badge')")


async def test_anyone_can_step_in(browser: Browser, stand: StageStand) -> None:
    tab = await sits_down(browser, stand, "ana")
    await tab.click("#someone")
    await tab.type("#who-name", "Andon")
    await tab.press("Enter")
    await tab.sees("#who-problem", "own name")
    await tab.type("#who-name", "พี่ สมหญิง")
    await tab.run("document.querySelector('#who-role').value = 'host'")
    await tab.click("Step in")
    await ready(tab, "พี่-สมหญิง")
    await says(tab, "hello")
    await tab.sees("#lines .role", "host")
    await tab.reload()
    await ready(tab, "พี่-สมหญิง")


async def test_nothing_is_lost_while_the_connection_is_gone(
    browser: Browser, stand: StageStand
) -> None:
    ana = await sits_down(browser, stand, "ana")
    await says(ana, "claim A12 M")
    await ana.sees("#lines", "A12 M is yours")
    await stand.stop()
    await ana.sees("#wire", "No connection")
    await says(ana, "claim B3 x2")
    await ana.sees("#pending", "claim B3 x2")
    await ana.type("#say", "half a thou")
    await stand.start()
    await ana.sees("#wire", "Connected")
    await ana.sees("#lines", "B3 X2 is yours")
    assert (await lines(ana))[0::2] == ["claim A12 M", "claim B3 x2"]
    assert [m.text for m in stand.bot.heard if isinstance(m, ChatMessage)] == ["claim B3 x2"]
    assert await ana.run("document.querySelector('#pending').children.length") == 0
    assert await ana.run("document.querySelector('#say').value") == "half a thou"


#: The server's frames reach the page only once `arrive()` is called.
SLOW_LINE = """
  const held = [], real = WebSocket;
  window.WebSocket = class extends real {
    set onmessage(hear) { super.onmessage = (event) => held.push(() => hear(event)); }
    get onmessage() { return super.onmessage; }
  };
  window.arrive = () => held.splice(0).forEach((frame) => frame());
"""


async def test_a_line_sent_before_the_chat_is_there_stays_in_the_box(
    browser: Browser, stand: StageStand
) -> None:
    ana = await browser.open("about:blank")
    await ana.send("Page.addScriptToEvaluateOnNewDocument", source=SLOW_LINE)
    await ana.go(f"{stand.server.url}?as=ana")
    await says(ana, "claim A12 M")
    await ana.sees("#notice", "Your line stays here")
    await ana.wait_for("(arrive(), document.body.dataset.ready === 'ana')")
    assert await ana.run("document.querySelector('#say').value") == "claim A12 M"
    await ana.press("Enter")
    await ana.wait_for(
        "(arrive(), document.querySelector('#lines').innerText.includes('is yours'))"
    )


async def test_a_refused_line_comes_back_with_the_reason(
    browser: Browser, stand: StageStand
) -> None:
    ana = await sits_down(browser, stand, "ana")
    stand.store.busy = 1
    await says(ana, "claim A12 M")
    await ana.sees("#notice", "the database is busy")
    await ana.press("Enter")
    await ana.sees("#lines", "A12 M is yours")
    assert await ana.run("document.querySelector('#notice').hidden")


async def test_the_board_follows_the_sale(browser: Browser, stand: StageStand) -> None:
    ana = await sits_down(browser, stand, "ana")
    screen = await browser.open(f"{stand.server.url}board")
    await screen.sees("#board .tile", "of 20 left")
    gone = BoardVariant(
        name="M", sku="LS-M", on_hand=20, left=0, held=20, waiting=412, lamp=Lamp.RED
    )
    shirt = SAMPLE_BOARD.items[0]
    item = replace(shirt, variants=(shirt.variants[0], gone))
    stand.bot.shown = replace(SAMPLE_BOARD, items=(item, *SAMPLE_BOARD.items[1:]))
    stand.server.changed()
    for tab in (ana, screen):
        await tab.sees("[data-sku=LS-M]", "412")
        await tab.sees("#board .tile", "Sold out")
        await tab.sees("#board .tile", "20 held, 412 waiting")
    await ana.click("#board .stock .code")
    assert await ana.run("document.querySelector('#say').value") == "claim A12 "
    stand.bot.shown = replace(SAMPLE_BOARD, show=None, state="", on_stage=(), items=())
    stand.server.changed()
    await screen.sees("#board", "Nothing is on sale yet")


async def test_a_long_log_follows_unless_someone_reads(browser: Browser, stand: StageStand) -> None:
    ana = await sits_down(browser, stand, "ana")
    for number in range(60):
        await stand.bot.say(LIVE, f"word {number}")
    await ana.sees("#lines", "word 59")
    end = "Math.abs(log.scrollHeight - log.scrollTop - log.clientHeight) < 2"
    await ana.wait_for(end)
    await ana.run("log.scrollTop = 0")
    await ana.wait_for("new Promise((go) => requestAnimationFrame(() => go(true)))")
    await stand.bot.say(LIVE, "one more")
    await ana.sees("#newest", "New messages")
    assert await ana.run("log.scrollTop") == 0
    await ana.click("#newest")
    await ana.wait_for(end)


async def test_a_burst_is_shown_whole(browser: Browser, stand: StageStand) -> None:
    ana = await sits_down(browser, stand, "ana")
    for number in range(1_000):
        await stand.bot.say(LIVE, f"word {number}")
    await ana.sees("#lines .line:last-child", "word 999")
    assert await ana.run("document.querySelector('#lines').children.length") == 300


@pytest.mark.parametrize("width", [360, 390, 768])
async def test_a_phone_shows_all_of_it(browser: Browser, stand: StageStand, width: int) -> None:
    tab = await sits_down(browser, stand, "mo")
    item = SAMPLE_BOARD.items[0]
    long = BoardItem(
        code="LONGCODE123",
        title="w" * 120,
        price="€1,234.00",
        state=item.state,
        variants=item.variants,
    )
    stand.bot.shown = replace(
        SAMPLE_BOARD, show="A show with quite a long name " * 3, items=(long, item)
    )
    stand.server.changed()
    await tab.resize(width, 740, touch=True)
    await says(tab, "w" * 400)
    await says(tab, "/cart")
    await tab.sees("#lines", "Your cart")
    await tab.sees("#strip", "A12")
    assert await tab.run("document.documentElement.scrollWidth") <= width
    assert await tab.run("say.getBoundingClientRect().bottom") <= 740
    small = """[...document.querySelectorAll('button')].filter((e) => e.checkVisibility())
      .map((e) => [e.innerText, e.getBoundingClientRect()])
      .filter(([, box]) => box.width < 24 || box.height < 24).map(([text]) => text)"""
    assert await tab.run(small) == []
    await tab.click("#strip")
    await tab.wait_for("board.getBoundingClientRect().top < 400")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_is_legible(browser: Browser, stand: StageStand, scheme: str) -> None:
    tab = await sits_down(browser, stand, "mo")
    await tab.prefers(scheme, motion="reduce")
    await says(tab, "claim A12 M")
    await says(tab, "/cart")
    await says(tab, "some `code` here")
    await tab.sees("#lines", "Your cart")
    await tab.sees("#lines code", "code")
    assert await tab.run(TOO_FAINT) == []
    board = await browser.open(f"{stand.server.url}board")
    await board.prefers(scheme)
    await board.sees("#board", "On sale")
    assert await board.run(TOO_FAINT) == []
    assert (
        await tab.run(
            "getComputedStyle(document.querySelector('.bar'), '::after').transitionDuration"
        )
        == "0s"
    )


async def test_a_button_stands_where_it_was_said_last(browser: Browser, stand: StageStand) -> None:
    ana = await sits_down(browser, stand, "ana")
    bob = await sits_down(browser, stand, "bob")
    await says(ana, "claim A12 M")
    await says(bob, "claim B3")
    shown = "[...document.querySelectorAll('#lines .buttons button')].filter((e) => !e.hidden)"
    for tab in (ana, bob):
        await tab.sees("#lines", "B3 is yours")
    await ana.wait_for(f"{shown}.length === 2")
    await bob.wait_for(f"{shown}.length === 1")


async def test_a_menu_stays_while_the_chat_goes_on(browser: Browser, stand: StageStand) -> None:
    mo = await sits_down(browser, stand, "mo")
    for number in range(30):
        await stand.bot.say(LIVE, f"word {number}")
    await says(mo, "hello all")
    await mo.sees("#lines", "hello all")
    await mo.run("[...document.querySelectorAll('.dots')].at(-1).click()")
    await mo.sees("#menu", "Edit")
    await stand.bot.say(LIVE, "one more")
    await mo.sees("#lines", "one more")
    await mo.wait_for("new Promise((go) => requestAnimationFrame(() => setTimeout(go, 50, true)))")
    assert not await mo.run("document.querySelector('#menu').hidden")
