"""The life of a show: started, paused and resumed. `ending` tells how it ends."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select, update

from handlers.capability import Undone
from handlers.catalog.assembly import tidy
from handlers.claims.hold_times import idle_dues
from handlers.claims.telling import settle_show, shown_time
from handlers.command_line import Invocation
from handlers.events import ShowChanged, ShowStarted, ShowTakenBack
from handlers.messages import Answer
from handlers.shows.planning import LONGEST_NAME, plan_line, planned_show
from handlers.work import Work
from storage.repositories import versions
from storage.schema import sale
from storage.schema.states import HoldState, ShowState

__all__ = [
    "numbers",
    "pause",
    "resume",
    "start",
    "status",
    "undo_pause",
    "undo_resume",
    "undo_start",
]


async def start(work: Work, command: Invocation) -> Answer:
    """`/show start [NAME…]`: one show is live at a time."""
    say = work.house.wording.say
    # Before the look, so that of two who start at once in two processes one waits for the other.
    await versions.bump(work.tx, "timeline")
    live = await work.tx.scalar(
        select(sale.shows.c.name).where(sale.shows.c.state == ShowState.LIVE)
    )
    if live is not None:
        return Answer(text=say("show.already", name=live))
    planned = await planned_show(work)
    name = tidy(command.options["name"] or "")[:LONGEST_NAME]
    name = name or (planned.name if planned is not None else _named(work))
    show_id = await _begin(work, planned, name)
    work.emit(ShowStarted(show_id=show_id))
    work.record(
        command.person, "show.start", name, undo={"show": show_id}, values={"show": show_id}
    )
    example = next(iter(work.snapshot.catalogue.items), "A12")
    work.tell_stream("show.started", {"name": name, "example": example})
    return Answer(text=say("show.started_answer", name=name))


async def _begin(work: Work, planned: Any, name: str) -> int:
    """A show is live: the one that was planned for now, or a new one."""
    ask_due, end_due = idle_dues(work.rules, work.at)
    row = {
        "name": name,
        "state": ShowState.LIVE,
        "started_at": work.at,
        "stage_due": None,
        "idle_ask_due": ask_due,
        "idle_end_due": end_due,
    }
    if planned is None:
        (show_id,) = await work.tx.insert_ids(sale.shows, [{**row, "staged_at": work.at}])
        return int(show_id)
    await work.tx.run(update(sale.shows).where(sale.shows.c.id == planned.id).values(**row))
    return int(planned.id)


def _named(work: Work) -> str:
    here = work.at.astimezone(work.house.timezone)
    return f"Show of {here:%d %b %Y}"


async def pause(work: Work, command: Invocation) -> Answer:
    """`/show pause`: claims for every item are kept pending, in order."""
    say, live = work.house.wording.say, work.snapshot.timeline.live
    if live is None:
        return Answer(text=say("show.none"))
    if live.paused:
        return Answer(text=say("show.paused_already"))
    await _pause(work, live.id)
    work.record(command.person, "show.pause", live.name, undo={"show": live.id})
    return Answer(text=say("show.paused_answer"))


async def _pause(work: Work, show_id: int) -> None:
    await work.tx.run(
        update(sale.shows).where(sale.shows.c.id == show_id).values(paused_at=work.at)
    )
    work.bump("timeline")
    work.emit(ShowChanged(show_id=show_id))
    work.tell_stream("show.paused", {})


async def resume(work: Work, command: Invocation) -> Answer:
    """`/show resume`: what was kept is taken, in order, but for items paused by themselves."""
    say, live = work.house.wording.say, work.snapshot.timeline.live
    if live is None or not live.paused:
        return Answer(text=say("show.not_paused"))
    count = await _resume(work)
    work.record(command.person, "show.resume", live.name, undo={"show": live.id})
    return Answer(text=say("show.resumed_answer", count=count))


async def _resume(work: Work) -> int:
    live = work.snapshot.timeline.live
    if live is None:
        return 0
    await work.tx.run(update(sale.shows).where(sale.shows.c.id == live.id).values(paused_at=None))
    work.bump("timeline")
    work.emit(ShowChanged(show_id=live.id))
    work.tell_stream("show.resumed", {})
    return await settle_show(work, replace(live, paused=False))


async def status(work: Work, command: Invocation) -> Answer:
    """`/show status`: where the show stands."""
    say, timeline = work.house.wording.say, work.snapshot.timeline
    show, planned = timeline.live or next(iter(timeline.shows), None), await plan_line(work)
    if show is None:
        return Answer(text=planned or say("show.none"))
    stage = show.stage_at(work.at) if show.state is ShowState.LIVE else None
    lines = [
        say(
            "show.status",
            name=show.name,
            state="paused" if show.paused else show.state.value,
            since=shown_time(work, show.ended_at or show.started_at),
            stage=stage.code if stage else "",
            **await numbers(work, show.id),
        )
    ]
    return Answer(text="\n".join([*lines, *([planned] if planned else [])]))


async def numbers(work: Work, show_id: int) -> dict[str, int]:
    """How many claims a show has, and units `held` and `waiting`."""
    claims = sale.claims.c
    return {
        "claims": await work.tx.scalar(
            select(func.count()).where(claims.show_id == show_id, claims.place.is_not(None))
        ),
        "held": await _units(work, sale.holds, show_id, HoldState.HELD),
        "waiting": await _units(work, sale.waitlist, show_id, "waiting"),
    }


async def _units(work: Work, table: Any, show_id: int, state: str) -> int:
    units: int = await work.tx.scalar(
        select(func.coalesce(func.sum(table.c.quantity), 0)).where(
            table.c.show_id == show_id, table.c.state == state
        )
    )
    return units


# --- undo -----------------------------------------------------------------------------------------


async def undo_start(work: Work, act: Mapping[str, Any]) -> Undone:
    """Take back the start of a show that nobody has claimed in: it never was live."""
    say, shows = work.house.wording.say, sale.shows.c
    row = await work.tx.first(select(sale.shows).where(shows.id == act["show"]).with_for_update())
    claimed = await work.tx.scalar(select(func.count()).where(sale.claims.c.show_id == act["show"]))
    if row is None or row.state != ShowState.LIVE:
        return Undone(text=say("show.not_live"), done=False)
    if claimed:
        return Undone(text=say("show.cannot_undo_start", name=row.name), done=False)
    back = {"state": ShowState.CLOSED, "closed_at": work.at}
    if row.planned_start is not None and await plan_line(work) is None:
        # It is planned as before, unless another is by now.
        back = {"state": ShowState.STAGED, "closed_at": None}
    await work.tx.run(
        update(sale.shows)
        .where(shows.id == act["show"])
        .values(started_at=None, paused_at=None, idle_ask_due=None, idle_end_due=None, **back)
    )
    work.bump("timeline")
    work.emit(ShowTakenBack(show_id=row.id))
    work.emit(ShowChanged(show_id=row.id))
    work.tell_stream("show.undone_start_told", {"name": row.name})
    return Undone(text=say("show.undone_start", name=row.name))


async def undo_pause(work: Work, act: Mapping[str, Any]) -> Undone:
    """Go on after a pause."""
    live = work.snapshot.timeline.live
    if live is None or live.id != act["show"] or not live.paused:
        return Undone(text=work.house.wording.say("show.not_paused"), done=False)
    count = await _resume(work)
    return Undone(text=work.house.wording.say("show.resumed_answer", count=count))


async def undo_resume(work: Work, act: Mapping[str, Any]) -> Undone:
    """Pause again; what was decided meanwhile stays decided."""
    live = work.snapshot.timeline.live
    if live is None or live.id != act["show"]:
        return Undone(text=work.house.wording.say("show.not_live"), done=False)
    if live.paused:
        return Undone(text=work.house.wording.say("show.paused_already"), done=False)
    await _pause(work, live.id)
    return Undone(text=work.house.wording.say("show.paused_answer"))
