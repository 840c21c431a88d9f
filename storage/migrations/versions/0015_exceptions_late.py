"""When a late exception alerts next, beside its deadline, which stays.

Revision 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    op.add_column("exceptions", sa.Column("alert_at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE exceptions SET alert_at = due_at")
