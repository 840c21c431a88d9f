"""Socket Mode, with the real Bolt and slack_sdk: sockets break, and nothing is done twice or lost.

Everything is over loopback, and nobody waits for what a watch of Slack's own pace would see.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.platforms.base import PlatformRefused
from handlers.messages import Address, Reach
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_team import KeptEars, heard, to


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack(ack_within=1.0) as slack:
        yield slack


@pytest.fixture
def ears(slack: FakeSlack) -> KeptEars:
    return KeptEars(slack)


async def test_it_connects_and_hears_commands(slack: FakeSlack, ears: KeptEars) -> None:
    async with heard(slack, ears) as platform:
        assert platform.state().connected
        act = await slack.commands("Mia", "/andon", "stage A12", channel="alerts")
        assert act.error is None
    assert ears.lines == ["/stage A12"]
    assert not platform.state().connected


async def test_an_act_that_is_not_acknowledged_comes_again_and_is_one(
    slack: FakeSlack, ears: KeptEars
) -> None:
    async with heard(slack, ears, ack_within=30.0):
        ears.hold()
        act = slack.commands("Mia", "/andon", "stage A12", channel="alerts")
        await slack.until(lambda: len(act.envelope.attempts) == 2 if act.envelope else False)
        ears.release()
        await act
    assert act.error is None
    assert len(ears.acts) == 1


async def test_a_slow_database_is_acknowledged_in_time_and_done_once(
    slack: FakeSlack, ears: KeptEars
) -> None:
    async with heard(slack, ears, ack_within=0.05):
        ears.hold()
        act = await slack.commands("Mia", "/andon", "stage A12", channel="alerts")
        mention = slack.says("Mia", "alerts", "@Andon undo")
        await slack.until(lambda: len(slack.acks) >= 2)
        assert mention.text.startswith("<@")
    assert act.error is None
    assert all(one.attempt == 0 and one.delay < 1.0 for one in slack.acks)
    assert ears.lines == ["/stage A12", "/undo"]


@pytest.mark.parametrize("how", ["cut", "goodbye", "refresh", "warning and goodbye"])
async def test_a_lost_socket_is_replaced_and_what_was_missed_comes(
    slack: FakeSlack, ears: KeptEars, how: str
) -> None:
    async with heard(slack, ears):
        if "warning" in how:
            slack.refresh("warning")
        if how == "refresh":
            slack.refresh()
        else:
            await slack.drop(politely="goodbye" in how)
        await slack.commands("Mia", "/andon", "stage A12", channel="alerts")
        await slack.connected()
    assert ears.lines == ["/stage A12"]


async def test_what_was_under_way_as_the_socket_broke_is_done_once(
    slack: FakeSlack, ears: KeptEars
) -> None:
    async with heard(slack, ears, ack_within=30.0):
        ears.hold()
        act = slack.commands("Mia", "/andon", "stage A12", channel="alerts")
        await slack.until(lambda: ears.acts)
        await slack.drop()
        await slack.connected()
        ears.release()
        await act
    assert act.error is None
    assert len(ears.acts) == 1


async def test_an_address_that_is_used_up_is_replaced(slack: FakeSlack, ears: KeptEars) -> None:
    async with heard(slack, ears) as platform:
        # The next handshake fails and takes its address with it: the SDK alone never comes back.
        slack.refuse(1)
        await slack.drop()
        await slack.until(lambda: slack.socket.refused >= 2)
        await slack.connected()
        await slack.commands("Mia", "/andon", "undo", channel="alerts")
        assert platform.state().connected
    assert ears.lines == ["/undo"]


async def test_a_socket_that_is_silent_is_replaced(slack: FakeSlack, ears: KeptEars) -> None:
    async with heard(slack, ears):
        slack.deaden()
        await slack.commands("Mia", "/andon", "undo", channel="alerts")
        assert slack.socket.opened >= 2
    assert ears.lines == ["/undo"]


async def test_slack_is_down_at_the_start_and_comes_later(slack: FakeSlack, ears: KeptEars) -> None:
    await slack.down()
    async with asyncio.timeout(8), heard(slack, ears) as platform:
        assert not platform.state().connected
        assert "cannot be reached" in platform.state().detail
        await slack.up()
        await slack.connected()
        await slack.commands("Mia", "/andon", "undo", channel="alerts")
        slack.says("Mia", "alerts", "@Andon help stage")
        await slack.until(lambda: len(ears.acts) == 2)
    assert ears.lines == ["/undo", "/help stage"]
    assert ears.alerts == []


async def test_slack_answers_nonsense_at_the_start(slack: FakeSlack, ears: KeptEars) -> None:
    slack.fail("auth.test", status=200, error="fatal_error")
    slack.fail("apps.connections.open", status=200, error="internal_error", times=2)
    async with heard(slack, ears):
        await slack.connected()
        await slack.commands("Mia", "/andon", "undo", channel="alerts")
    assert ears.lines == ["/undo"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bot_token": "xoxb-wrong"}, "Slack does not know this token of a bot"),
        ({"app_token": "xapp-wrong"}, "Slack does not know slack.app_token"),
        ({"bot_token": "xapp-fake-app", "app_token": "xoxb-fake-bot"}, "the token of the app"),
        ({"app_token": "xoxb-fake-bot"}, "slack.app_token is the token of the bot"),
    ],
)
async def test_wrong_tokens_are_refused_with_a_way_out(
    slack: FakeSlack, ears: KeptEars, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(PlatformRefused, match=said) as refused:
        async with heard(slack, ears, **given):
            pytest.fail("it was let in")
    sentence = str(refused.value)
    assert "api.slack.com/apps" in sentence
    assert not any(token in sentence for token in given.values())
    assert sentence.count(". ") == 0


async def test_a_token_without_its_scope_is_refused(slack: FakeSlack, ears: KeptEars) -> None:
    slack.fail("apps.connections.open", status=200, error="missing_scope")
    with pytest.raises(PlatformRefused, match="connections:write"):
        async with heard(slack, ears):
            pytest.fail("it was let in")


async def test_a_token_that_is_revoked_later_is_an_alert(slack: FakeSlack, ears: KeptEars) -> None:
    async with heard(slack, ears):
        slack.revoke(slack.app_token)
        await slack.drop()
        await slack.until(lambda: ears.alerts)
        await slack.until(lambda: len(slack.calls("apps.connections.open")) >= 4)
    assert len(ears.alerts) == 1
    assert "slack.app_token" in ears.alerts[0]


async def test_after_stop_it_hears_no_more_but_still_posts(
    slack: FakeSlack, ears: KeptEars
) -> None:
    async with heard(slack, ears) as platform:
        await platform.stop()
        act = slack.commands("Mia", "/andon", "undo", channel="alerts")
        assert await platform.post(to(slack, "alerts", "the last word")) is not None
        assert not platform.state().connected
    assert slack.reads("alerts") == ["the last word"]
    assert not act.acked
    assert ears.acts == []


async def test_stopping_does_not_wait_for_ever(
    slack: FakeSlack, ears: KeptEars, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.slack.interactions._STOP_WITHIN", 0.05)
    async with heard(slack, ears, ack_within=0.01) as platform:
        ears.hold()
        await slack.commands("Mia", "/andon", "undo", channel="alerts")
        async with asyncio.timeout(5):
            await platform.stop()
    assert ears.lines == ["/undo"]


async def test_what_it_says_itself_is_not_heard(slack: FakeSlack, ears: KeptEars) -> None:
    async with heard(slack, ears) as platform:
        await platform.post(to(slack, "alerts", "stage A12"))
        dm = Address("slack", Reach.PERSON, slack.person("Mia").id)
        await platform.post(to(slack, "alerts", "undo", 2, address=dm))
        await slack.until(lambda: all(one.acked for one in slack.envelopes))
    assert slack.whispered("Mia") == ["undo"]
    assert (ears.acts, ears.written) == ([], [])


async def test_a_bug_leaves_the_act_to_be_brought_again(
    slack: FakeSlack, ears: KeptEars, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, failures = ears.act, iter([KeyError("a bug")])

    async def act(one: object) -> None:
        for bug in failures:
            raise bug
        await original(one)  # type: ignore[arg-type]

    monkeypatch.setattr(ears, "act", act)
    async with heard(slack, ears):
        done = await slack.commands("Mia", "/andon", "undo", channel="alerts")
        assert done.envelope is not None
        assert len(done.envelope.attempts) == 2
    assert ears.lines == ["/undo"]


@pytest.mark.parametrize(
    ("status", "kind", "body", "told"),
    [
        # That one is known to the SDK, and passes.
        (503, "text/plain", "no", False),
        (503, "application/json", "{broken", True),
        (200, "text/plain", "hello", True),
        (200, "application/json", "[]", True),
    ],
)
async def test_an_answer_that_is_none_ends_nothing(
    slack: FakeSlack, ears: KeptEars, status: int, kind: str, body: str, told: bool
) -> None:
    """A stranger stands before Slack, and answers the first two who ask for a socket."""
    asked: list[str] = []

    async def says(request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if method == "apps.connections.open":
            asked.append(method)
            if len(asked) <= 2:
                return web.Response(text=body, content_type=kind, status=status)
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type")}
        url, given = f"{slack.api_url}{method}", await request.read()
        async with (
            ClientSession() as session,
            session.post(url, data=given, headers=headers) as answer,
        ):
            return web.json_response(await answer.json())

    stranger = web.Application()
    stranger.router.add_post("/{method}", says)
    async with (
        TestServer(stranger) as there,
        asyncio.timeout(8),
        heard(slack, ears, api_url=str(there.make_url("/"))),
    ):
        await slack.connected()
        await slack.commands("Mia", "/andon", "undo", channel="alerts")
    assert ears.lines == ["/undo"]
    assert len(asked) == 3
    assert [one.rpartition("Reference ")[2] for one in ears.alerts] == ["c0ffee."] * told


@pytest.mark.parametrize(("bot", "alerts"), [([], 0), (["U0BOT"], 1)])
async def test_tokens_that_people_revoke_are_none_of_the_bots(
    slack: FakeSlack, ears: KeptEars, bot: list[str], alerts: int
) -> None:
    slack.world.events |= {"tokens_revoked"}
    async with heard(slack, ears):
        tokens = {"oauth": [slack.person("Mia").id], "bot": bot}
        slack._chat.tell({"type": "tokens_revoked", "tokens": tokens})
        await slack.until(lambda: slack.envelopes and all(one.acked for one in slack.envelopes))
    assert len(ears.alerts) == alerts
