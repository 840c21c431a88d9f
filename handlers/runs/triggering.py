"""Follows what happens: it starts runs, suggests them, ends them, and sets the clock of a show."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from handlers.capability import Follower
from handlers.events import Event, ShowChanged, ShowEnded, ShowStarted
from handlers.runs.records import load
from handlers.runs.running import begin, change, known_to_runs
from handlers.runs.suggesting import plan, suggest
from handlers.work import Work
from playbooks.ending import end, ended_by
from playbooks.filling import fill
from playbooks.run import How, Refused
from storage.schema.runs import runs

__all__ = ["FOLLOWS"]

#: After these a show's clock may stand differently.
_OF_CLOCK = (ShowStarted, ShowEnded, ShowChanged)


async def _follow(work: Work, events: Sequence[Event]) -> None:
    """Each event in its turn, at its own moment: what it ends comes before what it starts."""
    awaited = await _awaited(work)
    now = work.at
    for event in events:
        name, books = type(event).__name__, work.house.playbooks
        starting, timed = books.triggers(name), isinstance(event, _OF_CLOCK)
        if not (name in awaited or starting or timed):
            continue
        work.at = event.at or now
        fields = _fields(work, event)
        if name in awaited:
            await _end(work, name, fields)
        if starting:
            await _start(work, name, fields)
            # What it started may wait for a later one of this batch.
            awaited = await _awaited(work)
        if timed:
            say = work.house.wording.say
            known = await known_to_runs(work, fields, started_by=say("runs.andon"))
            await plan(work, int(fields["show_id"]), known)
    work.at = now


async def _awaited(work: Work) -> frozenset[str]:
    """The names of events that may end an open run."""
    rows = await work.tx.all(
        select(runs.c.ends_on).where(runs.c.ended_at.is_(None), runs.c.ends_on != "").distinct()
    )
    return frozenset(name for (names,) in rows for name in names.split(",") if name)


def _fields(work: Work, event: Event) -> Mapping[str, Any]:
    """An event as playbooks read it; one of an item brings its code and title."""
    fields = event.values()
    item = work.snapshot.catalogue.by_id.get(fields.get("item_id", 0))
    if item is None:
        return fields
    return {"code": item.code, "title": item.title, **fields}


async def _end(work: Work, name: str, fields: Mapping[str, Any]) -> None:
    waiting = runs.c.ended_at.is_(None) & runs.c.ends_on.contains(f",{name},", autoescape=True)
    for run in await load(work, waiting, lock=True):
        one = ended_by(run.state, name, fields)
        if one is None:
            continue
        why = fill(one.why, run.state.variables)
        over = end(run.state, How.EVENT, who="", at=work.at, why=why)
        if not isinstance(over, Refused):
            await change(work, run, over, acted=False)


async def _start(work: Work, name: str, fields: Mapping[str, Any]) -> None:
    say = work.house.wording.say
    for book, trigger in work.house.playbooks.triggers(name):
        if not trigger.matches(name, fields):
            continue
        known = await known_to_runs(work, fields, started_by=say("runs.andon"))
        variables = {**known, **trigger.brings(fields)}
        if trigger.automatic:
            await begin(work, book, variables, by="")
        else:
            await suggest(work, book, variables, why=say("runs.why.event", event=name))


FOLLOWS = Follower(name="runs.follow", events=(Event,), run=_follow)
