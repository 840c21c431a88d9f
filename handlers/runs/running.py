"""How a run begins, goes on and ends: the rows, the card, the calls and the review in one go."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from handlers.runs.card import say_run
from handlers.runs.counting import as_of_now, now_of
from handlers.runs.records import Change, Run, add, find_open, load, save
from handlers.runs.reviews import say_review
from handlers.team.alerts import settle_alert
from handlers.work import Work
from playbooks.engine import about, act, start
from playbooks.fields import Value
from playbooks.model import Playbook, Until
from playbooks.run import EntryKind, How, Refused, RunState, StepAct
from storage.schema import sale
from storage.schema.runs import run_timeline, runs
from storage.schema.states import ShowState

__all__ = ["begin", "call_key", "change", "change_all", "do_step", "find", "known_to_runs"]

#: A run that ended so soon, with nobody on it, is not looked back at.
_AT_ONCE = timedelta(minutes=1)


async def known_to_runs(
    work: Work, fields: Mapping[str, Any], *, started_by: str
) -> dict[str, Value]:
    """What every run knows by itself: of the show that `fields` name, else of the one that is on.

    Where no show is live, the newest that is staged is meant.
    """
    shows = sale.shows.c
    say, named = work.house.wording.say, fields.get("show_id")
    which = shows.state.in_((ShowState.LIVE, ShowState.STAGED))
    row = await work.tx.first(
        select(shows.id, shows.name)
        .where(which if named is None else shows.id == named)
        .order_by(shows.state != ShowState.LIVE, shows.id.desc())
        .limit(1)
    )
    return {
        "shop": work.house.shop_name,
        "show": say("runs.no_show") if row is None else row.name,
        "show_id": 0 if row is None else row.id,
        "started_by": started_by,
        # Filled in anew whenever it is shown.
        "left_now": "",
    }


async def begin(
    work: Work, book: Playbook, variables: Mapping[str, Value], *, by: str
) -> tuple[int, bool]:
    """Start a run, unless one is open about the same: its number, and whether it is new.

    Raises `HoleError` where a text has a hole that `variables` do not fill.
    """
    state = start(book, {name: _plain(one) for name, one in variables.items()}, work.at, by=by)
    opened = await find_open(work, book.id, about(book, state.variables))
    if opened is not None:
        return opened, False
    run = await add(work, state)
    say_run(work, await now_of(work, run), (), acted=bool(by), new=True)
    return run.id, True


def _plain(value: Value) -> Value:
    # A sentence of ours is a text like any other once it is a value.
    return str(value) if isinstance(value, str) else value


async def find(work: Work, number: int) -> Run | None:
    """The run of this number, locked; None if there is none."""
    found = await load(work, runs.c.id == number, lock=True)
    return found[0] if found else None


async def do_step(work: Work, run: Run, what: StepAct) -> RunState | Refused:
    """Do something to a step of a run, and show it."""
    after = act(run.state, what)
    if not isinstance(after, Refused):
        await change(work, run, after, acted=True)
    return after


async def change(work: Work, run: Run, after: RunState, *, acted: bool) -> None:
    """Write what became of a run, and show it; `acted` where a person did it."""
    await change_all(work, [Change(before=run, after=after)], acted=acted)


async def change_all(work: Work, changes: Sequence[Change], *, acted: bool) -> None:
    """The same for several runs at once."""
    await save(work, changes)
    after = [Run(id=one.before.id, state=one.after) for one in changes]
    for one, now in zip(changes, await as_of_now(work, after), strict=True):
        await _settle_calls(work, one)
        entries = one.after.timeline[len(one.before.state.timeline) :]
        say_run(work, now, entries, acted=acted, new=False)
        over = one.after.ended_at is not None and one.before.state.ended_at is None
        if over and not await _came_and_went(work, now):
            await say_review(work, now)


async def _came_and_went(work: Work, run: Run) -> bool:
    """Whether something else ended it at once and nobody did anything: nothing to look back at."""
    state = run.state
    if state.ended_how is not How.EVENT or state.ended_at is None or state.taken_at is not None:
        return False
    if state.ended_at - state.started_at > _AT_ONCE:
        return False
    told = (run_timeline.c.run_id == run.id) & (run_timeline.c.kind == EntryKind.NOTED)
    return await work.tx.scalar(select(run_timeline.c.id).where(told).limit(1)) is None


async def _settle_calls(work: Work, one: Change) -> None:
    """Calls turn quiet: all of them when the run is over, some when somebody is on it."""
    say, before, after = work.house.wording.say, one.before.state, one.after
    taken = after.taken_at is not None and before.taken_at is None
    over = after.ended_at is not None and before.ended_at is None
    for level in after.levels:
        if not level.called or not (taken or over):
            continue
        until = after.playbook.escalation[level.level].until
        if over or until is Until.TAKEN:
            outcome = say("runs.call_over" if over else "runs.call_taken")
            await settle_alert(work, call_key(one.before.id, level.level), outcome)


def call_key(run: int, level: int) -> str:
    """What the alert of a level of the escalation goes by, counted from 0."""
    return f"run:{run}:{level}"
