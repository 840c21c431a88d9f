"""`andon export`: tables to go on with elsewhere, papers, and files for label software."""

import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.cli.frame import AndonGroup, database_option, fail, run_async, say, settings_of
from bot.progress import progress

if TYPE_CHECKING:
    from bot.settings import Settings
    from handlers.fulfilment.shipping_labels import LabelParcel
    from handlers.fulfilment.slips import PickKind
    from storage.unit_of_work import Transaction

__all__ = ["export"]

T = TypeVar("T")
_TOLD_EVERY = 200
_FORMS = {"shipstation": "shipstation", "pirateship": "pirate_ship", "plain": "plain"}


def _format_option(*more: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
    return click.option(
        "--format",
        "style",
        type=click.Choice(["csv", "json", *more]),
        default="csv",
        show_default=True,
    )


_out_option = click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write to FILE; a PDF needs one.",
)


@click.group(cls=AndonGroup)
def export() -> None:
    """Write tables to go on with elsewhere."""


@export.command()
@_format_option()
@database_option
@click.pass_context
def claims(context: click.Context, style: str, database: str | None) -> None:
    """Every claim: its place, what it holds or waits for."""
    run_async(_rows(settings_of(context, database_url=database).database_url, "claims", style))


@export.command()
@_format_option()
@database_option
@click.pass_context
def orders(context: click.Context, style: str, database: str | None) -> None:
    """Every order: sums, parcels, tracking; no addresses."""
    run_async(_rows(settings_of(context, database_url=database).database_url, "orders", style))


@export.command()
@_format_option()
@database_option
@click.pass_context
def times(context: click.Context, style: str, database: str | None) -> None:
    """When each order came to each of its stages."""
    run_async(_rows(settings_of(context, database_url=database).database_url, "times", style))


@export.command()
@_format_option("pdf")
@click.option(
    "--by",
    type=click.Choice(["batch", "zone", "parcel"]),
    default="batch",
    show_default=True,
    help="One list for all that waits, one for each zone, or one for each parcel.",
)
@_out_option
@database_option
@click.pass_context
def picklist(
    context: click.Context, style: str, by: str, out: Path | None, database: str | None
) -> None:
    """What waits to be packed, bin by bin, bundles taken apart."""
    from handlers.fulfilment.slips import PickKind

    settings = settings_of(context, database_url=database)
    if style != "pdf":
        run_async(_rows(settings.database_url, "picklist", style, PickKind(by)))
        return
    _write(_wanted(out), run_async(_pick_paper(settings, PickKind(by))))


@export.command()
@_format_option("pdf")
@click.option(
    "--form",
    type=click.Choice(["shipstation", "pirateship", "plain"]),
    default="plain",
    show_default=True,
    help="Which label software reads the file.",
)
@click.option(
    "--of",
    "what",
    type=click.Choice(["bins", "skus"]),
    help="With --format pdf: labels for the shelves instead.",
)
@_out_option
@database_option
@click.pass_context
def labels(
    context: click.Context,
    style: str,
    form: str,
    what: str | None,
    out: Path | None,
    database: str | None,
) -> None:
    """Parcels that want a label, with their addresses.

    Keep the file safe. With `--format pdf --of bins|skus`: labels for bins and articles, with
    codes that scan.
    """
    from handlers.fulfilment.shipping_labels import LabelForm, shipping_labels

    settings = settings_of(context, database_url=database)
    if (style == "pdf") != (what is not None):
        raise click.UsageError("Shelf labels are --format pdf --of bins, or --of skus.")
    if what is not None:
        _write(_wanted(out), run_async(_shelf_paper(settings, what)))
        return
    parcels = run_async(_label_parcels(settings))
    text = _as_json(parcels) if style == "json" else ""
    text = text or shipping_labels(parcels, LabelForm(_FORMS[form]))
    if out is None:
        say(text)
    else:
        _write(out, text.encode())


@export.command()
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write into DIR, a PDF for each order.",
)
@click.option("--show", type=click.IntRange(min=1), help="Only those of this show, by its number.")
@database_option
@click.pass_context
def invoices(context: click.Context, out: Path, show: int | None, database: str | None) -> None:
    """An invoice for every order that is paid, as PDF.

    Addresses stand on them: keep the folder safe. A file that is there already is written anew.
    """
    settings = settings_of(context, database_url=database)
    count = 0
    try:
        out.mkdir(parents=True, exist_ok=True)
        for order, body in run_async(_invoice_papers(settings, show)):
            (out / f"{order}.pdf").write_bytes(body)
            count += 1
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}. Name another folder.")
    click.echo(f"{count} {'invoice is' if count == 1 else 'invoices are'} in {out}.")


# --- how ------------------------------------------------------------------------------------------


