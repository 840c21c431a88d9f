"""A show on Discord with the team on Slack, end to end, over loopback with the real SDKs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.discord import FakeDiscord
from tests.fakes.slack import FakeSlack
from tests.fakes.team_shop import TeamShop


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        slack.channel("exceptions", private=True, members=["Mia", "Max"])
        yield slack


@pytest.fixture
async def shop(server: FakeDiscord, slack: FakeSlack, sqlite_file: Path) -> AsyncIterator[TeamShop]:
    async with TeamShop(server, slack, sqlite_file) as shop:
        yield shop


async def test_a_show_on_discord_with_the_team_on_slack(
    server: FakeDiscord, slack: FakeSlack, shop: TeamShop
) -> None:
    started = slack.commands("Mia", "/andon", "show start Friday", channel="alerts")
    await started.answered(1)
    await server.until(lambda: server.reads())
    staged = slack.commands("Mia", "/andon", "stage A2", channel="alerts")
    await staged.answered(1)

    for name in ("Ana", "Bob", "Cid", "Dora"):
        server.says(name, "live", "mine A2")
    await shop.takes_in(4)
    await server.until(lambda: any("Dora" in text for text in server.reads()))

    recount = slack.commands("Mia", "/andon", "stock recount A2 1", channel="alerts")
    await recount.answered(1)
    await slack.until(lambda: slack.messages("exceptions"))
    [card] = slack.messages("exceptions")
    assert "A2" in slack.shown(card)

    await slack.presses("Mia", card, "I take it").answered(1)
    await slack.until(lambda: "Mia" in slack.shown(slack.messages("exceptions")[0]))
    [card] = slack.messages("exceptions")
    assert slack.buttons(card) == ["Settle", "Hand on"]

    ended = slack.commands("Mia", "/andon", "show end", channel="alerts")
    await ended.answered(1)
    await server.until(lambda: "over" in " ".join(server.reads()[-3:]).lower())
