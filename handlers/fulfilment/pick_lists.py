"""Pick lists: what to fetch from which bin, for one parcel, for many at once, or zone by zone.

Bundles are fetched as their parts (the catalogue's `parts`: SKUs with `;`, `SKU x2` for two). What
the stock does not hold is marked short on those who come last.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = [
    "Article",
    "PartsError",
    "Pick",
    "PickFor",
    "PickList",
    "Want",
    "bin_key",
    "pick_batch",
    "pick_parcels",
    "pick_zones",
    "read_parts",
    "taken_apart",
    "zone_of",
]

_DIGITS = re.compile(r"([0-9]+)")
#: `A-12` and `a12` lie in zone A, `Shelf 3-2` in zone SHELF, `12-3` in zone 12.
_ZONE = re.compile(r"[^\W\d_]+|[0-9]+")
_PART = re.compile(r"(?P<sku>.*\S)\s+[x×*]\s?(?P<units>[0-9]{1,3})", re.IGNORECASE)
_DEEPEST = 8


class PartsError(ValueError):
    """A bundle's parts cannot be read, or lead in a circle. Says which SKU, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a SKU is and where it lies; `on_hand` None is not looked at.

    `parts` are the SKUs of one bundle with their units, none for an article of its own.
    """

    sku: str
    title: str
    variant: str = ""
    bin: str = ""
    barcode: str = ""
    on_hand: int | None = None
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """Units of a SKU that a parcel still waits for."""

    parcel: str
    sku: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PickFor:
    """Units of a pick that are for one parcel; `short` of them are not there."""

    parcel: str
    units: int
    short: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One line: what to fetch from a bin, and for whom. `short` of its units are not there."""

    article: Article
    units: int
    short: int
    parcels: tuple[PickFor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PickList:
    """What one walk fetches, bin by bin. `name` is a parcel's number, a zone, or empty."""

    name: str
    picks: tuple[Pick, ...]

    @property
    def units(self) -> int:
        """All its units."""
        return sum(one.units for one in self.picks)

    @property
    def short(self) -> int:
        """Those of them that are not there."""
        return sum(one.short for one in self.picks)


def read_parts(text: str) -> tuple[tuple[str, int], ...]:
    """The parts of one bundle: `CUP;SAUCER x2` is a CUP and two SAUCERs. Raises `PartsError`."""
    parts: dict[str, int] = {}
    for written in filter(None, (part.strip() for part in text.split(";"))):
        counted = _PART.fullmatch(written)
        sku, units = (counted["sku"], int(counted["units"])) if counted else (written, 1)
        if units < 1:
            raise PartsError(f"{written!r} is no part; write it like CUP x2")
        parts[sku] = parts.get(sku, 0) + units
    return tuple(parts.items())


def taken_apart(sku: str, articles: Mapping[str, Article], units: int = 1) -> dict[str, int]:
    """The SKUs and units that lie in bins for so many units of `sku`; bundles may hold bundles.

    A SKU that `articles` lack is fetched as it is. Raises `PartsError` for a circle.
    """
    found: dict[str, int] = {}
    _take_apart(sku, units, articles, found, ())
    return found


def _take_apart(
    sku: str,
    units: int,
    articles: Mapping[str, Article],
    found: dict[str, int],
    within: tuple[str, ...],
) -> None:
    if sku in within or len(within) > _DEEPEST:
        raise PartsError(f"the bundle {within[0]} is a part of itself; correct its parts")
    article = articles.get(sku)
    if article is None or not article.parts:
        found[sku] = found.get(sku, 0) + units
        return
    for part, each in article.parts:
        _take_apart(part, units * each, articles, found, (*within, sku))


def bin_key(text: str) -> tuple[bool, tuple[tuple[int, int, str], ...]]:
    """Sorts bins as people walk: `A-2` before `A-10`, and what has no bin last."""
    pieces = _DIGITS.split(text.strip().casefold())
    return not text.strip(), tuple(_piece(one) for one in pieces if one)


def _piece(text: str) -> tuple[int, int, str]:
    # By length first, numbers need not be read: a bin may be called by a very long one.
    digits = text.lstrip("0") if _DIGITS.fullmatch(text) else None
    return (1, 0, text) if digits is None else (0, len(digits), digits)


def zone_of(text: str) -> str:
    """The zone of a bin: the letters, or else the number, that it begins with; "" for none."""
    found = _ZONE.search(text)
    return found[0].upper() if found else ""


def pick_parcels(wants: Sequence[Want], articles: Mapping[str, Article]) -> tuple[PickList, ...]:
    """A list for each parcel, in the order in which they first come up in `wants`."""
    by_parcel: dict[str, list[Pick]] = {want.parcel: [] for want in wants}
    for article, shares in _fetched(wants, articles):
        for share in shares:
            alone = Pick(article=article, units=share.units, short=share.short, parcels=(share,))
            by_parcel[share.parcel].append(alone)
    return tuple(PickList(name=name, picks=tuple(picks)) for name, picks in by_parcel.items())


def pick_batch(wants: Sequence[Want], articles: Mapping[str, Article]) -> PickList:
    """One list for all parcels: the units of one SKU are fetched together."""
    picks = [
        Pick(
            article=article,
            units=sum([share.units for share in shares]),
            short=sum([share.short for share in shares]),
            parcels=tuple(shares),
        )
        for article, shares in _fetched(wants, articles)
    ]
    return PickList(name="", picks=tuple(picks))


def pick_zones(wants: Sequence[Want], articles: Mapping[str, Article]) -> tuple[PickList, ...]:
    """A list for each zone, over all parcels; what has no bin comes last."""
    by_zone: dict[str, list[Pick]] = defaultdict(list)
    for pick in pick_batch(wants, articles).picks:
        by_zone[zone_of(pick.article.bin)].append(pick)
    zones = sorted(by_zone, key=bin_key)
    return tuple(PickList(name=zone, picks=tuple(by_zone[zone])) for zone in zones)


def _fetched(
    wants: Sequence[Want], articles: Mapping[str, Article]
) -> list[tuple[Article, list[PickFor]]]:
    """Each article that is fetched and for whom, bin by bin; who comes first has the stock."""
    by_sku: dict[str, list[PickFor]] = defaultdict(list)
    left = {sku: max(one.on_hand, 0) for sku, one in articles.items() if one.on_hand is not None}
    for (parcel, sku), units in _needed(wants, articles).items():
        there = min(units, left.get(sku, units))
        if sku in left:
            left[sku] -= there
        by_sku[sku].append(PickFor(parcel=parcel, units=units, short=units - there))
    fetched = [
        (articles.get(sku) or Article(sku=sku, title=sku), shares) for sku, shares in by_sku.items()
    ]
    return sorted(fetched, key=lambda one: (bin_key(one[0].bin), one[0].sku))


def _needed(wants: Sequence[Want], articles: Mapping[str, Article]) -> dict[tuple[str, str], int]:
    """The units of each SKU that lies in a bin, by parcel: bundles are taken apart."""
    needed: dict[tuple[str, str], int] = defaultdict(int)
    apart = {sku: taken_apart(sku, articles) for sku in {want.sku for want in wants}}
    for want in wants:
        for sku, each in apart[want.sku].items():
            needed[want.parcel, sku] += each * want.units
    return needed
