"""What people type and press on Slack: commands, mentions, messages, buttons, home pages."""

from collections.abc import AsyncIterator

import pytest

from handlers.messages import Button, Press
from tests.fakes.clock import HurriedClock
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_team import EVENING, KeptEars, SlackTeam, heard, posted


@pytest.fixture
def clock() -> HurriedClock:
    return HurriedClock(EVENING)


@pytest.fixture
async def slack(clock: HurriedClock) -> AsyncIterator[FakeSlack]:
    async with FakeSlack(now=clock.now) as slack:
        yield slack


@pytest.fixture
def ears(slack: FakeSlack) -> KeptEars:
    return KeptEars(slack)


@pytest.fixture
async def team(slack: FakeSlack, sqlite_url: str, clock: HurriedClock) -> AsyncIterator[SlackTeam]:
    async with SlackTeam(slack, sqlite_url, clock=clock) as team:
        yield team


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("stage A12 M", "/stage A12 M"),
        ("  stage   A12 ", "/stage   A12"),
        ("/stage A12", "/stage A12"),
        ("andon stage A12", "/stage A12"),
        ("", "/help"),
        ("help", "/help"),
        ("stage “beach towel”", '/stage "beach towel"'),
        ("show start Ann’s ‘big’ show", "/show start Ann's 'big' show"),
        ("show start Bed &amp; Bath &lt;3 &amp;copy;", "/show start Bed & Bath <3 &copy;"),
        ("show start &copy", "/show start &copy"),
        ("claim add <@U0000009|ana> A1", "/claim add <@U0000009> A1"),
        ("cord A1 see <#C0000002|alerts>", "/cord A1 see #alerts"),
        ("cord A1 see <https://a.example/x?y=1|a.example>", "/cord A1 see a.example"),
        ("cord A1 see <https://a.example/x>", "/cord A1 see https://a.example/x"),
        ("cord A1 tell <mailto:a@b.example|a@b.example>", "/cord A1 tell a@b.example"),
    ],
)
async def test_a_command_is_read_as_it_was_typed(
    slack: FakeSlack, ears: KeptEars, typed: str, line: str
) -> None:
    async with heard(slack, ears):
        await slack.commands("Mia", "/andon", typed, channel="alerts")
    assert ears.lines == [line]


async def test_mentions_and_direct_messages_take_the_same_words(
    slack: FakeSlack, ears: KeptEars
) -> None:
    slack.person("Mia")
    async with heard(slack, ears):
        for text in ("@Andon stage A12", "@Andon: undo", "@Andon"):
            slack.says("Mia", "alerts", text)
            await ears.took(1)
        for text in ("stage A12", "Show Status", "stock", "andon undo", "@Andon help stage"):
            slack.dm("Mia", text)
            await ears.took(1)
    assert ears.lines[:3] == ["/stage A12", "/undo", "/help"]
    assert ears.lines[3:] == ["/stage A12", "/Show Status", "/stock", "/undo", "/help stage"]
    assert ears.written == []
    assert len({one.key for one in ears.acts}) == 8


async def test_other_direct_messages_are_none(slack: FakeSlack, ears: KeptEars) -> None:
    slack.person("Mia")
    async with heard(slack, ears):
        line = slack.dm("Mia", "hello, who is there?")
        slack.edits(line, "stage A12")
        slack.says("Mia", "alerts", "stage A12 is what I would type")
        slack.dm("Mia", "showing off & more")
        await slack.until(lambda: len(ears.written) == 2)
        await slack.until(lambda: all(one.acked for one in slack.envelopes))
    assert [one.text for one in ears.written] == ["hello, who is there?", "showing off & more"]
    assert ears.acts == []


async def test_one_text_that_comes_as_two_events_is_one(slack: FakeSlack, ears: KeptEars) -> None:
    async with heard(slack, ears):
        slack.says("Mia", "alerts", "@Andon undo")
        await slack.until(lambda: ears.acts)
        await slack.until(lambda: all(one.acked for one in slack.envelopes))
    kinds = [one.payload["event"]["type"] for one in slack.envelopes]
    assert sorted(kinds) == ["app_mention", "message"]
    assert ears.lines == ["/undo"]


async def test_the_house_answers_each_in_private(slack: FakeSlack, team: SlackTeam) -> None:
    assert "/andon stage CODE" in await team.types("Mia", "show start Friday")
    assert await team.types("Mia", "stage “beach towel”") == "B2 is on stage: 4 left."
    assert await team.types("Mia", "stage beach towel") == "B2 is on stage: 4 left."
    assert "S3 / M is on stage" in await team.types("Mia", "stage S3 M")
    unknown = await team.types("Mia", "stgae A1")
    assert "Did you mean /andon stage?" in unknown
    assert "needs one more word" in await team.types("Mia", "stock")
    assert "There is no item Z9" in await team.types("Mia", "stage Z9")
    slack.says("Mia", "alerts", "@Andon stock show A1")
    await slack.until(lambda: "A1" in slack.told("Mia", "alerts")[-1])
    slack.dm("Mia", "stock show A1")
    await slack.until(lambda: slack.whispered("Mia"))
    assert "3" in slack.whispered("Mia")[0]
    assert slack.told("Max") == []


