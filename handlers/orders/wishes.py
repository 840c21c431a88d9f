"""What one who pays first has claimed: lines of an order behind which no units stand yet.

They come into the order when it is looked at, and end when a hold would have: that is a deadline.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, select, update

from handlers.capability import Deadline
from handlers.claims.holding_off import is_wish
from handlers.orders.moving import lock_order, move_order
from handlers.orders.reaching import tell_customer
from handlers.orders.serials import take_serials
from handlers.orders.states import UNPAID, OrderAct
from handlers.work import Work
from storage.order_states import OrderState, PaymentState, PaymentWay
from storage.schema import orders, sale
from storage.schema.states import ClaimState
from storage.upsert import upsert

__all__ = ["LAPSES", "keep_wishes"]

_order, _line, _claim = orders.orders.c, orders.order_lines.c, sale.claims.c
_variant = sale.variants.c
_AT_ONCE = 200
#: Whoever is at the page of a payment is looked for again so much later.
_AGAIN = timedelta(minutes=5)


async def keep_wishes(work: Work, customer_id: int) -> None:
    """Give each such claim of a customer its line, and end those whose time is over."""
    rows = await work.tx.all(
        select(sale.claims, _variant.sku, sale.items.c.final_sale)
        .join(sale.variants, _variant.id == _claim.variant_id)
        .join(sale.items, sale.items.c.id == _claim.item_id)
        .where(_claim.customer_id == customer_id, *is_wish())
        .order_by(_claim.id)
    )
    if not rows:
        return
    over = [row for row in rows if row.lapse_due is not None and row.lapse_due <= work.at]
    lined = select(_line.claim_id).where(_line.claim_id.in_([row.id for row in rows]))
    known = {row.claim_id for row in await work.tx.all(lined)}
    for row in rows:
        if row.id not in known and row not in over:
            await _add(work, row)
    await _end(work, over)


async def _add(work: Work, row: Any) -> None:
    """The line of a claim, in its customer's open order of the show."""
    order_id = await _open_order(work, row)
    if order_id is None:
        return
    values = {
        "order_id": order_id,
        "claim_id": row.id,
        "variant_id": row.variant_id,
        "quantity": row.quantity,
        "code": row.code,
        "sku": row.sku,
        "title": row.title,
        "variant": row.variant,
        "unit_minor": row.price_minor,
        "final_sale": row.final_sale,
    }
    # Another process may look at the same cart just now.
    await work.tx.run(upsert(work.tx, orders.order_lines).values(values).on_conflict_do_nothing())
    await work.tx.run(update(orders.orders).where(_order.id == order_id).values(priced_at=None))


async def _open_order(work: Work, row: Any) -> int | None:
    """The open order of a claim's customer and show; None where that is in another currency."""
    mine = select(_order.id, _order.currency).where(
        _order.customer_id == row.customer_id,
        _order.show_id == row.show_id,
        _order.state == OrderState.OPEN,
    )
    found = await work.tx.first(mine)
    if found is None:
        before = await take_serials(work.tx, Counter({row.show_id: 1}))
        values = {
            "show_id": row.show_id,
            "serial": before[row.show_id] + 1,
            "customer_id": row.customer_id,
            "state": OrderState.OPEN,
            "currency": row.currency,
            "opened_at": row.sent_at,
            "state_at": row.sent_at,
        }
        # Another process may have opened one a moment ago: then it goes there.
        await work.tx.run(upsert(work.tx, orders.orders).values(values).on_conflict_do_nothing())
        found = await work.tx.first(mine)
    return found.id if found is not None and found.currency == row.currency else None


async def _end(work: Work, over: Sequence[Any]) -> None:
    """End what nobody paid in time, unless it is being paid right now."""
    for row in over:
        line = await work.tx.first(
            select(_line.id, _line.order_id).where(
                _line.claim_id == row.id, _line.ended_at.is_(None)
            )
        )
        order = None if line is None else await lock_order(work, line.order_id)
        if order is not None and order.state not in UNPAID:
            # It was paid a moment ago, and the units are found there.
            await _lapse_at(work, row, None)
        elif order is not None and await _is_being_paid(work, order.id):
            await _lapse_at(work, row, work.at + _AGAIN)
        else:
            await work.tx.run(
                update(sale.claims)
                .where(_claim.id == row.id)
                .values(state=ClaimState.VOID, lapse_due=None)
            )
            values = {"item": f"{row.code} / {row.variant}" if row.variant else row.code}
            await tell_customer(work, row.customer_id, "told.lapsed", values)
            if line is not None:
                await work.tx.run(
                    update(orders.order_lines).where(_line.id == line.id).values(ended_at=work.at)
                )
                await _expire_empty(work, line.order_id)


async def _is_being_paid(work: Work, order_id: int) -> bool:
    """Whether a page is open where its customer may be paying; a transfer has no such moment."""
    pay = orders.payments.c
    found = await work.tx.scalar(
        select(pay.id)
        .where(
            pay.order_id == order_id,
            pay.way == PaymentWay.STRIPE,
            pay.state.in_((PaymentState.PREPARED, PaymentState.OPEN)),
        )
        .limit(1)
    )
    return found is not None


async def _lapse_at(work: Work, row: Any, due: datetime | None) -> None:
    await work.tx.run(update(sale.claims).where(_claim.id == row.id).values(lapse_due=due))


async def _lapse(work: Work, due: datetime) -> None:
    """End the wishes that are over; what is none any more has no end to wait for."""
    rows = await work.tx.all(
        select(sale.claims, and_(*is_wish()).label("wished"))
        .where(_claim.lapse_due <= due)
        .order_by(_claim.lapse_due, _claim.id)
        .limit(_AT_ONCE)
    )
    for row in rows:
        if not row.wished:
            await _lapse_at(work, row, None)
    await _end(work, [row for row in rows if row.wished])


async def _expire_empty(work: Work, order_id: int) -> None:
    order = await lock_order(work, order_id)
    if order is None or OrderState(order.state) not in UNPAID:
        return
    living = await work.tx.scalar(
        select(func.count()).where(_line.order_id == order_id, _line.ended_at.is_(None))
    )
    if living:
        again = update(orders.orders).where(_order.id == order_id).values(priced_at=None)
        await work.tx.run(again)
        return
    await move_order(work, order, OrderAct.EXPIRE)


LAPSES = Deadline(
    name="orders.wishes",
    due=select(func.min(_claim.lapse_due)).where(_claim.lapse_due.is_not(None)),
    run=_lapse,
)
