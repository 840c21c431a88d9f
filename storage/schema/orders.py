"""Orders: what was claimed, priced and paid for; coupons, payments, store credit, and where to.

Amounts are minor units of the order's one currency. They are empty until an order is priced, and
then the database itself checks that they add up.
"""

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

from storage.order_states import (
    CreditKind,
    DiscountKind,
    OrderState,
    PaymentState,
    PaymentWay,
)
from storage.schema.types import Instant, identifier, metadata, one_of

__all__ = [
    "coupon_uses",
    "coupons",
    "credit_ledger",
    "order_counters",
    "order_discounts",
    "order_events",
    "order_lines",
    "orders",
    "payment_events",
    "payments",
    "postal_addresses",
]

#: Where customers live. The content is one text, so that it can be encrypted whole; it is read only
#: by those who need it, and never joined into a list. A change is a new row.
postal_addresses = Table(
    "postal_addresses",
    metadata,
    identifier(),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("country", String(2), nullable=False),
    Column("content", Text, nullable=False),
    # The name of the key that it is encrypted with; empty where it is not.
    Column("key_name", String(40)),
    # A keyed hash of what addresses of one door have in common: those are worth comparing.
    Column("door", String(64), index=True),
    # Fields and faults, never what stood there.
    Column("problems", JSON, nullable=False, default=list),
    Column("kept_at", Instant, nullable=False),
    Column("forgotten_at", Instant),
)

