"""Many want the last one, in several processes at once: exactly one gets it.

The controls take the lock and the guard away and show that the same test then fails.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, func, select, update

from bot.app import Andon
from bot.clock import SystemClock
from bot.settings import load_settings
from handlers.catalog.files import read_catalog
from handlers.catalog.importing import import_catalog
from handlers.claims import ledger
from handlers.messages import Command, Press
from handlers.people import Person, Role
from storage.engine import Storage, open_storage
from storage.repositories import sale as rows
from storage.schema import sale
from storage.unit_of_work import Transaction, padded
from tests.fakes.process import ROOT, Running, environment
from tests.fakes.shop import PLATFORM, STREAM, Paper

CATALOGUE = (
    "code,variant,sku,title,price,currency,stock\n"
    "R5,S,R5-S,Ring,64.00,USD,1\n"
    "R5,M,R5-M,Ring,64.00,USD,0\n"
)
CLAIMANTS, PROCESSES = 50, 4

#: A process of its own that lets its share of the claimants tap the size at the same time.
_TAPPERS = """
import asyncio, sys
from storage.engine import open_storage
from tests.concurrency.test_one_unit import and_on, taps, the_size

async def main(url, first, last):
    async with open_storage(url) as storage:
        andon = await and_on(storage)
        size = await the_size(storage)
        print("ready", flush=True)
        sys.stdin.readline()
        await asyncio.gather(*(taps(andon, f"v{n}", size) for n in range(first, last)))

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


async def and_on(storage: Storage) -> Andon:
    """An Andon over this database, ready for acts."""
    settings = load_settings(environ={}, sale={"claimable": "listed", "soft_pause": "notify"})
    andon = Andon(settings, storage, [Paper()], clock=SystemClock())
    await andon.dispatcher.refresh()
    return andon


async def taps(andon: Andon, name: str, size: int) -> None:
    """A viewer taps a size; returns once that is decided."""
    press = Press(
        key=f"{PLATFORM}:{name}",
        person=Person(platform=PLATFORM, id=name, name=name),
        channel=STREAM,
        sent_at=datetime.now(UTC),
        button=f"claims.size:{size}",
        reply_to=name,
    )
    await andon.intake.act(press)


async def the_size(storage: Storage) -> int:
    """The id of the only unit's variant."""
    async with storage.read() as tx:
        found: int = await tx.scalar(
            select(sale.variants.c.id).where(sale.variants.c.sku == "R5-S")
        )
    return found


@pytest.fixture
async def show(storage: Storage) -> Storage:
    """A live show with one ring of size S."""
    read = read_catalog(CATALOGUE, name="catalogue.csv", currency="USD")
    async with storage.write() as tx:
        await import_catalog(tx, read, stock="set")
    andon = await and_on(storage)
    host = Person(platform=PLATFORM, id="mo", name="Mo", roles=frozenset({Role.MODERATOR}))
    start = Command(
        key=f"{PLATFORM}:start",
        person=host,
        channel=STREAM,
        sent_at=datetime.now(UTC),
        line="/show start Friday",
        reply_to="mo",
    )
    await andon.intake.act(start)
    return storage


async def units_held(storage: Storage) -> tuple[int, int, int]:
    """(units in holds, reserved by the variant, places in the waitlist)."""
    async with storage.read() as tx:
        held = await tx.scalar(select(func.coalesce(func.sum(sale.holds.c.quantity), 0)))
        reserved = await tx.scalar(select(func.sum(sale.variants.c.reserved)))
        waiting = await tx.scalar(select(func.count()).select_from(sale.waitlist))
    return int(held), int(reserved), int(waiting)


async def places(storage: Storage) -> list[int]:
    async with storage.read() as tx:
        return [row.place for row in await tx.all(select(sale.claims.c.place).order_by("place"))]


async def _tappers(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    share = -(-CLAIMANTS // PROCESSES)
    for first in range(0, CLAIMANTS, share):
        yield await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _TAPPERS, url),
            *(str(first), str(min(CLAIMANTS, first + share))),
            cwd=ROOT,
            env=environment({}),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )


async def test_fifty_in_four_processes_want_the_last_one(show: Storage, database_url: str) -> None:
    processes = [process async for process in _tappers(database_url)]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    ended = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [process.returncode for process in processes] == [0] * len(ended)
    assert await units_held(show) == (1, 1, CLAIMANTS - 1)
    assert await places(show) == list(range(1, CLAIMANTS + 1))


