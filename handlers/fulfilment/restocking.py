"""What comes in goes first to bundles that are paid for and lack parts, by themselves.

Only what was counted in counts: a unit that somebody gives back in chat goes to whoever waits.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from handlers.capability import Follower
from handlers.events import Event, Restocked
from handlers.exceptions.opening import close_exceptions
from handlers.fulfilment.stock import SHORT, keep_more
from handlers.orders.records import number_of
from handlers.work import Work
from storage.order_states import OrderState, ParcelState
from storage.schema import orders
from storage.schema.parcels import line_parts, parcel_lines, parcels

__all__ = ["RESTOCKED"]

_order, _line, _kept = orders.orders.c, orders.order_lines.c, line_parts.c
_part, _parcel = parcel_lines.c, parcels.c
#: Paid, and not all of it has left.
_HERE = (OrderState.PAID, OrderState.PACKING, OrderState.PACKED)


async def _restocked(work: Work, events: Sequence[Event]) -> None:
    variants = {event.variant_id for event in events if isinstance(event, Restocked)}
    for variant_id in sorted(variants):
        for row in await _lacking(work, _kept.variant_id == variant_id):
            if await keep_more(work, row, int(row.wanted) - row.kept):
                await _settled(work, row.order_id)


async def _lacking(work: Work, which: Any) -> Sequence[Any]:
    """Parts of paid bundles that are not all kept, the order that was opened first first."""
    gone = (
        select(func.coalesce(func.sum(_part.units), 0))
        .join(parcels, _parcel.id == _part.parcel_id)
        .where(
            _part.line_id == _line.id,
            _parcel.state.in_((ParcelState.HANDED_OFF, ParcelState.DELIVERED)),
        )
        .correlate(orders.order_lines)
        .scalar_subquery()
    )
    wanted = (_line.quantity - gone) * _kept.each
    return await work.tx.all(
        select(
            _line.order_id,
            _kept.line_id,
            _kept.variant_id,
            _kept.kept,
            wanted.label("wanted"),
        )
        .join(orders.order_lines, _line.id == _kept.line_id)
        .join(orders.orders, _order.id == _line.order_id)
        .where(which, _order.state.in_(_HERE), _kept.kept < wanted)
        .order_by(_line.order_id, _kept.line_id)
    )


async def _settled(work: Work, order_id: int) -> None:
    """Close the exception of an order whose bundles lack nothing any more."""
    mine = select(_line.id).where(_line.order_id == order_id)
    if await _lacking(work, _kept.line_id.in_(mine)):
        return
    row = await work.tx.first(select(orders.orders).where(_order.id == order_id))
    outcome = work.house.wording.say("parts.came")
    await close_exceptions(work, SHORT, str(number_of(row)), outcome=outcome)


RESTOCKED = Follower(
    name="fulfilment.restocked", events=(Restocked,), run=_restocked, required=True
)
