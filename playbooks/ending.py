"""How a run ends: all that is required is done, something happened, its time is up, by hand."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from playbooks.model import EventEnd
from playbooks.run import (
    Entry,
    EntryKind,
    How,
    Refusal,
    Refused,
    RunState,
    Status,
    StepState,
)

__all__ = ["closed", "end", "ended_by", "finishes"]


def finishes(run: RunState) -> bool:
    """Whether nothing required is left: each such step is done, or skipped with a reason."""
    return all(
        state.status is Status.DONE or (state.status is Status.SKIPPED and bool(state.why))
        for state, step in zip(run.steps, run.playbook.steps, strict=True)
        if step.required
    )


def ended_by(run: RunState, event: str, fields: Mapping[str, object]) -> EventEnd | None:
    """The end of the playbook that this event brings about, or None.

    The caller then `end`s the run, with the filled `why` of that end.
    """
    if run.ended_at is not None:
        return None
    ends = (end for end in run.playbook.ends_when if isinstance(end, EventEnd))
    return next((end for end in ends if end.matches(event, fields, run.variables)), None)


def end(run: RunState, how: How, *, who: str, at: datetime, why: str) -> RunState | Refused:
    """End the run. What is left of its steps is skipped, with `why` as the reason."""
    if run.ended_at is not None:
        return Refused(key=Refusal.RUN_OVER, values={"at": run.ended_at, "who": run.ended_by})
    if not why.strip():
        return Refused(key=Refusal.WHY_MISSING, values={"step": ""})
    left = tuple(_skipped(state, who=who, at=at, why=why.strip()) for state in run.steps)
    return closed(replace(run, steps=left), how, who=who, at=at, why=why.strip())


def _skipped(state: StepState, *, who: str, at: datetime, why: str) -> StepState:
    if state.settled:
        return state
    return replace(state, status=Status.SKIPPED, who=who, why=why, settled_at=at)


def closed(run: RunState, how: How, *, who: str, at: datetime, why: str = "") -> RunState:
    """The run with its end written down and nothing more to be said at any time."""
    return replace(
        run,
        steps=tuple(replace(state, remind_at=None) for state in run.steps),
        levels=tuple(replace(level, next_at=None) for level in run.levels),
        timeline=(*run.timeline, Entry(at=at, kind=EntryKind.ENDED, who=who, words=why)),
        ended_at=at,
        ended_how=how,
        ended_by=who,
        ended_why=why,
    )
