"""What the team is told of each show: which report comes next, and when."""

from enum import StrEnum

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from storage.schema.types import Instant, metadata, one_of

__all__ = ["Edition", "show_reports"]


class Edition(StrEnum):
    """A report at the end of a show, and one once nothing of it is held any more."""

    FIRST = "first"
    FINAL = "final"


#: The next report of a show. It is drawn outside any transaction; then its words are committed.
show_reports = Table(
    "show_reports",
    metadata,
    Column("show_id", ForeignKey("shows.id"), primary_key=True, autoincrement=False),
    Column("edition", String(5), nullable=False),
    # Empty once all is told. Whoever takes it on moves it: that is the lease.
    Column("due_at", Instant, index=True),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("told_at", Instant),
    one_of("edition", Edition),
)
