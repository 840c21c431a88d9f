"""The gate at work: looks over orders, opens what a person must decide and closes what is settled.

The team's card names an order, a first name and sums; the customer hears a warm word in private.
An order that has to wait for the decision is under review until it is made.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, update

from handlers.exceptions.opening import close_exceptions, open_exception
from handlers.money import Money
from handlers.orders.coupons import CouponRefused
from handlers.orders.gate import KINDS, ExceptionCode, OrderFacts, exceptions_for, keeps_back
from handlers.orders.keeping import open_address, twins_of
from handlers.orders.model import Address
from handlers.orders.places_asked import field_names
from handlers.orders.reaching import name_of, tell_customer
from handlers.orders.records import Stored, load_stored, number_of, problems_of
from handlers.orders.shipping import RuleKind
from handlers.orders.states import UNPAID
from handlers.work import Work
from storage.order_states import OrderState, PaymentState
from storage.schema import orders, refunds, sale, traffic
from storage.schema.refunds import RefundStep
from storage.schema.states import ExceptionState, HoldState
from storage.unit_of_work import padded

__all__ = ["lift_review", "look_over", "told_of"]

_order, _line = orders.orders.c, orders.order_lines.c
_payment, _event = orders.payments.c, orders.order_events.c
_exception = traffic.exceptions.c
#: What the customer was told already as they typed it, or cannot act on.
_NOT_TOLD = frozenset({ExceptionCode.COUPON_MISUSE, ExceptionCode.LIKELY_DUPLICATE})
#: Opened by the packing room, about an order too.
_PARTS_SHORT = "parts_short"


async def look_over(
    work: Work,
    order_ids: Collection[int],
    *,
    wrong_currency: Money | None = None,
    heard: Collection[ExceptionCode] = (),
) -> None:
    """Bring the exceptions of these orders in line with how they stand.

    `wrong_currency` is money that just came in for one of them and could not be counted; of `heard`
    the customer reads in the answer to what they did, so it is not told once more.
    """
    for stored in await load_stored(work, order_ids):
        facts = await _facts(work, stored, wrong_currency)
        found = exceptions_for(facts, work.house.orders.gate)
        for code in ExceptionCode:
            if code in found:
                await _open(work, stored, facts, code, told=code not in _NOT_TOLD | set(heard))
        await _close_settled(work, stored, found)
        await lift_review(work, stored.id)


async def _facts(work: Work, stored: Stored, wrong: Money | None) -> OrderFacts:
    row, back = stored.row, refunds.payment_refunds.c
    asked = (
        select(func.coalesce(func.sum(back.amount_minor), 0))
        .where(back.payment_id == _payment.id, back.state != RefundStep.FAILED)
        .scalar_subquery()
    )
    payments = await work.tx.all(
        select(
            _payment.state,
            _payment.received_minor,
            _payment.received_currency,
            _payment.refunded_minor,
            asked.label("asked"),
        ).where(_payment.order_id == row.id)
    )
    other = next(
        (
            Money(one.received_minor, one.received_currency)
            for one in payments
            if one.received_minor and one.received_currency not in (None, row.currency)
        ),
        wrong,
    )
    # For what is cancelled nothing was due.
    total = 0 if stored.state is OrderState.CANCELLED else row.total_minor or 0
    over = max(0, row.received_minor + row.credit_minor - total)
    too_much, unasked = _gone([one for one in payments if _counts(one, row)], over)
    left = row.received_minor - too_much - unasked
    received = Money(max(0, left), row.currency) if other is None else other
    address, problems = await _address(work, stored)
    return OrderFacts(
        state=stored.state,
        total=total,
        currency=row.currency,
        credit=row.credit_minor,
        received=received.minor,
        received_currency=received.currency,
        taken_back=unasked,
        declined=sum(one.state == PaymentState.DECLINED for one in payments),
        disputed=any(one.state == PaymentState.DISPUTED for one in payments),
        address=problems,
        short_units=await _short(work, stored),
        twins=0 if address is None else await twins_of(work, row.customer_id, address),
        unpaid_orders=await _unpaid(work, row.customer_id),
        coupons_refused=[
            CouponRefused(one.why) for one in await _events(work, row.id, "coupon_refused")
        ],
        cancel_wished=bool(await _events(work, row.id, "cancel_wished")),
    )


def _counts(payment: Any, order: Any) -> bool:
    return bool(payment.received_currency == order.currency)


def _gone(payments: Sequence[Any], over: int) -> tuple[int, int]:
    """What went back: too much that came, and what others paid back unasked.

    What we want back ourselves, as for a return, leaves a price that was paid as it is; it is on
    its way from when it is asked for.
    """
    asked = sum(one.asked for one in payments)
    unasked = sum(max(0, one.refunded_minor - one.asked) for one in payments)
    return min(asked, over), unasked


async def _address(work: Work, stored: Stored) -> tuple[Address | None, Any]:
    """The address and what is wrong with it; nothing where it is picked up."""
    rule = work.house.orders.rule(stored.row.method)
    if rule is not None and rule.kind is RuleKind.PICK_UP:
        return None, ()
    if stored.row.address_id is None:
        return None, _MISSING if stored.state not in UNPAID else ()
    kept = await work.tx.first(
        select(orders.postal_addresses).where(orders.postal_addresses.c.id == stored.row.address_id)
    )
    return (None, ()) if kept is None else _read(work, kept)


def _read(work: Work, kept: Any) -> tuple[Address | None, Any]:
    return open_address(kept, work.house.sealer), problems_of(kept.problems)


_MISSING = problems_of([{"field": "line1", "fault": "missing"}])


async def _short(work: Work, stored: Stored) -> int:
    """Units of a paid order that nothing is kept for."""
    if stored.state in UNPAID:
        return 0
    kept = select(sale.holds.c.id).where(
        sale.holds.c.id == _line.hold_id, sale.holds.c.state == HoldState.PAID
    )
    lacking = await work.tx.scalar(
        select(func.coalesce(func.sum(_line.quantity), 0)).where(
            _line.order_id == stored.id, _line.ended_at.is_(None), ~kept.exists()
        )
    )
    return int(lacking or 0)


async def _unpaid(work: Work, customer_id: int) -> int:
    live = select(_line.id).where(_line.order_id == _order.id, _line.ended_at.is_(None))
    return int(
        await work.tx.scalar(
            select(func.count()).where(
                _order.customer_id == customer_id,
                _order.state.in_(sorted(UNPAID)),
                live.exists(),
            )
        )
        or 0
    )


async def _events(work: Work, order_id: int, kind: str) -> Any:
    return await work.tx.all(
        select(_event.why).where(_event.order_id == order_id, _event.kind == kind)
    )


# --- exceptions -----------------------------------------------------------------------------------


async def _open(
    work: Work, stored: Stored, facts: OrderFacts, code: ExceptionCode, *, told: bool
) -> None:
    kind = KINDS[code]
    subject = str(stored.number)
    values = await _values(work, stored, facts)
    before = await work.tx.first(
        select(traffic.exceptions)
        .where(_exception.kind == code.value, _exception.subject == subject)
        .order_by(_exception.id.desc())
        .limit(1)
    )
    # What a person has decided stays so until something changes; and what is open says it already.
    if before is not None and before._mapping["values"] == values:
        return
    number = await open_exception(
        work,
        code.value,
        subject=subject,
        owner_role=kind.owner.value,
        values=values,
        within=kind.within,
    )
    if before is not None and before.id == number:
        return
    if told:
        await tell_customer(work, stored.row.customer_id, kind.told, values)


async def _values(work: Work, stored: Stored, facts: OrderFacts) -> Mapping[str, Any]:
    """What the sentences about an order may say: never where it goes."""
    name = await name_of(work, stored.row.customer_id)
    received = Money(facts.received, facts.received_currency or facts.currency)
    return {
        "order": str(stored.number),
        "name": name.split()[0] if name.split() else name,
        "amount": Money(facts.total, facts.currency).shown(work.house.locale),
        "received": received.shown(work.house.locale),
        "fields": field_names(work, [one.field for one in facts.address]),
        "units": facts.short_units,
        "orders": facts.unpaid_orders,
        "times": len(facts.coupons_refused),
    }


async def _close_settled(work: Work, stored: Stored, found: Collection[ExceptionCode]) -> None:
    subject = str(stored.number)
    open_now = await work.tx.all(
        select(_exception.kind).where(
            _exception.subject == subject,
            _exception.kind.in_([code.value for code in ExceptionCode]),
            _exception.state != ExceptionState.RESOLVED,
        )
    )
    outcome = work.house.wording.say("orders.gate_settled")
    for kind in sorted({row.kind for row in open_now} - {code.value for code in found}):
        await close_exceptions(work, kind, subject, outcome=outcome)


async def told_of(work: Work, numbers: Collection[str]) -> dict[str, str]:
    """What the customers of these orders were told of what is being looked at, the newest each."""
    kinds = {code.value for code in ExceptionCode if code not in _NOT_TOLD} | {_PARTS_SHORT}
    rows = await work.tx.all(
        select(traffic.exceptions)
        .where(
            _exception.subject.in_(padded(numbers)),
            _exception.kind.in_(sorted(kinds)),
            _exception.state != ExceptionState.RESOLVED,
        )
        .order_by(_exception.id)
    )
    say = work.house.wording.say
    return {row.subject: say(f"told.{row.kind}", **row._mapping["values"]) for row in rows}


async def lift_review(work: Work, order_id: int) -> None:
    """Say on the order's row whether an open exception keeps it in the house."""
    row = await work.tx.first(select(orders.orders).where(_order.id == order_id))
    if row is None:
        return
    subject = str(number_of(row))
    open_now = await work.tx.all(
        select(_exception.kind).where(
            _exception.subject == subject,
            _exception.kind.in_([code.value for code in ExceptionCode]),
            _exception.state != ExceptionState.RESOLVED,
        )
    )
    kept = keeps_back([ExceptionCode(one.kind) for one in open_now])
    if kept != row.under_review:
        await work.tx.run(
            update(orders.orders).where(_order.id == order_id).values(under_review=kept)
        )
