"""What people do to steps and runs: one way for commands, buttons and forms, and the way back."""

from collections.abc import Mapping
from typing import Any

from handlers.capability import Undone
from handlers.messages import Answer
from handlers.people import Person
from handlers.runs.card import step_named, step_number
from handlers.runs.records import Run
from handlers.runs.running import change, do_step, find
from handlers.wording import Said
from handlers.work import Work
from playbooks.ending import end
from playbooks.engine import act
from playbooks.run import (
    ActKind,
    How,
    Refusal,
    Refused,
    RunState,
    Status,
    StepAct,
    StepState,
)

__all__ = ["end_run", "no_run", "note", "nothing_there", "step_act", "undo_start", "undo_step"]

#: What brings a step back to where it was.
_BACK = {Status.IN_PROGRESS: ActKind.START, Status.BLOCKED: ActKind.BLOCK}


async def step_act(
    work: Work, person: Person, number: int, word: str, kind: ActKind, why: str = ""
) -> Answer:
    """Do something to the step that `word` names; the answer says what is so now."""
    run = await find(work, number)
    if run is None:
        return no_run(work, number)
    name = step_named(run.state, word)
    what = StepAct(step=name, kind=kind, who=person.name, at=work.at, why=why)
    before, after = run.state.step(name), await do_step(work, run, what)
    if isinstance(after, Refused) or before is None:
        return _refused(work, run, after, person)
    if kind is not ActKind.NOTE:
        undo = None if kind is ActKind.REOPEN else _way_back(number, before)
        work.record(person, "playbook.step", f"{number}:{name}", why=why, undo=undo)
    key = "runs.finished" if after.ended_at else f"runs.did.{kind}"
    place = step_number(run.state, name)
    return Answer(text=work.house.wording.say(key, number=number, step=place))


def _way_back(number: int, before: StepState) -> Mapping[str, Any]:
    return {
        "run": number,
        "step": before.step,
        "status": before.status.value,
        "who": before.who,
        "why": before.why,
    }


def _refused(
    work: Work, run: Run, after: RunState | Refused, person: Person | None = None
) -> Answer:
    """Why nothing changed, in words; who was faster is named."""
    say, steps = work.house.wording.say, run.state.playbook.steps
    refused = after if isinstance(after, Refused) else Refused(key=Refusal.STEP_UNKNOWN)
    known = {step.id for step in steps}
    values = dict(refused.values)
    others = values.get("steps", [])
    told = {
        "run": run.id,
        "word": values.get("step", ""),
        "step": step_number(run.state, values["step"]) if values.get("step") in known else 0,
        "steps": [step_number(run.state, one) for one in others if one in known],
        "who": values.get("who", ""),
        "mine": person is not None and values.get("who") == person.name,
        "status": str(values.get("status", "")).replace("_", " "),
        "most": len(steps),
    }
    return Answer(text=say(f"runs.refused.{refused.key}", **told))


def no_run(work: Work, number: int) -> Answer:
    """There is no run of this number."""
    return Answer(text=work.house.wording.say("runs.no_run", number=number))


def nothing_there(work: Work, number: int) -> Answer:
    """What was pressed stands for nothing in this run any more."""
    return Answer(text=work.house.wording.say("runs.nothing_there", number=number))


async def note(work: Work, person: Person, number: int, text: str) -> Answer:
    """Write a note onto the timeline of a run."""
    run = await find(work, number)
    if run is None:
        return no_run(work, number)
    what = StepAct(step="", kind=ActKind.NOTE, who=person.name, at=work.at, why=text)
    after = act(run.state, what)
    if isinstance(after, Refused):
        return _refused(work, run, after)
    await change(work, run, after, acted=True)
    return Answer(text=work.house.wording.say("runs.noted", number=number))


async def end_run(work: Work, person: Person, number: int, why: str) -> Answer:
    """End a run by hand; what is left of its steps is skipped."""
    say, run = work.house.wording.say, await find(work, number)
    if run is None:
        return no_run(work, number)
    over = end(run.state, How.HAND, who=person.name, at=work.at, why=why)
    if isinstance(over, Refused):
        return _refused(work, run, over)
    await change(work, run, over, acted=True)
    work.record(person, "playbook.end", str(number), why=why)
    return Answer(text=say("runs.ended", number=number))


# --- the way back ---------------------------------------------------------------------------------


async def undo_step(work: Work, undo: Mapping[str, Any]) -> Undone:
    """Bring a step back to where it was, unless the run went on from there."""
    say, number = work.house.wording.say, undo["run"]
    run = await find(work, number)
    if run is None:
        return Undone(text=no_run(work, number).text, done=False)
    again = StepAct(step=undo["step"], kind=ActKind.REOPEN, who="", at=work.at)
    state = act(run.state, again)
    kind = _BACK.get(Status(undo["status"]))
    if not isinstance(state, Refused) and kind is not None:
        before = StepAct(step=undo["step"], kind=kind, who=undo["who"], at=work.at, why=undo["why"])
        state = act(state, before)
    if isinstance(state, Refused):
        return Undone(text=_refused(work, run, state).text, done=False)
    await change(work, run, state, acted=True)
    place = step_number(state, undo["step"])
    return Undone(text=say("runs.step_undone", number=number, step=place))


async def undo_start(work: Work, undo: Mapping[str, Any]) -> Undone:
    """End a run that was started by mistake."""
    say, number = work.house.wording.say, undo["run"]
    run = await find(work, number)
    why: Said = say("runs.by_mistake")
    over = (
        Refused(key=Refusal.RUN_OVER)
        if run is None
        else end(run.state, How.HAND, who="", at=work.at, why=str(why))
    )
    if run is None or isinstance(over, Refused):
        return Undone(text=say("runs.refused.run_over", run=number), done=False)
    await change(work, run, over, acted=True)
    return Undone(text=say("runs.ended", number=number))
