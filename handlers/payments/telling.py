"""What customers read of their payments: always in private, and the link only there."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from handlers.messages import Answer, Button, ButtonStyle, Press
from handlers.money import Money
from handlers.orders.numbers import OrderNumber
from handlers.orders.reaching import tell_customer
from handlers.times import shown_time
from handlers.wording import Said
from handlers.work import Work
from storage.order_states import PaymentState, PaymentWay
from storage.schema import orders, sale

__all__ = [
    "link_pressed",
    "link_text",
    "number_of_order",
    "open_answer",
    "pay_button",
    "sum_of",
    "tell",
]

_payment, _order = orders.payments.c, orders.orders.c


def number_of_order(row: Any) -> str:
    """What its customer calls an order, by its row."""
    return str(OrderNumber(row.show_id, row.serial))


def sum_of(work: Work, minor: int, currency: str) -> str:
    """An amount as the shop's people read it."""
    return Money(minor, currency).shown(work.house.locale)


async def open_answer(work: Work, payment: Any, order: Any) -> Answer:
    """What to say of a payment that may be paid: where, or that its page is being made."""
    if payment.state == PaymentState.PREPARED:
        return Answer(
            text=work.house.wording.say("payments.preparing", **_told(work, payment, order))
        )
    return Answer(text=link_text(work, payment, order))


def link_text(work: Work, payment: Any, order: Any) -> Said:
    """Where and how to pay. The link is of the provider's making, so it stands as it is."""
    say, told = work.house.wording.say, _told(work, payment, order)
    rules = work.house.payments.rules
    if payment.way == PaymentWay.MANUAL:
        return say("payments.manual", **told, instructions=Said(rules.instructions or ""))
    url = payment.url
    if payment.way == PaymentWay.HOOK and rules.hook_url:
        url = rules.hook_url.replace("{order}", number_of_order(order))
    if not url:
        return say("payments.hook", **told)
    until = shown_time(work, payment.expires_at)
    return say("payments.link", **told, link=Said(url), until=until)


def _told(work: Work, payment: Any, order: Any) -> dict[str, str]:
    amount = sum_of(work, payment.amount_minor, payment.currency)
    return {"order": number_of_order(order), "amount": amount}


async def tell(
    work: Work, order: Any, key: str, *, buttons: Sequence[Button] = (), **values: Any
) -> None:
    """Tell the customer of an order the sentence `key` where they like to be told."""
    told = {"order": number_of_order(order), **values}
    await tell_customer(work, order.customer_id, key, told, buttons=buttons)


def pay_button(work: Work, payment_id: int) -> Button:
    """*Pay now*: answers with the link, to its customer alone."""
    label = work.house.wording.say("payments.pay_now")
    return Button(id=f"payments.link:{payment_id}", label=label, style=ButtonStyle.PRIMARY)


async def link_pressed(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Pay now*: where to pay, for its own customer and nobody else."""
    people = sale.identities.c
    row = await work.tx.first(
        select(orders.payments)
        .join(orders.orders, _order.id == _payment.order_id)
        .join(sale.identities, people.customer_id == _order.customer_id)
        .where(
            _payment.id == int(arguments[0]),
            people.platform == press.person.platform,
            people.person == press.person.id,
        )
    )
    if row is None or row.state not in (PaymentState.PREPARED, PaymentState.OPEN):
        return Answer(text=work.house.wording.say("payments.link_over"))
    order = await work.tx.first(select(orders.orders).where(_order.id == row.order_id))
    return await open_answer(work, row, order)
