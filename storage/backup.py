"""A copy of the whole database, made while it runs."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL

from storage.errors import StorageRefused, translate
from storage.places import file_of, place_of, shown

__all__ = ["Progress", "backup"]

#: Called with how much is done, from 0 to 1. May be called from another thread.
Progress = Callable[[float], None]

_PAGES_AT_ONCE = 1024


async def backup(url: str | URL, file: Path, progress: Progress | None = None) -> None:
    """Copy the database as it is at this moment into `file`, which must not exist yet.

    Others may go on writing meanwhile. SQLite: an SQLite file. PostgreSQL: what `pg_dump` writes in
    its custom format, for `pg_restore`. Raises `StorageRefused`, and `StorageUnavailable` if the
    disk is full; then there is no `file`.
    """
    place = place_of(url)
    source = file_of(place)
    if source is None and shutil.which("pg_dump") is None:
        raise StorageRefused(
            "pg_dump was not found. Install PostgreSQL's client programs here, or run pg_dump "
            "where they are. Nothing was changed."
        )
    partial = file.with_name(f"{file.name}.partial")
    await asyncio.to_thread(_make_room, file, partial)
    try:
        if source is None:
            await _dump(place, partial)
        else:
            await asyncio.to_thread(_copy, source, partial, progress)
        await asyncio.to_thread(_keep, partial, file)
    finally:
        await asyncio.to_thread(partial.unlink, missing_ok=True)
    if progress is not None:
        progress(1.0)


def _make_room(file: Path, partial: Path) -> None:
    if file.exists():
        raise StorageRefused(f"{file} exists already and was not touched. Name another file.")
    try:
        # It holds the names and addresses of customers: for the owner's eyes alone.
        os.close(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    except OSError as error:
        raise StorageRefused(f"{file} cannot be written: {error.strerror}.") from error


def _keep(partial: Path, file: Path) -> None:
    try:
        # A link, not a rename: that would overwrite what appeared there meanwhile.
        os.link(partial, file)
    except FileExistsError:
        raise StorageRefused(f"{file} appeared meanwhile and was not touched.") from None
    except OSError:
        # Some file systems know no links.
        partial.rename(file)


def _copy(source: Path, partial: Path, progress: Progress | None) -> None:
    if not source.is_file():
        raise StorageRefused(f"There is no database at {source}. Check the URL.")

    def told(_status: int, remaining: int, total: int) -> None:
        if progress is not None and total:
            progress((total - remaining) / total)

    try:
        with closing(sqlite3.connect(source, isolation_level=None)) as reading:
            # Holding one moment of the database keeps a busy writer from starting the copy anew.
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
            with closing(sqlite3.connect(partial)) as writing:
                reading.backup(writing, pages=_PAGES_AT_ONCE, progress=told, sleep=0)
    except sqlite3.Error as error:
        meant = translate(error)
        if meant is None:
            raise
        raise meant from error


async def _dump(place: URL, partial: Path) -> None:
    plain = place.set(drivername="postgresql", password=None)
    password = {} if place.password is None else {"PGPASSWORD": str(place.password)}
    process = await asyncio.create_subprocess_exec(
        "pg_dump",
        "--format=custom",
        f"--file={partial}",
        f"--dbname={plain.render_as_string()}",
        env={**os.environ, **password},
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode != 0:
        last = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise StorageRefused(f"pg_dump could not copy {shown(place)}: {last}")
