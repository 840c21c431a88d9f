"""Looking back at a run: how long, who, what was late, and what the team answered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from playbooks.fields import Role
from playbooks.filling import fill
from playbooks.run import Entry, EntryKind, How, Refusal, Refused, RunState, Status, StepState

__all__ = ["Review", "StepReview", "answer", "review"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReview:
    """How one step went.

    `took` runs from when its turn came to when it was settled; `late_by` is None where it was in
    time, had no time, or was not done: then it is nobody's lateness, and `overdue` says whether its
    time was up when it was left or the run ended.
    """

    step: str
    title: str
    owner: Role
    required: bool
    status: Status
    who: str
    why: str
    took: timedelta | None
    late_by: timedelta | None
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A run, looked back at. `answers` are by question, filled in, empty where nobody answered."""

    title: str
    started_at: datetime
    ended_at: datetime
    how: How
    why: str
    lasted: timedelta
    taken_after: timedelta | None
    people: tuple[str, ...]
    steps: tuple[StepReview, ...]
    reminders: int
    calls: int
    answers: Mapping[str, str]

    @property
    def late(self) -> tuple[StepReview, ...]:
        """The steps that were late."""
        return tuple(step for step in self.steps if step.late_by is not None)

    @property
    def undone(self) -> tuple[StepReview, ...]:
        """The steps whose time was up and which nobody did."""
        return tuple(step for step in self.steps if step.overdue)


def review(run: RunState) -> Review | Refused:
    """Look back at a run that is over and was loaded with its timeline."""
    if run.ended_at is None or run.ended_how is None:
        return Refused(key=Refusal.RUN_OPEN)
    return Review(
        title=fill(run.playbook.title, run.variables),
        started_at=run.started_at,
        ended_at=run.ended_at,
        how=run.ended_how,
        why=run.ended_why,
        lasted=run.ended_at - run.started_at,
        taken_after=run.taken_at - run.started_at if run.taken_at else None,
        people=_people(run),
        steps=tuple(_step_review(run, state, run.ended_at) for state in run.steps),
        reminders=sum(entry.kind is EntryKind.REMINDED for entry in run.timeline),
        calls=sum(entry.kind is EntryKind.ESCALATED for entry in run.timeline),
        answers=_answers(run),
    )


def answer(
    run: RunState, question: int, *, who: str, at: datetime, words: str
) -> RunState | Refused:
    """The run with an answer to a question of its review, counted from 1; the newest counts."""
    if not 1 <= question <= len(run.playbook.review):
        return Refused(key=Refusal.QUESTION_UNKNOWN, values={"most": len(run.playbook.review)})
    if not words.strip():
        return Refused(key=Refusal.WHY_MISSING, values={"step": ""})
    entry = Entry(at=at, kind=EntryKind.ANSWERED, who=who, words=words.strip(), number=question)
    return replace(run, timeline=(*run.timeline, entry))


def _people(run: RunState) -> tuple[str, ...]:
    """Who took part, in the order in which they first did; roles that were told did not."""
    told = (EntryKind.REMINDED, EntryKind.ESCALATED)
    names = (entry.who for entry in run.timeline if entry.kind not in told and entry.who)
    return tuple(dict.fromkeys(names))


def _step_review(run: RunState, state: StepState, ended_at: datetime) -> StepReview:
    step = next(one for one in run.playbook.steps if one.id == state.step)
    until, done = state.settled_at or ended_at, state.status is Status.DONE
    over = bool(state.due_at and until > state.due_at)
    return StepReview(
        step=state.step,
        title=fill(step.title, run.variables),
        owner=run.playbook.owner_of(step),
        required=step.required,
        status=state.status,
        who=state.who,
        why=state.why,
        took=until - state.ready_at if state.settled_at and state.ready_at else None,
        late_by=until - state.due_at if state.due_at and over and done else None,
        overdue=over and not done,
    )


def _answers(run: RunState) -> Mapping[str, str]:
    newest = {
        entry.number: entry.words for entry in run.timeline if entry.kind is EntryKind.ANSWERED
    }
    return {
        fill(question, run.variables): newest.get(number, "")
        for number, question in enumerate(run.playbook.review, 1)
    }
