"""Killed between the commit and the end of a post: after the restart it stands there once.

A real `andon run` and the fake Slack, which holds the post until the process is dead.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.fakes.process import Running
from tests.fakes.rush import stocked
from tests.fakes.slack import FakeSlack


def settings(slack: FakeSlack) -> Mapping[str, str]:
    """A shop whose team is on this Slack; Mia owns it."""
    return {
        "SLACK__BOT_TOKEN": slack.token,
        "SLACK__APP_TOKEN": slack.app_token,
        "SLACK__API_URL": slack.api_url,
        "SLACK__CHANNELS__ALERTS": slack.channel("alerts").id,
        "SLACK__ROLES__OWNER": slack.person("Mia").id,
    }


def shows(slack: FakeSlack) -> list[str]:
    """The cards of the show: the run that begins with it has one too."""
    return [text for text in slack.reads("alerts") if "is live" in text]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("accepted", [True, False], ids=["accepted", "never accepted"])
async def test_what_was_being_posted_when_it_died_stands_there_once(
    sqlite_file: Path, tmp_path: Path, accepted: bool
) -> None:
    await stocked(f"sqlite+aiosqlite:///{sqlite_file}")
    async with FakeSlack() as slack:
        hold = slack.hold("chat.postMessage", after_effect=accepted)
        async with Running.started(tmp_path, **settings(slack)) as running:
            await slack.connected()
            await slack.commands("Mia", "/andon", "show start Friday", channel="alerts")
            await slack.until(lambda: hold.waiting)
            # Committed, and under way: nobody has told the process how it ended.
            assert len(slack.messages("alerts")) == accepted
            await running.kill()
        hold.drop()
        async with Running.started(tmp_path, **settings(slack)) as again:
            await slack.connected()
            await slack.until(lambda: slack.messages("alerts"), 30)
            # What comes after it in the same channel finds it known: it is edited where it stands.
            await slack.commands("Mia", "/andon", "stage A1", channel="alerts")
            await slack.until(lambda: any("A1" in one for one in shows(slack)), 30)
            assert await again.stop() == 0
        [card] = shows(slack)
        assert "Friday is live" in card
