"""Orders as they are stored, read into values: one, or very many with a few statements."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from handlers.orders.addresses import AddressFault, AddressProblem, tax_place
from handlers.orders.keeping import is_locked, open_address
from handlers.orders.model import Address, Discount, Line, Order
from handlers.orders.numbers import OrderNumber
from handlers.orders.states import UNPAID
from handlers.work import Work
from storage.order_states import DiscountKind, OrderState
from storage.schema import orders, sale
from storage.unit_of_work import padded

__all__ = ["Stored", "load_order", "load_stored", "number_of", "problems_of", "unpaid_of"]

_order, _line, _discount = orders.orders.c, orders.order_lines.c, orders.order_discounts.c
#: Well below what either database takes as parameters of one statement.
_AT_ONCE = 2_048


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An order as its rows say: `row` is its own, `lines` are those that live.

    `place` is the one whose taxes apply, empty without an address; `discount_ids` stand as the
    discounts do.
    """

    row: Any
    lines: tuple[Line, ...]
    hold_ids: tuple[int | None, ...]
    variant_ids: tuple[int, ...]
    discounts: tuple[Discount, ...]
    discount_ids: tuple[int, ...]
    address: Address | None
    #: Whether an address is kept that cannot be read: its key is missing.
    locked: bool = False

    @property
    def id(self) -> int:
        """Its row id."""
        return int(self.row.id)

    @property
    def number(self) -> OrderNumber:
        """What its customer calls it."""
        return number_of(self.row)

    @property
    def state(self) -> OrderState:
        """Where it stands."""
        return OrderState(self.row.state)

    @property
    def goods(self) -> int:
        """What its lines cost, before anything is taken off."""
        return sum(line.goods_minor for line in self.lines)

    @property
    def weight_g(self) -> int:
        """What its units weigh."""
        return sum(line.quantity * line.weight_g for line in self.lines)

    def place(self, home: str) -> str:
        """The place whose taxes apply; `home` is the shop's country."""
        return home if self.address is None else tax_place(self.address)

    def country(self, home: str) -> str:
        """Where it goes, as far as is known."""
        return home if self.address is None else self.address.country


def number_of(row: Any) -> OrderNumber:
    """The number of an order's row."""
    return OrderNumber(row.show_id, row.serial)


async def load_order(work: Work, order_id: int) -> Order | None:
    """One order as a value; None if there is none of this id."""
    found = await load_stored(work, [order_id])
    if not found:
        return None
    stored = found[0]
    return Order(
        id=stored.id,
        number=stored.number,
        customer_id=stored.row.customer_id,
        state=stored.state,
        currency=stored.row.currency,
        lines=stored.lines,
        discounts=stored.discounts,
        address_id=stored.row.address_id,
        under_review=stored.row.under_review,
    )


async def load_stored(
    work: Work, order_ids: Collection[int], *, lock: bool = False
) -> list[Stored]:
    """These orders with all that they are made of, by id; `lock` keeps others from them."""
    found: list[Stored] = []
    ids = sorted(set(order_ids))
    for start in range(0, len(ids), _AT_ONCE):
        found += await _load(work, padded(ids[start : start + _AT_ONCE]), lock)
    return found


async def _load(work: Work, ids: Sequence[int], lock: bool) -> list[Stored]:
    query = select(orders.orders).where(_order.id.in_(ids)).order_by(_order.id)
    rows = await work.tx.all(query.with_for_update() if lock else query)
    lines: dict[int, list[Any]] = {}
    for row in await work.tx.all(_lines(_line.order_id.in_(ids))):
        lines.setdefault(row.order_id, []).append(row)
    discounts: dict[int, list[Any]] = {}
    for row in await work.tx.all(
        select(orders.order_discounts)
        .where(_discount.order_id.in_(ids))
        .order_by(_discount.order_id, _discount.position)
    ):
        discounts.setdefault(row.order_id, []).append(row)
    addresses, locked = await _addresses(work, {row.address_id for row in rows if row.address_id})
    return [
        Stored(
            row=row,
            lines=tuple(_as_line(one) for one in lines.get(row.id, ())),
            hold_ids=tuple(one.hold_id for one in lines.get(row.id, ())),
            variant_ids=tuple(one.variant_id for one in lines.get(row.id, ())),
            discounts=tuple(_as_discount(one) for one in discounts.get(row.id, ())),
            discount_ids=tuple(one.id for one in discounts.get(row.id, ())),
            address=addresses.get(row.address_id),
            locked=row.address_id in locked,
        )
        for row in rows
    ]


def _lines(which: ColumnElement[bool]) -> Any:
    return (
        select(orders.order_lines, sale.variants.c.details)
        .join(sale.variants, sale.variants.c.id == _line.variant_id)
        .where(which, _line.ended_at.is_(None))
        .order_by(_line.order_id, _line.id)
    )


def _as_line(row: Any) -> Line:
    details = row.details or {}
    return Line(
        id=row.id,
        code=row.code,
        sku=row.sku,
        title=row.title,
        variant=row.variant,
        quantity=row.quantity,
        unit_minor=row.unit_minor,
        # Copied when it is priced for good; until then the catalogue says it.
        tax_class=row.tax_class or str(details.get("tax_class") or ""),
        final_sale=row.final_sale,
        weight_g=row.weight_g or _grams(details.get("weight_g")),
    )


def _grams(written: Any) -> int:
    text = str(written or "0")
    return int(text) if text.isascii() and text.isdecimal() else 0


def _as_discount(row: Any) -> Discount:
    return Discount(
        kind=DiscountKind(row.kind),
        value=row.value,
        items=frozenset(row.items or ()),
        label=row.label,
    )


async def _addresses(work: Work, ids: Collection[int]) -> tuple[dict[int, Address], set[int]]:
    """The addresses of these rows, and which of them are there but cannot be read."""
    if not ids:
        return {}, set()
    kept = orders.postal_addresses.c
    rows = await work.tx.all(
        select(orders.postal_addresses).where(kept.id.in_(padded(ids)), kept.forgotten_at.is_(None))
    )
    sealer = work.house.sealer
    found = {row.id: open_address(row, sealer) for row in rows}
    locked = {row.id for row in rows if is_locked(row, sealer)}
    return {id: address for id, address in found.items() if address is not None}, locked


async def unpaid_of(work: Work, customer_id: int) -> list[Stored]:
    """What a customer has still to pay, the oldest first; one that is empty is left out."""
    rows = await work.tx.all(
        select(_order.id).where(_order.customer_id == customer_id, _order.state.in_(sorted(UNPAID)))
    )
    found = await load_stored(work, [row.id for row in rows])
    return [one for one in found if one.lines]


def problems_of(written: Any) -> tuple[AddressProblem, ...]:
    """The problems noted with a kept address: fields and faults."""
    return tuple(
        AddressProblem(field=one["field"], fault=AddressFault(one["fault"]))
        for one in written or ()
    )
