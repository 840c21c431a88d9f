"""How a show ends: by a moderator or by itself when nothing happens; and how that is undone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from handlers.capability import Deadline, Undone
from handlers.claims.hints import forget_gathered
from handlers.claims.hold_times import idle_dues, next_warning, waking_end
from handlers.claims.holding_off import is_wish
from handlers.claims.holds import tell_unpaid
from handlers.claims.telling import settle_show, shown_time
from handlers.command_line import Invocation
from handlers.events import ShowChanged, ShowEnded
from handlers.messages import Answer
from handlers.people import Person
from handlers.snapshot import ShowView
from handlers.team.alerts import Severity, raise_alert, settle_alert
from handlers.work import Work
from storage.repositories.sale import HELD, UNSETTLED
from storage.schema import sale
from storage.schema.states import ClaimState, HoldSource, ItemState, ShowState
from storage.unit_of_work import padded

__all__ = ["IDLE_ASK", "IDLE_END", "end", "undo_end"]

#: Well below what either database takes as parameters of one statement.
_IDS_AT_ONCE = 4_096

#: Who acts when Andon does something by itself.
_ANDON = Person(platform="", id="andon", name="Andon")


async def end(work: Work, command: Invocation) -> Answer:
    """`/show end`: holds get their end, and who has not paid is told once."""
    say, live = work.house.wording.say, work.snapshot.timeline.live
    if live is None or not await _end(work, live, command.person):
        return Answer(text=say("show.none"))
    rows = await _unpaid(work, live.id)
    paused = await work.tx.all(
        select(sale.items.c.code)
        .where(sale.items.c.state == ItemState.PAUSED)
        .order_by(sale.items.c.position)
    )
    return Answer(
        text=say(
            "show.ended_answer",
            name=live.name,
            held=sum(row.units for row in rows),
            people=len(rows),
            until=shown_time(work, _until(work, work.at)),
            paused=[row.code for row in paused],
        )
    )


def _until(work: Work, ended_at: datetime) -> datetime:
    return ended_at + timedelta(hours=work.rules.hold_hours)


async def _end(work: Work, live: ShowView, by: Person) -> bool:
    """End a show; False where somebody else was faster."""
    shows = sale.shows.c
    ended = await work.tx.run(
        update(sale.shows)
        .where(shows.id == live.id, shows.state == ShowState.LIVE)
        .values(
            state=ShowState.ENDED,
            ended_at=work.at,
            paused_at=None,
            idle_ask_due=None,
            idle_end_due=None,
        )
    )
    if not ended:
        return False
    await settle_show(work, replace(live, paused=False), at_the_end=True)
    await work.tx.run(
        update(sale.stages)
        .where(sale.stages.c.show_id == live.id, sale.stages.c.until_at.is_(None))
        .values(until_at=work.at)
    )
    open_ended = await _open_ended(work, live.id)
    await _give_holds_their_end(work, live.id)
    await _give_wishes_their_end(work, live.id)
    await forget_gathered(work)
    voided = await _close_asked(work, live.id)
    await settle_alert(work, f"show.idle:{live.id}", work.house.wording.say("show.idle_over"))
    work.bump("timeline")
    work.emit(ShowEnded(show_id=live.id))
    work.record(
        by,
        "show.end",
        live.name,
        undo={
            "show": live.id,
            "ended_at": work.at.isoformat(),
            "voided": voided,
            "open_ended": open_ended,
        },
        values={"show": live.id},
    )
    work.tell_stream("show.ended", {"until": shown_time(work, _until(work, work.at))})
    tell_unpaid(work, "holds.show_end", await _unpaid(work, live.id))
    return True


async def _open_ended(work: Work, show_id: int) -> list[int]:
    """The holds that last as long as the show does."""
    holds = sale.holds.c
    rows = await work.tx.all(
        select(holds.id).where(holds.show_id == show_id, HELD, holds.expires_at.is_(None))
    )
    return [row.id for row in rows]


async def _give_holds_their_end(work: Work, show_id: int) -> None:
    """`hold_hours` from now; a promoted hold to its waking hours, if that is later."""
    holds, until = sale.holds.c, _until(work, work.at)
    promoted = await work.tx.all(
        select(holds.granted_at)
        .where(
            holds.show_id == show_id,
            HELD,
            holds.expires_at.is_(None),
            holds.source == HoldSource.PROMOTION,
        )
        .group_by(holds.granted_at)
    )
    for row in promoted:
        waking = waking_end(work.rules, row.granted_at, work.house.timezone)
        if waking > until:
            await work.tx.run(
                update(sale.holds)
                .where(
                    holds.show_id == show_id,
                    HELD,
                    holds.expires_at.is_(None),
                    holds.source == HoldSource.PROMOTION,
                    holds.granted_at == row.granted_at,
                )
                .values(expires_at=waking, warn_due=next_warning(work.rules, waking, work.at))
            )
    # Minutes set by show or item only ever make a hold shorter.
    longer = (
        (holds.expires_at > until)
        & holds.source.in_((HoldSource.CLAIM, HoldSource.STAFF))
        & holds.extended.is_(False)
    )
    await work.tx.run(
        update(sale.holds)
        .where(holds.show_id == show_id, HELD, holds.expires_at.is_(None) | longer)
        .values(expires_at=until, warn_due=next_warning(work.rules, until, work.at))
    )


async def _give_wishes_their_end(work: Work, show_id: int) -> None:
    """What is to be paid first is kept no longer than what is held."""
    claims, until = sale.claims.c, _until(work, work.at)
    longer = claims.lapse_due.is_(None) | (claims.lapse_due > until)
    await work.tx.run(
        update(sale.claims)
        .where(claims.show_id == show_id, *is_wish(), longer)
        .values(lapse_due=until)
    )


async def _close_asked(work: Work, show_id: int) -> list[int]:
    """Claims that never got their size end with the show."""
    claims = sale.claims.c
    rows = await work.tx.all(
        select(claims.id).where(
            claims.show_id == show_id, UNSETTLED, claims.state == ClaimState.ASKED
        )
    )
    ids = [row.id for row in rows]
    if ids:
        await work.tx.run(
            update(sale.claims).where(claims.id.in_(padded(ids))).values(state=ClaimState.VOID)
        )
    return ids


async def _unpaid(work: Work, show_id: int) -> Sequence[Any]:
    """Who holds something unpaid of this show: `platform, person, who, units, expires_at`."""
    holds, people = sale.holds.c, sale.identities.c
    return await work.tx.all(
        select(
            people.platform,
            people.person,
            people.name.label("who"),
            func.sum(holds.quantity).label("units"),
            func.min(holds.expires_at).label("expires_at"),
        )
        .join(sale.claims, sale.claims.c.id == holds.claim_id)
        .join(sale.identities, people.id == sale.claims.c.identity_id)
        .where(holds.show_id == show_id, HELD)
        .group_by(people.id, people.platform, people.person, people.name)
        .order_by(people.id)
    )


# --- a show in which nothing happens --------------------------------------------------------------


async def _ask_if_idle(work: Work, due: datetime) -> None:
    shows = sale.shows.c
    for row in await work.tx.all(select(sale.shows).where(shows.idle_ask_due <= due)):
        await work.tx.run(update(sale.shows).where(shows.id == row.id).values(idle_ask_due=None))
        told = {
            "name": row.name,
            "minutes": work.rules.idle_ask_minutes,
            "until": shown_time(work, row.idle_end_due),
        }
        key, kind = f"show.idle:{row.id}", "show.idle_ask"
        window = timedelta(hours=work.rules.idle_end_hours)
        await raise_alert(work, key=key, kind=kind, values=told, window=window)


async def _end_if_idle(work: Work, due: datetime) -> None:
    idle = await work.tx.all(
        select(sale.shows.c.id).where(sale.shows.c.idle_end_due <= due).order_by("id")
    )
    for row in idle:
        show = work.snapshot.timeline.of(row.id)
        if show is not None and await _end(work, show, _ANDON):
            told = {"name": show.name, "hours": work.rules.idle_end_hours}
            await raise_alert(
                work,
                key=f"show.idle_end:{row.id}",
                kind="show.idle_end",
                values=told,
                severity=Severity.INFO,
            )


IDLE_ASK = Deadline(
    name="shows.idle_ask", due=select(func.min(sale.shows.c.idle_ask_due)), run=_ask_if_idle
)
IDLE_END = Deadline(
    name="shows.idle_end", due=select(func.min(sale.shows.c.idle_end_due)), run=_end_if_idle
)


# --- undo -----------------------------------------------------------------------------------------


async def undo_end(work: Work, act: Mapping[str, Any]) -> Undone:
    """Make an ended show live again; its holds lose the end that the show's end gave them."""
    say, shows, stages = work.house.wording.say, sale.shows.c, sale.stages.c
    row = await work.tx.first(select(sale.shows).where(shows.id == act["show"]).with_for_update())
    if row is None or row.state != ShowState.ENDED or work.snapshot.timeline.live is not None:
        return Undone(text=say("show.cannot_undo_end", name=row.name if row else ""), done=False)
    ended_at = datetime.fromisoformat(act["ended_at"])
    ask_due, end_due = idle_dues(work.rules, work.at)
    await work.tx.run(
        update(sale.shows)
        .where(shows.id == row.id)
        .values(state=ShowState.LIVE, ended_at=None, idle_ask_due=ask_due, idle_end_due=end_due)
    )
    await work.tx.run(
        update(sale.stages)
        .where(stages.show_id == row.id, stages.until_at == ended_at)
        .values(until_at=None)
    )
    await _take_the_end_back(work, row.id, ended_at, act["open_ended"])
    if act["voided"]:
        await work.tx.run(
            update(sale.claims)
            .where(sale.claims.c.id.in_(padded(act["voided"])))
            .values(state=ClaimState.ASKED)
        )
    work.bump("timeline")
    work.emit(ShowChanged(show_id=row.id))
    again = work.house.wording.say("show.idle_undone")
    await settle_alert(work, f"show.idle_end:{row.id}", again)
    work.tell_stream("show.undone_end_told", {"name": row.name})
    return Undone(text=say("show.undone_end", name=row.name))


async def _take_the_end_back(
    work: Work, show_id: int, ended_at: datetime, hold_ids: Sequence[int]
) -> None:
    """What had no end before the show's end has none again; what was extended stays."""
    claims = sale.claims.c
    await work.tx.run(
        update(sale.claims)
        .where(claims.show_id == show_id, claims.lapse_due == _until(work, ended_at))
        .values(lapse_due=None)
    )
    holds = sale.holds.c
    for start in range(0, len(hold_ids), _IDS_AT_ONCE):
        ids = padded(hold_ids[start : start + _IDS_AT_ONCE])
        await work.tx.run(
            update(sale.holds)
            .where(holds.id.in_(ids), HELD, holds.extended.is_(False))
            .values(expires_at=None, warn_due=None)
        )
