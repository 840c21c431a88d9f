"""Lamps that remember what has fired, marks by item and show, and pauses for a count.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    for table in ("items", "shows"):
        op.add_column(table, sa.Column("amber_percent", sa.Integer(), nullable=True))
        op.add_column(table, sa.Column("pause_percent", sa.Integer(), nullable=True))
    for name in ("soft_paused_at", "resume_due", "lamp_since", "lamp_variant"):
        op.add_column("items", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_items_resume_due"), "items", ["resume_due"])
    op.add_column(
        "variants",
        sa.Column("lamp", sa.String(length=8), server_default="green", nullable=False),
    )
    op.add_column(
        "variants",
        sa.Column("count_unsure", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("variants", sa.Column("counted_at", sa.BigInteger(), nullable=True))
