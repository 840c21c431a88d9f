"""How 10,000 open orders feel: a cart, closing the show, and the pick list.

    python -m benchmarks.orders [--orders 10000] [--carts 300] [--postgresql]

Everything goes through the front door: claims through the intake, `/cart` and `/show end` as
commands, the pick list as `andon export picklist` makes it. Only the money is booked in bulk.
Closing ends when every customer has been told and every checkout is priced. Nothing is asserted.
"""

import argparse
import asyncio
import gc
import io
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select, update

from benchmarks.claims import Url, postgresql, sqlite
from bot.app import Andon
from bot.clock import ManualClock
from bot.progress import progress
from bot.settings import load_settings
from handlers.catalog.files import read_catalog
from handlers.catalog.importing import import_catalog
from handlers.events import OrderMoved
from handlers.exports import PickRow, as_csv, pick_rows
from handlers.fulfilment.slips import PickKind
from handlers.messages import Channel, ChatMessage, Command
from handlers.orders.keeping import keep_address
from handlers.orders.model import Address
from handlers.people import Person, Role
from handlers.reporting.figures import percentile
from handlers.reporting.reading import read_figures
from storage.engine import Storage, open_storage
from storage.order_states import OrderState
from storage.schema import orders, sale, traffic
from storage.schema.states import HoldState
from tests.fakes.crowd import write_catalog
from tests.fakes.shop import PLATFORM, STREAM, Paper

CODES = tuple(f"A{number}" for number in range(10, 210))
_LINES_EACH = 2
_BEGAN = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)
_order = orders.orders.c


class Sale:
    """A show in which everybody claims, on a platform that writes down what is posted."""

    def __init__(self, storage: Storage) -> None:
        settings = load_settings(
            environ={},
            sale={"claimable": "listed", "soft_pause": "notify"},
            shipping={"ways": [{"key": "standard", "price": "4.90"}]},
            tax={"rates": {"US-OR": "8.875", "*": "0"}},
        )
        self.storage = storage
        self.paper = Paper()
        self.clock = ManualClock(_BEGAN)
        self.andon = Andon(settings, storage, [self.paper], clock=self.clock, in_order=True)
        self._count = 0

    async def stock(self) -> None:
        """Put enough of everything on the shelves."""
        file = io.StringIO()
        write_catalog(file, CODES, stock=900_000)
        read = read_catalog(file.getvalue(), name="benchmark.csv", currency="USD")
        async with self.storage.write() as tx:
            await import_catalog(tx, read, stock="keep")
        await self.andon.dispatcher.refresh()

    async def types(self, name: str, line: str, role: Role = Role.VIEWER) -> float:
        """Somebody types a command; returns the seconds until its answer was committed."""
        self._count += 1
        self.clock.advance(0.01)
        began = time.perf_counter()
        await self.andon.intake.act(
            Command(
                key=f"{PLATFORM}:command:{self._count}",
                person=Person(platform=PLATFORM, id=name, name=name, roles=frozenset({role})),
                channel=Channel(PLATFORM, STREAM.id),
                sent_at=self.clock.now(),
                line=line,
                reply_to=f"{name}:{self._count}",
            )
        )
        return time.perf_counter() - began

    async def claims(self, count: int) -> None:
        """Each of `count` viewers claims two things."""
        told = [
            self._line(f"v{viewer}", f"claim {CODES[(viewer * 7 + number) % len(CODES)]}")
            for number in range(_LINES_EACH)
            for viewer in range(count)
        ]
        with progress("Claims") as shown:
            for start in range(0, len(told), 2_000):
                await self.andon.intake.feed(told[start : start + 2_000])
                await self.andon.intake.drain()
                shown(min(start + 2_000, len(told)), len(told))
        await self.andon.relay.drain()

    def _line(self, name: str, text: str) -> ChatMessage:
        self._count += 1
        self.clock.advance(0.0005)
        return ChatMessage(
            key=f"{PLATFORM}:{self._count}",
            channel=STREAM,
            native_id=str(self._count),
            person=Person(platform=PLATFORM, id=name, name=name),
            text=text,
            sent_at=self.clock.now(),
        )

    async def closes(self, count: int) -> float:
        """The show ends; returns the seconds until all are told and each checkout is priced."""
        with progress("Checkouts") as shown:
            began = time.perf_counter()
            ending = asyncio.create_task(self.types("mo", "/show end", Role.MODERATOR))
            while not ending.done():
                await asyncio.wait([ending], timeout=0.5)
                shown(0, count)
            committed = await ending
            saying = asyncio.create_task(self.andon.relay.drain())
            while not saying.done():
                await asyncio.wait([saying], timeout=0.5)
                shown(len(self._mentioned()), count)
            took = time.perf_counter() - began
        priced = await self._scalar(
            select(func.count()).where(
                _order.state == OrderState.OPEN, _order.priced_at.is_not(None)
            )
        )
        say("closing: prices and messages committed", committed, "s")
        print(f"  {priced:,} checkouts priced, {len(self._mentioned()):,} customers mentioned")
        return took

    def _mentioned(self) -> set[str]:
        kinds = ("holds.show_end", "holds")
        return {one for post in self.paper.posts if post.kind in kinds for one in post.mentions}

    async def pays(self) -> None:
        """Everybody pays: booked in bulk, but parcels gather by the code that always does it."""
        desk = self.andon.dispatcher
        async with self.storage.write() as tx:
            work = desk._work(tx, desk.snapshot, self.clock.now())
            rows = await tx.all(select(orders.orders).where(_order.state == OrderState.OPEN))
            for row in rows:
                address_id = await keep_address(work, row.customer_id, _home(row.id), ())
                await tx.run(
                    update(orders.orders)
                    .where(_order.id == row.id)
                    .values(
                        address_id=address_id,
                        state=OrderState.PAID,
                        received_minor=row.total_minor,
                        state_at=work.at,
                    )
                )
            await tx.run(
                update(sale.holds)
                .where(sale.holds.c.state == HoldState.HELD)
                .values(state=HoldState.PAID, expires_at=None, warn_due=None)
            )
            paid = {"at": work.at, "kind": "pay", "state": OrderState.PAID, "who": "", "why": ""}
            await tx.insert(orders.order_events, [{**paid, "order_id": row.id} for row in rows])
        with progress("Parcels") as shown:
            for start in range(0, len(rows), 100):
                await self._gathered(rows[start : start + 100])
                shown(start + 100, len(rows))
        # What was written beside the intake it learns of with its next transaction.
        await self.types("mo", "/cart")
        await self.andon.intake.run_until(self.clock.now() + timedelta(seconds=5))
        await self.andon.intake.drain()

    async def _gathered(self, rows: Sequence[Any]) -> None:
        desk = self.andon.dispatcher
        async with self.storage.write() as tx:
            work = desk._work(tx, desk.snapshot, self.clock.now())
            for row in rows:
                work.emit(
                    OrderMoved(
                        order_id=row.id,
                        customer_id=row.customer_id,
                        number=f"S{row.show_id}-{row.serial:04d}",
                        was="awaiting_payment",
                        state="paid",
                    )
                )
            await desk._finish(work)

    async def picks(self, kind: PickKind) -> tuple[float, int]:
        """The pick list as the export writes it; returns its seconds and lines."""
        began = time.perf_counter()
        async with self.storage.read() as tx:
            lines = [line async for line in as_csv(pick_rows(tx, kind), PickRow)]
        return time.perf_counter() - began, len(lines) - 1

    async def reported(self) -> float:
        """The figures of the show's report; returns their seconds."""
        began = time.perf_counter()
        async with self.storage.read() as tx:
            await read_figures(tx, 1, self.clock.now())
        return time.perf_counter() - began

    async def _scalar(self, statement: Select[Any]) -> int:
        async with self.storage.read() as tx:
            return int(await tx.scalar(statement))


