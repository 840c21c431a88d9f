"""Returns: what a customer wants to give back, each unit of it, and what is given for it."""

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
    true,
)

from storage.return_states import (
    Acceptance,
    Grade,
    Place,
    Reception,
    Reimbursement,
    ReturnKind,
    ReturnState,
)
from storage.schema.types import Instant, identifier, metadata, one_of

__all__ = [
    "reimbursements",
    "return_drafts",
    "return_events",
    "return_units",
    "returns",
]

returns = Table(
    "returns",
    metadata,
    identifier(),
    # As people say it: R-7K3F.
    Column("number", String(12), nullable=False, unique=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False),
    Column("order_id", ForeignKey("orders.id"), nullable=False, index=True),
    Column("kind", String(12), nullable=False),
    Column("state", String(16), nullable=False),
    Column("state_at", Instant, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("reason", String(40), nullable=False),
    Column("condition", String(16)),
    Column("wish", String(12), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("currency", String(3), nullable=False),
    # What its units cost, for whoever decides.
    Column("value_minor", BigInteger, nullable=False),
    # What the policy said, and why somebody decided otherwise.
    Column("verdict", String(24), nullable=False),
    Column("override_why", Text, nullable=False, server_default=""),
    Column("flags", JSON, nullable=False, default=list),
    Column("comes_back", Boolean, nullable=False, server_default=true()),
    Column("customer_pays_return", Boolean, nullable=False, server_default=false()),
    Column("label_minor", BigInteger, nullable=False, server_default="0"),
    Column("decided_by", Text, nullable=False, server_default=""),
    Column("decided_at", Instant),
    Column("declined_why", Text, nullable=False, server_default=""),
    Column("taken_by", Text, nullable=False, server_default=""),
    # The name is shown, the ids are compared.
    Column("taken_platform", String(16)),
    Column("taken_person", Text),
    # The team's next deadline, and when it was last told to be late.
    Column("due_at", Instant),
    Column("late_at", Instant),
    # The customer's: until when it is to be sent.
    Column("send_by", Instant),
    Column("remind_due", Instant),
    Column("carrier", Text, nullable=False, server_default=""),
    Column("tracking", Text),
    one_of("kind", ReturnKind),
    one_of("state", ReturnState),
    CheckConstraint("value_minor >= 0 AND label_minor >= 0", name="not_negative"),
    Index("ix_returns_customer", "customer_id", "id"),
    Index("ix_returns_state", "state", "id"),
    Index(
        "ix_returns_due_at",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    Index(
        "ix_returns_remind_due",
        "remind_due",
        sqlite_where=text("remind_due IS NOT NULL"),
        postgresql_where=text("remind_due IS NOT NULL"),
    ),
    Index(
        "ix_returns_send_by",
        "send_by",
        sqlite_where=text("send_by IS NOT NULL"),
        postgresql_where=text("send_by IS NOT NULL"),
    ),
)

#: One try to give something back; what failed is tried again with the same key.
reimbursements = Table(
    "reimbursements",
    metadata,
    identifier(),
    Column("return_id", ForeignKey("returns.id"), nullable=False, index=True),
    Column("key", String(80), nullable=False, unique=True),
    Column("wish", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("money_minor", BigInteger, nullable=False),
    Column("credit_minor", BigInteger, nullable=False),
    # The shop's gift inside of credit or of a new unit's price; and what is owed for that one.
    Column("bonus_minor", BigInteger, nullable=False, server_default="0"),
    Column("to_pay_minor", BigInteger, nullable=False, server_default="0"),
    # What was worth how much, as it was shown before anybody confirmed.
    Column("breakdown", JSON, nullable=False),
    # The order of the new units, where it is an exchange.
    Column("order_id", ForeignKey("orders.id"), index=True),
    Column("prepared_by", Text, nullable=False, server_default=""),
    Column("prepared_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("error", Text, nullable=False, server_default=""),
    one_of("state", Reimbursement),
    CheckConstraint(
        "money_minor >= 0 AND credit_minor >= 0 AND to_pay_minor >= 0 AND bonus_minor >= 0",
        name="not_negative",
    ),
)

return_units = Table(
    "return_units",
    metadata,
    identifier(),
    Column("return_id", ForeignKey("returns.id"), nullable=False, index=True),
    Column("line_id", ForeignKey("order_lines.id"), nullable=False),
    # The unit's number in its line, from 0: it keeps it for good.
    Column("number", Integer, nullable=False),
    # False once the return ended without it, so that it can be asked for anew.
    Column("live", Boolean, nullable=False, server_default=true()),
    Column("reception", String(12), nullable=False),
    Column("acceptance", String(12), nullable=False),
    Column("rejected_why", Text, nullable=False, server_default=""),
    Column("grade", String(1)),
    Column("place", String(12)),
    Column("inspected_by", Text, nullable=False, server_default=""),
    Column("inspected_at", Instant),
    Column("received_at", Instant),
    # When it raised stock, so that it does so once.
    Column("restocked_at", Instant),
    Column("fee_bp", Integer, nullable=False, server_default="0"),
    Column("shipping_rule", String(16), nullable=False),
    Column("bonus_bp", Integer, nullable=False, server_default="0"),
    # What it is exchanged for, and the hold that waits for the customer.
    Column("swap_variant_id", ForeignKey("variants.id")),
    Column("swap_hold_id", ForeignKey("holds.id")),
    Column("reimbursement_id", ForeignKey("reimbursements.id"), index=True),
    one_of("reception", Reception),
    one_of("acceptance", Acceptance),
    one_of("grade", Grade),
    one_of("place", Place),
    CheckConstraint("number >= 0 AND fee_bp BETWEEN 0 AND 10000", name="number"),
    # A unit is in one return at a time: the last fence against paying twice.
    Index(
        "uq_return_units_live",
        "line_id",
        "number",
        unique=True,
        sqlite_where=text("live"),
        postgresql_where=text("live"),
    ),
)

#: What happened to a return, in order; lines are only ever added.
return_events = Table(
    "return_events",
    metadata,
    identifier(),
    Column("return_id", ForeignKey("returns.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("state", String(16), nullable=False),
    Column("who", Text, nullable=False, server_default=""),
    Column("why", Text, nullable=False, server_default=""),
    one_of("state", ReturnState),
    Index("ix_return_events_return", "return_id", "at"),
)

#: A form that somebody has begun: it goes on where it stopped, also after a restart.
return_drafts = Table(
    "return_drafts",
    metadata,
    identifier(),
    Column("platform", String(16), nullable=False),
    Column("person", Text, nullable=False),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("form", JSON, nullable=False),
    # Whether its questions are asked in the DM; else behind buttons.
    Column("by_dm", Boolean, nullable=False, server_default=false()),
    Column("began_at", Instant, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("forget_due", Instant, nullable=False, index=True),
    UniqueConstraint("platform", "person"),
)
