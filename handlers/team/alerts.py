"""Alerts: one thing alerts once; what comes again counts on its card, what is over turns quiet."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update

from handlers.capability import OptionKind, PressSpec, UndoSpec
from handlers.messages import Answer, Button, Press
from handlers.people import TEAM, Role
from handlers.speech import button_values, buttons_from
from handlers.team.taking import Takeable, clock_time, history_line
from handlers.wording import Said
from handlers.work import Work
from storage.locks import lock_name
from storage.schema.traffic import alerts

__all__ = [
    "LEAVE_ALERT",
    "TAKE_ALERT",
    "Severity",
    "raise_alert",
    "rename_in_alerts",
    "settle_alert",
]

_AN_HOUR = timedelta(hours=1)


class Severity(StrEnum):
    """How bad it is; only what is urgent mentions whoever is on call, at any hour."""

    INFO = "info"
    WARNING = "warning"
    URGENT = "urgent"


async def raise_alert(
    work: Work,
    *,
    key: str,
    kind: str,
    values: Mapping[str, Any],
    severity: Severity = Severity.WARNING,
    audience: str = "alerts",
    window: timedelta = _AN_HOUR,
    buttons: Sequence[Button] = (),
    owner_role: Role | None = None,
) -> None:
    """Alert `audience` with the sentence `kind`, filled with `values`.

    `key` names the one thing that it is about: where that is open and was first met less than
    `window` ago, its card counts one more and says the newest `values`.
    """
    now = {
        "kind": kind,
        "severity": severity.value,
        "owner_role": owner_role,
        "values": dict(values),
        "buttons": button_values(buttons),
        "last_at": work.at,
    }
    await lock_name(work.tx, f"alert:{key}")
    row = await work.tx.first(
        select(alerts)
        .where(alerts.c.key == key, alerts.c.settled_at.is_(None), alerts.c.window_ends > work.at)
        .order_by(alerts.c.id.desc())
        .limit(1)
        .with_for_update()
    )
    if row is None:
        first = {"key": key, "audience": audience, "count": 1, "first_at": work.at}
        await work.tx.insert(alerts, [{**now, **first, "window_ends": work.at + window}])
        latest = select(alerts).where(alerts.c.key == key).order_by(alerts.c.id.desc()).limit(1)
        _say_card(work, await work.tx.first(latest))
        return
    count = row._mapping["count"] + 1
    mine = alerts.c.id == row.id
    await work.tx.run(update(alerts).where(mine).values(**now, count=count))
    what = history_line(work, "history.again", count=count)
    _say_card(work, await work.tx.first(select(alerts).where(mine)), history=what)


async def settle_alert(work: Work, key: str, outcome: str) -> None:
    """What `key` names is over: its cards turn quiet and say how it ended."""
    await lock_name(work.tx, f"alert:{key}")
    open_ = (alerts.c.key == key) & alerts.c.settled_at.is_(None)
    rows = await work.tx.all(
        select(alerts.c.id).where(open_).order_by(alerts.c.id).with_for_update()
    )
    for (number,) in rows:
        mine = alerts.c.id == number
        ended = {"settled_at": work.at, "outcome": outcome}
        await work.tx.run(update(alerts).where(mine).values(**ended))
        what = history_line(work, "history.settled", outcome=outcome)
        _say_card(work, await work.tx.first(select(alerts).where(mine)), history=what)


async def rename_in_alerts(work: Work, key: str, name: str) -> None:
    """Whoever the alerts of `key` name is called `name` from now on; their cards are said anew."""
    for row in await work.tx.all(select(alerts).where(alerts.c.key == key).order_by(alerts.c.id)):
        mine = alerts.c.id == row.id
        values = {**row._mapping["values"], "name": name}
        await work.tx.run(update(alerts).where(mine).values({alerts.c["values"]: values}))
        _say_card(work, await work.tx.first(select(alerts).where(mine)))


def _say_card(work: Work, row: Any, *, history: str = "", acted: bool = False) -> None:
    waits = row.settled_at is None and row.taken_by is None
    urgent = waits and row.severity == Severity.URGENT
    work.tell_team(
        row.audience,
        "alert.card",
        {
            "text": _text(work, row),
            "severity": row.severity,
            "urgent": urgent,
            "history": history,
            # What a summary goes by: whether this is its first state, and when it was and is.
            "new": not history,
            "folds": not urgent,
            "since": clock_time(work, row.first_at),
            "time": clock_time(work, work.at),
            **button_values(_buttons(work, row)),
        },
        card=f"alert:{row.id}",
        due_at=work.at if acted else None,
    )


def _text(work: Work, row: Any) -> Said:
    say = work.house.wording.say
    sentence = say(row.kind, **row._mapping["values"])
    if row.settled_at is not None:
        return say("alert.settled", sentence=sentence, outcome=row.outcome)
    state = say("alert.for", role=row.owner_role) if row.owner_role else ""
    if row.taken_by is not None:
        state = say("alert.taken", name=row.taken_by, time=clock_time(work, row.taken_at))
    last = clock_time(work, row.last_at)
    return say("alert.card", sentence=sentence, count=row._mapping["count"], last=last, state=state)


def _buttons(work: Work, row: Any) -> Sequence[Button]:
    if row.settled_at is not None:
        return ()
    take = Button(id=f"alert.take:{row.id}", label=work.house.wording.say("alert.take"))
    kept = buttons_from(row.buttons)
    return kept if row.taken_by is not None else (*kept, take)


_ALERT = Takeable(
    word="alert",
    table=alerts,
    waits=alerts.c.settled_at.is_(None),
    say_card=_say_card,
    taken={},
    left={},
)


async def _take(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*I take it* under the card."""
    return await _ALERT.take(work, press.person, int(arguments[0]))


TAKE_ALERT = PressSpec(
    name="alert.take",
    run=_take,
    takes=(OptionKind.INTEGER,),
    roles=TEAM,
    label="I take it, on an alert",
)
LEAVE_ALERT = UndoSpec(action="alert.take", run=_ALERT.leave)
