"""Slack calls over signed HTTP, through the web server of a process that runs as it is run."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.app import Andon, serve
from bot.settings import load_settings
from tests.fakes.slack import Act, FakeSlack
from tests.fakes.slack.signed import signature
from tests.fakes.slack_team import settings_for


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack(ack_within=5.0) as slack:
        yield slack


@asynccontextmanager
async def running(slack: FakeSlack, database: Path, **web: Any) -> AsyncIterator[str]:
    """Andon with Slack over HTTP; yields the address that Slack was given."""
    base = settings_for(slack, http=True)
    settings = load_settings(
        environ={},
        database_url=f"sqlite+aiosqlite:///{database}",
        web={"port": 0, **web},
        slack=base.slack.model_dump(mode="python", exclude_none=True),
    )
    page: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def ready(andon: Andon, url: str) -> None:
        page.set_result(url)

    stop = asyncio.Event()
    serving = asyncio.create_task(serve(settings, ready=ready, stop=stop))
    try:
        waited: set[asyncio.Future[Any]] = {serving, page}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving
        yield f"{page.result()}slack/events"
    finally:
        stop.set()
        await serving


def _said(slack: FakeSlack, act: Act) -> list[str]:
    return [slack.shown(one) for one in act.messages]


async def test_slack_calls_and_is_answered(slack: FakeSlack, sqlite_file: Path) -> None:
    async with running(slack, sqlite_file) as url:
        verified = await slack.posts_to(url)
        assert (verified.status, verified.body) == (200, '{"challenge": "c-17"}')
        started = slack.commands("Mia", "/andon", "show start Friday", channel="alerts")
        await started.answered()
        assert "Friday" in _said(slack, started)[0]
        slack.says("Mia", "alerts", "@Andon show status")
        await slack.until(lambda: slack.told("Mia", "alerts")[1:])
        slack.dm("Mia", "show status")
        await slack.until(lambda: slack.whispered("Mia"))
        slack.opens_home("Mia")
        await slack.until(lambda: slack.home_of("Mia"))
        # All in one way, and none twice.
        assert {one.attempt for one in slack.acks} == {0}
    assert slack.socket.opened == 0


async def test_what_is_not_slacks_is_refused(
    slack: FakeSlack, sqlite_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(slack, sqlite_file) as url:
        await slack.posts_to(url)
        forged = _command(slack, "stop-trigger")
        ways: tuple[dict[str, Any], ...] = (
            {"secret": "wrong"},
            {"age": 301.0},
            {"age": -301.0},
            {"headers": {"X-Slack-Signature": ""}},
            {"headers": {"X-Slack-Request-Timestamp": "soon"}},
            {"headers": {"X-Slack-Request-Timestamp": ""}},
        )
        for how in ways:
            answer = await slack.forges(forged, kind="slash_commands", **how)
            assert answer.status == 401, how
        broken = {"Content-Type": "text/plain; charset=klingon"}
        assert (await slack.forges(forged, headers=broken)).status == 400
        assert "could not be taken" not in capsys.readouterr().out
        answer = await slack.forges(forged, kind="slash_commands")
        assert answer.status == 200


def _signed(slack: FakeSlack, body: bytes) -> dict[str, str]:
    stamp = str(int(time.time()))
    told = signature(slack.signing_secret, stamp, body)
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": told}


async def test_who_has_no_secret_makes_no_noise(
    slack: FakeSlack, sqlite_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stamp, now = "X-Slack-Request-Timestamp", str(int(time.time()))
    given: tuple[tuple[bytes, dict[str, str], int], ...] = (
        (b"x=1", {stamp: "9" * 400}, 401),
        (b"x=1", {stamp: "9" * 5000}, 401),
        (b"x=1", {stamp: "١٢٣"}, 401),
        (b"x=1", {"X-Slack-Signature": "v0=grün"}, 401),
        (b"{", {"Content-Type": "application/json"}, 401),
        (b"[]", {"Content-Type": "application/json"}, 401),
        (b"payload=1", {}, 401),
        (b"\xff\xfe", {}, 401),
        (b"garbage", {"Content-Encoding": "gzip"}, 400),
    )
    async with running(slack, sqlite_file) as url, ClientSession() as session:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for body, more, status in given:
            headers = {**form, stamp: now, "X-Slack-Signature": "v0=00", **more}
            async with session.post(url, data=body, headers=headers) as answer:
                assert answer.status == status, (body, more)
        # Signed, but nothing that Slack would say.
        deep = b"[" * 100_000 + b"]" * 100_000
        empty = (
            b'{"type": "block_actions", "actions": []}',
            b'{"type": "view_submission", "view": {}}',
        )
        for body in (b"{", b"[]", b"1", deep, *empty):
            headers = {"Content-Type": "application/json", **_signed(slack, body)}
            async with session.post(url, data=body, headers=headers) as answer:
                assert answer.status in (400, 404), body
        told = capsys.readouterr().out
        assert "Traceback" not in told
        assert "could not be taken" not in told


async def test_who_is_slow_to_say_it_is_not_waited_for(
    slack: FakeSlack, sqlite_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.slack.signed._READ_WITHIN", 0.05)
    headers = {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": "v0=00"}
    rest = asyncio.Event()

    async def drop_by_drop() -> AsyncIterator[bytes]:
        yield b"x"
        await rest.wait()

    async with (
        running(slack, sqlite_file) as url,
        ClientSession() as session,
        asyncio.timeout(5),
        session.post(url, data=drop_by_drop(), headers=headers) as answer,
    ):
        assert answer.status == 408
        rest.set()


async def test_only_so_many_calls_are_unfinished(
    slack: FakeSlack, sqlite_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.slack.signed._AT_ONCE", 0)
    async with (
        running(slack, sqlite_file) as url,
        ClientSession() as session,
        session.post(url, data=b"x", headers=_signed(slack, b"x")) as answer,
    ):
        assert answer.status == 503


async def test_a_call_that_comes_again_is_done_once(slack: FakeSlack, sqlite_file: Path) -> None:
    async with running(slack, sqlite_file) as url:
        await slack.posts_to(url)
        act = slack.commands("Mia", "/andon", "show start Friday", channel="alerts")
        await act.answered()
        assert act.envelope is not None
        again = await slack.forges(
            act.envelope.payload,
            kind="slash_commands",
            headers={"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"},
        )
        assert again.status == 200
        mention = slack.says("Mia", "alerts", "@Andon show status")
        await slack.until(lambda: slack.told("Mia", "alerts")[1:])
        [heard] = [
            one.payload
            for one in slack.envelopes
            if one.payload.get("event", {}).get("type") == "app_mention"
        ]
        assert heard["event"]["ts"] == mention.ts
        await slack.forges(heard, headers={"X-Slack-Retry-Num": "1"})
        last = slack.commands("Mia", "/andon", "show status", channel="alerts")
        await last.answered()
        assert len(slack.told("Mia", "alerts")) == 3


async def test_a_token_of_the_pages_and_another_name_do_not_keep_slack_out(
    slack: FakeSlack, sqlite_file: Path
) -> None:
    async with running(slack, sqlite_file, token="a-long-secret-of-the-pages") as url:
        assert (await slack.posts_to(url)).status == 200
        named = await slack.forges(
            _command(slack, "named"), kind="slash_commands", headers={"Host": "shop.example"}
        )
        assert named.status == 200
        page = await slack.forges({}, headers={"Host": "shop.example"}, secret="wrong")
        assert page.status == 401


async def test_what_is_no_call_at_all_ends_nothing(slack: FakeSlack, sqlite_file: Path) -> None:
    async with running(slack, sqlite_file) as url:
        await slack.posts_to(url)
        for payload, kind in (
            ({}, "events_api"),
            ({"type": "event_callback"}, "events_api"),
            ({"type": "event_callback", "event": {"type": "message"}}, "events_api"),
            ({"command": "/andon"}, "slash_commands"),
            ({"type": "block_actions"}, "interactive"),
            ({"type": "block_actions", "actions": [{"action_id": "x"}]}, "interactive"),
        ):
            answer = await slack.forges(payload, kind=kind)
            assert answer.status < 600, payload
        act = slack.commands("Mia", "/andon", "help", channel="alerts")
        await act.answered()


def _command(slack: FakeSlack, trigger: str) -> dict[str, Any]:
    where, mia = slack.channel("alerts"), slack.person("Mia")
    return {
        "team_id": slack.world.team_id,
        "channel_id": where.id,
        "user_id": mia.id,
        "user_name": mia.handle,
        "command": "/andon",
        "text": "help",
        "trigger_id": trigger,
    }
