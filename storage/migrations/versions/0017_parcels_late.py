"""When a customer hears that a parcel is late, and refunds on their way that are looked at.

Revision 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    op.add_column("parcels", sa.Column("delay_at", sa.BigInteger(), nullable=True))
    # Four days, as it was until now, for those that nobody was told of.
    op.execute(
        "UPDATE parcels SET delay_at = ready_at + 345600000000 WHERE ready_at IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM parcel_events WHERE parcel_events.parcel_id = parcels.id"
        " AND parcel_events.kind = 'told_delay')"
    )
    # What is on its way back is looked at from now on.
    op.execute("UPDATE payment_refunds SET due_at = prepared_at WHERE state = 'pending'")
