"""When an order was claimed, held, sent its checkout, paid, packed and delivered: one read for all.

    times = await times_of(tx, [order_id])

A time is read where it happened: the line in the chat, the hold, the order's history, the payment.
Each is the first of its kind: an order never goes back, even where a parcel is opened again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from handlers.orders.states import OrderAct
from handlers.work import Work
from storage.order_states import OrderState
from storage.schema import orders, sale
from storage.unit_of_work import Transaction, padded

__all__ = ["CHECKOUT_SENT", "STAGES", "OrderTimes", "note_checkouts", "times_of"]

#: In an order's history: its customer was shown the way to pay without asking for it.
CHECKOUT_SENT = "checkout_sent"
_AT_ONCE = 2_048
_order, _line, _event = orders.orders.c, orders.order_lines.c, orders.order_events.c
_payment, _hold, _claim = orders.payments.c, sale.holds.c, sale.claims.c


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTimes:
    """When an order reached each stage; None where it has not.

    `claimed` is when the first of its claims was sent, by the platform's clock.
    """

    claimed: datetime | None = None
    held: datetime | None = None
    checkout_sent: datetime | None = None
    paid: datetime | None = None
    pack_started: datetime | None = None
    packed: datetime | None = None
    handed_off: datetime | None = None
    delivered: datetime | None = None

    def reached(self) -> list[tuple[str, datetime]]:
        """The stages that it has reached, with their times, as they follow each other."""
        times = ((stage, getattr(self, stage)) for stage in STAGES)
        return [(stage, at) for stage, at in times if at is not None]


#: Every stage, as they follow each other.
STAGES = tuple(one.name for one in fields(OrderTimes))

_HISTORY = {
    "checkout_sent": (CHECKOUT_SENT, OrderAct.CHECK_OUT.value),
    "paid": (OrderAct.PAY.value,),
    "pack_started": (OrderAct.START_PACKING.value,),
    "packed": (OrderAct.PACK.value,),
    "handed_off": (OrderAct.HAND_OFF.value,),
    "delivered": (OrderAct.DELIVER.value,),
}


async def times_of(tx: Transaction, order_ids: Collection[int]) -> Mapping[int, OrderTimes]:
    """The times of these orders, by id: three statements for some two thousand."""
    found: dict[int, dict[str, datetime]] = {id: {} for id in order_ids}
    ids = sorted(found)
    for start in range(0, len(ids), _AT_ONCE):
        some = padded(ids[start : start + _AT_ONCE])
        for statement in (_claimed(some), _happened(some), _prepared(some)):
            for row in await tx.all(statement):
                _first(found[row.order_id], row)
    return {id: OrderTimes(**times) for id, times in found.items()}


def _first(known: dict[str, datetime], row: Any) -> None:
    """Keep the earliest time of each stage."""
    for stage, at in row._mapping.items():
        if stage in STAGES and at is not None:
            known[stage] = min(at, known.get(stage, at))


def _claimed(ids: Collection[int]) -> Any:
    return (
        select(
            _line.order_id,
            func.min(_claim.sent_at).label("claimed"),
            func.min(_hold.granted_at).label("held"),
        )
        .join(sale.holds, _hold.id == _line.hold_id)
        .join(sale.claims, _claim.id == _hold.claim_id)
        .where(_line.order_id.in_(ids))
        .group_by(_line.order_id)
    )


def _happened(ids: Collection[int]) -> Any:
    kinds = sorted(kind for of_stage in _HISTORY.values() for kind in of_stage)
    firsts = [
        func.min(case((_event.kind.in_(of_stage), _event.at))).label(stage)
        for stage, of_stage in _HISTORY.items()
    ]
    return (
        select(_event.order_id, *firsts)
        .where(_event.order_id.in_(ids), _event.kind.in_(kinds))
        .group_by(_event.order_id)
    )


def _prepared(ids: Collection[int]) -> Any:
    """Payments that began elsewhere, without a press here."""
    return (
        select(_payment.order_id, func.min(_payment.prepared_at).label("checkout_sent"))
        .where(_payment.order_id.in_(ids))
        .group_by(_payment.order_id)
    )


async def note_checkouts(work: Work, order_ids: Collection[int]) -> None:
    """Write into the history of these open orders that their customers were shown how to pay.

    Once: what has stood there since an end that was taken back stays as it is.
    """
    ids = sorted(order_ids)
    noted: list[dict[str, Any]] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        rows = await work.tx.all(
            select(_event.order_id).where(
                _event.order_id.in_(padded(some)), _event.kind == CHECKOUT_SENT
            )
        )
        before = {row.order_id for row in rows}
        noted += [_noted(work, id) for id in some if id not in before]
    if noted:
        await work.tx.insert(orders.order_events, noted)


def _noted(work: Work, order_id: int) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "at": work.at,
        "kind": CHECKOUT_SENT,
        "state": OrderState.OPEN,
        "who": "",
        "why": "",
    }
