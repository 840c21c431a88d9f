"""Cards on their way: no line of their history is lost, and old news is one message."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.relay import Relay
from handlers.claims.rules import SaleRules
from handlers.registry import Registry
from handlers.speech import Rendered, Speaker, Spoken, carried, newest_states
from handlers.team.folding import alert_posts
from handlers.wording import Wording
from storage import outbox
from storage.engine import Storage
from tests.fakes.saying import ALERTS, NOON, STREAM, House

MINUTE = timedelta(minutes=1)


@pytest.fixture
def house(storage: Storage) -> House:
    """A team whose alerts go to a channel with a pace."""
    house = House(storage)
    house.audiences["alerts"] = STREAM
    house.platform.pace_seconds = 1
    return house


def relay(house: House) -> Relay:
    """A relay with our own words."""
    wording, rules = Wording(Registry.of().copy), SaleRules()

    def merge(said: Sequence[Spoken], most: int) -> Sequence[Rendered]:
        return alert_posts(wording, rules, said, most)

    return house.relay(voice=Speaker(wording, {"alert.card": merge}))


async def say(house: House, minute: int, text: str, kind: str = "alert.card", **more: Any) -> None:
    """Something said to the team so many minutes after noon, on a card of that name."""
    at = NOON + minute * MINUTE
    shown = f"{at:%H:%M}"
    card = more.pop("card", text)
    values = {"text": text, "new": True, "folds": True, "since": shown, "time": shown, **more}
    row = {"address": str(ALERTS), "kind": kind, "values": values, "at": at, "card": card}
    async with house.storage.write() as tx:
        await outbox.put(tx, [row])


async def test_after_an_hour_of_silence_old_news_is_one_message(house: House) -> None:
    for minute in range(2, 14):
        await say(house, minute, f"alert {minute}")
    await say(house, 20, "what shall we do?", kind="exception.card", folds=False)
    await say(house, 58, "just now")
    house.clock.advance(3600)
    await relay(house).drain()
    assert house.platform.texts() == [
        "While this channel could not be reached (12:02 to 12:13): 12 alerts, the last 3:\n"
        "• alert 11\n• alert 12\n• alert 13",
        "what shall we do?",
        "just now",
    ]
    async with house.storage.read() as tx:
        assert (await outbox.lag(tx)).count == 0


async def test_of_each_card_the_summary_says_the_newest_state(house: House) -> None:
    await say(house, 2, "smoke")
    await say(house, 3, "water")
    await say(house, 4, "smoke (2 times)", card="smoke", new=False)
    house.clock.advance(3600)
    await relay(house).drain()
    (summary,) = house.platform.texts()
    assert summary.endswith("2 alerts:\n• water\n• smoke (2 times)")


async def test_what_still_needs_somebody_or_stands_there_already_is_not_folded(
    house: House,
) -> None:
    await say(house, 0, "seen")
    await relay(house).drain()
    await say(house, 1, "quiet 1")
    await say(house, 2, "urgent", folds=False, urgent=True)
    await say(house, 3, "✓ seen", card="seen", new=False)
    await say(house, 4, "quiet 2")
    house.clock.advance(3600)
    await relay(house).drain()
    _, summary, urgent, seen = house.platform.posts
    assert summary.text.startswith("While this channel could not be reached (12:01 to 12:04): 2")
    assert (urgent.text, urgent.urgent, urgent.replaces) == ("urgent", True, None)
    assert (seen.text, seen.urgent, seen.replaces) == ("✓ seen", False, "p1")


async def test_one_alone_and_what_is_fresh_stay_as_they_are(house: House) -> None:
    await say(house, 0, "old")
    await say(house, 55, "fresh 1")
    await say(house, 56, "fresh 2")
    house.clock.advance(3600)
    await relay(house).drain()
    assert house.platform.texts() == ["old", "fresh 1", "fresh 2"]


async def test_a_place_without_a_pace_is_never_out_of_reach(house: House) -> None:
    house.platform.pace_seconds = 0
    await say(house, 0, "one")
    await say(house, 1, "two")
    house.clock.advance(3600)
    await relay(house).drain()
    assert house.platform.texts() == ["one", "two"]


async def test_states_that_are_merged_keep_all_of_their_history(house: House) -> None:
    lines = ["12:00 Sue took it", "12:01 again, 2 times by now", "12:02 settled: all is well"]
    await say(house, 0, "smoke")
    await relay(house).drain()
    for line in lines:
        await say(house, 1, f"smoke {line}", card="smoke", history=line)
    await relay(house).drain()
    first, last = house.platform.posts
    assert (first.history, last.history) == ("", "\n".join(lines))
    assert last.replaces == "p1"


def test_the_newest_state_stands_for_all_of_its_kind() -> None:
    said = [
        Spoken(id=1, kind="a", values={"history": "one", "new": True}, card="x"),
        Spoken(id=2, kind="a", values={}),
        Spoken(id=3, kind="b", values={"history": "else"}, card="x"),
        Spoken(id=4, kind="a", values={"history": "two"}, card="x"),
        Spoken(id=5, kind="a", values={}, card="x"),
    ]
    assert [(one.id, ids, one.values) for one, ids in newest_states(said)] == [
        (2, (2,), {}),
        (3, (3,), {"history": "else"}),
        (5, (1, 4, 5), {"history": "one\ntwo", "new": True}),
    ]


def test_of_a_long_history_the_newest_lines_are_kept_and_the_others_counted() -> None:
    values: Mapping[str, Any] = {}
    for number in range(1, 51):
        values = carried(values, {"history": f"line {number}"})
    lines = values["history"].split("\n")
    assert lines == ["… 30 more", *(f"line {number}" for number in range(31, 51))]
