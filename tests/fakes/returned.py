"""Returns as rows, for tests of what is made of them: papers, files, figures."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from handlers.orders.numbers import OrderNumber
from storage.engine import Storage
from storage.return_states import Acceptance, Reception, Reimbursement, ReturnState
from storage.schema import orders
from storage.schema.returns import reimbursements, return_units, returns

__all__ = ["returned"]


async def returned(
    storage: Storage,
    number: str,
    order: str,
    sku: str,
    *,
    at: datetime,
    units: int = 1,
    first: int = 0,
    kind: str = "return",
    reason: str = "too_small",
    given: int | None = None,
    state: ReturnState = ReturnState.APPROVED,
    **more: Any,
) -> None:
    """Units of a SKU of an order are in a return; `given` minor units of money went back for it."""
    async with storage.write() as tx:
        line: Any = await tx.first(_line(order, sku))
        (return_id,) = await tx.insert_ids(
            returns,
            [
                {
                    "number": number,
                    "customer_id": line.customer_id,
                    "order_id": line.order_id,
                    "kind": kind,
                    "state": state,
                    "state_at": at,
                    "requested_at": at,
                    "reason": reason,
                    "wish": "refund",
                    "currency": line.currency,
                    "value_minor": units * line.unit_minor,
                    "verdict": "RETURNABLE",
                    "flags": [],
                    **more,
                }
            ],
        )
        paid = None
        if given is not None:
            (paid,) = await tx.insert_ids(
                reimbursements,
                [
                    {
                        "return_id": return_id,
                        "key": f"return:{number}:1",
                        "wish": "refund",
                        "state": Reimbursement.PAID,
                        "currency": line.currency,
                        "money_minor": given,
                        "credit_minor": 0,
                        "breakdown": {},
                        "prepared_at": at,
                    }
                ],
            )
        unit = {
            "return_id": return_id,
            "live": state not in (ReturnState.DECLINED, ReturnState.CANCELLED, ReturnState.EXPIRED),
            "line_id": line.id,
            "reception": Reception.AWAITING,
            "acceptance": Acceptance.PENDING,
            "shipping_rule": "never",
            "reimbursement_id": paid,
        }
        await tx.insert(return_units, [{**unit, "number": first + one} for one in range(units)])


def _line(order: str, sku: str) -> Any:
    kept, line, number = orders.orders.c, orders.order_lines.c, OrderNumber.parse(order)
    assert number is not None
    return (
        select(orders.order_lines, kept.customer_id, kept.currency)
        .join(orders.orders, kept.id == line.order_id)
        .where(kept.show_id == number.show, kept.serial == number.serial, line.sku == sku)
    )
