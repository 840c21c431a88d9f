"""Yes or no to a return: by the shop's rule where it may, else by a person who looked at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text

from handlers.capability import Follower
from handlers.events import Event, ReturnRequested
from handlers.messages import Button, ButtonStyle
from handlers.returns.card import say_card
from handlers.returns.giving import give_back
from handlers.returns.policy import Code, Verdict, Wish, overridden
from handlers.returns.records import (
    StoredReturn,
    change_return,
    change_unit,
    load_return,
    move_return,
    tell_change,
)
from handlers.returns.standing import Standing, flags_of, standing_of
from handlers.returns.states import Acceptance, Reception, Refused, ReturnState
from handlers.returns.swapping import hold_swaps, let_swaps_go
from handlers.returns.telling import send_facts, tell_return
from handlers.work import Work
from storage.return_states import ReturnKind
from storage.schema.returns import return_units

__all__ = ["REQUESTS", "Approved", "Unwilling", "approve", "ask_photo", "decline", "rewish"]

_unit = return_units.c
# Written out, not bound: a partial index serves only a statement that names its very condition.
_LIVE = text("return_units.live")
_ALIVE = (
    ReturnState.REQUESTED,
    ReturnState.APPROVED,
    ReturnState.IN_TRANSIT,
    ReturnState.PARTLY_RECEIVED,
    ReturnState.RECEIVED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwilling:
    """Why something cannot be done to a return: the key of a sentence, and what fills it."""

    key: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """A return that was approved; `swap_gone` where what was wished instead is not there."""

    swap_gone: bool
    given: int


async def approve(
    work: Work, stored: StoredReturn, *, who: str, why: str = ""
) -> Approved | Unwilling:
    """Approve a locked return; what the policy refused needs the reason `why`."""
    refused = _refusal(stored, why) or await _taken_anew(work, stored)
    if refused is not None:
        return refused
    complaint = stored.row.kind == ReturnKind.COMPLAINT
    stays = complaint and not stored.row.comes_back
    send_by = None if stays else work.at + work.house.returns.send_within
    moved = await move_return(
        work,
        stored.row,
        ReturnState.APPROVED,
        who=who,
        why=why,
        decided_by=who,
        decided_at=work.at,
        override_why=why if Code(stored.row.verdict) is not Code.RETURNABLE else "",
        declined_why="",
        due_at=None,
        send_by=send_by,
        remind_due=send_by and send_by - work.house.returns.remind_before,
    )
    if isinstance(moved, Refused):
        return Unwilling(key=moved.key, values={"now": moved.now, "to": moved.to})
    for unit in stored.units:
        accepted = {"reception": Reception.NOT_NEEDED, "acceptance": Acceptance.ACCEPTED}
        await change_unit(work, unit.id, live=True, **(accepted if stays else {}))
    fresh = await _again(work, stored)
    swapped = await hold_swaps(work, fresh)
    gone = stored.row.wish == Wish.EXCHANGE and not swapped
    await _tell_approved(work, fresh, send_by, stays=stays, gone=gone)
    given = await give_back(work, await _again(work, stored), who=who) if stays else []
    return Approved(swap_gone=gone, given=len(given))


def _refusal(stored: StoredReturn, why: str) -> Unwilling | None:
    """Why it takes a reason, or cannot be at all; a photo still to come is no refusal."""
    code = Code(stored.row.verdict)
    if code in (Code.RETURNABLE, Code.OVERRIDDEN, Code.PHOTO_NEEDED):
        return None
    verdict = code.replace("_", " ").lower()
    try:
        overridden(Verdict(code=code), why)
    except ValueError:
        allowed = Verdict(code=code).may_be_overridden
        return Unwilling(
            key="returns.needs_why" if allowed else "returns.cannot", values={"verdict": verdict}
        )
    return None


async def _taken_anew(work: Work, stored: StoredReturn) -> Unwilling | None:
    """Units of a return that had ended may be in another one by now."""
    for unit in stored.units:
        other = await work.tx.scalar(
            select(_unit.id).where(
                _unit.line_id == unit.line_id,
                _unit.number == unit.number,
                _LIVE,
                _unit.return_id != stored.id,
            )
        )
        if other is not None:
            return Unwilling(key="returns.elsewhere", values={"number": stored.number})
    return None


async def _again(work: Work, stored: StoredReturn) -> StoredReturn:
    again = await load_return(work, stored.id)
    if again is None:
        raise LookupError(f"return {stored.id} is gone")
    return again


async def _tell_approved(
    work: Work, stored: StoredReturn, send_by: Any, *, stays: bool, gone: bool
) -> None:
    if stays:
        await tell_return(work, stored, "made_good", gone=gone)
        return
    sent = Button(
        id=f"returns.sent:{stored.id}",
        label=work.house.wording.say("returns.button.sent"),
        style=ButtonStyle.PRIMARY,
    )
    facts = send_facts(work, stored, send_by)
    await tell_return(work, stored, "approved", **facts, gone=gone, buttons=(sent,))


async def decline(work: Work, stored: StoredReturn, *, who: str, why: str) -> Unwilling | None:
    """Decline a locked return, with the sentence that its customer reads."""
    moved = await move_return(
        work,
        stored.row,
        ReturnState.DECLINED,
        who=who,
        why=why,
        decided_by=who,
        decided_at=work.at,
        declined_why=why,
        due_at=None,
    )
    if isinstance(moved, Refused):
        return Unwilling(key=moved.key, values={"now": moved.now, "to": moved.to})
    await tell_return(work, stored, "declined", why=why)
    return None


async def ask_photo(work: Work, stored: StoredReturn, *, who: str, why: str) -> Unwilling | None:
    """Ask the customer of a locked return for a photo; the team has its whole time again."""
    if stored.state is not ReturnState.REQUESTED:
        return Unwilling(key="returns.not_waiting", values={"number": stored.number})
    await change_return(work, stored.id, due_at=work.at + work.house.returns.decide_within)
    await tell_change(work, stored.row, "photo_asked", who=who, why=why)
    await tell_return(work, stored, "photo_asked", why=why)
    return None


async def rewish(work: Work, stored: StoredReturn, wish: Wish, *, who: str) -> Unwilling | None:
    """What the customer wishes now; not once something was given."""
    if stored.state not in _ALIVE:
        return Unwilling(key="returns.not_open", values={"number": stored.number})
    if stored.money:
        return Unwilling(key="returns.given_already", values={"number": stored.number})
    if wish is not Wish.EXCHANGE:
        await let_swaps_go(work, stored, stored.units)
    policy = work.house.returns.policy_of(stored.order.policy)
    for unit in stored.units:
        await change_unit(work, unit.id, bonus_bp=policy.bonus_bp(wish))
    await change_return(work, stored.id, wish=wish)
    held = await hold_swaps(work, await _again(work, stored))
    await tell_change(work, stored.row, "wish", who=who, why=wish.value)
    if wish is Wish.EXCHANGE and not held:
        return Unwilling(key="returns.swap_gone", values={"number": stored.number})
    return None


async def _requested(work: Work, events: Sequence[Event]) -> None:
    """A return came in: approved by the shop's rule, or a card for a person."""
    for event in events:
        if isinstance(event, ReturnRequested):
            stored = await load_return(work, event.return_id, lock=True)
            if stored is not None and stored.state is ReturnState.REQUESTED:
                await _see(work, stored)


