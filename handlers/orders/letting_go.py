"""An order that waited for its payment and is changed: nothing of the old sum may stay open."""

from handlers.orders.credit import return_credit
from handlers.payments.withdrawing import withdraw_open
from handlers.work import Work

__all__ = ["let_go"]


async def let_go(work: Work, order_id: int, *, who: str) -> None:
    """End the open payment of an order and give its store credit back; it is priced anew."""
    await return_credit(work, order_id, who=who, why="changed")
    await withdraw_open(work, order_id)
