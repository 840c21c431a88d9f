"""The steps that wait for a person: those they took, and open ones of their roles.

A producer sees those too that name no role of their own.
"""

from collections.abc import Sequence

from sqlalchemy import or_, select

from handlers.capability import WaitingThing, Waits
from handlers.messages import Button
from handlers.people import Person, Role
from handlers.runs.card import filled, step_number
from handlers.runs.counting import as_of_now
from handlers.runs.records import load
from handlers.work import Work
from storage.schema.runs import StepStatus, run_steps, runs

__all__ = ["WAITS"]

#: Far more than anybody works through in one sitting.
_MOST = 100
_WAITS = (StepStatus.OPEN, StepStatus.BLOCKED)


async def _waiting(work: Work, person: Person) -> Sequence[WaitingThing]:
    steps, say = run_steps.c, work.house.wording.say
    mine = (steps.status == StepStatus.IN_PROGRESS) & (steps.who == person.name)
    theirs = steps.status.in_(_WAITS) & steps.ready_at.is_not(None)
    roles = sorted(role.value for role in person.roles)
    if Role.PRODUCER not in person.roles:
        theirs &= steps.owner.in_(roles)
    rows = await work.tx.all(
        select(run_steps)
        .join(runs, runs.c.id == steps.run_id)
        .where(runs.c.ended_at.is_(None), or_(mine, theirs))
        # What has no time waits behind what has one, on either database.
        .order_by(steps.due_at.is_(None), steps.due_at, steps.run_id, steps.place)
        .limit(_MOST)
    )
    if not rows:
        return []
    found = await load(work, runs.c.id.in_({row.run_id for row in rows}))
    found = await as_of_now(work, found)
    known = {run.id: run.state for run in found}
    things = []
    for row in rows:
        state = known.get(row.run_id)
        step = None if state is None else state.playbook.step(row.step)
        if state is None or step is None:
            continue
        # What names nobody falls to the producer.
        if row.status != StepStatus.IN_PROGRESS and row.owner not in roles and step.owner:
            continue
        number = step_number(state, row.step)
        taken = row.status == StepStatus.IN_PROGRESS
        done = Button(
            id=f"runs.done:{row.run_id}:{row.step}",
            label=say("runs.button.done_of", number=number, run=row.run_id),
        )
        title = say(
            "runs.waits",
            run=row.run_id,
            number=number,
            step=filled(state, step.title),
            title=filled(state, state.playbook.title),
        )
        detail = say("mine.yours" if taken else "mine.open")
        things.append(WaitingThing(title=title, detail=detail, due=row.due_at, buttons=(done,)))
    return things


WAITS = Waits(name="runs", run=_waiting)
