"""Store credit: a ledger per customer and currency, written line by line and never overspent."""

from sqlalchemy import func, select, update

from handlers.orders.tenders import credit_tender
from handlers.work import Work
from storage.order_states import CreditKind
from storage.schema import orders, sale

__all__ = ["add_credit", "credit_of", "return_credit", "spend_credit"]

_ledger, _order = orders.credit_ledger.c, orders.orders.c


async def credit_of(work: Work, customer_id: int, currency: str) -> int:
    """What a customer may spend, in minor units."""
    return (await _last(work, customer_id, currency))[1]


async def _last(work: Work, customer_id: int, currency: str) -> tuple[int, int]:
    """The last line of a ledger and what it leaves."""
    row = await work.tx.first(
        select(_ledger.line, _ledger.balance_minor)
        .where(_ledger.customer_id == customer_id, _ledger.currency == currency)
        .order_by(_ledger.line.desc())
        .limit(1)
    )
    return (0, 0) if row is None else (row.line, row.balance_minor)


async def add_credit(
    work: Work,
    customer_id: int,
    currency: str,
    minor: int,
    *,
    kind: CreditKind,
    key: str,
    who: str,
    why: str,
    order_id: int | None = None,
) -> int:
    """Write one line, up or down, and return what it leaves; the same `key` again does nothing.

    Raises `ValueError` for more than there is.
    """
    # Whoever counts with this ledger waits here: two lines that count alike would be refused.
    await work.tx.all(
        select(sale.customers.c.id).where(sale.customers.c.id == customer_id).with_for_update()
    )
    line, balance = await _last(work, customer_id, currency)
    if await work.tx.scalar(select(_ledger.id).where(_ledger.key == key)) is not None:
        return balance
    if balance + minor < 0:
        raise ValueError("more store credit would be spent than there is")
    await work.tx.insert(
        orders.credit_ledger,
        [
            {
                "customer_id": customer_id,
                "currency": currency,
                "line": line + 1,
                "kind": kind,
                "minor": minor,
                "balance_minor": balance + minor,
                "order_id": order_id,
                "key": key,
                "who": who,
                "why": why,
                "at": work.at,
            }
        ],
    )
    return balance + minor


async def spend_credit(work: Work, order_id: int, *, who: str) -> int:
    """Put as much store credit towards a priced order as fits; returns what it has in all."""
    row = await work.tx.first(select(orders.orders).where(_order.id == order_id).with_for_update())
    if row is None or row.total_minor is None:
        raise LookupError(f"order {order_id} has no price")
    there = await credit_of(work, row.customer_id, row.currency)
    tender = credit_tender(row.total_minor - row.credit_minor - row.received_minor, there)
    if tender is None:
        return int(row.credit_minor)
    await add_credit(
        work,
        row.customer_id,
        row.currency,
        -tender.minor,
        kind=CreditKind.SPENT,
        key=await _key(work, order_id, "spent"),
        who=who,
        why="",
        order_id=order_id,
    )
    return await _set(work, order_id, row.credit_minor + tender.minor)


async def return_credit(work: Work, order_id: int, *, who: str, why: str) -> int:
    """Give all store credit of an order back to its customer; returns how much that was."""
    row = await work.tx.first(select(orders.orders).where(_order.id == order_id).with_for_update())
    if row is None or not row.credit_minor:
        return 0
    await add_credit(
        work,
        row.customer_id,
        row.currency,
        row.credit_minor,
        kind=CreditKind.GIVEN_BACK,
        key=await _key(work, order_id, "back"),
        who=who,
        why=why,
        order_id=order_id,
    )
    await _set(work, order_id, 0)
    return int(row.credit_minor)


async def _key(work: Work, order_id: int, what: str) -> str:
    """A name for the next line about an order: it can be spent and given back many times."""
    lines = await work.tx.scalar(select(func.count()).where(_ledger.order_id == order_id))
    return f"order:{order_id}:{what}:{lines}"


async def _set(work: Work, order_id: int, minor: int) -> int:
    await work.tx.run(update(orders.orders).where(_order.id == order_id).values(credit_minor=minor))
    return minor