async def test_fifty_over_several_connections_want_the_last_one(
    show: Storage, database_url: str
) -> None:
    size = await the_size(show)
    async with AsyncExitStack() as stack:
        andons = [
            await and_on(await stack.enter_async_context(open_storage(database_url)))
            for _ in range(3)
        ]
        await asyncio.gather(*(taps(andons[n % 3], f"v{n}", size) for n in range(CLAIMANTS)))
    assert await units_held(show) == (1, 1, CLAIMANTS - 1)
    assert await places(show) == list(range(1, CLAIMANTS + 1))


# --- controls: the test above can fail ---


@pytest.fixture
def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Awaitable[object]]:
    """Rows are read without a lock, and two readers wait for each other before they decide."""
    both = asyncio.Barrier(2)
    met: list[int] = []

    async def unlocked(tx: Transaction, ids: Sequence[int]) -> Sequence[Any]:
        found = await tx.all(select(sale.variants).where(sale.variants.c.item_id.in_(padded(ids))))
        if len(met) < 2:
            met.append(1)
            await both.wait()
        return found

    async def unlocked_items(tx: Transaction, ids: Sequence[int]) -> Sequence[Any]:
        return await tx.all(select(sale.items).where(sale.items.c.id.in_(padded(ids))))

    monkeypatch.setattr(rows, "lock_items", unlocked_items)
    monkeypatch.setattr(rows, "lock_variants", unlocked)
    return both.wait


async def two_at_once(show: Storage, url: str) -> None:
    size = await the_size(show)
    async with open_storage(url) as one, open_storage(url) as other:
        andons = [await and_on(one), await and_on(other)]
        async with asyncio.timeout(30):
            await asyncio.gather(*(taps(andons[n], f"v{n}", size) for n in range(2)))


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("without_the_lock")
async def test_without_the_lock_the_guard_still_holds(show: Storage, database_url: str) -> None:
    await two_at_once(show, database_url)
    assert await units_held(show) == (1, 1, 1)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("without_the_lock")
async def test_control_without_lock_and_guard_one_unit_is_sold_twice(
    show: Storage, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("on_hand", "reserved", "short", "waiting_entries", "waiting_units", "last_place")
    unguarded = (
        update(sale.variants)
        .where(sale.variants.c.id == bindparam("b_id"))
        .values({name: bindparam(f"n_{name}") for name in names})
    )
    monkeypatch.setattr(ledger, "_UPDATE_STOCK", unguarded)
    await two_at_once(show, database_url)
    held, _, _ = await units_held(show)
    assert held == 2


# --- two whole processes ---


@pytest.mark.postgres
async def test_two_whole_andons_share_one_database(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    read = read_catalog(CATALOGUE, name="catalogue.csv", currency="USD")
    async with open_storage(postgres_url) as storage:
        async with storage.write() as tx:
            await import_catalog(tx, read, stock="set")
        size = await the_size(storage)
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "other")]
    async with AsyncExitStack() as stack:
        both = [
            await stack.enter_async_context(Running.started(folder, DATABASE_URL=postgres_url))
            for folder in folders
        ]
        hosts = [await running.page(f"mo{n}", "moderator") for n, running in enumerate(both)]
        await hosts[0].says("/show start Friday")
        pages = [await both[n % 2].page(f"v{n}") for n in range(12)]
        pressed = [(page, await page.presses(f"claims.size:{size}")) for page in pages]
        # The moderators meanwhile change the very same row from both sides.
        typed = [
            (host, await host.types(line))
            for _ in range(4)
            for host, line in zip(hosts, ("/stock add R5 1 M", "/item price R5 60"), strict=True)
        ]
        for page, nonce in (*pressed, *typed):
            await page.until(lambda page=page, nonce=nonce: nonce in page.accepted)  # type: ignore[misc]
            assert nonce in page.accepted
        async with open_storage(postgres_url, create=False) as storage:
            assert await units_held(storage) == (1, 1, 11)
            assert await places(storage) == list(range(1, 13))
            async with storage.read() as tx:
                on_hand = select(sale.variants.c.on_hand).where(sale.variants.c.sku == "R5-M")
                assert await tx.scalar(on_hand) == 4
        assert [await running.stop() for running in both] == [0, 0]
