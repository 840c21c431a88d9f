"""Merging before the pace: few, full posts, and none of them wrong."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from bot.clock import ManualClock
from bot.platforms.base import PostDelayed
from bot.relay.pace import Pace, RushSettings
from bot.relay.parts import RelaySettings
from handlers.messages import Reach
from handlers.speech import Rendered, Speaker, Spoken, gather
from handlers.wording import Wording
from storage.engine import Storage
from storage.schema import traffic
from tests.fakes.saying import NOON, SECOND, STREAM, House, to

LINE = "123456789"


def lines(spoken: Sequence[Spoken], most: int) -> Sequence[Rendered]:
    """Every message a line."""
    pieces = [(one.values["text"], (one.id,)) for one in spoken]
    return gather(pieces, kind="lines", max_characters=most)


def names(spoken: Sequence[Spoken], most: int) -> Sequence[Rendered]:
    """However many there are, a number of them."""
    return [Rendered(members=tuple(o.id for o in spoken), kind="names", text=f"{len(spoken)} wait")]


VOICE = Speaker(Wording({}, {}), {"line": lines, "name": names})


def paced(storage: Storage) -> House:
    house = House(storage)
    house.platform.pace_seconds = 1
    house.platform.max_characters = 40
    return house


@pytest.fixture
def house(storage: Storage) -> House:
    return paced(storage)


async def say_while_posting(house: House, *texts: str) -> None:
    """Say something else as soon as the first post is under way."""
    posting = house.platform.post
    left = [texts]

    async def post(outgoing):  # type: ignore[no-untyped-def]
        if left:
            await house.say(*left.pop(), kind="line")
        return await posting(outgoing)

    house.platform.post = post  # type: ignore[method-assign]


async def test_what_cannot_go_yet_is_merged_with_what_comes(house: House) -> None:
    await say_while_posting(house, "later")
    await house.say(*[LINE] * 6, kind="line")
    await house.relay(voice=VOICE).drain()
    first, second = house.platform.texts()
    assert first == "\n".join([LINE] * 4)
    assert second == "\n".join([LINE, LINE, "later"])
    sent = [row.sent_at for row in await house.deliveries()]
    assert sent[1] - sent[0] >= SECOND


async def test_without_a_pace_everything_is_stored_at_once(house: House) -> None:
    house.platform.pace_seconds = 0
    await say_while_posting(house, "later")
    await house.say(*[LINE] * 6, kind="line")
    await house.relay(voice=VOICE).drain()
    assert house.platform.texts() == ["\n".join([LINE] * 4), "\n".join([LINE] * 2), "later"]


async def test_a_message_in_several_posts_stays_together(house: House) -> None:
    await say_while_posting(house, "later")
    await house.say("a" * 100, LINE, kind="line")
    await house.relay(voice=VOICE).drain()
    # The end of the long one is full enough to be followed by what was said with it.
    assert house.platform.texts() == ["a" * 40, "a" * 40, f"{'a' * 20}\n{LINE}", "later"]


async def test_what_stands_for_itself_keeps_its_place(house: House) -> None:
    await say_while_posting(house, "later")
    await house.say("before", kind="line")
    await house.say("B2 is on stage")
    await house.say("after", kind="line")
    await house.relay(voice=VOICE).drain()
    assert house.platform.texts() == ["before", "B2 is on stage", "after\nlater"]


async def test_what_is_too_late_ends_even_where_others_must_wait(house: House) -> None:
    await house.say("late", at=to("t", Reach.REPLY), expires_at=NOON)
    await house.say("a", "b", at=to("t", Reach.REPLY), expires_at=NOON + 9 * SECOND)
    await house.relay(voice=VOICE).drain()
    # Each for itself: a note is not merged.
    assert house.platform.texts() == ["a", "b"]
    assert [row.state for row in await house.deliveries()] == ["failed", "sent", "sent"]


async def test_one_that_cannot_be_said_is_given_up_once(house: House) -> None:
    await house.say("1", "2", kind="line")
    await house.say("broken", kind="line", values={})
    await house.say("3", "4", kind="line")
    await house.relay(voice=VOICE).drain()
    assert house.platform.texts() == ["1", "2\n3\n4"]
    assert len(house.troubles) == 1
    assert [error for *_, error in await house.states() if error] == ["bug c0ffee"]


async def test_without_a_place_everything_fails_at_once(house: House) -> None:
    await house.say(*[LINE] * 9, at=to("nowhere", Reach.AUDIENCE), kind="line")
    await house.relay(voice=VOICE).drain()
    assert {row.state for row in await house.deliveries()} == {"failed"}
    async with house.storage.read() as tx:
        left = await tx.all(select(traffic.outbox).where(traffic.outbox.c.delivery_id.is_(None)))
    assert left == []


# --- cards ----------------------------------------------------------------------------------------


async def test_a_card_that_waits_in_several_states_is_shown_in_the_newest(house: House) -> None:
    await house.say("amber", card="lamp:A12")
    await house.say("other card", card="lamp:B2")
    await house.say("text")
    await house.say("red", "dark red", card="lamp:A12")
    await house.relay(voice=VOICE).drain()
    assert house.platform.texts() == ["other card", "text", "dark red"]
    async with house.storage.read() as tx:
        rows = await tx.all(select(traffic.outbox).order_by(traffic.outbox.c.id))
    told_by = [row.delivery_id for row in rows]
    assert told_by[0] == told_by[3] == told_by[4]
    assert len(set(told_by)) == 3


async def test_a_state_of_another_kind_is_said_too(house: House) -> None:
    await house.say("asked", card="c")
    await house.say("taken", card="c", kind="line")
    await house.say("asked again", card="c")
    await house.relay(voice=Speaker(Wording({}, {}), {})).drain()
    assert house.platform.texts() == ["taken", "asked again"]


# --- several audiences in one channel -------------------------------------------------------------


AUDIENCES = [to(name, Reach.AUDIENCE, "") for name in ("alerts", "packing", "returns", "support")]


async def test_lines_that_share_a_channel_take_turns(house: House) -> None:
    house.audiences = dict.fromkeys((one.target for one in AUDIENCES), STREAM)
    begun, posting = [], house.platform.post

    async def post(outgoing):  # type: ignore[no-untyped-def]
        begun.append(house.clock.now())
        return await posting(outgoing)

    house.platform.post = post  # type: ignore[method-assign]
    for one in AUDIENCES:
        await house.say(one.target, at=one)
    await house.relay(voice=VOICE).drain()
    assert sorted(house.platform.texts()) == ["alerts", "packing", "returns", "support"]
    assert all(later - one >= SECOND for one, later in pairwise(begun))


async def test_a_channel_that_asks_to_wait_rests_for_all_who_post_there(sqlite: Storage) -> None:
    # Its clock jumps where somebody waits, and would overtake the answers of a server.
    house = paced(sqlite)
    house.audiences = dict.fromkeys((one.target for one in AUDIENCES), STREAM)
    house.platform.fails("stream", PostDelayed("too many", retry_after=30))
    for one in AUDIENCES:
        await house.say(one.target, at=one)
    await house.say("elsewhere", at=to("other"))
    await house.relay(voice=VOICE).drain()
    assert len(house.platform.tries) == len(AUDIENCES) + 2
    rows = {row.rendered["text"]: row.sent_at - NOON for row in await house.deliveries()}
    assert rows.pop("elsewhere") < 30 * SECOND
    assert min(rows.values()) >= 30 * SECOND


# --- a rush ---------------------------------------------------------------------------------------


async def test_in_a_rush_one_post_says_all_that_waits(house: House) -> None:
    await house.say(*["x"] * 1_300, kind="name")
    await house.relay(voice=VOICE).drain()
    assert house.platform.texts() == ["1300 wait"]


async def test_in_a_rush_a_post_that_is_not_full_waits_for_more(house: House) -> None:
    rush = RushSettings(begins=4, ends=2, seconds=5)
    relay = house.relay(voice=VOICE, settings=RelaySettings(rush=rush))
    for _ in range(2):
        await house.say(*["x"] * 6, kind="name")
        await relay.drain()
    await house.say("x", kind="name")
    await relay.drain()
    times = [(row.sent_at - NOON).total_seconds() for row in await house.deliveries()]
    # The first at once, the next when the rush allows it, and what comes after it as ever.
    assert times == [0, 5, 6]


class TestPace:
    """By a clock that is moved by hand."""

    def test_a_turn_is_had_by_one_alone(self) -> None:
        clock = ManualClock(NOON)
        pace = Pace(clock, RushSettings())
        assert pace.take(STREAM, 1) == 0
        assert pace.take(STREAM, 1) == 1
        assert pace.take(to("other"), 1) == 0
        clock.advance(1)
        assert pace.take(STREAM, 1) == 0

    def test_a_rest_is_not_cut_short_by_a_post(self) -> None:
        pace = Pace(ManualClock(NOON), RushSettings())
        pace.posted(STREAM, 30)
        pace.posted(STREAM, 1)
        assert pace.wait(STREAM) == 30

    def test_an_ordinary_pace_never_waits(self) -> None:
        pace = Pace(ManualClock(NOON), RushSettings())
        assert all(pace.worth_it(STREAM, waiting=249, share=0.1) for _ in range(20))

    def test_a_full_post_never_waits(self) -> None:
        pace = Pace(ManualClock(NOON), RushSettings())
        assert all(pace.worth_it(STREAM, waiting=900, share=0.95) for _ in range(20))

    def test_in_a_rush_thin_posts_are_seconds_apart_until_it_is_over(self) -> None:
        clock = ManualClock(NOON)
        pace = Pace(clock, RushSettings())
        went = []
        for waiting in [300, 100, 60, 60, 60, 60, 60, 49, 200, 249]:
            if pace.worth_it(STREAM, waiting=waiting, share=0.3):
                went.append((clock.now() - NOON) // timedelta(seconds=1))
            clock.advance(1)
        assert went == [0, 5, 7, 8, 9]

    def test_each_place_has_its_own(self) -> None:
        pace = Pace(ManualClock(NOON), RushSettings())
        assert pace.worth_it(STREAM, waiting=300, share=0.3)
        assert not pace.worth_it(STREAM, waiting=300, share=0.3)
        assert pace.worth_it(to("other"), waiting=300, share=0.3)
