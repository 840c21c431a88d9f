"""Notices and payments as they are kept: written down, read back, found and locked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update

from handlers.money import Money
from handlers.payments.model import Notice, NoticeKind
from handlers.work import Work
from storage.repositories.sale import lock_items
from storage.schema import orders, sale
from storage.unit_of_work import Transaction

__all__ = [
    "change",
    "find_payment",
    "live_payment",
    "lock_payment",
    "lock_units",
    "notice_of",
    "notice_values",
    "units_held_until",
]

_payment, _line, _hold = orders.payments.c, orders.order_lines.c, sale.holds.c
_WORDS = ("key", "payment", "checkout", "charge", "refund", "why")


def notice_values(notice: Notice) -> dict[str, Any]:
    """A notice as plain values."""
    said: dict[str, Any] = {name: getattr(notice, name) for name in _WORDS}
    said |= {"kind": notice.kind.value, "at": notice.at.isoformat()}
    if notice.amount is not None:
        said |= {"minor": notice.amount.minor, "currency": notice.amount.currency}
    return said


def notice_of(said: Mapping[str, Any]) -> Notice:
    """The notice that `notice_values` wrote."""
    amount = Money(said["minor"], said["currency"]) if "minor" in said else None
    words = {name: said[name] for name in _WORDS}
    return Notice(
        kind=NoticeKind(said["kind"]), at=datetime.fromisoformat(said["at"]), amount=amount, **words
    )


async def find_payment(tx: Transaction, way: str, notice: Notice) -> Any:
    """The payment that a notice is about, not locked; None while it is not known."""
    named = [
        column == name
        for column, name in (
            (_payment.idempotency_key, notice.payment),
            (_payment.reference, notice.checkout),
            (_payment.charge, notice.charge),
        )
        if name
    ]
    if not named:
        return None
    return await tx.first(
        select(orders.payments)
        .where(_payment.way == way, or_(*named))
        .order_by(_payment.id)
        .limit(1)
    )


async def lock_payment(work: Work, payment_id: int) -> Any:
    """The row of a payment, locked; None if there is none."""
    return await work.tx.first(
        select(orders.payments).where(_payment.id == payment_id).with_for_update()
    )


async def live_payment(work: Work, order_id: int) -> Any:
    """The payment of an order that may still be paid, locked; there is one at most."""
    return await work.tx.first(
        select(orders.payments)
        .where(_payment.order_id == order_id, _payment.state.in_(("prepared", "open")))
        .with_for_update()
    )


async def lock_units(work: Work, order_id: int) -> None:
    """Lock the items of an order before the order itself, in the order in which holds end."""
    rows = await work.tx.all(
        select(sale.variants.c.item_id)
        .join(orders.order_lines, _line.variant_id == sale.variants.c.id)
        .where(_line.order_id == order_id)
        .distinct()
    )
    await lock_items(work.tx, [row.item_id for row in rows])


async def units_held_until(work: Work, order_id: int) -> list[Any]:
    """The holds behind an order that stand: their ids, and when they end."""
    return list(
        await work.tx.all(
            select(_hold.id, _hold.expires_at)
            .join(orders.order_lines, _line.hold_id == _hold.id)
            .where(_line.order_id == order_id, _line.ended_at.is_(None), _hold.state == "held")
            .order_by(_hold.id)
        )
    )


async def change(work: Work, payment_id: int, **values: Any) -> None:
    """Write `values` onto a payment."""
    await work.tx.run(update(orders.payments).where(_payment.id == payment_id).values(**values))
