"""Who took an alert or an exception, by platform and id: two people may be called alike.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    for table in ("alerts", "exceptions"):
        op.add_column(table, sa.Column("taken_platform", sa.String(length=16), nullable=True))
        op.add_column(table, sa.Column("taken_person", sa.Text(), nullable=True))
