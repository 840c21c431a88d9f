"""Pictures that go with messages, kept as long as these are."""

from sqlalchemy import Column, LargeBinary, String, Table

from storage.schema.types import metadata

__all__ = ["pictures"]

#: Committed with the message that shows it, so that neither is lost without the other.
pictures = Table(
    "pictures",
    metadata,
    # The SHA-256 of the content: the same picture is kept once.
    Column("id", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
