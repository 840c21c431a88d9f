"""Who may do what on Slack: roles by person, by channel and by user group."""

from collections.abc import Sequence

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import FakeSlack
from tests.fakes.slack_team import KeptEars, SlackTeam, heard


@pytest.fixture
def slack(slack: FakeSlack) -> FakeSlack:
    """It also tells of user groups."""
    slack.world.events |= {"subteam_members_changed", "subteam_updated"}
    return slack


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
        slack.group("packers", "Max")
        slack._chat.tell({"type": "subteam_members_changed", "subteam_id": packers.id})
        await slack.until(lambda: all(one.acked for one in slack.envelopes))
        assert await roles(slack, ears, "Pia") == []
        assert await roles(slack, ears, "Max") == ["moderator", "packer"]
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


async def test_after_a_start_without_slack_the_next_act_looks_again(
    slack: FakeSlack, ears: KeptEars
) -> None:
    mods = slack.channel("mods", private=True, members=["Mo"])
    slack.fail("conversations.members", status=200, error="internal_error", times=2)
    async with heard(slack, ears, roles={"moderator": mods.id}):
        await slack.until(lambda: slack.calls("conversations.members"))
        # Slack is not back yet, and then it is.
        assert await roles(slack, ears, "Mo") == []
        assert await roles(slack, ears, "Mo") == ["moderator"]
        await roles(slack, ears, "Mo")
    assert len(slack.calls("conversations.members")) == 3


async def test_who_leaves_loses_the_role_at_once_though_slack_says_no_more(
    slack: FakeSlack, ears: KeptEars
) -> None:
    mods = slack.channel("mods", private=True, members=["Mo", "Max"])
    async with heard(slack, ears, roles={"moderator": mods.id}):
        assert await roles(slack, ears, "Mo") == ["moderator"]
        slack.fail("conversations.members", status=200, error="internal_error", times=2)
        slack.leaves("Mo", "mods")
        slack.joins("Mia", "mods")
        await slack.until(lambda: all(one.acked for one in slack.envelopes))
        assert await roles(slack, ears, "Mo") == []
        assert await roles(slack, ears, "Max") == ["moderator"]
        assert await roles(slack, ears, "Mia") == ["moderator"]


async def test_an_answer_that_is_none_keeps_nobody_from_acting(
    slack: FakeSlack, ears: KeptEars, monkeypatch: pytest.MonkeyPatch
) -> None:
    mods = slack.channel("mods", private=True, members=["Mo"])

    async def garbled(self: AsyncWebClient, **_: object) -> None:
        raise AttributeError("'list' object has no attribute 'get'")

    monkeypatch.setattr(AsyncWebClient, "users_info", garbled)
    monkeypatch.setattr(AsyncWebClient, "conversations_members", garbled)
    async with heard(slack, ears, roles={"moderator": mods.id}):
        assert await roles(slack, ears, "Mo") == []
    assert ears.acts[0].person.name == slack.person("Mo").handle


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
    await slack.until(lambda: any("is live" in one for one in slack.reads("alerts")))
    # A playbook that begins with the show has a card too.
    [card, *_] = [one for one in slack.messages("alerts") if "Next" in slack.buttons(one)]
    said = await team.types("Max", "stage A1")
    assert "/andon stage" in said
    assert "please ask" in said
    [refused] = await slack.presses("Max", card, "Next").answered()
    assert refused.only_for == slack.person("Max").id
    assert "please ask" in slack.shown(refused)
    assert await team.audited("refused") == ["Max: /stage", "Max: show.next"]
    # Nothing was done: the card says of nobody what is on stage.
    assert "Nothing is on stage" in slack.shown(card)
