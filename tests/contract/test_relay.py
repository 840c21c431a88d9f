"""What is said arrives: once, in order, merged, and whatever fails in between."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bot.clock import Clock, ManualClock
from bot.platforms.base import Outgoing, PostDelayed, PostFailed
from bot.relay import Relay, RelaySettings, Trouble, TroubleKind
from handlers.messages import Address, Button, ButtonStyle, Reach
from handlers.speech import Rendered, Spoken
from storage import outbox
from storage.engine import Storage, open_storage
from storage.errors import StorageUnavailable
from storage.leases import LeaseLost
from storage.schema.traffic import addresses
from tests.fakes.clock import HurriedClock
from tests.fakes.platform import FakePlatform
from tests.fakes.saying import ALERTS, NOON, SECOND, STREAM, House, to
from tests.fakes.voice import PlainVoice


@pytest.fixture
def house(storage: Storage) -> House:
    return House(storage)


# --- merging, order, pace -------------------------------------------------------------------------


async def test_what_waits_at_one_address_is_one_post(house: House) -> None:
    await house.say("1", "2", "3")
    await house.say("elsewhere", at=to("other"))
    await house.relay().drain()
    assert house.platform.texts("stream") == ["1\n2\n3"]
    assert house.platform.texts("other") == ["elsewhere"]
    # Two addresses are served side by side; which one first is nobody's business.
    assert sorted(await house.states()) == [
        ("1\n2\n3", "sent", None),
        ("elsewhere", "sent", None),
    ]
    assert sorted(house.posted) == [(1, "p1"), (2, "p2")]


async def test_what_was_said_once_is_not_said_again(house: House) -> None:
    await house.say("once")
    await house.relay().drain()
    await house.relay("right").drain()
    assert house.platform.texts() == ["once"]


async def test_a_long_message_is_several_posts_in_order(house: House) -> None:
    house.platform.max_characters = 4
    await house.say("abcdefghij")
    await house.relay().drain()
    assert house.platform.texts() == ["abcd", "efgh", "ij"]
    async with house.storage.read() as tx:
        assert (await outbox.lag(tx)).count == 0


async def test_buttons_arrive_as_rendered(house: House) -> None:
    rendered = Rendered(
        members=(1,),
        kind="note",
        text="Which size?",
        buttons=(Button(id="claims.size:M", label="M", style=ButtonStyle.PRIMARY),),
        mentions=("ana",),
        reactions=(("17", "✅"),),
        private=True,
    )

    class Says:
        def render(self, waiting: Sequence[Spoken], *, max_characters: int) -> list[Rendered]:
            return [replace(rendered, members=tuple(each.id for each in waiting))]

    await house.say("x")
    await house.relay(voice=Says()).drain()
    assert house.platform.posts == [
        Outgoing(
            id=1, address=STREAM, kind="note", text="Which size?", buttons=rendered.buttons,
            mentions=("ana",), reactions=(("17", "✅"),), private=True, at=NOON,
        )
    ]  # fmt: skip


async def test_a_place_with_a_pace_gets_fewer_and_larger_posts(house: House) -> None:
    house.platform.pace_seconds = 1.5
    relay = house.relay()
    await house.say("1")
    await relay.drain()
    await house.say("2")
    await house.say("3")
    await relay.drain()
    assert house.platform.texts() == ["1", "2\n3"]
    assert 1.5 in house.clock.slept
    sent = [row.sent_at for row in await house.deliveries()]
    assert sent[1] - sent[0] >= 1.5 * SECOND


async def test_a_message_said_while_it_runs_wakes_it(house: House) -> None:
    arrived = asyncio.Event()
    relay = house.relay(on_posted=lambda _post, _native_id: arrived.set())
    running = asyncio.create_task(relay.run())
    for text in ("first", "second"):
        arrived.clear()
        await house.say(text)
        await arrived.wait()
    await relay.stop()
    await running
    assert house.platform.texts() == ["first", "second"]
    assert [row.state for row in await house.deliveries()] == ["sent", "sent"]


# --- failures -------------------------------------------------------------------------------------


async def test_a_delayed_post_is_sent_again_unchanged_and_keeps_its_place(house: House) -> None:
    house.platform.max_characters = 4
    house.platform.fails("stream", PostDelayed("busy", retry_after=7), PostDelayed("busy"))
    await house.say("aaaabbbb")
    await house.relay().drain()
    assert house.platform.tries == [1, 1, 1, 2]
    assert house.platform.texts() == ["aaaa", "bbbb"]
    # As long as it was told to, then the doubled delay of our own.
    assert house.clock.now() - NOON >= (7 + 2) * SECOND
    assert [row.attempts for row in await house.deliveries()] == [3, 1]
    assert house.troubles == []


async def test_delays_double_up_to_a_minute_and_start_over_after_a_success(house: House) -> None:
    house.platform.fails("stream", *(PostDelayed("busy") for _ in range(8)))
    await house.say("1")
    await house.relay().drain()
    waits = [round(wait) for wait in house.clock.slept if wait > 0.25]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    async with house.storage.read() as tx:
        assert await tx.scalar(select(addresses.c.failures)) == 0


async def test_a_refused_post_ends_alone_and_the_team_hears_of_it(house: House) -> None:
    house.platform.max_characters = 4
    house.platform.fails("stream", PostFailed("the channel forbids links"))
    await house.say("aaaabbbb")
    await house.relay().drain()
    assert house.platform.texts() == ["bbbb"]
    assert [state for _, state, _ in await house.states()] == ["failed", "sent"]
    [trouble] = house.troubles
    assert trouble.kind is TroubleKind.REFUSED
    assert trouble.sentence == "A post to the channel stream was refused: the channel forbids links"
    assert (trouble.address, trouble.delivery) == (STREAM, 1)


async def test_a_bug_is_tried_five_times_under_a_reference_then_given_up(house: House) -> None:
    house.platform.fails("stream", *(ZeroDivisionError() for _ in range(5)))
    await house.say("1")
    relay = house.relay()
    await relay.drain()
    assert house.platform.tries == [1] * 5
    assert await house.states() == [("1", "failed", "bug c0ffee")]
    [trouble] = house.troubles
    assert (trouble.kind, trouble.reference) == (TroubleKind.BUG, "c0ffee")
    await house.say("2")
    await relay.drain()
    assert house.platform.texts() == ["2"]


async def test_a_network_error_is_a_delay(house: House) -> None:
    house.platform.fails("stream", ConnectionResetError("peer"), TimeoutError())
    await house.say("1")
    await house.relay().drain()
    assert house.platform.tries == [1, 1, 1]
    assert house.troubles == []


async def test_a_post_that_never_returns_is_given_up_and_tried_again(house: House) -> None:
    house.platform.sticks("stream")
    await house.say("1")
    relay = house.relay(settings=RelaySettings(post_seconds=0.05))
    draining = asyncio.create_task(relay.drain())
    for _ in range(2):
        await house.platform.stuck.wait()
        house.platform.stuck.clear()
    house.platform.sticks("stream").set()
    await draining
    assert len(house.platform.tries) >= 2
    assert set(house.platform.tries) == {1}
    assert [row.state for row in await house.deliveries()] == ["sent"]


async def test_one_address_never_blocks_another(house: House) -> None:
    stuck = house.platform.sticks("stream")
    house.platform.fails("down", *(PostDelayed("503") for _ in range(3)))
    heard: list[str] = []
    arrived = asyncio.Event()

    def hear(post: Outgoing, _native_id: str | None) -> None:
        heard.append(post.text)
        if post.text.startswith("free"):
            arrived.set()

    relay = house.relay(on_posted=hear)
    await house.say("stuck")
    await house.say("down", at=to("down"))
    draining = asyncio.create_task(relay.drain())
    await house.platform.stuck.wait()
    for number in range(3):
        arrived.clear()
        await house.say(f"free {number}", at=to("free"))
        await arrived.wait()
    assert "stuck" not in heard
    stuck.set()
    await draining
    assert set(heard) == {"stuck", "down", "free 0", "free 1", "free 2"}


async def test_a_message_that_cannot_be_rendered_does_not_keep_the_others(house: House) -> None:
    await house.say("1")
    async with house.storage.write() as tx:
        broken = {"address": str(STREAM), "kind": "broken", "values": {}, "at": NOON}
        await outbox.put(tx, [broken])
    await house.say("3")
    await house.relay().drain()
    assert house.platform.texts() == ["1", "3"]
    assert ("", "failed", "bug c0ffee") in await house.states()
    assert [trouble.kind for trouble in house.troubles] == [TroubleKind.BUG]


async def test_a_voice_that_forgets_a_message_does_not_loop(house: House) -> None:
    class Forgets(PlainVoice):
        def render(self, waiting: Sequence[Spoken], *, max_characters: int) -> Sequence[Rendered]:
            said = [each for each in waiting if each.values["text"] != "forgotten"]
            return super().render(said, max_characters=max_characters)

    await house.say("1", "forgotten", "3")
    await house.relay(voice=Forgets()).drain()
    assert house.platform.texts() == ["1", "3"]


# --- answers, audiences, cards --------------------------------------------------------------------


async def test_an_answer_that_is_too_late_is_not_sent(house: House) -> None:
    reply = to("token", Reach.REPLY)
    await house.say("late", at=reply, expires_at=NOON)
    await house.say("in time", at=reply, expires_at=NOON + SECOND)
    await house.relay().drain()
    assert house.platform.texts() == ["in time"]
    assert ("", "failed", "expired") in await house.states()
    assert house.troubles == []
    async with house.storage.read() as tx:
        assert await tx.all(select(addresses)) == []


async def test_an_answer_that_expires_while_it_is_delayed_is_not_sent(house: House) -> None:
    reply = to("token", Reach.REPLY)
    house.platform.fails("token", PostDelayed("busy", retry_after=900))
    await house.say("soon too late", at=reply, expires_at=NOON + 840 * SECOND)
    await house.relay().drain()
    assert house.platform.texts() == []
    assert await house.states() == [("soon too late", "failed", "expired")]
    assert house.troubles == []


async def test_an_audience_is_looked_up_when_it_is_told(house: House) -> None:
    house.audiences["alerts"] = to("c17")
    await house.say("lamp", at=ALERTS)
    await house.relay().drain()
    assert [post.address for post in house.platform.posts] == [to("c17")]


async def test_an_audience_without_a_channel_is_alerted_once(house: House) -> None:
    relay = house.relay()
    for text in ("1", "2"):
        await house.say(text, at=ALERTS)
        await relay.drain()
    why = "no channel is set for the audience alerts"
    assert await house.states() == [("1", "failed", why), ("2", "failed", why)]
    assert [trouble.kind for trouble in house.troubles] == [TroubleKind.NO_CHANNEL]
    house.audiences["alerts"] = to("c17")
    await house.say("3", at=ALERTS)
    await relay.drain()
    assert house.platform.texts() == ["3"]


async def test_a_platform_that_is_not_set_up_is_named(house: House) -> None:
    await house.say("1", at=to("c1", platform="slack"))
    await house.relay().drain()
    assert [error for *_, error in await house.states()] == ["slack is not set up"]


async def test_a_card_is_posted_once_and_edited_from_then_on(house: House) -> None:
    relay = house.relay()
    await house.say("amber", at=to("team"), card="lamp:A12")
    await relay.drain()
    await house.say("pause", "red", at=to("team"), card="lamp:A12")
    await relay.drain()
    await house.say("red", at=to("elsewhere"), card="lamp:A12")
    await relay.drain()
    assert [(post.text, post.replaces) for post in house.platform.posts] == [
        ("amber", None),
        ("red", "p1"),
        ("red", None),
    ]


# --- crashes, leases, the database ----------------------------------------------------------------


async def crash_while_posting(house: House, relay: Relay) -> None:
    """The process dies when the post has arrived, before that is marked."""
    house.platform.sticks("stream")
    running = asyncio.create_task(relay.run())
    await house.platform.stuck.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    house.platform.sticks("stream").set()


async def test_after_a_crash_the_same_delivery_is_sent_unchanged(house: House) -> None:
    await house.say("1", "2")
    await crash_while_posting(house, house.relay("left"))
    assert [row.state for row in await house.deliveries()] == ["ready"]
    await house.say("3")
    await house.relay("right").drain()
    # The same id and text: the platform knows it again. What came later is a post of its own.
    assert house.platform.tries == [1, 1, 2]
    assert house.platform.texts() == ["1\n2", "1\n2", "3"]
    assert [row.state for row in await house.deliveries()] == ["sent", "sent"]


@pytest.mark.postgres
async def test_another_process_waits_until_the_lease_of_a_dead_one_ran_out(
    postgresql: Storage,
) -> None:
    house = House(postgresql)
    await house.say("1")
    await crash_while_posting(house, house.relay("left"))
    await house.relay("right").drain()
    assert house.clock.now() - NOON >= 29 * SECOND
    assert house.platform.tries == [1, 1]


@pytest.mark.postgres
async def test_under_its_old_name_a_process_starts_again_at_once(postgresql: Storage) -> None:
    house = House(postgresql)
    await house.say("1")
    await crash_while_posting(house, house.relay("left"))
    await house.relay("left").drain()
    assert house.clock.now() - NOON < SECOND


@pytest.mark.postgres
async def test_two_processes_send_each_message_once(postgresql: Storage) -> None:
    # Nobody's lease runs out here: the time stands still.
    house = House(postgresql, clock=ManualClock(NOON))
    for number in range(30):
        await house.say(f"{number}", at=to(f"place {number % 5}"))
    async with open_storage(postgresql.url) as other:
        second = replace(house, storage=other)
        await asyncio.gather(house.relay("left").drain(), second.relay("right").drain())
    said = [text for post in house.platform.texts() for text in post.split("\n")]
    assert sorted(said, key=int) == [str(number) for number in range(30)]


@pytest.mark.postgres
async def test_what_one_process_says_another_sends_when_notified(postgresql: Storage) -> None:
    arrived = asyncio.Event()
    async with open_storage(postgresql.url) as other:
        house = House(other)
        relay = house.relay(
            settings=RelaySettings(poll_seconds=3600),
            on_posted=lambda _post, _native_id: arrived.set(),
        )
        running = asyncio.create_task(relay.run())
        await house.say("from here")
        await arrived.wait()
        arrived.clear()
        await replace(house, storage=postgresql).say("from elsewhere")
        await arrived.wait()
        await relay.stop()
        await running
    assert house.platform.texts() == ["from here", "from elsewhere"]


async def test_merged_messages_are_stored_once(house: House) -> None:
    await house.say("1", "2")
    new = outbox.NewDelivery(members=(1, 2), kind="note", rendered={"text": "1\n2"}, at=NOON)
    async with house.storage.write() as tx:
        assert await outbox.store_deliveries(tx, str(STREAM), [new]) == [1]
    with pytest.raises(outbox.AlreadyMerged):
        await store_again(house, new)
    assert len(await house.deliveries()) == 1


async def store_again(house: House, new: outbox.NewDelivery) -> None:
    async with house.storage.write() as tx:
        await outbox.store_deliveries(tx, str(STREAM), [new])


async def test_an_old_fence_is_refused(house: House) -> None:
    where, until = str(STREAM), NOON + 31 * SECOND
    async with house.storage.write() as tx:
        old = await outbox.lease_address(tx, where, "left", NOON, 30)
        assert old == 1
        assert await outbox.lease_address(tx, where, "right", NOON, 30) is None
        assert await outbox.lease_address(tx, where, "right", until, 30) == 2
        with pytest.raises(LeaseLost):
            await outbox.keep_address(tx, where, "left", old, until, 30)
        # What the old owner still does there touches nobody.
        await outbox.release_address(tx, where, "left", old, forget=True)
        await outbox.hold_address(tx, where, "left", old, until + SECOND)
        assert await outbox.keep_address(tx, where, "right", 2, until, 30) == 0


async def test_a_held_address_is_not_leased_before_its_time(house: House) -> None:
    where, until = str(STREAM), NOON + 5 * SECOND
    await house.say("1")
    async with house.storage.write() as tx:
        fence = await outbox.lease_address(tx, where, "left", NOON, 30) or 0
        await outbox.hold_address(tx, where, "left", fence, until)
        assert await outbox.lease_address(tx, where, "left", NOON, 30) is None
        [waiting] = await outbox.waiting_addresses(tx, NOON, 9, owner="left")
        assert waiting == outbox.Waiting(address=where, free_at=until)
        assert await outbox.lease_address(tx, where, "left", until, 30) == 2


async def test_how_far_the_saying_is_behind(house: House) -> None:
    async with house.storage.read() as tx:
        assert await outbox.lag(tx) == outbox.Lag(count=0, oldest=None)
    await house.say("later", at=to("other"))
    await house.say("early", **{"at": STREAM})
    async with house.storage.read() as tx:
        assert await outbox.lag(tx) == outbox.Lag(count=2, oldest=NOON)


class Flaky:
    """A database that is not available for the next few writes."""

    def __init__(self, storage: Storage, failures: int) -> None:
        self._storage = storage
        self.failures = failures

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def write(self, *, urgent: bool = False) -> Any:
        if self.failures:
            self.failures -= 1
            raise StorageUnavailable("The database is locked.", reason="locked")
        return self._storage.write(urgent=urgent)


async def test_a_locked_database_delays_but_loses_nothing_and_says_nothing_twice(
    house: House,
) -> None:
    flaky = Flaky(house.storage, 3)
    house_with_it = replace(house, storage=flaky)
    await house.say("1")
    await house_with_it.relay().drain()
    assert flaky.failures == 0
    assert house.platform.texts() == ["1"]
    assert [trouble.kind for trouble in house.troubles] == [TroubleKind.STORAGE]


async def test_a_database_that_locks_after_the_post_does_not_make_it_come_twice(
    house: House,
) -> None:
    flaky = Flaky(house.storage, 0)
    house_with_it = replace(house, storage=flaky)
    posting = house.platform.post

    async def post(outgoing: Outgoing) -> str | None:
        flaky.failures = 3
        return await posting(outgoing)

    house.platform.post = post  # type: ignore[method-assign]
    await house.say("1")
    await house_with_it.relay().drain()
    assert house.platform.tries == [1]
    assert [row.state for row in await house.deliveries()] == ["sent"]


async def test_stopping_finishes_the_post_under_way_and_marks_it(house: House) -> None:
    await house.say("1")
    stuck = house.platform.sticks("stream")
    relay = house.relay()
    running = asyncio.create_task(relay.run())
    await house.platform.stuck.wait()
    stopping = asyncio.create_task(relay.stop())
    await asyncio.sleep(0)
    stuck.set()
    await stopping
    await running
    assert [row.state for row in await house.deliveries()] == ["sent"]
    async with house.storage.read() as tx:
        assert await tx.scalar(select(addresses.c.leased_until)) is None


async def test_an_alert_that_fails_stops_nothing(house: House) -> None:
    async def alert(trouble: Trouble) -> None:
        raise StorageUnavailable("locked", reason="locked")

    house.platform.max_characters = 4
    house.platform.fails("stream", PostFailed("no"))
    await house.say("aaaabbbb")
    await house.relay(alert=alert).drain()
    assert house.platform.texts() == ["bbbb"]


def test_a_lease_must_outlast_a_post() -> None:
    with pytest.raises(ValueError, match="less than"):
        RelaySettings(post_seconds=30, lease_seconds=30)


def test_the_fakes_are_what_the_relay_asks_for(storage: Storage) -> None:
    clock: Clock = HurriedClock(NOON)
    resolve: Callable[[Address], Address | None] = dict[Address, Address]().get
    platforms: Mapping[str, FakePlatform] = {}

    async def alert(trouble: Trouble) -> None:
        assert trouble.sentence

    Relay(storage, PlainVoice(), platforms, clock=clock, owner="x", resolve=resolve, alert=alert)


# --- what may have arrived ------------------------------------------------------------------------


async def test_a_post_that_was_tried_before_says_so_to_any_process(house: House) -> None:
    house.platform.fails("stream", PostDelayed("the answer was cut off"))
    await house.say("one")
    running = asyncio.create_task(house.relay("left").run())
    while not house.platform.tries:
        await house.states()
    running.cancel()
    await asyncio.wait({running})
    await house.relay("right").drain()
    await house.say("two")
    await house.relay("right").drain()
    *again, last = [(post.text, post.tried) for post in house.platform.posts]
    # Once more where the first was ended between a second try and writing down that it succeeded.
    assert set(again) == {("one", True)}
    assert last == ("two", False)


async def test_after_a_takeover_only_the_first_may_have_arrived(house: House) -> None:
    house.platform.max_characters = 4
    released = house.platform.sticks("stream")
    await house.say("abcdefghij")
    right = asyncio.create_task(house.relay("right").run())
    left = asyncio.create_task(house.relay("left").run())
    await house.platform.stuck.wait()
    # Killed in the midst of the post, whoever of them it was.
    for one in (left, right):
        one.cancel()
    await asyncio.wait({left, right})
    released.set()
    house.clock.advance(31)
    await house.relay("third").drain()
    await house.say("next")
    await house.relay("third").drain()
    assert [(post.text, post.tried) for post in house.platform.posts] == [
        ("abcd", False),
        ("abcd", True),
        ("efgh", False),
        ("ij", False),
        ("next", False),
    ]


async def test_a_lease_that_was_given_back_leaves_no_doubt(house: House) -> None:
    for owner in ("left", "right", "left"):
        await house.say(owner)
        await house.relay(owner).drain()
    assert [post.tried for post in house.platform.posts] == [False] * 3
