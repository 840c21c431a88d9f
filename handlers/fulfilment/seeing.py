"""What a packer sees: the parcel on their table, the next bin, and what the last scan was.

Where it goes is not in here: that stands on the slip alone.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from handlers.fulfilment.contents import Unit, load_contents, parcel_row
from handlers.fulfilment.leasing import lease_of
from handlers.fulfilment.pick_lists import bin_key
from handlers.fulfilment.scanning import ScanKind
from handlers.people import Person
from handlers.private_text import shown_text
from handlers.work import House
from storage.order_states import ParcelState
from storage.schema.parcels import parcels
from storage.unit_of_work import Transaction

__all__ = ["LastScan", "PackItem", "PackLook", "SeenParcel", "see_packing"]

_RIGHT = frozenset({ScanKind.RIGHT.value, ScanKind.DONE.value, ScanKind.SLIP.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class PackItem:
    """Units of one SKU; `photo` is the address of its picture, empty without one."""

    bin: str
    title: str
    variant: str
    sku: str
    units: int
    packed: int
    photo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LastScan:
    """What the last scan was: `number` counts them, so that each makes its sound once."""

    number: int
    kind: str
    right: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenParcel:
    """The parcel on the table; `items` come in the order in which people walk.

    `slip` and `invoice` are where those are printed from; `stale` says that the address has changed
    since.
    """

    number: str
    orders: tuple[str, ...]
    notes: tuple[str, ...]
    items: tuple[PackItem, ...]
    units: int
    packed: int
    wrong: int
    stale: bool
    slip: str
    invoice: str
    last: LastScan | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackLook:
    """The packing table of one person: what is on it, and how much else there is to do."""

    shop: str
    waiting: int
    parked: int
    packed: int
    parcel: SeenParcel | None


async def see_packing(tx: Transaction, house: House, person: Person | None) -> PackLook:
    """What this person sees now; somebody who may not pack sees only how much there is to do."""
    counted = {
        row.state: int(row.parcels)
        for row in await tx.all(
            select(parcels.c.state, func.count().label("parcels"))
            .where(parcels.c.state.in_((ParcelState.READY, ParcelState.PARKED, ParcelState.PACKED)))
            .group_by(parcels.c.state)
        )
    }
    return PackLook(
        shop=house.shop_name,
        waiting=counted.get(ParcelState.READY, 0),
        parked=counted.get(ParcelState.PARKED, 0),
        packed=counted.get(ParcelState.PACKED, 0),
        parcel=None if person is None else await _parcel(tx, house, person),
    )


async def _parcel(tx: Transaction, house: House, person: Person) -> SeenParcel | None:
    held = await lease_of(tx, person)
    row = None if held is None else await parcel_row(tx, held.parcel_id)
    if row is None or row.state != ParcelState.PACKING:
        return None
    contents = await load_contents(tx, row)
    items = sorted(
        (_item(one) for one in contents.units), key=lambda one: (bin_key(one.bin), one.sku)
    )
    return SeenParcel(
        number=contents.number,
        orders=contents.order_numbers,
        notes=tuple(shown_text(house, one.note) for one in contents.orders if one.note),
        items=tuple(items),
        units=sum(one.units for one in items),
        packed=sum(one.packed for one in items),
        wrong=row.wrong_scans,
        stale=contents.stale,
        slip=f"/pack/slip/{contents.row.id}/{held.fence}",
        invoice=f"/pack/invoice/{contents.row.id}/{held.fence}",
        last=_last(held),
    )


def _item(unit: Unit) -> PackItem:
    pack = unit.pack
    return PackItem(
        bin=pack.bin,
        title=pack.title,
        variant=pack.variant,
        sku=pack.sku,
        units=pack.units,
        packed=pack.packed,
        # Nothing else is loaded from outside, and never in the clear.
        photo=unit.photo if unit.photo.startswith("https://") else "",
    )


def _last(held: Any) -> LastScan | None:
    if not held.last_kind:
        return None
    return LastScan(
        number=held.scans,
        kind=held.last_kind,
        right=held.last_kind in _RIGHT,
        said=held.last_said,
    )
