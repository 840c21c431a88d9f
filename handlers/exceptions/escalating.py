"""What nobody decided in time: an urgent alert to its owner, again a day later, until it is."""

from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from handlers.capability import Deadline
from handlers.exceptions.opening import button_of
from handlers.people import Role
from handlers.team.alerts import Severity, raise_alert
from handlers.work import Work
from storage.schema import traffic
from storage.schema.states import ExceptionState

__all__ = ["LATE"]

_exception = traffic.exceptions.c
_AGAIN = timedelta(hours=24)
_OPEN = _exception.state != ExceptionState.RESOLVED


async def _late(work: Work, due: datetime) -> None:
    rows = await work.tx.all(
        select(traffic.exceptions)
        .where(_OPEN, _exception.alert_at <= due)
        .order_by(_exception.alert_at, _exception.id)
        .limit(100)
        .with_for_update()
    )
    for row in rows:
        sentence = work.house.wording.say(f"exception.{row.kind}", **row._mapping["values"])
        await raise_alert(
            work,
            key=f"exception.late:{row.id}",
            kind="exception.late",
            values={"number": row.id, "sentence": str(sentence), "taken": row.taken_by or ""},
            severity=Severity.URGENT,
            buttons=(button_of(work, row),),
            owner_role=Role(row.owner_role),
            window=_AGAIN / 2,
        )
        # The next one is due from here, so that a clock that stood still alerts once.
        await work.tx.run(
            update(traffic.exceptions).where(_exception.id == row.id).values(alert_at=due + _AGAIN)
        )


LATE = Deadline(
    name="exceptions.late", due=select(func.min(_exception.alert_at)).where(_OPEN), run=_late
)
