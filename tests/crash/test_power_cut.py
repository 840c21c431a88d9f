"""A power cut in the middle of a rush: what was taken in is neither lost nor doubled.

A real `andon run`, killed at random points, started again, and asked what it knows.
"""

import os
from pathlib import Path
from random import Random

import pytest

from tests.fakes.process import SOURCE, Running, dying
from tests.fakes.rush import (
    LINES,
    everyone_was_told_once,
    nothing_is_lost_or_doubled,
    rush,
    stocked,
)

ROUNDS = 30 if "ANDON_SOAK" in os.environ else 1


@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", range(ROUNDS))
async def test_a_power_cut_loses_and_doubles_nothing(
    sqlite_file: Path, number: int, tmp_path: Path
) -> None:
    random = Random(number)
    await stocked(f"sqlite+aiosqlite:///{sqlite_file}")
    # Half of them die by themselves, exactly at a commit; half are killed while people type.
    by_itself = dying(commit=random.randint(30, 60), before=number % 4 == 1)
    command = by_itself if number % 2 else SOURCE
    async with Running.started(tmp_path, command) as running:
        host = await running.page("mo", "moderator")
        await host.says("/show start Friday")
        enough = LINES if number % 2 else random.randint(0, LINES)
        acknowledged = await rush(running, random, enough, running.kill)

    # Nobody is merely counted, so that whoever comes last hears of it by name.
    async with Running.started(tmp_path, SALE__WAITLIST_NAMED="100") as again:
        late = await again.page("late")
        await late.says("claim A1")
        # Chat waits for what was missed, so who is answered now comes after all of it.
        await late.hears("@{late}")
        assert await again.stop() == 0
    nothing_is_lost_or_doubled(sqlite_file, acknowledged)
    everyone_was_told_once(sqlite_file)
