"""What the team knows of customers, and how two identities are joined into one."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from storage.schema.types import Instant, identifier, metadata, one_of

__all__ = [
    "LinkState",
    "customer_link_tries",
    "customer_links",
    "customer_notes",
    "customer_tags",
]


class LinkState(StrEnum):
    """A code was made, was typed on the other side, joined the two, or came to nothing."""

    MADE = "made"
    TYPED = "typed"
    JOINED = "joined"
    ENDED = "ended"


#: One-time codes by which somebody shows that they are the same person on two sides. The code
#: itself is kept nowhere.
customer_links = Table(
    "customer_links",
    metadata,
    identifier(),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("state", String(8), nullable=False),
    # Who asked for it, and who typed it.
    Column("identity_id", ForeignKey("identities.id"), nullable=False, index=True),
    Column("other_id", ForeignKey("identities.id"), index=True),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("typed_at", Instant),
    Column("ended_at", Instant),
    one_of("state", LinkState),
)

#: Codes that somebody typed and that were none: a few are slips, more are guesses.
customer_link_tries = Table(
    "customer_link_tries",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
    CheckConstraint("tries > 0", name="tries"),
)

#: What the team noted; the text is sealed.
customer_notes = Table(
    "customer_notes",
    metadata,
    identifier(),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

customer_tags = Table(
    "customer_tags",
    metadata,
    Column("customer_id", ForeignKey("customers.id"), primary_key=True),
    Column("tag", String(40), primary_key=True),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_customer_tags_tag", "tag"),
)
