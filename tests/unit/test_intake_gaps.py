"""What was said while nobody listened: restarts, lost lines, full queues."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import pytest

from bot.platforms.base import Away
from handlers.hearing import Heard
from handlers.messages import Channel
from storage.engine import Storage
from storage.repositories import messages
from tests.fakes.chat_server import ChatServer
from tests.fakes.dispatcher import journal
from tests.fakes.floor import NOON, Floor, HastyClock, at_the_gate, until

LONG_AGO = NOON - timedelta(days=400)


async def test_a_first_start_reads_nothing_back(sqlite: Storage) -> None:
    clock = HastyClock()
    platform = ChatServer(clock)
    platform.says("ana", "claim A12, long ago")
    clock.advance(60)
    async with Floor(sqlite, clock=clock, platform=platform) as floor:
        platform.says("bo", "claim A12")
        assert await floor.settled() == ["bo: claim A12"]
        assert platform.asked == []


async def test_a_first_start_remembers_where_it_began(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        pass
    floor.clock.advance(10)
    floor.platform.says("ana", "claim A12")
    floor.clock.advance(10)
    async with Floor(sqlite, clock=floor.clock, platform=floor.platform) as again:
        assert await again.settled() == [
            "ana: claim A12",
            "live: away 10 s; 1 claims read back",
        ]


async def test_what_was_said_before_the_first_start_is_never_read_back(sqlite: Storage) -> None:
    class ById(ChatServer):
        """Knows only ids: after "0" it gives everything it has."""

        def history(
            self, channel: Channel, after: tuple[datetime, str] | None
        ) -> AsyncIterator[Heard]:
            return super().history(channel, after and (LONG_AGO, after[1]))

    clock = HastyClock()
    server = ById(clock)
    server.says("ana", "claim A12, long ago")
    clock.advance(60)
    async with Floor(sqlite, clock=clock, platform=server):
        pass
    server.says("bo", "claim A12, in the night")
    async with Floor(sqlite, clock=clock, platform=server) as floor:
        assert await floor.settled() == ["bo: claim A12, in the night"]


async def test_after_a_restart_what_was_missed_is_read_back_in_order(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        floor.platform.says("ana", "claim A12")
    clock, platform = floor.clock, floor.platform
    clock.advance(1)
    platform.says("bo", "claim A12")
    clock.advance(11)
    platform.says("cy", "hello")
    clock.advance(30)
    async with Floor(sqlite, clock=clock, platform=platform) as again:
        platform.says("dee", "claim A12")
        assert await again.settled() == [
            "ana: claim A12",
            "bo: claim A12",
            "cy: hello",
            "live: away 41 s; 1 claims read back",
            "dee: claim A12",
        ]
        assert platform.asked == [(NOON, "1")]


async def test_after_a_lost_connection_history_is_read_until_it_meets_the_present(
    sqlite: Storage,
) -> None:
    async with Floor(sqlite) as floor:
        platform = floor.platform
        platform.says("ana", "claim A12")
        await floor.settled()
        platform.goes_down()
        platform.says("bo", "claim A12")
        floor.clock.advance(6)
        platform.comes_back()
        platform.says("cy", "claim A12")
        platform.says("dee", "claim A12")
        assert await floor.settled() == [
            "ana: claim A12",
            "bo: claim A12",
            "live: away 6 s; 1 claims read back",
            "cy: claim A12",
            "dee: claim A12",
        ]
        assert floor.intake.figures.duplicates == 0


async def test_a_short_absence_is_not_worth_a_line(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        floor.platform.goes_down()
        floor.platform.says("ana", "claim A12")
        floor.clock.advance(2)
        floor.platform.comes_back()
        assert await floor.settled() == ["ana: claim A12"]


async def test_what_a_reconnect_delivers_again_does_not_hide_what_is_missing(
    sqlite: Storage,
) -> None:
    async with Floor(sqlite) as floor:
        platform = floor.platform
        platform.goes_down()
        early = platform.says("ana", "claim A12", at=NOON + timedelta(seconds=1))
        platform.says("bo", "claim A12", at=NOON + timedelta(seconds=2))
        floor.clock.advance(3)
        platform.comes_back()
        platform.deliver(early)
        assert await floor.settled() == ["ana: claim A12", "bo: claim A12"]


async def test_a_line_edited_meanwhile_stands_at_the_time_of_its_edit(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        platform = floor.platform
        platform.goes_down()
        line = platform.says("ana", "what is A12", at=NOON + timedelta(seconds=1))
        platform.says("bo", "claim A12", at=NOON + timedelta(seconds=2))
        platform.edits(line, "claim A12", at=NOON + timedelta(seconds=3))
        platform.says("cy", "claim A12", at=NOON + timedelta(seconds=4))
        floor.clock.advance(4)
        platform.comes_back()
        assert await floor.settled() == ["bo: claim A12", "ana: claim A12", "cy: claim A12"]


async def test_lines_said_while_history_is_read_come_after_it(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        platform = floor.platform
        platform.goes_down()
        platform.says("ana", "missed")
        platform.during_history = ["while reading"]
        floor.clock.advance(1)
        platform.comes_back()
        assert await floor.settled() == ["ana: missed", "late: while reading"]


async def test_a_connection_lost_again_while_reading_is_caught_up_with_too(
    sqlite: Storage,
) -> None:
    class Shaky(ChatServer):
        """Breaks again in the middle of the first reading."""

        broken = False

        def trouble(self) -> None:
            if not self.broken:
                self.broken = True
                self.goes_down()
                self.says("bo", "missed while reading")
                self.clock.advance(1)  # type: ignore[attr-defined]
                self.comes_back()
                self.says("cy", "live again")

    clock = HastyClock()
    platform = Shaky(clock)
    platform.broken = True
    async with Floor(sqlite, clock=clock, platform=platform) as floor:
        platform.goes_down()
        platform.says("ana", "missed")
        clock.advance(1)
        platform.broken = False
        platform.comes_back()
        assert await floor.settled() == [
            "ana: missed",
            "bo: missed while reading",
            "cy: live again",
        ]


async def test_commands_pass_while_chat_waits_for_history(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        platform = floor.platform
        platform.goes_down()
        platform.says("ana", "missed")
        platform.failures = 1
        floor.clock.advance(1)
        platform.comes_back()
        platform.says("bo", "live")
        async with sqlite.write():
            await until(lambda: bool(at_the_gate(sqlite)))
        await floor.intake.act(platform.command("mo", "/stage A12"))
        assert set(await floor.settled()) == {"mo (command): /stage A12", "ana: missed", "bo: live"}


async def test_deadlines_wait_until_what_was_said_before_them_is_read(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        platform = floor.platform
        platform.says("ana", "in 15: ring")
        await floor.settled()
        platform.goes_down()
        floor.clock.advance(10)
        platform.says("bo", "just in time")
        floor.clock.advance(20)
        platform.says("cy", "too late")
        platform.comes_back()
        await floor.intake.tick(floor.clock.now())
        assert (await floor.settled())[:4] == [
            "ana: in 15: ring",
            "bo: just in time",
            "due: ring",
            "cy: too late",
        ]


async def test_what_waits_before_a_gap_does_not_pull_a_deadline_over_it(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        server = floor.platform
        server.says("ana", "in 15: ring")
        await floor.settled()
        async with sqlite.write():
            server.says("bo", "early", at=NOON + timedelta(seconds=1))
            await until(lambda: at_the_gate(sqlite) == 1)
            server.says("cy", "too late", at=NOON + timedelta(seconds=16))
            server.goes_down()
            server.says("dee", "just in time", at=NOON + timedelta(seconds=14))
            floor.clock.advance(16)
            server.comes_back()
        assert (await floor.settled())[1:5] == [
            "bo: early",
            "dee: just in time",
            "due: ring",
            "cy: too late",
        ]


async def test_a_history_that_breaks_off_goes_on_where_it_broke(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        platform = floor.platform
        platform.goes_down()
        floor.clock.advance(1)
        for n in range(20):
            platform.says(f"v{n}", "missed")
        platform.failures = 10
        platform.comes_back()
        assert (await floor.settled())[:20] == [f"v{n}: missed" for n in range(20)]
        assert platform.asked[1] == (NOON + timedelta(seconds=1), "1")
        assert floor.intake.figures.lost == 0


async def test_a_history_that_cannot_be_read_is_lost_and_told(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        platform = floor.platform
        platform.says("ana", "claim A12")
        await floor.settled()
        platform.goes_down()
        floor.clock.advance(60)
        platform.says("bo", "never heard")
        platform.history_down = True
        platform.comes_back()
        platform.says("cy", "claim A12")
        assert await floor.settled() == [
            "ana: claim A12",
            "live: lost since 12:00:00",
            "cy: claim A12",
        ]
        assert len(platform.asked) == 5


async def test_a_channel_that_was_never_heard_is_told_of_as_such(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        await floor.settled()
        floor.platform.goes_down()
        floor.platform.says("bo", "never heard")
        floor.platform.history_down = True
        floor.platform.comes_back()
        assert await floor.settled() == ["live: lost since 12:00:00, never heard"]


class Absent(ChatServer):
    """The next `away` readings of its history end with `errors`, or find it not connected."""

    away = 0
    errors: Sequence[Exception] = ()

    async def history(
        self, channel: Channel, after: tuple[datetime, str] | None
    ) -> AsyncIterator[Heard]:
        if self.away > 0:
            self.away -= 1
            error, *self.errors = self.errors or (Away("no connection to the gateway"),)
            raise error
        async for message in super().history(channel, after):
            yield message


async def test_a_platform_that_is_away_is_waited_for_and_nothing_is_lost(sqlite: Storage) -> None:
    clock = HastyClock()
    platform = Absent(clock)
    async with Floor(sqlite, clock=clock, platform=platform) as floor:
        platform.says("ana", "claim A12")
        await floor.settled()
        platform.goes_down()
        platform.says("bo", "claim A12")
        platform.away = 40
        platform.comes_back()
        platform.says("cy", "claim A12")
        assert (await floor.settled())[:2] == ["ana: claim A12", "bo: claim A12"]
        assert floor.intake.figures.lost == 0
        # With growing pauses, and said once.
        assert max(clock.naps) == pytest.approx(5, rel=0.5)
        assert sum(clock.naps) > 60
        assert [log["event"] for log in floor.logs].count("history waits") == 1
        assert not [log for log in floor.logs if log["log_level"] == "error"]


async def test_while_it_is_away_only_what_really_fails_counts_as_a_try(sqlite: Storage) -> None:
    clock = HastyClock()
    platform = Absent(clock)
    async with Floor(sqlite, clock=clock, platform=platform) as floor:
        platform.says("ana", "claim A12")
        await floor.settled()
        platform.goes_down()
        platform.says("bo", "claim A12")
        fails, away = ConnectionError("reset"), Away("not yet")
        platform.errors = [fails, away, away, fails, away, fails, away, fails]
        platform.away = 8
        platform.comes_back()
        assert await floor.settled() == ["ana: claim A12", "bo: claim A12"]
        platform.goes_down()
        platform.says("cy", "never heard")
        platform.errors = [fails, away, fails, away, fails, away, fails, away, fails]
        platform.away = 9
        platform.comes_back()
        assert "live: lost since 12:00:00" in await floor.settled()


async def test_stopping_does_not_wait_for_a_platform_that_is_away(sqlite: Storage) -> None:
    clock = HastyClock()
    platform = Absent(clock)
    async with Floor(sqlite, clock=clock, platform=platform) as floor:
        platform.says("ana", "claim A12")
        await floor.settled()
        platform.goes_down()
        platform.says("bo", "claim A12")
        platform.away = 1_000_000
        platform.comes_back()
        await until(lambda: platform.away < 999_990)
    # The next start has it from history.
    assert platform.away > 0
    platform.away = 0
    async with Floor(sqlite, clock=clock, platform=platform) as again:
        assert "bo: claim A12" in await again.settled()


async def test_a_full_lane_drops_the_newest_and_reads_them_back(sqlite: Storage) -> None:
    async with Floor(sqlite, queue_max=10, batch_max=4) as floor:
        async with sqlite.write():
            for n in range(50):
                floor.clock.advance(0.01)
                floor.platform.says(f"v{n}", "claim A12")
            assert floor.intake.waiting() <= 20
        assert await floor.settled() == [f"v{n}: claim A12" for n in range(50)]
        assert floor.intake.figures.dropped > 0


async def test_a_lane_overrun_all_the_time_loses_nothing(sqlite: Storage) -> None:
    async with Floor(sqlite, queue_max=5, batch_max=3) as floor:
        for n in range(60):
            floor.clock.advance(0.01)
            floor.platform.says(f"v{n}", "claim A12")
            if n % 7 == 0:
                await journal(sqlite)
        assert await floor.settled() == [f"v{n}: claim A12" for n in range(60)]


async def test_channels_of_one_stream_are_merged_in_order(sqlite: Storage) -> None:
    clock = HastyClock()
    platform = ChatServer(clock, channels=("one", "two"))
    async with Floor(sqlite, clock=clock, platform=platform):
        pass
    for n in range(6):
        clock.advance(1)
        platform.says(f"v{n}", "claim A12", channel=("one", "two")[n % 2])
    async with Floor(sqlite, clock=clock, platform=platform) as floor:
        assert await floor.settled() == [
            *(f"v{n}: claim A12" for n in range(6)),
            "one: away 5 s; 6 claims read back",
        ]


async def test_streams_do_not_wait_for_each_other(sqlite: Storage) -> None:
    clock = HastyClock()
    platform = ChatServer(clock, channels=("one", "two"))
    one, two = platform.channels
    floor = Floor(sqlite, clock=clock, platform=platform, streams={"1": [one], "2": [two]})
    async with floor:
        platform.says("ana", "claim A12", channel="one")
        platform.says("bo", "claim B3", channel="two")
        assert sorted(await floor.settled()) == ["ana: claim A12", "bo: claim B3"]


async def test_the_cursor_stands_at_the_last_line(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        line = floor.platform.says("ana", "claim A12", at=NOON + timedelta(seconds=5))
        floor.platform.edits(line, "claim B3", at=NOON + timedelta(seconds=9))
        await floor.settled()
        channel = Channel("fake", "live")
        async with sqlite.read() as tx:
            place = await messages.cursor(tx, channel.platform, channel.id)
        assert place == (line.sent_at, line.native_id)
