"""How a run goes on: legal states only, and everything said exactly once, whenever one looks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from playbooks.ending import closed, end, ended_by, finishes
from playbooks.engine import about, act, due, next_due, start, tick
from playbooks.filling import HoleError
from playbooks.model import Playbook
from playbooks.reviewing import Review, answer, review
from playbooks.run import (
    ActKind,
    DueKind,
    How,
    Refusal,
    Refused,
    RunState,
    Status,
    StepAct,
)
from playbooks.triggers import EventTrigger
from tests.unit.test_playbook_model import NOON, playbook

MINUTE = timedelta(minutes=1)


def minutes(number: int) -> datetime:
    return NOON + number * MINUTE


class Desk:
    """A team at work on one run: says who does what, minute by minute."""

    def __init__(self, book: Playbook, **variables: Any) -> None:
        self.run = start(book, variables, NOON, by="ana")

    def does(
        self, step: str, kind: str = "done", *, at: int = 0, who: str = "ana", why: str = ""
    ) -> Refusal | None:
        """Do it; the refusal if there is one."""
        what = StepAct(step=step, kind=ActKind(kind), who=who, at=minutes(at), why=why)
        after = act(self.run, what)
        if isinstance(after, Refused):
            return after.key
        self.run = after
        return None

    def ticks(self, at: int) -> list[str]:
        """Look at the clock; what is due, as one word each."""
        self.run, dues = tick(self.run, minutes(at))
        return [f"{one.kind} {one.step or one.level} {one.number}-{one.missed}" for one in dues]

    def stands(self) -> dict[str, str]:
        return {state.step: state.status.value for state in self.run.steps}

    def told(self) -> list[str]:
        return [entry.kind.value for entry in self.run.timeline]


def steps(*more: dict[str, Any]) -> dict[str, Any]:
    first = {"id": "wipe", "title": "Wipe it up", "due": "10m"}
    then = {"id": "show", "title": "Show on", "due": "5m", "depends_on": ["wipe"]}
    return {"steps": [first, then, *more]}


# --- acts -------------------------------------------------------------------------------------


def test_a_run_is_done_step_by_step() -> None:
    desk = Desk(playbook(**steps()))
    assert desk.does("wipe", "start", at=1) is None
    assert desk.does("wipe", at=2, who="ben") is None
    assert desk.does("show", at=3) is None
    assert desk.stands() == {"wipe": "done", "show": "done"}
    assert desk.run.ended_how is How.STEPS
    assert (desk.run.ended_at, desk.run.ended_by) == (minutes(3), "ana")
    assert desk.told() == ["started", "step_started", "step_done", "step_done", "ended"]


def test_a_step_waits_for_those_before_it() -> None:
    desk = Desk(playbook(**steps()))
    assert desk.does("show") is Refusal.STEP_WAITS
    assert desk.does("show", "start") is Refusal.STEP_WAITS
    assert desk.does("show", "block", why="no battery") is None
    assert desk.does("wipe", "skip", why="it was dry") is None
    assert desk.does("show", "start", at=1) is None


def test_of_two_who_tick_at_once_the_second_hears_who_was_faster() -> None:
    desk = Desk(playbook(**steps()))
    desk.does("wipe", "start", who="ana")
    refused = act(desk.run, StepAct(step="wipe", kind=ActKind.START, who="ben", at=NOON))
    assert isinstance(refused, Refused)
    assert (refused.key, refused.values["who"]) == (Refusal.STEP_TAKEN, "ana")
    desk.does("wipe", who="ben")
    assert desk.does("wipe", who="cleo") is Refusal.STEP_SETTLED


@pytest.mark.parametrize("kind", ["skip", "block", "note"])
@pytest.mark.parametrize("why", ["", "  \n"])
def test_what_needs_a_reason_is_refused_without(kind: str, why: str) -> None:
    assert Desk(playbook()).does("wipe", kind, why=why) is Refusal.WHY_MISSING


def test_a_step_that_others_lean_on_stays_until_they_are_reopened() -> None:
    desk = Desk(playbook(**steps({"id": "mop", "title": "Mop"})))
    desk.does("wipe", at=1)
    desk.does("show", "start", at=2)
    assert desk.does("wipe", "reopen", at=3) is Refusal.STEP_NEEDED
    assert desk.does("show", "reopen", at=3) is None
    assert desk.does("wipe", "reopen", at=4) is None
    assert desk.does("wipe", "reopen", at=4) is Refusal.STEP_UNCHANGED
    assert desk.does("show", at=5) is Refusal.STEP_WAITS


def test_a_reopened_step_is_due_anew() -> None:
    desk = Desk(playbook(**steps()))
    desk.does("wipe", at=1)
    assert next_due(desk.run) == minutes(6)
    desk.does("wipe", "reopen", at=4)
    assert next_due(desk.run) == minutes(14)
    assert desk.ticks(14) == ["remind wipe 1-0"]


def test_nobody_acts_on_a_run_that_is_over_but_a_note_is_kept() -> None:
    desk = Desk(playbook(steps=[{"id": "wipe", "title": "Wipe"}]))
    desk.does("wipe")
    for kind in ("start", "done", "skip", "block", "reopen"):
        assert desk.does("wipe", kind, why="late") is Refusal.RUN_OVER
    assert desk.does("", "note", why="it was the blue cup") is None
    assert desk.run.timeline[-1].words == "it was the blue cup"


def test_an_unknown_step_is_refused_with_those_there_are() -> None:
    refused = act(Desk(playbook()).run, StepAct(step="mop", kind=ActKind.DONE, who="ana", at=NOON))
    assert refused == Refused(
        key=Refusal.STEP_UNKNOWN, values={"step": "mop", "steps": ["wipe", "show"]}
    )


def test_what_is_not_required_need_not_be_done() -> None:
    desk = Desk(playbook(**steps({"id": "mop", "title": "Mop", "required": False, "due": "1m"})))
    desk.does("wipe")
    desk.does("show")
    assert desk.run.ended_how is How.STEPS
    assert desk.stands()["mop"] == "open"
    assert next_due(desk.run) is None


def test_a_run_cannot_start_with_a_hole() -> None:
    book = playbook(host_script="{cup} fell", variables={"cup": {"ask": "Which cup?"}})
    with pytest.raises(HoleError, match="cup"):
        start(book, {}, NOON)
    assert start(book, {"cup": "blue"}, NOON).variables == {"cup": "blue"}


def test_a_default_stands_in_for_what_is_not_given() -> None:
    book = playbook(
        host_script="{cup} fell on {what}",
        variables={
            "cup": {"ask": "Which cup?", "default": "a cup"},
            "what": {"ask": "On what?"},
        },
    )
    assert list(book.asks({"cup": "blue"})) == ["what"]
    assert start(book, {"what": "A12"}, NOON).variables == {"cup": "a cup", "what": "A12"}


def test_a_run_takes_its_variables_from_the_event() -> None:
    takes = {"event": "Restocked", "takes": {"size": "label"}, "automatic": True}
    trigger = playbook(when=[takes]).when[0]
    assert isinstance(trigger, EventTrigger)
    brought = trigger.brings({"label": "A12 / M", "left": 3, "at": NOON, "gone": None})
    assert brought == {"label": "A12 / M", "size": "A12 / M", "left": 3}


def test_two_runs_are_about_the_same_if_they_agree_in_all_that_is_named() -> None:
    book = playbook(about=["code", "label"])
    one = about(book, {"code": "A12", "label": "A12 / M", "left": 1})
    assert one == about(book, {"code": "A12", "label": "A12 / M", "left": 2})
    assert one != about(book, {"code": "A12", "label": "A12 / L"})
    assert about(playbook(), {"code": "A12"}) == ""


# --- ends -------------------------------------------------------------------------------------

RAN_OUT: list[dict[str, Any]] = [
    {
        "event": "StockRose",
        "where": {"after": {"at_least": 1}},
        "same": {"label": "label"},
        "why": "it is back",
    },
    {"after": "2h", "why": "{cup} dried"},
]
RUNS_OUT: dict[str, Any] = {
    "ends_when": RAN_OUT,
    "variables": {"cup": {"ask": "Which cup?", "default": "the cup"}},
}


def test_an_event_ends_only_the_run_that_it_is_about() -> None:
    run = Desk(playbook(**RUNS_OUT), label="A12 / M").run
    assert ended_by(run, "StockRose", {"label": "A12 / M", "after": 1}) is not None
    assert ended_by(run, "StockRose", {"label": "A12 / L", "after": 1}) is None
    assert ended_by(run, "StockRose", {"label": "A12 / M", "after": 0}) is None
    assert ended_by(run, "StockFell", {"label": "A12 / M", "after": 1}) is None
    assert ended_by(run, "StockRose", {"after": 1}) is None
    bare = Desk(playbook(**RUNS_OUT)).run
    assert ended_by(bare, "StockRose", {"label": "A12 / M", "after": 1}) is None


def test_what_is_left_at_an_end_is_skipped_with_its_reason() -> None:
    desk = Desk(playbook(**RUNS_OUT))
    desk.does("wipe")
    over = end(desk.run, How.EVENT, who="", at=minutes(3), why="it is back")
    assert isinstance(over, RunState)
    assert [(state.status, state.why) for state in over.steps] == [
        (Status.DONE, ""),
        (Status.SKIPPED, "it is back"),
    ]
    assert finishes(over)
    assert isinstance(end(over, How.HAND, who="ana", at=minutes(4), why="again"), Refused)
    assert isinstance(end(desk.run, How.HAND, who="ana", at=minutes(4), why=" "), Refused)


def test_a_run_whose_time_is_up_ends_and_says_nothing_else() -> None:
    late = [{"who": "owner", "after": "5m"}]
    desk = Desk(playbook(**steps(), **RUNS_OUT, escalation=late))
    assert desk.ticks(500) == ["end 0 1-0"]
    assert (desk.run.ended_how, desk.run.ended_why) == (How.TIME, "the cup dried")
    assert finishes(desk.run)
    assert desk.ticks(501) == []


def test_without_an_end_by_steps_a_run_goes_on_when_all_is_done() -> None:
    desk = Desk(playbook(**RUNS_OUT))
    desk.does("wipe")
    desk.does("show")
    assert finishes(desk.run)
    assert desk.run.ended_at is None


# --- the clock --------------------------------------------------------------------------------

CALLS = [
    {"who": "producer", "after": "5m", "again_every": "5m", "times": 3, "until": "taken"},
    {"who": "owner", "after": "30m"},
]


def test_reminders_and_calls_come_at_their_minute() -> None:
    desk = Desk(playbook(**steps(), escalation=CALLS))
    said = {at: words for at in range(60) if (words := desk.ticks(at))}
    assert said == {
        5: ["escalate 1 1-0"],
        10: ["remind wipe 1-0", "escalate 1 2-0"],
        15: ["escalate 1 3-0"],
        30: ["escalate 2 1-0"],
    }
    assert next_due(desk.run) is None


def test_what_was_missed_in_a_pause_is_caught_up_once() -> None:
    desk = Desk(playbook(**steps(), escalation=CALLS))
    assert desk.ticks(5) == ["escalate 1 1-0"]
    assert desk.ticks(500) == ["remind wipe 1-0", "escalate 1 3-1", "escalate 2 1-0"]
    assert desk.ticks(501) == []


def test_somebody_on_it_silences_what_only_calls_until_then() -> None:
    desk = Desk(playbook(**steps(), escalation=CALLS))
    desk.does("wipe", "start", at=4)
    assert desk.run.taken_at == minutes(4)
    assert desk.ticks(60) == ["remind wipe 1-0", "escalate 2 1-0"]


def test_a_note_is_no_taking_on() -> None:
    desk = Desk(playbook(**steps(), escalation=CALLS))
    desk.does("wipe", "note", at=4, why="I see it")
    assert desk.ticks(5) == ["escalate 1 1-0"]


def test_a_step_is_due_from_when_its_turn_came() -> None:
    desk = Desk(playbook(**steps()))
    assert desk.ticks(10) == ["remind wipe 1-0"]
    desk.does("wipe", at=20)
    assert desk.ticks(24) == []
    assert desk.ticks(25) == ["remind show 1-0"]


def test_looking_changes_nothing() -> None:
    run = Desk(playbook(**steps(), escalation=CALLS)).run
    assert [one.who.value for one in due(run, minutes(30))] == ["producer", "producer", "owner"]
    assert due(run, minutes(30)) == due(run, minutes(30))
    assert due(run, minutes(4)) == []


# --- looking back -----------------------------------------------------------------------------


def test_a_review_says_who_and_what_was_late() -> None:
    book = playbook(**steps(), escalation=CALLS, review=["Why {what}?", "Who saw it?"])
    desk = Desk(book, what="tea")
    assert review(desk.run) == Refused(key=Refusal.RUN_OPEN)
    desk.ticks(12)
    desk.does("wipe", at=14, who="ben")
    desk.does("show", "skip", at=16, who="cleo", why="no time")
    answered = answer(desk.run, 1, who="dora", at=minutes(20), words="It was hot.")
    assert isinstance(answered, RunState)
    assert answer(desk.run, 3, who="dora", at=NOON, words="x") == Refused(
        key=Refusal.QUESTION_UNKNOWN, values={"most": 2}
    )
    seen = review(answered)
    assert isinstance(seen, Review)
    assert seen.lasted == 16 * MINUTE
    assert seen.taken_after == 14 * MINUTE
    assert seen.people == ("ana", "ben", "cleo", "dora")
    assert [(one.step, one.late_by) for one in seen.late] == [("wipe", 4 * MINUTE)]
    assert (seen.steps[1].took, seen.steps[1].why) == (2 * MINUTE, "no time")
    assert (seen.reminders, seen.calls) == (1, 1)
    assert seen.answers == {"Why tea?": "It was hot.", "Who saw it?": ""}


def test_an_end_silences_everything() -> None:
    run = Desk(playbook(**steps(), escalation=CALLS)).run
    over = closed(replace(run), How.HAND, who="ana", at=minutes(1))
    assert due(over, minutes(500)) == ()
    assert tick(over, minutes(500)) == (over, ())
    assert DueKind.END not in {one.kind for one in due(run, minutes(500))}
    assert over.ended_at == datetime(2026, 11, 21, 12, 1, tzinfo=UTC)
