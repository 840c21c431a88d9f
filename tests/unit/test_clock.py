"""A clock that is moved by hand never goes back, and wakes its sleepers in order."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.clock import Clock, ManualClock, SystemClock

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def clock_nap(clock: Clock, seconds: float) -> Coroutine[Any, Any, None]:
    nap = clock.sleep
    return nap(seconds)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_sleepers_wake_when_their_time_has_come() -> None:
    clock, woken = ManualClock(NOON), list[float]()

    async def nap(seconds: float) -> None:
        await clock_nap(clock, seconds)
        woken.append(seconds)

    naps = [asyncio.create_task(nap(seconds)) for seconds in (3, 1, 2)]
    await settle()
    assert clock.next_due() == NOON + timedelta(seconds=1)
    clock.advance(0.5)
    await settle()
    assert woken == []
    clock.advance(1.5)
    await settle()
    assert woken == [1, 2]
    naps[0].cancel()
    await settle()
    assert clock.next_due() is None


async def test_no_time_passes_by_itself() -> None:
    clock = ManualClock(NOON)
    for seconds in (0, -1):
        await clock_nap(clock, seconds)
    assert clock.now() == NOON


def test_it_never_goes_back() -> None:
    clock = ManualClock(NOON)
    clock.move_to(NOON + timedelta(hours=1))
    clock.move_to(NOON)
    assert clock.now() == NOON + timedelta(hours=1)


async def test_the_clock_on_the_wall_is_aware() -> None:
    clock = SystemClock()
    before = clock.now()
    await clock_nap(clock, -1)
    assert before.tzinfo is UTC
    assert clock.now() >= before
