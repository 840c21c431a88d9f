"""Runs of playbooks, and what the team is asked to start.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, length: int | None = None, *, empty: bool = False) -> sa.Column[str]:
    kind = sa.Text() if length is None else sa.String(length=length)
    return sa.Column(name, kind, nullable=empty)


def _instant(name: str, *, empty: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=empty)


def _run(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f(f"fk_{table}_run_id_runs"))


def upgrade() -> None:
    """Take the step forward; the way back is the backup."""
    _runs()
    _parts()
    _suggestions()


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", _id(), autoincrement=True, nullable=False),
        _text("playbook_id", 40),
        sa.Column("playbook", sa.JSON(), nullable=False),
        _text("copy", 64),
        sa.Column("variables", sa.JSON(), nullable=False),
        _text("about"),
        _text("ends_on"),
        _instant("started_at", empty=False),
        _instant("taken_at"),
        _instant("ended_at"),
        _text("ended_how", 8, empty=True),
        _text("ended_by"),
        _text("ended_why"),
        _instant("next_due"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_next_due"), "runs", ["next_due"])
    op.create_index(
        "uq_runs_open",
        "runs",
        ["playbook_id", "about"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _parts() -> None:
    op.create_table(
        "run_steps",
        sa.Column("run_id", _id(), nullable=False),
        _text("step", 40),
        sa.Column("place", sa.Integer(), nullable=False),
        _text("owner", 16),
        _text("status", 12),
        _text("who"),
        _text("why"),
        _instant("ready_at"),
        _instant("due_at"),
        _instant("remind_at"),
        sa.Column("reminded", sa.Integer(), nullable=False),
        _instant("started_at"),
        _instant("settled_at"),
        sa.CheckConstraint(
            "status IN ('open', 'in_progress', 'blocked', 'done', 'skipped')",
            name=op.f("ck_run_steps_status"),
        ),
        _run("run_steps"),
        sa.PrimaryKeyConstraint("run_id", "step", name=op.f("pk_run_steps")),
    )
    op.create_table(
        "run_levels",
        sa.Column("run_id", _id(), nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        _instant("next_at"),
        sa.Column("called", sa.Integer(), nullable=False),
        _run("run_levels"),
        sa.PrimaryKeyConstraint("run_id", "level", name=op.f("pk_run_levels")),
    )
    op.create_table(
        "run_timeline",
        sa.Column("id", _id(), autoincrement=True, nullable=False),
        sa.Column("run_id", _id(), nullable=False),
        _instant("at", empty=False),
        _text("kind", 16),
        _text("who"),
        _text("step"),
        _text("words"),
        sa.Column("number", sa.Integer(), nullable=False),
        _run("run_timeline"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_timeline")),
    )
    op.create_index(op.f("ix_run_timeline_run_id"), "run_timeline", ["run_id"])


def _suggestions() -> None:
    op.create_table(
        "run_suggestions",
        sa.Column("id", _id(), autoincrement=True, nullable=False),
        _text("playbook_id", 40),
        _text("about"),
        sa.Column("variables", sa.JSON(), nullable=False),
        _text("why"),
        _text("state", 10),
        sa.Column("cooldown_seconds", sa.Integer(), nullable=False),
        _instant("due_at"),
        _instant("asked_at"),
        _text("answered_by", empty=True),
        sa.Column("run_id", _id(), nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'asked', 'started', 'dismissed')",
            name=op.f("ck_run_suggestions_state"),
        ),
        _run("run_suggestions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_suggestions")),
    )
    op.create_index(op.f("ix_run_suggestions_due_at"), "run_suggestions", ["due_at"])
    op.create_table(
        "run_mutes",
        _text("playbook_id", 40),
        _text("about"),
        _instant("until", empty=False),
        sa.PrimaryKeyConstraint("playbook_id", "about", name=op.f("pk_run_mutes")),
    )
