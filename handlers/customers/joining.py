"""Two customers become one: everything either has is the older one's from then on.

Locks go identities, orders, customers, each by id: whoever claims holds a share of their identity,
so a batch that is on its way is waited for. What another transaction still writes for the one that
is no more is moved a minute later.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, select, update

from handlers.capability import Deadline
from handlers.customers.one_order import merge_open_orders, mergeable
from handlers.people import Person
from handlers.support.uniting import unite_threads
from handlers.work import Work
from storage.schema import customers, orders, parcels, returns, sale, support, traffic
from storage.schema.states import ExceptionState

__all__ = ["SWEEP", "CannotJoin", "Joined", "join"]

_people, _customer, _ledger = sale.identities.c, sale.customers.c, orders.credit_ledger.c
_SWEEP_AFTER = timedelta(minutes=1)
#: What belongs to a customer, a row for itself.
_THEIRS = (
    sale.identities,
    sale.claims,
    sale.holds,
    sale.waitlist,
    sale.releases,
    orders.postal_addresses,
    orders.orders,
    orders.coupon_uses,
    parcels.parcels,
    returns.returns,
    returns.return_drafts,
    customers.customer_notes,
    support.customer_pictures,
)


class CannotJoin(StrEnum):
    """Why two customers stay two: they are one already, or their open orders cannot be one."""

    ALREADY = "already"
    CURRENCIES = "currencies"
    PAID_IN_PART = "paid_in_part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What came of it: the orders that took in another, and coupons to be typed once more."""

    customer_id: int
    orders: tuple[str, ...]
    coupons: int


async def join(work: Work, identity_id: int, other_id: int, *, who: Person) -> Joined | CannotJoin:
    """Join the customers behind two identities; the one who came first stays. It is final."""
    both = await _lock(work, identity_id, other_id)
    if len(both) < 2:
        return CannotJoin.ALREADY
    keep, other = both
    refused = await mergeable(work, keep, other)
    if refused is not None:
        return CannotJoin(refused.value)
    merged = await _move(work, keep, other, who.name)
    await _one_row(work, keep, other)
    work.record(who, "customer.join", f"customer {keep}", values={"joined": other, "kept": keep})
    return Joined(customer_id=keep, orders=merged[0], coupons=merged[1])


async def _lock(work: Work, *identities: int) -> list[int]:
    """Lock the two customers with all of their identities and unpaid orders, the older first."""
    named = select(_people.customer_id).where(_people.id.in_(identities))
    await work.tx.all(
        select(_people.id)
        .where(_people.customer_id.in_(named))
        .order_by(_people.id)
        .with_for_update()
    )
    # As they are now that nobody else changes them.
    rows = await work.tx.all(select(_people.customer_id).where(_people.id.in_(identities)))
    both = sorted({row.customer_id for row in rows})
    order = orders.orders.c
    await work.tx.all(
        select(order.id)
        .where(order.customer_id.in_(both), order.state == "open")
        .order_by(order.id)
        .with_for_update()
    )
    await work.tx.all(
        select(_customer.id).where(_customer.id.in_(both)).order_by(_customer.id).with_for_update()
    )
    return both


async def _move(work: Work, keep: int, other: int, who: str) -> tuple[tuple[str, ...], int]:
    """Make all that is `other`'s into `keep`'s; returns the merged orders, and freed coupons."""
    merged = await merge_open_orders(work, keep, other, who=who)
    for table in _THEIRS:
        await work.tx.run(
            update(table).where(table.c.customer_id == other).values(customer_id=keep)
        )
    await unite_threads(work, keep, other)
    await _move_tags(work, keep, other)
    await _move_credit(work, keep, other)
    await _move_questions(work, keep, other)
    return merged


async def _move_tags(work: Work, keep: int, other: int) -> None:
    tag = customers.customer_tags.c
    known = select(tag.tag).where(tag.customer_id == keep)
    await work.tx.run(
        delete(customers.customer_tags).where(tag.customer_id == other, tag.tag.in_(known))
    )
    await work.tx.run(
        update(customers.customer_tags).where(tag.customer_id == other).values(customer_id=keep)
    )


async def _move_credit(work: Work, keep: int, other: int) -> None:
    """Write the other ledger's lines behind this one's, each with what it leaves of both."""
    lines = await work.tx.all(
        select(orders.credit_ledger)
        .where(_ledger.customer_id == other)
        .order_by(_ledger.currency, _ledger.line)
    )
    for currency in sorted({row.currency for row in lines}):
        last = await work.tx.first(
            select(_ledger.line, _ledger.balance_minor)
            .where(_ledger.customer_id == keep, _ledger.currency == currency)
            .order_by(_ledger.line.desc())
            .limit(1)
        )
        line, balance = (0, 0) if last is None else (last.line, last.balance_minor)
        for row in (one for one in lines if one.currency == currency):
            line, balance = line + 1, balance + row.minor
            await work.tx.run(
                update(orders.credit_ledger)
                .where(_ledger.id == row.id)
                .values(customer_id=keep, line=line, balance_minor=balance)
            )


async def _move_questions(work: Work, keep: int, other: int) -> None:
    """What a person must decide about the other's units is found by the one who stays."""
    exception = traffic.exceptions.c
    rows = await work.tx.all(
        select(exception.id, exception.subject).where(
            exception.kind == "paid_release",
            exception.subject.startswith(f"{other}:"),
            exception.state != ExceptionState.RESOLVED,
        )
    )
    for row in rows:
        subject = f"{keep}:{row.subject.partition(':')[2]}"
        await work.tx.run(
            update(traffic.exceptions).where(exception.id == row.id).values(subject=subject)
        )


async def _one_row(work: Work, keep: int, other: int) -> None:
    """What was decided about either holds; DMs go only where both were wished for."""
    rows = await work.tx.all(
        select(sale.customers).where(_customer.id.in_((keep, other))).order_by(_customer.id)
    )
    blocked = [row.blocked_at for row in rows if row.blocked_at is not None]
    told = [row.told_at for row in rows if row.told_at is not None]
    await work.tx.run(
        update(sale.customers)
        .where(_customer.id == keep)
        .values(
            pay_first=any(row.pay_first for row in rows),
            tells_by_dm=all(row.tells_by_dm for row in rows),
            blocked_at=min(blocked, default=None),
            # Whoever was told may have wishes that wait for their payment.
            told_at=max(told, default=None),
        )
    )
    await work.tx.run(
        update(sale.customers)
        .where((_customer.id == other) | (_customer.joined_into == other))
        .values(joined_into=keep)
    )
    await work.tx.run(
        update(sale.customers)
        .where(_customer.id == other)
        .values(sweep_due=work.at + _SWEEP_AFTER, tells_by_dm=False)
    )


async def _sweep(work: Work, due: datetime) -> None:
    """Move what was still written for customers who are no more."""
    rows = await work.tx.all(
        select(_customer.id, _customer.joined_into)
        .where(_customer.sweep_due <= due)
        .order_by(_customer.id)
        .limit(50)
        .with_for_update()
    )
    for row in rows:
        if await mergeable(work, row.joined_into, row.id) is None:
            await _move(work, row.joined_into, row.id, "")
        await work.tx.run(
            update(sale.customers).where(_customer.id == row.id).values(sweep_due=None)
        )


SWEEP = Deadline(
    name="customers.sweep",
    due=select(func.min(_customer.sweep_due)).where(_customer.sweep_due.is_not(None)),
    run=_sweep,
)
