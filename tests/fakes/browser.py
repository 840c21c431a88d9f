"""A real browser, driven as a person drives it: a small client of Chromium's DevTools protocol.

```python
async with Browser.launched() as browser:
    ana = await browser.open("http://127.0.0.1:8099/?as=ana")
    await ana.type("#say", "claim A12 M")
    await ana.press("Enter")
    await ana.sees("#log", "claim A12 M")
```

Nothing here sleeps: waiting is done inside the page, until a condition holds or time is up.
"""

import asyncio
import base64
import contextlib
import itertools
import json
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

__all__ = ["Browser", "NoChromium", "PageProblem", "Tab", "find_chromium", "need_chromium"]

#: A machine that does ten other things takes its time; what works is there at once.
PATIENCE = 40.0
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    "about:blank",
)
MODIFIERS = {"Alt": 1, "Control": 2, "Meta": 4, "Shift": 8}
KEY_CODES = {
    "Enter": 13, "Tab": 9, "Escape": 27, "Backspace": 8, "Delete": 46, "Home": 36, "End": 35,
    "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "F10": 121,
    "PageUp": 33, "PageDown": 34, "ContextMenu": 93,
}  # fmt: skip

# A selector, or else the words on something that can be pressed.
FIND = """(target) => {
  const shown = (e) => e.getClientRects().length > 0;
  let found = null;
  try { found = [...document.querySelectorAll(target)].find(shown); } catch {}
  const words = (e) => (e.getAttribute("aria-label") || e.textContent).trim();
  const pressable = "button, a, [role=tab], [role=menuitem], [role=option], label, summary";
  const all = [...document.querySelectorAll(pressable)].filter(shown);
  return found || all.findLast((e) => words(e) === target)
    || all.findLast((e) => e.textContent.trim().startsWith(target)) || null;
}"""


class NoChromium(Exception):
    """There is no Chromium on this machine."""


class PageProblem(AssertionError):
    """The page did not come to what was waited for, or its script failed."""


def need_chromium() -> None:
    """Skip the test where there is no Chromium; where ANDON_CI is set there must be one."""
    if find_chromium() is None:
        if os.environ.get("ANDON_CI"):
            pytest.fail("No chromium on the PATH, and ANDON_CI is set.")
        pytest.skip("no chromium on the PATH")


