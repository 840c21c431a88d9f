"""Forms on Slack: opened in time, checked beside their fields, handed in once."""

import pytest
from structlog.testing import capture_logs

from handlers.messages import Button, Field, FieldKind, Form, FormSubmit, Press
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_team import KeptEars, SlackTeam, heard, posted

RECOUNT = Button(id="show.recount:1:2", label="Recount")
UNITS = Field(name="units", label="How many are there", kind=FieldKind.NUMBER)
FORM = Form(id="show.recount:1:2", title="Recount A1", fields=(UNITS,), intro="Use /stock show.")


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
    await slack.until(lambda: "2 left" in slack.reads("alerts")[0])
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


async def test_what_fails_late_is_in_the_log_under_a_reference(
    slack: FakeSlack, ears: KeptEars, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = ears.act

    async def act(one: Press) -> None:
        await original(one)
        raise KeyError("a bug")

    monkeypatch.setattr(ears, "act", act)
    with capture_logs() as log:
        async with heard(slack, ears, ack_within=0.05):
            ears.hold()
            await slack.commands("Mia", "/andon", "undo", channel="alerts")
    assert [one["reference"] for one in log if one["log_level"] == "error"] == ["c0ffee"]


async def test_a_closed_form_does_nothing(slack: FakeSlack, ears: KeptEars) -> None:
    async with heard(slack, ears) as platform:
        card = await posted(slack, platform, RECOUNT)
        ears.form = FORM
        await slack.presses("Mia", card, "Recount")
        assert slack.dismisses("Mia") is None
    assert ears.acts == []
