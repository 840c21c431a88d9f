"""Cancels orders: units go to whoever waits, money goes back the way it came, parcels let go."""

from typing import Any

from sqlalchemy import delete, func, select, update

from handlers.claims.floor import Floor
from handlers.claims.freeing import end_hold
from handlers.claims.telling import promote_and_tell
from handlers.exceptions.opening import close_exceptions
from handlers.fulfilment.leasing import PROBLEM
from handlers.fulfilment.numbers import parcel_number
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
from storage.order_states import ParcelState, PaymentState
from storage.repositories.sale import lock_items
from storage.schema import orders, sale
from storage.schema.parcels import parcel_lines, parcel_parts, parcels
from storage.schema.states import ClaimState, HoldState

__all__ = [
    "away",
    "cancel_paid",
    "cancel_unpaid",
    "cancel_wished",
    "leave_parcel",
    "wish_to_cancel",
]

_line, _event, _payment = orders.order_lines.c, orders.order_events.c, orders.payments.c
_parcel, _part = parcels.c, parcel_lines.c
_AWAY = (ParcelState.PACKING, ParcelState.HANDED_OFF, ParcelState.DELIVERED)


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


async def away(work: Work, order_id: int) -> Any:
    """A parcel that keeps an order from being cancelled: with a packer, or gone; None if none."""
    return await work.tx.first(
        select(_parcel.id, _parcel.state)
        .join(parcel_lines, _part.parcel_id == _parcel.id)
        .join(orders.order_lines, _line.id == _part.line_id)
        .where(_line.order_id == order_id, _parcel.state.in_(_AWAY))
        # What is gone cannot be helped; who packs can be asked.
        .order_by((_parcel.state == ParcelState.PACKING).asc(), _parcel.id)
        .limit(1)
    )


async def cancel_paid(work: Work, stored: Stored, *, who: str, why: str) -> tuple[Money, int]:
    """Cancel a paid order that no parcel is `away` with.

    Returns what is paid back, beside store credit, and how many units lie in a box already.
    """
    back = await _pay_back(work, stored)
    await return_credit(work, stored.id, who=who, why=why)
    boxed = await leave_parcel(work, stored, who, why)
    await _free(work, stored)
    row = await lock_order(work, stored.id)
    await move_order(work, row, OrderAct.CANCEL, who=who, why=why)
    return back, boxed


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


async def leave_parcel(work: Work, stored: Stored, who: str, why: str) -> int:
    """Take an order's lines out of its parcels; one that is empty then is cancelled too.

    Returns how many of its units lie in a box. What was closed with others in it is opened again.
    """
    grams = {
        row.id: row.weight_g
        for row in await work.tx.all(
            select(_line.id, _line.weight_g).where(_line.order_id == stored.id)
        )
    }
    parted = await work.tx.all(
        delete(parcel_lines)
        .where(_part.line_id.in_(list(grams)))
        .returning(_part.parcel_id, _part.line_id, _part.units, _part.packed)
    )
    await work.tx.run(delete(parcel_parts).where(parcel_parts.c.line_id.in_(list(grams))))
    shipping = stored.row.shipping_minor or 0
    for parcel_id in sorted({row.parcel_id for row in parted}):
        weight = sum(one.units * grams[one.line_id] for one in parted if one.parcel_id == parcel_id)
        await work.tx.run(
            update(parcels)
            .where(_parcel.id == parcel_id)
            .values(
                shipping_minor=_parcel.shipping_minor - shipping,
                weight_g=_parcel.weight_g - weight,
                # Its slip, if there is one, names what is in it no more.
                slip_mark="",
            )
        )
        # It was paid once, and stays with the first part.
        shipping = 0
        await _close_or_open(work, parcel_id, who, why)
    return sum(row.packed for row in parted)


async def _close_or_open(work: Work, parcel_id: int, who: str, why: str) -> None:
    row = await work.tx.first(select(parcels).where(_parcel.id == parcel_id).with_for_update())
    left = await work.tx.scalar(select(func.count()).where(_part.parcel_id == parcel_id))
    if not left:
        await move_parcel_row(work, row, ParcelAct.CANCEL, who=who, why=why)
        outcome = work.house.wording.say("orders.gate_settled")
        await close_exceptions(work, PROBLEM, parcel_number(parcel_id), outcome=outcome)
    elif row is not None and row.state == ParcelState.PACKED:
        await move_parcel_row(work, row, ParcelAct.REOPEN, who=who, why=why)


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
