"""Returns as a table, a row for each unit: what came back, why, in which state, and what was given.

Where somebody lives, what they wrote and their pictures are not in it.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select

from handlers.money import Money
from handlers.orders.numbers import OrderNumber
from handlers.returns.reasons import Reasons
from storage.schema import orders, sale
from storage.schema.returns import reimbursements, return_units, returns
from storage.unit_of_work import Transaction

__all__ = ["ReturnRow", "return_rows"]

_return, _unit, _paid = returns.c, return_units.c, reimbursements.c
_order, _line = orders.orders.c, orders.order_lines.c
_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRow:
    """One unit of a return. Times are ISO 8601 in UTC, empty where it has not come so far.

    `price` is what one unit was sold for, before discounts; `fault` is empty where the shop has
    taken the reason out of its list. `unit` is its number in its line, from 0. `reimbursement`
    names what the unit was paid for with, and `given` is the whole of that, so it repeats.
    """

    number: str
    order: str
    show: str
    customer: int
    kind: str
    state: str
    requested_at: str
    decided_at: str
    sku: str
    title: str
    variant: str
    unit: int
    price: str
    currency: str
    reason: str
    fault: str
    condition: str
    wish: str
    verdict: str
    comes_back: str
    reception: str
    received_at: str
    acceptance: str
    rejected_why: str
    inspected_at: str
    grade: str
    place: str
    restocked_at: str
    reimbursement: str
    reimbursement_state: str
    given: str


async def return_rows(tx: Transaction, reasons: Reasons) -> AsyncIterator[ReturnRow]:
    """Every unit of every return, in the order in which they were asked for."""
    faults = {reason.code: reason.fault.value for reason in reasons}
    after, page = 0, _page()
    while rows := await tx.all(page, {"after": after}):
        for row in rows:
            yield _row(row, faults.get(row.reason, ""))
        after = rows[-1].unit_id


def _page() -> Select[Any]:
    return (
        select(
            returns,
            _unit.id.label("unit_id"),
            _unit.number.label("unit"),
            _unit.reception,
            _unit.received_at,
            _unit.acceptance,
            _unit.rejected_why,
            _unit.inspected_at,
            _unit.grade,
            _unit.place,
            _unit.restocked_at,
            _line.sku,
            _line.title,
            _line.variant,
            _line.unit_minor,
            _order.show_id,
            _order.serial,
            sale.shows.c.name.label("show"),
            _paid.key.label("paid_key"),
            _paid.state.label("paid_state"),
            (_paid.money_minor + _paid.credit_minor).label("given_minor"),
        )
        .select_from(return_units)
        .join(returns, _return.id == _unit.return_id)
        .join(orders.order_lines, _line.id == _unit.line_id)
        .join(orders.orders, _order.id == _return.order_id)
        .join(sale.shows, sale.shows.c.id == _order.show_id)
        .join(reimbursements, _paid.id == _unit.reimbursement_id, isouter=True)
        .where(_unit.id > bindparam("after"))
        .order_by(_unit.id)
        .limit(_PAGE)
    )


def _row(row: Any, fault: str) -> ReturnRow:
    given = row.given_minor
    return ReturnRow(
        number=row.number,
        order=str(OrderNumber(row.show_id, row.serial)),
        show=row.show,
        customer=row.customer_id,
        kind=row.kind,
        state=row.state,
        requested_at=_at(row.requested_at),
        decided_at=_at(row.decided_at),
        sku=row.sku,
        title=row.title,
        variant=row.variant or "",
        unit=row.unit,
        price=Money(row.unit_minor, row.currency).plain(),
        currency=row.currency,
        reason=row.reason,
        fault=fault,
        condition=row.condition or "",
        wish=row.wish,
        verdict=row.verdict,
        comes_back="yes" if row.comes_back else "no",
        reception=row.reception,
        received_at=_at(row.received_at),
        acceptance=row.acceptance,
        rejected_why=row.rejected_why,
        inspected_at=_at(row.inspected_at),
        grade=row.grade or "",
        place=row.place or "",
        restocked_at=_at(row.restocked_at),
        reimbursement=row.paid_key or "",
        reimbursement_state=row.paid_state or "",
        given="" if given is None else Money(given, row.currency).plain(),
    )


def _at(instant: datetime | None) -> str:
    return "" if instant is None else instant.isoformat()
