"""The FAQ as the team changes it, what was asked and answered, and whether that helped.

Revision 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _id() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", kind, autoincrement=True, nullable=False)


def _text(name: str, length: int | None = None, *, empty: bool = False) -> sa.Column[str]:
    kind = sa.Text() if length is None else sa.String(length=length)
    return sa.Column(name, kind, nullable=empty)


def _instant(name: str, *, empty: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=empty)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    _entries()
    _talk()
    _figures()


def _entries() -> None:
    op.create_table(
        "faq_entries",
        _text("name", 64),
        sa.Column("questions", sa.JSON(), nullable=True),
        _text("answer", empty=True),
        _text("audience", 8, empty=True),
        _flag("muted"),
        _flag("removed"),
        _instant("changed_at"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_faq_entries")),
    )


def _talk() -> None:
    op.create_table(
        "faq_said",
        _id(),
        _text("platform", 16),
        _text("channel"),
        _text("faq", 64),
        _text("key"),
        _instant("said_at"),
        _instant("until_at"),
        _instant("again_at"),
        _instant("due_at", empty=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_said")),
        sa.UniqueConstraint(
            "platform", "channel", "faq", name=op.f("uq_faq_said_platform_channel_faq")
        ),
    )
    op.create_index(op.f("ix_faq_said_due_at"), "faq_said", ["due_at"])
    op.create_table(
        "faq_asked",
        _id(),
        sa.Column("show_id", _id().type, nullable=True),
        _text("platform", 16),
        _text("channel"),
        _text("person"),
        _text("name"),
        _instant("at"),
        _text("faq", 64),
        _text("answer"),
        _text("text"),
        _text("state", 8),
        sa.CheckConstraint(
            "state IN ('named', 'counted', 'gathered', 'private', 'open', 'settled')",
            name=op.f("ck_faq_asked_state"),
        ),
        sa.ForeignKeyConstraint(["show_id"], ["shows.id"], name=op.f("fk_faq_asked_show_id_shows")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_asked")),
    )
    op.create_index(op.f("ix_faq_asked_answer"), "faq_asked", ["answer"])
    op.create_index("ix_faq_asked_topic", "faq_asked", ["show_id", "faq", "at"])


def _figures() -> None:
    op.create_table(
        "faq_spikes",
        sa.Column("show_id", _id().type, nullable=False),
        _text("faq", 64),
        _instant("at"),
        sa.ForeignKeyConstraint(
            ["show_id"], ["shows.id"], name=op.f("fk_faq_spikes_show_id_shows")
        ),
        sa.PrimaryKeyConstraint("show_id", "faq", name=op.f("pk_faq_spikes")),
    )
    op.create_table(
        "faq_votes",
        _text("faq", 64),
        _text("platform", 16),
        _text("person"),
        sa.Column("show_id", sa.Integer(), nullable=False),
        _flag("helped"),
        _instant("at"),
        sa.PrimaryKeyConstraint("faq", "platform", "person", name=op.f("pk_faq_votes")),
    )
