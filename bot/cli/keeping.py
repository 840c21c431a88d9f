"""`andon db upgrade` and `andon backup`: what is kept, and how it stays."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.frame import AndonCommand, AndonGroup, database_option, run_async, settings_of

if TYPE_CHECKING:
    from storage.upgrade import UpgradeReport

__all__ = ["backup", "db"]


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
