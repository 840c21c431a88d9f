"""Moves orders from state to state: the row, its history and the event, all in one place."""

from typing import Any

from sqlalchemy import select, update

from handlers.events import OrderMoved
from handlers.orders.numbers import OrderNumber
from handlers.orders.states import OrderAct, Refused, move
from handlers.work import Work
from storage.order_states import OrderState
from storage.schema import orders

__all__ = ["lock_order", "move_order", "note_event"]

_order = orders.orders.c


async def lock_order(work: Work, order_id: int) -> Any:
    """The row of an order, locked for this transaction; None if there is none."""
    return await work.tx.first(select(orders.orders).where(_order.id == order_id).with_for_update())


async def move_order(
    work: Work, row: Any, act: OrderAct, *, who: str = "", why: str = "", **values: Any
) -> OrderState | Refused:
    """Carry `act` out on a locked order, and let followers know; `values` are set with it.

    Returns the state after it, or why nothing happened.
    """
    was = OrderState(row.state)
    after = move(was, act, under_review=row.under_review)
    if isinstance(after, Refused):
        return after
    await work.tx.run(
        update(orders.orders)
        .where(_order.id == row.id)
        .values(state=after, state_at=work.at, **values)
    )
    await note_event(work, row.id, act.value, after, who=who, why=why)
    work.emit(
        OrderMoved(
            order_id=row.id,
            customer_id=row.customer_id,
            number=str(OrderNumber(row.show_id, row.serial)),
            was=was.value,
            state=after.value,
        )
    )
    return after


async def note_event(
    work: Work, order_id: int, kind: str, state: str, *, who: str = "", why: str = ""
) -> int:
    """Add a line to an order's history; returns its id."""
    (line,) = await work.tx.insert_ids(
        orders.order_events,
        [
            {
                "order_id": order_id,
                "at": work.at,
                "kind": kind,
                "state": state,
                "who": who,
                "why": why,
            }
        ],
    )
    return line
