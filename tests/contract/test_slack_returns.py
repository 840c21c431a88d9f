"""A return on Slack: by button in a channel, seen by its customer alone, and on by DM."""

from sqlalchemy import select

from handlers.messages import Channel, ChatMessage
from handlers.people import Person, Role
from storage.schema import orders, sale
from storage.schema.returns import returns
from tests.fakes.arrived import arrive
from tests.fakes.shop import STREAM
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_team import SlackTeam


async def bought_by_max(slack: FakeSlack, team: SlackTeam) -> None:
    """Max bought a towel in the stream, and is known on Slack as well."""
    max_there = Person(platform="paper", id="max", name="Max", roles=frozenset({Role.VIEWER}))
    await team.types("Mia", "show start Friday")
    line = ChatMessage(
        key="paper:1",
        channel=Channel(STREAM.platform, STREAM.id),
        native_id="1",
        person=max_there,
        text="claim B2",
        sent_at=team.clock.now(),
    )
    await team.andon.intake.feed([line])
    await team.andon.intake.drain()
    await team.types("Mia", "order paid S1-0001")
    async with team.storage.write() as tx:
        customer_id = await tx.scalar(select(orders.orders.c.customer_id))
        known = {"platform": "slack", "person": slack.person("Max").id, "name": "Max"}
        await tx.insert(sale.identities, [{**known, "customer_id": customer_id}])
    await arrive(team.storage, 1, team.clock.now())


async def test_a_return_begins_by_button_and_goes_on_by_dm(
    slack: FakeSlack, team: SlackTeam
) -> None:
    await bought_by_max(slack, team)
    said = len(slack.reads("alerts"))
    assert "I don't find that" in await team.types("Mia", "return S1-0001")
    assert await team.types("Max", "return S1-0001") == "What is the matter?"
    asked = slack.ephemerals("Max", "alerts")[-1]
    assert slack.buttons(asked)[:2] == ["Too small", "Too large"]
    act = slack.presses("Max", asked, "Changed my mind")
    await act.answered()
    assert act.texts == ["How is it now?"]
    assert act.messages[0].only_for == slack.person("Max").id
    # It goes on in the direct messages, with numbers, if that is what its customer likes better.
    slack.dm("Max", "I want to send it back")
    await slack.until(lambda: "1. Never opened" in "".join(slack.whispered("Max")))
    slack.dm("Max", "1")
    await slack.until(lambda: "What would you like?" in slack.whispered("Max")[-1])
    slack.dm("Max", "money back")
    await slack.until(lambda: "You get back" in slack.whispered("Max")[-1])
    page = slack.messages(slack.direct("Max"))[-1]
    await slack.presses("Max", page, "Send it").answered()
    async with team.storage.read() as tx:
        [row] = await tx.all(select(returns))
    assert (row.reason, row.condition, row.wish) == ("changed_mind", "unopened", "refund")
    # The team has its card, and nothing of the talk.
    assert all(row.number in one for one in slack.reads("alerts")[said:])


async def answered(slack: FakeSlack, words: str) -> None:
    """Max writes a direct message and reads the answer."""
    before = len(slack.whispered("Max"))
    slack.dm("Max", words)
    await slack.until(lambda: len(slack.whispered("Max")) > before)


async def test_a_refusal_a_decision_and_somebody_elses_return(
    slack: FakeSlack, team: SlackTeam
) -> None:
    await bought_by_max(slack, team)
    for words in ("my towel arrived broken", "defective", "no", "money back", "yes"):
        await answered(slack, words)
    assert "is with us" in slack.whispered("Max")[-1]
    async with team.storage.read() as tx:
        [row] = await tx.all(select(returns))
    assert (row.kind, row.reason, row.wish) == ("complaint", "defective", "refund")
    # Whose it is not reads what they would read of a number that nobody has.
    theirs = await team.types("Mia", f"return cancel {row.number}")
    assert "don't find that among your returns" in theirs
    assert "All of this is in a return already" in await team.types("Max", "return S1-0001")
    assert "is cancelled" in await team.types("Max", f"return cancel {row.number}")
    assert "cancelled already" in await team.types("Max", f"return cancel {row.number}")
