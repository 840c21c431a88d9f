"""Money that goes back: each refund is asked of the provider with a key of its own."""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from storage.schema.types import Instant, identifier, metadata, one_of

__all__ = ["RefundStep", "payment_refunds"]


class RefundStep(StrEnum):
    """Asked for, on its way, paid back, or failed: then it may be tried again."""

    PREPARED = "prepared"
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"


payment_refunds = Table(
    "payment_refunds",
    metadata,
    identifier(),
    Column("payment_id", ForeignKey("payments.id"), nullable=False, index=True),
    # Whoever wants money back names why by this: asked for twice, it goes back once.
    Column("key", String(80), nullable=False, unique=True),
    # Counted into the provider's key: one that failed for good is not the one tried afterwards.
    Column("tries", Integer, nullable=False, server_default="1"),
    Column("state", String(12), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("reference", Text),
    Column("error", Text, nullable=False, server_default=""),
    Column("prepared_at", Instant, nullable=False),
    # When the provider is asked next; empty where a person pays back, or nothing is left to ask.
    Column("due_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("uncertain_at", Instant),
    Column("settled_at", Instant),
    # Who of the team paid it back by hand.
    Column("marked_by", Text, nullable=False, server_default=""),
    one_of("state", RefundStep),
    CheckConstraint("amount_minor > 0", name="amount"),
    Index("ix_payment_refunds_reference", "reference"),
    Index(
        "ix_payment_refunds_due_at",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
)
