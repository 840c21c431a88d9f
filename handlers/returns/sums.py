"""What goes back for units of a stored order: the pure sums, fed from the rows.

What was given before counts by its breakdown, whatever way it was given; what went back outside of
returns (an order changed by hand, a refund on the provider's own page) is no longer there to give.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from handlers.money import Money
from handlers.payments.refunding import RETURNS
from handlers.returns.policy import ShippingRule
from handlers.returns.refunds import Breakdown, Given, Paid, PaidLine, Row, UnitBack, refund
from handlers.wording import Said
from handlers.work import Work
from storage.order_states import PaymentState
from storage.schema import orders
from storage.schema.refunds import RefundStep, payment_refunds
from storage.schema.returns import reimbursements, return_units, returns

__all__ = [
    "as_values",
    "breakdown_of",
    "from_values",
    "given_before",
    "left_on_payments",
    "paid_of",
    "shown_breakdown",
]

_line, _order, _payment = orders.order_lines.c, orders.orders.c, orders.payments.c
_unit, _money, _refund = return_units.c, reimbursements.c, payment_refunds.c


async def paid_of(work: Work, order: Any) -> Paid:
    """An order as it was paid, given as its row."""
    lines = await work.tx.all(
        select(orders.order_lines)
        .where(_line.order_id == order.id, _line.ended_at.is_(None))
        .order_by(_line.id)
    )
    total = order.total_minor or 0
    return Paid(
        lines=tuple(
            PaidLine(
                id=str(line.id),
                units=line.quantity,
                unit_price=line.unit_minor,
                discount=line.discount_minor or 0,
                tax=line.tax_added_minor or 0,
            )
            for line in lines
        ),
        # What came too much is a matter of its payment, not of its units.
        captured=max(0, min(order.received_minor, total - order.credit_minor)),
        credit=order.credit_minor,
        # With its tax: the rest of the sum.
        shipping=max(0, total - sum(line.total_minor or 0 for line in lines)),
    )


async def breakdown_of(
    work: Work, order: Any, units: Sequence[Any], *, label: int = 0, swapped: bool = False
) -> Breakdown:
    """What goes back for these unit rows, after all that went back for the order before.

    `swapped` where they are exchanged: shipping never goes back then, the new units are sent free.
    """
    before = await work.tx.all(
        select(return_units)
        .join(returns, returns.c.id == _unit.return_id)
        .where(returns.c.order_id == order.id, _unit.reimbursement_id.is_not(None))
        .order_by(_unit.id)
    )
    return refund(
        await paid_of(work, order),
        [_back(one, ShippingRule.NEVER if swapped else None) for one in units],
        before=[_back(one) for one in before],
        given=await given_before(work, order, lock=True),
        label=label,
    )


def _back(row: Any, shipping: ShippingRule | None = None) -> UnitBack:
    return UnitBack(
        line=str(row.line_id),
        number=row.number,
        fee_bp=row.fee_bp,
        shipping=shipping or ShippingRule(row.shipping_rule),
    )


async def given_before(work: Work, order: Any, *, lock: bool = False) -> Given:
    """What went back for an order so far, as its breakdowns count it; `lock` its payments first."""
    rows = await work.tx.all(
        select(reimbursements)
        .join(returns, returns.c.id == _money.return_id)
        .where(returns.c.order_id == order.id)
    )
    told = [from_values(row.breakdown) for row in rows]
    outside = sum([gone for _, _, gone in await _payments(work, order, lock=lock)])
    return Given(
        money=sum(one.money for one in told) + outside, credit=sum(one.credit for one in told)
    )


async def left_on_payments(work: Work, order: Any) -> list[tuple[int, int]]:
    """The payments of an order with what may still go back of each, the oldest first."""
    return [(id, left) for id, left, _ in await _payments(work, order, lock=True) if left > 0]


async def _payments(work: Work, order: Any, *, lock: bool) -> list[tuple[int, int, int]]:
    """Id, what is left, and what went back without a return, of each payment that was paid."""
    paid = (
        select(orders.payments)
        .where(
            _payment.order_id == order.id,
            _payment.state.in_((PaymentState.PAID, PaymentState.DISPUTED)),
            _payment.received_currency == order.currency,
        )
        .order_by(_payment.id)
    )
    rows = await work.tx.all(paid.with_for_update() if lock else paid)
    asked = await work.tx.all(
        select(payment_refunds).where(
            _refund.payment_id.in_([row.id for row in rows]), _refund.state != RefundStep.FAILED
        )
    )
    found = []
    for row in rows:
        mine = [one for one in asked if one.payment_id == row.id]
        gone = max(sum(one.amount_minor for one in mine), row.refunded_minor)
        ours = sum(one.amount_minor for one in mine if one.key.startswith(RETURNS))
        found.append((row.id, row.received_minor - gone, gone - ours))
    return found


def as_values(breakdown: Breakdown) -> dict[str, Any]:
    """A breakdown as plain values, for its row."""
    return {
        "rows": [
            {
                "line": row.line,
                "number": row.number,
                "price": row.price,
                "discount": row.discount,
                "tax": row.tax,
                "fee": row.fee,
            }
            for row in breakdown.rows
        ],
        "shipping": breakdown.shipping,
        "label": breakdown.label,
        "withheld": breakdown.withheld,
        "money": breakdown.money,
        "credit": breakdown.credit,
    }


def from_values(values: Mapping[str, Any]) -> Breakdown:
    """The breakdown that `as_values` wrote."""
    rows = tuple(Row(**row) for row in values["rows"])
    return Breakdown(**{**values, "rows": rows})


def shown_breakdown(work: Work, breakdown: Breakdown, currency: str) -> Collection[Said]:
    """A breakdown as a person reads it: a line for each part."""
    say = work.house.wording.say
    return [
        say(
            "returns.sum.line",
            what=say(key),
            amount=Money(minor, currency).shown(work.house.locale),
        )
        for key, minor in breakdown.shown()
    ]
