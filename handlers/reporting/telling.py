"""When a show's report is due, and how it reaches the team once it is drawn.

Drawing takes a second and reading may take one too, so neither happens in a transaction that chat
waits for: the desk in `bot` does both and brings the outcome as `reporting.drawn`.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update

from handlers.capability import Follower, WebhookSpec
from handlers.events import Event, ShowEnded
from handlers.messages import Picture, Webhook
from handlers.work import Work
from storage.schema import sale
from storage.schema.reports import Edition, show_reports
from storage.upsert import upsert

__all__ = ["DRAWN", "FOLLOWS"]

#: What is still being said when a show ends is part of how fast claims were acknowledged.
_SETTLES = timedelta(seconds=10)
_report = show_reports.c


async def _ended(work: Work, events: Sequence[Event]) -> None:
    """A show ended, perhaps once more: its first report is due."""
    ended = [event for event in events if isinstance(event, ShowEnded)]
    known = select(sale.shows.c.id).where(sale.shows.c.id.in_([one.show_id for one in ended]))
    there = {row.id for row in await work.tx.all(known)}
    for event in (one for one in ended if one.show_id in there):
        due = {
            "edition": Edition.FIRST,
            "due_at": (event.at or work.at) + _SETTLES,
            "tries": 0,
            "told_at": None,
        }
        adding = upsert(work.tx, show_reports).values(show_id=event.show_id, **due)
        await work.tx.run(adding.on_conflict_do_update(index_elements=[_report.show_id], set_=due))


async def _drawn(work: Work, told: Webhook) -> None:
    """A report is there: `show`, `edition`, `final`, `text`, and `png` with `alt` if it was drawn.

    The same may come from two processes: the second finds nothing due any more.
    """
    body = told.body
    show_id, edition, final = int(body["show"]), Edition(body["edition"]), bool(body["final"])
    row = await work.tx.first(
        select(show_reports).where(_report.show_id == show_id).with_for_update()
    )
    if row is None or row.due_at is None or row.edition != edition:
        return
    png = body["png"]
    picture = png and Picture.of(
        png, name=f"report-S{show_id}", mime="image/png", alt=str(body["alt"])
    )
    work.tell_team(
        "exceptions",
        "report.card",
        {"text": str(body["text"])},
        card=f"report:{show_id}:{edition.value}",
        pictures=[picture] if picture else (),
    )
    following = {"due_at": None} if final else {"edition": Edition.FINAL, "due_at": work.at}
    await work.tx.run(
        update(show_reports)
        .where(_report.show_id == show_id)
        .values(tries=0, told_at=work.at, **following)
    )


FOLLOWS = Follower(name="reporting.ended", events=(ShowEnded,), run=_ended)
DRAWN = WebhookSpec(source="reporting.drawn", run=_drawn)
