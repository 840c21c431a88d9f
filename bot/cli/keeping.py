"""`andon db upgrade`, `andon backup` and `andon export`: what is kept, and how to get it out."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.frame import AndonCommand, AndonGroup, database_option, run_async, say, settings_of

if TYPE_CHECKING:
    from storage.upgrade import UpgradeReport

__all__ = ["backup", "db", "export"]


@click.group(cls=AndonGroup)
def db() -> None:
    """Take care of the database."""


@db.command()
@database_option
@click.pass_context
def upgrade(context: click.Context, database: str | None) -> None:
    """Bring the database up to date; what it holds is backed up first."""
    settings = settings_of(context, database_url=database)
    from storage.upgrade import upgrade as bring_up

    click.echo(_told(run_async(bring_up(settings.database_url))))


def _told(report: "UpgradeReport") -> str:
    if not report.changed:
        return f"The database is up to date (revision {report.after})."
    if report.before is None:
        return f"The database was made (revision {report.after})."
    kept = f" The backup is {report.backup}." if report.backup else ""
    return f"The database went from revision {report.before} to {report.after}.{kept}"


@click.command(cls=AndonCommand)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@database_option
@click.pass_context
def backup(context: click.Context, file: Path, database: str | None) -> None:
    """Copy the database into FILE, also during a show."""
    settings = settings_of(context, database_url=database)
    from bot.progress import progress
    from storage.backup import backup as copy

    with progress("Backing up") as told:
        run_async(copy(settings.database_url, file, lambda share: told(round(share * 100), 100)))
    click.echo(f"Everything is in {file}. It holds names of customers: keep it safe.")


@click.group(cls=AndonGroup)
def export() -> None:
    """Write tables to go on with elsewhere."""


@export.command()
@click.option(
    "--format", "style", type=click.Choice(["csv", "json"]), default="csv", show_default=True
)
@database_option
@click.pass_context
def claims(context: click.Context, style: str, database: str | None) -> None:
    """Every claim with its place, what it holds and what it waits for."""
    settings = settings_of(context, database_url=database)
    run_async(_written(settings.database_url, style))


async def _written(url: str, style: str) -> None:
    from handlers.exports import as_csv, as_json, claim_rows
    from storage.engine import open_storage

    async with open_storage(url, create=False) as storage, storage.read() as tx:
        lines = as_csv if style == "csv" else as_json
        async for line in lines(claim_rows(tx)):
            say(line)
