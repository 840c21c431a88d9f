"""Channels of the team that Slack takes away, and what the log may hold of it all."""

import io
import logging
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from bot.logs import write_logs
from bot.platforms.base import PlaceGone, PostFailed
from handlers.messages import Channel
from tests.fakes.clock import HurriedClock
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_team import EVENING, KeptEars, SlackTeam, heard, to


@pytest.fixture
def clock() -> HurriedClock:
    return HurriedClock(EVENING)


@pytest.fixture
async def slack(clock: HurriedClock) -> AsyncIterator[FakeSlack]:
    async with FakeSlack(now=clock.now) as slack:
        slack.channel("exceptions", private=True, members=["Mia"])
        yield slack


@pytest.mark.parametrize("how", ["deletes_channel", "removes_bot", "archives"])
@pytest.mark.parametrize("told", [True, False])
async def test_what_a_lost_channel_was_to_hear_goes_elsewhere_with_an_alert(
    slack: FakeSlack, sqlite_url: str, clock: HurriedClock, how: str, told: bool
) -> None:
    if not told:
        slack.world.events.clear()
    channels = {one: slack.channel(one).id for one in ("alerts", "exceptions")}
    async with SlackTeam(slack, sqlite_url, clock=clock, channels=channels) as team:
        await team.says("one", audience="exceptions")
        await slack.until(lambda: slack.messages("exceptions"))
        getattr(slack, how)("exceptions")
        if told:
            await slack.until(lambda: len(slack.reads("alerts")) == 1)
        await team.says("two", audience="exceptions")
        await slack.until(lambda: "two" in slack.reads("alerts"))
        await slack.until(lambda: len(slack.reads("alerts")) == 2)
        [alert] = [one for one in slack.reads("alerts") if one != "two"]
        assert channels["exceptions"] in alert
        assert "/invite @Andon" in alert
        if how == "deletes_channel":
            return
        if how == "archives":
            slack.unarchives("exceptions")
        else:
            slack.invites_bot("exceptions")
        await slack.until(lambda: all(one.acked for one in slack.envelopes))
        if not told:
            # Nobody said so: a post finds out after a while.
            clock.advance(601)
        await team.says("three", audience="exceptions")
        await slack.until(lambda: "three" in slack.reads("exceptions"))
    assert len(slack.reads("alerts")) == 2


async def test_a_channel_that_stays_lost_is_no_second_alert(
    slack: FakeSlack, clock: HurriedClock
) -> None:
    slack.world.events.clear()
    ears, channels = KeptEars(slack), {"alerts": slack.channel("alerts").id}
    async with heard(slack, ears, clock=clock, channels=channels) as platform:
        slack.removes_bot("alerts")
        for number in range(3):
            assert platform.audience_channel("alerts") is not None
            with pytest.raises(PlaceGone):
                await platform.post(to(slack, "alerts", "one", number))
            assert platform.audience_channel("alerts") is None
            clock.advance(601)
    assert len(ears.alerts) == 1


async def test_an_alert_for_a_channel_that_is_gone_is_given_again(
    slack: FakeSlack, clock: HurriedClock
) -> None:
    slack.world.events.clear()
    ears, where = KeptEars(slack), slack.channel("alerts").id
    async with heard(slack, ears, clock=clock) as platform:
        slack.deletes_channel("alerts")
        with pytest.raises(PostFailed):
            await platform.shout(Channel("slack", where), "⚠️ The disk is full.")
    lost, again = ears.alerts
    assert where in lost
    assert again == "The disk is full."


async def test_a_card_whose_channel_was_lost_is_posted_anew_elsewhere(
    slack: FakeSlack, sqlite_url: str, clock: HurriedClock
) -> None:
    channels = {one: slack.channel(one).id for one in ("alerts", "exceptions")}
    async with SlackTeam(slack, sqlite_url, clock=clock, channels=channels) as team:
        await team.says("open", audience="exceptions", card="exception:1")
        await slack.until(lambda: slack.messages("exceptions"))
        slack.removes_bot("exceptions")
        await slack.until(lambda: slack.messages("alerts"))
        await team.says("taken", audience="exceptions", card="exception:1")
        await slack.until(lambda: "taken" in slack.reads("alerts"))
        await team.says("done", audience="exceptions", card="exception:1")
        await slack.until(lambda: "done" in slack.reads("alerts"))
    assert "taken" not in slack.reads("alerts")


async def test_the_workspace_that_removes_the_app_is_an_alert(
    slack: FakeSlack, clock: HurriedClock
) -> None:
    ears = KeptEars(slack)
    slack.world.events |= {"app_uninstalled"}
    async with heard(slack, ears, clock=clock):
        slack._chat.tell({"type": "app_uninstalled", "event_ts": slack.world.make_ts()})
        await slack.until(lambda: ears.alerts)
    assert "install the app again" in ears.alerts[0]


# --- what the log may hold ------------------------------------------------------------------------


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[io.StringIO]:
    """All that is logged, by us and by the SDK, at every level."""
    before, text = structlog.get_config(), io.StringIO()
    write_logs(text)
    handler = logging.StreamHandler(text)
    logging.getLogger().addHandler(handler)
    caplog.set_level(logging.DEBUG)
    yield text
    logging.getLogger().removeHandler(handler)
    structlog.configure(**before)


async def test_no_token_no_url_and_nothing_that_was_typed_is_in_the_log(
    slack: FakeSlack, sqlite_url: str, clock: HurriedClock, log: io.StringIO
) -> None:
    typed = "my-private-words"
    async with SlackTeam(slack, sqlite_url, clock=clock) as team:
        slack.fail("response_url", cut=True)
        slack.fail("response_url", status=500)
        slack.fail("response_url", status=404, error="expired_url")
        slack.fail("chat.postEphemeral", status=200, error="internal_error")
        slack.fail("chat.postEphemeral", status=200, error="msg_too_long")
        first = slack.commands("Mia", "/andon", f"show start {typed}", channel="alerts")
        await slack.until(lambda: len(slack.calls("chat.postEphemeral")) == 2)
        slack.says("Mia", "alerts", f"@Andon {typed}")
        slack.dm("Mia", typed)
        await slack.until(lambda: slack.whispered("Mia"))
        slack.fail("views.open", status=200, error="expired_trigger_id")
        await team.types("Mia", "stage A1")
        await slack.until(lambda: "A1" in "".join(slack.reads("alerts")))
        recount = slack.presses("Mia", slack.messages("alerts")[0], "Recount")
        await recount.answered()
        await slack.drop()
        slack.refuse(1)
        await slack.connected()
        slack._deliveries.send("interactive", {"type": "unheard_of", "text": typed})
        slack.revoke(slack.token)
        await team.says("nobody hears this")
        await slack.until(lambda: any(one.error == "account_inactive" for one in slack.calls()))
    told = log.getvalue()
    assert "Slack" in told
    for secret in (slack.token, slack.app_token, first.response_url, recount.response_url, typed):
        assert secret not in told, secret
    assert "/respond/" not in told
    assert "ticket" not in told
