"""`/undo` of what support did to an order, as long as nothing has followed from it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, null, select, update

from handlers.capability import Undone
from handlers.claims.floor import Floor
from handlers.claims.hold_times import next_warning
from handlers.claims.telling import promote_and_tell
from handlers.orders.moving import lock_order, move_order
from handlers.orders.reaching import PAY, tell_customer
from handlers.orders.records import Stored, number_of
from handlers.orders.states import OrderAct
from handlers.work import Work
from storage.order_states import OrderState
from storage.repositories.sale import lock_items
from storage.schema import orders, sale
from storage.schema.states import HoldState
from storage.unit_of_work import padded

__all__ = ["forget_note", "hold_again", "reopen", "standing_holds", "take_grants_back"]

_order, _line, _hold = orders.orders.c, orders.order_lines.c, sale.holds.c
#: What was counted as paid or cancelled by mistake is held so long, for nobody could pay meanwhile.
_GRACE = timedelta(hours=12)


async def standing_holds(work: Work, stored: Stored) -> dict[str, str | None]:
    """Until when each hold of an order stands, by its id: what taking an act back needs to know."""
    rows = await work.tx.all(
        select(_hold.id, _hold.expires_at).where(
            _hold.id.in_(padded(one for one in stored.hold_ids if one is not None)),
            _hold.state == HoldState.HELD,
        )
    )
    return {
        str(row.id): None if row.expires_at is None else row.expires_at.isoformat() for row in rows
    }


async def hold_again(work: Work, show_id: int, until: Mapping[str, str | None]) -> None:
    """Hold what is kept or came free again, each to the later of its old end and twelve hours."""
    show = work.snapshot.timeline.of(show_id)
    over = show is None or show.ended_at is not None
    for hold_id, written in sorted(until.items()):
        end = None if written is None else datetime.fromisoformat(written)
        if end is not None or over:
            end = max(end or work.at, work.at + _GRACE)
        warn = None if end is None else next_warning(work.rules, end, work.at)
        await work.tx.run(
            update(sale.holds)
            .where(_hold.id == int(hold_id))
            .values(state=HoldState.HELD, ended_at=None, expires_at=end, warn_due=warn)
        )


async def take_grants_back(work: Work, order_id: int, show_id: int) -> None:
    """What one who pays first got as the money came was never held before: it is free again."""
    show = work.snapshot.timeline.of(show_id)
    rows = await work.tx.all(
        select(sale.holds, _line.id.label("line"), sale.variants.c.item_id)
        .join(orders.order_lines, _line.hold_id == _hold.id)
        .join(sale.variants, sale.variants.c.id == _hold.variant_id)
        .where(_line.order_id == order_id, _line.claim_id.is_not(None))
        .where(_hold.state == HoldState.PAID)
        .order_by(_hold.id)
    )
    if show is None or not rows:
        return
    floor = Floor.of(work, show)
    await floor.load([one.item_id for one in rows], {})
    claim = sale.claims.c
    soon = claim.lapse_due < work.at + _GRACE
    if show.ended_at is not None:
        soon |= claim.lapse_due.is_(None)
    for one in rows:
        await work.tx.run(
            update(orders.order_lines).where(_line.id == one.line).values(hold_id=null())
        )
        await work.tx.run(delete(sale.holds).where(_hold.id == one.id))
        await work.tx.run(
            update(sale.claims)
            .where(claim.id == one.claim_id, soon)
            .values(lapse_due=work.at + _GRACE)
        )
        floor.revive(-one.quantity, floor.stock[one.variant_id])
    await floor.flush()
    for variant_id in sorted({one.variant_id for one in rows}):
        await promote_and_tell(floor, variant_id, at=work.at)


# --- cancelled ------------------------------------------------------------------------------------


async def reopen(work: Work, act: Mapping[str, Any]) -> Undone:
    """Open a cancelled order again, if each of its units is still there and nobody waits for it."""
    say = work.house.wording.say
    holds = await _ended(work, [int(one) for one in act["holds"]])
    await lock_items(work.tx, [one.item_id for one in holds])
    row = await lock_order(work, act["order"])
    number = str(number_of(row))
    if row.state != OrderState.CANCELLED:
        return Undone(text=say("order.not_cancelled", order=number), done=False)
    other = await work.tx.scalar(
        select(_order.id).where(
            _order.customer_id == row.customer_id,
            _order.show_id == row.show_id,
            _order.state == OrderState.OPEN,
        )
    )
    if other is not None:
        return Undone(text=say("order.another_open", order=number), done=False)
    if not await _take(work, row.show_id, holds, expected=len(act["holds"])):
        return Undone(text=say("order.units_gone", order=number), done=False)
    await hold_again(work, row.show_id, act["holds"])
    await work.tx.run(
        update(orders.order_lines)
        .where(_line.order_id == row.id, _line.hold_id.in_(padded(one.id for one in holds)))
        .values(ended_at=null())
    )
    await move_order(work, row, OrderAct.REOPEN, who="", priced_at=None)
    await tell_customer(work, row.customer_id, "told.reopened", {"order": number}, buttons=(PAY,))
    return Undone(text=say("order.reopened", order=number))


async def _ended(work: Work, hold_ids: Sequence[int]) -> Sequence[Any]:
    return await work.tx.all(
        select(sale.holds, sale.variants.c.item_id)
        .join(sale.variants, sale.variants.c.id == _hold.variant_id)
        .where(_hold.id.in_(padded(hold_ids)), _hold.state == HoldState.RELEASED)
        .order_by(_hold.id)
    )


async def _take(work: Work, show_id: int, holds: Sequence[Any], *, expected: int) -> bool:
    """Count the units of these holds as reserved again: all of them, or none."""
    show = work.snapshot.timeline.of(show_id)
    if show is None or len(holds) < expected:
        return False
    floor = Floor.of(work, show)
    await floor.load([one.item_id for one in holds], {})
    wanted: dict[int, int] = {}
    for one in holds:
        wanted[one.variant_id] = wanted.get(one.variant_id, 0) + one.quantity
    for variant_id, units in wanted.items():
        stock = floor.stock[variant_id]
        if stock.free < units or stock.waiting_entries:
            return False
    for variant_id, units in sorted(wanted.items()):
        floor.revive(units, floor.stock[variant_id])
    await floor.flush()
    return True


# --- notes ----------------------------------------------------------------------------------------


async def forget_note(work: Work, act: Mapping[str, Any]) -> Undone:
    """Take a note back: its line in the history stays, what it said goes."""
    events = orders.order_events.c
    await work.tx.run(
        update(orders.order_events)
        .where(events.id == act["line"])
        .values(kind="note_taken_back", why="")
    )
    return Undone(text=work.house.wording.say("order.note_gone", order=act["order"]))
