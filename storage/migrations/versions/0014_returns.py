"""What customers give back, unit by unit, and what is given for it.

Revision 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    _return_drafts()
    _returns()
    _reimbursements()
    _return_events()
    _return_units()


def _return_drafts() -> None:
    op.create_table(
        "return_drafts",
        sa.Column("id", _row_id(), autoincrement=True, nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("customer_id", _row_id(), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("by_dm", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("forget_due", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_return_drafts_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_drafts")),
        sa.UniqueConstraint("platform", "person", name=op.f("uq_return_drafts_platform_person")),
    )
    op.create_index(
        op.f("ix_return_drafts_customer_id"), "return_drafts", ["customer_id"], unique=False
    )
    op.create_index(
        op.f("ix_return_drafts_forget_due"), "return_drafts", ["forget_due"], unique=False
    )


def _returns() -> None:
    op.create_table(
        "returns",
        sa.Column("id", _row_id(), autoincrement=True, nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("customer_id", _row_id(), nullable=False),
        sa.Column("order_id", _row_id(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_at", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("condition", sa.String(length=16), nullable=True),
        sa.Column("wish", sa.String(length=12), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=24), nullable=False),
        sa.Column("override_why", sa.Text(), server_default="", nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("comes_back", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("customer_pays_return", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("label_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("declined_why", sa.Text(), server_default="", nullable=False),
        sa.Column("taken_by", sa.Text(), server_default="", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("late_at", sa.BigInteger(), nullable=True),
        sa.Column("send_by", sa.BigInteger(), nullable=True),
        sa.Column("carrier", sa.Text(), server_default="", nullable=False),
        sa.Column("tracking", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('return', 'complaint')", name=op.f("ck_returns_kind")),
        sa.CheckConstraint(
            "state IN ('requested', 'approved', 'declined', 'in_transit', 'partly_received',"
            " 'received', 'closed', 'cancelled', 'expired')",
            name=op.f("ck_returns_state"),
        ),
        sa.CheckConstraint(
            "value_minor >= 0 AND label_minor >= 0", name=op.f("ck_returns_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_returns_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_returns_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
        sa.UniqueConstraint("number", name=op.f("uq_returns_number")),
    )
    op.create_index("ix_returns_customer", "returns", ["customer_id", "id"], unique=False)
    op.create_index(
        "ix_returns_due_at",
        "returns",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_returns_order_id"), "returns", ["order_id"], unique=False)
    op.create_index(
        "ix_returns_send_by",
        "returns",
        ["send_by"],
        unique=False,
        sqlite_where=sa.text("send_by IS NOT NULL"),
        postgresql_where=sa.text("send_by IS NOT NULL"),
    )
    op.create_index("ix_returns_state", "returns", ["state", "id"], unique=False)


def _reimbursements() -> None:
    op.create_table(
        "reimbursements",
        sa.Column("id", _row_id(), autoincrement=True, nullable=False),
        sa.Column("return_id", _row_id(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("wish", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("money_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("bonus_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("to_pay_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("breakdown", sa.JSON(), nullable=False),
        sa.Column("order_id", _row_id(), nullable=True),
        sa.Column("prepared_by", sa.Text(), server_default="", nullable=False),
        sa.Column("prepared_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('prepared', 'paid', 'failed')", name=op.f("ck_reimbursements_state")
        ),
        sa.CheckConstraint(
            "money_minor >= 0 AND credit_minor >= 0 AND to_pay_minor >= 0 AND bonus_minor >= 0",
            name=op.f("ck_reimbursements_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_reimbursements_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["returns.id"], name=op.f("fk_reimbursements_return_id_returns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reimbursements")),
        sa.UniqueConstraint("key", name=op.f("uq_reimbursements_key")),
    )
    op.create_index(
        op.f("ix_reimbursements_order_id"), "reimbursements", ["order_id"], unique=False
    )
    op.create_index(
        op.f("ix_reimbursements_return_id"), "reimbursements", ["return_id"], unique=False
    )


def _return_events() -> None:
    op.create_table(
        "return_events",
        sa.Column("id", _row_id(), autoincrement=True, nullable=False),
        sa.Column("return_id", _row_id(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("who", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'approved', 'declined', 'in_transit', 'partly_received',"
            " 'received', 'closed', 'cancelled', 'expired')",
            name=op.f("ck_return_events_state"),
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["returns.id"], name=op.f("fk_return_events_return_id_returns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_events")),
    )
    op.create_index("ix_return_events_return", "return_events", ["return_id", "at"], unique=False)


def _return_units() -> None:
    op.create_table(
        "return_units",
        sa.Column("id", _row_id(), autoincrement=True, nullable=False),
        sa.Column("return_id", _row_id(), nullable=False),
        sa.Column("line_id", _row_id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("reception", sa.String(length=12), nullable=False),
        sa.Column("acceptance", sa.String(length=12), nullable=False),
        sa.Column("rejected_why", sa.Text(), server_default="", nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=True),
        sa.Column("place", sa.String(length=12), nullable=True),
        sa.Column("inspected_by", sa.Text(), server_default="", nullable=False),
        sa.Column("inspected_at", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=True),
        sa.Column("restocked_at", sa.BigInteger(), nullable=True),
        sa.Column("fee_bp", sa.Integer(), server_default="0", nullable=False),
        sa.Column("shipping_rule", sa.String(length=16), nullable=False),
        sa.Column("bonus_bp", sa.Integer(), server_default="0", nullable=False),
        sa.Column("swap_variant_id", _row_id(), nullable=True),
        sa.Column("swap_hold_id", _row_id(), nullable=True),
        sa.Column("reimbursement_id", _row_id(), nullable=True),
        sa.CheckConstraint(
            "acceptance IN ('pending', 'accepted', 'rejected', 'person')",
            name=op.f("ck_return_units_acceptance"),
        ),
        sa.CheckConstraint("grade IN ('a', 'b', 'c', 'd')", name=op.f("ck_return_units_grade")),
        sa.CheckConstraint(
            "place IN ('stock', 'hold', 'refurbish', 'recycle', 'donate', 'scrap')",
            name=op.f("ck_return_units_place"),
        ),
        sa.CheckConstraint(
            "reception IN ('awaiting', 'not_needed', 'in_transit', 'received', 'lost',"
            " 'wrong_item', 'never_came')",
            name=op.f("ck_return_units_reception"),
        ),
        sa.CheckConstraint(
            "number >= 0 AND fee_bp BETWEEN 0 AND 10000", name=op.f("ck_return_units_number")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_lines.id"], name=op.f("fk_return_units_line_id_order_lines")
        ),
        sa.ForeignKeyConstraint(
            ["reimbursement_id"],
            ["reimbursements.id"],
            name=op.f("fk_return_units_reimbursement_id_reimbursements"),
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["returns.id"], name=op.f("fk_return_units_return_id_returns")
        ),
        sa.ForeignKeyConstraint(
            ["swap_hold_id"], ["holds.id"], name=op.f("fk_return_units_swap_hold_id_holds")
        ),
        sa.ForeignKeyConstraint(
            ["swap_variant_id"],
            ["variants.id"],
            name=op.f("fk_return_units_swap_variant_id_variants"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_units")),
    )
    op.create_index(
        op.f("ix_return_units_reimbursement_id"), "return_units", ["reimbursement_id"], unique=False
    )
    op.create_index(op.f("ix_return_units_return_id"), "return_units", ["return_id"], unique=False)
    op.create_index(
        "uq_return_units_live",
        "return_units",
        ["line_id", "number"],
        unique=True,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )
