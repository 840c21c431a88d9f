"""Where a database is: its URL read once, its file named, its driver filled in."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from storage.errors import StorageRefused

__all__ = ["file_of", "in_a_folder", "place_of", "shown"]

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


def place_of(url: str | URL) -> URL:
    """Read a database URL. Raises `StorageRefused` if Andon cannot keep anything there."""
    try:
        read = make_url(url)
    except ArgumentError:
        # The text itself is not repeated: it may hold a password.
        raise StorageRefused(
            "The database URL cannot be read. Write sqlite+aiosqlite:///andon.db or "
            "postgresql+asyncpg://user:password@host/name."
        ) from None
    driver = _DRIVERS.get(read.drivername)
    if driver is None:
        raise StorageRefused(
            f"Andon cannot use {read.drivername}. Write sqlite+aiosqlite:///andon.db or "
            "postgresql+asyncpg://user:password@host/name."
        )
    if driver.startswith("sqlite") and read.database in (None, "", ":memory:"):
        raise StorageRefused("Name a file for the database, as in sqlite+aiosqlite:///andon.db.")
    return read.set(drivername=driver)


def file_of(place: URL) -> Path | None:
    """The file of an SQLite database; None for PostgreSQL."""
    if not place.drivername.startswith("sqlite") or place.database is None:
        return None
    return Path(place.database.removeprefix("file:"))


def in_a_folder(file: Path) -> Path:
    """`file`, whose folder is there. Raises `StorageRefused` where it is not."""
    if not file.parent.is_dir():
        raise StorageRefused(
            f"The folder {file.parent} does not exist. Create it, or check the URL."
        )
    return file


def shown(place: URL) -> str:
    """How to name a database to people: the file, or the URL without its password."""
    file = file_of(place)
    return str(file) if file else place.render_as_string(hide_password=True)
