"""What a customer is told of a return: each step once, in private, where they like to be told."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from handlers.fulfilment.slips import address_lines
from handlers.messages import Button, ButtonStyle
from handlers.money import Money
from handlers.orders.reaching import tell_customer
from handlers.payments.telling import number_of_order
from handlers.returns.records import StoredReturn
from handlers.times import shown_time
from handlers.work import Work
from storage.schema import orders
from storage.schema.refunds import payment_refunds
from storage.schema.returns import reimbursements

__all__ = ["label_of", "labels_of", "send_facts", "tell_given", "tell_return"]

_refund, _payment = payment_refunds.c, orders.payments.c


def label_of(unit: Any) -> str:
    """A unit as people name it: `D1 / M Linen dress`."""
    code = f"{unit.code} / {unit.variant}" if unit.variant else unit.code
    return f"{code} {unit.title}"


def labels_of(units: Sequence[Any]) -> list[str]:
    """Units as people name them, equal ones once: `M3 Stoneware mug ×2`."""
    named = [label_of(unit) for unit in units]
    return [
        name if named.count(name) == 1 else f"{name} ×{named.count(name)}"
        for name in dict.fromkeys(named)
    ]


async def tell_return(
    work: Work,
    stored: StoredReturn,
    step: str,
    *,
    units: Sequence[Any] | None = None,
    buttons: Sequence[Button] = (),
    **values: Any,
) -> None:
    """Tell the customer `returns.told.<step>`; it may name the units that it is about."""
    told = {
        "number": stored.number,
        "order": stored.order_number,
        "units": labels_of(stored.units if units is None else units),
        **values,
    }
    await tell_customer(work, stored.row.customer_id, f"returns.told.{step}", told, buttons=buttons)


def send_facts(work: Work, stored: StoredReturn, send_by: Any) -> dict[str, Any]:
    """Where to send it, until when, and who pays for it."""
    to = work.house.returns.address
    return {
        "address": "" if to is None else ", ".join(address_lines(to)),
        "until": shown_time(work, send_by),
        "own_cost": bool(stored.row.customer_pays_return),
    }


async def tell_given(work: Work, stored: StoredReturn, id: int) -> None:
    """What was given for it: how much, how, and when it is there."""
    row: Any = await work.tx.first(select(reimbursements).where(reimbursements.c.id == id))
    ways = await work.tx.all(
        select(_payment.way)
        .join(payment_refunds, _refund.payment_id == _payment.id)
        .where(_refund.key.startswith(f"{row.key}:", autoescape=True))
        .distinct()
        .order_by(_payment.way)
    )
    order: Any = row.order_id and await work.tx.first(
        select(orders.orders).where(orders.orders.c.id == row.order_id)
    )
    due = order.total_minor - order.credit_minor - order.received_minor if order else 0
    pay = Button(
        id=f"orders.pay:{row.order_id}",
        label=work.house.wording.say("returns.button.pay"),
        style=ButtonStyle.PRIMARY,
    )
    await tell_return(
        work,
        stored,
        "given",
        units=[unit for unit in stored.units if unit.reimbursement_id == id],
        money=_shown(work, row.money_minor, row.currency),
        ways=[one.way for one in ways],
        credit=_shown(work, row.credit_minor, row.currency),
        bonus=_shown(work, row.bonus_minor, row.currency) if row.credit_minor else "",
        exchange=number_of_order(order) if order else "",
        sent_back=bool(stored.row.comes_back),
        due=_shown(work, max(0, due), row.currency),
        until=shown_time(work, work.at + work.house.returns.pay_within),
        buttons=(pay,) if due > 0 else (),
    )


def _shown(work: Work, minor: int, currency: str) -> str:
    return Money(minor, currency).shown(work.house.locale) if minor else ""
