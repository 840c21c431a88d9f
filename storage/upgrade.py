"""The version of a database: read it, create what is missing, bring an older one up to date."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.backup import backup as back_up
from storage.drivers import migrators_of, readers_of
from storage.errors import StorageRefused, translate
from storage.one_process import one_process
from storage.places import file_of, in_a_folder, place_of, shown

__all__ = ["HEAD", "UpgradeReport", "ensure_current", "upgrade", "version_of"]

#: The newest revision in `migrations/`, so that a start need not load Alembic. A test compares.
HEAD = "0022"

_ADVISORY_LOCK = 0x416E646F6E


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeReport:
    """What an upgrade did. `before` is None where there was no database yet."""

    before: str | None
    after: str
    backup: Path | None = None

    @property
    def changed(self) -> bool:
        """Whether there was anything to do."""
        return self.before != self.after


async def version_of(url: str | URL) -> str | None:
    """The revision of a database; None where there is none yet.

    Raises `StorageRefused` if something else than Andon's tables is there.
    """
    place = place_of(url)
    file = file_of(place)
    if file is not None and not await asyncio.to_thread(_has_data, file):
        return None
    async with _connected(readers_of(place)) as connection:
        return await connection.run_sync(_version, shown(place))


async def ensure_current(place: URL, *, create: bool) -> None:
    """Make sure that a database can be used as it is; an empty place becomes one if `create`.

    Raises `StorageRefused` with what to do.
    """
    found = await version_of(place)
    _refuse_newer(found, place)
    if found == HEAD:
        return
    if found is not None:
        raise StorageRefused(
            f"{shown(place)} was written by an older Andon (revision {found}, this one needs "
            f"{HEAD}). Run `andon db upgrade`: it backs up first."
        )
    if not create:
        raise StorageRefused(f"There is no Andon database at {shown(place)}. Check the URL.")
    await _migrate(place)


async def upgrade(
    url: str | URL,
    *,
    backup: bool = True,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> UpgradeReport:
    """Bring a database to `HEAD`, or create it; all of it happens or nothing.

    One that holds data is backed up first, next to its file (PostgreSQL: in the working folder).
    Raises `StorageRefused`, also if an Andon is running on the file.
    """
    place = place_of(url)
    with one_process(place):
        before = await version_of(place)
        _refuse_newer(before, place)
        if before == HEAD:
            return UpgradeReport(before=before, after=HEAD)
        kept = None
        if backup and before is not None:
            kept = _backup_file(place, now())
            await back_up(place, kept)
        await _migrate(place)
        return UpgradeReport(before=before, after=HEAD, backup=kept)


def _backup_file(place: URL, now: datetime) -> Path:
    file = file_of(place)
    stamp = f"andon-{now:%Y%m%dT%H%M%S}.backup"
    return file.with_name(f"{stamp}.db") if file else Path(f"{stamp}.dump")


def _has_data(file: Path) -> bool:
    if in_a_folder(file).is_dir():
        raise StorageRefused(f"{file} is a folder. Name a file for the database.")
    return file.is_file() and file.stat().st_size > 0


def _version(connection: Connection, place: str) -> str | None:
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)
    if tables:
        raise StorageRefused(
            f"{place} belongs to another program (it has a table {tables[0]}). Nothing was changed."
        )
    return None


def _refuse_newer(found: str | None, place: URL) -> None:
    # Revisions are numbered, so what is above ours, or no number at all, is not of our past.
    if found is not None and (not found.isdigit() or found > HEAD):
        raise StorageRefused(
            f"{shown(place)} was written by a newer Andon (revision {found}, this one knows "
            f"{HEAD}). Install that version again; nothing was changed."
        )


async def _migrate(place: URL) -> None:
    async with _connected(migrators_of(place)) as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK}
            )
        # Another process may have done it while this one waited for the lock.
        if await connection.run_sync(_version, shown(place)) != HEAD:
            await connection.run_sync(_run_alembic)
        await connection.commit()


def _run_alembic(connection: Connection) -> None:
    # Here, not at the top: loading Alembic would cost every start a tenth of a second.
    from alembic import command
    from alembic.config import Config

    config = Config()
    folder = Path(__file__).with_name("migrations")
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite":
        _check_references(connection)


def _check_references(connection: Connection) -> None:
    broken: Any = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise StorageRefused(
            f"The upgrade would break a reference of table {broken[0]}. Nothing was changed; "
            "please report this with the name of the table."
        )


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    try:
        async with engine.connect() as connection, connection.begin():
            yield connection
    except (SQLAlchemyError, OSError) as error:
        meant = translate(error)
        if meant is None:
            raise
        raise meant from error
    finally:
        await engine.dispose()
