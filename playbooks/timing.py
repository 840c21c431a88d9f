"""What it is time for: reminders of steps, calls of the escalation, the end by time.

Each is said at its moment and then every `again_every`, `times` in all, on a grid that hangs on
that first moment. What was missed is not made up for one by one: the newest is said, once, and
counts the others. So what was said and what was missed add up to the same, however often one looks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from playbooks.ending import end
from playbooks.fields import Role
from playbooks.filling import fill
from playbooks.model import Repeating, TimeEnd
from playbooks.run import (
    Due,
    DueKind,
    Entry,
    EntryKind,
    How,
    LevelState,
    Refused,
    RunState,
    StepState,
)

__all__ = ["due", "next_due", "tick"]

_TOLD = {DueKind.REMIND: EntryKind.REMINDED, DueKind.ESCALATE: EntryKind.ESCALATED}


def next_due(run: RunState) -> datetime | None:
    """When this run next has something to say or to do by itself; None if never."""
    if run.ended_at is not None:
        return None
    moments = [step.remind_at for step in run.steps if step.remind_at is not None]
    moments += [level.next_at for level in run.levels if level.next_at is not None]
    ends = _time_end(run)
    if ends is not None:
        moments.append(ends[1])
    return min(moments, default=None)


def due(run: RunState, at: datetime) -> Sequence[Due]:
    """What is due at `at` and not said yet, in order of time. A run whose time is up only ends."""
    if run.ended_at is not None:
        return ()
    ends = _time_end(run)
    if ends is not None and ends[1] <= at:
        return (Due(kind=DueKind.END, at=ends[1], who=run.playbook.owner),)
    found = [*_reminders(run, at), *_calls(run, at)]
    return sorted(found, key=lambda one: one.at)


def tick(run: RunState, at: datetime) -> tuple[RunState, Sequence[Due]]:
    """What is due at `at`, and the run in which it is said."""
    first = next_due(run)
    if first is None or first > at:
        return run, ()
    dues = due(run, at)
    if any(one.kind is DueKind.END for one in dues):
        return _ended_by_time(run, at), dues
    return _said(run, dues, at), dues


def _reminders(run: RunState, at: datetime) -> Iterator[Due]:
    for state, step in zip(run.steps, run.playbook.steps, strict=True):
        if state.remind_at is not None and state.remind_at <= at:
            who = run.playbook.owner_of(step)
            yield _newest(step, state.remind_at, state.reminded, at, who, step=step.id)


def _calls(run: RunState, at: datetime) -> Iterator[Due]:
    for state in run.levels:
        if state.next_at is not None and state.next_at <= at:
            level = run.playbook.escalation[state.level]
            yield _newest(level, state.next_at, state.called, at, level.who, level=state.level + 1)


def _newest(
    rhythm: Repeating,
    first: datetime,
    said: int,
    at: datetime,
    who: Role,
    *,
    step: str = "",
    level: int = 0,
) -> Due:
    """The newest of those that were due since `first`, of which `said` came before."""
    missed = 0
    if rhythm.again_every is not None:
        missed = min((at - first) // rhythm.again_every, rhythm.times - said - 1)
        first += missed * rhythm.again_every
    number = said + 1 + missed
    return Due(
        kind=DueKind.REMIND if step else DueKind.ESCALATE,
        at=first,
        who=who,
        step=step,
        level=level,
        number=number,
        missed=missed,
        last=number >= rhythm.times,
    )


def _said(run: RunState, dues: Sequence[Due], at: datetime) -> RunState:
    """The run in which all of `dues` are said."""
    book = run.playbook
    steps = {one.step: one for one in dues if one.kind is DueKind.REMIND}
    levels = {one.level: one for one in dues if one.kind is DueKind.ESCALATE}
    return replace(
        run,
        steps=tuple(
            _reminded(state, one, _following(step, one))
            if (one := steps.get(state.step))
            else state
            for state, step in zip(run.steps, book.steps, strict=True)
        ),
        levels=tuple(
            LevelState(level=state.level, called=one.number, next_at=_following(level, one))
            if (one := levels.get(state.level + 1))
            else state
            for state, level in zip(run.levels, book.escalation, strict=True)
        ),
        timeline=(*run.timeline, *(_entry(one, at) for one in dues)),
    )


def _reminded(state: StepState, one: Due, following: datetime | None) -> StepState:
    # Field by field: `replace` takes five times as long, and a thousand runs may be due at once.
    return StepState(
        step=state.step,
        status=state.status,
        who=state.who,
        why=state.why,
        ready_at=state.ready_at,
        due_at=state.due_at,
        remind_at=following,
        reminded=one.number,
        started_at=state.started_at,
        settled_at=state.settled_at,
    )


def _entry(one: Due, at: datetime) -> Entry:
    kind = _TOLD[one.kind]
    return Entry(at=at, kind=kind, who=one.who.value, step=one.step, number=one.number)


def _following(rhythm: Repeating, one: Due) -> datetime | None:
    if one.last or rhythm.again_every is None:
        return None
    return one.at + rhythm.again_every


def _time_end(run: RunState) -> tuple[TimeEnd, datetime] | None:
    ends = [one for one in run.playbook.ends_when if isinstance(one, TimeEnd)]
    if not ends:
        return None
    first = min(ends, key=lambda one: one.after)
    return first, run.started_at + first.after


def _ended_by_time(run: RunState, at: datetime) -> RunState:
    ends = _time_end(run)
    if ends is None:
        return run
    ended = end(run, How.TIME, who="", at=at, why=fill(ends[0].why, run.variables))
    return run if isinstance(ended, Refused) else ended
