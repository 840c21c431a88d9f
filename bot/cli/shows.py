"""`andon run`, `andon demo` and `andon rehearse`: a show for real, for trying, and once more."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.frame import AndonCommand, database_option, fail, run_async, settings_of
from bot.cli.practice import Wish, show_practice
from bot.moments import moment

if TYPE_CHECKING:
    from bot.andon import Andon
    from bot.checks import Finding
    from bot.rehearsal import RehearsalResult
    from bot.settings import Settings

__all__ = ["demo", "rehearse", "run"]

#: A platform that is slow to answer must not keep a show from starting.
_LOOK_SECONDS = 4.0
_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command(cls=AndonCommand)
@click.pass_context
def run(context: click.Context) -> None:
    """Run the shop until it is stopped."""
    settings = settings_of(context)
    from bot.app import serve
    from bot.checks.chat import look_at_chat
    from bot.platforms.base import PlatformRefused
    from bot.web.server import PortBusy
    from handlers.wording import CopyError

    found: list[Finding] = []

    async def looked_at() -> None:
        """Start, unless a platform would turn us away; its reason is better known beforehand."""
        found.extend(await look_at_chat(settings, seconds=_LOOK_SECONDS))
        stops = [finding.sentence for finding in found if finding.stops]
        if stops:
            raise PlatformRefused(" ".join(stops))
        await serve(settings, ready=ready)

    async def ready(_andon: "Andon", url: str) -> None:
        for finding in found:
            click.echo(f"✗ {finding.about}: {' '.join(finding.sentence.split())}", err=True)
        click.echo(f"Andon is running; its page is {url}. Ctrl-C stops it.")
        if settings.web.token is not None:
            click.echo("It asks for the token of [web]: open it with ?token=… behind the address.")

    try:
        run_async(looked_at())
    except (PortBusy, PlatformRefused, CopyError) as error:
        fail(str(error))


@click.command(cls=AndonCommand)
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="Port of the page; 0 takes a free one."
)
@click.option("--no-browser", is_flag=True, help="Only say where the page is.")
@click.pass_context
def demo(context: click.Context, port: int | None, no_browser: bool) -> None:
    """Try it with a sample shop and its audience.

    It runs on this machine only, in your browser, and nothing is kept.
    """
    settings = settings_of(context)
    from bot.demo import demo as play
    from bot.web.server import PortBusy

    try:
        run_async(play(settings, open_browser=not no_browser, port=port))
    except PortBusy as error:
        fail(str(error))


class Moment(click.ParamType[datetime]):
    """ISO 8601 (UTC if it names no zone), or seconds from 2000-01-01Z, as in a chat log."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read a moment."""
        if isinstance(value, datetime):
            return value
        for seconds_or_iso in (float, str):
            try:
                return moment(seconds_or_iso(value))
            except (ValueError, OverflowError):
                continue
        self.fail(f"{value!r} is no time; write it like 2026-07-01T20:00:00Z.", param, ctx)


@click.command(cls=AndonCommand)
@click.argument("chat", type=_FILE, metavar="CHAT.jsonl")
@click.option("--catalog", "catalogue", type=_FILE, required=True, help="The catalogue (CSV).")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder for outbox.jsonl and report.json.",
)
@database_option
@click.option(
    "--speed",
    type=click.FloatRange(0, min_open=True),
    help="1 is as fast as it was; without it, as fast as it goes.",
)
@click.option("--until", type=Moment(), help="Let the clock run on to this moment.")
@click.option(
    "--incident",
    "incidents",
    type=Wish(),
    multiple=True,
    metavar="KIND@WHEN[:CODE]",
    help="Let something go wrong so long after the first line, like sell-out@12m:A12; again for "
    "more. The others are wrong-count@20m:A12, payment-outage@30m, question-spike@5m and "
    "platform-gap@15m+2m.",
)
@click.option("--incidents", "script", type=_FILE, help="A YAML list of incidents.")
@click.pass_context
def rehearse(context: click.Context, /, chat: Path, **options: Any) -> None:
    """Run a chat log through the whole of Andon.

    What it would have said goes into outbox.jsonl, what came of it into report.json. With incidents
    that also says which steps of their playbooks were late.
    """
    # Checked like the setting that it stands for.
    settings = settings_of(context, database_url=options["database"])
    result = run_async(_rehearsed(settings, chat, options))
    _show(result.report)
    show_practice(result.report, settings.shop.zone)
    if result.broken:
        click.echo(
            f"{len(result.broken)} lines could not be read and were skipped: "
            f"{_few(result.broken)}.",
            err=True,
        )
    if result.conflicts:
        fail(
            f"{len(result.conflicts)} known ids came with other content and were not taken in "
            f"({_few(result.conflicts)}); give those lines ids of their own, or rehearse in a "
            "fresh database."
        )


def _few(named: Sequence[object]) -> str:
    return ", ".join(map(str, named[:5])) + (", …" if len(named) > 5 else "")


async def _rehearsed(
    settings: "Settings", chat: Path, options: dict[str, Any]
) -> "RehearsalResult":
    from bot.progress import progress
    from bot.rehearsal import IncidentRefused, read_incidents
    from bot.rehearsal import rehearse as play
    from handlers.catalog.files import CatalogError
    from handlers.catalog.importing import ImportRefused
    from handlers.wording import CopyError

    script = options["script"]
    try:
        wanted = [*options["incidents"], *(read_incidents(script) if script else ())]
        with progress("Rehearsing") as told:
            return await play(
                settings,
                chat,
                options["catalogue"],
                options["out"],
                database=options["database"],
                speed=options["speed"],
                until=options["until"],
                progress=told,
                wanted=wanted,
            )
    except IncidentRefused as error:
        raise click.UsageError(str(error)) from error
    except (CatalogError, ImportRefused) as error:
        first, *more = str(error).splitlines()
        fail(first + (f" ({len(more)} more; `andon catalog import` lists them.)" if more else ""))
    except (OSError, CopyError) as error:
        fail(f"{error}. Nothing more was written.")


def _show(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Rehearsal", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in report.items():
        if isinstance(value, int | float):
            table.add_row(name.replace("_", " "), f"{value:,}")
    Console().print(table)
