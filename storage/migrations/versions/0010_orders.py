"""Orders: their lines, coupons, payments, store credit, parcels and times; who pays first.

Revision 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", _row_id(), autoincrement=True, nullable=False)


def _ref(name: str, *, empty: bool = False, counts: bool = True) -> sa.Column[int]:
    if not counts:
        return sa.Column(name, _row_id(), autoincrement=False, nullable=empty)
    return sa.Column(name, _row_id(), nullable=empty)


def _text(
    name: str, length: int | None = None, *, empty: bool = False, default: str | None = None
) -> sa.Column[str]:
    kind = sa.Text() if length is None else sa.String(length=length)
    return sa.Column(name, kind, server_default=default, nullable=empty)


def _long(name: str, *, empty: bool = False, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=default, nullable=empty)


def _number(name: str, *, empty: bool = False, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=default, nullable=empty)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


def _fk(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _index(
    name: str, table: str, columns: list[str], *, unique: bool = False, where: str | None = None
) -> None:
    only = None if where is None else sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=only, postgresql_where=only)


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    op.add_column("customers", _flag("pay_first"))
    _coupons_and_doors()
    _orders()
    _beside()
    _money()
    _parcels()


def _coupons_and_doors() -> None:
    op.create_table(
        "coupons",
        _id(),
        _text("key", 40),
        _text("code"),
        _text("kind", 16),
        _long("value"),
        _text("currency", 3, empty=True),
        sa.Column("items", sa.JSON(), nullable=False),
        _long("minimum_minor", default="0"),
        _long("valid_from", empty=True),
        _long("valid_until", empty=True),
        _number("most_uses", empty=True),
        _number("per_customer", empty=True),
        _flag("combines"),
        _number("uses", default="0"),
        _long("ended_at", empty=True),
        _check("coupons", "money", "kind <> 'amount' OR currency IS NOT NULL"),
        _check("coupons", "percent", "kind <> 'percent' OR value <= 1000000"),
        _check("coupons", "kind", "kind IN ('percent', 'amount', 'free_shipping')"),
        _check("coupons", "uses", "uses >= 0 AND uses <= most_uses"),
        _check("coupons", "not_negative", "value >= 0 AND minimum_minor >= 0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons")),
        sa.UniqueConstraint("key", name=op.f("uq_coupons_key")),
    )
    op.create_table(
        "order_counters",
        _ref("show_id", counts=False),
        _number("last"),
        _fk("order_counters", "show_id", "shows"),
        sa.PrimaryKeyConstraint("show_id", name=op.f("pk_order_counters")),
    )
    op.create_table(
        "postal_addresses",
        _id(),
        _ref("customer_id"),
        _text("country", 2),
        _text("content"),
        _text("key_name", 40, empty=True),
        _text("door", 64, empty=True),
        sa.Column("problems", sa.JSON(), nullable=False),
        _long("kept_at"),
        _long("forgotten_at", empty=True),
        _fk("postal_addresses", "customer_id", "customers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postal_addresses")),
    )
    _index("ix_postal_addresses_customer_id", "postal_addresses", ["customer_id"])
    _index("ix_postal_addresses_door", "postal_addresses", ["door"])


def _orders() -> None:
    op.create_table(
        "orders",
        _id(),
        _ref("show_id"),
        _number("serial"),
        _ref("customer_id"),
        _text("state", 16),
        _text("currency", 3),
        _long("opened_at"),
        _long("state_at"),
        _ref("address_id", empty=True),
        _text("method", 40, empty=True),
        _flag("send_now"),
        _text("note", default=""),
        _flag("under_review"),
        sa.Column("policy", sa.JSON(), nullable=True),
        _long("priced_at", empty=True),
        _long("goods_minor", empty=True),
        _long("discount_minor", empty=True),
        _long("shipping_minor", empty=True),
        _long("tax_included_minor", empty=True),
        _long("tax_added_minor", empty=True),
        _long("total_minor", empty=True),
        _long("credit_minor", default="0"),
        _long("received_minor", default="0"),
        _check(
            "orders",
            "state",
            "state IN ('open', 'awaiting_payment', 'paid', 'packing', 'packed', "
            "'handed_off', 'delivered', 'cancelled', 'expired')",
        ),
        _check(
            "orders",
            "priced",
            "state IN ('open', 'cancelled', 'expired') OR total_minor IS NOT NULL",
        ),
        _check(
            "orders",
            "not_negative",
            "goods_minor >= 0 AND discount_minor BETWEEN 0 AND goods_minor AND "
            "shipping_minor >= 0 AND tax_included_minor >= 0 AND tax_added_minor >= 0",
        ),
        _check(
            "orders",
            "tenders",
            "received_minor >= 0 AND credit_minor >= 0 AND credit_minor <= total_minor",
        ),
        _check("orders", "serial", "serial > 0"),
        _check(
            "orders",
            "adds_up",
            "total_minor = goods_minor - discount_minor + shipping_minor + tax_added_minor",
        ),
        _fk("orders", "address_id", "postal_addresses"),
        _fk("orders", "customer_id", "customers"),
        _fk("orders", "show_id", "shows"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("show_id", "serial", name=op.f("uq_orders_show_id_serial")),
    )
    _index("ix_orders_customer_id", "orders", ["customer_id"])
    _index("ix_orders_state", "orders", ["state", "state_at"])
    _index(
        "uq_orders_open", "orders", ["customer_id", "show_id"], unique=True, where="state = 'open'"
    )
    op.create_table(
        "order_lines",
        _id(),
        _ref("order_id"),
        _ref("hold_id", empty=True),
        _long("ended_at", empty=True),
        _ref("variant_id"),
        _number("quantity"),
        _text("code", 20),
        _text("sku"),
        _text("title"),
        _text("variant", empty=True),
        _long("unit_minor"),
        _text("tax_class", 40, default=""),
        _flag("final_sale"),
        _number("weight_g", default="0"),
        _number("tax_rate", empty=True),
        _long("discount_minor", empty=True),
        _long("tax_included_minor", empty=True),
        _long("tax_added_minor", empty=True),
        _long("total_minor", empty=True),
        _check(
            "order_lines",
            "not_negative",
            "discount_minor BETWEEN 0 AND quantity * unit_minor AND tax_included_minor "
            ">= 0 AND tax_added_minor >= 0",
        ),
        _check("order_lines", "quantity", "quantity > 0 AND unit_minor >= 0 AND weight_g >= 0"),
        _check(
            "order_lines",
            "adds_up",
            "total_minor = quantity * unit_minor - discount_minor + tax_added_minor",
        ),
        _fk("order_lines", "hold_id", "holds"),
        _fk("order_lines", "order_id", "orders"),
        _fk("order_lines", "variant_id", "variants"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_order_lines_hold_id")),
    )
    _index("ix_order_lines_order_id", "order_lines", ["order_id"])
    _index("ix_order_lines_variant_id", "order_lines", ["variant_id"])


def _beside() -> None:
    op.create_table(
        "coupon_uses",
        _ref("coupon_id"),
        _ref("order_id"),
        _ref("customer_id"),
        _long("at"),
        _fk("coupon_uses", "coupon_id", "coupons"),
        _fk("coupon_uses", "customer_id", "customers"),
        _fk("coupon_uses", "order_id", "orders"),
        sa.PrimaryKeyConstraint("coupon_id", "order_id", name=op.f("pk_coupon_uses")),
    )
    _index("ix_coupon_uses_customer", "coupon_uses", ["customer_id", "coupon_id"])
    _index("ix_coupon_uses_order_id", "coupon_uses", ["order_id"])
    op.create_table(
        "order_discounts",
        _id(),
        _ref("order_id"),
        _number("position"),
        _text("kind", 16),
        _long("value"),
        sa.Column("items", sa.JSON(), nullable=False),
        _text("label"),
        _ref("coupon_id", empty=True),
        _text("given_by", default=""),
        _text("why", default=""),
        _long("taken_minor", empty=True),
        _check("order_discounts", "percent", "kind <> 'percent' OR value <= 1000000"),
        _check("order_discounts", "kind", "kind IN ('percent', 'amount', 'free_shipping')"),
        _check("order_discounts", "not_negative", "value >= 0 AND taken_minor >= 0"),
        _fk("order_discounts", "coupon_id", "coupons"),
        _fk("order_discounts", "order_id", "orders"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_discounts")),
        sa.UniqueConstraint(
            "order_id", "coupon_id", name=op.f("uq_order_discounts_order_id_coupon_id")
        ),
        sa.UniqueConstraint(
            "order_id", "position", name=op.f("uq_order_discounts_order_id_position")
        ),
    )
    _index("ix_order_discounts_order_id", "order_discounts", ["order_id"])
    op.create_table(
        "order_events",
        _id(),
        _ref("order_id"),
        _long("at"),
        _text("kind", 24),
        _text("state", 16),
        _text("who", default=""),
        _text("why", default=""),
        _check(
            "order_events",
            "state",
            "state IN ('open', 'awaiting_payment', 'paid', 'packing', 'packed', "
            "'handed_off', 'delivered', 'cancelled', 'expired')",
        ),
        _fk("order_events", "order_id", "orders"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_events")),
    )
    _index("ix_order_events_order", "order_events", ["order_id", "at"])


def _money() -> None:
    op.create_table(
        "payments",
        _id(),
        _ref("order_id"),
        _text("way", 16),
        _text("state", 12),
        _text("idempotency_key", 80),
        _text("reference", empty=True),
        _long("amount_minor"),
        _text("currency", 3),
        _long("received_minor", default="0"),
        _text("received_currency", 3, empty=True),
        _long("refunded_minor", default="0"),
        _text("url", empty=True),
        _long("prepared_at"),
        _long("expires_at", empty=True),
        _long("poll_due", empty=True),
        _long("settled_at", empty=True),
        _text("marked_by", default=""),
        _text("error", default=""),
        _check(
            "payments",
            "state",
            "state IN ('prepared', 'open', 'paid', 'declined', 'expired', 'cancelled', 'disputed')",
        ),
        _check("payments", "way", "way IN ('manual', 'stripe', 'hook')"),
        _check(
            "payments",
            "not_negative",
            "amount_minor >= 0 AND received_minor >= 0 AND refunded_minor >= 0 AND "
            "refunded_minor <= received_minor",
        ),
        _fk("payments", "order_id", "orders"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_payments_idempotency_key")),
        sa.UniqueConstraint("way", "reference", name=op.f("uq_payments_way_reference")),
    )
    _index("ix_payments_order_id", "payments", ["order_id"])
    _index("ix_payments_poll_due", "payments", ["poll_due"], where="poll_due IS NOT NULL")
    _index(
        "uq_payments_live",
        "payments",
        ["order_id"],
        unique=True,
        where="state IN ('prepared', 'open')",
    )
    op.create_table(
        "payment_events",
        _text("way", 16),
        _text("event_id", 255),
        _text("kind", 80),
        _text("reference"),
        _ref("payment_id", empty=True),
        _long("occurred_at", empty=True),
        _long("received_at"),
        _long("handled_at", empty=True),
        _check("payment_events", "way", "way IN ('manual', 'stripe', 'hook')"),
        _fk("payment_events", "payment_id", "payments"),
        sa.PrimaryKeyConstraint("way", "event_id", name=op.f("pk_payment_events")),
    )
    _index("ix_payment_events_payment_id", "payment_events", ["payment_id"])
    op.create_table(
        "credit_ledger",
        _id(),
        _ref("customer_id"),
        _text("currency", 3),
        _number("line"),
        _text("kind", 12),
        _long("minor"),
        _long("balance_minor"),
        _ref("order_id", empty=True),
        _text("key", 80),
        _text("who"),
        _text("why"),
        _long("at"),
        _check(
            "credit_ledger",
            "direction",
            "(kind IN ('spent', 'withdrawn') AND minor < 0) OR (kind NOT IN ('spent', "
            "'withdrawn') AND minor > 0)",
        ),
        _check(
            "credit_ledger",
            "kind",
            "kind IN ('granted', 'returned', 'spent', 'given_back', 'withdrawn')",
        ),
        _check("credit_ledger", "never_overspent", "line > 0 AND balance_minor >= 0"),
        _fk("credit_ledger", "customer_id", "customers"),
        _fk("credit_ledger", "order_id", "orders"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_ledger")),
        sa.UniqueConstraint(
            "customer_id",
            "currency",
            "line",
            name=op.f("uq_credit_ledger_customer_id_currency_line"),
        ),
        sa.UniqueConstraint("key", name=op.f("uq_credit_ledger_key")),
    )
    _index("ix_credit_ledger_order_id", "credit_ledger", ["order_id"])


def _parcels() -> None:
    op.create_table(
        "parcels",
        _id(),
        _ref("customer_id"),
        _ref("address_id", empty=True),
        _text("method", 40),
        _text("state", 12),
        _long("state_at"),
        _long("ready_at", empty=True),
        _ref("part_of", empty=True),
        _text("currency", 3),
        _long("shipping_minor", default="0"),
        _number("weight_g", default="0"),
        _number("wrong_scans", default="0"),
        _number("fence", default="0"),
        _text("parked_why", default=""),
        _text("carrier", default=""),
        _text("tracking", empty=True),
        _long("handed_off_at", empty=True),
        _long("delivered_at", empty=True),
        _check(
            "parcels",
            "state",
            "state IN ('gathering', 'ready', 'packing', 'parked', 'packed', "
            "'handed_off', 'delivered', 'cancelled')",
        ),
        _check(
            "parcels", "not_negative", "shipping_minor >= 0 AND weight_g >= 0 AND wrong_scans >= 0"
        ),
        _fk("parcels", "address_id", "postal_addresses"),
        _fk("parcels", "customer_id", "customers"),
        _fk("parcels", "part_of", "parcels"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcels")),
    )
    _index("ix_parcels_customer_id", "parcels", ["customer_id"])
    _index("ix_parcels_part_of", "parcels", ["part_of"])
    _index("ix_parcels_state", "parcels", ["state", "ready_at"])
    _index("ix_parcels_tracking", "parcels", ["tracking"], where="tracking IS NOT NULL")
    op.create_table(
        "parcel_lines",
        _ref("parcel_id"),
        _ref("line_id"),
        _number("units"),
        _number("packed", default="0"),
        _check("parcel_lines", "units", "units > 0 AND packed BETWEEN 0 AND units"),
        _fk("parcel_lines", "line_id", "order_lines"),
        _fk("parcel_lines", "parcel_id", "parcels"),
        sa.PrimaryKeyConstraint("parcel_id", "line_id", name=op.f("pk_parcel_lines")),
    )
    _index("ix_parcel_lines_line_id", "parcel_lines", ["line_id"])
    op.create_table(
        "parcel_events",
        _id(),
        _ref("parcel_id"),
        _long("at"),
        _text("kind", 24),
        _text("state", 12),
        _text("who", default=""),
        _text("why", default=""),
        _check(
            "parcel_events",
            "state",
            "state IN ('gathering', 'ready', 'packing', 'parked', 'packed', "
            "'handed_off', 'delivered', 'cancelled')",
        ),
        _fk("parcel_events", "parcel_id", "parcels"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel_events")),
    )
    _index("ix_parcel_events_parcel", "parcel_events", ["parcel_id", "at"])
    op.create_table(
        "pack_leases",
        _ref("parcel_id", counts=False),
        _text("platform", 16),
        _text("person"),
        _text("name"),
        _number("fence"),
        _long("taken_at"),
        _long("until"),
        _check("pack_leases", "fence", "fence > 0"),
        _fk("pack_leases", "parcel_id", "parcels"),
        sa.PrimaryKeyConstraint("parcel_id", name=op.f("pk_pack_leases")),
        sa.UniqueConstraint("platform", "person", name=op.f("uq_pack_leases_platform_person")),
    )
    _index("ix_pack_leases_until", "pack_leases", ["until"])
