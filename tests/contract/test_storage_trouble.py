"""What the memory says when it cannot: wait, or do something about it."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text

from storage.engine import Storage, open_storage
from storage.errors import StorageRefused, StorageUnavailable, translate
from storage.one_process import one_process
from storage.places import place_of
from storage.schema.traffic import leases
from storage.unit_of_work import Transaction

ROOT = Path(__file__).parents[2]


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another program holds the file's write lock."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def damage(file: Path) -> None:
    damaged = bytearray(file.read_bytes())
    damaged[4096:] = b"\xff" * (len(damaged) - 4096)
    file.write_bytes(damaged)


async def write(storage: Storage, names: int = 1) -> None:
    async with storage.write() as tx:
        await tx.insert(leases, [{"name": f"lease {n}", "fence": 1} for n in range(names)])


async def count(storage: Storage) -> int:
    async with storage.read() as tx:
        return len(await tx.all(select(leases)))


async def test_a_locked_file_means_wait_and_reading_goes_on(
    sqlite: Storage, sqlite_file: Path
) -> None:
    with locked(sqlite_file):
        with pytest.raises(StorageUnavailable, match="locked by another program") as refused:
            await write(sqlite)
        assert refused.value.reason == "locked"
        assert await count(sqlite) == 0
    await write(sqlite)
    assert await count(sqlite) == 1


async def test_a_full_disk_means_wait_and_nothing_is_half_written(sqlite: Storage) -> None:
    async with sqlite.write() as tx:
        pages = await tx.scalar(text("PRAGMA page_count"))
        await tx.run(text(f"PRAGMA max_page_count = {pages + 2}"))
    with pytest.raises(StorageUnavailable, match="full") as refused:
        await write(sqlite, 5000)
    assert refused.value.reason == "full"
    assert await count(sqlite) == 0
    async with sqlite.write() as tx:
        await tx.run(text(f"PRAGMA max_page_count = {pages + 2000}"))
    await write(sqlite, 5000)
    assert await count(sqlite) == 5000


async def test_after_a_full_disk_nothing_more_is_done_in_that_transaction(
    sqlite: Storage,
) -> None:
    async def too_much(tx: Transaction, attempt: int) -> None:
        async with tx.savepoint():
            rows = [{"name": f"{attempt} {n}", "fence": 1} for n in range(5000)]
            await tx.insert(leases, rows)

    async def goes_on() -> None:
        async with sqlite.write() as tx:
            pages = await tx.scalar(text("PRAGMA page_count"))
            await tx.run(text(f"PRAGMA max_page_count = {pages + 2}"))
            for attempt in range(3):
                with pytest.raises(StorageUnavailable):
                    await too_much(tx, attempt)
            with pytest.raises(StorageUnavailable):
                await tx.insert(leases, [{"name": "small enough", "fence": 1}])

    # SQLite itself rolled back: what came after would have been committed on its own.
    with pytest.raises(StorageUnavailable):
        await goes_on()
    assert await count(sqlite) == 0


async def test_a_file_that_can_only_be_read_is_refused_on_the_first_change(
    sqlite_file: Path,
) -> None:
    with closing(sqlite3.connect(sqlite_file)) as journal:
        # Without its log file beside it, as on a read-only disk.
        journal.execute("PRAGMA journal_mode=DELETE")
    url = f"sqlite+aiosqlite:///file:{sqlite_file}?mode=ro&uri=true"
    async with open_storage(url) as storage:
        assert await count(storage) == 0
        with pytest.raises(StorageRefused, match="can only be read"):
            await write(storage)


async def test_a_file_of_a_newer_andon_is_refused(sqlite_file: Path) -> None:
    with closing(sqlite3.connect(sqlite_file)) as other, other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageRefused, match=r"written by a newer Andon \(revision 9999"):
        await open_storage(f"sqlite:///{sqlite_file}")


async def test_a_file_of_an_older_andon_is_refused_with_the_way_out(sqlite_file: Path) -> None:
    with closing(sqlite3.connect(sqlite_file)) as other, other:
        other.execute("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(StorageRefused, match="Run `andon db upgrade`: it backs up first"):
        await open_storage(f"sqlite:///{sqlite_file}")


async def test_a_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other, other:
        other.execute("CREATE TABLE bookmarks (id)")
    with pytest.raises(StorageRefused, match=r"another program .it has a table bookmarks"):
        await open_storage(f"sqlite:///{tmp_path / 'other.db'}")


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("milk, eggs, bread\n" * 200)
    with pytest.raises(StorageRefused, match="not a database"):
        await open_storage(f"sqlite:///{tmp_path / 'notes.txt'}")


async def test_a_damaged_file_is_refused_and_names_the_backup(sqlite_file: Path) -> None:
    damage(sqlite_file)
    with pytest.raises(StorageRefused, match=r"damaged\. Restore the latest backup"):
        async with open_storage(f"sqlite:///{sqlite_file}") as storage:
            await count(storage)


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageRefused, match=r"does not exist\. Create it"):
        await open_storage(f"sqlite:///{tmp_path / 'no' / 'andon.db'}")
    with pytest.raises(StorageRefused, match="is a folder"):
        await open_storage(f"sqlite:///{tmp_path}")


async def test_what_is_only_to_be_read_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(StorageRefused, match="There is no Andon database at"):
        await open_storage(f"sqlite:///{tmp_path / 'andon.db'}", create=False)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://ana:secret@host/shop", "Andon cannot use mysql"),
        ("sqlite://", "Name a file for the database"),
        ("sqlite+aiosqlite:///:memory:", "Name a file for the database"),
        ("just words with secret", "The database URL cannot be read"),
    ],
)
async def test_a_url_that_cannot_be_used_is_refused_without_its_password(
    url: str, sentence: str
) -> None:
    with pytest.raises(StorageRefused, match=sentence) as refused:
        await open_storage(url)
    assert "secret" not in str(refused.value)


@pytest.mark.postgres
async def test_a_server_that_is_not_there_means_wait(postgres_url: str, tmp_path: Path) -> None:
    elsewhere = place_of(postgres_url).update_query_dict({"host": str(tmp_path)})
    with pytest.raises(StorageUnavailable) as refused:
        await open_storage(elsewhere)
    assert refused.value.reason == "connection"


@pytest.mark.postgres
async def test_a_database_that_is_not_there_is_refused(postgres_url: str) -> None:
    with pytest.raises(StorageRefused, match="no database of this name"):
        await open_storage(place_of(postgres_url).set(database="nowhere"))


@pytest.mark.postgres
async def test_a_lost_connection_means_wait_and_the_next_one_works(postgresql: Storage) -> None:
    async def loses_it() -> None:
        async with postgresql.write() as tx:
            await tx.insert(leases, [{"name": "gone", "fence": 1}])
            pid = await tx.scalar(text("SELECT pg_backend_pid()"))
            async with open_storage(postgresql.url) as other, other.write() as killer:
                await killer.scalar(text(f"SELECT pg_terminate_backend({pid})"))
            await tx.all(select(leases))

    with pytest.raises(StorageUnavailable) as refused:
        await loses_it()
    assert refused.value.reason == "connection"
    await write(postgresql)
    assert await count(postgresql) == 1


async def test_the_password_is_not_shown(sqlite: Storage) -> None:
    place = place_of("postgresql://ana:secret@host/shop")
    assert repr(Storage(place)) == "<Storage postgresql+asyncpg://ana:***@host/shop>"
    assert "andon.db" in repr(sqlite)


def test_a_bug_is_not_taken_for_trouble() -> None:
    assert translate(ValueError("no")) is None
    assert translate(sqlite3.ProgrammingError("wrong number of parameters")) is None


# --- one process a file ---------------------------------------------------------------------------


def test_a_second_process_on_one_file_is_refused_by_name(sqlite_url: str) -> None:
    script = (
        "import sys; from storage.one_process import one_process\n"
        "with one_process(sys.argv[1]): print('in', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, sqlite_url],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    ) as first:  # fmt: skip
        assert first.stdout is not None
        assert first.stdout.readline() == "in\n"
        with (
            pytest.raises(StorageRefused, match=rf"Another Andon \(process {first.pid}\) is"),
            one_process(sqlite_url),
        ):
            pytest.fail("two processes on one file")
        first.kill()
        first.communicate()
    # The lock ended with its process, however that ended.
    with one_process(sqlite_url):
        assert sqlite_url


def test_the_lock_ends_with_the_with(sqlite_url: str) -> None:
    for _ in range(2):
        with one_process(sqlite_url):
            assert sqlite_url


def test_a_database_server_is_shared() -> None:
    url = "postgresql://host/shop"
    with one_process(url), one_process(url):
        assert os.getpid()
