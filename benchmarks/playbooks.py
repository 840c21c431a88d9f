"""What open runs cost the clock: 1,000 of them, asked and told, tick by tick.

    python -m benchmarks.playbooks [--runs 1000] [--rounds 20]

Every playbook of the library in turn: the rules alone, and then with a database (SQLite), where a
tick takes a few runs and comes again for the rest. A quiet tick is one at which nothing is due; a
loud one is the first after an hour in which nobody looked. Aim: less than 50 ms a tick. Nothing is
asserted.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.app import Andon
from bot.clock import ManualClock
from bot.settings import load_settings
from handlers.runs.records import add
from handlers.work import Work
from playbooks.checks import texts_of
from playbooks.engine import due, next_due, start, tick
from playbooks.filling import holes
from playbooks.loader import Source, library
from playbooks.model import Playbook
from playbooks.reading import read
from playbooks.rows import from_rows, new_rows
from playbooks.run import RunState
from storage.engine import open_storage
from storage.upgrade import upgrade

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def open_runs(count: int) -> list[RunState]:
    """Start so many runs, a second apart."""
    books = [_book(source) for source in library()]
    return [_started(books[n % len(books)], NOON + timedelta(seconds=n % 60)) for n in range(count)]


def _book(source: Source) -> Playbook:
    return Playbook.of(read(source.data).value)


def _started(book: Playbook, at: datetime) -> RunState:
    variables = {name: "A12" for _, text in texts_of(book) for name in holes(text)}
    return start(book, variables, at)


def milliseconds(work: Callable[[], object], rounds: int) -> str:
    """How long `work` takes: the median and the slowest of `rounds`."""
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1_000)
    return f"{statistics.median(taken):7.2f} ms, slowest {max(taken):7.2f} ms"


async def with_a_database(runs: list[RunState], loud: datetime, rounds: int) -> None:
    """Print what ticks cost where the runs are rows."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/andon.db"
        await upgrade(url)
        async with open_storage(url) as storage:
            clock = ManualClock(NOON + timedelta(seconds=50))
            andon = Andon(load_settings(environ={}), storage, [], clock=clock)
            desk = andon.dispatcher
            await desk.refresh()
            async with storage.write() as tx:
                work = Work(tx, andon.house, desk.snapshot, NOON, commands={}, undoes={}, waits=())
                for number, run in enumerate(runs):
                    # Each about something of its own, or only the first of them could be open.
                    names = dict.fromkeys(run.playbook.about, f"A{number}")
                    lone = {"about": ("lone",)} if not names else {}
                    book = run.playbook.model_copy(update=lone)
                    variables = {**run.variables, **names, "lone": f"A{number}"}
                    await add(work, start(book, variables, run.started_at))

            async def ticked(due: datetime) -> float:
                begun = time.perf_counter()
                async with storage.write() as tx:
                    await desk.tick(tx, due)
                return (time.perf_counter() - begun) * 1_000

            quiet = [await ticked(clock.now()) for _ in range(rounds)]
            clock.move_to(loud)
            taken = []
            async with storage.read() as tx:
                due = await desk.next_deadline(tx)
            while due is not None and due <= loud:
                taken.append(await ticked(due))
                async with storage.read() as tx:
                    due = await desk.next_deadline(tx)
    for name, times in (("a tick of rows, quiet", quiet), (f"loud, {len(taken)} ticks", taken)):
        print(f"{name:32} {statistics.median(times):7.2f} ms, slowest {max(times):7.2f} ms")


def main() -> None:
    """Print what each kind of tick costs."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=1_000)
    asked.add_argument("--rounds", type=int, default=20)
    options = asked.parse_args()
    runs, rounds = open_runs(options.runs), options.rounds
    quiet, loud = NOON + timedelta(seconds=50), NOON + timedelta(hours=1)
    rows = [new_rows(run) for run in runs]
    dues = sum(len(due(run, loud)) for run in runs)
    print(f"{len(runs)} open runs of {len(library())} playbooks; medians of {rounds} rounds")
    for name, work in {
        "next_due of each": lambda: [next_due(run) for run in runs],
        "due of each, quiet": lambda: [due(run, quiet) for run in runs],
        "tick of each, quiet": lambda: [tick(run, quiet) for run in runs],
        f"tick of each, loud ({dues} due)": lambda: [tick(run, loud) for run in runs],
        "from_rows of each": lambda: [
            from_rows(one.run or {}, one.steps, one.levels) for one in rows
        ],
        "from_rows, copies made once": lambda: [
            from_rows(one.run or {}, one.steps, one.levels, playbook=run.playbook)
            for one, run in zip(rows, runs, strict=True)
        ],
        "reading the library": lambda: [_book(source) for source in library()],
    }.items():
        print(f"{name:32} {milliseconds(work, rounds)}")
    asyncio.run(with_a_database(runs, loud, rounds))


if __name__ == "__main__":
    main()
