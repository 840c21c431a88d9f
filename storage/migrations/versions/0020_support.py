"""Conversations of customers with the team, and the pictures that they send.

Revision 0020, after 0019.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    _pictures()
    _threads()
    _messages()


def _pictures() -> None:
    op.create_table(
        "customer_pictures",
        sa.Column("id", _row_id(), autoincrement=True, nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("customer_id", _row_id(), nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("key_name", sa.String(length=16), nullable=True),
        sa.Column("mime", sa.String(length=20), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("forget_due", sa.BigInteger(), nullable=True),
        sa.Column("forgotten_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(content IS NULL) = (forgotten_at IS NOT NULL)",
            name=op.f("ck_customer_pictures_forgotten"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_customer_pictures_customer_id_customers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_pictures")),
        sa.UniqueConstraint("ref", name=op.f("uq_customer_pictures_ref")),
    )
    op.create_index(op.f("ix_customer_pictures_customer_id"), "customer_pictures", ["customer_id"])
    _index("customer_pictures", "forget_due")


def _threads() -> None:
    op.create_table(
        "support_threads",
        sa.Column("id", _row_id(), autoincrement=True, nullable=False),
        sa.Column("customer_id", _row_id(), nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("taken_by", sa.Text(), nullable=True),
        sa.Column("taken_platform", sa.String(length=16), nullable=True),
        sa.Column("taken_person", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.Column("read_told_at", sa.BigInteger(), nullable=True),
        sa.Column("answer_due", sa.BigInteger(), nullable=True),
        sa.Column("late_due", sa.BigInteger(), nullable=True),
        sa.Column("late_times", sa.Integer(), server_default="0", nullable=False),
        sa.Column("silent_due", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_support_threads_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_threads")),
    )
    op.create_index(op.f("ix_support_threads_customer_id"), "support_threads", ["customer_id"])
    op.create_index(
        "uq_support_threads_open",
        "support_threads",
        ["customer_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    for column in ("late_due", "silent_due"):
        _index("support_threads", column)


def _messages() -> None:
    op.create_table(
        "support_messages",
        sa.Column("id", _row_id(), autoincrement=True, nullable=False),
        sa.Column("thread_id", _row_id(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("theirs", sa.Boolean(), nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("key_name", sa.String(length=16), nullable=True),
        sa.Column("pictures", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), server_default="said", nullable=False),
        sa.CheckConstraint(
            "state IN ('said', 'refused', 'read')", name=op.f("ck_support_messages_state")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["support_threads.id"],
            name=op.f("fk_support_messages_thread_id_support_threads"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_messages")),
    )
    op.create_index(op.f("ix_support_messages_thread_id"), "support_messages", ["thread_id"])


def _index(table: str, column: str) -> None:
    op.create_index(
        f"ix_{table}_{column}",
        table,
        [column],
        sqlite_where=sa.text(f"{column} IS NOT NULL"),
        postgresql_where=sa.text(f"{column} IS NOT NULL"),
    )
