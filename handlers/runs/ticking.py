"""The clock of the runs: reminders, calls and ends by time, each said in one go with its mark."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from handlers.capability import Deadline
from handlers.claims.telling import shown_time
from handlers.messages import Button, ButtonStyle
from handlers.people import Role
from handlers.runs.card import filled, of_live_show, step_number
from handlers.runs.counting import now_of
from handlers.runs.records import Change, Run, load
from handlers.runs.running import call_key, change_all
from handlers.speech import button_values
from handlers.team.alerts import Severity, raise_alert
from handlers.work import Work
from playbooks.engine import take_on
from playbooks.model import Severity as PlaybookSeverity
from playbooks.run import Due, DueKind, Status
from playbooks.timing import tick
from storage.schema.runs import runs
from storage.schema.traffic import alerts
from storage.unit_of_work import padded

__all__ = ["DUE"]

#: So many at a time, so that chat waits for one tick only briefly; what is left comes in the next.
_MOST = 4


async def _come_due(work: Work, due: datetime) -> None:
    """What is due is said; what was missed meanwhile is said once."""
    which = runs.c.next_due <= due
    chosen = select(runs.c.id).where(which).order_by(runs.c.next_due, runs.c.id).limit(_MOST)
    numbers = [row.id for row in await work.tx.all(chosen)]
    found = await load(work, which & runs.c.id.in_(numbers), lock=True)
    asked, work.at = work.at, work.house.playbooks.late(due)
    await _give_up(work, sorted(set(numbers) - {run.id for run in found}))
    changes = []
    heard = await _heard(work, found)
    for run in found:
        after, dues = tick(take_on(run.state, heard.get(run.id)), work.at)
        changes.append(Change(before=run, after=after))
        for one in dues:
            await _say(work, await now_of(work, Run(id=run.id, state=after)), one)
    await change_all(work, changes, acted=False)
    work.at = asked


async def _heard(work: Work, found: Sequence[Run]) -> dict[int, datetime]:
    """When somebody took the call of a run on: that counts as the run taken."""
    keys = {call_key(run.id, level.level): run.id for run in found for level in run.state.levels}
    if not keys:
        return {}
    rows = await work.tx.all(
        select(alerts.c.key, alerts.c.taken_at).where(
            alerts.c.key.in_(padded(keys)), alerts.c.taken_by.is_not(None)
        )
    )
    return {keys[row.key]: row.taken_at for row in rows}


async def _say(work: Work, run: Run, one: Due) -> None:
    if one.kind is DueKind.REMIND:
        _remind(work, run, one)
    elif one.kind is DueKind.ESCALATE:
        await _call(work, run, one)


def _remind(work: Work, run: Run, one: Due) -> None:
    say, state = work.house.wording.say, run.state
    now, step = state.step(one.step), state.playbook.step(one.step)
    if now is None or step is None:
        return
    number, to = step_number(state, step.id), f"{run.id}:{step.id}"
    buttons = [
        Button(
            id=f"runs.done:{to}",
            label=say("runs.button.done", number=number),
            style=ButtonStyle.PRIMARY,
        )
    ]
    if now.status is not Status.IN_PROGRESS:
        buttons.append(Button(id=f"runs.take:{to}", label=say("runs.button.take", number=number)))
    text = say(
        "runs.remind",
        run=run.id,
        title=filled(state, state.playbook.title),
        number=number,
        step=filled(state, step.title),
        who=now.who or say(f"role.{one.who.value}"),
        due=shown_time(work, now.due_at),
        times=one.number,
        missed=one.missed,
    )
    work.tell_team(
        "playbooks",
        "runs.reminder",
        {"text": text, "severity": state.playbook.severity.value, **button_values(buttons)},
        due_at=work.at if of_live_show(work, state.variables) else None,
    )


async def _call(work: Work, run: Run, one: Due) -> None:
    state = run.state
    await raise_alert(
        work,
        key=call_key(run.id, one.level - 1),
        kind="runs.call",
        values={
            "run": run.id,
            "title": str(filled(state, state.playbook.title)),
            "since": shown_time(work, state.started_at),
            "taken": state.taken_at is not None,
        },
        severity=Severity(state.playbook.severity.value),
        owner_role=Role(one.who.value),
        # Only what is urgent leaves the channel of the playbooks.
        audience="alerts" if state.playbook.severity is PlaybookSeverity.URGENT else "playbooks",
        # All calls of one level are one thing.
        window=_as_long_as_it_calls(run, one),
    )


def _as_long_as_it_calls(run: Run, one: Due) -> timedelta:
    level = run.state.playbook.escalation[one.level - 1]
    return (level.again_every or timedelta(hours=1)) * level.times + timedelta(hours=1)


async def _give_up(work: Work, numbers: Sequence[int]) -> None:
    """Runs that another version wrote and this one cannot read: somebody has to look."""
    for number in numbers:
        await work.tx.run(update(runs).where(runs.c.id == number).values(next_due=None))
        values = {"number": number}
        await raise_alert(work, key=f"run:{number}", kind="runs.unreadable", values=values)


DUE = Deadline(name="runs.due", due=select(func.min(runs.c.next_due)), run=_come_due)
