"""The fake Slack's HTTP mode, held against the real Bolt: signatures, and what goes out again."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from tests.fakes.slack import FakeSlack
from tests.fakes.slack.listener import bolt

Json = dict[str, Any]


class TestHttpMode:
    @pytest.fixture
    async def heard(self, slack: FakeSlack) -> AsyncIterator[tuple[str, list[Json]]]:
        """Bolt behind an address of its own, and what it hears there."""
        heard: list[Json] = []
        app = bolt(slack)

        async def message(event: Json) -> None:
            heard.append(event)
            slack.changes.tell()

        async def andon(ack: Any, command: Json) -> None:
            await ack(f"you typed {command['text']}")

        app.event("message")(message)
        app.command("/andon")(andon)
        runner = web.AppRunner(app.web_app("/slack/events"))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events", heard
        await runner.cleanup()

    async def test_an_address_is_verified_and_posted_to(
        self, slack: FakeSlack, heard: tuple[str, list[Json]]
    ) -> None:
        url, events = heard
        answer = await slack.posts_to(url)
        assert (answer.status, "c-17" in answer.body) == (200, True)
        slack.says("Mia", "alerts", "hello")
        await slack.until(lambda: events)
        assert events[0]["text"] == "hello"
        act = await slack.commands("Mia", "/andon", "stage A12", channel="alerts")
        assert act.texts == slack.told("Mia") == ["you typed stage A12"]

    async def test_what_is_forged_or_stale_is_refused(
        self, slack: FakeSlack, heard: tuple[str, list[Json]]
    ) -> None:
        url, events = heard
        await slack.posts_to(url)
        assert (await slack.forges()).status == 200
        assert (await slack.forges(secret="wrong")).status == 401
        assert (await slack.forges(age=301)).status == 401
        assert [one["text"] for one in events] == ["forged"]

    async def test_what_is_not_taken_goes_out_again(self) -> None:
        numbers: list[str | None] = []

        async def refuse(request: web.Request) -> web.Response:
            if b"url_verification" not in await request.read():
                numbers.append(request.headers.get("X-Slack-Retry-Num"))
            return web.Response(status=500 if len(numbers) < 3 else 200)

        app = web.Application()
        app.router.add_post("/", refuse)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with FakeSlack() as slack:
            await slack.posts_to(f"http://127.0.0.1:{runner.addresses[0][1]}/")
            slack.says("Mia", "alerts", "hello")
            await slack.until(lambda: slack.acks)
            assert slack.envelopes[0].attempts[1].reason == "http_error"
        await runner.cleanup()
        assert numbers == [None, "1", "2"]
