"""The report of a show, read and drawn outside any transaction, and brought through the intake.

    desk = ReportDesk(storage, intake.webhook, lambda: andon.house, now=clock.now)
    clockwork.every(2.0, "what shows report", desk.tick)

Taking a report on moves its due time, in one guarded statement: that is its lease. What a process
that died had taken comes due by itself, later each time; from the third time on it goes without the
picture, for that may be what it died of.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update

from bot.papers.reports import draw_report
from handlers.messages import Webhook
from handlers.reporting.figures import ShowFigures
from handlers.reporting.picture import picture_of
from handlers.reporting.reading import read_figures
from handlers.reporting.words import report_csv, report_text
from handlers.work import House
from storage.engine import Storage
from storage.schema import sale
from storage.schema.reports import Edition, show_reports
from storage.schema.states import HoldState, ShowState

__all__ = ["ReportDesk", "ReportFiles", "files_of"]

_LEASE, _LONGEST_LEASE = timedelta(seconds=60), timedelta(hours=6)
_TRIES_WITH_PICTURE = 2
_report, _show, _hold = show_reports.c, sale.shows.c, sale.holds.c


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """A report as files: its text, its picture, its table."""

    text: str
    png: bytes
    csv: str


def files_of(house: House, figures: ShowFigures) -> ReportFiles:
    """Draw and write a report. Takes a second or two: matplotlib is slow to load."""
    return ReportFiles(
        text=report_text(house, figures) + "\n",
        png=draw_report(picture_of(house, figures)),
        csv=report_csv(figures),
    )


class ReportDesk:
    """Makes the reports that are due. `take` brings one through the intake."""

    def __init__(
        self,
        storage: Storage,
        take: Callable[[Webhook], Awaitable[None]],
        house: Callable[[], House],
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._take = take
        self._house = house
        self._now = now

    async def tick(self, now: datetime) -> None:
        """Make what is due, one after the other. Raises what kept one from being made."""
        async with self._storage.read() as tx:
            due = await tx.all(_due(now))
        for row in due:
            if await self._taken(row, now):
                await self._make(row, now)

    async def _taken(self, row: Any, now: datetime) -> bool:
        again = min(_LONGEST_LEASE, _LEASE * 2 ** min(row.tries, 10))
        async with self._storage.write() as tx:
            taking = update(show_reports).where(
                _report.show_id == row.show_id,
                _report.due_at == row.due_at,
                _report.edition == row.edition,
            )
            return bool(await tx.run(taking.values(due_at=now + again, tries=row.tries + 1)))

    async def _make(self, row: Any, now: datetime) -> None:
        async with self._storage.read() as tx:
            figures = await read_figures(tx, row.show_id, now)
        if figures is None:
            return
        house = self._house()
        picture = picture_of(house, figures)
        drawn = row.tries < _TRIES_WITH_PICTURE
        body = {
            "show": row.show_id,
            "edition": row.edition,
            "final": figures.final,
            "text": report_text(house, figures),
            "png": await asyncio.to_thread(draw_report, picture) if drawn else b"",
            "alt": picture.alt,
        }
        key = f"reporting.drawn:{row.show_id}:{row.edition}:{now.isoformat()}"
        told = Webhook(key=key, source="reporting.drawn", body=body, received_at=self._now())
        await self._take(told)


def _due(now: datetime) -> Any:
    """Reports of shows that are over; the final one once nothing of the show is held."""
    held = select(_hold.id).where(_hold.show_id == _report.show_id, _hold.state == HoldState.HELD)
    over = _show.state.in_((ShowState.ENDED, ShowState.CLOSED))
    may_be_told = or_(_report.edition == Edition.FIRST, ~held.exists())
    return (
        select(show_reports)
        .join(sale.shows, _show.id == _report.show_id)
        .where(and_(_report.due_at <= now, over, may_be_told))
        .order_by(_report.due_at, _report.show_id)
    )
