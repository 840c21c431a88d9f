"""An SQLite file belongs to one running Andon: a second one is refused."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import URL

from storage.errors import StorageRefused
from storage.places import file_of, in_a_folder, place_of

__all__ = ["one_process"]


@contextmanager
def one_process(url: str | URL) -> Iterator[None]:
    """Be the only process that runs on this database; PostgreSQL is shared, so nothing happens.

    The lock is the operating system's: it ends with the process, however that ends. Whoever only
    reads, or writes a little as an import does, need not ask. Raises `StorageRefused`.
    """
    file = file_of(place_of(url))
    if file is None:
        yield
        return
    # The lock would make the folder, and a slip in the URL would be a new, empty shop.
    beside = in_a_folder(file).with_name(f"{file.name}.lock")
    lock = FileLock(beside, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise StorageRefused(
            f"Another Andon{_named(beside)} is running on {file}. Stop it first, or give this one "
            "a database of its own."
        ) from None
    except OSError as error:
        raise StorageRefused(f"{beside} cannot be written: {error.strerror}.") from error
    try:
        # Windows lets nobody write a locked file; then a second process is refused without a name.
        with suppress(OSError):
            beside.write_text(str(os.getpid()), encoding="ascii")
        yield
    finally:
        lock.release()


def _named(beside: Path) -> str:
    with suppress(OSError):
        if (pid := beside.read_text(encoding="ascii", errors="replace").strip()).isdigit():
            return f" (process {pid})"
    return ""
