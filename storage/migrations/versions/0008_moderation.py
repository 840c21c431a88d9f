"""What moderation did, what it was taught, and what must be known to build its memory anew.

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_FAILED_ACTS = "state = 'failed' AND kind = 'moderation.act'"


def _text(name: str, length: int | None = None, *, empty: bool = False) -> sa.Column[str]:
    kind = sa.Text() if length is None else sa.String(length=length)
    return sa.Column(name, kind, nullable=empty)


def _instant(name: str, *, empty: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=empty)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    _log()
    _rest()
    op.create_index(
        "ix_deliveries_failed_acts",
        "deliveries",
        ["at"],
        sqlite_where=sa.text(_FAILED_ACTS),
        postgresql_where=sa.text(_FAILED_ACTS),
    )


def _log() -> None:
    op.create_table(
        "moderation_log",
        _text("ref", 16),
        _instant("at"),
        _text("platform", 16),
        _text("channel"),
        _text("person"),
        _text("name"),
        _text("key"),
        _text("native_id"),
        _text("text"),
        _text("rule", 20),
        _text("why"),
        _text("action", 8),
        _flag("acted"),
        _number("weight"),
        _number("minutes"),
        _text("by"),
        _text("state", 12),
        _text("settled_by"),
        _instant("settled_at", empty=True),
        _text("error", empty=True),
        _instant("report_due", empty=True),
        sa.CheckConstraint(
            "state IN ('stands', 'undone', 'false_alarm')",
            name=op.f("ck_moderation_log_state"),
        ),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_moderation_log")),
    )
    op.create_index(op.f("ix_moderation_log_at"), "moderation_log", ["at"])
    op.create_index("ix_moderation_log_person", "moderation_log", ["platform", "person", "at"])
    op.create_index(
        "ix_moderation_log_report_due",
        "moderation_log",
        ["report_due"],
        sqlite_where=sa.text("report_due IS NOT NULL"),
        postgresql_where=sa.text("report_due IS NOT NULL"),
    )


def _rest() -> None:
    op.create_table(
        "moderation_seen",
        _text("key"),
        _instant("at"),
        _text("name"),
        _text("standing", 8),
        _flag("quoted"),
        _instant("joined", empty=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_moderation_seen")),
    )
    op.create_index(op.f("ix_moderation_seen_at"), "moderation_seen", ["at"])
    op.create_table(
        "moderation_permits",
        _text("platform", 16),
        _text("person"),
        _instant("until"),
        sa.PrimaryKeyConstraint("platform", "person", name=op.f("pk_moderation_permits")),
    )
    op.create_table(
        "moderation_taught",
        _text("kind", 8),
        _text("value"),
        _text("rule", 20),
        _text("ref", 16),
        _instant("at"),
        sa.PrimaryKeyConstraint("kind", "value", "rule", name=op.f("pk_moderation_taught")),
    )
    op.create_table(
        "moderation_switches",
        _text("rule", 20),
        _text("setting", 4),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_moderation_switches")),
    )
