"""A rush on a few items of a running Andon, and what its database must hold afterwards.

await stocked(file)
acknowledged = await rush(running, random, enough)
nothing_is_lost_or_doubled(file, acknowledged)
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from handlers.catalog.files import read_catalog
from handlers.catalog.importing import import_catalog
from storage.engine import open_storage
from tests.fakes.process import Running

__all__ = [
    "LINES",
    "everyone_was_told_once",
    "nothing_is_lost_or_doubled",
    "remembered",
    "rush",
    "stocked",
]

VIEWERS, ITEMS, STOCK = 16, 4, 3
LINES = VIEWERS * ITEMS
CATALOGUE = "code,variant,sku,title,price,currency,stock\n" + "".join(
    f"A{n},,A{n},Thing {n},10.00,USD,{STOCK}\n" for n in range(1, ITEMS + 1)
)


async def rush(
    running: Running, random: Random, enough: int, end: Callable[[], Awaitable[object]]
) -> set[str]:
    """Everyone claims everything at once; `end` it when so many lines were acknowledged.

    Returns what was acknowledged until the process was gone, as `person claim`.
    """
    pages = [await running.page(f"v{n}") for n in range(VIEWERS)]
    typed: dict[str, str] = {}
    wishes = [(page, f"claim A{n}") for page in pages for n in range(1, ITEMS + 1)]
    random.shuffle(wishes)
    for page, text in wishes:
        try:
            typed[await page.types(text)] = f"{page.name} {text}"
        except ConnectionError:
            break

    def acknowledged() -> set[str]:
        return set().union(*(page.accepted for page in pages)) & typed.keys()

    waits = {
        asyncio.create_task(page.until(lambda: len(acknowledged()) >= enough)) for page in pages
    }
    # Whoever hears the last one that is needed, or that the line went dead, is the first to know.
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    await end()
    await asyncio.gather(*waits)
    return {typed[nonce] for nonce in acknowledged()}


def remembered(file: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in an SQLite file."""
    with closing(sqlite3.connect(file)) as database:
        return database.execute(query).fetchall()


def nothing_is_lost_or_doubled(file: Path, acknowledged: set[str]) -> None:
    """Each line in the chat is one claim, and the first of them hold what there is."""
    # What people saw in the chat is what was claimed, once each.
    lines = "SELECT author || ' ' || text FROM local_posts WHERE kind = 'chat' AND text LIKE '% A%'"
    typed = Counter(line for (line,) in remembered(file, lines))
    assert set(typed.values()) <= {1}
    assert acknowledged <= typed.keys()
    claims = "SELECT message_key, code, place FROM claims WHERE place IS NOT NULL"
    taken = Counter((key, code) for key, code, _ in remembered(file, claims))
    assert set(taken.values()) == {1}
    assert len(taken) == len(typed)
    assert remembered(file, "SELECT key FROM set_aside") == []

    # First come, first served: the first in the chat hold what there is.
    order = """SELECT c.code, coalesce(sum(h.quantity), 0), p.id FROM claims c
        JOIN local_posts p ON c.message_key = 'local:' || p.id
        LEFT JOIN holds h ON h.claim_id = c.id AND h.state = 'held'
        GROUP BY c.id ORDER BY c.code, p.at, p.id"""
    by_item: dict[str, list[int]] = {}
    for code, held, _ in remembered(file, order):
        by_item.setdefault(code, []).append(held)
    for held in by_item.values():
        assert held == [1] * min(STOCK, len(held)) + [0] * max(0, len(held) - STOCK)
    sold = "SELECT sku, reserved, on_hand FROM variants"
    assert all(reserved <= on_hand for _, reserved, on_hand in remembered(file, sold))


def everyone_was_told_once(file: Path) -> None:
    """All was said, and every unit that is held was told to its holder in one line."""
    unsaid = """SELECT count(*) FROM outbox o LEFT JOIN deliveries d ON d.id = o.delivery_id
        WHERE d.id IS NULL OR d.state != 'sent'"""
    assert remembered(file, unsaid) == [(0,)]
    won = """SELECT i.person, h.quantity, v.sku FROM holds h JOIN claims c ON c.id = h.claim_id
        JOIN identities i ON i.id = c.identity_id JOIN variants v ON v.id = h.variant_id"""
    posts = remembered(file, "SELECT text FROM local_posts WHERE bot AND channel = 'stream'")
    lines = [line for (text,) in posts for line in text.splitlines()]
    for person, _, sku in remembered(file, won):
        told = [
            line
            for line in lines
            if "@{" + person + "}" in line and sku in line and line.startswith("✅")
        ]
        assert len(told) == 1, (person, sku, told)


async def stocked(url: str) -> None:
    """Put the items of the rush into a database."""
    read = read_catalog(CATALOGUE, name="catalogue.csv", currency="USD")
    async with open_storage(url) as storage, storage.write() as tx:
        await import_catalog(tx, read, stock="set")
