"""`/undo` of `/order paid`: nobody has packed anything, and no money has moved since."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update

from handlers.capability import Undone
from handlers.orders.cancelling import leave_parcel
from handlers.orders.gating import look_over
from handlers.orders.moving import lock_order, move_order, note_event
from handlers.orders.reaching import PAY
from handlers.orders.records import load_stored
from handlers.orders.states import UNPAID, OrderAct
from handlers.orders.undoing import hold_again, take_grants_back
from handlers.payments.keeping import change, lock_payment, lock_units
from handlers.payments.telling import number_of_order, tell
from handlers.work import Work
from storage.order_states import OrderState, ParcelState, PaymentState
from storage.schema import orders, refunds
from storage.schema.parcels import parcel_lines, parcels

__all__ = ["unpay"]

_order, _line, _payment = orders.orders.c, orders.order_lines.c, orders.payments.c
#: Parcels that nobody has touched.
_UNTOUCHED = (ParcelState.GATHERING, ParcelState.READY)


async def unpay(work: Work, act: Mapping[str, Any]) -> Undone:
    """Count money that never came as not come; the order waits for its payment again."""
    say, order_id = work.house.wording.say, act["order"]
    await lock_units(work, order_id)
    row = await lock_order(work, order_id)
    payment = await lock_payment(work, act["payment"])
    number = number_of_order(row)
    if not await _nothing_followed(work, row, payment, act):
        return Undone(text=say("payments.stays_paid", order=number), done=False)
    await change(
        work,
        payment.id,
        state=PaymentState.CANCELLED,
        received_minor=0,
        received_currency=None,
        settled_at=None,
    )
    left = row.received_minor - act["minor"]
    await work.tx.run(
        update(orders.orders).where(_order.id == order_id).values(received_minor=left)
    )
    await note_event(work, order_id, "not_received", row.state)
    if row.state == OrderState.PAID:
        (stored,) = await load_stored(work, [order_id])
        await leave_parcel(work, stored, "", "")
        await hold_again(work, row.show_id, act["holds"])
        await take_grants_back(work, order_id, row.show_id)
        await move_order(work, row, OrderAct.UNPAY)
    await look_over(work, [order_id])
    await tell(work, row, "payments.not_paid", buttons=(PAY,))
    return Undone(text=say("payments.unpaid", order=number))


async def _nothing_followed(work: Work, row: Any, payment: Any, act: Mapping[str, Any]) -> bool:
    """Whether order and payment stand as the act left them, and its parcel was not touched."""
    refund = refunds.payment_refunds.c
    same = (
        row.state == act["state"]
        and row.state in (*UNPAID, OrderState.PAID)
        and row.received_minor == act["received"]
        and payment.state == PaymentState.PAID
        and not payment.refunded_minor
    )
    if not same:
        return False
    others = (
        select(func.count()).where(
            _payment.order_id == row.id,
            _payment.id > payment.id,
            _payment.state.in_((PaymentState.PREPARED, PaymentState.OPEN)),
        ),
        select(func.count()).where(refund.payment_id == payment.id),
        select(func.count())
        .select_from(parcels)
        .join(parcel_lines, parcel_lines.c.parcel_id == parcels.c.id)
        .join(orders.order_lines, _line.id == parcel_lines.c.line_id)
        .where(_line.order_id == row.id, parcels.c.state.not_in(_UNTOUCHED)),
    )
    for query in others:
        if await work.tx.scalar(query):
            return False
    return True
