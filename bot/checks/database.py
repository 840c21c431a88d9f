"""The database: is it there, current, writable, and is there room."""

import os
import shutil
from collections.abc import Iterator

from sqlalchemy import text

from bot.checks.catalogue import check_catalogue
from bot.checks.finding import Finding
from bot.settings import Settings
from handlers.catalog.importing import load_known
from storage.engine import Storage
from storage.errors import StorageError
from storage.places import file_of, place_of, shown
from storage.unit_of_work import Transaction
from storage.upgrade import ensure_current, version_of

__all__ = ["check_database"]

_ROOM_NEEDED = 200 * 1024 * 1024


async def check_database(settings: Settings) -> list[Finding]:
    """Look at the database, and at the catalogue in it."""
    try:
        place = place_of(settings.database_url)
        version = await version_of(place)
        if version is None:
            return [
                *_room(settings.database_url),
                _not_yet(settings.database_url),
                *check_catalogue((), settings),
            ]
        await ensure_current(place, create=False)
        async with Storage(place) as storage, storage.read() as tx:
            rights = await _rights(tx)
            catalogue = check_catalogue(await load_known(tx), settings)
    except (StorageError, OSError) as error:
        return [Finding(about="database", sentence=str(error))]
    at = Finding(
        about="database", sentence=f"{shown(place)} is up to date (revision {version}).", fine=True
    )
    return [*_room(settings.database_url), *rights, at, *catalogue]


def _not_yet(url: str) -> Finding:
    return Finding(
        about="database",
        sentence=f"There is none at {shown(place_of(url))} yet; the first `andon catalog import` "
        "or `andon run` makes it.",
        fine=True,
        note=True,
    )


async def _rights(tx: Transaction) -> list[Finding]:
    if tx.dialect != "postgresql":
        return []
    asked = "SELECT has_table_privilege('claims', 'INSERT') AND NOT pg_is_in_recovery()"
    if await tx.scalar(text(asked)):
        return []
    sentence = "It can only be read; grant this user the rights on Andon's tables."
    return [Finding(about="database", sentence=sentence)]


def _room(url: str) -> Iterator[Finding]:
    """Whether an SQLite file and what it needs beside it can be written."""
    file = file_of(place_of(url))
    if file is None:
        return
    for path in (file.parent, *([file] if file.exists() else [])):
        if not os.access(path, os.W_OK):
            yield Finding(
                about="database",
                sentence=f"{path.absolute()} cannot be written; give this user the right to.",
            )
    free = shutil.disk_usage(file.parent).free
    if free < _ROOM_NEEDED:
        yield Finding(
            about="database",
            sentence=f"Only {free // 2**20} MB are free on its disk; a show wants 200 MB or more. "
            "Free some space.",
        )
