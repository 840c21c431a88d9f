"""Returns as they are stored: found, locked, moved from state to state, and written down."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from handlers.events import ReturnMoved
from handlers.orders.moving import lock_order
from handlers.orders.numbers import OrderNumber
from handlers.returns.numbers import parse_number
from handlers.returns.states import Refused, ReturnState, move
from handlers.work import Work
from storage.repositories.sale import lock_items
from storage.schema import orders, sale
from storage.schema.returns import reimbursements, return_events, return_units, returns

__all__ = [
    "StoredReturn",
    "change_return",
    "change_unit",
    "find_return",
    "load_return",
    "move_return",
    "note",
    "tell_change",
]

_return, _unit = returns.c, return_units.c
_line, _variant = orders.order_lines.c, sale.variants.c


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReturn:
    """A return as its rows say, with the row of its order.

    `units` stand by id; each carries the `code`, `variant`, `title`, `sku`, `unit_minor`,
    `variant_id` and `item_id` of its line. `money` are its reimbursements, the oldest first.
    """

    row: Any
    order: Any
    units: tuple[Any, ...]
    money: tuple[Any, ...]

    @property
    def id(self) -> int:
        """Its row id."""
        return int(self.row.id)

    @property
    def number(self) -> str:
        """As people say it: R-7K3F."""
        return str(self.row.number)

    @property
    def state(self) -> ReturnState:
        """How far it is."""
        return ReturnState(self.row.state)

    @property
    def order_number(self) -> str:
        """What its customer calls the order."""
        return str(OrderNumber(self.order.show_id, self.order.serial))


async def find_return(work: Work, typed: str) -> int | None:
    """The id of the return with this number, however it is spelled; None if there is none."""
    number = parse_number(typed)
    if number is None:
        return None
    found: int | None = await work.tx.scalar(select(_return.id).where(_return.number == number))
    return found


async def load_return(
    work: Work, return_id: int, *, lock: bool = False, items: bool = True
) -> StoredReturn | None:
    """One return with all that belongs to it; None if there is none of this id.

    `lock` keeps others from it, from its order and, unless `items` says no, from the items of its
    units.
    """
    query = select(returns).where(_return.id == return_id)
    row: Any = await work.tx.first(query)
    if row is None:
        return None
    if lock:
        # Items before orders, as everywhere.
        await lock_items(work.tx, await _items(work, return_id) if items else [])
        await lock_order(work, row.order_id)
        row = await work.tx.first(query.with_for_update())
    order = await work.tx.first(select(orders.orders).where(orders.orders.c.id == row.order_id))
    units = await work.tx.all(_units().where(_unit.return_id == return_id))
    money = await work.tx.all(
        select(reimbursements)
        .where(reimbursements.c.return_id == return_id)
        .order_by(reimbursements.c.id)
    )
    return StoredReturn(row=row, order=order, units=tuple(units), money=tuple(money))


def _units() -> Any:
    return (
        select(
            return_units,
            _line.code,
            _line.variant,
            _line.title,
            _line.sku,
            _line.unit_minor,
            _line.variant_id,
            _variant.item_id,
        )
        .join(orders.order_lines, _line.id == _unit.line_id)
        .join(sale.variants, _variant.id == _line.variant_id)
        .order_by(_unit.id)
    )


async def _items(work: Work, return_id: int) -> Collection[int]:
    """The items that came, and those that are wanted instead."""
    wanted = func.coalesce(_unit.swap_variant_id, _line.variant_id)
    rows = await work.tx.all(
        select(_variant.item_id)
        .join(
            orders.order_lines.join(return_units, _unit.line_id == _line.id),
            _variant.id.in_([_line.variant_id, wanted]),
        )
        .where(_unit.return_id == return_id)
        .distinct()
    )
    return [row.item_id for row in rows]


async def move_return(
    work: Work,
    row: Any,
    to: ReturnState,
    *,
    who: str = "",
    why: str = "",
    kind: str = "",
    **values: Any,
) -> ReturnState | Refused:
    """Move a locked return, note it, and let followers know; `values` are set with it.

    Returns the state after it, or why nothing happened. `kind` is what happened, where the state
    alone does not say it.
    """
    was = ReturnState(row.state)
    after = move(was, to)
    if isinstance(after, Refused):
        return after
    await change_return(work, row.id, state=after, state_at=work.at, **values)
    kind = kind or after.value
    await note(work, row.id, kind, after, who=who, why=why)
    work.emit(ReturnMoved(return_id=row.id, kind=kind, was=was.value, now=after.value))
    return after


async def tell_change(work: Work, row: Any, kind: str, *, who: str = "", why: str = "") -> None:
    """Something of a return changed, though not its state: note it, and let followers know."""
    state = await work.tx.scalar(select(_return.state).where(_return.id == row.id))
    await note(work, row.id, kind, ReturnState(state), who=who, why=why)
    work.emit(ReturnMoved(return_id=row.id, kind=kind, was=state, now=state))


async def change_return(work: Work, return_id: int, **values: Any) -> None:
    """Write `values` onto a return."""
    await work.tx.run(update(returns).where(_return.id == return_id).values(**values))


async def change_unit(work: Work, unit_id: int, **values: Any) -> None:
    """Write `values` onto a unit of a return."""
    await work.tx.run(update(return_units).where(_unit.id == unit_id).values(**values))


async def note(
    work: Work, return_id: int, kind: str, state: ReturnState, *, who: str = "", why: str = ""
) -> None:
    """Add a line to a return's history."""
    line = {"return_id": return_id, "at": work.at, "kind": kind, "state": state}
    await work.tx.insert(return_events, [{**line, "who": who, "why": why}])
