"""Packing by scanner: what a scan means for the parcel on the table.

A code is a barcode, a SKU (as our own labels have it), or the code of a packing slip. Each answer
holds the state after it; what was refused is counted there and packs nothing. A state survives as
JSON, without a name or an address: where the parcel goes is only a mark that changes with it.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

__all__ = [
    "PackLine",
    "PackState",
    "ScanKind",
    "Scanned",
    "as_json",
    "from_json",
    "missing",
    "scan",
    "slip_code",
    "undo",
]

#: Some scanners put the kind of the barcode in front.
_KIND_OF_BARCODE = re.compile(r"\A\][A-Za-z][0-9A-Za-z]")
_GTIN_LENGTHS = {8, 12, 13, 14}
_BETWEEN = "~"


class ScanKind(StrEnum):
    """What a scan was.

    `RIGHT` and `DONE` pack a unit, `SLIP` is the parcel's own; the rest are refused. `DONE` is the
    last unit, and the slip of a parcel that is complete.
    """

    RIGHT = "right"
    DONE = "done"
    SLIP = "slip"
    VARIANT = "variant"
    EXTRA = "extra"
    WRONG = "wrong"
    AMBIGUOUS = "ambiguous"
    OTHER_PARCEL = "other_parcel"
    STOP = "stop"


#: A hand that held the wrong thing; the other refusals say nothing of the packer.
_COUNTED = frozenset({ScanKind.VARIANT, ScanKind.EXTRA, ScanKind.WRONG})


@dataclass(frozen=True, slots=True, kw_only=True)
class PackLine:
    """Units of one SKU in a parcel (bundles taken apart), and how many of them are packed.

    `kin` are the SKUs and barcodes of the other variants of its item.
    """

    sku: str
    title: str
    variant: str = ""
    bin: str = ""
    barcode: str = ""
    kin: tuple[str, ...] = ()
    units: int
    packed: int = 0

    def __post_init__(self) -> None:
        """Refuse more packed than there are."""
        if self.units < 1 or not 0 <= self.packed <= self.units:
            raise ValueError("a line has a unit or more, and at most those are packed")

    @property
    def left(self) -> int:
        """Units that are still missing."""
        return self.units - self.packed


@dataclass(frozen=True, slots=True, kw_only=True)
class PackState:
    """A parcel while it is packed: `address` is the mark of the one on its slip.

    `scans` are the places of the lines that were packed, in order; `wrong` counts refused scans.
    """

    parcel: str
    address: str
    lines: tuple[PackLine, ...]
    scans: tuple[int, ...] = ()
    wrong: int = 0

    @property
    def left(self) -> int:
        """Units that are still missing."""
        return sum(line.left for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """The answer to a scan: the state after it, and the line it was about, if one."""

    kind: ScanKind
    state: PackState
    line: PackLine | None = None

    @property
    def sounds_right(self) -> bool:
        """Whether the right sound is due, and not the wrong one."""
        return self.kind in {ScanKind.RIGHT, ScanKind.DONE, ScanKind.SLIP}

    @property
    def said(self) -> str:
        """The key of its sentence; it takes `parcel`, `item` and `left`."""
        return f"scan.{self.kind.value}"


def slip_code(parcel: str, address: str) -> str:
    """What the code on a packing slip says: the parcel, and the mark of the address on it."""
    return f"{parcel}{_BETWEEN}{address}"


def scan(state: PackState, code: str, *, address: str, parcels: Sequence[str] = ()) -> Scanned:
    """What scanning `code` means now; `address` is the mark of the address as it is today.

    `parcels` are numbers of other parcels, by which a foreign slip without a mark is known.
    """
    if address != state.address:
        return Scanned(kind=ScanKind.STOP, state=state)
    parcel, marked, mark = code.strip().rpartition(_BETWEEN)
    own = _plain(parcel if marked else code) == _plain(state.parcel)
    if own and marked and _plain(mark) != _plain(address):
        return Scanned(kind=ScanKind.STOP, state=state)
    # A SKU may look like the number of a parcel, never like a slip with its mark.
    if places := _places(state, _plain(code)):
        return _unit(state, places)
    if own:
        return Scanned(kind=ScanKind.SLIP if state.left else ScanKind.DONE, state=state)
    if marked or _plain(code) in map(_plain, parcels):
        return Scanned(kind=ScanKind.OTHER_PARCEL, state=state)
    kin = next((line for line in state.lines if _plain(code) in map(_plain, line.kin)), None)
    return _refused(state, ScanKind.VARIANT if kin else ScanKind.WRONG, kin)


def missing(state: PackState) -> tuple[PackLine, ...]:
    """The lines of which units are missing."""
    return tuple(line for line in state.lines if line.left)


def undo(state: PackState) -> tuple[PackState, PackLine | None]:
    """Take the last packed unit out again, and say of which line; None where nothing is packed.

    What was refused stays counted.
    """
    if not state.scans:
        return state, None
    *before, place = state.scans
    line = replace(state.lines[place], packed=state.lines[place].packed - 1)
    return replace(_with(state, place, line), scans=tuple(before)), line


def as_json(state: PackState) -> str:
    """The state as text, to be kept."""
    return json.dumps(asdict(state), ensure_ascii=False)


def from_json(text: str) -> PackState:
    """The state in such a text. Raises `ValueError` for any other."""
    try:
        kept = json.loads(text)
        lines = tuple(PackLine(**{**line, "kin": tuple(line["kin"])}) for line in kept["lines"])
        scans = tuple(kept["scans"])
        state = PackState(**{**kept, "lines": lines, "scans": scans})
        counted = [scans.count(place) <= line.packed for place, line in enumerate(lines)]
        if all(counted) and all(type(one) is int and 0 <= one < len(lines) for one in scans):
            return state
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ValueError("a kept parcel cannot be read") from None
    raise ValueError("a kept parcel does not add up")


def _places(state: PackState, code: str) -> list[int]:
    """Where the lines of this SKU are, or else those of this barcode."""
    places = [at for at, line in enumerate(state.lines) if _plain(line.sku) == code]
    return places or [
        at for at, line in enumerate(state.lines) if line.barcode and _plain(line.barcode) == code
    ]


def _unit(state: PackState, places: Sequence[int]) -> Scanned:
    """A unit was scanned that is of the lines at `places`."""
    if len({state.lines[at].sku for at in places}) > 1:
        return _refused(state, ScanKind.AMBIGUOUS, state.lines[places[0]])
    place = next((at for at in places if state.lines[at].left), None)
    if place is None:
        return _refused(state, ScanKind.EXTRA, state.lines[places[0]])
    line = replace(state.lines[place], packed=state.lines[place].packed + 1)
    after = replace(_with(state, place, line), scans=(*state.scans, place))
    return Scanned(kind=ScanKind.RIGHT if after.left else ScanKind.DONE, state=after, line=line)


def _refused(state: PackState, kind: ScanKind, line: PackLine | None) -> Scanned:
    counted = replace(state, wrong=state.wrong + (kind in _COUNTED))
    return Scanned(kind=kind, state=counted, line=line)


def _with(state: PackState, place: int, line: PackLine) -> PackState:
    return replace(state, lines=(*state.lines[:place], line, *state.lines[place + 1 :]))


def _plain(code: str) -> str:
    """What two readings of one code have in common; UPC and EAN are filled up to 14 digits."""
    plain = unicodedata.normalize("NFKC", _KIND_OF_BARCODE.sub("", code.strip())).casefold()
    if plain.isdecimal() and plain.isascii() and len(plain) in _GTIN_LENGTHS:
        return plain.zfill(14)
    return plain
