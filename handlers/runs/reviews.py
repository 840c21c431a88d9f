"""Looking back at a run that is over: times, who, what was late, and what the team answers."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta

from handlers.claims.telling import shown_time
from handlers.messages import Button, Field, FieldKind, Form
from handlers.people import Person
from handlers.runs.card import filled, step_number
from handlers.runs.labels import LONGEST_LABEL, more_of
from handlers.runs.records import Run, add_entry, with_timeline
from handlers.speech import button_values
from handlers.wording import Said
from handlers.work import Work
from playbooks.reviewing import Review, answer, review
from playbooks.run import Refused, RunState

__all__ = ["QUESTIONS_A_PAGE", "answer_all", "form_for", "say_review"]

#: A form on Discord has room for so many.
QUESTIONS_A_PAGE = 5
_LONGEST_ANSWER = 500


async def say_review(work: Work, run: Run, *, acted: bool = True) -> None:
    """Post the review of a run that is over, or show it with newer answers."""
    state = await with_timeline(work, run)
    seen = review(state)
    if isinstance(seen, Refused):
        return
    work.tell_team(
        "playbooks",
        "runs.review",
        {
            "text": Said("\n".join(_lines(work, run.id, state, seen))),
            "severity": "info",
            **button_values(_buttons(work, run.id, state)),
        },
        card=f"run:{run.id}:review",
        due_at=work.at if acted else None,
    )


def _lines(work: Work, number: int, state: RunState, seen: Review) -> Iterator[Said]:
    say = work.house.wording.say
    yield say(
        "runs.review.head",
        number=number,
        title=filled(state, state.playbook.title),
        began=shown_time(work, seen.started_at),
        ended=shown_time(work, seen.ended_at),
        lasted=shown_length(seen.lasted),
        taken="" if seen.taken_after is None else shown_length(seen.taken_after),
        people=list(seen.people),
        reminders=seen.reminders,
        calls=seen.calls,
    )
    for step in seen.late:
        yield say(
            "runs.review.late",
            number=step_number(state, step.step),
            title=filled(state, _title(state, step.step)),
            who=step.who or say(f"role.{step.owner.value}"),
            late=shown_length(step.late_by or timedelta()),
        )
    for step in seen.undone:
        yield say(
            "runs.review.undone",
            number=step_number(state, step.step),
            title=filled(state, _title(state, step.step)),
            owner=say(f"role.{step.owner.value}"),
        )
    if not seen.late and not seen.undone:
        yield say("runs.review.in_time")
    answers = list(seen.answers.values())
    for place, question in enumerate(state.playbook.review):
        told = answers[place] if place < len(answers) else ""
        yield say("runs.review.question", question=filled(state, question), answer=told)


def _title(state: RunState, name: str) -> str:
    step = state.playbook.step(name)
    return step.title if step else name


def shown_length(length: timedelta) -> str:
    """A length of time as people say it: `40 s`, `12 min`, `3 h 5 min`, `2 d 4 h`."""
    seconds = int(length.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def _buttons(work: Work, number: int, state: RunState) -> Sequence[Button]:
    questions = len(state.playbook.review)
    say = work.house.wording.say
    return [
        Button(
            id=f"runs.answer:{number}:{first}",
            label=say("runs.button.answer", first=first if questions > QUESTIONS_A_PAGE else 0),
        )
        for first in range(1, questions + 1, QUESTIONS_A_PAGE)
    ]


async def form_for(work: Work, run: Run, first: int) -> Form | None:
    """The questions of a review from number `first` on, with what was answered so far."""
    state = await with_timeline(work, run)
    seen = review(state)
    questions = state.playbook.review[first - 1 : first - 1 + QUESTIONS_A_PAGE]
    if isinstance(seen, Refused) or first < 1 or not questions:
        return None
    answers = list(seen.answers.values())
    return Form(
        id=f"runs.answers:{run.id}:{first}",
        title=work.house.wording.say("runs.review.form", number=run.id),
        fields=tuple(
            Field(
                name=f"q{place}",
                label=filled(state, question)[:LONGEST_LABEL],
                hint=more_of(filled(state, question)),
                kind=FieldKind.PARAGRAPH,
                required=False,
                value=answers[place - 1] if place <= len(answers) else "",
                longest=_LONGEST_ANSWER,
            )
            for place, question in enumerate(questions, first)
        ),
    )


async def answer_all(work: Work, run: Run, person: Person, answers: dict[int, str]) -> int:
    """Keep the answers that are new, by the number of their question; returns how many."""
    before = await with_timeline(work, run)
    state, seen = before, review(before)
    if isinstance(seen, Refused):
        return 0
    known = list(seen.answers.values())
    for place, words in sorted(answers.items()):
        old = known[place - 1] if 1 <= place <= len(known) else ""
        if words.strip() and words.strip() != old:
            after = answer(state, place, who=person.name, at=work.at, words=words)
            state = state if isinstance(after, Refused) else after
    new = state.timeline[len(before.timeline) :]
    if new:
        await add_entry(work, run.id, [asdict(entry) for entry in new])
        await say_review(work, run)
    return len(new)
