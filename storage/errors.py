"""What can go wrong with the memory, in two kinds that ask for different things.

    StorageError
    ├── StorageUnavailable   Nothing was changed; wait and do the same again.
    └── StorageRefused       Waiting does not help: a person has to do something.

Everything else a database raises (a broken constraint, a wrong statement) is a bug of ours or the
refusal that a caller counts on, and passes through unchanged.
"""

import sqlite3

from sqlalchemy.exc import DBAPIError, TimeoutError

__all__ = ["StorageError", "StorageRefused", "StorageUnavailable", "translate"]


class StorageError(Exception):
    """The memory cannot do what it was asked; `args[0]` says why in a sentence or two."""


class StorageUnavailable(StorageError):
    """Nothing was changed, and the same may work in a moment.

    `reason` is `locked`, `full`, `disk`, `connection`, `conflict` or `resources`.
    """

    def __init__(self, sentence: str, *, reason: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class StorageRefused(StorageError):
    """This will not get better by waiting; the sentence says what to do."""


_UNAVAILABLE = {
    "locked": "The database is locked by another program. Nothing was changed.",
    "full": "The disk of the database is full. Nothing was changed; free some space to go on.",
    "disk": "The disk of the database cannot be read or written. Nothing was changed.",
    "connection": "The connection to the database is gone. Nothing that was under way is sure.",
    "conflict": "Two changes of the same rows met. This one was taken back, to be done again.",
    "resources": "The database has no room for another connection or for more work right now.",
}
_REFUSED = {
    "read_only": "The database can only be read. Check who owns its file and folder, or its role.",
    "corrupt": "The database file is damaged. Restore the latest backup (andon-….backup.db).",
    "not_ours": "This file is not a database. Check the database URL in the settings.",
    "denied": "The database does not let this user in. Check the user and password of its URL.",
    "missing": "The database server has no database of this name. Create it, or check the URL.",
    "rights": "The database user may not do this. Grant it the rights on Andon's tables.",
}

#: Primary result codes of SQLite (the low byte of an extended one).
_OF_SQLITE = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_PROTOCOL: "locked",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR: "disk",
    sqlite3.SQLITE_CANTOPEN: "disk",
    sqlite3.SQLITE_NOMEM: "resources",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_PERM: "read_only",
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_NOTADB: "not_ours",
}

#: SQLSTATE codes of PostgreSQL; a class of two characters stands for all of its codes.
_OF_POSTGRESQL = {
    "08": "connection",
    "25006": "read_only",
    "25P03": "connection",
    "28": "denied",
    "3D000": "missing",
    "40": "conflict",
    "42501": "rights",
    "53": "resources",
    "53100": "full",
    "55P03": "locked",
    "57014": "locked",
    "57P": "connection",
    "58030": "disk",
    "XX001": "corrupt",
    "XX002": "corrupt",
}


def translate(error: BaseException) -> StorageError | None:
    """The `StorageError` that a driver's error means; None if it is none.

    Only for what a call into the driver raised: an `OSError` there is a lost connection.
    """
    if isinstance(error, StorageError):
        return error
    if isinstance(error, TimeoutError):
        return _named("resources")
    if isinstance(error, DBAPIError):
        if error.orig is not None and (found := _of_driver(error.orig)):
            return found
        return _named("connection") if error.connection_invalidated else None
    return _of_driver(error)


def _of_driver(error: BaseException) -> StorageError | None:
    if isinstance(error, sqlite3.Error):
        # Absent where Python itself raised it, as for a wrong number of parameters.
        code = getattr(error, "sqlite_errorcode", None)
        name = None if code is None else _OF_SQLITE.get(code & 0xFF)
        return _named(name) if name else None
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        for length in (5, 3, 2):
            if name := _OF_POSTGRESQL.get(state[:length]):
                return _named(name)
        return None
    return _named("connection") if isinstance(error, OSError) else None


def _named(reason: str) -> StorageError:
    if reason in _UNAVAILABLE:
        return StorageUnavailable(_UNAVAILABLE[reason], reason=reason)
    return StorageRefused(_REFUSED[reason])
