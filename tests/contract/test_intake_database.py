"""The intake on both databases: crashes, redelivery, two owners, and equal outcomes."""

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from storage.engine import Storage, open_storage
from storage.schema.traffic import audit, cursors, exceptions, messages
from tests.fakes.chat_server import ChatServer
from tests.fakes.dispatcher import FakeDesk, journal
from tests.fakes.floor import NOON, Floor, HastyClock, until


async def test_a_line_a_command_and_a_deadline(storage: Storage) -> None:
    async with Floor(storage) as floor:
        floor.platform.says("ana", "claim A12")
        await floor.intake.act(floor.platform.command("mo", "in 5: ring"))
        await floor.wait(5)
        assert sorted(await floor.settled()) == [
            "ana: claim A12",
            "due: ring",
            "mo (command): in 5: ring",
        ]


async def everything(storage: Storage) -> dict[str, list[tuple[Any, ...]]]:
    async with storage.read() as tx:
        return {
            first.table.name: [tuple(row) for row in await tx.all(select(*columns).order_by(first))]
            for first, columns in (
                (audit.c.id, (audit.c.at, audit.c.subject)),
                (messages.c.key, (messages.c.key, messages.c.text, messages.c.sent_at)),
                (cursors.c.channel, (cursors.c.sent_at, cursors.c.native_id)),
                (exceptions.c.id, (exceptions.c.subject, exceptions.c.due_at, exceptions.c.state)),
            )
        }


async def test_one_log_gives_equal_databases_at_any_batch_size(
    tmp_path: Path,
) -> None:
    outcomes = []
    for size in (1, 7, 500):
        async with open_storage(f"sqlite+aiosqlite:///{tmp_path / f'{size}.db'}") as fresh:
            outcomes.append(await outcome(fresh, size))
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert len(outcomes[0]["audit"]) == 300 + 10


@pytest.mark.postgres
async def test_and_on_postgresql_as_on_sqlite(postgresql: Storage, sqlite: Storage) -> None:
    assert await outcome(postgresql, 500) == await outcome(sqlite, 7)


async def outcome(storage: Storage, size: int) -> dict[str, list[tuple[Any, ...]]]:
    clock = HastyClock(NOON)
    server = ChatServer(clock)
    floor = Floor(storage, clock=clock, platform=server, in_order=True, batch_max=size)
    async with floor:
        for n in range(300):
            at = NOON + timedelta(seconds=n * 0.3)
            text = f"in {n % 17}: ring {n}" if n % 30 == 7 else "claim A12"
            await floor.intake.feed([server.says(f"v{n % 9}", text, at=at)])
        await floor.intake.run_until(NOON + timedelta(hours=1))
    return await everything(storage)


def two_batches(desk: FakeDesk) -> bool:
    return len(desk.batches) >= 2


async def test_a_crash_at_any_moment_loses_nothing_and_doubles_nothing(storage: Storage) -> None:
    clock = HastyClock()
    server = ChatServer(clock)
    expected = []
    floor = Floor(storage, clock=clock, platform=server, batch_max=3)
    await floor.__aenter__()
    for crash in range(5):
        for n in range(12):
            clock.advance(0.1)
            server.says(f"v{crash}.{n}", "claim A12")
            expected.append(f"v{crash}.{n}: claim A12")
        await until(partial(two_batches, floor.desk))
        for _ in range(crash * 3):
            await asyncio.sleep(0)
        await floor.crash()
        floor = Floor(storage, clock=clock, platform=server, batch_max=3)
        await floor.__aenter__()
    told = await floor.settled()
    await floor.close()
    assert [line for line in told if "claim A12" in line] == expected


@pytest.mark.postgres
async def test_of_two_processes_one_takes_in_and_the_other_stands_by(
    postgresql: Storage, postgres_url: str
) -> None:
    async with open_storage(postgres_url) as other:
        clock = HastyClock()
        server = ChatServer(clock)
        first = Floor(postgresql, clock=clock, platform=server, owner="first")
        standby = Floor(other, clock=clock, wall=clock, platform=ChatServer(clock), owner="second")
        async with first:
            standby.open()
            server.says("ana", "claim A12")
            await first.settled()
            await until(lambda: bool(clock.naps))
            assert (first.intake.owning, standby.intake.owning) == (True, False)
            # Commands run anywhere.
            await standby.intake.act(server.command("mo", "/stage A12"))
        await standby.intake.drain()
        assert standby.intake.owning
        assert await journal(other) == ["ana: claim A12", "mo (command): /stage A12"]
        await standby.close()


@pytest.mark.postgres
async def test_an_owner_whose_lease_was_taken_cannot_write(
    postgresql: Storage, postgres_url: str
) -> None:
    async with open_storage(postgres_url) as other:
        clock = HastyClock()
        server = ChatServer(clock)
        async with Floor(postgresql, clock=clock, platform=server, owner="first") as first:
            clock.advance(60)
            async with Floor(other, clock=clock, platform=server, owner="second") as second:
                for n in range(10):
                    # Each hears it, by a connection of its own.
                    first.intake.hear(server.says(f"v{n}", "claim A12"))
                assert await second.settled() == [f"v{n}: claim A12" for n in range(10)]
            await first.settled()
            assert (first.intake.figures.messages, second.intake.figures.messages) == (0, 10)


@pytest.mark.postgres
async def test_one_press_in_two_processes_has_one_effect(
    postgresql: Storage, postgres_url: str
) -> None:
    async with open_storage(postgres_url) as other, Floor(postgresql) as first:
        second = Floor(other, clock=first.clock, owner="second")
        for n in range(10):
            press = first.platform.press("ana", f"claim.keep:{n}")
            await asyncio.gather(first.intake.act(press), second.intake.act(press))
        assert await journal(other) == [f"ana (press): claim.keep:{n}" for n in range(10)]


@pytest.mark.postgres
async def test_a_deadline_that_another_process_set_cuts_the_batch(
    postgresql: Storage, postgres_url: str
) -> None:
    async with open_storage(postgres_url) as other, Floor(postgresql) as first:
        second = Floor(other, clock=first.clock, owner="second")
        await second.intake.act(first.platform.command("mo", "in 5: ring"))
        first.platform.says("ana", "before", at=NOON + timedelta(seconds=4))
        first.platform.says("bo", "after", at=NOON + timedelta(seconds=6))
        assert await first.settled() == [
            "mo (command): in 5: ring",
            "ana: before",
            "due: ring",
            "bo: after",
        ]
