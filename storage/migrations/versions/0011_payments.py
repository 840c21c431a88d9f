"""Payments as they are asked of a provider, what it told, and money that goes back.

Revision 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _instant(name: str, *, empty: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=empty)


def _count(name: str, default: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=default, nullable=False)


def _index(name: str, table: str, column: str, *, where: str | None = None) -> None:
    only = None if where is None else sa.text(where)
    op.create_index(name, table, [column], sqlite_where=only, postgresql_where=only)


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    op.add_column("payments", sa.Column("charge", sa.Text(), nullable=True))
    op.add_column("payments", sa.Column("request", sa.JSON(), nullable=True))
    op.add_column("payments", _count("attempts", "0"))
    op.add_column("payments", _instant("uncertain_at"))
    op.add_column("payments", sa.Column("reply_to", sa.Text(), nullable=True))
    op.add_column("payments", _instant("reply_until"))
    op.add_column("payments", sa.Column("news", sa.JSON(), nullable=True))
    _index("ix_payments_charge", "payments", "charge")
    _index("ix_payments_reply_until", "payments", "reply_until", where="reply_until IS NOT NULL")
    op.add_column("payment_events", sa.Column("notice", sa.JSON(), nullable=True))
    _refunds()


def _refunds() -> None:
    op.create_table(
        "payment_refunds",
        sa.Column("id", _row_id(), autoincrement=True, nullable=False),
        sa.Column("payment_id", _row_id(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        _count("tries", "1"),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        _instant("prepared_at", empty=False),
        _instant("due_at"),
        _count("attempts", "0"),
        _instant("uncertain_at"),
        _instant("settled_at"),
        sa.Column("marked_by", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('prepared', 'pending', 'paid', 'failed')",
            name=op.f("ck_payment_refunds_state"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_refunds_amount")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_payment_refunds_payment_id_payments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_refunds")),
        sa.UniqueConstraint("key", name=op.f("uq_payment_refunds_key")),
    )
    _index("ix_payment_refunds_payment_id", "payment_refunds", "payment_id")
    _index("ix_payment_refunds_reference", "payment_refunds", "reference")
    _index("ix_payment_refunds_due_at", "payment_refunds", "due_at", where="due_at IS NOT NULL")
