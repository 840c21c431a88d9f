"""Cancels orders: units go to whoever waits, money goes back the way it came, parcels let go."""

from sqlalchemy import delete, func, select, update

from handlers.claims.floor import Floor
from handlers.claims.freeing import end_hold
from handlers.claims.telling import promote_and_tell
from handlers.money import Money
from handlers.orders.credit import return_credit
from handlers.orders.gate import ExceptionCode
from handlers.orders.gathering import move_parcel_row
from handlers.orders.gating import look_over
from handlers.orders.moving import lock_order, move_order, note_event
from handlers.orders.records import Stored
from handlers.orders.states import OrderAct, ParcelAct
from handlers.payments.refunding import refund
from handlers.work import Work
from storage.order_states import PaymentState
from storage.repositories.sale import lock_items
from storage.schema import orders, sale
from storage.schema.parcels import parcel_lines, parcels
from storage.schema.states import ClaimState, HoldState

__all__ = ["cancel_paid", "cancel_unpaid", "cancel_wished", "leave_parcel", "wish_to_cancel"]

_line, _event, _payment = orders.order_lines.c, orders.order_events.c, orders.payments.c
_parcel, _part = parcels.c, parcel_lines.c


async def wish_to_cancel(
    work: Work, stored: Stored, *, who: str, why: str, heard: bool = False
) -> None:
    """Somebody would like to cancel what is paid: a person decides, and nothing moves before.

    `heard` says that the customer reads so in the answer to a press of their own.
    """
    await note_event(work, stored.id, "cancel_wished", stored.state.value, who=who, why=why)
    await look_over(work, [stored.id], heard=[ExceptionCode.CANCEL_PAID] if heard else ())


async def cancel_wished(work: Work, stored: Stored) -> bool:
    """Whether somebody has wished it already."""
    return bool(
        await work.tx.scalar(
            select(_event.id)
            .where(_event.order_id == stored.id, _event.kind == "cancel_wished")
            .limit(1)
        )
    )


async def cancel_unpaid(work: Work, stored: Stored, *, who: str, why: str) -> int:
    """Cancel an order that is not paid; returns how many units came free."""
    freed = await _free(work, stored)
    row = await lock_order(work, stored.id)
    await move_order(work, row, OrderAct.CANCEL, who=who, why=why)
    return freed


async def cancel_paid(work: Work, stored: Stored, *, who: str, why: str) -> Money:
    """Cancel a paid order that nobody packs yet; returns what is paid back, beside store credit."""
    back = await _pay_back(work, stored)
    await return_credit(work, stored.id, who=who, why=why)
    await leave_parcel(work, stored, who, why)
    await _free(work, stored)
    row = await lock_order(work, stored.id)
    await move_order(work, row, OrderAct.CANCEL, who=who, why=why)
    return back


async def _pay_back(work: Work, stored: Stored) -> Money:
    """Ask for all that came in to go back, each payment for itself."""
    rows = await work.tx.all(
        select(orders.payments)
        .where(
            _payment.order_id == stored.id,
            _payment.state.in_((PaymentState.PAID, PaymentState.DISPUTED)),
        )
        .order_by(_payment.id)
    )
    total = 0
    for row in rows:
        left = row.received_minor - row.refunded_minor
        if left > 0 and row.received_currency == stored.row.currency:
            money = Money(left, row.received_currency)
            await refund(work, row.id, money, f"cancel:{stored.id}:{row.id}")
            total += left
    return Money(total, stored.row.currency)


async def leave_parcel(work: Work, stored: Stored, who: str, why: str) -> None:
    """Take an order's lines out of its parcel; one that is empty then is cancelled too."""
    lines = select(_line.id).where(_line.order_id == stored.id)
    parted = await work.tx.all(
        delete(parcel_lines).where(_part.line_id.in_(lines)).returning(_part.parcel_id)
    )
    for parcel_id in sorted({row.parcel_id for row in parted}):
        await work.tx.run(
            update(parcels)
            .where(_parcel.id == parcel_id)
            .values(
                shipping_minor=_parcel.shipping_minor - (stored.row.shipping_minor or 0),
                weight_g=_parcel.weight_g - stored.weight_g,
            )
        )
        left = await work.tx.scalar(select(func.count()).where(_part.parcel_id == parcel_id))
        if not left:
            row = await work.tx.first(
                select(parcels).where(_parcel.id == parcel_id).with_for_update()
            )
            await move_parcel_row(work, row, ParcelAct.CANCEL, who=who, why=why)


async def _free(work: Work, stored: Stored) -> int:
    """Let the units of an order go to whoever waits; returns how many there were."""
    show = work.snapshot.timeline.of(stored.row.show_id)
    if show is None:
        return 0
    rows = await work.tx.all(
        select(sale.holds, sale.variants.c.item_id)
        .join(sale.variants, sale.variants.c.id == sale.holds.c.variant_id)
        .where(
            sale.holds.c.id.in_([one for one in stored.hold_ids if one is not None]),
            sale.holds.c.state.in_((HoldState.HELD, HoldState.PAID)),
        )
        .order_by(sale.holds.c.id)
    )
    items = [row.item_id for row in rows]
    await lock_items(work.tx, items)
    floor = Floor.of(work, show)
    await floor.load(items, {})
    for row in rows:
        await end_hold(floor, row, row.quantity, HoldState.RELEASED, work.at)
    await floor.flush()
    await _drop_wishes(work, stored)
    for variant_id in sorted({row.variant_id for row in rows}):
        await promote_and_tell(floor, variant_id, at=work.at)
    return sum(row.quantity for row in rows)


async def _drop_wishes(work: Work, stored: Stored) -> None:
    """What was to be paid first is wished for no more."""
    wished = select(_line.claim_id).where(
        _line.order_id == stored.id, _line.claim_id.is_not(None), _line.hold_id.is_(None)
    )
    await work.tx.run(
        update(sale.claims).where(sale.claims.c.id.in_(wished)).values(state=ClaimState.VOID)
    )
