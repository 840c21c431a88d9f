"""Papers and files from the rows: slips, pick lists, labels of bins and SKUs, shipping labels."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel import Locale, UnknownLocaleError
from sqlalchemy import Select, and_, func, select

from handlers.fulfilment.contents import Contents, load_contents, parcel_row
from handlers.fulfilment.numbers import parcel_number, read_parcel_number
from handlers.fulfilment.papers import Document, Label, PaperSize
from handlers.fulfilment.pick_lists import (
    Article,
    PickList,
    Want,
    bin_key,
    pick_batch,
    pick_parcels,
    pick_zones,
    zone_of,
)
from handlers.fulfilment.scanning import slip_code
from handlers.fulfilment.slips import (
    PickKind,
    Slip,
    SlipLine,
    bin_label,
    packing_slip,
    pick_list,
    sku_label,
)
from handlers.orders.keeping import is_locked, open_address
from handlers.private_text import shown_text
from handlers.work import House
from storage.order_states import ParcelState
from storage.schema import orders, sale
from storage.schema.parcels import line_parts, pack_leases, parcel_lines, parcel_parts, parcels
from storage.unit_of_work import Transaction

__all__ = [
    "country_name",
    "paper_size",
    "pick_documents",
    "picks",
    "shelf_labels",
    "slip_document",
]

_parcel, _part, _piece, _kept = parcels.c, parcel_lines.c, parcel_parts.c, line_parts.c
_line, _variant, _item = orders.order_lines.c, sale.variants.c, sale.items.c
_TO_PICK = (ParcelState.READY, ParcelState.PACKING)
#: Where paper is measured in inches.
_LETTER = frozenset({"US", "CA", "MX", "PH", "CL", "CO"})


def paper_size(locale: str) -> PaperSize:
    """What lies in the printers of a locale's country."""
    country = locale.replace("-", "_").partition("_")[2][-2:].upper()
    return PaperSize.LETTER if country in _LETTER else PaperSize.A4


# --- slips ----------------------------------------------------------------------------------------


async def slip_document(
    tx: Transaction, house: House, parcel_id: int, fence: int
) -> Document | None:
    """The slip of a parcel that is being packed under this fence; None for any other."""
    lease = pack_leases.c
    held = await tx.first(
        select(pack_leases).where(lease.parcel_id == parcel_id, lease.fence == fence)
    )
    row = None if held is None else await parcel_row(tx, parcel_id)
    if row is None or row.state != ParcelState.PACKING:
        return None
    contents = await load_contents(tx, row)
    kept: Any = await tx.first(
        select(orders.postal_addresses).where(orders.postal_addresses.c.id == contents.address_id)
    )
    address = None if kept is None else open_address(kept, house.sealer)
    slip = Slip(
        parcel=contents.number,
        shop=house.shop_name,
        orders=contents.order_numbers,
        address=address,
        country="" if address is None else country_name(address.country, house.locale),
        lines=_slip_lines(contents),
        # The mark of what is printed: if it is not that of the row, the first scan says STOP.
        scan=slip_code(contents.number, contents.mark),
        note=" · ".join(shown_text(house, one.note) for one in contents.orders if one.note),
        locked=kept is not None and is_locked(kept, house.sealer),
    )
    return packing_slip(slip, house.wording)


def _slip_lines(contents: Contents) -> tuple[SlipLine, ...]:
    packs = sorted((one.pack for one in contents.units), key=lambda one: bin_key(one.bin))
    return tuple(
        SlipLine(sku=one.sku, title=one.title, variant=one.variant, bin=one.bin, units=one.units)
        for one in packs
    )


def country_name(code: str, locale: str) -> str:
    """The name of a country in a locale; its code where there is none."""
    try:
        names = Locale.parse(locale.replace("-", "_")).territories
    except (UnknownLocaleError, ValueError):
        return code
    return str(names.get(code, code))


# --- pick lists -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    wants: tuple[Want, ...]
    articles: Mapping[str, Article]


async def picks(tx: Transaction, kind: PickKind, name: str = "") -> tuple[PickList, ...]:
    """What is to be fetched for the parcels that wait: at once, by zone, or for each.

    `name` leaves only the zone or the parcel of that name.
    """
    only = read_parcel_number(name) if kind is PickKind.PARCEL and name else None
    wanted = await _wanted(tx, only)
    if kind is PickKind.BATCH:
        return (pick_batch(wanted.wants, wanted.articles),)
    if kind is PickKind.PARCEL:
        return pick_parcels(wanted.wants, wanted.articles)
    zones = pick_zones(wanted.wants, wanted.articles)
    return tuple(one for one in zones if not name or one.name == zone_of(name))


