"""What is known of a customer who returns: for whoever decides, never a refusal by itself."""

from dataclasses import dataclass

from sqlalchemy import func, select

from handlers.money import Money
from handlers.wording import Said
from handlers.work import Work
from storage.order_states import OrderState, PaymentState
from storage.schema import orders, sale
from storage.schema.returns import returns

__all__ = ["Standing", "flags_of", "standing_of"]

_order, _payment, _return = orders.orders.c, orders.payments.c, returns.c
_BOUGHT = (
    OrderState.PAID,
    OrderState.PACKING,
    OrderState.PACKED,
    OrderState.HANDED_OFF,
    OrderState.DELIVERED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A customer's history: paid orders and what they came to, and their returns.

    `lately` are the returns within the shop's time for it, this one included.
    """

    orders: int
    spent: Money
    returns: int
    lately: int
    disputed: bool
    pay_first: bool

    def good(self, many: int) -> bool:
        """Whether a return of this customer needs nobody, by the shop's rule."""
        return not self.disputed and not self.pay_first and self.lately < many

    def shown(self, work: Work) -> Said:
        """The history in a line for the team."""
        return work.house.wording.say(
            "returns.card.history",
            orders=self.orders,
            spent=self.spent.shown(work.house.locale),
            returns=self.returns,
        )


async def standing_of(work: Work, customer_id: int, currency: str) -> Standing:
    """The history of a customer in one currency."""
    bought = await work.tx.first(
        select(func.count(), func.coalesce(func.sum(_order.total_minor), 0)).where(
            _order.customer_id == customer_id,
            _order.state.in_(_BOUGHT),
            _order.currency == currency,
        )
    )
    since = work.at - work.house.returns.many_within
    mine = _return.customer_id == customer_id
    disputed = await work.tx.scalar(
        select(_payment.id)
        .join(orders.orders, _order.id == _payment.order_id)
        .where(_order.customer_id == customer_id, _payment.state == PaymentState.DISPUTED)
        .limit(1)
    )
    customer = sale.customers.c
    return Standing(
        orders=0 if bought is None else bought[0],
        spent=Money(0 if bought is None else int(bought[1]), currency),
        returns=await work.tx.scalar(select(func.count()).where(mine)) or 0,
        lately=await work.tx.scalar(select(func.count()).where(mine, _return.requested_at > since))
        or 0,
        disputed=disputed is not None,
        pay_first=bool(
            await work.tx.scalar(select(customer.pay_first).where(customer.id == customer_id))
        ),
    )


def flags_of(work: Work, standing: Standing, value_minor: int) -> list[str]:
    """What whoever decides should see: `many_returns`, `high_value`, `disputed`."""
    desk = work.house.returns
    high = desk.high_value is not None and value_minor > desk.high_value
    return [
        name
        for name, holds in (
            ("many_returns", standing.lately >= desk.many),
            ("high_value", high),
            ("disputed", standing.disputed),
        )
        if holds
    ]
