"""Many packers ask for the next parcel at once, in several processes: no two get the same one."""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.app import Andon
from bot.clock import SystemClock
from bot.settings import load_settings
from handlers.messages import Command
from handlers.people import Person, Role
from storage.engine import Storage
from storage.schema.parcels import pack_leases, parcel_lines, parcels
from tests.fakes.packing import PackingShop
from tests.fakes.process import ROOT, environment
from tests.fakes.shop import PLATFORM, STREAM, Paper

CATALOGUE = "code,variant,sku,title,price,currency,stock\nM3,,M3,Mug,18.00,USD,50\n"
PACKERS, PARCELS, PROCESSES = 12, 8, 3

#: A process of its own whose share of the packers all ask at the same time, and scan at once.
_ASKERS = """
import asyncio, sys
from storage.engine import open_storage
from tests.concurrency.test_one_parcel import and_on, packs

async def main(url, first, last):
    async with open_storage(url) as storage:
        andon = await and_on(storage)
        print("ready", flush=True)
        sys.stdin.readline()
        names = [f"p{n}" for n in range(first, last)]
        await asyncio.gather(*(packs(andon, name, "next") for name in names))
        # Each has one unit to pack; scanned twice at once, it is in the box once.
        await asyncio.gather(*(packs(andon, name, "scan M3", n) for name in names for n in "ab"))

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


async def and_on(storage: Storage) -> Andon:
    """An Andon over this database, ready for acts."""
    andon = Andon(load_settings(environ={}), storage, [Paper()], clock=SystemClock())
    await andon.dispatcher.refresh()
    return andon


async def packs(andon: Andon, name: str, words: str, key: str = "") -> None:
    """A packer types; returns once that is decided."""
    packer = Person(platform=PLATFORM, id=name, name=name, roles=frozenset({Role.PACKER}))
    await andon.intake.act(
        Command(
            key=f"{PLATFORM}:{name}:{words}{key}",
            person=packer,
            channel=STREAM,
            sent_at=datetime.now(UTC),
            line=f"/pack {words}",
            reply_to=f"{name}{key}",
        )
    )


@pytest.fixture
async def waiting(storage: Storage) -> Storage:
    """Parcels of a mug each that wait to be packed."""
    async with PackingShop(storage, catalogue=CATALOGUE) as shop:
        await shop.show()
        for number in range(PARCELS):
            await shop.sells(f"Ana{number}", "claim M3")
        await shop.closes()
    return storage


async def _askers(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    share = PACKERS // PROCESSES
    for first in range(0, PACKERS, share):
        yield await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _ASKERS, url, str(first), str(first + share)),
            cwd=ROOT,
            env=environment({}),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )


async def test_no_two_packers_get_one_parcel(waiting: Storage, database_url: str) -> None:
    processes = [process async for process in _askers(database_url)]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    ended = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [process.returncode for process in processes] == [0] * len(ended)
    async with waiting.read() as tx:
        leases = await tx.all(select(pack_leases))
        states = await tx.all(select(parcels.c.state, parcels.c.fence, parcels.c.wrong_scans))
        packed = await tx.all(select(parcel_lines.c.packed))
    assert len(leases) == len({row.person for row in leases}) == PARCELS
    assert {(row.state, row.fence) for row in states} == {("packing", 1)}
    # Each was scanned twice at once: in the box once, and refused once.
    assert [row.packed for row in packed] == [1] * PARCELS
    assert {row.wrong_scans for row in states} == {1}
