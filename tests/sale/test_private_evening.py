"""A whole evening, read for what nobody may see: in logs, in public, in errors, URLs and the file.

A street, an email, a phone number, a note and a one-time code are marked; so are the tokens.
"""

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from sqlite3 import connect
from typing import Any

from sqlalchemy import select
from structlog.testing import capture_logs

from handlers.messages import Reach, Webhook
from storage.engine import Storage
from storage.schema import sale
from storage.sealing import new_key
from tests.fakes.paying import HOOK_SECRET, PayingShop

STREET, EMAIL, PHONE = "77 Zyzzyva Lane", "mark.zx@example.org", "+49305550199"
NOTE, REMARK, LETTER = "Kwyjibo behind the gate", "wants Quetzal wrapping", "Call me at Xylophone"
MARKED = [STREET, "Zyzzyva", EMAIL, PHONE, "Kwyjibo", "Quetzal", "Xylophone"]
NAME, SECOND = "Quillon", "Quillfar"


@contextmanager
def written() -> Iterator[tuple[io.StringIO, list[Any]]]:
    """Everything that is logged or printed meanwhile, whatever its level."""
    text, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with capture_logs() as logs, redirect_stdout(text), redirect_stderr(text):
            yield text, logs
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


async def evening(shop: PayingShop) -> list[str]:
    """Claimed, paid, packed, sent, joined, looked at; returns what else must stay private."""
    await shop.show()
    await shop.says(NAME, "claim M3")
    home = f"{NAME} Moss; {STREET}; 10115 Berlin; DE"
    await shop.command(f"/address {home}; {EMAIL}", NAME, role="viewer")
    await shop.submits(NAME, "orders.note:", "viewer", note=NOTE)
    await shop.command("/cart", NAME, role="viewer")
    await shop.writes(NAME, f"{LETTER} {PHONE}")
    session = await shop.gets_link(NAME)
    await shop.stripe_tells(shop.stripe.pay(session))
    await shop.submits(
        NAME,
        "orders.address:",
        "viewer",
        recipient=f"{NAME} Moss",
        street=STREET,
        town="10115 Berlin",
        country="DE",
        contact=PHONE,
    )
    code = await _links(shop)
    await shop.command(f"/customer note {NAME} {REMARK}", "Sue", role="support")
    looked = [
        await shop.command(f"/customer show {NAME}", "Sue", role="support"),
        await shop.command("/order show S1-0001", "Sue", role="support"),
    ]
    await shop.command("/show end")
    await shop.passes(seconds=90)
    looked.append(await shop.command("/pack next", "Pia", role="packer"))
    # Who needs it has read it all; otherwise there would be nothing to look for.
    assert all(STREET in one for one in looked)
    assert REMARK in looked[0]
    assert NOTE in looked[1]
    await shop.command("/pack scan M3", "Pia", role="packer")
    await shop.command("/pack done", "Pia", role="packer")
    await shop.command("/ship S1-0001 TRACK123", "Pia", role="packer")
    await shop.command("/delivered S1-0001", "Pia", role="packer")
    return [session, code, code.replace("-", ""), shop.stripe.key, shop.stripe.secret, HOOK_SECRET]


async def _links(shop: PayingShop) -> str:
    said = await shop.command("/link", NAME, role="viewer")
    found = re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}", said)
    assert found is not None
    await shop.command(f"/link {found[0]}", SECOND, role="viewer")
    await shop.presses(NAME, "I typed it there")
    await shop.presses(NAME, "Join for good")
    return found[0]


def rows_of(file: Path) -> dict[str, str]:
    """Every table as text."""
    with closing(connect(file)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            table: json.dumps(list(database.execute(f"SELECT * FROM {table}")), default=str)  # noqa: S608
            for (table,) in tables.fetchall()
        }


def bytes_of(file: Path) -> bytes:
    """The database as a thief would get it, with what lies beside it."""
    return b"".join(part.read_bytes() for part in sorted(file.parent.glob(f"{file.name}*")))


async def test_nothing_private_leaves_its_place(sqlite: Storage, sqlite_file: Path) -> None:
    key = new_key()
    settings = {"privacy": {"keys": [key]}}
    with written() as (text, logs):
        async with PayingShop(sqlite, settings=settings) as shop:
            tokens = await evening(shop)
            whole = bytes_of(sqlite_file)
            private = {Reach.PERSON, Reach.REPLY}
            posts = [post for post in shop.paper.posts if post.address.reach not in private]
            # A letter is read where support is, and nowhere else.
            letters = [post for post in posts if post.address.target == "support"]
            public = [post for post in posts if post not in letters]
            async with sqlite.write() as tx:
                (customer,) = {row.customer_id for row in await _people(shop)}
                body = {"customer": customer, "who": "test"}
                now = shop.clock.now()
                told = Webhook(key="forget", source="customers.forget", body=body, received_at=now)
                await shop.andon.dispatcher.webhook(tx, told, now)
            await shop.passes(seconds=1)
            cards = [
                post.text
                for post in shop.paper.posts
                if post.address.reach is Reach.AUDIENCE and post not in letters
            ]
    marked = [*MARKED, key, *tokens[1:]]
    seen = text.getvalue() + "".join(map(str, logs))
    seen += "".join(f"{post.text}{post.buttons}{post.history}" for post in public)
    seen += "".join(map(str, cards))
    assert len(public) > 5
    assert any(LETTER in post.text for post in letters)
    assert [one for one in [*marked, tokens[0]] if one in seen] == []
    # The file: what is marked is sealed, or was never kept. A session's name is the shop's own.
    assert [one for one in marked if one.encode() in whole] == []
    _is_forgotten(rows_of(sqlite_file))


def _is_forgotten(tables: dict[str, str]) -> None:
    """The books are whole, and nobody can be found by them."""
    named = {
        table
        for table, rows in tables.items()
        for one in (NAME, SECOND, NAME.lower(), SECOND.lower())
        if f'"{one}"' in rows or f"@{{{one}}}" in rows
    }
    assert named == set()
    assert "1800" in tables["orders"]
    assert "delivered" in tables["orders"]
    assert "forgotten-" in tables["identities"]


async def _people(shop: PayingShop) -> Any:
    people = sale.identities.c
    return await shop.rows(select(sale.identities).where(people.person == NAME.lower()))
