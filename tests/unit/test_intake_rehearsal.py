"""A rehearsal: in the order of the file, on the clock of the file, as fast as it goes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Self

import pytest

from bot.clock import ManualClock
from bot.intake import Incoming
from storage.engine import Storage
from tests.fakes.chat_server import ChatServer
from tests.fakes.floor import NOON, Floor


class Rehearsal(Floor):
    """A floor whose clock is the log's."""

    def __init__(self, storage: Storage, *, batch_max: int = 500, queue_max: int = 1000) -> None:
        super().__init__(
            storage,
            clock=ManualClock(NOON),
            in_order=True,
            batch_max=batch_max,
            queue_max=queue_max,
        )

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        # What is fed comes from a file alone.
        self.platform.goes_down()
        return self


def log(server: ChatServer) -> Iterator[Incoming]:
    """A show with commands among the chat, a deadline, and a line out of order."""
    yield server.command("mo", "in 15: ring", at=NOON)
    yield server.says("ana", "claim A12", at=NOON + timedelta(seconds=2))
    yield server.says("bo", "out of order", at=NOON + timedelta(seconds=1))
    yield server.command("mo", "/stage B3", at=NOON + timedelta(seconds=3))
    for n in range(4, 20):
        yield server.says(f"v{n}", "claim B3", at=NOON + timedelta(seconds=n))


@pytest.mark.parametrize("size", [1, 7, 500])
async def test_the_order_of_the_file_is_kept_at_any_batch_size(sqlite: Storage, size: int) -> None:
    async with Rehearsal(sqlite, batch_max=size) as floor:
        await floor.intake.feed(log(floor.platform))
        assert await floor.settled() == [
            "mo (command): in 15: ring",
            "ana: claim A12",
            "bo: out of order",
            "mo (command): /stage B3",
            *(f"v{n}: claim B3" for n in range(4, 15)),
            "due: ring",
            *(f"v{n}: claim B3" for n in range(15, 20)),
        ]
        assert floor.clock.now() == NOON + timedelta(seconds=19)


async def test_feeding_waits_where_a_live_lane_would_drop(sqlite: Storage) -> None:
    async with Rehearsal(sqlite, queue_max=3) as floor:
        await floor.intake.feed(floor.platform.says(f"v{n}", "claim A12") for n in range(50))
        assert await floor.settled() == [f"v{n}: claim A12" for n in range(50)]
        assert floor.intake.figures.dropped == 0


async def test_the_same_log_again_changes_nothing(sqlite: Storage) -> None:
    lines = list(log(ChatServer(ManualClock(NOON))))
    for _ in range(2):
        async with Rehearsal(sqlite) as floor:
            await floor.intake.feed(lines)
            told = await floor.settled()
    assert len(told) == len(lines) + 1
    assert floor.intake.figures.duplicates == len(lines)
    assert floor.conflicts == []


async def test_a_known_id_with_other_content_is_reported(sqlite: Storage) -> None:
    server = ChatServer(ManualClock(NOON))
    line, command = server.says("ana", "claim A12"), server.command("mo", "/stage A12")
    async with Rehearsal(sqlite) as floor:
        await floor.intake.feed([line, command])
    async with Rehearsal(sqlite) as floor:
        await floor.intake.feed(
            [replace(line, text="claim B3"), replace(command, line="/stage B3")]
        )
        assert await floor.settled() == ["ana: claim A12", "mo (command): /stage A12"]
        assert floor.conflicts == [(line.key, "claim A12"), (command.key, "/stage A12")]


async def test_what_falls_due_after_the_last_line_is_asked_for(sqlite: Storage) -> None:
    async with Rehearsal(sqlite) as floor:
        await floor.intake.feed([floor.platform.says("ana", "in 15: ring")])
        assert await floor.settled() == ["ana: in 15: ring"]
        await floor.intake.run_until(NOON + timedelta(seconds=60))
        assert await floor.settled() == ["ana: in 15: ring", "due: ring"]
        assert floor.clock.now() == NOON + timedelta(seconds=60)


async def test_a_rehearsal_reads_no_history(sqlite: Storage) -> None:
    async with Rehearsal(sqlite) as floor:
        await floor.intake.feed([floor.platform.says("ana", "claim A12")])
        await floor.settled()
        assert floor.platform.asked == []


async def test_a_poisoned_command_is_set_aside_like_a_line(sqlite: Storage) -> None:
    async with Rehearsal(sqlite) as floor:
        await floor.intake.feed(
            [floor.platform.command("mo", "poison"), floor.platform.says("ana", "claim A12")]
        )
        first, second = await floor.settled()
        assert first.startswith("aside mo (command): poison")
        assert second == "ana: claim A12"
