"""The life of a show: started, paused, resumed, ended; and ended by itself when nothing happens."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from handlers.capability import Deadline
from handlers.claims.hold_times import idle_dues, next_warning
from handlers.claims.holds import tell_unpaid
from handlers.claims.telling import settle_show, shown_time
from handlers.command_line import Invocation
from handlers.events import ShowEnded, ShowStarted
from handlers.messages import Answer, Visibility
from handlers.people import Person
from handlers.work import Work
from storage.repositories.sale import HELD, UNSETTLED
from storage.schema import sale
from storage.schema.states import ClaimState, HoldState, ShowState
from storage.unit_of_work import padded

__all__ = [
    "IDLE_ASK",
    "IDLE_END",
    "end",
    "end_show",
    "pause",
    "resume",
    "start",
    "status",
    "undo_end",
    "undo_start",
]


async def start(work: Work, command: Invocation) -> Answer:
    """`/show start [NAME…]`: one show is live at a time."""
    say, live = work.house.wording.say, work.snapshot.timeline.live
    if live is not None:
        return Answer(text=say("show.already", name=live.name))
    name = (command.options["name"] or "").strip()[:80] or _named(work)
    ask_due, end_due = idle_dues(work.rules, work.at)
    row = {
        "name": name,
        "state": ShowState.LIVE,
        "staged_at": work.at,
        "started_at": work.at,
        "idle_ask_due": ask_due,
        "idle_end_due": end_due,
    }
    (show_id,) = await work.tx.insert_ids(sale.shows, [row])
    work.bump("timeline")
    work.emit(ShowStarted(show_id=show_id))
    work.record(
        command.person, "show.start", name, undo={"show": show_id}, values={"show": show_id}
    )
    example = next(iter(work.snapshot.catalogue.items), "A12")
    work.tell_stream("show.started", {"name": name, "example": example})
    return Answer(text=say("show.started_answer", name=name), visibility=Visibility.PRIVATE)


def _named(work: Work) -> str:
    here = work.at.astimezone(work.house.timezone)
    return f"Show of {here:%d %b %Y}"


async def end(work: Work, command: Invocation) -> Answer:
    """`/show end`: holds get their end, and who has not paid is told once."""
    live = work.snapshot.timeline.live
    if live is None:
        return Answer(text=work.house.wording.say("show.none"))
    if live.paused:
        await settle_show(work, replace(live, paused=False))
    held, people, until = await end_show(work, live.id, command.person)
    return Answer(
        text=work.house.wording.say(
            "show.ended_answer", name=live.name, held=held, people=people, until=until
        )
    )


async def end_show(work: Work, show_id: int, by: Person) -> tuple[int, int, str]:
    """End a show; returns units held, people who hold them, and until when."""
    tx, rules = work.tx, work.rules
    until = work.at + timedelta(hours=rules.hold_hours)
    name = await tx.scalar(select(sale.shows.c.name).where(sale.shows.c.id == show_id))
    await tx.run(
        update(sale.shows)
        .where(sale.shows.c.id == show_id)
        .values(
            state=ShowState.ENDED,
            ended_at=work.at,
            paused_at=None,
            idle_ask_due=None,
            idle_end_due=None,
        )
    )
    await tx.run(
        update(sale.stages)
        .where(sale.stages.c.show_id == show_id, sale.stages.c.until_at.is_(None))
        .values(until_at=work.at)
    )
    holds = sale.holds.c
    await tx.run(
        update(sale.holds)
        .where(holds.show_id == show_id, HELD, holds.expires_at.is_(None))
        .values(expires_at=until, warn_due=next_warning(rules, until, work.at))
    )
    voided = await _void_unsettled(work, show_id)
    work.bump("timeline")
    work.emit(ShowEnded(show_id=show_id))
    work.record(
        by,
        "show.end",
        name,
        undo={"show": show_id, "ended_at": work.at.isoformat(), "voided": voided},
        values={"show": show_id},
    )
    rows = await _unpaid(work, show_id)
    work.tell_stream("show.ended", {"until": shown_time(work, until)})
    tell_unpaid(work, "holds.show_end", rows)
    people = len({(row.platform, row.person) for row in rows})
    units = await tx.scalar(
        select(func.coalesce(func.sum(holds.quantity), 0)).where(holds.show_id == show_id, HELD)
    )
    return units, people, shown_time(work, until)


async def _void_unsettled(work: Work, show_id: int) -> list[int]:
    """Claims that never got their size or their turn end with the show."""
    claims = sale.claims.c
    rows = await work.tx.all(
        select(claims.id).where(claims.show_id == show_id, UNSETTLED, claims.state == "asked")
    )
    ids = [row.id for row in rows]
    if ids:
        await work.tx.run(
            update(sale.claims).where(claims.id.in_(padded(ids))).values(state=ClaimState.VOID)
        )
    return ids


async def _unpaid(work: Work, show_id: int) -> Sequence[Any]:
    holds = sale.holds.c
    return await work.tx.all(
        select(
            sale.identities.c.platform,
            sale.identities.c.person,
            sale.identities.c.name.label("who"),
            func.min(holds.expires_at).label("expires_at"),
        )
        .join(sale.claims, sale.claims.c.id == holds.claim_id)
        .join(sale.identities, sale.identities.c.id == sale.claims.c.identity_id)
        .where(holds.show_id == show_id, HELD)
        .group_by(
            sale.identities.c.id,
            sale.identities.c.platform,
            sale.identities.c.person,
            sale.identities.c.name,
        )
        .order_by(sale.identities.c.id)
    )


async def pause(work: Work, command: Invocation) -> Answer:
    """`/show pause`: claims for every item are kept pending, in order."""
    say, live = work.house.wording.say, work.snapshot.timeline.live
    if live is None:
        return Answer(text=say("show.none"))
    await work.tx.run(
        update(sale.shows).where(sale.shows.c.id == live.id).values(paused_at=work.at)
    )
    work.bump("timeline")
    work.record(command.person, "show.pause", live.name)
    work.tell_stream("show.paused", {})
    return Answer(text=say("show.paused_answer"))


async def resume(work: Work, command: Invocation) -> Answer:
    """`/show resume`: what was kept is taken, in order, but for items paused by themselves."""
    say, live = work.house.wording.say, work.snapshot.timeline.live
    if live is None or not live.paused:
        return Answer(text=say("show.not_paused"))
    await work.tx.run(update(sale.shows).where(sale.shows.c.id == live.id).values(paused_at=None))
    count = await settle_show(work, replace(live, paused=False))
    work.bump("timeline")
    work.record(command.person, "show.resume", live.name)
    work.tell_stream("show.resumed", {})
    return Answer(text=say("show.resumed_answer", count=count))


async def status(work: Work, command: Invocation) -> Answer:
    """`/show status`: where the show stands."""
    say = work.house.wording.say
    show = next(iter(work.snapshot.timeline.shows), None)
    if show is None:
        return Answer(text=say("show.none"))
    holds, waits = sale.holds.c, sale.waitlist.c
    claims = await work.tx.scalar(
        select(func.count()).where(
            sale.claims.c.show_id == show.id, sale.claims.c.place.is_not(None)
        )
    )
    held = await work.tx.scalar(
        select(func.coalesce(func.sum(holds.quantity), 0)).where(
            holds.show_id == show.id, holds.state == HoldState.HELD
        )
    )
    waiting = await work.tx.scalar(
        select(func.coalesce(func.sum(waits.quantity), 0)).where(
            waits.show_id == show.id, waits.state == "waiting"
        )
    )
    stage = show.stage_at(work.at)
    return Answer(
        text=say(
            "show.status",
            name=show.name,
            state="paused" if show.paused else show.state.value,
            since=shown_time(work, show.started_at),
            stage=stage.code if stage else "",
            claims=claims,
            held=held,
            waiting=waiting,
        )
    )


# --- a show in which nothing happens --------------------------------------------------------------


async def _ask_if_idle(work: Work, due: datetime) -> None:
    shows = sale.shows.c
    for row in await work.tx.all(select(sale.shows).where(shows.idle_ask_due <= due)):
        await work.tx.run(update(sale.shows).where(shows.id == row.id).values(idle_ask_due=None))
        work.tell_team(
            "alerts",
            "show.idle_ask",
            {
                "name": row.name,
                "minutes": work.rules.idle_ask_minutes,
                "until": shown_time(work, row.idle_end_due),
            },
        )


async def _end_if_idle(work: Work, due: datetime) -> None:
    shows = sale.shows.c
    clock = Person(platform="", id="andon", name="Andon")
    for row in await work.tx.all(select(sale.shows).where(shows.idle_end_due <= due)):
        await end_show(work, row.id, clock)
        work.tell_team(
            "alerts", "show.idle_end", {"name": row.name, "hours": work.rules.idle_end_hours}
        )


# --- undo -----------------------------------------------------------------------------------------


async def undo_start(work: Work, act: Mapping[str, Any]) -> str:
    """Take back the start of a show that nobody has claimed in."""
    say, shows = work.house.wording.say, sale.shows.c
    row = await work.tx.first(select(sale.shows).where(shows.id == act["show"]))
    claimed = await work.tx.scalar(select(func.count()).where(sale.claims.c.show_id == act["show"]))
    if row is None or claimed:
        return say("show.cannot_undo_start", name=row.name if row else "")
    await work.tx.run(
        update(sale.shows)
        .where(shows.id == act["show"])
        .values(
            state=ShowState.CLOSED,
            ended_at=work.at,
            closed_at=work.at,
            idle_ask_due=None,
            idle_end_due=None,
        )
    )
    work.bump("timeline")
    return say("show.undone_start", name=row.name)


async def undo_end(work: Work, act: Mapping[str, Any]) -> str:
    """Make an ended show live again; its holds lose the end that the show's end gave them."""
    say, shows = work.house.wording.say, sale.shows.c
    row = await work.tx.first(select(sale.shows).where(shows.id == act["show"]))
    ended_at = datetime.fromisoformat(act["ended_at"])
    if row is None or work.snapshot.timeline.live is not None:
        return say("show.cannot_undo_end", name=row.name if row else "")
    ask_due, end_due = idle_dues(work.rules, work.at)
    await work.tx.run(
        update(sale.shows)
        .where(shows.id == act["show"])
        .values(state=ShowState.LIVE, ended_at=None, idle_ask_due=ask_due, idle_end_due=end_due)
    )
    await work.tx.run(
        update(sale.stages)
        .where(sale.stages.c.show_id == act["show"], sale.stages.c.until_at == ended_at)
        .values(until_at=None)
    )
    holds = sale.holds.c
    await work.tx.run(
        update(sale.holds)
        .where(
            holds.show_id == act["show"],
            HELD,
            holds.expires_at == ended_at + timedelta(hours=work.rules.hold_hours),
            holds.extended.is_(False),
        )
        .values(expires_at=None, warn_due=None)
    )
    if act["voided"]:
        await work.tx.run(
            update(sale.claims)
            .where(sale.claims.c.id.in_(padded(act["voided"])))
            .values(state=ClaimState.ASKED)
        )
    work.bump("timeline")
    return say("show.undone_end", name=row.name)


IDLE_ASK = Deadline(
    name="shows.idle_ask", due=select(func.min(sale.shows.c.idle_ask_due)), run=_ask_if_idle
)
IDLE_END = Deadline(
    name="shows.idle_end", due=select(func.min(sale.shows.c.idle_end_due)), run=_end_if_idle
)
