"""Reads for pages and health that never wait for chat: the board, and what it says of the show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from handlers.lamps.firing import Marks, mark, marks_of
from handlers.money import Money
from handlers.snapshot import ShowView, Snapshot
from storage.schema import sale
from storage.schema.states import ShowState
from storage.unit_of_work import Transaction

__all__ = ["ItemLook", "SaleLook", "VariantLook", "lamp", "look"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantLook:
    """A variant's numbers in units; `lamp` is `green`, `amber`, `pause` or `red`.

    While `short` is above 0 nothing is given out, whatever is left.
    """

    name: str
    sku: str
    on_hand: int
    left: int
    held: int
    waiting: int
    short: int
    lamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLook:
    """An item as people see it."""

    code: str
    title: str
    price: str
    state: str
    variants: tuple[VariantLook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLook:
    """The whole sale at one moment, as one show sees it.

    `state` is `paused` or that of the show. `shown` are the codes that were on stage in it, the
    newest first; `claimable` is its own rule, None where the shop's holds.
    """

    show_id: int | None
    show: str | None
    state: str
    ended_at: datetime | None
    claimable: str | None
    on_stage: tuple[tuple[str, str | None], ...]
    shown: tuple[str, ...]
    items: tuple[ItemLook, ...]


async def look(
    tx: Transaction,
    snapshot: Snapshot,
    *,
    locale: str,
    amber: int,
    pause: int,
    show_id: int | None = None,
) -> SaleLook:
    """Look at the sale as the live show sees it (or the newest), or that of `show_id`.

    `amber` and `pause` are the lamps' marks in percent where neither item nor show has its own.
    """
    items = await tx.all(select(sale.items).order_by(sale.items.c.position))
    by_item: dict[int, list[Any]] = {}
    for row in await tx.all(select(sale.variants).order_by(sale.variants.c.position)):
        by_item.setdefault(row.item_id, []).append(row)
    shows = snapshot.timeline
    newest = shows.live or next(iter(shows.shows), None)
    show = newest if show_id is None else shows.of(show_id)
    state = "" if show is None else "paused" if show.paused else show.state.value
    return SaleLook(
        show_id=None if show is None else show.id,
        show=None if show is None else show.name,
        state=state,
        ended_at=None if show is None else show.ended_at,
        claimable=None if show is None else show.claimable,
        on_stage=_on_stage(show),
        shown=()
        if show is None
        else tuple(dict.fromkeys(stage.code for stage in reversed(show.stages))),
        items=tuple(
            ItemLook(
                code=item.code,
                title=item.title,
                price=_price(by_item.get(item.id, ()), locale),
                state=item.state,
                variants=tuple(
                    _variant(row, *_marks(item, show, (amber, pause)))
                    for row in by_item.get(item.id, ())
                ),
            )
            for item in items
        ),
    )


def _on_stage(show: ShowView | None) -> tuple[tuple[str, str | None], ...]:
    if show is None or show.state is not ShowState.LIVE:
        return ()
    return tuple((stage.code, stage.variant) for stage in show.stages[-1:] if not stage.until_at)


def _price(rows: Sequence[Any], locale: str) -> str:
    prices = sorted({(row.price_minor, row.currency) for row in rows})
    if not prices:
        return ""
    low, high = (Money(*price).shown(locale) for price in (prices[0], prices[-1]))
    return low if low == high else f"{low} – {high}"


def _marks(item: Any, show: ShowView | None, shop: Marks) -> Marks:
    own = (item.amber_percent, item.pause_percent)
    of_show = (None, None) if show is None else (show.amber_percent, show.pause_percent)
    return marks_of(own, of_show, shop=shop)


def _variant(row: Any, amber: int, pause: int) -> VariantLook:
    left = max(0, row.on_hand - row.reserved)
    return VariantLook(
        name=row.name or "",
        sku=row.sku,
        on_hand=row.on_hand,
        left=left,
        held=row.reserved,
        waiting=row.waiting_units,
        short=row.short,
        lamp=lamp(left, row.staged_units, amber, pause),
    )


def lamp(left: int, staged: int, amber: int, pause: int) -> str:
    """The lamp's colour by what is left of what was staged (design, section 5).

    Marks are rounded up; one that was reached at staging already does not count.
    """
    if left == 0:
        return "red"
    for colour, percent in (("pause", pause), ("amber", amber)):
        if left <= mark(staged, percent) < staged:
            return colour
    return "green"
