"""Packing slips, pick lists and labels, as values that can be drawn.

Every word comes from the copy file; names, titles and numbers stand as they are.
"""

from dataclasses import dataclass
from enum import StrEnum

from handlers.fulfilment.papers import Align, Block, Column, Document, Label, Sum
from handlers.fulfilment.pick_lists import Article, Pick, PickList
from handlers.orders.model import Address
from handlers.wording import Said, Wording

__all__ = [
    "PickKind",
    "Slip",
    "SlipLine",
    "address_lines",
    "bin_label",
    "packing_slip",
    "pick_list",
    "sku_label",
]

#: Where the post wants city, region and postcode in this order.
_CITY_FIRST = frozenset({"US", "CA", "AU", "NZ", "GB", "IE", "IN", "SG"})


#: A row must not be taller than its page; who sorts the units has the slips.
_MOST_NAMED = 12


class PickKind(StrEnum):
    """What a pick list is of."""

    PARCEL = "parcel"
    BATCH = "batch"
    ZONE = "zone"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipLine:
    """Units of a SKU in a parcel, as its customer bought them."""

    sku: str
    title: str
    variant: str = ""
    bin: str = ""
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """A parcel on paper. `scan` is its `scanning.slip_code`, `country` is written out."""

    parcel: str
    shop: str
    orders: tuple[str, ...]
    address: Address | None
    country: str = ""
    lines: tuple[SlipLine, ...]
    scan: str
    note: str = ""
    locked: bool = False


def packing_slip(slip: Slip, wording: Wording) -> Document:
    """The slip that lies in a parcel: what is in it and where it goes, no prices."""
    say = wording.say
    blocks = [Block(heading=say("slip.orders", count=len(slip.orders)), lines=slip.orders)]
    if slip.address is not None:
        lines = address_lines(slip.address, slip.country)
        blocks.insert(0, Block(heading=say("slip.ship_to"), lines=lines))
    if slip.locked:
        blocks.insert(0, Block(heading=say("slip.ship_to"), lines=(say("slip.locked"),)))
    notes = [say("slip.note", note=Said(slip.note))] if slip.note else []
    return Document(
        title=say("slip.title", parcel=Said(slip.parcel)),
        subtitle=slip.shop,
        scan=slip.scan,
        blocks=tuple(blocks),
        columns=(
            Column(heading=say("slip.bin"), share=14, strong=True),
            Column(heading=say("slip.units"), share=8, align=Align.RIGHT, strong=True),
            Column(heading=say("slip.item"), share=54),
            Column(heading=say("slip.sku"), share=24),
        ),
        rows=tuple(
            (one.bin, str(one.units), _item(one.title, one.variant), one.sku) for one in slip.lines
        ),
        sums=(Sum(label=say("slip.all_units"), amount=str(sum(one.units for one in slip.lines))),),
        notes=(*notes, say("slip.thanks", shop=Said(slip.shop))),
    )


def pick_list(picks: PickList, kind: PickKind, wording: Wording, *, shop: str = "") -> Document:
    """A pick list on paper, bin by bin; what is not there is marked in its line and at the end."""
    say = wording.say
    parcels = {share.parcel for pick in picks.picks for share in pick.parcels}
    counts = say("pick.counts", units=picks.units, parcels=len(parcels))
    short = (say("pick.all_short", short=picks.short),) if picks.short else ()
    return Document(
        title=_pick_title(picks, kind, wording),
        subtitle=" · ".join(filter(None, (shop, counts))),
        columns=(
            Column(heading=say("slip.bin"), share=14, strong=True),
            Column(heading=say("slip.units"), share=16, align=Align.RIGHT, strong=True),
            Column(heading=say("slip.item"), share=36),
            Column(heading=say("slip.sku"), share=16),
            Column(heading=say("pick.for"), share=18),
        ),
        rows=tuple(_pick_row(pick, wording) for pick in picks.picks),
        notes=short,
    )


def bin_label(bin_name: str, shop: str = "") -> Label:
    """The label of a bin; its code is the bin's name."""
    return Label(title=bin_name, lines=(shop,) if shop else (), scan=bin_name)


def sku_label(article: Article) -> Label:
    """The label of a unit; its code is the SKU, which the packing page reads."""
    lines = tuple(filter(None, (article.variant, article.sku, article.bin)))
    return Label(title=article.title, lines=lines, scan=article.sku)


def address_lines(address: Address, country: str = "") -> tuple[str, ...]:
    """An address as it stands on an envelope, `country` (or its code) last."""
    place = f"{address.postcode} {address.city}"
    if address.country in _CITY_FIRST:
        place = f"{address.city} {address.region} {address.postcode}"
    elif address.region:
        place = f"{place}, {address.region}"
    lines = (address.name, address.line1, address.line2, place, country or address.country)
    return tuple(filter(None, (" ".join(line.split()).strip(" ,") for line in lines)))


def _item(title: str, variant: str) -> str:
    return f"{title} / {variant}" if variant else title


def _pick_title(picks: PickList, kind: PickKind, wording: Wording) -> Said:
    if kind is PickKind.BATCH:
        return wording.say("pick.batch")
    if kind is PickKind.ZONE and not picks.name:
        return wording.say("pick.no_zone")
    key = "pick.zone" if kind is PickKind.ZONE else "pick.parcel"
    return wording.say(key, name=Said(picks.name))


def _pick_row(pick: Pick, wording: Wording) -> tuple[str, ...]:
    units = str(pick.units)
    if pick.short:
        units = wording.say("pick.short", units=pick.units, short=pick.short)
    article = pick.article
    shares = ", ".join(
        share.parcel if share.units == 1 else f"{share.parcel}×{share.units}"
        for share in pick.parcels[:_MOST_NAMED]
    )
    if (more := len(pick.parcels) - _MOST_NAMED) > 0:
        shares = wording.say("pick.more", parcels=Said(shares), more=more)
    return article.bin, units, _item(article.title, article.variant), article.sku, shares
