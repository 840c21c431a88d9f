"""What a customer bought, as far as returns look at it: each line, where it is, what it cost."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select, text

from handlers.orders.numbers import OrderNumber
from handlers.orders.records import number_of
from handlers.orders.states import UNPAID
from handlers.returns.policy import Policy
from handlers.returns.refunds import Given, Paid, PaidLine, UnitBack
from handlers.returns.sums import given_before
from handlers.work import Work
from storage.order_states import OrderState
from storage.schema import orders, sale
from storage.schema.parcels import parcel_lines, parcels
from storage.schema.returns import return_units, returns

__all__ = ["Bought", "Part", "before_of", "bought_by", "label_of"]

_order, _line = orders.orders.c, orders.order_lines.c
_parcel, _packed, _unit = parcels.c, parcel_lines.c, return_units.c
_return = returns.c
# Written out, not bound: a partial index serves only a statement that names its very condition.
_LIVE = text("return_units.live")
_OVER = frozenset({OrderState.CANCELLED, OrderState.EXPIRED})
#: Somebody with more orders names the one that is meant.
_MOST_ORDERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A line of an order. `away` of its `units` have left the house, `taken` are in a return.

    Where it left in several parcels, the last of them counts, to the customer's good.
    """

    id: int
    item_id: int
    variant_id: int
    label: str
    unit_minor: int
    units: int
    away: int
    taken: frozenset[int]
    final_sale: bool
    dispatched_at: datetime | None
    delivered_at: datetime | None

    @property
    def open(self) -> int:
        """Units that are with the customer, or on their way, and in no return."""
        return max(0, min(self.units, self.away) - len(self.taken))

    def numbers(self, count: int) -> tuple[int, ...]:
        """The lowest numbers of the line that are in no return."""
        free = (number for number in range(self.units) if number not in self.taken)
        return tuple(number for number, _ in zip(free, range(count), strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """An order of the customer. `prices` is None as long as it has none."""

    row: Any
    policy: Policy
    parts: tuple[Part, ...]
    prices: Paid | None

    @property
    def id(self) -> int:
        """Its row id."""
        return int(self.row.id)

    @property
    def number(self) -> OrderNumber:
        """What its customer calls it."""
        return number_of(self.row)

    @property
    def paid(self) -> bool:
        """Whether it was paid, and still is."""
        state = OrderState(self.row.state)
        return state not in UNPAID and state not in _OVER

    def part(self, line_id: int) -> Part | None:
        """A line of it by its id."""
        return next((part for part in self.parts if part.id == line_id), None)


def label_of(code: str, variant: str | None, title: str) -> str:
    """A thing as its customer knows it: `Linen dress / M (D1)`."""
    return f"{title} / {variant} ({code})" if variant else f"{title} ({code})"


async def bought_by(
    work: Work, customer_id: int, *, order_id: int | None = None, unpaid: bool = False
) -> list[Bought]:
    """The orders of a customer that were paid, the newest first; with `unpaid` the others too.

    `order_id` narrows it to one, which is theirs or not found.
    """
    query = select(orders.orders).where(_order.customer_id == customer_id)
    if order_id is not None:
        query = query.where(_order.id == order_id)
    if not unpaid:
        query = query.where(_order.state.not_in(sorted(UNPAID | _OVER)))
    rows = await work.tx.all(query.order_by(_order.id.desc()).limit(_MOST_ORDERS))
    lines = await _lines(work, [row.id for row in rows])
    ids = [line.id for found in lines.values() for line in found]
    away, taken = await _away(work, ids), await _taken(work, ids)
    return [
        Bought(
            row=row,
            policy=work.house.returns.policy_of(row.policy),
            parts=tuple(
                _part(line, away.get(line.id), taken.get(line.id, frozenset()))
                for line in lines.get(row.id, ())
            ),
            prices=_prices(row, lines.get(row.id, ())),
        )
        for row in rows
    ]


async def _lines(work: Work, order_ids: Collection[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    if order_ids:
        for row in await work.tx.all(
            select(orders.order_lines, sale.variants.c.item_id)
            .join(sale.variants, sale.variants.c.id == _line.variant_id)
            .where(_line.order_id.in_(order_ids), _line.ended_at.is_(None))
            .order_by(_line.id)
        ):
            found.setdefault(row.order_id, []).append(row)
    return found


async def _away(work: Work, line_ids: Collection[int]) -> Mapping[int, Any]:
    """Of each line: the units that left, when the last did, and when the last arrived."""
    if not line_ids:
        return {}
    waiting = func.sum(case((_parcel.delivered_at.is_(None), 1), else_=0))
    rows = await work.tx.all(
        select(
            _packed.line_id,
            func.sum(_packed.units).label("units"),
            func.max(_parcel.handed_off_at).label("dispatched_at"),
            func.max(_parcel.delivered_at).label("delivered_at"),
            waiting.label("waiting"),
        )
        .join(parcels, _parcel.id == _packed.parcel_id)
        .where(_packed.line_id.in_(line_ids), _parcel.handed_off_at.is_not(None))
        .group_by(_packed.line_id)
    )
    return {row.line_id: row for row in rows}


async def _taken(work: Work, line_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    if not line_ids:
        return {}
    rows = await work.tx.all(
        select(_unit.line_id, _unit.number).where(_unit.line_id.in_(line_ids), _LIVE)
    )
    found: dict[int, set[int]] = {}
    for row in rows:
        found.setdefault(row.line_id, set()).add(row.number)
    return {line_id: frozenset(numbers) for line_id, numbers in found.items()}


def _part(line: Any, away: Any, taken: frozenset[int]) -> Part:
    arrived = away is not None and not away.waiting
    return Part(
        id=line.id,
        item_id=line.item_id,
        variant_id=line.variant_id,
        label=label_of(line.code, line.variant, line.title),
        unit_minor=line.unit_minor,
        units=line.quantity,
        away=0 if away is None else int(away.units),
        taken=taken,
        final_sale=line.final_sale,
        dispatched_at=None if away is None else away.dispatched_at,
        delivered_at=away.delivered_at if arrived else None,
    )


def _prices(row: Any, lines: Sequence[Any]) -> Paid | None:
    if row.total_minor is None or any(line.total_minor is None for line in lines):
        return None
    goods = sum(line.total_minor for line in lines)
    return Paid(
        lines=tuple(
            PaidLine(
                id=str(line.id),
                units=line.quantity,
                unit_price=line.unit_minor,
                discount=line.discount_minor,
                tax=line.tax_added_minor,
            )
            for line in lines
        ),
        # What came too much is a matter of its payment, not of its units.
        captured=max(0, min(row.received_minor, row.total_minor - row.credit_minor)),
        credit=row.credit_minor,
        # With the tax on it: what its lines do not come to.
        shipping=max(0, row.total_minor - goods),
    )


async def before_of(work: Work, order: Any) -> tuple[tuple[UnitBack, ...], Given]:
    """The units of an order that something went back for, and what that comes to."""
    units = await work.tx.all(
        select(_unit.line_id, _unit.number, _unit.fee_bp, _unit.shipping_rule)
        .join(returns, _return.id == _unit.return_id)
        .where(_return.order_id == order.id, _unit.reimbursement_id.is_not(None))
        .order_by(_unit.id)
    )
    return tuple(_backs(units)), await given_before(work, order)


def _backs(rows: Iterable[Any]) -> Iterable[UnitBack]:
    for row in rows:
        yield UnitBack(
            line=str(row.line_id),
            number=row.number,
            fee_bp=row.fee_bp,
            shipping=row.shipping_rule,
        )
