"""The clockwork beats, and goes on beating."""

import asyncio
from datetime import datetime

from structlog.testing import capture_logs

from bot.clock import ManualClock
from bot.clockwork import Clockwork
from tests.fakes.floor import NOON


class Told:
    """What people were told, and a clockwork that tells them."""

    def __init__(self) -> None:
        self.alerts: list[str] = []
        self.clockwork = Clockwork(
            ManualClock(NOON), new_reference=lambda: "ref1", alert=self.alerts.append
        )


async def test_it_calls_the_tick_with_the_present_moment() -> None:
    told, beats = Told(), list[datetime]()
    third = asyncio.Event()

    async def tick(now: datetime) -> None:
        beats.append(now)
        if len(beats) == 3:
            third.set()

    told.clockwork.every(0.01, "what is due", tick)
    async with told.clockwork:
        await third.wait()
    assert set(beats) == {NOON}
    assert told.alerts == []


async def test_a_tick_that_fails_comes_again_and_is_told_once() -> None:
    told, beats = Told(), 0
    enough = asyncio.Event()

    async def tick(_now: datetime) -> None:
        nonlocal beats
        beats += 1
        if beats <= 3:
            raise ValueError("a bug")
        enough.set()

    with capture_logs() as logs:
        told.clockwork.every(0.01, "what is due", tick)
        async with told.clockwork:
            await enough.wait()
    assert told.alerts == [
        "The clockwork failed at: what is due. It is tried again at every beat. Reference ref1.",
        "✓ The clockwork is well again: what is due.",
    ]
    assert [(log["reference"], str(log["exc_info"])) for log in logs] == [("ref1", "a bug")] * 3


async def test_a_slow_tick_never_overlaps_itself() -> None:
    told, under_way, most, beats = Told(), 0, 0, 0
    others, enough = asyncio.Event(), asyncio.Event()

    async def slow(_now: datetime) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await others.wait()
        under_way -= 1

    async def quick(_now: datetime) -> None:
        nonlocal beats
        beats += 1
        if beats == 5:
            enough.set()

    told.clockwork.every(0.01, "slow", slow)
    told.clockwork.every(0.01, "quick", quick)
    async with told.clockwork:
        await enough.wait()
        others.set()
    assert most == 1


async def test_a_stop_lets_the_tick_under_way_end() -> None:
    told = Told()
    begun, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def tick(_now: datetime) -> None:
        begun.set()
        await go_on.wait()
        ended.set()

    told.clockwork.every(0.01, "what is due", tick)
    told.clockwork.start()
    await begun.wait()
    stopping = asyncio.create_task(told.clockwork.stop())
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert ended.is_set()
