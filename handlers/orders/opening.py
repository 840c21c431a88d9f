"""Orders follow holds: the first hold of a customer in a show opens one, and its lines keep step.

Each batch costs a few statements, however many claims are in it. Nothing here depends on where a
batch ends: a hold gets its line even if it was let go in the same batch.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    and_,
    case,
    exists,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    update,
)

from handlers.capability import Follower
from handlers.claims.records import Rule
from handlers.events import Event, OrderMoved, ShowEnded, StockFell, StockRose
from handlers.orders.numbers import OrderNumber
from handlers.orders.serials import take_serials
from handlers.orders.states import UNPAID, OrderAct, Refused, move
from handlers.orders.wishes import keep_wishes
from handlers.work import Work
from storage.order_states import OrderState
from storage.schema import orders, sale
from storage.schema.states import HoldState
from storage.unit_of_work import padded
from storage.upsert import upsert

__all__ = ["OPENING", "keep_in_step"]

_order, _line, _hold = orders.orders.c, orders.order_lines.c, sale.holds.c
_other = orders.order_lines.alias("other").c
_earlier = sale.holds.alias("earlier").c
# Written out, not bound: a partial index serves only a statement that names its very condition.
_IS_OPEN: ColumnElement[bool] = literal_column("orders.state = 'open'", Boolean)
_STANDS = _hold.state.in_((HoldState.HELD, HoldState.PAID))
_ENDED_AT = case((_STANDS, null()), else_=_hold.ended_at)
#: What a part of a hold that ended becomes is a row of its own; its line is the first one's.
_SPLIT_OFF = exists().where(
    _earlier.claim_id == _hold.claim_id,
    _earlier.granted_at == _hold.granted_at,
    _earlier.source == _hold.source,
    _earlier.id < _hold.id,
)
#: On PostgreSQL ids are given before they are committed: so many may be late.
_LATE = 1_000
#: No batch is this long: holds that were granted or ended longer ago are history.
_JUST = timedelta(hours=1)


async def keep_in_step(work: Work, customer_id: int) -> None:
    """Bring one customer's unpaid orders in step with what is held, before they are shown."""
    await _open(work, _hold.customer_id == customer_id)
    await _keep(work, _hold.customer_id == customer_id)
    await keep_wishes(work, customer_id)


async def _follow(work: Work, events: Sequence[Event]) -> None:
    """New holds enter their order; where units came free, lines follow their holds."""
    ended = sorted({event.show_id for event in events if isinstance(event, ShowEnded)})
    if len(ended) < len(events):
        await _open(work, await _newer(work))
    variants = {event.variant_id for event in events if isinstance(event, StockRose)}
    if variants:
        await _keep(work, _hold.variant_id.in_(padded(variants)))
    for show_id in ended:
        # Whatever slipped through is found here: once, over all of the show.
        await _open(work, _hold.show_id == show_id)
        await _keep(work, _hold.show_id == show_id)


async def _newer(work: Work) -> ColumnElement[bool]:
    """Holds that have come since the last line was written, and are no history."""
    last = await work.tx.scalar(select(func.max(_line.hold_id))) or 0
    late = _LATE if work.tx.dialect == "postgresql" else 0
    return and_(_hold.id > last - late, _hold.granted_at > work.at - _JUST)


async def _open(work: Work, which: ColumnElement[bool]) -> None:
    """A line for each of these holds that has none, in its customer's open order of the show."""
    lacking = and_(
        which,
        ~exists().where(_line.hold_id == _hold.id),
        # What is set aside for an exchange enters an order of its own, once that is paid for.
        sale.claims.c.rule != Rule.EXCHANGE,
        or_(_STANDS, and_(_hold.ended_at > work.at - _JUST, ~_SPLIT_OFF)),
    )
    await _open_orders(work, lacking)
    copied: dict[str, Any] = {
        "order_id": _order.id,
        "hold_id": _hold.id,
        "ended_at": _ENDED_AT,
        "variant_id": _hold.variant_id,
        "quantity": _hold.quantity,
        "code": sale.claims.c.code,
        "sku": sale.variants.c.sku,
        "title": sale.claims.c.title,
        "variant": sale.claims.c.variant,
        "unit_minor": sale.claims.c.price_minor,
        "final_sale": sale.items.c.final_sale,
    }
    rows = (
        select(*copied.values())
        .select_from(sale.holds)
        .join(sale.claims, sale.claims.c.id == _hold.claim_id)
        .join(sale.variants, sale.variants.c.id == _hold.variant_id)
        .join(sale.items, sale.items.c.id == sale.variants.c.item_id)
        .join(orders.orders, and_(*_same_cart(), _order.currency == sale.claims.c.currency))
        .where(lacking)
        .order_by(_hold.id)
    )
    await work.tx.run(insert(orders.order_lines).from_select(list(copied), rows))


