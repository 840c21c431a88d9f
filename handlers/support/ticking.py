"""What comes due of conversations: answers that are late, silence; and DMs that turn out closed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from handlers.capability import Deadline, Follower
from handlers.events import DirectsClosed, Event
from handlers.messages import Button
from handlers.people import Role
from handlers.speech import button_values
from handlers.support.card import say_card
from handlers.support.telling import first_name, reply_buttons
from handlers.support.threads import REPLY, close, late_key
from handlers.team.alerts import Severity, raise_alert
from handlers.team.taking import history_line
from handlers.work import Work
from storage.schema.states import DeliveryState, ReplyState
from storage.schema.support import support_messages, support_threads
from storage.schema.traffic import deliveries

__all__ = ["CLOSED_DMS", "LATE", "SILENT"]

_thread, _said = support_threads.c, support_messages.c
_AT_ONCE = 100
_AGAIN = timedelta(hours=24)


async def _late(work: Work, due: datetime) -> None:
    """The team hears of it at once as urgent, again as long after, and then every day."""
    for row in await _due(work, _thread.late_due, due):
        times = row.late_times + 1
        await raise_alert(
            work,
            key=late_key(row.id),
            kind="support.late",
            values={
                "number": row.id,
                "name": first_name(row),
                "minutes": round((due - row.asked_at).total_seconds() / 60),
                "taken": row.taken_by or "",
            },
            severity=Severity.URGENT,
            # Whoever should have answered did not: the next time more people hear of it.
            audience="support" if times == 1 else "alerts",
            buttons=reply_buttons(work, row.id),
            owner_role=Role.SUPPORT,
            window=timedelta(minutes=1),
        )
        pause = timedelta(minutes=work.house.support.answer_minutes)
        later = due + (pause if times == 1 else max(pause, _AGAIN))
        await _set(work, row, late_due=later, late_times=times)


async def _silent(work: Work, due: datetime) -> None:
    for row in await _due(work, _thread.silent_due, due):
        await close(work, row, work.house.wording.say("support.silence"), told=False)


async def _due(work: Work, column: Any, due: datetime) -> Sequence[Any]:
    return await work.tx.all(
        select(support_threads)
        .where(column <= due)
        .order_by(column, _thread.id)
        .limit(_AT_ONCE)
        .with_for_update()
    )


async def _closed_dms(work: Work, events: Sequence[Event]) -> None:
    for event in events:
        if isinstance(event, DirectsClosed):
            await _not_reached(work, event)


async def _not_reached(work: Work, event: DirectsClosed) -> None:
    """Keep the replies that were refused, tell the team, and call the customer to read them."""
    row = await work.tx.first(
        select(support_threads)
        .where(
            _thread.platform == event.platform,
            _thread.person == event.person,
            _thread.closed_at.is_(None),
        )
        .with_for_update()
    )
    refused = [] if row is None else await _refused(work, row)
    if row is None or not refused:
        return
    marked = update(support_messages).where(_said.id.in_(refused)).values(state=ReplyState.REFUSED)
    await work.tx.run(marked)
    what = history_line(work, "support.history.refused", name=first_name(row))
    await say_card(work, row, history=what)
    if work.house.hears_claims(row.platform):
        label = work.house.wording.say("support.button.read")
        who = work.house.who(row.platform, row.person, row.name)
        said = {"who": who, **button_values((Button(id="support.read:", label=label),))}
        work.say(work.house.stream_of(row.platform), "support.call", said)


async def _refused(work: Work, row: Any) -> list[int]:
    """Replies since the last letter whose delivery failed, and of which nobody knows yet."""
    said = await work.tx.all(
        select(_said.id).where(
            _said.thread_id == row.id,
            _said.theirs.is_(False),
            _said.state == ReplyState.SAID,
            _said.at >= row.asked_at,
        )
    )
    cards = {f"{REPLY}{one.id}": one.id for one in said}
    if not cards:
        return []
    told = deliveries.c
    failed = await work.tx.all(
        select(told.card).where(
            told.card.in_(sorted(cards)), told.state == DeliveryState.FAILED.value
        )
    )
    return sorted({cards[one.card] for one in failed})


async def _set(work: Work, row: Any, **values: Any) -> None:
    await work.tx.run(update(support_threads).where(_thread.id == row.id).values(**values))


def _next(column: Any) -> Any:
    return select(func.min(column)).where(column.is_not(None))


LATE = Deadline(name="support.late", due=_next(_thread.late_due), run=_late)
SILENT = Deadline(name="support.silent", due=_next(_thread.silent_due), run=_silent)
CLOSED_DMS = Follower(name="support.closed_dms", events=(DirectsClosed,), run=_closed_dms)
