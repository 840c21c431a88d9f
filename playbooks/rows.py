"""A run as rows, and as plain JSON values.

The engine's values are rows already: flat, an instant where a column has one, every step its own,
so that two people who tick at once write two rows. What is here only takes a run apart and puts it
together. `changed_rows` says what to write after an act, so that a step that nobody touched is not
written. The playbook's copy and the variables are JSON.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from pydantic import TypeAdapter

from playbooks.model import Playbook
from playbooks.run import Entry, EntryKind, How, LevelState, RunState, Status, StepState
from playbooks.timing import next_due

__all__ = ["Rows", "changed_rows", "from_json", "from_rows", "new_rows", "to_json"]

Row = dict[str, Any]
_APART = {"playbook", "steps", "levels", "timeline"}
_OF_RUN = tuple(one.name for one in fields(RunState) if one.name not in _APART)
_OF_STEP = tuple(one.name for one in fields(StepState))
_OF_LEVEL = tuple(one.name for one in fields(LevelState))
_OF_ENTRY = tuple(one.name for one in fields(Entry))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of a run: itself (None if it did not change), its steps, levels and timeline.

    A step's row is known by `step`; `place` is its place in the playbook, from 0. A level's is
    known by `level`. Entries of the timeline are only ever added. The run's row holds `next_due`
    too, for the clock.
    """

    run: Row | None
    steps: Sequence[Row]
    levels: Sequence[Row]
    timeline: Sequence[Row]


def new_rows(run: RunState) -> Rows:
    """Every row of a run that was just started, with the copy of its playbook."""
    copy = run.playbook.model_dump(mode="json")
    return Rows(
        run={**_run_row(run), "playbook_id": run.playbook.id, "playbook": copy},
        steps=[_step_row(place, state) for place, state in enumerate(run.steps)],
        levels=[asdict(state) for state in run.levels],
        timeline=[asdict(entry) for entry in run.timeline],
    )


def changed_rows(before: RunState, after: RunState) -> Rows:
    """The rows that differ between two states of one run, and the new lines of its timeline."""
    row = _run_row(after)
    steps = enumerate(zip(before.steps, after.steps, strict=True))
    levels = zip(before.levels, after.levels, strict=True)
    return Rows(
        run=row if row != _run_row(before) else None,
        steps=[_step_row(place, new) for place, (old, new) in steps if new != old],
        levels=[asdict(new) for old, new in levels if new != old],
        timeline=[asdict(entry) for entry in after.timeline[len(before.timeline) :]],
    )


def from_rows(
    run: Mapping[str, Any],
    steps: Iterable[Mapping[str, Any]],
    levels: Iterable[Mapping[str, Any]],
    timeline: Iterable[Mapping[str, Any]] = (),
    *,
    playbook: Playbook | None = None,
) -> RunState:
    """Put a run together from its rows; columns of the caller's own are let by.

    Steps and levels come in any order, the timeline in its own. Without the timeline, the run
    holds what is added to it from here on. Who loads many runs passes the `playbook` of their
    copies, made once with `Playbook.of`: making it is most of the cost.
    """
    copy = playbook or Playbook.of(run["playbook"])
    by_step = {row["step"]: row for row in steps}
    by_level = {row["level"]: row for row in levels}
    plain = {name: run[name] for name in _OF_RUN if name != "ended_how"}
    return RunState(
        playbook=copy,
        steps=tuple(_step(by_step[step.id]) for step in copy.steps),
        levels=tuple(_level(by_level[place]) for place in range(len(copy.escalation))),
        timeline=tuple(_entry(row) for row in timeline),
        ended_how=How(run["ended_how"]) if run["ended_how"] else None,
        **plain,
    )


def to_json(run: RunState) -> dict[str, Any]:
    """The whole run as plain JSON values; instants are ISO 8601."""
    value: dict[str, Any] = _ADAPTER.dump_python(run, mode="json")
    return value


def from_json(value: Mapping[str, Any]) -> RunState:
    """The run of such values. Raises `pydantic.ValidationError` if they are none."""
    return _ADAPTER.validate_python({**value, "playbook": Playbook.of(value["playbook"])})


def _run_row(run: RunState) -> Row:
    return {name: getattr(run, name) for name in _OF_RUN} | {"next_due": next_due(run)}


def _step_row(place: int, state: StepState) -> Row:
    return {**asdict(state), "place": place}


def _step(row: Mapping[str, Any]) -> StepState:
    state = StepState(**{name: row[name] for name in _OF_STEP})
    return replace(state, status=Status(state.status))


def _level(row: Mapping[str, Any]) -> LevelState:
    return LevelState(**{name: row[name] for name in _OF_LEVEL})


def _entry(row: Mapping[str, Any]) -> Entry:
    entry = Entry(**{name: row[name] for name in _OF_ENTRY})
    return replace(entry, kind=EntryKind(entry.kind))


_ADAPTER = TypeAdapter(RunState)
