"""Follows what happens: it starts runs, suggests them, ends them, and sets the clock of a show."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from handlers.capability import Follower
from handlers.events import (
    Event,
    ShowChanged,
    ShowEnded,
    ShowPlanned,
    ShowReopened,
    ShowStarted,
)
from handlers.runs.records import load
from handlers.runs.running import begin, change, known_to_runs
from handlers.runs.suggesting import plan, suggest
from handlers.work import Work
from playbooks.ending import end, ended_by
from playbooks.filling import fill
from playbooks.run import How, Refused
from storage.schema import sale
from storage.schema.runs import runs

__all__ = ["FOLLOWS"]

#: Conditions may ask for these; an event of an item brings them as they are when it is told.
_NOW = frozenset({"state", "short"})

#: After these a show's clock may stand differently.
_OF_CLOCK = (ShowPlanned, ShowStarted, ShowEnded, ShowChanged)


async def _follow(work: Work, events: Sequence[Event]) -> None:
    """Each event in its turn, at its own moment: what it ends comes before what it starts."""
    awaited = await _awaited(work)
    now = work.at
    for event in _told(work, events):
        name, books = type(event).__name__, work.house.playbooks
        starting, timed = books.triggers(name), isinstance(event, _OF_CLOCK)
        if not (name in awaited or starting or timed):
            continue
        work.at = event.at or now
        fields = await _fields(work, event)
        if name in awaited:
            await _end(work, name, fields)
        if starting:
            await _start(work, name, fields, _lasting(event, fields))
            # What it started may wait for a later one of this batch.
            awaited = await _awaited(work)
        if timed:
            say = work.house.wording.say
            known = await known_to_runs(work, fields, started_by=say("runs.andon"))
            late = isinstance(event, ShowPlanned)
            await plan(work, int(fields["show_id"]), known, late=late)
    work.at = now


async def _awaited(work: Work) -> frozenset[str]:
    """The names of events that may end an open run."""
    rows = await work.tx.all(
        select(runs.c.ends_on).where(runs.c.ended_at.is_(None), runs.c.ends_on != "").distinct()
    )
    return frozenset(name for (names,) in rows for name in names.split(",") if name)


def _told(work: Work, events: Sequence[Event]) -> Iterator[Event]:
    """These events, and what follows from them."""
    for event in events:
        yield event
        # A change that finds no show live is an end that was taken back.
        if isinstance(event, ShowChanged) and work.snapshot.timeline.live is None:
            yield ShowReopened(show_id=event.show_id, at=event.at)


async def _fields(work: Work, event: Event) -> Mapping[str, Any]:
    """An event as playbooks read it; one of an item brings what the item is, as of now."""
    fields = event.values()
    item = work.snapshot.catalogue.by_id.get(fields.get("item_id", 0))
    if item is None:
        return fields
    names = {one.id: name for name, one in item.variants.items()}
    variants, which = sale.variants.c, fields.get("variant_id")
    mine = variants.item_id == item.id if which is None else variants.id == which
    items = sale.items.c
    return {
        "code": item.code,
        "title": item.title,
        "size": names.get(which or 0) or "",
        "state": str(await work.tx.scalar(select(items.state).where(items.id == item.id)) or ""),
        "short": int(await work.tx.scalar(select(func.sum(variants.short)).where(mine)) or 0),
        **fields,
    }


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


def _lasting(event: Event, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a run keeps of it: what an item is at this moment depends on where a batch ends."""
    own = event.values()
    return {name: value for name, value in fields.items() if name not in _NOW or name in own}


async def _start(
    work: Work, name: str, fields: Mapping[str, Any], lasting: Mapping[str, Any]
) -> None:
    say = work.house.wording.say
    for book, trigger in work.house.playbooks.triggers(name):
        if not trigger.matches(name, fields):
            continue
        known = await known_to_runs(work, lasting, started_by=say("runs.andon"))
        variables = {**known, **trigger.brings(lasting)}
        if trigger.automatic:
            await begin(work, book, variables, by="")
        else:
            await suggest(work, book, variables, why=say("runs.why.event", event=name))


FOLLOWS = Follower(name="runs.follow", events=(Event,), run=_follow)
