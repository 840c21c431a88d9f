"""The team on Slack, the stream elsewhere: who is named how, and what Slack does not promise."""

import pytest

from handlers.messages import ChatMessage, DirectMessage
from handlers.people import Person, Role
from tests.fakes.shop import STREAM
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_team import SlackTeam


async def a_viewer(team: SlackTeam, name: str, id: str, text: str) -> None:
    """Somebody writes in the stream."""
    line = ChatMessage(
        key=f"paper:{id}",
        channel=STREAM,
        native_id=id,
        person=Person(platform="paper", id=id, name=name),
        text=text,
        sent_at=team.clock.now(),
    )
    team.andon.intake.hear(line)


async def said_in_stream(team: SlackTeam, slack: FakeSlack, words: str) -> str:
    """The newest line of the stream that has these words."""

    def found() -> list[str]:
        return [one.text for one in team.paper.posts if words in one.text]

    await slack.until(found)
    return found()[-1]


async def test_a_viewer_is_named_in_the_stream_as_they_are_called_there(
    slack: FakeSlack, team: SlackTeam
) -> None:
    await team.types("Mia", "show start Friday")
    await a_viewer(team, "V11", "1573620728018763835", "claim B2")
    assert await said_in_stream(team, slack, "B2 is yours")
    assert await team.types("Mia", "claim add V11 A1") == "Added: A1 for V11."
    assert await said_in_stream(team, slack, "A1 is yours") == (
        "✅ @{1573620728018763835} A1 is yours"
    )


async def test_somebody_of_the_team_is_no_viewer(slack: FakeSlack, team: SlackTeam) -> None:
    await team.types("Mia", "show start Friday")
    pia = slack.person("Pia")
    answer = await team.types("Mia", f"claim add <@{pia.id}|pia> A1")
    assert answer == (
        "That person is not in the stream chat; name a viewer as they are called there. Nothing "
        "changed."
    )
    assert all(pia.id not in one.text for one in team.paper.posts if one.address.target == "stream")


@pytest.mark.parametrize("typed", ["cart", "why A1"])
async def test_claims_are_at_home_in_the_stream(
    slack: FakeSlack, team: SlackTeam, typed: str
) -> None:
    assert await team.types("Max", typed) == (
        "Claims are typed in the stream chat, and there My claims and My cart show what is yours."
    )


async def test_help_does_not_say_how_to_claim_here(slack: FakeSlack, team: SlackTeam) -> None:
    answer = await team.types("Max", "help")
    assert answer.startswith("What you can type:")


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ({Role.VIEWER}, "Claims and carts are at home in the stream chat. Write help"),
        ({Role.OWNER}, "I am Andon, and here the team runs the live sale: write help"),
    ],
)
@pytest.mark.parametrize("text", ["yes", "hello there"])
async def test_a_message_to_the_bot_promises_nothing_of_claims(
    slack: FakeSlack, team: SlackTeam, roles: set[Role], said: str, text: str
) -> None:
    mia = slack.person("Mia")
    person = Person(platform="slack", id=mia.id, name="Mia", roles=frozenset(roles))
    written = DirectMessage(key="slack:dm:1", person=person, text=text, sent_at=team.clock.now())
    await team.andon.intake.direct(written)
    await slack.until(lambda: any(said in one for one in slack.reads(slack.direct("Mia"))))
