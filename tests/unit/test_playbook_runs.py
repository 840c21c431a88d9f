"""Whatever a team does: legal states only, everything said once, and rows that lose nothing."""

from collections import defaultdict
from dataclasses import fields
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from playbooks.ending import finishes
from playbooks.engine import act, next_due, start, tick
from playbooks.fields import Role
from playbooks.model import Playbook
from playbooks.rows import Rows, changed_rows, from_json, from_rows, new_rows, to_json
from playbooks.run import (
    SETTLED,
    ActKind,
    Due,
    DueKind,
    EntryKind,
    Refused,
    RunState,
    Status,
    StepAct,
    StepState,
)
from playbooks.timing import _reminded
from tests.unit.test_playbook_model import NOON, playbook

MINUTE = timedelta(minutes=1)
NAMES = [f"s{n}" for n in range(5)]


@st.composite
def books(draw: st.DrawFn, *, timed: bool = False) -> Playbook:
    """A playbook with steps in any order that has no circle, and any rhythm."""

    def rhythm() -> dict[str, Any]:
        if not draw(st.booleans()):
            return {}
        again = f"{draw(st.integers(1, 9))}m"
        return {"again_every": again, "times": draw(st.integers(2, 5))}

    chosen = []
    for place, name in enumerate(NAMES[: draw(st.integers(1, len(NAMES)))]):
        one: dict[str, Any] = {"id": name, "title": name, "required": draw(st.booleans())}
        one["depends_on"] = (
            draw(st.lists(st.sampled_from(NAMES[:place]), unique=True)) if place else []
        )
        if draw(st.booleans()):
            one |= {"due": f"{draw(st.integers(1, 20))}m", **rhythm()}
        chosen.append(one)
    chosen[0]["required"] = True
    levels = [
        {
            "who": "owner",
            "after": f"{draw(st.integers(1, 20))}m",
            "until": draw(st.sampled_from(["taken", "ended"])),
            **rhythm(),
        }
        for _ in range(draw(st.integers(0, 3)))
    ]
    ends: list[dict[str, Any]] = [{"steps": "done"}]
    if timed:
        ends.append({"after": f"{draw(st.integers(21, 90))}m", "why": "time is up"})
    shuffled = draw(st.permutations(chosen))
    return playbook(steps=shuffled, escalation=levels, ends_when=ends)


ACTS = st.tuples(
    st.sampled_from([*NAMES, ""]),
    st.sampled_from([kind.value for kind in ActKind]),
    st.sampled_from(["ana", "ben"]),
    st.sampled_from(["", "because"]),
    st.integers(0, 7),
)
MAY_BECOME = {
    ("open", "start"): "in_progress",
    ("blocked", "start"): "in_progress",
    **{(status, "done"): "done" for status in ("open", "in_progress", "blocked")},
    **{(status, "skip"): "skipped" for status in ("open", "in_progress", "blocked")},
    **{(status, "block"): "blocked" for status in ("open", "in_progress", "blocked")},
    **{(status, "reopen"): "open" for status in ("in_progress", "blocked", "done", "skipped")},
}


def assert_legal(run: RunState) -> None:
    """What holds of every run at any time."""
    states = {state.step: state for state in run.steps}
    for state, step in zip(run.steps, run.playbook.steps, strict=True):
        turn = all(states[name].settled for name in step.depends_on)
        begun = state.status in (Status.IN_PROGRESS, Status.DONE)
        assert turn or not begun
        assert state.why or state.status not in (Status.SKIPPED, Status.BLOCKED)
        assert (state.settled_at is not None) == (state.status in SETTLED)
        if not state.settled:
            assert (state.ready_at is not None) == turn
        assert state.remind_at is None or (state.due_at and state.remind_at >= state.due_at)
        assert state.reminded <= step.times
        assert state.remind_at is None or not state.settled
    needed = [states[step.id] for step in run.playbook.steps if step.required]
    settled = all(state.settled for state in needed)
    assert finishes(run) == settled
    # What ends by its steps ends with the last of them, and not before.
    assert (run.ended_at is not None) == settled
    if run.ended_at is not None:
        assert next_due(run) is None


@given(book=books(timed=True), acts=st.lists(ACTS, max_size=30))
def test_no_sequence_of_acts_leaves_the_legal_states(book: Playbook, acts: list[Any]) -> None:
    run, at = start(book, {}, NOON), NOON
    for step, kind, who, why, later in acts:
        at += later * MINUTE
        run, _ = tick(run, at)
        assert_legal(run)
        before = {state.step: state.status.value for state in run.steps}
        after = act(run, StepAct(step=step, kind=ActKind(kind), who=who, at=at, why=why))
        if isinstance(after, Refused):
            continue
        for state in after.steps:
            if state.step != step or kind == "note":
                assert state.status.value == before[state.step]
            else:
                assert state.status.value == MAY_BECOME[before[step], kind]
        new = after.timeline[len(run.timeline) :]
        assert [one.kind for one in new[1:]] == [EntryKind.ENDED] * (
            after.ended_at is not None and run.ended_at is None
        )
        run = after
        assert_legal(run)


