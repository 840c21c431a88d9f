"""What people do on Slack: commands, mentions, buttons, forms, home pages; and who may."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest

from bot.platforms.base import Outgoing
from bot.platforms.slack import SlackPlatform
from handlers.messages import Address, Button, Field, FieldKind, Form, FormSubmit, Press, Reach
from tests.fakes.clock import HurriedClock
from tests.fakes.slack import FakeSlack, Message
from tests.fakes.slack_team import KeptEars, SlackTeam, heard

EVENING = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)
RECOUNT = Button(id="show.recount:1:2", label="Recount")
UNITS = Field(name="units", label="How many are there", kind=FieldKind.NUMBER)
FORM = Form(id="show.recount:1:2", title="Recount A1", fields=(UNITS,), intro="Use /stock show.")


@pytest.fixture
def clock() -> HurriedClock:
    return HurriedClock(EVENING)


@pytest.fixture
async def slack(clock: HurriedClock) -> AsyncIterator[FakeSlack]:
    async with FakeSlack(now=clock.now) as slack:
        slack.world.events |= {"subteam_members_changed", "subteam_updated"}
        yield slack


@pytest.fixture
def ears(slack: FakeSlack) -> KeptEars:
    return KeptEars(slack)


@pytest.fixture
async def team(slack: FakeSlack, sqlite_url: str, clock: HurriedClock) -> AsyncIterator[SlackTeam]:
    async with SlackTeam(slack, sqlite_url, clock=clock) as team:
        yield team


async def posted(
    slack: FakeSlack, platform: SlackPlatform, *buttons: Button, id: int = 1
) -> Message:
    where = Address("slack", Reach.CHANNEL, slack.channel("alerts").id)
    card = Outgoing(
        id=id, address=where, kind="note", text="card", buttons=buttons, at=slack.world.now()
    )
    await platform.post(card)
    return slack.messages("alerts")[-1]


# --- what is typed --------------------------------------------------------------------------------


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
        for number, text in enumerate(("@Andon stage A12", "@Andon: undo", "@Andon"), start=1):
            slack.says("Mia", "alerts", text)
            await slack.until(lambda number=number: len(ears.acts) == number)
        for number, text in enumerate(
            ("stage A12", "Show Status", "stock", "andon undo", "@Andon help stage"), start=4
        ):
            slack.dm("Mia", text)
            await slack.until(lambda number=number: len(ears.acts) == number)
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


async def test_help_is_by_role_and_pages(slack: FakeSlack, team: SlackTeam) -> None:
    for_mia, for_max = await team.types("Mia", ""), await team.types("Max", "help")
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


# --- who may --------------------------------------------------------------------------------------


async def roles(slack: FakeSlack, ears: KeptEars, name: str) -> Sequence[str]:
    """The roles with which the next act of somebody is handed in."""
    before = len(ears.acts)
    await slack.commands(name, "/andon", "undo", channel="alerts")
    assert len(ears.acts) == before + 1
    return sorted(role.value for role in ears.acts[-1].person.roles - {"viewer"})


async def test_roles_are_by_person_channel_and_group(slack: FakeSlack, ears: KeptEars) -> None:
    mods = slack.channel("mods", private=True, members=["Mo"])
    packers = slack.group("packers", "Pia", "Mo")
    given = {
        "owner": slack.person("Mia").id,
        "moderator": mods.id,
        "packer": packers.id,
    }
    slack.person("Max")
    async with heard(slack, ears, roles=given):
        assert await roles(slack, ears, "Mia") == ["owner"]
        assert await roles(slack, ears, "Mo") == ["moderator", "packer"]
        assert await roles(slack, ears, "Pia") == ["packer"]
        assert await roles(slack, ears, "Max") == []
        slack.joins("Max", "mods")
        await slack.until(lambda: all(one.acked for one in slack.envelopes))
        assert await roles(slack, ears, "Max") == ["moderator"]
        slack.leaves("Mo", "mods")
        await slack.until(lambda: all(one.acked for one in slack.envelopes))
        assert await roles(slack, ears, "Mo") == ["packer"]
    assert ears.acts[0].person.name == "Mia"


async def test_the_first_act_waits_until_roles_are_known(slack: FakeSlack, ears: KeptEars) -> None:
    mods = slack.channel("mods", private=True, members=["Mo"])
    hold = slack.hold("conversations.members")
    async with heard(slack, ears, roles={"moderator": mods.id}):
        act = slack.commands("Mo", "/andon", "undo", channel="alerts")
        await slack.until(lambda: slack.calls("users.info"))
        hold.release()
        await act
    assert "moderator" in ears.acts[0].person.roles


async def test_a_large_channel_is_read_page_by_page(slack: FakeSlack, ears: KeptEars) -> None:
    crowd = [f"P{number}" for number in range(450)]
    mods = slack.channel("mods", private=True, members=[*crowd, "Mo"])
    async with heard(slack, ears, roles={"moderator": mods.id}):
        assert await roles(slack, ears, "P449") == ["moderator"]
        assert await roles(slack, ears, "P0") == ["moderator"]
    assert len(slack.calls("conversations.members")) == 3


async def test_groups_on_a_free_plan_are_explained_and_make_nobody_anything(
    slack: FakeSlack, ears: KeptEars
) -> None:
    packers = slack.group("packers", "Pia")
    async with heard(slack, ears, roles={"packer": packers.id}):
        assert await roles(slack, ears, "Pia") == ["packer"]
        slack.world.paid_plan = False
        slack.joins("Pia", "general")
        await slack.until(lambda: all(one.acked for one in slack.envelopes))
        assert await roles(slack, ears, "Pia") == []
        slack.joins("Max", "general")
        await slack.until(lambda: all(one.acked for one in slack.envelopes))
        assert await roles(slack, ears, "Pia") == []
    assert ears.alerts == [
        f"Slack does not say who is in {packers.id}, so it makes nobody packer: user groups need a "
        "paid plan of Slack; name people or a channel instead."
    ]


async def test_while_slack_cannot_say_the_last_look_counts(
    slack: FakeSlack, ears: KeptEars
) -> None:
    mods = slack.channel("mods", private=True, members=["Mo"])
    async with heard(slack, ears, roles={"moderator": mods.id}):
        assert await roles(slack, ears, "Mo") == ["moderator"]
        slack.fail("conversations.members", status=200, error="internal_error", times=9)
        slack.joins("Max", "general")
        await slack.until(lambda: all(one.acked for one in slack.envelopes))
        assert await roles(slack, ears, "Mo") == ["moderator"]
        assert await roles(slack, ears, "Max") == []
    assert ears.alerts == []


async def test_what_slack_says_in_channels_costs_no_look(slack: FakeSlack, ears: KeptEars) -> None:
    mods = slack.channel("mods", private=True, members=["Mo"])
    async with heard(slack, ears, roles={"moderator": mods.id}):
        for number in range(5):
            slack.says("Mo", "alerts", f"chat {number}")
            await roles(slack, ears, "Mo")
    assert len(slack.calls("conversations.members")) == 1
    assert len(slack.calls("users.info")) == 1


async def test_a_refusal_is_private_names_who_can_help_and_is_audited(
    slack: FakeSlack, team: SlackTeam
) -> None:
    await team.types("Mia", "show start Friday")
    await slack.until(lambda: slack.messages("alerts"))
    [card] = slack.messages("alerts")
    said = await team.types("Max", "stage A1")
    assert said == "/andon stage is for moderator, producer, owner; please ask one of them."
    [refused] = await slack.presses("Max", card, "Next").answered()
    assert refused.only_for == slack.person("Max").id
    assert "please ask one of them" in slack.shown(refused)
    assert await team.audited("refused") == ["Max: /stage", "Max: show.next"]
    assert len(slack.messages("alerts")) == 1


# --- buttons --------------------------------------------------------------------------------------


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


# --- forms ----------------------------------------------------------------------------------------


async def test_a_form_opens_is_checked_and_is_handed_in(slack: FakeSlack, team: SlackTeam) -> None:
    await team.types("Mia", "show start Friday")
    await team.types("Mia", "stage A1")
    await slack.until(lambda: slack.reads("alerts") and "A1" in slack.reads("alerts")[0])
    await slack.presses("Mia", slack.messages("alerts")[0], "Recount")
    view = slack.modal_of("Mia")
    assert view is not None
    assert view.title == "Recount A1"
    wrong = await slack.submits("Mia", {"How many are there": "-4"})
    assert wrong.response_action == "errors"
    assert "from 0 to" in slack.errors_of("Mia")["units"]
    assert slack.modal_of("Mia") is not None
    await slack.submits("Mia", {"How many are there": "2"})
    assert slack.modal_of("Mia") is None
    await slack.until(lambda: "2" in slack.reads("alerts")[0])
    assert await team.audited("stock.recount") == ["Mia: A1"]
    # It is answered where the card stands, to whoever sent it.
    await slack.until(lambda: "A1" in slack.told("Mia", "alerts")[-1])


async def test_while_the_database_is_slow_a_form_opens_empty_and_is_filled(
    slack: FakeSlack, ears: KeptEars
) -> None:
    async with heard(slack, ears, ack_within=0.1) as platform:
        card = await posted(slack, platform, RECOUNT)
        ears.form = FORM
        ears.blind()
        act = await slack.presses("Mia", card, "Recount")
        assert act.error is None
        await slack.until(lambda: slack.modal_of("Mia"))
        empty = slack.modal_of("Mia")
        assert empty is not None
        assert "One moment" in slack.shown(empty)
        ears.release()
        await slack.until(lambda: "andon stock" in slack.shown(slack.modal_of("Mia") or empty))
        await slack.submits("Mia", {"How many are there": "2"})
    [submit] = ears.acts
    assert isinstance(submit, FormSubmit)
    assert (submit.form, submit.values) == (FORM.id, {"units": "2"})
    assert submit.channel.id == slack.channel("alerts").id


async def test_a_form_that_turns_out_to_be_none_says_so(slack: FakeSlack, ears: KeptEars) -> None:
    async with heard(slack, ears, ack_within=0.1) as platform:
        card = await posted(slack, platform, RECOUNT)
        ears.blind()
        await slack.presses("Mia", card, "Recount")
        await slack.until(lambda: slack.modal_of("Mia"))
        ears.release()
        await slack.until(lambda: slack.calls("views.update"))
        view = slack.modal_of("Mia")
        assert view is not None
        assert "nothing to fill in" in slack.shown(view)
    assert len(ears.acts) == 1


async def test_a_slow_check_keeps_nobody_waiting(slack: FakeSlack, ears: KeptEars) -> None:
    async with heard(slack, ears, ack_within=0.1) as platform:
        card = await posted(slack, platform, RECOUNT)
        ears.form = FORM
        await slack.presses("Mia", card, "Recount")
        ears.wrong = {"units": "Too many."}
        ears.blind()
        act = await slack.submits("Mia", {"How many are there": "2"})
        assert act.error is None
    # It is checked again where it is handled.
    assert isinstance(ears.acts[0], FormSubmit)


async def test_a_trigger_that_is_too_old_is_told(slack: FakeSlack, ears: KeptEars) -> None:
    async with heard(slack, ears, ack_within=0.1) as platform:
        card = await posted(slack, platform, RECOUNT)
        ears.form = FORM
        slack.fail("views.open", status=200, error="expired_trigger_id")
        act = await slack.presses("Mia", card, "Recount")
        await act.answered()
        assert "Please try again" in act.texts[0]
        assert act.messages[0].only_for == slack.person("Mia").id
        # Where even the response URL takes nothing, as a direct message.
        slack.fail("views.open", status=200, error="expired_trigger_id")
        slack.fail("response_url", status=404, error="expired_url")
        await slack.presses("Mia", card, "Recount")
        await slack.until(lambda: slack.whispered("Mia"))
    assert ears.acts == []


async def test_a_form_that_comes_again_is_opened_once(slack: FakeSlack, ears: KeptEars) -> None:
    async with FakeSlack(ack_within=0.2) as slack:
        ears = KeptEars(slack)
        async with heard(slack, ears, ack_within=30.0) as platform:
            card = await posted(slack, platform, RECOUNT)
            ears.form = FORM
            hold = slack.hold("views.open")
            act = slack.presses("Mia", card, "Recount")
            await slack.until(lambda: act.envelope and len(act.envelope.attempts) == 2)
            hold.release()
            await act
            await slack.until(lambda: slack.modal_of("Mia"))
    assert len(slack.calls("views.open")) == 1
    assert slack.told("Mia") == []


async def test_a_slow_slack_is_acknowledged_before_its_form_opens(
    slack: FakeSlack, ears: KeptEars
) -> None:
    async with heard(slack, ears, ack_within=0.1) as platform:
        card = await posted(slack, platform, RECOUNT)
        ears.form = FORM
        hold = slack.hold("views.open")
        act = await slack.presses("Mia", card, "Recount")
        assert act.error is None
        assert slack.modal_of("Mia") is None
        hold.release()
        await slack.until(lambda: slack.modal_of("Mia"))


async def test_a_closed_form_does_nothing(slack: FakeSlack, ears: KeptEars) -> None:
    async with heard(slack, ears) as platform:
        card = await posted(slack, platform, RECOUNT)
        ears.form = FORM
        await slack.presses("Mia", card, "Recount")
        assert slack.dismisses("Mia") is None
    assert ears.acts == []
