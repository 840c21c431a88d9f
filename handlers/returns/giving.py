"""What is given for accepted units: worked out once, written down, and carried out under one key.

    for row in await give_back(work, stored, who="Sam"): ...

A reimbursement's key is `return:R-7K3F:1`, and whatever carries it out has a key that begins with
it: asked for again, it is the same refund, the same credit and the same order.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from handlers.capability import Follower
from handlers.events import Event, RefundSettled
from handlers.money import Money
from handlers.orders.credit import add_credit
from handlers.orders.settling import check_out, receive
from handlers.payments.refunding import RETURNS, refund
from handlers.returns.closing import close_if_done, set_due
from handlers.returns.policy import ShippingRule, Wish
from handlers.returns.records import StoredReturn, change_unit, load_return, tell_change
from handlers.returns.refunds import Breakdown
from handlers.returns.settling import Settlement, settle
from handlers.returns.states import (
    Acceptance,
    Reception,
    Refused,
    Reimbursement,
    may_pay_for,
    move,
)
from handlers.returns.sums import as_values, breakdown_of, from_values, left_on_payments
from handlers.returns.swapping import NewOrder, open_exchange
from handlers.returns.telling import tell_given
from handlers.work import Work
from storage.order_states import CreditKind
from storage.return_states import ReturnKind
from storage.schema.refunds import RefundStep, payment_refunds
from storage.schema.returns import reimbursements, returns

__all__ = ["REFUNDS", "give_back", "label_left", "payable", "try_again", "wish_for"]

_money, _refund = reimbursements.c, payment_refunds.c


def payable(stored: StoredReturn) -> list[Any]:
    """The units for which something may be given now, and nothing was yet."""
    return [
        unit
        for unit in stored.units
        if unit.reimbursement_id is None
        and may_pay_for(Reception(unit.reception), Acceptance(unit.acceptance))
    ]


def wish_for(stored: StoredReturn, units: Sequence[Any]) -> tuple[Wish, list[Any]]:
    """How some of these units are given for, and which: what has no new unit is paid back."""
    wish = Wish(stored.row.wish)
    if wish is not Wish.EXCHANGE:
        return wish, list(units)
    held = [unit for unit in units if unit.swap_hold_id is not None]
    return (Wish.EXCHANGE, held) if held else (Wish.REFUND, list(units))


def label_left(stored: StoredReturn) -> int:
    """What the customer still bears of the label: once for a return."""
    borne = sum(from_values(row.breakdown).label for row in stored.money)
    return max(0, int(stored.row.label_minor) - borne)


async def give_back(work: Work, stored: StoredReturn, *, who: str) -> list[int]:
    """Give what is due for accepted units of a locked return; returns the reimbursements' ids."""
    given: list[int] = []
    while units := payable(stored):
        wish, some = wish_for(stored, units)
        given.append(await _give(work, stored, wish, some, who))
        again = await load_return(work, stored.id)
        if again is None:
            raise LookupError(f"return {stored.id} is gone")
        stored = again
    await set_due(work, stored.id)
    await close_if_done(work, stored.id, who=who)
    return given


async def _give(
    work: Work, stored: StoredReturn, wish: Wish, units: Sequence[Any], who: str
) -> int:
    swapped = wish is Wish.EXCHANGE
    breakdown = await breakdown_of(
        work, stored.order, units, label=label_left(stored), swapped=swapped
    )
    order = await open_exchange(work, stored, units) if swapped else None
    settlement = _settlement(stored, wish, units, breakdown, order)
    row = {
        "return_id": stored.id,
        "key": f"{RETURNS}{stored.number}:{len(stored.money) + 1}",
        "wish": wish,
        "state": Reimbursement.PREPARED,
        "currency": stored.row.currency,
        "money_minor": settlement.money,
        "credit_minor": settlement.credit,
        "bonus_minor": settlement.bonus,
        "to_pay_minor": settlement.to_pay,
        "breakdown": as_values(breakdown),
        "order_id": None if order is None else order.id,
        "prepared_by": who,
        "prepared_at": work.at,
    }
    (id,) = await work.tx.insert_ids(reimbursements, [row])
    for unit in units:
        shipping = {"shipping_rule": ShippingRule.NEVER} if swapped else {}
        await change_unit(work, unit.id, reimbursement_id=id, **shipping)
    if order is not None:
        await _pay_by_return(work, stored, row["key"], order, settlement, who)
    await _credit(work, stored, f"{row['key']}:credit", settlement.credit, who)
    await _money_back(work, stored, id)
    await _look(work, id, who=who)
    return id


def _settlement(
    stored: StoredReturn,
    wish: Wish,
    units: Sequence[Any],
    breakdown: Breakdown,
    order: NewOrder | None,
) -> Settlement:
    price = 0 if order is None else order.total
    same = all(unit.swap_variant_id == unit.variant_id for unit in units)
    if order is not None and stored.row.kind == ReturnKind.COMPLAINT and same:
        # What was sent wrong is sent again, whatever it costs the shop.
        if price > breakdown.total:
            return Settlement(bonus=price - breakdown.total)
        return settle(breakdown, wish, price=price)
    bonus_bp = 0 if wish is Wish.REFUND else min(unit.bonus_bp for unit in units)
    return settle(breakdown, wish, bonus_bp=bonus_bp, price=price)


