"""`andon catalog`: the catalogue in and out."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.frame import (
    AndonGroup,
    database_option,
    fail,
    fail_with,
    run_async,
    say,
    settings_of,
)

if TYPE_CHECKING:
    from bot.settings import Settings
    from handlers.catalog.import_values import ImportReport, StockChange, StockMode
    from handlers.catalog.model import Catalog

__all__ = ["catalog", "read_file"]

_SHOWN = 20
_TRIES = 5


@click.group(cls=AndonGroup)
def catalog() -> None:
    """Bring the catalogue in, or get it out."""


@catalog.command("import")
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.csv"
)
@click.option(
    "--stock",
    type=click.Choice(["set", "add", "keep"]),
    default="set",
    show_default=True,
    help="For known SKUs: set stock to the file's, add that to it, or keep it as it is.",
)
@database_option
@click.pass_context
def bring_in(context: click.Context, file: Path, stock: str, database: str | None) -> None:
    """Import a CSV file, all of it or nothing.

    It may be Andon's own or a product export of Shopify. What the file does not name stays.
    """
    settings = settings_of(context, database_url=database)
    mode: StockMode = "add" if stock == "add" else "keep" if stock == "keep" else "set"
    known = run_async(_known_codes(settings.database_url))
    read = read_file(file, currency=settings.shop.currency, known=known)
    report = run_async(_imported(settings, read, mode))
    for line in (*read.notes, *_told(report)):
        click.echo(line)


def read_file(file: Path, *, currency: str, known: Sequence[str] = ()) -> "Catalog":
    """Read a catalogue file, or end the command with everything wrong in it."""
    from handlers.catalog.files import CatalogError, read_catalog

    try:
        return read_catalog(file.read_bytes(), name=file.name, currency=currency, known=known)
    except CatalogError as error:
        fail_with(str(error).splitlines(), f"Nothing of {file.name} was taken")
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}. Check the path.")


async def _known_codes(url: str) -> tuple[str, ...]:
    """The codes that replacements may name. Makes no database for a file that may be refused."""
    from sqlalchemy import select

    from storage.engine import open_storage
    from storage.schema import sale
    from storage.upgrade import version_of

    if await version_of(url) is None:
        return ()
    async with open_storage(url, create=False) as storage, storage.read() as tx:
        return tuple(row.code for row in await tx.all(select(sale.items.c.code)))


async def _imported(settings: "Settings", read: "Catalog", mode: "StockMode") -> "ImportReport":
    from bot.clock import SystemClock
    from handlers.catalog.importing import ImportRefused, import_catalog
    from storage.engine import open_storage
    from storage.errors import StorageUnavailable

    async with open_storage(settings.database_url) as storage:
        for attempt in range(_TRIES):
            try:
                async with storage.write() as tx:
                    now = SystemClock().now()
                    return await import_catalog(tx, read, stock=mode, now=now)
            except ImportRefused as refused:
                fail_with(refused.problems, "Nothing was imported")
            except StorageUnavailable as error:
                # Each try has waited two seconds for its turn: a running show writes often.
                if error.reason not in ("locked", "conflict") or attempt == _TRIES - 1:
                    raise
    raise AssertionError("the last try returns or raises")


def _told(report: "ImportReport") -> Iterator[str]:
    """What the import did, in lines."""
    yield (
        f"Imported: {len(report.new_items)} new items, {len(report.new_skus)} new SKUs, "
        f"{len(report.changes)} changes, {len(report.stock)} stocks changed, "
        f"{report.unchanged_skus} SKUs as they were."
    )
    yield from _few([_stock(one) for one in report.stock])
    yield from _few([f"{_stock(one)} in the file (kept)" for one in report.stock_kept])
    yield from _few(
        [
            f"  {one.sku or one.code}: {one.name} {one.before or '(none)'} → "
            f"{one.after or '(none)'}"
            for one in report.changes
        ]
    )
    yield from _few(list(report.notes))
    if report.absent_items or report.absent_skus:
        named = _listed(report.absent_items or report.absent_skus)
        yield (
            f"Not in the file, and left as they are: {len(report.absent_items)} items, "
            f"{len(report.absent_skus)} SKUs ({named})."
        )


def _stock(one: "StockChange") -> str:
    return f"  {one.sku}: stock {one.before} → {one.after}"


def _few(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:_SHOWN]
    if len(lines) > _SHOWN:
        yield f"  … and {len(lines) - _SHOWN} more"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (", …" if len(names) > 10 else "")


@catalog.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--force", is_flag=True, help="Write over FILE if it is there already.")
@database_option
@click.pass_context
def hand_out(context: click.Context, file: Path | None, force: bool, database: str | None) -> None:
    """Write Andon's own CSV.

    It goes to FILE, or to standard output; imported again, it changes nothing. A FILE that is there
    already is left as it is.
    """
    settings = settings_of(context, database_url=database)
    if file is not None and file.is_file() and not force:
        fail(f"{file} is there already and was left as it is. Name another file, or add --force.")
    text = run_async(_exported(settings.database_url))
    if file is None:
        say(text)
        return
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}. Name another file.")
    click.echo(f"The catalogue is in {file}.")


async def _exported(url: str) -> str:
    from handlers.catalog.exporting import export_catalog
    from storage.engine import open_storage

    async with open_storage(url, create=False) as storage, storage.read() as tx:
        return await export_catalog(tx)
