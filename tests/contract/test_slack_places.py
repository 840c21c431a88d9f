"""Channels of the team that Slack takes away, and what the log may hold of it all."""

import asyncio
import io
import logging
from collections.abc import Iterator

import pytest
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import write_logs
from bot.platforms.base import PlaceGone
from bot.platforms.slack.places import Places
from handlers.messages import Channel
from tests.fakes.clock import HurriedClock
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_team import KeptEars, SlackTeam, heard, settings_for, to


@pytest.fixture
def slack(slack: FakeSlack) -> FakeSlack:
    """With a channel of its own for exceptions."""
    slack.channel("exceptions", private=True, members=["Mia"])
    return slack


@pytest.mark.parametrize("how", ["deletes_channel", "removes_bot", "archives"])
@pytest.mark.parametrize("told", [True, False])
async def test_what_a_lost_channel_was_to_hear_goes_elsewhere_with_an_alert(
    slack: FakeSlack, sqlite_url: str, clock: HurriedClock, how: str, told: bool
) -> None:
    if not told:
        slack.world.events.clear()
    channels = {one: slack.channel(one).id for one in ("alerts", "exceptions")}
    async with SlackTeam(slack, sqlite_url, clock=clock, channels=channels) as team:
        await slack.until(lambda: len(slack.calls("conversations.info")) == len(channels))
        await team.says("one", audience="exceptions")
        await slack.until(lambda: slack.messages("exceptions"))
        getattr(slack, how)("exceptions")
        if told:
            await slack.until(lambda: len(slack.reads("alerts")) == 1)
        await team.says("two", audience="exceptions")
        await slack.until(lambda: "two" in slack.reads("alerts"))
        await slack.until(lambda: len(slack.reads("alerts")) == 2)
        [alert] = [one for one in slack.reads("alerts") if one != "two"]
        assert "#exceptions" in alert
        assert "goes elsewhere until" in alert
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


async def test_a_lost_channel_is_called_by_its_name(slack: FakeSlack, clock: HurriedClock) -> None:
    rooms = {"alerts": slack.channel("alerts").id, "exceptions": slack.channel("exceptions").id}
    places, said = (
        Places(settings_for(slack, channels=rooms).slack.channels, clock.now),
        list[str](),
    )
    places.alert = said.append
    await places.look(AsyncWebClient(token=slack.token, base_url=slack.api_url))
    places.lose(rooms["exceptions"], "left")
    assert said == [
        "The bot was removed from #exceptions on Slack. What is meant for exceptions goes "
        "elsewhere until the bot is invited again (/invite @Andon)."
    ]


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


async def test_an_alert_for_a_channel_that_is_gone_is_given_in_another(
    slack: FakeSlack, sqlite_url: str, clock: HurriedClock
) -> None:
    slack.world.events.clear()
    channels = {one: slack.channel(one).id for one in ("alerts", "exceptions")}
    async with SlackTeam(slack, sqlite_url, clock=clock, channels=channels) as team:
        await slack.until(lambda: len(slack.calls("conversations.info")) == len(channels))
        slack.deletes_channel("alerts")
        team.andon.alert_directly("The disk is full.")
        await slack.until(lambda: "⚠️ The disk is full." in slack.reads("exceptions"))
        # Good news warns of nothing.
        team.andon.alert_directly("✓ The disk has room again.")
        await slack.until(lambda: "✓ The disk has room again." in slack.reads("exceptions"))
        await slack.until(lambda: "#alerts" in "".join(slack.reads("exceptions")))
    assert slack.reads("exceptions").count("⚠️ The disk is full.") == 1


async def test_that_slack_is_dead_is_said_on_the_other_platform(
    slack: FakeSlack, sqlite_url: str, clock: HurriedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def shout(channel: Channel, text: str) -> None:
        said.set_result(f"{channel.id}: {text}")

    async with SlackTeam(slack, sqlite_url, clock=clock) as team:
        monkeypatch.setattr(team.paper, "audience_channel", lambda name: Channel("paper", name))
        monkeypatch.setattr(team.paper, "shout", shout)
        team.andon.alert_directly("Still there.")
        await slack.until(lambda: slack.reads("alerts"))
        await slack.down()
        team.andon.alert_directly("The disk is full.")
        async with asyncio.timeout(5):
            assert await said == "alerts: ⚠️ The disk is full."
        await slack.up()
    assert slack.reads("alerts")[0] == "⚠️ Still there."


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
        [card, *_] = [one for one in slack.messages("alerts") if "Recount" in slack.buttons(one)]
        recount = slack.presses("Mia", card, "Recount")
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
