"""What was last said in a channel is found without walking all that was ever said.

Revision 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    op.create_index("ix_messages_channel", "messages", ["platform", "channel", "sent_at"])
    of_the_team = sa.text("standing = 'team'")
    op.create_index(
        "ix_moderation_seen_team",
        "moderation_seen",
        ["at"],
        sqlite_where=of_the_team,
        postgresql_where=of_the_team,
    )
