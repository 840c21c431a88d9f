"""Parcels: what leaves together, who is packing it, what was scanned, and every stage's time."""

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
    UniqueConstraint,
    text,
)

from storage.order_states import ParcelState
from storage.schema.types import Instant, identifier, metadata, one_of

__all__ = [
    "line_parts",
    "pack_leases",
    "parcel_events",
    "parcel_lines",
    "parcel_parts",
    "parcels",
]

parcels = Table(
    "parcels",
    metadata,
    identifier(),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("address_id", ForeignKey("postal_addresses.id")),
    Column("method", String(40), nullable=False),
    Column("state", String(12), nullable=False),
    Column("state_at", Instant, nullable=False),
    # When it need not wait for further orders; empty until somebody asks.
    Column("ready_at", Instant),
    # From when on its customer hears that it is late; empty once they have.
    Column("delay_at", Instant),
    # The parcel that it was taken from, where one leaves in parts.
    Column("part_of", ForeignKey("parcels.id"), index=True),
    # What its orders paid for it to leave: taken once, as a whole.
    Column("currency", String(3), nullable=False),
    Column("shipping_minor", BigInteger, nullable=False, server_default="0"),
    Column("weight_g", Integer, nullable=False, server_default="0"),
    Column("wrong_scans", Integer, nullable=False, server_default="0"),
    # Leases given so far: who comes back too late has an older one.
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("parked_why", Text, nullable=False, server_default=""),
    # Which address is on the slip that lies on the table; empty before packing starts.
    Column("slip_mark", String(40), nullable=False, server_default=""),
    Column("carrier", Text, nullable=False, server_default=""),
    Column("tracking", Text),
    Column("handed_off_at", Instant),
    Column("delivered_at", Instant),
    one_of("state", ParcelState),
    CheckConstraint(
        "shipping_minor >= 0 AND weight_g >= 0 AND wrong_scans >= 0", name="not_negative"
    ),
    Index("ix_parcels_state", "state", "ready_at"),
    Index(
        "ix_parcels_tracking",
        "tracking",
        sqlite_where=text("tracking IS NOT NULL"),
        postgresql_where=text("tracking IS NOT NULL"),
    ),
)

parcel_lines = Table(
    "parcel_lines",
    metadata,
    Column("parcel_id", ForeignKey("parcels.id"), primary_key=True),
    Column("line_id", ForeignKey("order_lines.id"), primary_key=True),
    Column("units", Integer, nullable=False),
    Column("packed", Integer, nullable=False, server_default="0"),
    CheckConstraint("units > 0 AND packed BETWEEN 0 AND units", name="units"),
    Index("ix_parcel_lines_line_id", "line_id"),
)

#: What a bundle that was paid for is made of, as it was then, and how many units of its parts are
#: kept for it: `each` for one bundle, `kept` for all of the line.
line_parts = Table(
    "line_parts",
    metadata,
    Column("line_id", ForeignKey("order_lines.id"), primary_key=True),
    Column("variant_id", ForeignKey("variants.id"), primary_key=True),
    Column("each", Integer, nullable=False),
    Column("kept", Integer, nullable=False),
    CheckConstraint("each > 0 AND kept >= 0", name="units"),
    Index("ix_line_parts_variant_id", "variant_id"),
)

#: The parts of the bundles in a parcel, as they are scanned.
parcel_parts = Table(
    "parcel_parts",
    metadata,
    Column("parcel_id", ForeignKey("parcels.id"), primary_key=True),
    Column("line_id", ForeignKey("order_lines.id"), primary_key=True),
    Column("variant_id", ForeignKey("variants.id"), primary_key=True),
    Column("units", Integer, nullable=False),
    Column("packed", Integer, nullable=False, server_default="0"),
    CheckConstraint("units > 0 AND packed BETWEEN 0 AND units", name="units"),
    Index("ix_parcel_parts_line_id", "line_id"),
    Index("ix_parcel_parts_variant_id", "variant_id"),
)

#: What happened to a parcel, in order; lines are only ever added. Stages are timed by these.
parcel_events = Table(
    "parcel_events",
    metadata,
    identifier(),
    Column("parcel_id", ForeignKey("parcels.id"), nullable=False),
    Column("at", Instant, nullable=False),
    # An act of the state table, or what else was done; and the state that it left.
    Column("kind", String(24), nullable=False),
    Column("state", String(12), nullable=False),
    Column("who", Text, nullable=False, server_default=""),
    Column("why", Text, nullable=False, server_default=""),
    one_of("state", ParcelState),
    Index("ix_parcel_events_parcel", "parcel_id", "at"),
)

#: Who is packing what, and until when: one packer a parcel, and one parcel a packer.
pack_leases = Table(
    "pack_leases",
    metadata,
    Column("parcel_id", ForeignKey("parcels.id"), primary_key=True, autoincrement=False),
    Column("platform", String(16), nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("until", Instant, nullable=False, index=True),
    # How many scans it has answered, and what it said to the last: a page that comes back shows it.
    Column("scans", Integer, nullable=False, server_default="0"),
    Column("last_kind", String(16), nullable=False, server_default=""),
    Column("last_said", Text, nullable=False, server_default=""),
    UniqueConstraint("platform", "person"),
    CheckConstraint("fence > 0", name="fence"),
)
