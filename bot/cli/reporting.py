"""`andon report`: how a show went, as text here or as text, picture and CSV in a folder."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.frame import AndonCommand, database_option, fail, run_async, say, settings_of

if TYPE_CHECKING:
    from bot.reporting import ReportFiles
    from bot.settings import Settings
    from handlers.reporting.figures import ShowFigures
    from handlers.work import House

__all__ = ["report"]


@click.command(cls=AndonCommand)
@click.argument("show", required=False)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write report-SHOW.txt, .png and .csv there.",
)
@database_option
@click.pass_context
def report(
    context: click.Context, show: str | None, out: Path | None, database: str | None
) -> None:
    """How a show went: money, unmet wishes, waiting times.

    SHOW is its number or its name; without it, the newest show.
    """
    from handlers.reporting.words import report_text

    house, figures = run_async(_figures(settings_of(context, database_url=database), show))
    if figures is None:
        named = f"called {show}" if show else "that has begun"
        fail(f"There is no show {named}. `andon export orders` lists the shows with their orders.")
    if out is None:
        say(report_text(house, figures) + "\n")
        return
    from bot.reporting import files_of

    _write(out, f"report-S{figures.show_id}", files_of(house, figures))


async def _figures(settings: "Settings", show: str | None) -> "tuple[House, ShowFigures | None]":
    from bot.clock import SystemClock
    from bot.house import house_of
    from handlers.registry import Registry
    from handlers.reporting.reading import find_show, read_figures
    from storage.engine import open_storage

    clock = SystemClock()
    house = house_of(settings, Registry.of(), (), clock)
    async with open_storage(settings.database_url, create=False) as storage, storage.read() as tx:
        show_id = await find_show(tx, show)
        figures = None if show_id is None else await read_figures(tx, show_id, clock.now())
    return house, figures


def _write(out: Path, name: str, files: "ReportFiles") -> None:
    contents = {".txt": files.text.encode(), ".png": files.png, ".csv": files.csv.encode()}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for ending, content in contents.items():
            (out / f"{name}{ending}").write_bytes(content)
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}. Name another folder.")
    click.echo(f"It is in {out / name}.txt, .png and .csv.")
