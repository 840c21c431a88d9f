"""When a return is over: each unit is paid for, refused, or never came."""

from collections.abc import Sequence
from typing import Any

from handlers.capability import Follower
from handlers.events import Event, ReturnMoved
from handlers.returns.records import (
    StoredReturn,
    change_return,
    change_unit,
    load_return,
    move_return,
)
from handlers.returns.states import Acceptance, Reception, Reimbursement, ReturnState
from handlers.returns.swapping import let_swaps_go
from handlers.work import Work

__all__ = ["ENDS", "close_if_done", "set_due"]

_OPEN = (
    ReturnState.APPROVED,
    ReturnState.IN_TRANSIT,
    ReturnState.PARTLY_RECEIVED,
    ReturnState.RECEIVED,
)
#: What of a return ended without its units: they may be asked for anew.
_WITHOUT = (ReturnState.DECLINED, ReturnState.CANCELLED, ReturnState.EXPIRED)


async def set_due(work: Work, return_id: int) -> None:
    """Say when the team has to have done what is theirs to do; not at all where that is nothing."""
    stored = await load_return(work, return_id)
    if stored is None:
        return
    failed = any(row.state == Reimbursement.FAILED for row in stored.money)
    waits = failed or any(_waits_for_us(unit) for unit in stored.units)
    due = work.at + work.house.returns.decide_within if waits else None
    await change_return(work, return_id, due_at=due)


def _waits_for_us(unit: Any) -> bool:
    if unit.acceptance in (Acceptance.PENDING, Acceptance.PERSON):
        return unit.received_at is not None or bool(unit.reception == Reception.LOST)
    return unit.reimbursement_id is None and bool(unit.acceptance == Acceptance.ACCEPTED)


async def close_if_done(work: Work, return_id: int, *, who: str) -> bool:
    """Close a locked return of which nothing is left to do; returns whether it was."""
    stored = await load_return(work, return_id)
    if stored is None or stored.state not in _OPEN:
        return False
    paid = {row.id for row in stored.money if row.state == Reimbursement.PAID}
    if not all(unit.reimbursement_id in paid or _given_up(unit) for unit in stored.units):
        return False
    await move_return(
        work,
        stored.row,
        ReturnState.CLOSED,
        who=who,
        due_at=None,
        send_by=None,
        remind_due=None,
    )
    return True


def _given_up(unit: Any) -> bool:
    if unit.reimbursement_id is not None:
        return False
    never = unit.reception == Reception.NEVER_CAME and unit.acceptance == Acceptance.PENDING
    return never or bool(unit.acceptance == Acceptance.REJECTED)


async def _ended(work: Work, events: Sequence[Event]) -> None:
    """What was set aside for units that nothing is given for goes to whoever waits."""
    for event in events:
        if not isinstance(event, ReturnMoved) or event.was == event.now:
            continue
        if event.now == ReturnState.CLOSED or event.now in _WITHOUT:
            stored = await load_return(work, event.return_id)
            if stored is not None:
                await _let_go(work, stored)


async def _let_go(work: Work, stored: StoredReturn) -> None:
    units = [unit for unit in stored.units if unit.reimbursement_id is None]
    if any(unit.swap_hold_id is not None for unit in units):
        await load_return(work, stored.id, lock=True)
        await let_swaps_go(work, stored, units)
    for unit in units:
        await change_unit(work, unit.id, live=False)


ENDS = Follower(name="returns.ends", events=(ReturnMoved,), run=_ended, required=True)
