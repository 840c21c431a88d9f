"""What comes in: on its way, here in parts, lost, something else, or never; unit by unit."""

import re
from collections.abc import Sequence
from typing import Any

from handlers.returns.closing import close_if_done, set_due
from handlers.returns.deciding import Unwilling
from handlers.returns.records import (
    StoredReturn,
    change_return,
    change_unit,
    load_return,
    move_return,
    tell_change,
)
from handlers.returns.states import Reception, Refused, ReturnState, move, received_so_far
from handlers.returns.telling import tell_return
from handlers.work import Work

__all__ = ["chosen_units", "receive", "send_off"]

_OPEN = (
    ReturnState.APPROVED,
    ReturnState.IN_TRANSIT,
    ReturnState.PARTLY_RECEIVED,
    ReturnState.RECEIVED,
)
_ARRIVED = (Reception.RECEIVED, Reception.WRONG_ITEM)
_NUMBERS = re.compile(r"[0-9]{1,3}(?:[,;+][0-9]{1,3})*")


def chosen_units(stored: StoredReturn, typed: str) -> list[Any] | Unwilling:
    """The units that somebody means: `all`, or their numbers in the list, such as `1,3`."""
    if typed.strip().lower() in ("", "all"):
        return list(stored.units)
    plain = typed.replace(" ", "")
    numbers = sorted({int(one) for one in re.findall("[0-9]+", plain)})
    if not _NUMBERS.fullmatch(plain) or not 1 <= numbers[0] <= numbers[-1] <= len(stored.units):
        return Unwilling(key="returns.which_units", values={"count": len(stored.units)})
    return [stored.units[number - 1] for number in numbers]


async def send_off(
    work: Work, stored: StoredReturn, *, who: str, tracking: str = "", carrier: str = ""
) -> Unwilling | None:
    """A locked return is on its way; told again, only its tracking changes."""
    if stored.state not in (ReturnState.APPROVED, ReturnState.IN_TRANSIT):
        return Unwilling(key="returns.not_open", values={"number": stored.number})
    for unit in stored.units:
        if unit.reception in (Reception.AWAITING, Reception.NEVER_CAME):
            await change_unit(work, unit.id, reception=Reception.IN_TRANSIT)
    values: dict[str, Any] = {"send_by": None, "remind_due": None}
    if tracking:
        values |= {"tracking": tracking, "carrier": carrier}
    if stored.state is ReturnState.IN_TRANSIT:
        await change_return(work, stored.id, **values)
        await tell_change(work, stored.row, "tracking", who=who, why=tracking)
    else:
        await move_return(work, stored.row, ReturnState.IN_TRANSIT, who=who, why=tracking, **values)
    return None


async def receive(
    work: Work, stored: StoredReturn, units: Sequence[Any], to: Reception, *, who: str
) -> Unwilling | int:
    """Note what became of units of a locked return; returns how many changed."""
    if stored.state not in _OPEN:
        return Unwilling(key="returns.not_open", values={"number": stored.number})
    moved = [unit for unit in units if not isinstance(move(Reception(unit.reception), to), Refused)]
    if not moved:
        now = ", ".join(sorted({unit.reception for unit in units}))
        key = "returns.state." + ("already" if now == to else "no_move")
        return Unwilling(key=key, values={"now": now, "to": to})
    arrived = to in _ARRIVED
    for unit in moved:
        when = {"received_at": work.at} if arrived else {}
        await change_unit(work, unit.id, reception=to, **when)
    again = await load_return(work, stored.id)
    if again is None:
        raise LookupError(f"return {stored.id} is gone")
    await set_due(work, stored.id)
    after = received_so_far([Reception(unit.reception) for unit in again.units])
    what = f"{len(moved)} {to.replace('_', ' ')}"
    kind = "received" if arrived else to.value
    if (
        after is not None
        and after is not stored.state
        and not isinstance(move(stored.state, after), Refused)
    ):
        await move_return(
            work,
            stored.row,
            after,
            who=who,
            why=what,
            kind=kind,
            send_by=None,
            remind_due=None,
        )
    else:
        await change_return(work, stored.id, send_by=None, remind_due=None)
        await tell_change(work, stored.row, kind, who=who, why=what)
    await tell_return(work, stored, kind, units=moved)
    await close_if_done(work, stored.id, who=who)
    return len(moved)