async def test_help_is_by_role_and_turns_its_pages(slack: FakeSlack, team: SlackTeam) -> None:
    asked = await slack.commands("Mia", "/andon", channel="alerts").answered()
    pages = [slack.shown(asked[0])]
    while "Next" in slack.buttons(asked[0]):
        asked = await slack.presses("Mia", asked[0], "Next").answered()
        pages.append(slack.shown(asked[0]))
    for_mia, for_max = "\n".join(pages), await team.types("Max", "help")
    assert "/andon stock recount" in for_mia
    assert "/andon cart" in for_max
    assert "stock recount" not in for_max
    assert "stage CODE" in await team.types("Mia", "help stage")


async def test_a_command_where_the_bot_is_not_is_answered_too(
    slack: FakeSlack, team: SlackTeam
) -> None:
    slack.channel("kitchen", private=True, members=["Mia"], bot=False)
    assert "Friday is live" in await team.types("Mia", "show start Friday", channel="kitchen")
    # Where the response URL is no help any more, it comes as a direct message.
    slack.fail("response_url", status=404, error="expired_url")
    slack.commands("Mia", "/andon", "show status", channel="kitchen")
    await slack.until(lambda: slack.whispered("Mia"))
    assert "Friday" in slack.whispered("Mia")[0]


# --- buttons and home pages -----------------------------------------------------------------------


async def test_a_button_acts_once_and_the_second_hears_who_was_faster(
    slack: FakeSlack, sqlite_url: str, clock: HurriedClock
) -> None:
    both = {"owner": [slack.person("Mia").id, slack.person("Max").id]}
    async with SlackTeam(slack, sqlite_url, clock=clock, roles=both) as team:
        await team.types("Mia", "show start Friday")
        await team.types("Mia", "stage A1")
        await slack.until(lambda: slack.reads("alerts") and "A1" in slack.reads("alerts")[0])
        [card] = slack.messages("alerts")
        first = slack.presses("Mia", card, "Pause")
        second = slack.presses("Max", card, "Pause")
        told = [*await first.answered(), *await second.answered()]
        await slack.until(lambda: "Resume" in slack.buttons(slack.messages("alerts")[0]))
        assert len(await team.audited("stock.pause")) == 1
        assert any("Mia" in slack.shown(one) or "Max" in slack.shown(one) for one in told)
        assert len(slack.messages("alerts")) == 1
        # After a restart the same card works on.
        await team.stop()
        await team.start()
        [card] = slack.messages("alerts")
        await slack.presses("Max", card, "Resume").answered()
        await slack.until(lambda: "Pause" in slack.buttons(slack.messages("alerts")[0]))
    assert len(slack.messages("alerts")) == 1


async def test_a_select_stands_for_many_buttons(slack: FakeSlack, ears: KeptEars) -> None:
    many = [Button(id=f"pick.one:{number}", label=f"Item {number}") for number in range(90)]
    async with heard(slack, ears) as platform:
        card = await posted(slack, platform, *many)
        await slack.presses("Mia", card, "Item 77")
    [press] = ears.acts
    assert isinstance(press, Press)
    assert press.button == "pick.one:77"


async def test_a_press_on_the_home_page_is_answered_in_a_direct_message(
    slack: FakeSlack, team: SlackTeam
) -> None:
    await team.types("Mia", "show start Friday")
    slack.opens_home("Mia")
    await slack.until(lambda: slack.home_of("Mia"))
    home = slack.home_of("Mia")
    assert home is not None
    assert "Friday is live" in slack.shown(home)
    await slack.presses("Mia", home, "Undo")
    await slack.until(lambda: slack.whispered("Mia"))

    def over() -> bool:
        now = slack.home_of("Mia")
        return now is not None and "Friday is live" not in slack.shown(now)

    await slack.until(over)


async def test_the_home_page_follows_what_its_reader_does(slack: FakeSlack, ears: KeptEars) -> None:
    async with heard(slack, ears):
        slack.opens_home("Mia")
        slack.opens_home("Mia", tab="messages")
        await slack.until(lambda: slack.home_of("Mia"))
        await slack.commands("Max", "/andon", "undo", channel="alerts")
        await slack.commands("Mia", "/andon", "undo", channel="alerts")
        await slack.until(lambda: len(slack.calls("views.publish")) == 2)
        home = slack.home_of("Mia")
        assert home is not None
        assert "2 done" in slack.shown(home)
    assert slack.home_of("Max") is None


async def test_a_home_page_that_cannot_be_shown_undoes_nothing(
    slack: FakeSlack, ears: KeptEars
) -> None:
    async with heard(slack, ears):
        slack.fail("views.publish", status=200, error="internal_error", times=9)
        slack.opens_home("Mia")
        act = await slack.commands("Mia", "/andon", "undo", channel="alerts")
        assert act.error is None
    assert ears.lines == ["/undo"]
