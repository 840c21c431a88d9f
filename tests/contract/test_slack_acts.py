"""What people type and press on Slack: commands, mentions, messages, buttons, home pages."""

import pytest

from handlers.messages import Button, Press
from handlers.team.alerts import raise_alert, settle_alert
from tests.fakes.clock import HurriedClock
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_team import KeptEars, SlackTeam, heard, posted


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


async def test_a_press_on_the_home_page_is_answered_there(
    slack: FakeSlack, team: SlackTeam
) -> None:
    await team.types("Mia", "show start Friday")
    slack.opens_home("Mia")
    await slack.until(lambda: slack.home_of("Mia"))
    home = slack.home_of("Mia")
    assert home is not None
    assert "Friday is live" in slack.shown(home)
    taken = "The start of Friday is taken back."
    await slack.presses("Mia", home, "Undo")

    def lines() -> list[str]:
        now = slack.home_of("Mia")
        return [] if now is None else slack.shown(now).splitlines()

    await slack.until(lambda: lines()[2:3] == [taken])
    assert "Friday is live" not in "".join(lines())
    assert slack.whispered("Mia") == []
    # It has been read by the next time that the page is made.
    slack.opens_home("Mia")
    await slack.until(lambda: taken not in lines())


async def test_an_answer_that_the_home_page_cannot_show_comes_as_a_direct_message(
    slack: FakeSlack, team: SlackTeam
) -> None:
    await team.types("Mia", "show start Friday")
    slack.opens_home("Mia")
    await slack.until(lambda: slack.home_of("Mia"))
    home = slack.home_of("Mia")
    assert home is not None
    slack.fail("views.publish", 200, error="not_enabled")
    await slack.presses("Mia", home, "Undo")
    await slack.until(lambda: slack.whispered("Mia"))


async def test_a_card_that_goes_on_elsewhere_turns_quiet_when_it_is_pressed(
    slack: FakeSlack, sqlite_url: str, clock: HurriedClock
) -> None:
    async with SlackTeam(slack, sqlite_url, clock=clock) as before:
        await before.types("Mia", "show start Friday")
        await before.types("Mia", "stage A1")
        await slack.until(lambda: slack.reads("alerts") and "A1" in slack.reads("alerts")[0])
    [old] = slack.messages("alerts")
    elsewhere = {"alerts": slack.channel("desk").id}
    async with SlackTeam(slack, sqlite_url, clock=clock, channels=elsewhere) as team:
        await team.types("Mia", "stage B2")
        await slack.until(lambda: slack.reads("desk") and "B2" in slack.reads("desk")[0])
        # So that it is known where the card stands.
        await team.andon.relay.drain()
        await slack.presses("Mia", old, "Pause")
        await slack.until(lambda: not slack.buttons(slack.messages("alerts")[0]))
        assert "older copy" in slack.reads("alerts")[0]
        assert "B2" in slack.reads("alerts")[0]
        # What stands where it should keeps its buttons.
        await slack.presses("Mia", slack.messages("desk")[0], "Undo")
        await team.types("Mia", "stock")
        assert slack.buttons(slack.messages("desk")[0])


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


async def test_one_thing_for_two_audiences_of_one_channel_is_one_card(
    slack: FakeSlack, sqlite_url: str, clock: HurriedClock
) -> None:
    both = {one: slack.channel("alerts").id for one in ("alerts", "exceptions")}
    owners = {"owner": [slack.person("Mia").id, slack.person("Max").id]}
    async with SlackTeam(slack, sqlite_url, clock=clock, channels=both, roles=owners) as team:

        async def happens(audience: str, outcome: str = "") -> None:
            dispatcher = team.andon.dispatcher
            async with team.storage.write() as tx:
                work = dispatcher._work(tx, dispatcher.snapshot, clock.now())
                if outcome:
                    await settle_alert(work, "printer", outcome)
                else:
                    values = {"text": "The printer is out of labels"}
                    await raise_alert(
                        work, key="printer", kind="answer", values=values, audience=audience
                    )
                await work.write()

        await happens("alerts")
        await happens("exceptions")
        await slack.until(lambda: slack.reads("alerts") and "2 times" in slack.reads("alerts")[0])
        card = slack.messages("alerts")[0]
        await slack.presses("Mia", card, "I take it").answered()
        # Whose act it was may take it back, once, however often that is asked for at once.
        first = slack.commands("Mia", "/andon", "undo", channel="alerts")
        second = slack.commands("Mia", "/andon", "undo", channel="alerts")
        third = slack.commands("Max", "/andon", "undo", channel="alerts")
        told = [slack.shown((await one.answered())[0]) for one in (first, second, third)]
        assert told.count("It waits for somebody to take it again.") == 1
        await happens("alerts", "labels are in")
        await slack.until(lambda: "labels are in" in slack.reads("alerts")[0])
        [settled] = [one for one in slack.messages("alerts") if not one.is_reply]
        assert slack.buttons(settled) == []
