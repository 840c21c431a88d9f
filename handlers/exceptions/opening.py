"""Exceptions: opened once for one thing, kept open until a person decides."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from handlers.messages import Button, ButtonStyle
from handlers.speech import button_values
from handlers.team.alerts import settle_alert
from handlers.team.taking import Takeable, clock_time, history_line
from handlers.times import shown_time
from handlers.wording import Said
from handlers.work import Work
from storage.schema import traffic
from storage.schema.states import ExceptionState

__all__ = [
    "EXCEPTION",
    "button_of",
    "close_exceptions",
    "find_open",
    "open_exception",
    "quiet_late",
    "say_card",
]

_TO_DECIDE = timedelta(hours=4)


async def open_exception(
    work: Work,
    kind: str,
    *,
    subject: str,
    owner_role: str,
    values: Mapping[str, Any],
    within: timedelta = _TO_DECIDE,
) -> int:
    """Open an exception about `subject`, or bring the open one up to date; returns its id.

    Its card says the sentence `exception.<kind>`, filled with `values`. It is to be decided
    `within` this time of its opening.
    """
    exceptions = traffic.exceptions.c
    before = row = await find_open(work, kind, subject)
    if row is not None:
        await work.tx.run(
            update(traffic.exceptions).where(exceptions.id == row.id).values(values=dict(values))
        )
    else:
        await work.tx.insert(
            traffic.exceptions,
            [
                {
                    "kind": kind,
                    "subject": subject,
                    "state": ExceptionState.OPEN,
                    "owner_role": owner_role,
                    "values": dict(values),
                    "opened_at": work.at,
                    "due_at": work.at + within,
                    "alert_at": work.at + within,
                }
            ],
        )
    row = await find_open(work, kind, subject)
    if row is None:
        raise LookupError(f"the exception about {subject} is gone")
    what = ""
    if before is not None and before._mapping["values"] != dict(values):
        what = history_line(work, "history.changed", sentence=_sentence(work, row))
    say_card(work, row, history=what)
    return int(row.id)


async def find_open(work: Work, kind: str, subject: str) -> Any:
    """The exception of this kind about `subject` that nobody has resolved, if there is one."""
    exceptions = traffic.exceptions.c
    return await work.tx.first(
        select(traffic.exceptions)
        .where(
            exceptions.kind == kind,
            exceptions.subject == subject,
            exceptions.state != ExceptionState.RESOLVED,
        )
        .with_for_update()
    )


async def close_exceptions(work: Work, kind: str, subject: str, *, outcome: str) -> None:
    """Resolve what is open about `subject`, because it settled itself."""
    exceptions = traffic.exceptions.c
    while (row := await find_open(work, kind, subject)) is not None:
        await work.tx.run(
            update(traffic.exceptions)
            .where(exceptions.id == row.id)
            .values(state=ExceptionState.RESOLVED, outcome=outcome, resolved_at=work.at)
        )
        await quiet_late(work, row.id, outcome)
        ended = work.house.wording.say("exception.settled", outcome=outcome)
        say_card(
            work, row, history=history_line(work, "exception.settled", outcome=outcome), ended=ended
        )


async def quiet_late(work: Work, number: int, outcome: str) -> None:
    """What was late is late no more: the alert of it turns quiet."""
    await settle_alert(work, f"exception.late:{number}", outcome)


def say_card(
    work: Work, row: Any, *, history: str = "", acted: bool = False, ended: Said | None = None
) -> None:
    """Say the card of an exception in its audience, given as its row.

    `history` is what changed, by somebody's act if `acted`; `ended` says how it ended.
    """
    say = work.house.wording.say
    state = ended or (_taken(work, row) if row.taken_by else say("alert.for", role=row.owner_role))
    hand_on = Button(id=f"exception.handon:{row.id}", label=say("exception.hand_on"))
    buttons = () if ended else (button_of(work, row), hand_on)
    work.tell_team(
        "exceptions",
        "exception.card",
        {
            "number": row.id,
            "text": say(
                "exception.card",
                number=row.id,
                sentence=_sentence(work, row),
                state=state,
                due="" if ended else shown_time(work, row.due_at),
            ),
            "history": history,
            **button_values(buttons),
        },
        card=f"exception:{row.id}",
        due_at=work.at if acted else row.due_at,
    )


def button_of(work: Work, row: Any) -> Button:
    """What is next: somebody takes it on, and whoever has it settles it."""
    say = work.house.wording.say
    if row.taken_by is None:
        return Button(id=f"exception.take:{row.id}", label=say("alert.take"))
    return Button(
        id=f"exception.settle:{row.id}",
        label=say("exception.settle"),
        style=ButtonStyle.PRIMARY,
    )


def _sentence(work: Work, row: Any) -> Said:
    return work.house.wording.say(f"exception.{row.kind}", **row._mapping["values"])


def _taken(work: Work, row: Any) -> Said:
    # Those taken before Andon noted the time say only by whom.
    at = clock_time(work, row.taken_at) if row.taken_at else ""
    return work.house.wording.say("exception.taken", name=row.taken_by, at=at)


#: How an exception is taken on.
EXCEPTION = Takeable(
    word="exception",
    table=traffic.exceptions,
    waits=traffic.exceptions.c.state != ExceptionState.RESOLVED,
    say_card=say_card,
    taken={"state": ExceptionState.TAKEN},
    left={"state": ExceptionState.OPEN},
)
