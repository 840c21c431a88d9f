"""The FAQ as the team changed it, what was asked, what was answered, and whether that helped."""

from enum import StrEnum

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.schema.types import Instant, identifier, metadata, one_of

__all__ = ["AskedState", "faq_asked", "faq_entries", "faq_said", "faq_spikes", "faq_votes"]


class AskedState(StrEnum):
    """What became of a question."""

    # Its asker is mentioned where it was answered, or counted among those who are.
    NAMED = "named"
    COUNTED = "counted"
    # Waits to be told, with others, that it was answered a moment ago.
    GATHERED = "gathered"
    # Answered to the one who asked alone.
    PRIVATE = "private"
    # Nobody knew; and that an answer was written for it since.
    OPEN = "open"
    SETTLED = "settled"


#: What the team added to the entries of the file, or changed of them: None is as in the file.
faq_entries = Table(
    "faq_entries",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("questions", JSON),
    Column("answer", Text),
    Column("audience", String(8)),
    Column("muted", Boolean, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

#: The newest answer of an entry in a channel.
faq_said = Table(
    "faq_said",
    metadata,
    identifier(),
    Column("platform", String(16), nullable=False),
    Column("channel", Text, nullable=False),
    Column("faq", String(64), nullable=False),
    # The line that was answered: what is asked until then belongs to it.
    Column("key", Text, nullable=False),
    Column("said_at", Instant, nullable=False),
    Column("until_at", Instant, nullable=False),
    # When later askers were last told of it, and when those who wait for that are.
    Column("again_at", Instant, nullable=False),
    Column("due_at", Instant, index=True),
    UniqueConstraint("platform", "channel", "faq"),
)

faq_asked = Table(
    "faq_asked",
    metadata,
    identifier(),
    Column("show_id", ForeignKey("shows.id")),
    Column("platform", String(16), nullable=False),
    Column("channel", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("at", Instant, nullable=False),
    # Empty where nobody knew.
    Column("faq", String(64), nullable=False),
    # The key of the answer that it belongs to, empty where there was none.
    Column("answer", Text, nullable=False, index=True),
    # Kept only where nobody knew, without what may be personal.
    Column("text", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Index("ix_faq_asked_topic", "show_id", "faq", "at"),
    one_of("state", AskedState),
)

faq_spikes = Table(
    "faq_spikes",
    metadata,
    Column("show_id", ForeignKey("shows.id"), primary_key=True),
    Column("faq", String(64), primary_key=True),
    Column("at", Instant, nullable=False),
)

#: Whether an answer was the one that was looked for: one voice a person.
faq_votes = Table(
    "faq_votes",
    metadata,
    Column("faq", String(64), primary_key=True),
    Column("platform", String(16), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("show_id", Integer, nullable=False),
    Column("helped", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
)
