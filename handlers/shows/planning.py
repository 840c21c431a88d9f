"""`/show plan`: when the next show is to begin. One show is planned at a time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from handlers.capability import Deadline, Undone
from handlers.catalog.assembly import tidy
from handlers.command_line import Invocation
from handlers.events import ShowPlanned, ShowStaged
from handlers.messages import Answer
from handlers.shows.plan_times import PlanFault, Planned, read_plan
from handlers.times import shown_time
from handlers.wording import Said
from handlers.work import Work
from storage.repositories import versions
from storage.schema import sale
from storage.schema.states import ShowState

__all__ = ["LONGEST_NAME", "STAGE", "plan", "plan_line", "planned_show", "undo_plan"]

LONGEST_NAME = 80
#: So long before a planned show its staging begins.
_STAGED_BEFORE = timedelta(hours=1)
#: While another show is live its staging waits, and looks again so often whether that is over.
_LOOKS_AGAIN = timedelta(minutes=1)
#: A show that starts so near to its plan is the planned one; later the plan was forgotten.
_NEAR = timedelta(hours=12)


async def plan(work: Work, command: Invocation) -> Answer:
    """`/show plan WHEN [NAME…]`, or `/show plan clear`: plans, plans anew, or takes it back."""
    say, given = work.house.wording.say, command.options
    when = str(given["when"]).strip()
    # Before the look, so that of two who plan at once one waits for the other.
    await versions.bump(work.tx, "timeline")
    if when.lower() == "clear" and not given["name"]:
        return await _clear(work, command)
    found = read_plan(f"{when} {given['name'] or ''}", work.at, work.house.timezone)
    if isinstance(found, PlanFault):
        return Answer(text=say(f"show.plan_{found}"))
    row = await _planned(work)
    before = None if row is None else _kept(row)
    show_id, name = await _write(work, row, found)
    work.record(
        command.person, "show.plan", name, undo={"show": show_id, "before": before}
    )  # fmt: skip
    told = say("show.planned", again=row is not None, **_told(work, name, found))
    waits = _is_live(work) and found.starts - _STAGED_BEFORE <= work.at
    return Answer(text=say("show.planned_in_live", told=told) if waits else told)


async def _write(work: Work, row: Any, found: Planned) -> tuple[int, str]:
    """Write the plan, over the one before; a staging that has begun does not begin again."""
    name = tidy(found.name)[:LONGEST_NAME] or (row.name if row is not None else "")
    name = name or _named(work, found.starts)
    staged_at, began = found.starts - _STAGED_BEFORE, row is not None and row.stage_due is None
    begins = staged_at <= work.at and not began and not _is_live(work)
    values = {
        "name": name,
        "planned_start": found.starts,
        "planned_end": found.ends,
        "stage_due": _stage_due(work, staged_at, under_way=began or begins),
    }
    if row is None:
        fresh = {**values, "state": ShowState.STAGED, "staged_at": work.at}
        (show_id,) = await work.tx.insert_ids(sale.shows, [fresh])
    else:
        show_id = row.id
        await work.tx.run(update(sale.shows).where(sale.shows.c.id == show_id).values(**values))
    if begins:
        work.emit(ShowStaged(show_id=show_id))
    work.emit(ShowPlanned(show_id=show_id, staging=values["stage_due"] is None))
    return int(show_id), name


def _is_live(work: Work) -> bool:
    return work.snapshot.timeline.live is not None


def _stage_due(work: Work, staged_at: datetime, *, under_way: bool) -> datetime | None:
    """When its staging begins, None once it has; it waits for a show that is live."""
    if staged_at > work.at:
        return staged_at
    return None if under_way else work.at + _LOOKS_AGAIN


def _named(work: Work, starts: datetime) -> str:
    here = starts.astimezone(work.house.timezone)
    return f"Show of {here:%d %b %Y}"


def _kept(row: Any) -> Mapping[str, Any]:
    ends = row.planned_end
    return {
        "name": row.name,
        "starts": row.planned_start.isoformat(),
        "ends": None if ends is None else ends.isoformat(),
    }


async def _clear(work: Work, command: Invocation) -> Answer:
    say, row = work.house.wording.say, await _planned(work)
    if row is None:
        return Answer(text=say("show.no_plan"))
    await _take_back(work, row.id)
    work.record(
        command.person, "show.plan", row.name, undo={"show": row.id, "before": _kept(row)}
    )  # fmt: skip
    return Answer(text=say("show.plan_cleared", name=row.name))


async def _take_back(work: Work, show_id: int) -> None:
    gone = {"state": ShowState.CLOSED, "closed_at": work.at, "stage_due": None}
    await work.tx.run(
        update(sale.shows)
        .where(sale.shows.c.id == show_id)
        .values(planned_start=None, planned_end=None, **gone)
    )
    work.emit(ShowPlanned(show_id=show_id))


async def undo_plan(work: Work, act: Mapping[str, Any]) -> Undone:
    """Plan as it was before, unless the show began or another was planned since."""
    say, before = work.house.wording.say, act["before"]
    await versions.bump(work.tx, "timeline")
    row, now = await _planned(work), await work.tx.first(
        select(sale.shows).where(sale.shows.c.id == act["show"])
    )  # fmt: skip
    if now is None or now.started_at is not None or (row is not None and row.id != now.id):
        return Undone(text=say("show.plan_changed_since"), done=False)
    if before is None:
        await _take_back(work, now.id)
        return Undone(text=say("show.plan_cleared", name=now.name))
    ends = None if before["ends"] is None else datetime.fromisoformat(before["ends"])
    starts = datetime.fromisoformat(before["starts"])
    found = Planned(starts=starts, ends=ends, name=before["name"])
    if row is None:
        again = {"state": ShowState.STAGED, "closed_at": None}
        await work.tx.run(update(sale.shows).where(sale.shows.c.id == now.id).values(**again))
    await _write(work, now, found)
    return Undone(text=say("show.planned", again=True, **_told(work, before["name"], found)))


def _told(work: Work, name: str, found: Planned) -> Mapping[str, Any]:
    return {
        "name": name,
        "starts": shown_time(work, found.starts),
        "ends": _until(work, found.starts, found.ends),
    }


def _until(work: Work, starts: datetime, ends: datetime | None) -> str:
    """Only the time of day, unless it is another day than the start."""
    if ends is None:
        return ""
    from_, until = (one.astimezone(work.house.timezone) for one in (starts, ends))
    return f"{until:%H:%M}" if from_.date() == until.date() else f"{until:%a %d %b %H:%M}"


# --- what is planned ------------------------------------------------------------------------------


async def _planned(work: Work) -> Any:
    shows = sale.shows.c
    return await work.tx.first(
        select(sale.shows)
        .where(shows.state == ShowState.STAGED, shows.planned_start.is_not(None))
        .order_by(shows.id.desc())
        .limit(1)
        .with_for_update()
    )


async def planned_show(work: Work) -> Any:
    """The planned show that a start now begins, locked; None where none is meant by it."""
    row = await _planned(work)
    near = row is not None and abs(row.planned_start - work.at) <= _NEAR
    return row if near else None


async def plan_line(work: Work) -> Said | None:
    """What is planned, in a line; None where nothing is. Only reads."""
    shows = sale.shows.c
    row = await work.tx.first(
        select(sale.shows)
        .where(shows.state == ShowState.STAGED, shows.planned_start.is_not(None))
        .order_by(shows.id.desc())
        .limit(1)
    )
    if row is None:
        return None
    found = Planned(starts=row.planned_start, ends=row.planned_end, name=row.name)
    late = row.planned_start < work.at
    return work.house.wording.say("show.plan_line", late=late, **_told(work, row.name, found))


async def _stage(work: Work, due: datetime) -> None:
    """The staging of a planned show begins; one whose time is long over is not staged any more."""
    shows, now = sale.shows.c, work.house.playbooks.late(due)
    for row in await work.tx.all(
        select(sale.shows).where(shows.stage_due <= due).order_by(shows.id).with_for_update()
    ):
        planned = row.state == ShowState.STAGED and row.planned_start + _NEAR > now
        later = max(due, now) + _LOOKS_AGAIN if planned and _is_live(work) else None
        await work.tx.run(update(sale.shows).where(shows.id == row.id).values(stage_due=later))
        if later is None and planned:
            work.emit(ShowStaged(show_id=row.id))


STAGE = Deadline(name="shows.stage", due=select(func.min(sale.shows.c.stage_due)), run=_stage)