def _home(number: int) -> Address:
    return Address(
        name=f"Viewer {number}", line1=f"{number} Main St", line2="", city="Portland",
        region="OR", postcode="97201", country="US", email=f"v{number}@example.org", phone="",
    )  # fmt: skip


async def measure(fresh: Url, count: int, carts: int) -> None:
    """All of it on one database."""
    async with open_storage(await fresh()) as storage:
        shop = Sale(storage)
        await shop.stock()
        running = asyncio.create_task(shop.andon.intake.run())
        await shop.types("mo", "/show start Friday", Role.MODERATOR)
        await shop.claims(count)
        say("open orders", await shop._scalar(select(func.count()).select_from(orders.orders)), "")
        # As the process does once it has started; and what the benchmark wrote down is not its own.
        gc.collect()
        gc.freeze()
        step = max(1, count // carts)
        waits = [await shop.types(f"v{viewer}", "/cart") for viewer in range(0, count, step)]
        for percent in (50, 99):
            say(f"cart, p{percent}", 1_000 * (percentile(waits, percent) or 0), "ms")
        say("closing: until everybody is told", await shop.closes(count), "s")
        messages = await shop._scalar(select(func.count()).select_from(traffic.deliveries))
        say("posts in all", messages, "")
        say("figures of the report", await shop.reported(), "s")
        typed = await shop.types("mo", "/show report", Role.MODERATOR)
        say("/show report, read beside the sale", typed, "s")
        await shop.pays()
        for kind in PickKind:
            seconds, lines = await shop.picks(kind)
            say(f"pick list by {kind.value}, {lines:,} lines", seconds, "s")
        await shop.andon.intake.stop()
        await running


def say(what: str, figure: float, unit: str) -> None:
    """Print one figure."""
    shown = f"{figure:,.0f}" if figure >= 1_000 else f"{figure:.2f}"
    print(f"{what:<50} {shown:>10} {unit}", flush=True)


def main() -> None:
    """Run all of it."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--orders", type=int, default=10_000)
    options.add_argument("--carts", type=int, default=300)
    options.add_argument("--postgresql", action="store_true", help="on PostgreSQL instead")
    chosen = options.parse_args()
    with (postgresql if chosen.postgresql else sqlite)() as fresh:
        asyncio.run(measure(fresh, chosen.orders, chosen.carts))


if __name__ == "__main__":
    main()
