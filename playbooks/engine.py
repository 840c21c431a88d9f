"""How a run of a playbook goes on: pure functions over frozen values.

A run copies its playbook, so a later edit does not change it. Every step and every level of the
escalation keeps the moment at which it is next spoken of, so a restart loses none, and what was
missed while nobody looked is caught up once. No clock is asked: each function is told the time.

    run = start(playbook, variables, at, by="ana")
    run = act(run, StepAct(step="count", kind=ActKind.DONE, who="ben", at=at))   # or Refused
    run, dues = tick(run, at)
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from playbooks.checks import texts_of
from playbooks.ending import closed, end, ended_by, finishes
from playbooks.fields import Value
from playbooks.filling import HoleError, holes
from playbooks.model import Playbook, Step, StepsEnd, Until
from playbooks.run import (
    ActKind,
    Entry,
    EntryKind,
    How,
    LevelState,
    Refusal,
    Refused,
    RunState,
    Status,
    StepAct,
    StepState,
)
from playbooks.timing import due, next_due, tick

__all__ = [
    "about",
    "act",
    "due",
    "end",
    "ended_by",
    "finishes",
    "next_due",
    "start",
    "take_on",
    "tick",
]

_TO = {
    ActKind.START: Status.IN_PROGRESS,
    ActKind.DONE: Status.DONE,
    ActKind.SKIP: Status.SKIPPED,
    ActKind.BLOCK: Status.BLOCKED,
    ActKind.REOPEN: Status.OPEN,
}
_TOLD = {
    ActKind.START: EntryKind.STEP_STARTED,
    ActKind.DONE: EntryKind.STEP_DONE,
    ActKind.SKIP: EntryKind.STEP_SKIPPED,
    ActKind.BLOCK: EntryKind.STEP_BLOCKED,
    ActKind.REOPEN: EntryKind.STEP_REOPENED,
    ActKind.NOTE: EntryKind.NOTED,
}
_NEEDS_WORDS = frozenset({ActKind.SKIP, ActKind.BLOCK, ActKind.NOTE})
#: What can only be done once the steps before are settled.
_NEEDS_TURN = frozenset({ActKind.START, ActKind.DONE})


def start(
    playbook: Playbook, variables: Mapping[str, Value], at: datetime, *, by: str = ""
) -> RunState:
    """Start a run. Raises `HoleError` where a text has a hole that `variables` do not fill.

    Declared defaults stand in for what is not given.
    """
    defaults = {
        name: one.default for name, one in playbook.variables.items() if one.default is not None
    }
    filled = {**defaults, **variables}
    for _path, text in texts_of(playbook):
        for name in holes(text):
            if filled.get(name) is None:
                raise HoleError(name)
    run = RunState(
        playbook=playbook,
        variables=filled,
        started_at=at,
        steps=tuple(StepState(step=step.id) for step in playbook.steps),
        levels=tuple(
            LevelState(level=place, next_at=at + level.after)
            for place, level in enumerate(playbook.escalation)
        ),
        timeline=(Entry(at=at, kind=EntryKind.STARTED, who=by),),
    )
    return _with_turns(run, at)


def about(playbook: Playbook, variables: Mapping[str, Value]) -> str:
    """What a run is about, in one word to look an open one up by; empty where that is nothing."""
    told = [variables.get(name) for name in playbook.about]
    return json.dumps(told, ensure_ascii=False) if told else ""


# --- acts ----------------------------------------------------------------------------------------


def act(run: RunState, what: StepAct) -> RunState | Refused:
    """The run after somebody's act, or why nothing changed.

    The act that settles the last required step ends the run, if that is how it ends.
    """
    refused = _refusal(run, what)
    if refused is not None:
        return refused
    told = _noted(run, Entry(
        at=what.at, kind=_TOLD[what.kind], who=what.who, step=what.step, words=what.why.strip()
    ))  # fmt: skip
    if what.kind is ActKind.NOTE:
        return told
    changed = _with_turns(take_on(_moved(told, what), what.at), what.at)
    if finishes(changed) and any(isinstance(one, StepsEnd) for one in run.playbook.ends_when):
        return closed(changed, How.STEPS, who=what.who, at=what.at)
    return changed


def _refusal(run: RunState, what: StepAct) -> Refused | None:
    if what.kind in _NEEDS_WORDS and not what.why.strip():
        return Refused(key=Refusal.WHY_MISSING, values={"step": what.step})
    if what.kind is ActKind.NOTE and not what.step:
        return None
    state = run.step(what.step)
    if state is None:
        steps = [step.id for step in run.playbook.steps]
        return Refused(key=Refusal.STEP_UNKNOWN, values={"step": what.step, "steps": steps})
    if what.kind is ActKind.NOTE:
        return None
    if run.ended_at is not None:
        return Refused(key=Refusal.RUN_OVER, values={"at": run.ended_at, "who": run.ended_by})
    return _refused_step(run, state, what)


def _refused_step(run: RunState, state: StepState, what: StepAct) -> Refused | None:
    values = {"step": state.step, "status": state.status.value, "who": state.who}
    if what.kind is ActKind.REOPEN:
        if state.status is Status.OPEN:
            return Refused(key=Refusal.STEP_UNCHANGED, values=values)
        leaning = [one.step for one in run.steps if _leans(run.playbook, one, state.step)]
        if leaning:
            return Refused(key=Refusal.STEP_NEEDED, values={**values, "steps": leaning})
        return None
    if state.settled:
        return Refused(key=Refusal.STEP_SETTLED, values=values)
    if state.status is Status.IN_PROGRESS and what.kind is ActKind.START and state.who != what.who:
        return Refused(key=Refusal.STEP_TAKEN, values=values)
    if state.status is _TO[what.kind] and (what.kind is ActKind.START or state.why == what.why):
        return Refused(key=Refusal.STEP_UNCHANGED, values=values)
    if what.kind in _NEEDS_TURN and state.ready_at is None:
        waits = [name for name in _before(run.playbook, state.step) if not _is_settled(run, name)]
        return Refused(key=Refusal.STEP_WAITS, values={**values, "steps": waits})
    return None


def _leans(playbook: Playbook, state: StepState, on: str) -> bool:
    """Whether this step is done, or being done, because another was."""
    begun = state.status in (Status.IN_PROGRESS, Status.DONE)
    return begun and on in _before(playbook, state.step)


def _moved(run: RunState, what: StepAct) -> RunState:
    """The step in its new status."""
    status = _TO[what.kind]

    def moved(state: StepState) -> StepState:
        new = replace(state, status=status, who=what.who, why=what.why.strip())
        if status is Status.OPEN:
            return StepState(step=state.step)
        if new.settled:
            return replace(new, settled_at=what.at, remind_at=None)
        begins = status is Status.IN_PROGRESS and state.started_at is None
        return replace(new, started_at=what.at) if begins else new

    steps = tuple(moved(one) if one.step == what.step else one for one in run.steps)
    return replace(run, steps=steps)


def take_on(run: RunState, at: datetime | None) -> RunState:
    """The run that somebody took on at `at`: what only calls until then is silent from now on.

    As it was, if `at` is None, it is over, or somebody has it already.
    """
    if at is None or run.taken_at is not None or run.ended_at is not None:
        return run
    levels = tuple(
        replace(one, next_at=None)
        if run.playbook.escalation[one.level].until is Until.TAKEN
        else one
        for one in run.levels
    )
    return replace(run, taken_at=at, levels=levels)


def _with_turns(run: RunState, at: datetime) -> RunState:
    """Steps whose turn has come are ready from `at`; those whose turn is gone wait again."""

    def turned(state: StepState, step: Step) -> StepState:
        if state.settled:
            return state
        turn = all(_is_settled(run, name) for name in step.depends_on)
        if turn and state.ready_at is None:
            due_at = at + step.due if step.due else None
            return replace(state, ready_at=at, due_at=due_at, remind_at=due_at, reminded=0)
        if not turn and state.ready_at is not None:
            return replace(state, ready_at=None, due_at=None, remind_at=None, reminded=0)
        return state

    pairs = zip(run.steps, run.playbook.steps, strict=True)
    return replace(run, steps=tuple(turned(state, step) for state, step in pairs))


def _before(playbook: Playbook, name: str) -> tuple[str, ...]:
    step = playbook.step(name)
    return step.depends_on if step else ()


def _is_settled(run: RunState, name: str) -> bool:
    state = run.step(name)
    return state is not None and state.settled


def _noted(run: RunState, entry: Entry) -> RunState:
    return replace(run, timeline=(*run.timeline, entry))