async def _see(work: Work, stored: StoredReturn) -> None:
    row = stored.row
    standing = await standing_of(work, row.customer_id, row.currency)
    flags = [*row.flags, *(one for one in flags_of(work, standing, row.value_minor))]
    await change_return(
        work,
        stored.id,
        flags=list(dict.fromkeys(flags)),
        due_at=row.due_at or work.at + work.house.returns.decide_within,
    )
    exchange = row.wish == Wish.EXCHANGE
    # What was broken is replaced from what is there now, whoever decides and when.
    held = row.kind == ReturnKind.COMPLAINT and await hold_swaps(work, stored)
    stored = await _again(work, stored)
    if _automatic(work, stored, standing) and (
        not exchange or held or await hold_swaps(work, stored)
    ):
        done = await approve(work, await _again(work, stored), who="")
        if not isinstance(done, Unwilling):
            return
    await say_card(work, await _again(work, stored))


def _automatic(work: Work, stored: StoredReturn, standing: Standing) -> bool:
    row, desk = stored.row, work.house.returns
    limit = desk.policy_of(stored.order.policy).auto_approve_up_to
    reason = desk.reasons.get(row.reason)
    return (
        limit is not None
        and row.value_minor <= limit
        and row.verdict == Code.RETURNABLE
        and standing.good(desk.many)
        # What never came is looked at: the carrier may say otherwise.
        and reason is not None
        and not reason.awaits
    )


REQUESTS = Follower(
    name="returns.requests", events=(ReturnRequested,), run=_requested, required=True
)
