"""The values of a run: flat, frozen, and of plain things only, so that each can be a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from playbooks.fields import Role, Value
from playbooks.model import Playbook

__all__ = [
    "SETTLED",
    "ActKind",
    "Due",
    "DueKind",
    "Entry",
    "EntryKind",
    "How",
    "LevelState",
    "Refusal",
    "Refused",
    "RunState",
    "Status",
    "StepAct",
    "StepState",
]


class Status(StrEnum):
    """Where a step stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    DONE = "done"
    SKIPPED = "skipped"


#: What nobody waits for any more.
SETTLED = frozenset({Status.DONE, Status.SKIPPED})


class ActKind(StrEnum):
    """What a person does to a step."""

    START = "start"
    DONE = "done"
    SKIP = "skip"
    BLOCK = "block"
    REOPEN = "reopen"
    NOTE = "note"


class How(StrEnum):
    """What ended a run."""

    STEPS = "steps"
    EVENT = "event"
    TIME = "time"
    HAND = "hand"


class EntryKind(StrEnum):
    """What stands on the timeline."""

    STARTED = "started"
    STEP_STARTED = "step_started"
    STEP_DONE = "step_done"
    STEP_SKIPPED = "step_skipped"
    STEP_BLOCKED = "step_blocked"
    STEP_REOPENED = "step_reopened"
    NOTED = "noted"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    ENDED = "ended"
    ANSWERED = "answered"


class Refusal(StrEnum):
    """Why an act changes nothing; a sentence of the caller's copy goes with each."""

    RUN_OVER = "run_over"
    RUN_OPEN = "run_open"
    STEP_UNKNOWN = "step_unknown"
    STEP_WAITS = "step_waits"
    STEP_TAKEN = "step_taken"
    STEP_SETTLED = "step_settled"
    STEP_UNCHANGED = "step_unchanged"
    STEP_NEEDED = "step_needed"
    QUESTION_UNKNOWN = "question_unknown"
    WHY_MISSING = "why_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAct:
    """What somebody does to a step; a note may be of the whole run, with `step` empty.

    `who` names a person as the caller names people; `why` is their words, if any.
    """

    step: str
    kind: ActKind
    who: str
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing changed; `values` fill the sentence of `key`."""

    key: Refusal
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepState:
    """One step of a run.

    `who` and `why` are of the act that brought it to its status. `ready_at` is when the steps
    before it were settled (None while they are not), `due_at` when it should be done, `remind_at`
    when its owner is next reminded, and `reminded` how often that is done already.
    """

    step: str
    status: Status = Status.OPEN
    who: str = ""
    why: str = ""
    ready_at: datetime | None = None
    due_at: datetime | None = None
    remind_at: datetime | None = None
    reminded: int = 0
    started_at: datetime | None = None
    settled_at: datetime | None = None

    @property
    def settled(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.status in SETTLED


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelState:
    """One level of the escalation, counted from 0.

    `next_at` is when it calls next, None if it does not again; `called` how often it has.
    """

    level: int
    next_at: datetime | None
    called: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the timeline: when, what, who, to which step, and the words that go with it.

    `number` counts reminders and calls, and says which question was answered.
    """

    at: datetime
    kind: EntryKind
    who: str = ""
    step: str = ""
    words: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """A run: its copy of the playbook, its variables, and where everything stands.

    `taken_at` is when somebody first acted on a step. Steps stand in the order of the playbook.
    The engine only adds to `timeline` and never reads it (`review` does), so a run may be loaded
    without, and then holds what is new.
    """

    playbook: Playbook
    variables: Mapping[str, Value]
    started_at: datetime
    steps: tuple[StepState, ...]
    levels: tuple[LevelState, ...]
    timeline: tuple[Entry, ...] = ()
    taken_at: datetime | None = None
    ended_at: datetime | None = None
    ended_how: How | None = None
    ended_by: str = ""
    ended_why: str = ""

    def step(self, name: str) -> StepState | None:
        """The state of this step, or None."""
        return next((state for state in self.steps if state.step == name), None)


class DueKind(StrEnum):
    """What it is time for."""

    REMIND = "remind"
    ESCALATE = "escalate"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something that is said because of the time.

    `at` is when it was due. `number` counts how often it is said, from 1; `missed` of those were
    never said, because nobody looked, and are in this one; `last` says that it will not come again.
    `who` is the role that is told; `level` counts from 1.
    """

    kind: DueKind
    at: datetime
    who: Role
    step: str = ""
    level: int = 0
    number: int = 1
    missed: int = 0
    last: bool = True