def grid(run: RunState) -> dict[tuple[str, int], list[datetime]]:
    """Every moment at which something is to be said, worked out one by one."""
    found = defaultdict(list)
    for step in run.playbook.steps:
        if step.due is not None and not step.depends_on:
            first, every = NOON + step.due, step.again_every or timedelta()
            found[step.id, 0] = [first + n * every for n in range(step.times)]
    for place, level in enumerate(run.playbook.escalation, 1):
        first, every = NOON + level.after, level.again_every or timedelta()
        found["", place] = [first + n * every for n in range(level.times)]
    return found


@given(book=books(), pauses=st.lists(st.integers(0, 90 * 60), max_size=25))
def test_everything_is_said_once_however_time_is_cut(book: Playbook, pauses: list[int]) -> None:
    run, at = start(book, {}, NOON), NOON
    moments = grid(run)
    said: dict[tuple[str, int], int] = defaultdict(int)
    for seconds in pauses:
        before, at = at, at + timedelta(seconds=seconds)
        run, dues = tick(run, at)
        for one in dues:
            key = (one.step, one.level)
            said[key] += 1 + one.missed
            assert one.number == said[key]
            assert one.at == moments[key][one.number - 1]
            assert one.last == (one.number == len(moments[key]))
            assert before < one.at <= at
        # Once for each thing, and nothing is left for this moment.
        assert len({(one.step, one.level) for one in dues}) == len(dues)
        assert tick(run, at) == (run, ())
        passed = {key: sum(moment <= at for moment in all_) for key, all_ in moments.items()}
        assert {key: count for key, count in passed.items() if count} == said
        left = [moment for all_ in moments.values() for moment in all_ if moment > at]
        assert next_due(run) == min(left, default=None)


def as_kept(row: dict[str, Any]) -> dict[str, Any]:
    """A row as a database gives it back: words, not members of enumerations."""
    return {name: one.value if isinstance(one, Enum) else one for name, one in row.items()}


class Table:
    """A database of one run, in which rows are only ever written as the engine says."""

    def __init__(self, run: RunState) -> None:
        rows = new_rows(run)
        assert rows.run is not None
        self.run = {**as_kept(rows.run), "id": 7}
        self.steps = {row["step"]: {**as_kept(row), "run_id": 7} for row in rows.steps}
        self.levels = {row["level"]: row for row in rows.levels}
        self.timeline = [as_kept(row) for row in rows.timeline]

    def write(self, rows: Rows) -> None:
        self.run |= as_kept(rows.run or {})
        for row in rows.steps:
            self.steps[row["step"]] |= as_kept(row)
        for row in rows.levels:
            self.levels[row["level"]] |= row
        self.timeline += map(as_kept, rows.timeline)

    def load(self) -> RunState:
        return from_rows(
            self.run, reversed(self.steps.values()), self.levels.values(), self.timeline
        )


@given(book=books(timed=True), acts=st.lists(ACTS, max_size=15))
def test_a_run_comes_back_whole_from_its_rows_after_every_act(
    book: Playbook, acts: list[Any]
) -> None:
    run, at = start(book, {"cup": "blue", "cups": 2, "hot": True}, NOON), NOON
    table = Table(run)
    for step, kind, who, why, later in acts:
        at += later * MINUTE
        ticked, _ = tick(run, at)
        after = act(ticked, StepAct(step=step, kind=ActKind(kind), who=who, at=at, why=why))
        new = ticked if isinstance(after, Refused) else after
        table.write(changed_rows(run, new))
        run = new
        assert table.load() == run
        assert table.run["next_due"] == next_due(run)
    assert from_json(to_json(run)) == run


def test_two_who_tick_two_steps_write_two_rows() -> None:
    run = start(
        playbook(steps=[{"id": "wipe", "title": "Wipe"}, {"id": "mop", "title": "Mop"}]), {}, NOON
    )
    one = act(run, StepAct(step="wipe", kind=ActKind.START, who="ana", at=NOON))
    other = act(run, StepAct(step="mop", kind=ActKind.DONE, who="ben", at=NOON))
    assert isinstance(one, RunState)
    assert isinstance(other, RunState)
    assert [row["step"] for row in changed_rows(run, one).steps] == ["wipe"]
    assert [row["step"] for row in changed_rows(run, other).steps] == ["mop"]


def test_a_run_loaded_without_its_timeline_holds_what_is_new() -> None:
    table = Table(start(playbook(), {}, NOON))
    bare = from_rows(table.run, table.steps.values(), table.levels.values())
    after = act(bare, StepAct(step="wipe", kind=ActKind.DONE, who="ana", at=NOON))
    assert isinstance(after, RunState)
    assert [row["kind"] for row in changed_rows(bare, after).timeline] == ["step_done"]


def test_a_later_edit_does_not_change_a_run() -> None:
    run = start(playbook(), {}, NOON)
    table = Table(run)
    edited = playbook(title="Coffee on the table", steps=[{"id": "new", "title": "New"}])
    assert edited.id == run.playbook.id
    assert table.load().playbook.title == "Tea on the table"


def test_a_reminder_changes_nothing_else_of_a_step() -> None:
    """Its state is made anew field by field: one that is added later must not be forgotten."""
    at = NOON
    odd = {one.name: f"some {one.name}" for one in fields(StepState)}
    state = StepState(**odd)  # type: ignore[arg-type]
    due = Due(kind=DueKind.REMIND, at=at, who=Role.HOST, number=7)
    after = _reminded(state, due, at)
    kept = {one.name: getattr(after, one.name) for one in fields(StepState)}
    assert kept == {**odd, "reminded": 7, "remind_at": at}
