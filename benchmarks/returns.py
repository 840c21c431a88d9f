"""How long returns take where 100,000 are stored: `python -m benchmarks.returns`.

    python -m benchmarks.returns [--returns 100000] [--rounds 30] [--postgresql]

Through the front door, from the command to its answer, as its person waits for it: the customer's
form (aim: 100 ms) and the team's list (aim: 200 ms); then the reads that these cannot do without,
the scorecard, and a page of the export. Medians and the slowest of some rounds.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks.claims import postgresql
from benchmarks.stored_returns import FIRST_NUMBER, store_returns
from handlers.orders.numbers import OrderNumber
from handlers.returns.exporting import return_rows
from handlers.returns.reasons import starter
from handlers.scorecard.reading import read_scorecard
from storage.engine import Storage, open_storage
from storage.return_states import ReturnState
from storage.schema import orders
from storage.schema.parcels import parcel_lines, parcels
from storage.schema.returns import return_units, returns
from storage.unit_of_work import Transaction
from tests.fakes.shop import EVENING, Shop

Read = Callable[[Transaction], Awaitable[Any]]
_order, _line, _unit, _return = orders.orders.c, orders.order_lines.c, return_units.c, returns.c
#: Name, command, who types it, in which role; `V1` is somebody with four orders and two returns.
DOORS = (
    ("the customer's form", "/return", "V1", "viewer"),
    ("the customer's returns", "/return status", "V1", "viewer"),
    ("the team's list", "/returns list", "Sue", "support"),
    ("one return", f"/returns show {FIRST_NUMBER}", "Sue", "support"),
)


async def bought(tx: Transaction) -> Any:
    """What the form needs: a customer's newest orders, where each line is, and what is away."""
    mine = select(_order.id).where(_order.customer_id == 2).order_by(_order.id.desc()).limit(20)
    ids = [row.id for row in await tx.all(mine)]
    part, parcel = parcel_lines.c, parcels.c
    lines = await tx.all(
        select(orders.order_lines, part.units, parcel.handed_off_at, parcel.delivered_at)
        .join(parcel_lines, part.line_id == _line.id, isouter=True)
        .join(parcels, parcel.id == part.parcel_id, isouter=True)
        .where(_line.order_id.in_(ids))
    )
    away = select(_unit.line_id, _unit.number).where(
        _unit.line_id.in_([row.id for row in lines]), _unit.live
    )
    return await tx.all(away)


async def waiting(tx: Transaction) -> Any:
    """What the list needs: the most urgent that wait for the team, with their units."""
    rows = await tx.all(
        select(returns, _order.show_id, _order.serial)
        .join(orders.orders, _order.id == _return.order_id)
        .where(_return.state == ReturnState.REQUESTED)
        .order_by(_return.due_at, _return.id)
        .limit(100)
    )
    units = (
        select(_line.title, func.count())
        .join(return_units, _unit.line_id == _line.id)
        .where(_unit.return_id.in_([row.id for row in rows]))
        .group_by(_line.title)
    )
    return [str(OrderNumber(row.show_id, row.serial)) for row in rows], await tx.all(units)


async def exported(tx: Transaction) -> Any:
    """The first 1,000 units of the export: a page of it."""
    rows = return_rows(tx, starter())
    return [await anext(rows) for _ in range(1_000)]


async def counted(tx: Transaction) -> Any:
    """The scorecard of the one show that all of them are of."""
    return await read_scorecard(tx, starter(), 1)


READS: tuple[tuple[str, Read, int], ...] = (
    ("reads of the form", bought, 1),
    ("reads of the list", waiting, 1),
    ("1,000 rows of the export", exported, 6),
    ("the scorecard, all of one show", counted, 10),
)


async def measure(url: str, count: int, rounds: int) -> None:
    """Fill a database and print what each of these takes."""
    async with open_storage(url) as storage:
        shop = Shop(storage)
        async with shop:
            began = time.perf_counter()
            await store_returns(storage, count, EVENING)
            await shop.andon.dispatcher.refresh()
            print(f"{count:,} returns stored in {time.perf_counter() - began:.1f} s")
            await _doors(shop, rounds)
        await _reads(storage, rounds)


async def _doors(shop: Shop, rounds: int) -> None:
    known = shop.andon.dispatcher.registry.commands
    for name, line, who, role in DOORS:
        words = line[1:].split()
        if words[0] not in known and " ".join(words[:2]) not in known:
            print(f"{name:32} {line} is not there yet")
            continue
        taken, answer = [], ""
        for _ in range(rounds):
            began = time.perf_counter()
            answer = await shop.command(line, who, role=role)
            taken.append(time.perf_counter() - began)
        _print(name, taken, answer.partition("\n")[0][:60])


async def _reads(storage: Storage, rounds: int) -> None:
    for name, read, fewer in READS:
        taken = []
        for _ in range(max(1, rounds // fewer)):
            began = time.perf_counter()
            async with storage.read() as tx:
                await read(tx)
            taken.append(time.perf_counter() - began)
        _print(name, taken)


def _print(name: str, taken: list[float], answer: str = "") -> None:
    median, slowest = statistics.median(taken) * 1_000, max(taken) * 1_000
    print(f"{name:32} {median:8.1f} ms, slowest {slowest:8.1f} ms  {answer}".rstrip())


async def _on_postgresql(count: int, rounds: int) -> None:
    with postgresql() as fresh:
        await measure(await fresh(), count, rounds)


def main() -> None:
    """Measure on SQLite, or on PostgreSQL."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--returns", type=int, default=100_000)
    asked.add_argument("--rounds", type=int, default=30)
    asked.add_argument("--postgresql", action="store_true")
    options = asked.parse_args()
    if options.postgresql:
        asyncio.run(_on_postgresql(options.returns, options.rounds))
        return
    with tempfile.TemporaryDirectory(prefix="andon-benchmark-") as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'returns.db'}"
        asyncio.run(measure(url, options.returns, options.rounds))


if __name__ == "__main__":
    main()
