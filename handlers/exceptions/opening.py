"""Exceptions: opened once for one thing, kept open until a person decides."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from handlers.messages import Button
from handlers.speech import button_values
from handlers.work import Work
from storage.schema import traffic
from storage.schema.states import ExceptionState

__all__ = ["close_exceptions", "open_exception", "say_card"]

_TO_DECIDE = timedelta(hours=4)


async def open_exception(
    work: Work, kind: str, *, subject: str, owner_role: str, values: Mapping[str, Any]
) -> int:
    """Open an exception about `subject`, or bring the open one up to date; returns its id.

    Its card says the sentence `exception.<kind>`, filled with `values`.
    """
    exceptions = traffic.exceptions.c
    row = await work.tx.first(
        select(traffic.exceptions).where(
            exceptions.kind == kind,
            exceptions.subject == subject,
            exceptions.state != ExceptionState.RESOLVED,
        )
    )
    if row is not None:
        await work.tx.run(
            update(traffic.exceptions).where(exceptions.id == row.id).values(values=dict(values))
        )
        exception_id = int(row.id)
    else:
        (exception_id,) = await work.tx.insert_ids(
            traffic.exceptions,
            [
                {
                    "kind": kind,
                    "subject": subject,
                    "state": ExceptionState.OPEN,
                    "owner_role": owner_role,
                    "values": dict(values),
                    "opened_at": work.at,
                    "due_at": work.at + _TO_DECIDE,
                }
            ],
        )
    say_card(work, exception_id, kind, values, "")
    return exception_id


async def close_exceptions(work: Work, kind: str, subject: str, *, outcome: str) -> None:
    """Resolve what is open about `subject`, because it settled itself."""
    exceptions = traffic.exceptions.c
    rows = await work.tx.all(
        select(traffic.exceptions).where(
            exceptions.kind == kind,
            exceptions.subject == subject,
            exceptions.state != ExceptionState.RESOLVED,
        )
    )
    for row in rows:
        await work.tx.run(
            update(traffic.exceptions)
            .where(exceptions.id == row.id)
            .values(state=ExceptionState.RESOLVED, outcome=outcome, resolved_at=work.at)
        )
        say_card(work, row.id, kind, row.values, outcome)


def say_card(
    work: Work, exception_id: int, kind: str, values: Mapping[str, Any], state: str
) -> None:
    """Say the card of an exception in its audience; `state` is empty while nobody has it."""
    said = work.house.wording.say(f"exception.{kind}", **values)
    buttons = () if state else (Button(id=f"exception.take:{exception_id}", label="I take it"),)
    work.tell_team(
        "exceptions",
        "exception.card",
        {
            "number": exception_id,
            "text": work.house.wording.say(
                "exception.card", number=exception_id, sentence=said, state=state
            ),
            **button_values(buttons),
        },
        card=f"exception:{exception_id}",
    )
