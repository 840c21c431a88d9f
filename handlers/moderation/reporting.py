"""What comes by itself: the summary of what was only watched, and acts that were refused."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, func, literal_column, select, update

from handlers.capability import Deadline
from handlers.moderation.acting import ACT
from handlers.moderation.card import AUDIENCE, say_card
from handlers.moderation.ledger import find_entry
from handlers.moderation.model import Action
from handlers.moderation.slowing import slow_refused
from handlers.team.taking import clock_time, history_line
from handlers.work import Work
from storage.schema.moderation import LogState, moderation_log
from storage.schema.traffic import deliveries

__all__ = ["REFUSED", "WATCHED"]

_TOLD: Final = "moderation.refused"
_EXAMPLES: Final = 3
# Literals, not parameters: SQLite uses a partial index only where it sees its condition.
_FAILED: Final[ColumnElement[bool]] = and_(
    deliveries.c.state == literal_column("'failed'"),
    deliveries.c.kind == literal_column(f"'{ACT}'"),
)
_log = moderation_log.c


async def _watched(work: Work, due: datetime) -> None:
    """One card a day: how often the rules would have acted, and on what."""
    midnight = due.astimezone(work.house.timezone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    today = (
        _log.at >= midnight,
        _log.at <= due,
        _log.acted.is_(False),
        _log.state == LogState.STANDS,
        _log.action != Action.NOTE,
    )
    counts = await work.tx.all(
        select(_log.rule, func.count().label("times"))
        .where(*today)
        .group_by(_log.rule)
        .order_by(func.count().desc(), _log.rule)
    )
    newest = await work.tx.all(
        select(moderation_log).where(*today).order_by(_log.at.desc(), _log.ref).limit(_EXAMPLES)
    )
    await work.tx.run(
        update(moderation_log).where(_log.report_due.is_not(None)).values(report_due=None)
    )
    if not counts:
        return
    say = work.house.wording.say
    examples = [
        say("moderation.example", action=row.action, rule=row.rule, name=row.name, text=row.text)
        for row in reversed(newest)
    ]
    work.tell_team(
        AUDIENCE,
        "moderation.watched",
        {
            "time": clock_time(work, due),
            "count": sum(row.times for row in counts),
            "rules": [f"{row.rule.replace('_', ' ')} {row.times}" for row in counts],
            "examples": examples,
        },
        card=f"moderation:watched:{midnight:%Y-%m-%d}",
    )


async def _refused(work: Work, due: datetime) -> None:
    """Say on its card that an act was not carried out, and why."""
    for row in await work.tx.all(
        select(deliveries.c.id, deliveries.c.card, deliveries.c.error)
        .where(_FAILED, deliveries.c.at <= due)
        .order_by(deliveries.c.id)
    ):
        # It is told from here on: the next look does not find it.
        mine = deliveries.c.id == row.id
        await work.tx.run(update(deliveries).where(mine).values(kind=_TOLD))
        ref, error = (row.card or "::").split(":")[1], row.error or "refused"
        entry = await find_entry(work, ref)
        if entry is None:
            await slow_refused(work, ref, error)
            continue
        await work.tx.run(update(moderation_log).where(_log.ref == entry.ref).values(error=error))
        what = history_line(work, "moderation.state.refused", error=error)
        say_card(work, dict(entry._mapping) | {"error": error}, history=what, acted=True)


WATCHED = Deadline(name="moderation.watched", due=select(func.min(_log.report_due)), run=_watched)
REFUSED = Deadline(
    name="moderation.refused", due=select(func.min(deliveries.c.at)).where(_FAILED), run=_refused
)
