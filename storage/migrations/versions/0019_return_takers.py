"""Who has a return, by their ids, and when its customer is reminded to send it.

Revision 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    op.add_column("returns", sa.Column("taken_platform", sa.String(length=16), nullable=True))
    op.add_column("returns", sa.Column("taken_person", sa.Text(), nullable=True))
    op.add_column("returns", sa.Column("remind_due", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_returns_remind_due",
        "returns",
        ["remind_due"],
        sqlite_where=sa.text("remind_due IS NOT NULL"),
        postgresql_where=sa.text("remind_due IS NOT NULL"),
    )
