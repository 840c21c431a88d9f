"""When a show is planned to start and to end, and when its staging begins.

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    for column in ("planned_start", "planned_end", "stage_due"):
        op.add_column("shows", sa.Column(column, sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_shows_stage_due"), "shows", ["stage_due"])
