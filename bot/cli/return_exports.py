"""`andon export returns`, `returnlabels` and `returnslip`: returns as a table, a file, a paper."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.frame import AndonCommand, database_option, fail, run_async, say, settings_of

if TYPE_CHECKING:
    from bot.settings import Settings
    from handlers.work import House
    from storage.unit_of_work import Transaction

__all__ = ["add_return_exports"]


@click.command(cls=AndonCommand)
@click.option(
    "--format", "style", type=click.Choice(["csv", "json"]), default="csv", show_default=True
)
@database_option
@click.pass_context
def returns(context: click.Context, style: str, database: str | None) -> None:
    """Every unit that came back, and why; no addresses."""
    run_async(_rows(settings_of(context, database_url=database), style))


@click.command(cls=AndonCommand)
@click.option(
    "--format",
    "form",
    type=click.Choice(["shipstation", "pirateship", "plain"]),
    default="plain",
    show_default=True,
    help="Which label software reads the file.",
)
@click.option("--all", "all_", is_flag=True, help="Also those whose customers pay a label.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write to FILE.",
)
@database_option
@click.pass_context
def returnlabels(
    context: click.Context, form: str, all_: bool, out: Path | None, database: str | None
) -> None:
    """Approved returns that want a label, to the shop.

    Keep the file safe: it has addresses in it.
    """
    text = run_async(_labels(settings_of(context, database_url=database), form, all_))
    if out is None:
        say(text)
    else:
        _write(out, text.encode())


@click.command(cls=AndonCommand)
@click.argument("number")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    required=True,
    help="The PDF to write.",
)
@database_option
@click.pass_context
def returnslip(context: click.Context, number: str, out: Path, database: str | None) -> None:
    """The slip of a return, with a code that scans."""
    _write(out, run_async(_slip(settings_of(context, database_url=database), number)))


def add_return_exports(group: click.Group) -> None:
    """Give `andon export` these commands."""
    for command in (returns, returnlabels, returnslip):
        group.add_command(command)


# --- how ------------------------------------------------------------------------------------------


def _write(out: Path, body: bytes) -> None:
    try:
        out.write_bytes(body)
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}. Name another file.")
    click.echo(f"It is in {out}.")


@asynccontextmanager
async def _reading(settings: "Settings") -> "AsyncIterator[tuple[Transaction, House]]":
    from bot.clock import SystemClock
    from bot.house import house_of
    from handlers.registry import Registry
    from storage.engine import open_storage

    house = house_of(settings, Registry.of(), (), SystemClock())
    async with open_storage(settings.database_url, create=False) as storage, storage.read() as tx:
        yield tx, house


async def _rows(settings: "Settings", style: str) -> None:
    from handlers.exports import as_csv, as_json
    from handlers.returns.exporting import ReturnRow, return_rows

    lines = as_csv if style == "csv" else as_json
    async with _reading(settings) as (tx, house):
        async for line in lines(return_rows(tx, house.returns.reasons), ReturnRow):
            say(line)


async def _labels(settings: "Settings", form: str, all_: bool) -> str:
    from handlers.fulfilment.shipping_labels import LabelForm, shipping_labels
    from handlers.returns.labels_out import return_label_parcels

    async with _reading(settings) as (tx, house):
        shop = house.returns.address
        if shop is None:
            fail(
                "A label needs the shop's address: set returns.address in the settings, at least "
                "street and city."
            )
        parcels = await return_label_parcels(tx, shop, house.sealer, all_of_them=all_)
    return shipping_labels(
        parcels, LabelForm(form.replace("pirateship", "pirate_ship")), senders=True
    )


async def _slip(settings: "Settings", number: str) -> bytes:
    from bot.papers.documents import draw_documents
    from handlers.fulfilment.printing import paper_size
    from handlers.returns.numbers import parse_number
    from handlers.returns.papers import slip_for

    known = parse_number(number)
    if known is None:
        fail(
            f"{number} is no number of a return; it is written like R-7K3F, and one sign checks it."
        )
    async with _reading(settings) as (tx, house):
        document = await slip_for(tx, house, known)
    if document is None:
        fail(
            f"There is no slip for {known}: it is not there, not approved yet, over, or nothing is "
            "to be sent in for it."
        )
    return draw_documents([document], paper_size(house.locale))
