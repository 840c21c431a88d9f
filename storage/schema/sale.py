"""What is sold and to whom: items, stock, shows, people, claims, holds and the waitlist."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from storage.schema.states import (
    ClaimState,
    HoldSource,
    HoldState,
    ItemState,
    ReleaseState,
    RescueState,
    ShowState,
    WaitState,
)
from storage.schema.types import Instant, identifier, metadata, one_of

__all__ = [
    "claims",
    "customers",
    "early_claims",
    "hint_people",
    "hints",
    "holds",
    "identities",
    "item_aliases",
    "items",
    "releases",
    "rescue_lines",
    "rescues",
    "shows",
    "stages",
    "variants",
    "waitlist",
]

shows = Table(
    "shows",
    metadata,
    identifier(),
    Column("name", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("claimable", String(16)),
    Column("hold_minutes", Integer),
    Column("staged_at", Instant, nullable=False),
    # By plan: when it is to start and to end, and when its staging begins, until it has.
    Column("planned_start", Instant),
    Column("planned_end", Instant),
    Column("stage_due", Instant, index=True),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("closed_at", Instant),
    Column("paused_at", Instant),
    # Deadlines of a live show in which nothing happens: ask the team, then end it.
    Column("idle_ask_due", Instant, index=True),
    Column("idle_end_due", Instant, index=True),
    # Marks of the lamps in this show, if not the shop's.
    Column("amber_percent", Integer),
    Column("pause_percent", Integer),
    one_of("state", ShowState),
)

items = Table(
    "items",
    metadata,
    identifier(),
    Column("code", String(20), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("limit_each", Integer),
    Column("final_sale", Boolean, nullable=False, default=False),
    Column("replacements", JSON, nullable=False, default=list),
    Column("position", Integer, nullable=False),
    Column("state", String(8), nullable=False, default=ItemState.ON_SALE),
    Column("hold_minutes", Integer),
    # Marks of its lamps, if not those of show or shop.
    Column("amber_percent", Integer),
    Column("pause_percent", Integer),
    # A pause for a count: since when, and when it ends by itself.
    Column("soft_paused_at", Instant),
    Column("resume_due", Instant, index=True),
    # While one of its lamps is lit: since when, and the variant whose lamp was lit last.
    Column("lamp_since", Instant),
    Column("lamp_variant", BigInteger),
    CheckConstraint("limit_each > 0", name="limit_positive"),
    one_of("state", ItemState),
)

item_aliases = Table(
    "item_aliases",
    metadata,
    Column("alias", String(80), primary_key=True),
    Column("item_id", ForeignKey("items.id"), nullable=False, index=True),
)

variants = Table(
    "variants",
    metadata,
    identifier(),
    Column("item_id", ForeignKey("items.id"), nullable=False, index=True),
    Column("name", Text),
    Column("sku", Text, nullable=False, unique=True),
    Column("position", Integer, nullable=False),
    Column("price_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("on_hand", Integer, nullable=False),
    Column("reserved", Integer, nullable=False, default=0),
    Column("short", Integer, nullable=False, default=0),
    # What the lamps measure against: units when the show began or when last restocked; and the
    # most severe lamp that has fired since.
    Column("staged_units", Integer, nullable=False),
    Column("lamp", String(8), nullable=False, server_default="green"),
    # Whether somebody doubts the number on hand, and when it was last counted.
    Column("count_unsure", Boolean, nullable=False, server_default=false()),
    Column("counted_at", Instant),
    # Entries and units that wait, and the last place given in this variant's line: kept here so
    # that a claim costs the same however long the line is.
    Column("waiting_entries", Integer, nullable=False, default=0),
    Column("waiting_units", Integer, nullable=False, default=0),
    Column("last_place", Integer, nullable=False, default=0),
    Column("bin", Text, nullable=False, default=""),
    Column("details", JSON, nullable=False, default=dict),
    UniqueConstraint("item_id", "name"),
    CheckConstraint("on_hand >= 0 AND short >= 0 AND reserved >= 0", name="not_negative"),
    CheckConstraint("reserved <= on_hand + short", name="never_oversold"),
    CheckConstraint("waiting_entries >= 0 AND waiting_units >= waiting_entries", name="waiting"),
)

stages = Table(
    "stages",
    metadata,
    identifier(),
    Column("show_id", ForeignKey("shows.id"), nullable=False, index=True),
    Column("item_id", ForeignKey("items.id"), nullable=False),
    Column("variant_id", ForeignKey("variants.id")),
    Column("from_at", Instant, nullable=False),
    Column("until_at", Instant),
)

customers = Table(
    "customers",
    metadata,
    identifier(),
    Column("tells_by_dm", Boolean, nullable=False, default=False),
    # Holds nothing until it is paid.
    Column("pay_first", Boolean, nullable=False, server_default=false()),
    # Claims are refused from then on; what is held stays.
    Column("blocked_at", Instant),
    # When one of the two was last the reason for a neutral mention: not at each claim.
    Column("told_at", Instant),
    # The customer that this one was joined into: nothing is this one's any more. What a
    # transaction that was on its way then still wrote here is moved when it is due.
    Column("joined_into", BigInteger, index=True),
    Column("sweep_due", Instant),
    Column("forgotten_at", Instant),
    Index(
        "ix_customers_sweep_due",
        "sweep_due",
        sqlite_where=text("sweep_due IS NOT NULL"),
        postgresql_where=text("sweep_due IS NOT NULL"),
    ),
)

identities = Table(
    "identities",
    metadata,
    identifier(),
    Column("platform", String(16), nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    UniqueConstraint("platform", "person"),
)

claims = Table(
    "claims",
    metadata,
    identifier(),
    Column("show_id", ForeignKey("shows.id"), nullable=False),
    Column("item_id", ForeignKey("items.id"), nullable=False),
    Column("variant_id", ForeignKey("variants.id")),
    Column("customer_id", ForeignKey("customers.id"), nullable=False),
    Column("identity_id", ForeignKey("identities.id"), nullable=False),
    # The line it was typed in, or the press or command that made it.
    Column("message_key", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("refused", Integer, nullable=False, default=0),
    Column("sent_at", Instant, nullable=False),
    Column("place", Integer),
    # For the receipt: units gone and entries waiting just before this claim was decided.
    Column("gone_before", Integer),
    Column("waiting_before", Integer),
    Column("rule", String(24), nullable=False),
    # Copied, so that a later change of the item does not change what was claimed.
    Column("code", String(20), nullable=False),
    Column("title", Text, nullable=False),
    Column("variant", Text),
    Column("price_minor", BigInteger),
    Column("currency", String(3)),
    # When what is to be paid first is wished for no more; empty while the show runs.
    Column("lapse_due", Instant),
    one_of("state", ClaimState),
    CheckConstraint("quantity BETWEEN 1 AND 99 AND refused >= 0", name="quantity"),
    Index("ix_claims_line", "customer_id", "item_id", "show_id"),
    Index("ix_claims_message_key", "message_key"),
    Index("ix_claims_place", "variant_id", "place"),
    Index(
        "ix_claims_lapse_due",
        "lapse_due",
        sqlite_where=text("lapse_due IS NOT NULL"),
        postgresql_where=text("lapse_due IS NOT NULL"),
    ),
    Index(
        "ix_claims_unsettled",
        "item_id",
        sqlite_where=text("state IN ('asked', 'pending')"),
        postgresql_where=text("state IN ('asked', 'pending')"),
    ),
)

holds = Table(
    "holds",
    metadata,
    identifier(),
    Column("claim_id", ForeignKey("claims.id"), nullable=False, index=True),
    Column("show_id", ForeignKey("shows.id"), nullable=False),
    Column("variant_id", ForeignKey("variants.id"), nullable=False),
    Column("customer_id", ForeignKey("customers.id"), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("source", String(10), nullable=False),
    Column("granted_at", Instant, nullable=False),
    # Empty while the show runs and nothing shorter is set.
    Column("expires_at", Instant),
    Column("warn_due", Instant),
    Column("extended", Boolean, nullable=False, default=False),
    Column("ended_at", Instant),
    one_of("state", HoldState),
    one_of("source", HoldSource),
    CheckConstraint("quantity > 0", name="quantity"),
    Index("ix_holds_customer", "customer_id", "variant_id"),
    Index("ix_holds_show", "show_id", "state"),
    Index(
        "ix_holds_expires_at",
        "expires_at",
        sqlite_where=text("expires_at IS NOT NULL AND state = 'held'"),
        postgresql_where=text("expires_at IS NOT NULL AND state = 'held'"),
    ),
    Index(
        "ix_holds_warn_due",
        "warn_due",
        sqlite_where=text("warn_due IS NOT NULL AND state = 'held'"),
        postgresql_where=text("warn_due IS NOT NULL AND state = 'held'"),
    ),
)

waitlist = Table(
    "waitlist",
    metadata,
    identifier(),
    Column("claim_id", ForeignKey("claims.id"), nullable=False, index=True),
    Column("show_id", ForeignKey("shows.id"), nullable=False),
    Column("variant_id", ForeignKey("variants.id"), nullable=False),
    Column("customer_id", ForeignKey("customers.id"), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("entered_at", Instant, nullable=False),
    one_of("state", WaitState),
    CheckConstraint("quantity > 0", name="quantity"),
    Index("ix_waitlist_customer", "customer_id", "variant_id"),
    Index(
        "ix_waitlist_line",
        "variant_id",
        "place",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)

releases = Table(
    "releases",
    metadata,
    identifier(),
    Column("show_id", ForeignKey("shows.id"), nullable=False),
    Column("variant_id", ForeignKey("variants.id"), nullable=False),
    Column("customer_id", ForeignKey("customers.id"), nullable=False),
    Column("identity_id", ForeignKey("identities.id"), nullable=False),
    Column("quantity", Integer),
    Column("channel", Text, nullable=False),
    Column("message_key", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", String(8), nullable=False),
    one_of("state", ReleaseState),
    CheckConstraint("quantity > 0", name="quantity"),
    Index(
        "ix_releases_due_at",
        "due_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("ix_releases_customer", "customer_id", "variant_id"),
)

#: Claims typed before their item could be claimed: never kept, told once when it opens.
early_claims = Table(
    "early_claims",
    metadata,
    identifier(),
    Column("show_id", ForeignKey("shows.id"), nullable=False),
    Column("item_id", ForeignKey("items.id"), nullable=False),
    Column("platform", String(16), nullable=False),
    Column("channel", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("told_at", Instant),
    UniqueConstraint("show_id", "item_id", "platform", "person"),
)

#: A hint said in a channel about one subject; those who need it soon after share the next one.
hints = Table(
    "hints",
    metadata,
    identifier(),
    Column("platform", String(16), nullable=False),
    Column("channel", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("values", JSON, nullable=False),
    Column("said_at", Instant, nullable=False),
    Column("due_at", Instant),
    UniqueConstraint("platform", "channel", "subject"),
    Index("ix_hints_due_at", "due_at"),
)

hint_people = Table(
    "hint_people",
    metadata,
    identifier(),
    Column("platform", String(16), nullable=False),
    Column("channel", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("values", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    Column("gathered", Boolean, nullable=False),
    UniqueConstraint("platform", "channel", "person", "subject"),
)

#: A code nobody knows, typed by several: the team says which item the host meant.
rescues = Table(
    "rescues",
    metadata,
    identifier(),
    Column("show_id", ForeignKey("shows.id"), nullable=False),
    Column("typed", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("item_id", ForeignKey("items.id")),
    Column("decided_at", Instant),
    one_of("state", RescueState),
    UniqueConstraint("show_id", "typed"),
)

rescue_lines = Table(
    "rescue_lines",
    metadata,
    identifier(),
    Column("rescue_id", ForeignKey("rescues.id"), nullable=False, index=True),
    Column("message_key", Text, nullable=False, unique=True),
    Column("platform", String(16), nullable=False),
    Column("person", Text, nullable=False),
    Column("sent_at", Instant, nullable=False),
)
