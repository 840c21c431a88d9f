"""Runs of playbooks: each with the copy of its playbook, its steps, its calls, its timeline."""

from enum import StrEnum

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text, text

from storage.schema.types import Instant, identifier, metadata, one_of

__all__ = [
    "StepStatus",
    "SuggestionState",
    "run_levels",
    "run_mutes",
    "run_steps",
    "run_suggestions",
    "run_timeline",
    "runs",
]


class StepStatus(StrEnum):
    """Where a step of a run stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    DONE = "done"
    SKIPPED = "skipped"


class SuggestionState(StrEnum):
    """A run that might be started: at its time, asked of the team, and what became of it."""

    PLANNED = "planned"
    ASKED = "asked"
    STARTED = "started"
    DISMISSED = "dismissed"


runs = Table(
    "runs",
    metadata,
    identifier(),
    Column("playbook_id", String(40), nullable=False),
    Column("playbook", JSON, nullable=False),
    # The digest of `playbook`: runs of one copy are put together with one reading of it.
    Column("copy", String(64), nullable=False),
    Column("variables", JSON, nullable=False),
    # What it is about; while one is open, the same starts no second.
    Column("about", Text, nullable=False),
    # The names of events that may end it, with a comma around each.
    Column("ends_on", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("taken_at", Instant),
    Column("ended_at", Instant),
    Column("ended_how", String(8)),
    Column("ended_by", Text, nullable=False),
    Column("ended_why", Text, nullable=False),
    # When it next has something to say by itself.
    Column("next_due", Instant, index=True),
    Index(
        "uq_runs_open",
        "playbook_id",
        "about",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)

run_steps = Table(
    "run_steps",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("step", String(40), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("owner", String(16), nullable=False),
    Column("status", String(12), nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("ready_at", Instant),
    Column("due_at", Instant),
    Column("remind_at", Instant),
    Column("reminded", Integer, nullable=False),
    Column("started_at", Instant),
    Column("settled_at", Instant),
    one_of("status", StepStatus),
)

run_levels = Table(
    "run_levels",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("next_at", Instant),
    Column("called", Integer, nullable=False),
)

#: What happened in a run, in order; lines are only ever added.
run_timeline = Table(
    "run_timeline",
    metadata,
    identifier(),
    Column("run_id", ForeignKey("runs.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("who", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("number", Integer, nullable=False),
)

#: Runs that the team is asked about, now or at `due_at`.
run_suggestions = Table(
    "run_suggestions",
    metadata,
    identifier(),
    Column("playbook_id", String(40), nullable=False),
    Column("about", Text, nullable=False),
    Column("variables", JSON, nullable=False),
    Column("why", Text, nullable=False),
    Column("state", String(10), nullable=False),
    # After one there is no other for so long.
    Column("cooldown_seconds", Integer, nullable=False),
    Column("due_at", Instant, index=True),
    Column("asked_at", Instant),
    Column("answered_by", Text),
    Column("run_id", ForeignKey("runs.id")),
    one_of("state", SuggestionState),
)

#: Until when a playbook is not suggested: for one thing (`about`), or at all (`*`).
run_mutes = Table(
    "run_mutes",
    metadata,
    Column("playbook_id", String(40), primary_key=True),
    Column("about", Text, primary_key=True),
    Column("until", Instant, nullable=False),
)
