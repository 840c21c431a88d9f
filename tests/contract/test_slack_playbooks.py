"""Playbooks on Slack: what the team says, the card of a run with its buttons, and the review."""

from collections.abc import AsyncIterator

import pytest

from handlers.messages import Channel
from tests.fakes.clock import HurriedClock
from tests.fakes.slack import FakeSlack, Message
from tests.fakes.slack_team import KeptEars, SlackTeam, heard


@pytest.fixture
async def team(slack: FakeSlack, sqlite_url: str, clock: HurriedClock) -> AsyncIterator[SlackTeam]:
    """A whole Andon with its playbooks; Mia owns the shop."""
    async with SlackTeam(slack, sqlite_url, clock=clock, playbooks=True) as team:
        yield team


def card(slack: FakeSlack, words: str) -> Message | None:
    """The newest post to the team with these words."""
    found = [one for one in slack.messages("alerts") if words in slack.shown(one)]
    return found[-1] if found else None


async def shown(slack: FakeSlack, words: str) -> Message:
    """The same, once it is there."""
    await slack.until(lambda: card(slack, words))
    found = card(slack, words)
    assert found is not None
    return found


# --- what the team says ---------------------------------------------------------------------------


async def test_only_what_people_type_to_each_other_is_overheard(
    slack: FakeSlack, ears: KeptEars
) -> None:
    slack.channel("lunch")
    async with heard(slack, ears) as platform:
        own = Channel(platform.name, slack.channel("alerts").id)
        await platform.shout(own, "the voucher is broken")
        slack.says("Mia", "lunch", "the voucher is broken")
        slack.says("Mia", "alerts", "@Andon stage A1 broken")
        line = slack.says("Mia", "alerts", "is A1 & A2 broken?")
        slack.edits(line, "is A1 broken??")
        slack.says("Mia", "alerts", "thanks")
        await slack.until(lambda: len(ears.overheard) == 2 and ears.acts)
    assert [one.text for one in ears.overheard] == ["is A1 & A2 broken?", "thanks"]
    first = ears.overheard[0]
    assert first.key.endswith(f":{slack.channel('alerts').id}:{line.ts}")
    assert first.person.name == "Mia"
    # The mention is a command alone, though Slack brings it as a message as well.
    assert len(ears.acts) == 1


async def test_words_in_a_team_channel_suggest_a_playbook(
    slack: FakeSlack, team: SlackTeam
) -> None:
    slack.says("Max", "alerts", "somebody says her voucher is refused")
    asked = await shown(slack, "shall we start the playbook coupon-failing")
    assert "Max said" in slack.shown(asked)
    await slack.presses("Mia", asked, "Not now")
    await slack.until(lambda: "Mia left it for now" in slack.shown(card(slack, "coupon") or asked))


# --- the card of a run ----------------------------------------------------------------------------


async def test_a_card_is_ticked_taken_and_told_of_and_lives_through_a_restart(
    slack: FakeSlack, team: SlackTeam
) -> None:
    await team.types("Mia", "cord A1 a seam is open")
    run = await shown(slack, "Run 1:")
    await slack.presses("Mia", run, "Take 2")
    await slack.until(lambda: "Mia" in slack.shown(card(slack, "Run 1:") or run))
    slack.person("Pia")
    await slack.presses("Mia", run, "✓ 1")
    late = await slack.presses("Mia", run, "✓ 1")
    await late.answered()
    assert "Step 1 is done already, by you" in slack.told("Mia", "alerts")[-1]
    await team.stop()
    await team.start()
    again = await shown(slack, "Run 1:")
    await slack.presses("Mia", again, "More…")
    await slack.until(lambda: slack.modal_of("Mia"))
    await slack.submits(
        "Mia",
        {"What": "Write a note", "Why, or the note": "Max looks after it"},
    )
    await slack.until(lambda: "Noted." in slack.told("Mia", "alerts")[-1:] or _noted(slack))
    assert (await team.audited("playbook.step"))[:2] == ["Mia: 1:look", "Mia: 1:away"]


def _noted(slack: FakeSlack) -> bool:
    return any("Noted in run 1" in one for one in slack.told("Mia", "alerts"))


async def test_a_finished_run_posts_its_review_and_keeps_the_answers(
    slack: FakeSlack, team: SlackTeam
) -> None:
    await team.types("Mia", "cord A1 a seam is open")
    await shown(slack, "Run 1:")
    await team.types("Mia", "playbook end 1 it was only a thread")
    review = await shown(slack, "Looking back at run 1")
    await slack.presses("Mia", review, "Answer")
    await slack.until(lambda: slack.modal_of("Mia"))
    view = slack.modal_of("Mia")
    assert view is not None
    first = "Was it right to pull the cord? It always is;"
    await slack.submits("Mia", {first: "Look at the seams before the show"})
    await slack.until(lambda: card(slack, "Look at the seams before the show"))