async def pick_documents(
    tx: Transaction, house: House, kind: PickKind, name: str = ""
) -> list[Document]:
    """Those lists on paper."""
    return [
        pick_list(one, kind, house.wording, shop=house.shop_name)
        for one in await picks(tx, kind, name)
    ]


async def _wanted(tx: Transaction, parcel_id: int | None) -> _Wanted:
    """What parcels still lack, bundles taken apart, the oldest parcel first."""
    whole, parts = _of(_whole(), parcel_id), _of(_parts(), parcel_id)
    rows = [*await tx.all(whole), *await tx.all(parts)]
    # An article is read once, however many parcels want it: with thousands that is what takes time.
    articles = {}
    for query in (whole, parts) if rows else ():
        wanted = query.with_only_columns(_variant.id).order_by(None)
        for row in await tx.all(_about().where(_variant.id.in_(wanted))):
            articles[row.id] = _article(row)
    rows.sort(key=lambda row: (row.ready_at is None, row.ready_at, row.parcel_id))
    numbers = {row.parcel_id: parcel_number(row.parcel_id) for row in rows}
    wants = [
        Want(parcel=numbers[row.parcel_id], sku=articles[row.id].sku, units=int(row.units))
        for row in rows
        if row.units > 0
    ]
    return _Wanted(wants=tuple(wants), articles={one.sku: one for one in articles.values()})


def _about() -> Select[Any]:
    return select(
        _variant.id,
        _variant.sku,
        _variant.name,
        _variant.bin,
        _variant.on_hand,
        _variant.details,
        _item.title,
    ).join(sale.items, _item.id == _variant.item_id)


def _whole() -> Select[Any]:
    left = (_part.units - _part.packed).label("units")
    return (
        select(_parcel.id.label("parcel_id"), _parcel.ready_at, _variant.id, left)
        .select_from(parcels)
        .join(parcel_lines, _part.parcel_id == _parcel.id)
        .join(orders.order_lines, _line.id == _part.line_id)
        .join(sale.variants, _variant.id == _line.variant_id)
        .where(_line.id.not_in(select(_kept.line_id)))
    )


def _parts() -> Select[Any]:
    lying = and_(
        _piece.parcel_id == _part.parcel_id,
        _piece.line_id == _part.line_id,
        _piece.variant_id == _kept.variant_id,
    )
    left = (_kept.each * _part.units - func.coalesce(_piece.packed, 0)).label("units")
    return (
        select(_parcel.id.label("parcel_id"), _parcel.ready_at, _variant.id, left)
        .select_from(parcels)
        .join(parcel_lines, _part.parcel_id == _parcel.id)
        .join(line_parts, _kept.line_id == _part.line_id)
        .join(parcel_parts, lying, isouter=True)
        .join(sale.variants, _variant.id == _kept.variant_id)
    )


def _of(query: Select[Any], parcel_id: int | None) -> Select[Any]:
    query = query.where(_parcel.state.in_(_TO_PICK)).order_by(_parcel.id, _variant.id)
    return query if parcel_id is None else query.where(_parcel.id == parcel_id)


def _article(row: Any) -> Article:
    details = row.details or {}
    return Article(
        sku=row.sku,
        title=row.title,
        variant=row.name or "",
        bin=row.bin,
        barcode=str(details.get("barcode") or ""),
        on_hand=row.on_hand,
    )


# --- labels for the shelves -----------------------------------------------------------------------


async def shelf_labels(tx: Transaction, house: House, what: str, zone: str = "") -> Sequence[Label]:
    """A label for each bin, or for each SKU, as people walk; `zone` leaves only those there."""
    rows = await tx.all(_about())
    here = [row for row in rows if not zone or zone_of(row.bin) == zone_of(zone)]
    if what == "bins":
        return [bin_label(one, house.shop_name) for one in _bins(row.bin for row in here)]
    articles = sorted((_article(row) for row in here), key=lambda one: (bin_key(one.bin), one.sku))
    return [sku_label(one) for one in articles]


def _bins(names: Any) -> Collection[str]:
    return sorted({one for one in names if one.strip()}, key=bin_key)
