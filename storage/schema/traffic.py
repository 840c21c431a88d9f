"""What comes in and goes out: messages taken in, cursors, the outbox, leases, and the audit."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from storage.schema.states import DeliveryState, ExceptionState, RetryState
from storage.schema.types import Instant, identifier, metadata, one_of

__all__ = [
    "addresses",
    "alerts",
    "audit",
    "copied",
    "cursors",
    "deliveries",
    "exceptions",
    "failed_events",
    "held_back",
    "installation",
    "leases",
    "local_posts",
    "messages",
    "outbox",
    "set_aside",
    "versions",
]

installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    # Makes this installation's delivery ids its own on a platform that several may post to.
    Column("salt", String(8), nullable=False),
)

#: Counters that grow with each change of what a reader may have cached.
versions = Table(
    "versions",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

#: Every line, press and command taken in, by key: what comes again falls out.
messages = Table(
    "messages",
    metadata,
    Column("key", Text, primary_key=True),
    Column("platform", String(16), nullable=False),
    Column("channel", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("kind", String(10), nullable=False),
    Index("ix_messages_channel", "platform", "channel", "sent_at"),
)

#: How far each stream channel was taken in.
cursors = Table(
    "cursors",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("sent_at", Instant, nullable=False),
    Column("native_id", Text, nullable=False),
)

#: Something to be said, committed with the change it tells of.
outbox = Table(
    "outbox",
    metadata,
    identifier(),
    Column("address", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("values", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    # An answer is worth nothing after its interaction token has died.
    Column("expires_at", Instant),
    # Said in place of an earlier delivery of the same card.
    Column("card", Text),
    Column("delivery_id", ForeignKey("deliveries.id"), index=True),
    Index(
        "ix_outbox_waiting",
        "address",
        "id",
        sqlite_where=text("delivery_id IS NULL"),
        postgresql_where=text("delivery_id IS NULL"),
    ),
)

#: One or more outbox messages merged, as rendered: stored before it is sent.
deliveries = Table(
    "deliveries",
    metadata,
    identifier(),
    Column("address", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("rendered", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    Column("card", Text),
    Column("state", String(8), nullable=False),
    # The earliest of its members: an answer too late to give is not sent.
    Column("expires_at", Instant),
    Column("attempts", Integer, nullable=False, default=0),
    Column("native_id", Text),
    Column("sent_at", Instant),
    Column("error", Text),
    one_of("state", DeliveryState),
    Index(
        "ix_deliveries_ready",
        "address",
        "id",
        sqlite_where=text("state = 'ready'"),
        postgresql_where=text("state = 'ready'"),
    ),
    Index("ix_deliveries_card", "card"),
)

#: What an audience is to hear once its quiet hours are over, in order.
held_back = Table(
    "held_back",
    metadata,
    identifier(),
    Column("address", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("values", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    Column("card", Text),
    Column("until", Instant, nullable=False, index=True),
)

#: Outbox messages that were said on another platform too, because theirs could not be reached.
copied = Table(
    "copied",
    metadata,
    Column("outbox_id", ForeignKey("outbox.id"), primary_key=True),
    Column("at", Instant, nullable=False),
)

#: Who posts to an address right now, and until when it is held after a failure.
addresses = Table(
    "addresses",
    metadata,
    Column("address", Text, primary_key=True),
    Column("owner", Text),
    Column("fence", BigInteger, nullable=False, default=0),
    Column("leased_until", Instant),
    Column("held_until", Instant),
    Column("failures", Integer, nullable=False, default=0),
)

#: Named leases: who takes in a stream, who ticks.
leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text),
    Column("fence", BigInteger, nullable=False, default=0),
    Column("until", Instant),
)

#: Messages whose own error kept them from being handled.
set_aside = Table(
    "set_aside",
    metadata,
    identifier(),
    Column("key", Text, nullable=False, unique=True),
    Column("reference", String(12), nullable=False),
    Column("error", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", String(8), nullable=False),
    one_of("state", RetryState),
)

#: Domain events that a follower could not handle: kept, retried, alerted.
failed_events = Table(
    "failed_events",
    metadata,
    identifier(),
    Column("follower", String(80), nullable=False),
    Column("event", String(80), nullable=False),
    Column("values", JSON, nullable=False),
    Column("reference", String(12), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("retry_due", Instant, index=True),
    Column("state", String(8), nullable=False),
    one_of("state", RetryState),
)

exceptions = Table(
    "exceptions",
    metadata,
    identifier(),
    Column("kind", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("owner_role", String(16), nullable=False),
    Column("values", JSON, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("due_at", Instant),
    # When its owner is alerted next that it is late.
    Column("alert_at", Instant),
    # Who has it, as shown; two people may be called alike, so they are told apart by the ids.
    Column("taken_by", Text),
    Column("taken_platform", String(16)),
    Column("taken_person", Text),
    Column("taken_at", Instant),
    Column("outcome", Text),
    Column("resolved_at", Instant),
    one_of("state", ExceptionState),
    Index("ix_exceptions_subject", "kind", "subject", "state"),
)

#: Things that somebody should know of: one row, and one card, for one thing that goes on.
alerts = Table(
    "alerts",
    metadata,
    identifier(),
    Column("key", Text, nullable=False),
    # The key of its sentence, which `values` fill.
    Column("kind", String(40), nullable=False),
    Column("audience", String(16), nullable=False),
    Column("severity", String(8), nullable=False),
    Column("owner_role", String(16)),
    Column("values", JSON, nullable=False),
    Column("buttons", JSON, nullable=False),
    Column("count", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    # Until then the same key counts on this card; later it is a new one.
    Column("window_ends", Instant, nullable=False),
    # Who has it, as shown; two people may be called alike, so they are told apart by the ids.
    Column("taken_by", Text),
    Column("taken_platform", String(16)),
    Column("taken_person", Text),
    Column("taken_at", Instant),
    Column("settled_at", Instant),
    Column("outcome", Text),
    Index(
        "ix_alerts_open",
        "key",
        "id",
        sqlite_where=text("settled_at IS NULL"),
        postgresql_where=text("settled_at IS NULL"),
    ),
)

#: Who did what and why; `undo` holds what takes it back, until it is taken back.
audit = Table(
    "audit",
    metadata,
    identifier(),
    Column("at", Instant, nullable=False),
    Column("platform", String(16), nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("why", Text, nullable=False, default=""),
    Column("values", JSON, nullable=False),
    Column("undo", JSON),
    Column("undone", Boolean, nullable=False, default=False),
    Index("ix_audit_person", "platform", "person", "id"),
)

#: The local stage is its own chat server: what was posted there, by people and by Andon.
local_posts = Table(
    "local_posts",
    metadata,
    identifier(),
    # Empty in a direct conversation; `person` is the only one who sees the post.
    Column("channel", Text, nullable=False),
    Column("person", Text),
    Column("author", Text, nullable=False),
    Column("author_name", Text, nullable=False),
    Column("author_role", String(16), nullable=False),
    Column("bot", Boolean, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("buttons", JSON, nullable=False),
    Column("form", JSON),
    Column("mentions", JSON, nullable=False),
    Column("pictures", JSON),
    Column("reactions", JSON, nullable=False),
    # A second post with the same value is the first one come again.
    Column("once", Text, unique=True),
    Column("edited_at", Instant),
    Column("deleted_at", Instant),
    # The later of the two, for those who ask what changed while they were away.
    Column("changed_at", Instant),
    Index("ix_local_posts_channel", "channel", "id"),
    Index("ix_local_posts_person", "person", "id"),
    Index(
        "ix_local_posts_changed_at",
        "changed_at",
        sqlite_where=text("changed_at IS NOT NULL"),
        postgresql_where=text("changed_at IS NOT NULL"),
    ),
)