async def _credit(work: Work, stored: StoredReturn, key: str, minor: int, who: str) -> None:
    if minor:
        await add_credit(
            work,
            stored.row.customer_id,
            stored.row.currency,
            minor,
            kind=CreditKind.RETURNED,
            key=key,
            who=who,
            why=stored.number,
        )


async def _pay_by_return(
    work: Work, stored: StoredReturn, key: str, order: NewOrder, settlement: Settlement, who: str
) -> None:
    """Spend what the old units are worth on the new ones; what is left is the customer's to pay."""
    await _credit(work, stored, f"{key}:exchange", order.total - settlement.to_pay, who)
    due = await check_out(work, order.id, who=who)
    if due is None:
        raise LookupError(f"the exchange order {order.number} holds nothing")
    if not due.minor:
        await receive(work, order.id, Money(0, due.currency), who=who, why=stored.number)


async def _money_back(work: Work, stored: StoredReturn, id: int) -> None:
    """Ask for the money of a reimbursement to go back, over the payments that it came by."""
    row: Any = await work.tx.first(select(reimbursements).where(_money.id == id))
    if row.state == Reimbursement.PAID or not row.money_minor:
        return
    left = row.money_minor
    for known in await _refunds_of(work, row.key):
        left -= known.amount_minor
        if known.state == RefundStep.FAILED:
            await refund(
                work, known.payment_id, Money(known.amount_minor, known.currency), known.key
            )
    for payment_id, most in await left_on_payments(work, stored.order) if left else ():
        part = min(left, most)
        if part:
            money = Money(part, row.currency)
            await refund(work, payment_id, money, f"{row.key}:{payment_id}")
            left -= part


async def _refunds_of(work: Work, key: str) -> Sequence[Any]:
    return await work.tx.all(
        select(payment_refunds)
        .where(_refund.key.startswith(f"{key}:", autoescape=True))
        .order_by(_refund.id)
    )


async def _look(work: Work, id: int, *, who: str) -> None:
    """See how far the money of a reimbursement is, and say it once it is through."""
    row: Any = await work.tx.first(select(reimbursements).where(_money.id == id).with_for_update())
    parts = await _refunds_of(work, row.key)
    short = row.money_minor - sum(one.amount_minor for one in parts)
    failed = [one for one in parts if one.state == RefundStep.FAILED]
    now = Reimbursement(row.state)
    if failed or short:
        error = failed[0].error if failed else work.house.wording.say("returns.money.short")
        await _become(work, row, now, Reimbursement.FAILED, error=str(error)[:200], who=who)
    elif all(one.state == RefundStep.PAID for one in parts):
        await _become(work, row, now, Reimbursement.PAID, error="", who=who)
    elif now is Reimbursement.FAILED:
        await _become(work, row, now, Reimbursement.PREPARED, error="", who=who)


async def _become(
    work: Work, row: Any, now: Reimbursement, to: Reimbursement, *, error: str, who: str
) -> None:
    if now is to:
        return
    if isinstance(move(now, to), Refused):
        return
    settled = work.at if to is Reimbursement.PAID else None
    await work.tx.run(
        update(reimbursements)
        .where(_money.id == row.id)
        .values(state=to, error=error, settled_at=settled)
    )
    stored = await load_return(work, row.return_id)
    if stored is None:
        return
    kind = {Reimbursement.PAID: "paid", Reimbursement.FAILED: "pay_failed"}.get(to, "paying")
    await tell_change(work, stored.row, kind, who=who, why=error)
    if to is Reimbursement.PAID:
        await tell_given(work, stored, row.id)


async def try_again(work: Work, stored: StoredReturn, *, who: str) -> int:
    """Repeat, under the same keys, what failed of a locked return; returns how many there were."""
    failed = [row for row in stored.money if row.state == Reimbursement.FAILED]
    for row in failed:
        await _money_back(work, stored, row.id)
        await _look(work, row.id, who=who)
    return len(failed)


async def _settled(work: Work, events: Sequence[Event]) -> None:
    """A refund went through, or not: so did the return that it was for."""
    for event in events:
        if not isinstance(event, RefundSettled) or not event.key.startswith(RETURNS):
            continue
        row = await work.tx.first(
            select(reimbursements.c.id, returns.c.id.label("return_id"))
            .join(returns, returns.c.id == _money.return_id)
            .where(_money.key == event.key.rpartition(":")[0])
        )
        if row is not None:
            # Its order is locked already, and items come before orders.
            await load_return(work, row.return_id, lock=True, items=False)
            await _look(work, row.id, who="")
            await set_due(work, row.return_id)
            await close_if_done(work, row.return_id, who="")


REFUNDS = Follower(name="returns.refunds", events=(RefundSettled,), run=_settled, required=True)
