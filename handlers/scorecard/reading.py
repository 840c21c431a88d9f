"""Counts what the scorecard is made of. Reads only."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select

from handlers.returns.reasons import Reasons
from handlers.scorecard.formulas import Back, Given, Place, Score, Sold, given_by_place, score
from storage.order_states import OrderState
from storage.return_states import Reimbursement, ReturnState
from storage.schema import orders, sale, traffic
from storage.schema.returns import reimbursements, return_units, returns
from storage.schema.states import HoldState
from storage.unit_of_work import Transaction

__all__ = ["Scorecard", "ShowFigures", "find_show", "read_scorecard"]

_order, _line, _show = orders.orders.c, orders.order_lines.c, sale.shows.c
_return, _unit, _paid = returns.c, return_units.c, reimbursements.c
_variant, _claim, _hold = sale.variants.c, sale.claims.c, sale.holds.c
_SOLD = (
    OrderState.PAID,
    OrderState.PACKING,
    OrderState.PACKED,
    OrderState.HANDED_OFF,
    OrderState.DELIVERED,
)
_COUNTS = and_(
    _unit.live,
    _return.state.not_in((ReturnState.DECLINED, ReturnState.CANCELLED, ReturnState.EXPIRED)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowFigures:
    """What a show sold, in units: claimed with a place, held now, and paid or more.

    `none_left` SKUs that were claimed in it have nothing left now.
    """

    claimed: int
    held: int
    none_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """The scorecard of one show, or of all: the same units counted in three ways.

    `hosts` are those who put things on stage. `figures` are those of the one show.
    """

    shows: tuple[Score, ...]
    skus: tuple[Score, ...]
    hosts: tuple[Score, ...]
    figures: ShowFigures | None


async def find_show(tx: Transaction, typed: str) -> Any:
    """The show meant by a number (`12`, `S12`) or a name, the newest of that name; else None.

    Nothing typed means the newest show that has begun.
    """
    query = select(sale.shows).order_by(_show.id.desc()).limit(1)
    wanted = typed.strip().casefold()
    if not wanted:
        return await tx.first(query.where(_show.started_at.is_not(None)))
    named = await tx.first(query.where(func.lower(_show.name) == wanted))
    number = wanted.removeprefix("s")
    if named is None and number.isascii() and number.isdecimal() and len(number) <= 9:
        return await tx.first(query.where(_show.id == int(number)))
    return named


async def read_scorecard(
    tx: Transaction, reasons: Reasons, show_id: int | None = None
) -> Scorecard:
    """Count everything of a show; of all shows without one."""
    places = await _places(tx, show_id)
    sold, back = await _sold(tx, places, show_id), await _back(tx, places, reasons, show_id)
    given = await _given(tx, places, show_id)
    return Scorecard(
        shows=score(lambda place: place.show, sold, back, given),
        skus=score(lambda place: place.sku, sold, back, given),
        hosts=score(lambda place: place.host, sold, back, given),
        figures=await _figures(tx, show_id),
    )


class _Places:
    """Makes the place of a row: its show by name, its SKU, and who put its item on stage."""

    def __init__(
        self,
        shows: Mapping[int, str],
        variants: Mapping[int, Any],
        hosts: Mapping[tuple[int, int], str],
    ) -> None:
        self._shows = shows
        self._variants = variants
        self._hosts = hosts

    def of(self, row: Any) -> Place:
        about = self._variants[row.variant_id]
        return Place(
            show=self._shows[row.show_id],
            sku=about.sku,
            title=about.title,
            host=self._hosts.get((row.show_id, about.item_id), ""),
        )


async def _places(tx: Transaction, show_id: int | None) -> _Places:
    rows = await tx.all(_of(select(_show.id, _show.name).order_by(_show.id), _show.id, show_id))
    often = Counter(row.name for row in rows)
    # Two shows of one name are two: they are told apart by their number.
    shows = {
        row.id: row.name if often[row.name] == 1 else f"{row.name} (S{row.id})" for row in rows
    }
    # What is counted is grouped by numbers alone, which is what makes it fast.
    about = select(_variant.id, _variant.sku, _variant.item_id, sale.items.c.title).join(
        sale.items, sale.items.c.id == _variant.item_id
    )
    variants = {row.id: row for row in await tx.all(about)}
    return _Places(shows, variants, await _hosts(tx, show_id))


async def _hosts(tx: Transaction, show_id: int | None) -> dict[tuple[int, int], str]:
    """Who first put an item on stage in a show, by show and item. No role is stored with it."""
    audit, stage = traffic.audit.c, sale.stages.c
    by_stage = {
        row.undo["opened"]: row.name
        for row in await tx.all(
            select(audit.name, audit.undo)
            .where(audit.action == "stage", ~audit.undone)
            .order_by(audit.id)
        )
        if row.undo and row.undo.get("opened") is not None
    }
    found: dict[tuple[int, int], str] = {}
    staged = select(stage.id, stage.show_id, stage.item_id).order_by(stage.id)
    for row in await tx.all(_of(staged, stage.show_id, show_id)):
        if row.id in by_stage:
            found.setdefault((row.show_id, row.item_id), by_stage[row.id])
    return found


def _of(query: Select[Any], column: Any, show_id: int | None) -> Select[Any]:
    return query if show_id is None else query.where(column == show_id)


async def _sold(tx: Transaction, places: _Places, show_id: int | None) -> list[Sold]:
    query = (
        select(_order.show_id, _line.variant_id, func.sum(_line.quantity).label("units"))
        .join(orders.order_lines, _line.order_id == _order.id)
        .where(_order.state.in_(_SOLD), _line.ended_at.is_(None))
        .group_by(_order.show_id, _line.variant_id)
    )
    rows = await tx.all(_of(query, _order.show_id, show_id))
    return [Sold(place=places.of(row), units=int(row.units)) for row in rows]


async def _back(
    tx: Transaction, places: _Places, reasons: Reasons, show_id: int | None
) -> list[Back]:
    about = (_order.show_id, _line.variant_id, _return.kind, _return.reason)
    query = (
        select(*about, func.count().label("units"))
        .select_from(return_units)
        .join(returns, _return.id == _unit.return_id)
        .join(orders.order_lines, _line.id == _unit.line_id)
        .join(orders.orders, _order.id == _line.order_id)
        .where(_COUNTS)
        .group_by(*about)
    )
    faults = {reason.code: reason.fault.value for reason in reasons}
    return [
        Back(
            place=places.of(row),
            kind=row.kind,
            reason=row.reason,
            fault=faults.get(row.reason, ""),
            units=int(row.units),
        )
        for row in await tx.all(_of(query, _order.show_id, show_id))
    ]


async def _given(tx: Transaction, places: _Places, show_id: int | None) -> list[Given]:
    """What was paid for single units is added up by the database; the rest is shared out here."""
    many = (
        select(_unit.reimbursement_id)
        .where(_unit.reimbursement_id.is_not(None))
        .group_by(_unit.reimbursement_id)
        .having(func.count() > 1)
    )
    about = (_paid.currency, _order.show_id, _line.variant_id)
    minor = _paid.money_minor + _paid.credit_minor
    single = _of(
        _reimbursed(*about, func.sum(minor).label("minor"))
        .where(_paid.id.not_in(many))
        .group_by(*about),
        _order.show_id,
        show_id,
    )
    found = [
        Given(place=places.of(row), currency=row.currency, minor=int(row.minor))
        for row in await tx.all(single)
    ]
    shared = (
        _reimbursed(_paid.id, *about, _line.unit_minor, minor.label("minor"))
        .where(_paid.id.in_(many))
        .order_by(_paid.id, _unit.id)
    )
    by_payment: dict[int, list[Any]] = defaultdict(list)
    for row in await tx.all(_of(shared, _order.show_id, show_id)):
        by_payment[row.id].append(row)
    for rows in by_payment.values():
        units = [(places.of(row), row.unit_minor) for row in rows]
        found += given_by_place(rows[0].minor, rows[0].currency, units)
    return found


def _reimbursed(*columns: Any) -> Select[Any]:
    """The units for which something went back."""
    return (
        select(*columns)
        .select_from(reimbursements)
        .join(return_units, _unit.reimbursement_id == _paid.id)
        .join(orders.order_lines, _line.id == _unit.line_id)
        .join(orders.orders, _order.id == _line.order_id)
        .where(_paid.state == Reimbursement.PAID)
    )


async def _figures(tx: Transaction, show_id: int | None) -> ShowFigures | None:
    if show_id is None:
        return None
    entered = (_claim.show_id == show_id, _claim.place.is_not(None))
    held = (_hold.show_id == show_id, _hold.state.in_((HoldState.HELD, HoldState.PAID)))
    claimed = select(_claim.variant_id).where(*entered)
    none_left = (_variant.id.in_(claimed), _variant.on_hand <= _variant.reserved)
    return ShowFigures(
        claimed=await _count(tx, select(func.sum(_claim.quantity)).where(*entered)),
        held=await _count(tx, select(func.sum(_hold.quantity)).where(*held)),
        none_left=await _count(tx, select(func.count()).where(*none_left)),
    )


async def _count(tx: Transaction, query: Select[Any]) -> int:
    return int(await tx.scalar(query) or 0)
