"""Statements that one test has compiled and the next finds.

Every test opens a database of its own and with it engines of its own, which compile their first
hundred statements anew: up to a third of what a short test costs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

__all__ = ["compiled_once"]


class _Compiled(dict[Any, Any]):
    """A `compiled_cache` in which all engines of one kind of database find the same."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_shared(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(_shared(key), compiled)


def _shared(key: tuple[Any, ...]) -> tuple[Any, ...]:
    # SQLAlchemy's keys begin with the dialect, of which each engine has one of its own.
    dialect, *rest = key
    return (dialect.name, dialect.driver, *rest)


@contextmanager
def compiled_once() -> Iterator[None]:
    """Within this, no engine of this process compiles what another has compiled."""
    compiled = _Compiled()

    def share(connection: Connection) -> None:
        connection.execution_options(compiled_cache=compiled)

    event.listen(Engine, "engine_connect", share)
    try:
        yield
    finally:
        event.remove(Engine, "engine_connect", share)
