"""`andon customer export|forget PERSON`: what is known of somebody, and its end."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.frame import AndonGroup, database_option, fail, run_async, settings_of

if TYPE_CHECKING:
    from bot.settings import Settings

__all__ = ["customer", "forget_now"]

_TRIES = 5
_KEPT = (
    "Kept for the books, without anything that leads to a person: the numbers, items, sums, dates "
    "and countries of {orders} orders, their payments and store credit. What the person typed in a "
    "chat is still on that platform: delete it there."
)


@click.group(cls=AndonGroup)
def customer() -> None:
    """Give out or erase what is known of a customer."""


@customer.command("export")
@click.argument("person")
@click.option(
    "--out",
    "out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    required=True,
    help="Where to write it, as JSON.",
)
@database_option
@click.pass_context
def give_out(context: click.Context, person: str, out: Path, database: str | None) -> None:
    """Write all that is known of PERSON: a name, an id, or discord:ID."""
    settings = settings_of(context, database_url=database)
    known = run_async(_known(settings, person))
    text = json.dumps(known, ensure_ascii=False, indent=1, default=str) + "\n"
    try:
        # Readable by its owner alone: it holds addresses.
        number = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        fail(f"{out} is there already; name another file, or move it away.")
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}.")
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
    click.echo(f"All that is known is in {out}, readable by you alone. Give it to nobody else.")


@customer.command("forget")
@click.argument("person")
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
@click.pass_context
def forget(context: click.Context, person: str, yes: bool, database: str | None) -> None:
    """Erase PERSON: name, addresses, contacts, notes, letters and what they typed.

    Amounts stay for the books. It cannot be undone.
    """
    settings = settings_of(context, database_url=database)
    one = run_async(_to_forget(settings, person))
    if not yes:
        if not sys.stdin.isatty():
            fail("This erases for good, so it asks in a terminal; with --yes it does not ask.")
        click.confirm(
            f"Erase {one['name']} ({', '.join(one['where'])}) with {one['orders']} orders for "
            "good?",
            abort=True,
        )
    run_async(forget_now(settings, one["id"], one["name"]))
    click.echo(
        "Erased: names, addresses, contacts, notes, tags, letters, private messages, and what was "
        "typed in the chat; cards of the team are edited by the running Andon."
    )
    click.echo(_KEPT.format(orders=one["orders"]))


async def _one(tx: Any, person: str) -> Any:
    from handlers.customers.dossier import find_customers

    found = await find_customers(tx, person)
    if not found:
        fail(f"Nobody is known as {person}. Give the name as shown, an id, or discord:ID.")
    if len({row.customer_id for row in found}) > 1:
        ids = ", ".join(f"{row.platform}:{row.person}" for row in found)
        fail(f"Several people are called {person}; give one of {ids}.")
    return found[0]


async def _known(settings: "Settings", person: str) -> dict[str, Any]:
    from handlers.customers.dossier import dossier
    from storage.engine import open_storage

    async with open_storage(settings.database_url, create=False) as storage, storage.read() as tx:
        one = await _one(tx, person)
        return await dossier(tx, one.customer_id, settings.privacy.sealer())


async def _to_forget(settings: "Settings", person: str) -> dict[str, Any]:
    from sqlalchemy import func, select

    from storage.engine import open_storage
    from storage.schema import orders, sale

    people, order = sale.identities.c, orders.orders.c
    async with open_storage(settings.database_url, create=False) as storage, storage.read() as tx:
        one = await _one(tx, person)
        await _refuse_busy(tx, one.customer_id, one.name)
        rows = await tx.all(select(sale.identities).where(people.customer_id == one.customer_id))
        count = select(func.count()).where(order.customer_id == one.customer_id)
        return {
            "id": one.customer_id,
            "name": one.name,
            "where": [f"{row.platform}:{row.person}" for row in rows],
            "orders": await tx.scalar(count) or 0,
        }


async def _refuse_busy(tx: Any, customer_id: int, name: str) -> None:
    from handlers.customers.dossier import under_way

    if busy := await under_way(tx, customer_id):
        fail(f"{name} has something under way: {', '.join(busy)}. Finish or cancel it first.")


async def forget_now(settings: "Settings", customer_id: int, name: str) -> None:
    """Erase a customer in one transaction; a running Andon edits what it has posted.

    Raises `FoundProblems` while something of theirs is under way.
    """
    from bot.app import Andon
    from bot.chats import open_chats
    from bot.clock import SystemClock
    from handlers.messages import Webhook
    from handlers.registry import Registry
    from storage.engine import open_storage
    from storage.errors import StorageUnavailable

    clock, registry = SystemClock(), Registry.of()
    async with open_storage(settings.database_url, create=False) as storage:
        chats = await open_chats(settings, storage, registry, clock)
        andon = Andon(settings, storage, chats.platforms, clock=clock, registry=registry)
        for attempt in range(_TRIES):
            try:
                async with storage.write() as tx:
                    # They may have claimed while the question stood on the screen.
                    await _refuse_busy(tx, customer_id, name)
                    now = clock.now()
                    told = Webhook(
                        key=f"customers.forget:{customer_id}",
                        source="customers.forget",
                        body={"customer": customer_id, "who": "andon customer forget"},
                        received_at=now,
                    )
                    await andon.dispatcher.webhook(tx, told, now)
                return
            except StorageUnavailable as error:
                # Each try has waited two seconds for its turn: a running show writes often.
                if error.reason not in ("locked", "conflict") or attempt == _TRIES - 1:
                    raise