def find_chromium() -> str | None:
    """The path of a Chromium, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


class Browser:
    """One Chromium with a profile of its own that is thrown away."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._tabs: dict[str, Tab] = {}
        self._contexts: list[str] = []

    @classmethod
    @contextlib.asynccontextmanager
    async def launched(cls) -> AsyncIterator["Browser"]:
        """Start one, and end it with all its helpers. Raises `NoChromium`."""
        path = find_chromium()
        if path is None:
            raise NoChromium("No chromium on the PATH.")
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            process = await asyncio.create_subprocess_exec(
                path,
                f"--user-data-dir={profile}",
                *FLAGS,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            try:
                async with cls._connected(await _address(process)) as browser:
                    yield browser
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.communicate()

    @classmethod
    @contextlib.asynccontextmanager
    async def _connected(cls, address: str) -> AsyncIterator["Browser"]:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(address, max_msg_size=64 * 1024**2) as socket,
        ):
            browser = cls(socket)
            reading = asyncio.create_task(browser._read())
            try:
                yield browser
            finally:
                reading.cancel()
                await asyncio.wait([reading])

    async def open(self, url: str, *, width: int = 1280, height: int = 800) -> "Tab":
        """A new tab, alone in its own window as another person's would be, at `url`."""
        context = await self.send("Target.createBrowserContext")
        id = context["browserContextId"]
        self._contexts.append(id)
        target = await self.send("Target.createTarget", url="about:blank", browserContextId=id)
        attached = await self.send(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        tab = Tab(self, attached["sessionId"])
        self._tabs[attached["sessionId"]] = tab
        for domain in ("Page", "Runtime", "Log", "Network"):
            await tab.send(f"{domain}.enable")
        await tab.resize(width, height)
        await tab.go(url)
        return tab

    async def close_tabs(self) -> None:
        """Close every tab that was opened, and forget all that they stored."""
        self._tabs.clear()
        while self._contexts:
            await self.send("Target.disposeBrowserContext", browserContextId=self._contexts.pop())

    async def send(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Call the protocol and return its result."""
        id = next(self._ids)
        call: dict[str, Any] = {"id": id, "method": method, "params": params}
        if session is not None:
            call["sessionId"] = session
        waiting = self._answers[id] = asyncio.get_running_loop().create_future()
        await self._socket.send_str(json.dumps(call))
        try:
            async with asyncio.timeout(PATIENCE * 2):
                answer = await waiting
        finally:
            del self._answers[id]
        if "error" in answer:
            raise PageProblem(f"{method}: {answer['error']['message']}")
        return dict(answer["result"])

    async def _read(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            if (answer := self._answers.get(told.get("id", 0))) is not None:
                answer.set_result(told)
            elif (tab := self._tabs.get(told.get("sessionId", ""))) is not None:
                tab.hear(told["method"], told["params"])


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE * 3):
        async for line in process.stderr:
            _, found, address = line.decode(errors="replace").partition("DevTools listening on ")
            if found:
                return address.strip()
    raise NoChromium("Chromium ended before it listened.")


class Tab:
    """One page. `problems` lists what its console called an error, `requests` what it loaded."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self._loaded = asyncio.Event()
        self.problems: list[str] = []
        self.requests: list[str] = []

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Call the protocol for this tab."""
        return await self._browser.send(method, self._session, **params)

    def hear(self, method: str, params: dict[str, Any]) -> None:
        """Take an event of the protocol."""
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            described = details.get("exception", {}).get("description")
            self.problems.append(described or details["text"])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.problems.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Page.loadEventFired":
            self._loaded.set()

    async def go(self, url: str) -> None:
        """Load a page, and wait until it has loaded."""
        self._loaded.clear()
        answer = await self.send("Page.navigate", url=url)
        if "errorText" in answer:
            raise PageProblem(f"{url}: {answer['errorText']}")
        async with asyncio.timeout(PATIENCE):
            await self._loaded.wait()

    async def reload(self) -> None:
        """Load the page again."""
        self._loaded.clear()
        await self.send("Page.reload")
        async with asyncio.timeout(PATIENCE):
            await self._loaded.wait()

    async def run(self, script: str) -> Any:
        """The value of an expression, after any promise is kept."""
        answer = await self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise PageProblem(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    async def wait_for(self, condition: str, *, seconds: float = PATIENCE) -> Any:
        """Wait until an expression is true in the page, and return its value."""
        script = f"""new Promise((done, fail) => {{
          const end = Date.now() + {seconds * 1000};
          const look = () => {{
            let value = null;
            try {{ value = {condition}; }} catch (error) {{ value = null; }}
            if (value) done(value === true || value.nodeType ? true : value);
            else if (Date.now() > end) fail(new Error("waited in vain for: " + {condition!r}));
            else setTimeout(look, 15);
          }};
          look();
        }})"""
        return await self.run(script)

    async def sees(self, selector: str, words: str) -> None:
        """Wait until an element that is shown holds these words."""
        condition = (
            f"[...document.querySelectorAll({json.dumps(selector)})].some((e) => "
            f"e.getClientRects().length && e.innerText.includes({json.dumps(words)}))"
        )
        await self.wait_for(condition)

    async def text(self, selector: str) -> str:
        """The words of an element, as shown."""
        return str(await self.run(f"document.querySelector({json.dumps(selector)}).innerText"))

    async def click(self, target: str) -> None:
        """Click on a selector, or on what can be pressed and has these words."""
        found = f"({FIND})({json.dumps(target)})"
        await self.wait_for(found)
        box = await self.run(
            f"(() => {{ const e = {found}; e.scrollIntoView({{block: 'nearest'}}); "
            "const b = e.getBoundingClientRect(); "
            "return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            await self.send(
                "Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left",
                clickCount=1,
            )  # fmt: skip

    async def type(self, selector: str, text: str) -> None:
        """Put the focus on an element and type."""
        await self.wait_for(f"document.querySelector({json.dumps(selector)})")
        await self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        await self.send("Input.insertText", text=text)

    async def press(self, keys: str) -> None:
        """Press a key, such as `Enter`, `/` or `Shift+F10`."""
        *held, key = keys.split("+") if len(keys) > 1 else [keys]
        text = "\r" if key == "Enter" else key if len(key) == 1 else ""
        event = {
            "key": key,
            "modifiers": sum(MODIFIERS[each] for each in held),
            "windowsVirtualKeyCode": KEY_CODES.get(key, ord(key[0].upper())),
        }
        down = "keyDown" if text else "rawKeyDown"
        await self.send("Input.dispatchKeyEvent", type=down, text=text, **event)
        await self.send("Input.dispatchKeyEvent", type="keyUp", **event)

    async def focused(self) -> str:
        """What has the focus: its id, or else its words."""
        script = "((e) => e.id || e.getAttribute('aria-label') || e.innerText || e.tagName)"
        return str(await self.run(f"{script}(document.activeElement)"))

    async def resize(self, width: int, height: int, *, touch: bool = False) -> None:
        """Make the window another size; `touch` makes it a phone."""
        await self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=2 if touch else 1, mobile=touch,
        )  # fmt: skip
        await self.send("Emulation.setTouchEmulationEnabled", enabled=touch)

    async def prefers(self, scheme: str = "light", *, motion: str = "no-preference") -> None:
        """What the person set in the system: `light` or `dark`, motion `reduce` or not."""
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion},
        ]
        await self.send("Emulation.setEmulatedMedia", features=features)

    async def screenshot(self, path: Path) -> None:
        """Save what is shown as PNG."""
        shot = await self.send("Page.captureScreenshot", format="png")
        await asyncio.to_thread(path.write_bytes, base64.b64decode(shot["data"]))
