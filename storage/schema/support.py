"""What customers write to the team, what they are answered, and the pictures that they send."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from storage.schema.states import ReplyState
from storage.schema.types import Instant, identifier, metadata, one_of

__all__ = ["customer_pictures", "support_messages", "support_threads"]

#: Pictures that customers sent, without any word on where they were taken.
customer_pictures = Table(
    "customer_pictures",
    metadata,
    identifier(),
    # By which it is asked for on its way to a reader: it cannot be guessed.
    Column("ref", String(64), nullable=False, unique=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("platform", String(16), nullable=False),
    Column("person", Text, nullable=False),
    # Sealed; empty once it is forgotten. Without a name of a key it was kept as it is.
    Column("content", LargeBinary),
    Column("key_name", String(16)),
    Column("mime", String(20), nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("forget_due", Instant),
    Column("forgotten_at", Instant),
    CheckConstraint("(content IS NULL) = (forgotten_at IS NOT NULL)", name="forgotten"),
    Index(
        "ix_customer_pictures_forget_due",
        "forget_due",
        sqlite_where=text("forget_due IS NOT NULL"),
        postgresql_where=text("forget_due IS NOT NULL"),
    ),
)

#: One customer talking with the team; at most one of theirs is open.
support_threads = Table(
    "support_threads",
    metadata,
    identifier(),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    # Where they wrote last, and where they are answered.
    Column("platform", String(16), nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    # When the customer wrote last, and when the team did.
    Column("asked_at", Instant, nullable=False),
    Column("answered_at", Instant),
    Column("taken_by", Text),
    Column("taken_platform", String(16)),
    Column("taken_person", Text),
    Column("taken_at", Instant),
    # When the customer was told that somebody reads along.
    Column("read_told_at", Instant),
    # Until when the team is to answer; when and how often it is told to be late.
    Column("answer_due", Instant),
    Column("late_due", Instant),
    Column("late_times", Integer, nullable=False, server_default="0"),
    # When it closes because nobody says anything more.
    Column("silent_due", Instant),
    Column("closed_at", Instant),
    Column("closed_by", Text, nullable=False, server_default=""),
    Index(
        "uq_support_threads_open",
        "customer_id",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index(
        "ix_support_threads_late_due",
        "late_due",
        sqlite_where=text("late_due IS NOT NULL"),
        postgresql_where=text("late_due IS NOT NULL"),
    ),
    Index(
        "ix_support_threads_silent_due",
        "silent_due",
        sqlite_where=text("silent_due IS NOT NULL"),
        postgresql_where=text("silent_due IS NOT NULL"),
    ),
)

#: What was said, in order.
support_messages = Table(
    "support_messages",
    metadata,
    identifier(),
    Column("thread_id", ForeignKey("support_threads.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    # Said by the customer; else by somebody of the team.
    Column("theirs", Boolean, nullable=False),
    Column("platform", String(16), nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    # Sealed.
    Column("content", LargeBinary, nullable=False),
    Column("key_name", String(16)),
    # The ids of pictures that came with it.
    Column("pictures", JSON, nullable=False, default=list),
    # A reply that the customer's closed DMs refused is said again once they write, or ask for it.
    Column("state", String(8), nullable=False, server_default=ReplyState.SAID.value),
    one_of("state", ReplyState),
)
