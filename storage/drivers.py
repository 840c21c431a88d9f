"""The two databases, each set up once: what a connection is told before its first statement."""

from typing import Any

from sqlalchemy import URL, Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.one_hop import connect

__all__ = ["migrators_of", "readers_of", "writers_of"]

# The file remembers it, so readers need not ask for what would be a change.
_WAL = "journal_mode=WAL"
_READERS = 5
_WRITERS = 2


def writers_of(url: URL) -> AsyncEngine:
    """The engine that changes things."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, size=1, begin="BEGIN IMMEDIATE", pragmas=("foreign_keys=ON", _WAL))
    return _postgresql(url, size=_WRITERS, isolation_level="READ COMMITTED")


def readers_of(url: URL) -> AsyncEngine:
    """The engine that only looks, each time at one moment of the database."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, size=_READERS, begin="BEGIN", pragmas=("query_only=ON",))
    engine = _postgresql(url, size=_READERS, isolation_level="REPEATABLE READ")
    return engine.execution_options(postgresql_readonly=True)


def migrators_of(url: URL) -> AsyncEngine:
    """The engine that changes tables.

    On SQLite references are not enforced while it works: a table is rebuilt under another name.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, size=1, begin="BEGIN IMMEDIATE", pragmas=("foreign_keys=OFF", _WAL))
    return _postgresql(url, size=1, isolation_level="READ COMMITTED")


def _sqlite(url: URL, *, size: int, begin: str, pragmas: tuple[str, ...]) -> AsyncEngine:
    # The driver would begin on its own and late, which lets two writers read the same stock:
    # isolation_level=None silences it, and the hook below begins where SQLAlchemy does.
    engine = create_async_engine(
        url,
        # They may hold a token or an address, and an error goes to the log.
        hide_parameters=True,
        pool_size=size,
        max_overflow=0,
        # Whoever took a connection has committed or rolled back before giving it back.
        pool_reset_on_return=None,
        connect_args={
            "async_creator_fn": connect,
            "isolation_level": None,
            "timeout": 2.0,
            "cached_statements": 512,
        },
    )
    told = (
        *pragmas,
        "synchronous=FULL",
        "temp_store=MEMORY",
        "cache_size=-16000",
    )

    @event.listens_for(engine.sync_engine, "connect")
    def tell(connection: DBAPIConnection, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in told:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgresql(url: URL, *, size: int, isolation_level: Any) -> AsyncEngine:
    return create_async_engine(
        url,
        hide_parameters=True,
        pool_size=size,
        max_overflow=size,
        pool_pre_ping=True,
        isolation_level=isolation_level,
        connect_args={
            "timeout": 10,
            "prepared_statement_cache_size": 500,
            "server_settings": {"application_name": "andon"},
        },
    )