def _wanted(out: Path | None) -> Path:
    if out is None:
        raise click.UsageError("A PDF is written to a file: add --out FILE.pdf.")
    return out


def _write(out: Path, body: bytes) -> None:
    try:
        out.write_bytes(body)
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}. Name another file.")
    click.echo(f"It is in {out}.")


async def _rows(url: str, what: str, style: str, kind: "PickKind | None" = None) -> None:
    from handlers.exports import (
        ClaimRow,
        OrderRow,
        PickRow,
        TimesRow,
        as_csv,
        as_json,
        claim_rows,
        order_rows,
        pick_rows,
        times_rows,
    )
    from handlers.fulfilment.slips import PickKind
    from storage.engine import open_storage

    lines = as_csv if style == "csv" else as_json
    async with open_storage(url, create=False) as storage, storage.read() as tx:
        tables: dict[str, tuple[Callable[[], Any], Any]] = {
            "claims": (lambda: claim_rows(tx), ClaimRow),
            "orders": (lambda: order_rows(tx), OrderRow),
            "times": (lambda: times_rows(tx), TimesRow),
            "picklist": (lambda: pick_rows(tx, kind or PickKind.BATCH), PickRow),
        }
        rows, row_kind = tables[what]
        total = await _total(tx, what)
        # On a terminal that shows the rows themselves a bar would stand among them.
        bar = progress(f"Export {what}") if total and not sys.stdout.isatty() else nullcontext()
        with bar as shown:
            done = 0
            async for line in lines(rows(), row_kind):
                say(line)
                done += 1
                if shown is not None and done % _TOLD_EVERY == 0:
                    shown(min(done, total), total)


async def _total(tx: "Transaction", what: str) -> int:
    """How many rows there will be at most; 0 where only the end tells."""
    from sqlalchemy import func, select

    from storage.schema import orders, sale

    tables = {"claims": sale.claims, "orders": orders.orders, "times": orders.orders}
    table = tables.get(what)
    if table is None:
        return 0
    return int(await tx.scalar(select(func.count()).select_from(table)))


async def _label_parcels(settings: "Settings") -> "list[LabelParcel]":
    from handlers.fulfilment.labels_out import label_parcels
    from handlers.orders.shipping import RuleKind
    from storage.engine import open_storage
    from storage.sealing import Locked

    pick_up = [way.key for way in settings.shipping.ways if way.kind is RuleKind.PICK_UP]
    async with open_storage(settings.database_url, create=False) as storage, storage.read() as tx:
        try:
            return await label_parcels(tx, settings.privacy.sealer(), pick_up)
        except Locked as error:
            fail(
                f"No labels were written: {error}. Put the key it was sealed with into "
                "privacy.keys again; the address is still there."
            )


def _as_json(parcels: "list[LabelParcel]") -> str:
    from dataclasses import asdict

    rows = [{**asdict(one), "paid_at": one.paid_at.isoformat()} for one in parcels]
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


async def _pick_paper(settings: "Settings", kind: "PickKind") -> bytes:
    from bot.clock import SystemClock
    from bot.house import house_of
    from bot.papers.documents import draw_documents
    from handlers.fulfilment.printing import paper_size, pick_documents
    from handlers.registry import Registry
    from storage.engine import open_storage

    house = house_of(settings, Registry.of(), (), SystemClock())
    async with open_storage(settings.database_url, create=False) as storage, storage.read() as tx:
        documents = await pick_documents(tx, house, kind)
    return draw_documents(documents, paper_size(house.locale))


async def _invoice_papers(settings: "Settings", show: int | None) -> list[tuple[str, bytes]]:
    from bot.clock import SystemClock
    from bot.house import house_of
    from bot.papers.documents import draw_documents
    from handlers.fulfilment.invoicing import invoice_papers
    from handlers.fulfilment.printing import paper_size
    from handlers.registry import Registry
    from storage.engine import open_storage

    house = house_of(settings, Registry.of(), (), SystemClock())
    async with open_storage(settings.database_url, create=False) as storage, storage.read() as tx:
        papers = await invoice_papers(tx, house, show_id=show)
    size = paper_size(house.locale)
    return [(one.order, draw_documents([one.document], size)) for one in papers]


async def _shelf_paper(settings: "Settings", what: str) -> bytes:
    from bot.clock import SystemClock
    from bot.house import house_of
    from bot.papers.labels import draw_labels
    from handlers.fulfilment.printing import paper_size, shelf_labels
    from handlers.registry import Registry
    from storage.engine import open_storage

    house = house_of(settings, Registry.of(), (), SystemClock())
    async with open_storage(settings.database_url, create=False) as storage, storage.read() as tx:
        labels = await shelf_labels(tx, house, what)
    return draw_labels(labels, paper_size(house.locale))
