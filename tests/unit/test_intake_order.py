"""In which order chat is taken in, and how it is cut into batches."""

import asyncio
from datetime import timedelta

import pytest

from storage.engine import Storage
from tests.fakes.chat_server import ChatServer
from tests.fakes.floor import NOON, Floor, HastyClock, at_the_gate, until


def at(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


async def test_lines_are_handled_in_the_order_they_were_sent(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        says = floor.platform.says
        says("cy", "third", at=NOON + at(3))
        says("ana", "first", at=NOON + at(1))
        says("bo", "second", at=NOON + at(2))
        assert await floor.settled() == ["ana: first", "bo: second", "cy: third"]


async def test_lines_of_one_instant_go_by_platform_and_native_id(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        lines = [floor.platform.says(f"v{n}", "claim A12", at=NOON) for n in range(1, 12)]
        assert await floor.settled() == [f"{line.person.id}: claim A12" for line in lines]


async def test_all_that_waits_is_one_batch_and_no_more_than_the_most(sqlite: Storage) -> None:
    async with Floor(sqlite, batch_max=7) as floor:
        for n in range(16):
            floor.platform.says("ana", f"line {n}")
        await floor.settled()
        assert floor.desk.batches == [7, 7, 2]


@pytest.mark.parametrize("size", [1, 7, 500])
async def test_batches_of_any_size_have_the_same_effect(sqlite: Storage, size: int) -> None:
    assert await night_of_the_show(sqlite, size) == EXPECTED


EXPECTED = [
    *(f"v{n}: claim A12" for n in range(20)),
    "ana: in 5: ring",
    "ana: in 15: late",
    "ana: in 0.0: at once",
    "due: at once",
    *(f"w{n}: claim B3" for n in range(20, 25)),
    "due: ring",
    *(f"w{n}: claim B3" for n in range(25, 28)),
    "aside x: poison [ref1] ValueError: 'poison' cannot be handled",
    *(f"w{n}: claim B3" for n in range(28, 35)),
    "due: late",
    *(f"w{n}: claim B3" for n in range(35, 40)),
]


async def night_of_the_show(storage: Storage, size: int) -> list[str]:
    clock = HastyClock(NOON + at(60))
    platform = ChatServer(clock)
    floor = Floor(storage, clock=clock, platform=platform, batch_max=size)
    await platform.start(floor.intake)
    for n in range(20):
        platform.says(f"v{n}", "claim A12", at=NOON + at(n))
    platform.says("ana", "in 5: ring", at=NOON + at(20))
    platform.says("ana", "in 15: late", at=NOON + at(20))
    platform.says("ana", "in 0.0: at once", at=NOON + at(20))
    for n in range(20, 40):
        platform.says(f"w{n}", "claim B3", at=NOON + at(n + 0.5 * (n < 25)))
        if n == 27:
            platform.says("x", "poison", at=NOON + at(27.5))
    async with floor:
        told = await floor.settled()
    return [line.replace("ref2", "ref1") for line in told]


async def test_an_edit_has_a_batch_of_its_own_at_the_time_of_the_edit(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        claim = floor.platform.says("ana", "claim A12", at=NOON)
        floor.platform.says("bo", "claim A12", at=NOON + at(1))
        floor.platform.says("cy", "claim A12", at=NOON + at(3))
        floor.platform.edits(claim, "claim B3", at=NOON + at(2))
        assert await floor.settled() == [
            "ana: claim A12",
            "bo: claim A12",
            "ana (edited): claim B3",
            "cy: claim A12",
        ]
        assert floor.desk.batches == [2, 1, 1]


async def test_a_line_at_the_very_deadline_comes_after_it(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        floor.platform.says("ana", "in 15: ring", at=NOON)
        floor.platform.says("bo", "just before", at=NOON + at(14.999))
        floor.platform.says("cy", "just then", at=NOON + at(15))
        assert await floor.settled() == [
            "ana: in 15: ring",
            "bo: just before",
            "due: ring",
            "cy: just then",
        ]


async def test_a_deadline_comes_when_its_time_does_without_any_chat(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        floor.platform.says("ana", "in 15: ring")
        await floor.wait(14)
        assert await floor.settled() == ["ana: in 15: ring"]
        await floor.wait(1)
        assert await floor.settled() == ["ana: in 15: ring", "due: ring"]


async def test_deadlines_that_were_missed_come_one_by_one_in_order(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        for seconds in (30, 10, 20):
            floor.platform.says("ana", f"in {seconds}: {seconds}", at=NOON)
        await floor.settled()
        await floor.wait(60)
        assert (await floor.settled())[3:] == ["due: 10", "due: 20", "due: 30"]
        assert floor.intake.figures.ticks == 3


async def test_a_command_that_sets_a_deadline_cuts_the_chat_that_waits(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        await floor.intake.act(floor.platform.command("mo", "in 5: ring"))
        floor.platform.says("ana", "before", at=NOON + at(4))
        floor.platform.says("bo", "after", at=NOON + at(6))
        assert await floor.settled() == [
            "mo (command): in 5: ring",
            "ana: before",
            "due: ring",
            "bo: after",
        ]


async def test_a_deadline_set_while_the_batch_waits_at_the_gate_still_cuts_it(
    sqlite: Storage,
) -> None:
    async with Floor(sqlite) as floor:
        async with sqlite.write():
            floor.platform.says("ana", "before", at=NOON + at(4))
            floor.platform.says("bo", "after", at=NOON + at(6))
            await until(lambda: at_the_gate(sqlite) == 1)
            command = floor.platform.command("mo", "in 5: ring")
            overtaking = asyncio.create_task(floor.intake.act(command))
            await until(lambda: at_the_gate(sqlite) == 2)
        await overtaking
        assert await floor.settled() == [
            "mo (command): in 5: ring",
            "ana: before",
            "due: ring",
            "bo: after",
        ]


async def test_a_single_line_that_waited_too_long_comes_after_the_deadline(
    sqlite: Storage,
) -> None:
    async with Floor(sqlite) as floor:
        async with sqlite.write():
            floor.platform.says("bo", "after", at=NOON + at(6))
            await until(lambda: at_the_gate(sqlite) == 1)
            command = floor.platform.command("mo", "in 5: ring")
            overtaking = asyncio.create_task(floor.intake.act(command))
            await until(lambda: at_the_gate(sqlite) == 2)
        await overtaking
        assert (await floor.settled())[1:] == ["due: ring", "bo: after"]


async def test_a_late_line_stands_among_those_that_wait(sqlite: Storage) -> None:
    async with Floor(sqlite, batch_max=2) as floor:
        async with sqlite.write():
            for n in (1, 2, 3, 4):
                floor.platform.says(f"v{n}", "claim A12", at=NOON + at(n))
            await until(lambda: at_the_gate(sqlite) == 1)
            floor.platform.says("late", "claim A12", at=NOON + at(2.5))
        assert await floor.settled() == [
            f"{who}: claim A12" for who in ("v1", "v2", "late", "v3", "v4")
        ]


async def test_a_batch_read_against_an_old_catalogue_is_read_again(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        before = floor.desk.refreshed
        floor.desk.stale = 2
        floor.platform.says("ana", "claim A12")
        assert await floor.settled() == ["ana: claim A12"]
        assert floor.desk.refreshed == before + 2


async def test_what_no_stream_says_is_not_taken_in(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        floor.platform.says("ana", "claim A12", channel="elsewhere")
        assert await floor.settled() == []


async def test_signs_that_no_database_takes_are_left_out(sqlite: Storage) -> None:
    async with Floor(sqlite) as floor:
        floor.platform.says("ana", "claim\0 A12 \ud83d\ude00 \ud83d 🎉")
        assert await floor.settled() == ["ana: claim A12 😀 � 🎉"]
        assert floor.intake.figures.set_aside == 0
