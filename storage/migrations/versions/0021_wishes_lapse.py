"""When a claim that is to be paid first is over: a deadline instead of a look.

Revision 0021, after 0020.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    op.add_column("claims", sa.Column("lapse_due", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_claims_lapse_due",
        "claims",
        ["lapse_due"],
        sqlite_where=sa.text("lapse_due IS NOT NULL"),
        postgresql_where=sa.text("lapse_due IS NOT NULL"),
    )
    # What was to be paid first in a show that is over goes within the next tick.
    op.execute(
        sa.text(
            "UPDATE claims SET lapse_due = (SELECT shows.ended_at FROM shows"
            " WHERE shows.id = claims.show_id)"
            " WHERE rule = 'pay_first' AND state = 'entered' AND NOT EXISTS"
            " (SELECT 1 FROM holds WHERE holds.claim_id = claims.id)"
        )
    )