async def _open_orders(work: Work, lacking: ColumnElement[bool]) -> None:
    """An order for each customer of these holds who has none open in their show, numbered."""
    found = await work.tx.all(
        select(_hold.show_id, _hold.customer_id, sale.claims.c.currency, _hold.granted_at)
        .join(sale.claims, sale.claims.c.id == _hold.claim_id)
        .where(lacking, sale.claims.c.currency.is_not(None), ~exists().where(*_same_cart()))
        .order_by(_hold.id)
    )
    # Grouped here: to group by show a database would walk the holds of every show there was.
    carts: dict[tuple[int, int], list[Any]] = {}
    for row in found:
        carts.setdefault((row.show_id, row.customer_id), []).append(row)
    serials = await take_serials(work.tx, Counter(show_id for show_id, _ in carts))
    opened = []
    for (show_id, customer_id), holds in carts.items():
        serials[show_id] += 1
        began = min(hold.granted_at for hold in holds)
        opened.append(
            {
                "show_id": show_id,
                "serial": serials[show_id],
                "customer_id": customer_id,
                "state": OrderState.OPEN,
                "currency": min(hold.currency for hold in holds),
                "opened_at": began,
                "state_at": began,
            }
        )
    if not opened:
        return
    # Another process may have opened one a moment ago: then these lines go there.
    await work.tx.run(upsert(work.tx, orders.orders).on_conflict_do_nothing(), opened)


async def _keep(work: Work, which: ColumnElement[bool]) -> None:
    """Lines of unpaid orders take over what became of their holds; an emptied order may expire."""
    moved = await work.tx.all(
        update(orders.order_lines)
        .values(
            quantity=_hold.quantity,
            ended_at=_ENDED_AT,
            **dict.fromkeys(_PRICED, null()),
        )
        .where(
            which,
            _line.hold_id == _hold.id,
            _line.ended_at.is_(None),
            or_(~_STANDS, _line.quantity != _hold.quantity),
            _line.order_id == _order.id,
            _order.state.in_(sorted(UNPAID)),
        )
        .returning(_line.order_id)
    )
    touched = padded(row.order_id for row in moved)
    if touched:
        await work.tx.run(
            update(orders.orders).where(_order.id.in_(touched)).values(priced_at=None)
        )
        await _expire(work, touched)


async def _expire(work: Work, touched: Sequence[int]) -> None:
    """Orders that lost their last unit to time are over; one that was emptied by hand stays."""
    live = exists().where(_other.order_id == _order.id, _other.ended_at.is_(None))
    emptied = await work.tx.all(
        select(
            _order.id,
            _order.customer_id,
            _order.show_id,
            _order.serial,
            _order.state,
            func.max(_hold.ended_at).label("at"),
        )
        .join(orders.order_lines, _line.order_id == _order.id)
        .join(sale.holds, _hold.id == _line.hold_id)
        .where(_order.id.in_(touched), _hold.state == HoldState.EXPIRED, ~live)
        .group_by(_order.id)
        .order_by(_order.id)
    )
    for row in emptied:
        after = move(OrderState(row.state), OrderAct.EXPIRE)
        if isinstance(after, Refused):
            continue
        await work.tx.run(
            update(orders.orders).where(_order.id == row.id).values(state=after, state_at=row.at)
        )
        told = {"order_id": row.id, "kind": OrderAct.EXPIRE, "state": after, "at": row.at}
        await work.tx.insert(orders.order_events, [told])
        work.emit(
            OrderMoved(
                order_id=row.id,
                customer_id=row.customer_id,
                number=str(OrderNumber(row.show_id, row.serial)),
                was=row.state,
                state=after,
            )
        )


def _same_cart() -> tuple[ColumnElement[bool], ...]:
    """The open order that a hold belongs to."""
    return _order.customer_id == _hold.customer_id, _order.show_id == _hold.show_id, _IS_OPEN


_PRICED = ("discount_minor", "tax_included_minor", "tax_added_minor", "total_minor")

OPENING = Follower(name="orders.opening", events=(StockFell, StockRose, ShowEnded), run=_follow)
