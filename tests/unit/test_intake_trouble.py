"""Lines that cannot be handled, databases that are away, and leases that are lost."""

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.clock import ManualClock
from bot.intake.deadline import Deadline
from handlers.messages import Channel
from storage.engine import Storage
from storage.schema.traffic import leases
from tests.fakes.chat_server import ChatServer
from tests.fakes.dispatcher import journal
from tests.fakes.floor import NOON, FlakyStorage, Floor, HastyClock, until


async def test_one_poisoned_line_among_500_leaves_the_others_alone(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        for n in range(500):
            floor.platform.says(f"v{n}", "poison" if n == 250 else "claim A12")
        told = await floor.settled()
        assert told[250] == "aside v250: poison [ref1] ValueError: 'poison' cannot be handled"
        assert [line for n, line in enumerate(told) if n != 250] == [
            f"v{n}: claim A12" for n in range(500) if n != 250
        ]
        assert floor.intake.figures.set_aside == 1
        (log,) = (entry for entry in floor.logs if entry.get("reference") == "ref1")
        assert isinstance(log["exc_info"], ValueError)
        # Halving finds it in a few transactions, not in five hundred.
        assert len(floor.desk.batches) < 15


async def test_two_poisoned_lines_have_references_of_their_own(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        for text in ("hi", "poison 1", "claim A12", "poison 2", "bye"):
            floor.platform.says("ana", text)
        assert await floor.settled() == [
            "ana: hi",
            "aside ana: poison 1 [ref1] ValueError: 'poison 1' cannot be handled",
            "ana: claim A12",
            "aside ana: poison 2 [ref2] ValueError: 'poison 2' cannot be handled",
            "ana: bye",
        ]


async def test_a_line_that_failed_once_by_chance_is_handled(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        fails = iter([ValueError("a race with another process")])

        def by_chance(_name: str) -> None:
            for error in fails:
                raise error

        floor.desk.before = by_chance
        floor.platform.says("ana", "claim A12")
        assert await floor.settled() == ["ana: claim A12"]
        assert floor.intake.figures.set_aside == 0


async def test_a_line_that_cannot_even_be_answered_is_skipped_and_told(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        venom = floor.platform.says("ana", "venom")
        floor.platform.says("bo", "claim A12")
        assert await floor.settled() == ["bo: claim A12"]
        assert floor.alerts == [
            "A message could not be handled or answered; it is skipped. Reference ref1."
        ]
        floor.platform.deliver(venom)
        await floor.settled()
        assert floor.intake.figures.duplicates == 1


async def test_a_line_that_was_set_aside_does_not_come_again(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        poison = floor.platform.says("ana", "poison")
        told = await floor.settled()
        floor.platform.deliver(poison)
        assert await floor.settled() == told


async def test_what_comes_again_falls_out(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        claim = floor.platform.says("ana", "claim A12")
        floor.platform.deliver(claim)
        floor.platform.says("bo", "claim A12")
        await floor.settled()
        floor.platform.deliver(claim)
        floor.platform.says("cy", "claim A12")
        assert await floor.settled() == ["ana: claim A12", "bo: claim A12", "cy: claim A12"]
        assert floor.intake.figures.duplicates == 2
        again = floor.platform
    async with Floor(sqlite, clock=HastyClock(NOON + timedelta(hours=1)), platform=again) as floor:
        again.deliver(claim)
        assert len(await floor.settled()) == 3


@pytest.mark.parametrize("failures", [1, 3, 7])
async def test_while_the_database_is_away_chat_waits(sqlite: Storage, failures: int) -> None:
    flaky = FlakyStorage(sqlite)
    async with Floor(flaky) as floor:
        flaky.down = failures
        for n in range(20):
            floor.platform.says(f"v{n}", "claim A12")
        assert await floor.settled() == [f"v{n}: claim A12" for n in range(20)]
        assert floor.intake.figures.set_aside == 0
        assert floor.alerts == (
            [
                "The database is locked. Chat waits in line and nothing is lost. "
                "I try again until it works.",
                "✓ The database is back. What waited is handled now, in order.",
            ]
            if failures >= 3
            else []
        )


async def test_the_pauses_between_tries_grow(sqlite: Storage) -> None:
    flaky, clock = FlakyStorage(sqlite), HastyClock()
    async with Floor(flaky, clock=clock) as floor:
        flaky.down = 12
        floor.platform.says("ana", "claim A12")
        await floor.settled()
        assert clock.naps[0] <= 0.1
        assert max(clock.naps) <= 5
        assert sum(clock.naps[:6]) < sum(clock.naps[6:])


async def test_a_file_that_another_program_locks_is_waited_for(
    sqlite: Storage, sqlite_file: Path
) -> None:
    other = sqlite3.connect(sqlite_file, isolation_level=None)
    clock = HastyClock()
    async with Floor(sqlite, clock=clock) as floor:
        other.execute("BEGIN IMMEDIATE")
        floor.platform.says("ana", "claim A12")
        await clock.napped.wait()
        assert await journal(sqlite) == []
        other.execute("COMMIT")
        other.close()
        assert await floor.settled() == ["ana: claim A12"]


async def test_a_full_line_is_emptied_before_the_end(sqlite: Storage) -> None:
    async with Floor(sqlite, batch_max=7) as floor:
        for n in range(100):
            floor.platform.says(f"v{n}", "claim A12")
    assert len(await journal(sqlite)) == 100


async def test_a_stop_with_a_time_limit_leaves_the_rest_to_history(sqlite: Storage) -> None:
    flaky = FlakyStorage(sqlite)
    floor = Floor(flaky)
    async with floor:
        floor.platform.says("ana", "claim A12")
        await floor.settled()
        flaky.down = 1_000_000
        floor.platform.says("bo", "claim A12")
        await floor.intake.stop(within=0.01)
    async with Floor(sqlite, platform=floor.platform, clock=floor.clock) as again:
        assert [line for line in await again.settled() if "claim A12" in line] == [
            "ana: claim A12",
            "bo: claim A12",
        ]


async def test_a_crash_before_the_commit_loses_nothing_and_doubles_nothing(
    sqlite: Storage,
) -> None:
    floor = Floor(sqlite, batch_max=7)
    await floor.__aenter__()
    for n in range(50):
        floor.platform.says(f"v{n}", "claim A12")
    await until(lambda: len(floor.desk.batches) == 3)
    await floor.crash()
    async with Floor(sqlite, clock=floor.clock, platform=floor.platform) as again:
        assert await again.settled() == [f"v{n}: claim A12" for n in range(50)]


async def test_who_loses_the_lease_stops_and_has_it_again_later(sqlite: Storage) -> None:
    clock = HastyClock()
    async with Floor(sqlite, clock=clock) as floor:
        floor.platform.says("ana", "claim A12")
        await floor.settled()
        async with sqlite.write() as tx:
            until_later = clock.now() + timedelta(seconds=30)
            await tx.run(update(leases), {"owner": "that", "fence": 9, "until": until_later})
        floor.platform.says("bo", "claim A12")
        floor.platform.says("cy", "claim A12")
        assert await floor.settled() == [
            "ana: claim A12",
            "bo: claim A12",
            "cy: claim A12",
            "live: away 30 s; 2 claims read back",
        ]
        assert clock.now() >= until_later
        assert floor.intake.owning


async def test_an_idle_owner_notices_that_its_lease_is_gone(sqlite: Storage) -> None:
    async with Floor(sqlite, clock=HastyClock()) as floor:
        async with sqlite.write() as tx:
            at = floor.clock.now() + timedelta(seconds=60)
            await tx.run(update(leases), {"owner": "that", "fence": 9, "until": at})
        await floor.wait(10)
        assert floor.clock.now() >= at
        assert floor.intake.owning


async def test_who_waits_for_the_stream_is_told_when_it_comes_and_goes(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        intake = floor.intake
        await intake.owned()
        gone = asyncio.create_task(intake.owned(False))
        await asyncio.sleep(0)
        assert not gone.done()
        async with sqlite.write() as tx:
            later = floor.clock.now() + timedelta(seconds=60)
            await tx.run(update(leases), {"owner": "that", "fence": 9, "until": later})
        floor.platform.says("ana", "claim A12")
        await gone
        # Its naps make the time pass, so it has the lease again by itself.
        await intake.owned()
        assert intake.owning
    await intake.owned(False)


async def test_every_stream_counts(sqlite: Storage) -> None:
    async with sqlite.write() as tx:
        later = NOON + timedelta(hours=1)
        row = {"name": "intake:two", "owner": "that", "fence": 9, "until": later}
        await tx.insert(leases, [row])
    clock = ManualClock(NOON)
    platform = ChatServer(clock)
    streams = {name: [Channel(platform.name, name)] for name in ("one", "two")}
    floor = Floor(sqlite, clock=clock, platform=platform, streams=streams)
    floor.open()
    await floor.intake.owned(False)
    all_ = asyncio.create_task(floor.intake.owned())
    await until(lambda: clock.next_due() is not None)
    assert not all_.done()
    async with sqlite.write() as tx:
        await tx.run(update(leases), {"owner": None, "until": None})
    clock.advance(60)
    await all_
    await floor.close()


async def test_a_lease_is_renewed_with_the_beat(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        for _ in range(60):
            await floor.wait(1)
        async with sqlite.read() as tx:
            (lease,) = await tx.all(leases.select())
        assert lease.until > floor.clock.now()
        assert lease.fence == 1


async def test_a_failed_deadline_holds_up_neither_chat_nor_itself(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        bugs = [ValueError("a bug")]

        def before(name: str) -> None:
            if name == "tick" and bugs:
                raise bugs[0]

        floor.desk.before = before
        floor.platform.says("ana", "in 5: ring")
        floor.platform.says("bo", "later", at=NOON + timedelta(seconds=6))
        assert await floor.settled() == ["ana: in 5: ring", "bo: later"]
        assert floor.alerts == [
            "What was due at 12:00:05 UTC failed and changed nothing; chat goes on, and it is "
            "tried again in 30 s. Reference ref1."
        ]
        bugs.clear()
        await floor.wait(29)
        assert len(await floor.settled()) == 2
        await floor.wait(1)
        assert (await floor.settled())[2:] == ["due: ring"]


def test_a_deadline_put_off_hides_no_later_one_and_comes_up_again() -> None:
    clock, later = HastyClock(), NOON + timedelta(seconds=1)
    deadline = Deadline(clock)
    deadline.put_off(NOON, 30)
    assert (deadline.counting(NOON), deadline.counting(later)) == (None, later)
    clock.advance(30)
    assert (deadline.counting(NOON), deadline.counting(later)) == (NOON, later)


async def test_a_bug_that_is_in_no_line_does_not_end_the_lane(sqlite: Storage) -> None:
    floor = Floor(sqlite)
    broken = iter([RuntimeError("a bug")])

    async def refresh() -> None:
        for error in broken:
            raise error

    floor.desk.refresh = refresh  # type: ignore[method-assign]
    async with floor:
        floor.platform.says("ana", "claim A12")
        assert await floor.settled() == ["ana: claim A12"]
        assert floor.alerts == ["Chat cannot be taken in; I keep trying. Reference ref1."]


async def test_the_relay_is_woken_after_each_commit(sqlite: Storage) -> None:
    woken = asyncio.Event()
    async with Floor(sqlite, on_commit=woken.set) as floor:
        woken.clear()
        floor.platform.says("ana", "claim A12")
        await woken.wait()
        assert await journal(sqlite) == ["ana: claim A12"]


async def test_how_far_behind_it_is(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        assert (floor.intake.waiting(), floor.intake.lag_seconds()) == (0, 0)
        async with sqlite.write():
            floor.platform.says("ana", "claim A12")
            floor.platform.says("bo", "claim A12")
            floor.clock.advance(9)
            assert (floor.intake.waiting(), floor.intake.lag_seconds()) == (2, 9)
        await floor.settled()
        assert (floor.intake.waiting(), floor.intake.lag_seconds()) == (0, 0)
        assert floor.intake.figures.messages == 2
