"""The same thing faulty again and again: its playbook is offered, and it is paused if wished."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from handlers.capability import Follower
from handlers.events import DefectReported, Event, ReturnRequested
from handlers.returns.card import reason_label
from handlers.returns.reasons import Fault
from handlers.returns.records import StoredReturn, load_return
from handlers.stock.states import enter, floor_for
from handlers.work import Work
from storage.return_states import ReturnKind
from storage.schema import orders
from storage.schema.returns import return_units, returns
from storage.schema.states import ItemState

__all__ = ["DEFECTS"]

_return, _unit = returns.c, return_units.c
_line, _order = orders.order_lines.c, orders.orders.c


async def _follow(work: Work, events: Sequence[Event]) -> None:
    for event in events:
        stored = None
        if isinstance(event, ReturnRequested):
            stored = await load_return(work, event.return_id)
        if stored is not None and stored.row.reason in _faults(work):
            for sku in sorted({unit.sku for unit in stored.units}):
                await _count(work, stored, sku)


def _faults(work: Work) -> list[str]:
    return [
        reason.code
        for reason in work.house.returns.reasons
        if reason.is_complaint and reason.fault is Fault.SHOP
    ]


async def _count(work: Work, stored: StoredReturn, sku: str) -> None:
    """Tell of a SKU once, with the return that makes it many."""
    times = await work.tx.scalar(
        select(func.count(_return.id.distinct()))
        .join(return_units, _unit.return_id == _return.id)
        .join(orders.order_lines, _line.id == _unit.line_id)
        .join(orders.orders, _order.id == _return.order_id)
        .where(
            _line.sku == sku,
            _order.show_id == stored.order.show_id,
            _return.kind == ReturnKind.COMPLAINT,
            _return.reason.in_(_faults(work)),
            _return.id <= stored.id,
        )
    )
    if times != work.house.returns.defects:
        return
    unit = next(unit for unit in stored.units if unit.sku == sku)
    work.emit(
        DefectReported(
            item_id=unit.item_id,
            show_id=stored.order.show_id,
            sku=sku,
            times=times,
            defect=reason_label(work, stored.row.reason).lower(),
        )
    )
    if work.house.returns.defect_pauses:
        await _pause(work, unit)


async def _pause(work: Work, unit: Any) -> None:
    item = work.snapshot.catalogue.by_id.get(unit.item_id)
    if item is None:
        return
    floor = await floor_for(work, item)
    if ItemState(floor.items[item.id].state) is ItemState.ON_SALE:
        await enter(work, floor, item.id, ItemState.PAUSED)


DEFECTS = Follower(name="returns.defects", events=(ReturnRequested,), run=_follow)
