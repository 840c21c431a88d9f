"""Which report of a show comes next.

Revision 0018, after 0017.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    op.create_table(
        "show_reports",
        sa.Column(
            "show_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("edition", sa.String(length=5), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("edition IN ('first', 'final')", name=op.f("ck_show_reports_edition")),
        sa.ForeignKeyConstraint(
            ["show_id"], ["shows.id"], name=op.f("fk_show_reports_show_id_shows")
        ),
        sa.PrimaryKeyConstraint("show_id", name=op.f("pk_show_reports")),
    )
    op.create_index(op.f("ix_show_reports_due_at"), "show_reports", ["due_at"], unique=False)
