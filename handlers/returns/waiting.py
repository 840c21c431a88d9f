"""What comes due: a return that nobody decides, and one that its customer never sends."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from handlers.capability import Deadline
from handlers.claims.private_lines import customer_of
from handlers.messages import Answer, Button, ButtonStyle, Press
from handlers.people import Role
from handlers.returns.receiving import send_off
from handlers.returns.records import change_return, load_return, move_return
from handlers.returns.states import ReturnState
from handlers.returns.telling import send_facts, tell_return
from handlers.team.alerts import Severity, raise_alert
from handlers.work import Work
from storage.schema.returns import returns

__all__ = ["LATE", "REMIND", "UNSENT", "sent_pressed"]

_return = returns.c
_AGAIN = timedelta(hours=24)
_AT_ONCE = 100


async def _due(work: Work, column: ColumnElement[datetime | None], due: datetime) -> Sequence[int]:
    rows = await work.tx.all(
        select(_return.id).where(column <= due).order_by(column, _return.id).limit(_AT_ONCE)
    )
    return [row.id for row in rows]


async def _late(work: Work, due: datetime) -> None:
    """An urgent alert, again a day later, until somebody has decided."""
    say = work.house.wording.say
    for return_id in await _due(work, _return.due_at, due):
        stored = await load_return(work, return_id, lock=True)
        if stored is None or stored.row.due_at is None:
            continue
        button = Button(
            id=f"returns.take:{return_id}",
            label=say("returns.button.take"),
            style=ButtonStyle.PRIMARY,
        )
        await raise_alert(
            work,
            key=f"return.late:{return_id}",
            kind="returns.late",
            values={
                "number": stored.number,
                "state": str(say(f"returns.is.{stored.state.value}")),
                "taken": stored.row.taken_by,
            },
            severity=Severity.URGENT,
            buttons=() if stored.row.taken_by else (button,),
            owner_role=Role.SUPPORT,
            window=_AGAIN / 2,
        )
        # The next one is due from here, so that a clock that stood still alerts once.
        await change_return(work, return_id, due_at=due + _AGAIN, late_at=due)


async def _remind(work: Work, due: datetime) -> None:
    """Once, before the time to send it is over."""
    for return_id in await _due(work, _return.remind_due, due):
        stored = await load_return(work, return_id, lock=True)
        await change_return(work, return_id, remind_due=None)
        if stored is None or stored.state is not ReturnState.APPROVED:
            continue
        sent = Button(
            id=f"returns.sent:{return_id}",
            label=work.house.wording.say("returns.button.sent"),
            style=ButtonStyle.PRIMARY,
        )
        facts = send_facts(work, stored, stored.row.send_by)
        await tell_return(work, stored, "remind", **facts, buttons=(sent,))


async def _unsent(work: Work, due: datetime) -> None:
    """An approved return that was never sent is over; a person may approve it again."""
    for return_id in await _due(work, _return.send_by, due):
        stored = await load_return(work, return_id, lock=True)
        await change_return(work, return_id, send_by=None, remind_due=None)
        if stored is not None and stored.state is ReturnState.APPROVED:
            await move_return(work, stored.row, ReturnState.EXPIRED)
            await tell_return(work, stored, "expired")


async def sent_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*I sent it*, by the customer whose return it is; nobody else learns that there is one."""
    say = work.house.wording.say
    customer_id = await customer_of(work, press.person)
    stored = await load_return(work, int(arguments[0]), lock=True)
    if stored is None or customer_id is None or stored.row.customer_id != customer_id:
        return Answer(text=say("returns.sent.not_yours"))
    if stored.state is ReturnState.IN_TRANSIT:
        return Answer(text=say("returns.sent.thanks", number=stored.number))
    refused = await send_off(work, stored, who=press.person.name)
    key = "returns.sent.thanks" if refused is None else "returns.sent.over"
    return Answer(text=say(key, number=stored.number))


LATE = Deadline(
    name="returns.late",
    due=select(func.min(_return.due_at)).where(_return.due_at.is_not(None)),
    run=_late,
)
REMIND = Deadline(
    name="returns.remind",
    due=select(func.min(_return.remind_due)).where(_return.remind_due.is_not(None)),
    run=_remind,
)
UNSENT = Deadline(
    name="returns.unsent",
    due=select(func.min(_return.send_by)).where(_return.send_by.is_not(None)),
    run=_unsent,
)
