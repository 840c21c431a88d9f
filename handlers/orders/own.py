"""`/orders`: a customer's own orders, their states and their tracking, at any time, in private."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from handlers.claims.private_lines import customer_of
from handlers.command_line import Invocation
from handlers.fulfilment.carriers import link_of
from handlers.messages import Answer, Button, Press, Section
from handlers.money import Money
from handlers.orders.cancelling import wish_to_cancel
from handlers.orders.following import numbers_in
from handlers.orders.gathering import see_when_ready
from handlers.orders.gating import told_of
from handlers.orders.moving import note_event
from handlers.orders.opening import keep_in_step
from handlers.orders.owning import say
from handlers.orders.reaching import PAY, SEND_BACK
from handlers.orders.records import load_stored, number_of
from handlers.orders.repricing import quote
from handlers.orders.states import UNPAID
from handlers.people import Person
from handlers.work import Work
from storage.order_states import OrderState, ParcelState
from storage.schema import orders
from storage.schema.parcels import parcel_lines, parcels

__all__ = ["mine", "own", "send_now", "wish"]

_order, _line = orders.orders.c, orders.order_lines.c
_parcel, _part = parcels.c, parcel_lines.c
_MOST = 20
_WITH_CUSTOMER = (OrderState.HANDED_OFF, OrderState.DELIVERED)


async def own(work: Work, command: Invocation) -> Answer:
    """`/orders`."""
    return await _own(work, command.person)


async def mine(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*My orders*."""
    answer = await _own(work, press.person)
    texts = [answer.text, *(one.text for one in answer.sections)]
    buttons = [button for one in answer.sections for button in one.buttons]
    return Answer(text="\n".join(text for text in texts if text), buttons=tuple(buttons[:20]))


async def _own(work: Work, person: Person) -> Answer:
    customer_id = await customer_of(work, person)
    if customer_id is not None:
        await work.close()
        await keep_in_step(work, customer_id)
    rows = await work.tx.all(
        select(orders.orders)
        .where(_order.customer_id == customer_id)
        .order_by(_order.id.desc())
        .limit(_MOST)
    )
    if customer_id is None or not rows:
        return say(work, "orders.none")
    totals = await _unpaid_totals(work, [row.id for row in rows if row.state in UNPAID])
    shown = [
        row for row in rows if row.state not in UNPAID or row.id in totals or row.received_minor
    ]
    if not shown:
        return say(work, "orders.none")
    tracking = await _tracking(work, [row.id for row in shown])
    told = await told_of(work, [str(number_of(row)) for row in shown])
    sections = [
        _section(
            work,
            row,
            totals.get(row.id, row.total_minor or 0),
            tracking.get(row.id),
            told.get(str(number_of(row)), ""),
        )
        for row in shown
    ]
    return Answer(text=work.house.wording.say("orders.head"), sections=tuple(sections))


async def _unpaid_totals(work: Work, ids: Sequence[int]) -> dict[int, int]:
    stored = [one for one in await load_stored(work, ids) if one.lines] if ids else []
    return {one.stored.id: one.totals.total for one in await quote(work, stored)}


def _section(work: Work, row: Any, total: int, parcel: Any, told: str) -> Section:
    tell = work.house.wording.say
    text = tell(
        "orders.line",
        order=str(number_of(row)),
        amount=Money(total, row.currency).shown(work.house.locale),
        state=tell(f"order.state.{row.state}"),
        review=row.under_review,
        link=link_of(parcel.carrier, parcel.tracking or "") if parcel is not None else "",
        told=told,
        carrier=parcel.carrier if parcel is not None else "",
        tracking=(parcel.tracking or "") if parcel is not None else "",
    )
    buttons: tuple[Button, ...] = ()
    if row.state in UNPAID:
        buttons = (Button(id=f"{PAY.id}{row.id}", label=f"Pay {number_of(row)}"),)
    elif row.state not in (OrderState.CANCELLED, OrderState.EXPIRED):
        label = tell("invoice.button", order=str(number_of(row)))
        buttons = (Button(id=f"invoice.show:{row.id}", label=label),)
    if row.state == OrderState.PAID:
        wish = Button(id=f"orders.wish:{row.id}", label=f"Cancel {number_of(row)}")
        gathers = parcel is not None and parcel.state == ParcelState.GATHERING
        if gathers and work.house.orders.together.days != 0 and not row.send_now:
            now = tell("orders.send_now", order=str(number_of(row)))
            buttons = (*buttons, Button(id=f"orders.send:{row.id}", label=now))
        buttons = (*buttons, wish)
    if row.state in _WITH_CUSTOMER:
        back = Button(id=f"{SEND_BACK.id}{row.id}", label=f"Send back {number_of(row)}")
        buttons = (*buttons, back)
    return Section(text=text, buttons=buttons)


async def _tracking(work: Work, ids: Sequence[int]) -> dict[int, Any]:
    rows = await work.tx.all(
        select(_line.order_id, _parcel.carrier, _parcel.tracking, _parcel.state)
        .join(parcel_lines, _part.line_id == _line.id)
        .join(parcels, _parcel.id == _part.parcel_id)
        .where(_line.order_id.in_(ids))
        .order_by(_parcel.id)
    )
    return {row.order_id: row for row in rows}


async def wish(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Cancel*, on a paid order: a person decides. Another's order is not known to exist."""
    customer_id = await customer_of(work, press.person)
    found = await load_stored(work, [int(arguments[0])])
    if not found or found[0].row.customer_id != customer_id:
        return say(work, "orders.none")
    stored = found[0]
    if stored.state is not OrderState.PAID:
        return say(work, "orders.cannot_cancel", order=str(stored.number))
    await wish_to_cancel(work, stored, who=press.person.name, why="", heard=True)
    return say(work, "told.order_cancel_paid", order=str(stored.number))


async def send_now(work: Work, press: Press, arguments: Sequence[str]) -> Answer:
    """*Send it now*: the parcel that this order gathers in waits for nothing more."""
    customer_id = await customer_of(work, press.person)
    found = await load_stored(work, [int(arguments[0])])
    if not found or found[0].row.customer_id != customer_id:
        return say(work, "orders.none")
    stored = found[0]
    parcel_id = await work.tx.scalar(
        select(_parcel.id)
        .join(parcel_lines, _part.parcel_id == _parcel.id)
        .join(orders.order_lines, _line.id == _part.line_id)
        .where(_line.order_id == stored.id, _parcel.state == ParcelState.GATHERING)
        .limit(1)
    )
    if parcel_id is None:
        return say(work, "orders.sent_before", order=str(stored.number))
    await work.tx.run(update(orders.orders).where(_order.id == stored.id).values(send_now=True))
    await note_event(work, stored.id, "send_now", stored.state.value, who=press.person.name)
    await see_when_ready(work, [stored.row.customer_id])
    return say(work, "orders.sent_soon", orders=await numbers_in(work, parcel_id))