#: The last number given in each show; orders are counted from 1.
order_counters = Table(
    "order_counters",
    metadata,
    Column("show_id", ForeignKey("shows.id"), primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

orders = Table(
    "orders",
    metadata,
    identifier(),
    Column("show_id", ForeignKey("shows.id"), nullable=False),
    Column("serial", Integer, nullable=False),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("state_at", Instant, nullable=False),
    Column("address_id", ForeignKey("postal_addresses.id")),
    # The key of the shop's shipping rule, and whether its customer wants it now.
    Column("method", String(40)),
    Column("send_now", Boolean, nullable=False, server_default=false()),
    Column("note", Text, nullable=False, server_default=""),
    # An open exception keeps it in the house.
    Column("under_review", Boolean, nullable=False, server_default=false()),
    # The rules for returns as they were when it was placed.
    Column("policy", JSON),
    Column("priced_at", Instant),
    Column("goods_minor", BigInteger),
    Column("discount_minor", BigInteger),
    Column("shipping_minor", BigInteger),
    Column("tax_included_minor", BigInteger),
    Column("tax_added_minor", BigInteger),
    Column("total_minor", BigInteger),
    Column("credit_minor", BigInteger, nullable=False, server_default="0"),
    Column("received_minor", BigInteger, nullable=False, server_default="0"),
    one_of("state", OrderState),
    UniqueConstraint("show_id", "serial"),
    CheckConstraint("serial > 0", name="serial"),
    CheckConstraint(
        "goods_minor >= 0 AND discount_minor BETWEEN 0 AND goods_minor AND shipping_minor >= 0"
        " AND tax_included_minor >= 0 AND tax_added_minor >= 0",
        name="not_negative",
    ),
    CheckConstraint(
        "total_minor = goods_minor - discount_minor + shipping_minor + tax_added_minor",
        name="adds_up",
    ),
    CheckConstraint(
        "received_minor >= 0 AND credit_minor >= 0 AND credit_minor <= total_minor", name="tenders"
    ),
    # What is paid for has a price.
    CheckConstraint(
        "state IN ('open', 'cancelled', 'expired') OR total_minor IS NOT NULL", name="priced"
    ),
    Index(
        "uq_orders_open",
        "customer_id",
        "show_id",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index("ix_orders_state", "state", "state_at"),
)

order_lines = Table(
    "order_lines",
    metadata,
    identifier(),
    Column("order_id", ForeignKey("orders.id"), nullable=False, index=True),
    # The units behind it; where the hold ended unpaid, so did the line.
    Column("hold_id", ForeignKey("holds.id"), unique=True),
    # The claim of one who pays first: no units stand behind it before it is paid.
    Column("claim_id", BigInteger),
    Column("ended_at", Instant),
    Column("variant_id", ForeignKey("variants.id"), nullable=False, index=True),
    Column("quantity", Integer, nullable=False),
    # Copied: what the item is called or costs later changes no order.
    Column("code", String(20), nullable=False),
    Column("sku", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("variant", Text),
    Column("unit_minor", BigInteger, nullable=False),
    Column("tax_class", String(40), nullable=False, server_default=""),
    Column("final_sale", Boolean, nullable=False, server_default=false()),
    Column("weight_g", Integer, nullable=False, server_default="0"),
    # Millionths; with the amounts below empty until priced.
    Column("tax_rate", Integer),
    Column("discount_minor", BigInteger),
    Column("tax_included_minor", BigInteger),
    Column("tax_added_minor", BigInteger),
    Column("total_minor", BigInteger),
    Index("ix_order_lines_claim_id", "claim_id", unique=True),
    CheckConstraint("quantity > 0 AND unit_minor >= 0 AND weight_g >= 0", name="quantity"),
    CheckConstraint(
        "discount_minor BETWEEN 0 AND quantity * unit_minor"
        " AND tax_included_minor >= 0 AND tax_added_minor >= 0",
        name="not_negative",
    ),
    CheckConstraint(
        "total_minor = quantity * unit_minor - discount_minor + tax_added_minor", name="adds_up"
    ),
)

coupons = Table(
    "coupons",
    metadata,
    identifier(),
    # As people may spell it: without case, spaces and hyphens.
    Column("key", String(40), nullable=False, unique=True),
    Column("code", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    # Millionths or minor units.
    Column("value", BigInteger, nullable=False),
    Column("currency", String(3)),
    Column("items", JSON, nullable=False, default=list),
    Column("minimum_minor", BigInteger, nullable=False, server_default="0"),
    Column("valid_from", Instant),
    Column("valid_until", Instant),
    Column("most_uses", Integer),
    Column("per_customer", Integer),
    Column("combines", Boolean, nullable=False, server_default=false()),
    # Counted here, so that the last use is given once however many ask for it.
    Column("uses", Integer, nullable=False, server_default="0"),
    Column("ended_at", Instant),
    one_of("kind", DiscountKind),
    CheckConstraint("value >= 0 AND minimum_minor >= 0", name="not_negative"),
    CheckConstraint("uses >= 0 AND uses <= most_uses", name="uses"),
    CheckConstraint("kind <> 'percent' OR value <= 1000000", name="percent"),
    CheckConstraint("kind <> 'amount' OR currency IS NOT NULL", name="money"),
)

coupon_uses = Table(
    "coupon_uses",
    metadata,
    Column("coupon_id", ForeignKey("coupons.id"), primary_key=True),
    Column("order_id", ForeignKey("orders.id"), primary_key=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_coupon_uses_customer", "customer_id", "coupon_id"),
    Index("ix_coupon_uses_order_id", "order_id"),
)

#: What is taken off an order, in the order in which it is taken.
order_discounts = Table(
    "order_discounts",
    metadata,
    identifier(),
    Column("order_id", ForeignKey("orders.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("items", JSON, nullable=False, default=list),
    Column("label", Text, nullable=False),
    # A coupon's, or given by somebody of the team and why.
    Column("coupon_id", ForeignKey("coupons.id")),
    Column("given_by", Text, nullable=False, server_default=""),
    Column("why", Text, nullable=False, server_default=""),
    # What it took, once priced.
    Column("taken_minor", BigInteger),
    one_of("kind", DiscountKind),
    UniqueConstraint("order_id", "position"),
    UniqueConstraint("order_id", "coupon_id"),
    CheckConstraint("value >= 0 AND taken_minor >= 0", name="not_negative"),
    CheckConstraint("kind <> 'percent' OR value <= 1000000", name="percent"),
)

#: One attempt to pay an order. No datum of a card comes here.
payments = Table(
    "payments",
    metadata,
    identifier(),
    Column("order_id", ForeignKey("orders.id"), nullable=False, index=True),
    Column("way", String(16), nullable=False),
    Column("state", String(12), nullable=False),
    # Sent with every request about it: what is asked twice happens once.
    Column("idempotency_key", String(80), nullable=False, unique=True),
    # The provider's name of it, once it has one, and that of the money that was taken.
    Column("reference", Text),
    Column("charge", Text),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("received_minor", BigInteger, nullable=False, server_default="0"),
    Column("received_currency", String(3)),
    Column("refunded_minor", BigInteger, nullable=False, server_default="0"),
    # Where its customer pays; it dies with the session.
    Column("url", Text),
    Column("prepared_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("poll_due", Instant),
    Column("settled_at", Instant),
    # Who says so, where a person of the team marked it as paid.
    Column("marked_by", Text, nullable=False, server_default=""),
    Column("error", Text, nullable=False, server_default=""),
    # What it pays for, line by line, as it was when it was asked for: that is what is sent again.
    Column("request", JSON),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # When the provider last left it open whether something was done.
    Column("uncertain_at", Instant),
    # Where the press waits for its link; cut as soon as it is said, or can be said there no more.
    Column("reply_to", Text),
    Column("reply_until", Instant),
    # The key of the newest sentence to its customer, and what fills it.
    Column("news", JSON),
    one_of("way", PaymentWay),
    one_of("state", PaymentState),
    UniqueConstraint("way", "reference"),
    CheckConstraint(
        "amount_minor >= 0 AND received_minor >= 0 AND refunded_minor >= 0"
        " AND refunded_minor <= received_minor",
        name="not_negative",
    ),
    Index(
        "ix_payments_poll_due",
        "poll_due",
        sqlite_where=text("poll_due IS NOT NULL"),
        postgresql_where=text("poll_due IS NOT NULL"),
    ),
    Index("ix_payments_charge", "charge"),
    Index(
        "ix_payments_reply_until",
        "reply_until",
        sqlite_where=text("reply_until IS NOT NULL"),
        postgresql_where=text("reply_until IS NOT NULL"),
    ),
    # Two open ways to pay one order could be paid twice.
    Index(
        "uq_payments_live",
        "order_id",
        unique=True,
        sqlite_where=text("state IN ('prepared', 'open')"),
        postgresql_where=text("state IN ('prepared', 'open')"),
    ),
)

#: What a provider told: the same event may come a hundred times, late, or before our own commit.
payment_events = Table(
    "payment_events",
    metadata,
    Column("way", String(16), primary_key=True),
    Column("event_id", String(255), primary_key=True),
    Column("kind", String(80), nullable=False),
    Column("reference", Text, nullable=False),
    Column("payment_id", ForeignKey("payments.id"), index=True),
    Column("occurred_at", Instant),
    Column("received_at", Instant, nullable=False),
    # Empty while it waits for a payment that is not known yet; then it is told again from this.
    Column("handled_at", Instant),
    Column("notice", JSON),
    one_of("way", PaymentWay),
)

#: Store credit, up and down. A line carries what it leaves; two that count alike are refused.
credit_ledger = Table(
    "credit_ledger",
    metadata,
    identifier(),
    Column("customer_id", ForeignKey("customers.id"), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("line", Integer, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("balance_minor", BigInteger, nullable=False),
    Column("order_id", ForeignKey("orders.id"), index=True),
    # What it came from: written once, however often it is asked for.
    Column("key", String(80), nullable=False, unique=True),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Instant, nullable=False),
    one_of("kind", CreditKind),
    UniqueConstraint("customer_id", "currency", "line"),
    CheckConstraint("line > 0 AND balance_minor >= 0", name="never_overspent"),
    CheckConstraint(
        "(kind IN ('spent', 'withdrawn') AND minor < 0)"
        " OR (kind NOT IN ('spent', 'withdrawn') AND minor > 0)",
        name="direction",
    ),
)

#: What happened to an order, in order; lines are only ever added. Stages are timed by these.
order_events = Table(
    "order_events",
    metadata,
    identifier(),
    Column("order_id", ForeignKey("orders.id"), nullable=False),
    Column("at", Instant, nullable=False),
    # An act of the state table, or what else was done; and the state that it left.
    Column("kind", String(24), nullable=False),
    Column("state", String(16), nullable=False),
    Column("who", Text, nullable=False, server_default=""),
    Column("why", Text, nullable=False, server_default=""),
    one_of("state", OrderState),
    Index("ix_order_events_order", "order_id", "at"),
)
