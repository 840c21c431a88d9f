"""What label software says of the labels it made: read back as a plan, applied by whoever asks.

ShipStation, Pirate Ship and our own form (`parcel,carrier,tracking`) are told apart by the header.
Both programs let their user choose the columns of an export, so each is known by several names;
they are written down from memory and from exports that others describe.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from handlers.fulfilment.carriers import Carrier, carrier_named, guess_carrier
from handlers.fulfilment.shipping_labels import LabelForm
from handlers.spreadsheets import unguarded

__all__ = ["Shipment", "TrackingFault", "TrackingPlan", "TrackingProblem", "read_tracking"]

_DELIMITERS = (",", ";", "\t")
_TRACKING = re.compile(r"[0-9A-Z]{6,40}")
_SPACERS = re.compile(r"[\s\-]+")
#: So that a spreadsheet keeps a long number as text: `="9400…"`.
_AS_TEXT = re.compile(r'="(.*)"')
#: What a spreadsheet makes of a long number: its last digits are lost for good.
_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+", re.IGNORECASE)
_HEADING_SIGNS = re.compile(r"[^\w#]+")


class TrackingFault(StrEnum):
    """Why a row, or the file, cannot be used."""

    NOT_READ = "not_read"
    NO_COLUMN = "no_column"
    NO_PARCEL = "no_parcel"
    NO_TRACKING = "no_tracking"
    BAD_TRACKING = "bad_tracking"
    ROUNDED = "rounded"
    UNKNOWN_PARCEL = "unknown_parcel"
    PARCEL_TWICE = "parcel_twice"
    TRACKING_TWICE = "tracking_twice"
    OTHER_TRACKING = "other_tracking"

    @property
    def said(self) -> str:
        """The key of its sentence; it takes `line`, `column` and `found`."""
        return f"tracking.{self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A parcel with its tracking number; `carrier` is None where it is none that we link to."""

    line: int
    parcel: str
    carrier: Carrier | None
    carrier_text: str
    tracking: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingProblem:
    """One cell that cannot be used: its line (the first is 1), its column, what stood there."""

    line: int
    column: str
    fault: TrackingFault
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingPlan:
    """What a file would change: `new` is to be written down, `known` stood there already.

    `form` is None where the header is none that we know. Nothing is applied by reading.
    """

    form: LabelForm | None
    new: tuple[Shipment, ...] = ()
    known: tuple[Shipment, ...] = ()
    problems: tuple[TrackingProblem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """The headings of a form, the likeliest first; `#` stands for number."""

    form: LabelForm
    parcel: tuple[str, ...]
    tracking: tuple[str, ...]
    carrier: tuple[str, ...]


_FORMS = (
    _Names(form=LabelForm.PLAIN, parcel=("parcel",), tracking=("tracking",), carrier=("carrier",)),
    _Names(
        form=LabelForm.SHIPSTATION,
        parcel=("order#", "ordernumber"),
        tracking=("tracking#", "trackingnumber", "shipmenttrackingnumber"),
        carrier=("carrier", "carriername", "provider", "carrierserviceused", "service"),
    ),
    _Names(
        form=LabelForm.PIRATE_SHIP,
        parcel=("orderid",),
        tracking=("trackingnumber", "tracking#", "tracking"),
        carrier=("carrier", "shippingcarrier", "service", "mailclass"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    form: LabelForm
    parcel: int
    tracking: int
    carrier: int | None
    headings: tuple[str, ...]


def read_tracking(text: str, known: Mapping[str, str]) -> TrackingPlan:
    """Read an export, as text; a number may be written in small letters.

    `known` are the numbers of our parcels that may leave or have left, each with the tracking
    number that it has, "" for none.

    A parcel that comes with two tracking numbers, or a number that two parcels share, is left to a
    person: each of its rows is named, and none is in the plan. The same row twice is one.
    """
    try:
        records = _records(text)
    except csv.Error:
        return _refused(TrackingFault.NOT_READ, line=1)
    if not records:
        return _refused(TrackingFault.NOT_READ, line=1)
    (line, header), rows = records[0], records[1:]
    columns = _columns(header)
    if columns is None:
        return _refused(TrackingFault.NO_COLUMN, line=line)
    spelled = {number.upper(): number for number in known}
    read = [_read(line, cells, columns, spelled) for line, cells in rows]
    problems = [one for one in read if isinstance(one, TrackingProblem)]
    shipments = list(_each_once(one for one in read if isinstance(one, Shipment)))
    judge, good = _Judge(shipments, known, columns), []
    for shipment in shipments:
        if problem := judge.problem(shipment):
            problems.append(problem)
        else:
            good.append(shipment)
    return TrackingPlan(
        form=columns.form,
        new=tuple(one for one in good if not known[one.parcel]),
        known=tuple(one for one in good if known[one.parcel]),
        problems=tuple(sorted(problems, key=lambda one: one.line)),
    )


def _refused(fault: TrackingFault, line: int) -> TrackingPlan:
    return TrackingPlan(form=None, problems=(TrackingProblem(line=line, column="", fault=fault),))


def _records(text: str) -> list[tuple[int, list[str]]]:
    """The rows that hold anything, each with the line it starts on."""
    plain = text.removeprefix("\ufeff")
    first = next((line for line in plain.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(plain, newline=""), delimiter=delimiter, strict=True)
    records, start = [], 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            records.append((start, [cell.strip() for cell in cells]))
        start = reader.line_num + 1
    return records


def _columns(header: Sequence[str]) -> _Columns | None:
    plain = [_HEADING_SIGNS.sub("", heading).casefold() for heading in header]
    for names in _FORMS:
        parcel, tracking = _place(plain, names.parcel), _place(plain, names.tracking)
        if parcel is not None and tracking is not None:
            return _Columns(
                form=names.form,
                parcel=parcel,
                tracking=tracking,
                carrier=_place(plain, names.carrier),
                headings=tuple(header),
            )
    return None


def _place(plain: Sequence[str], names: Sequence[str]) -> int | None:
    return next((plain.index(name) for name in names if name in plain), None)


def _read(
    line: int, cells: Sequence[str], columns: _Columns, spelled: Mapping[str, str]
) -> Shipment | TrackingProblem:
    parcel, written = _cell(cells, columns.parcel), _cell(cells, columns.tracking)
    tracking = _SPACERS.sub("", written).upper()
    if not parcel:
        at, fault, found = columns.parcel, TrackingFault.NO_PARCEL, ""
    elif not tracking:
        at, fault, found = columns.tracking, TrackingFault.NO_TRACKING, parcel
    elif _ROUNDED.fullmatch(written):
        at, fault, found = columns.tracking, TrackingFault.ROUNDED, written
    elif not _TRACKING.fullmatch(tracking) or not any(one.isdigit() for one in tracking):
        at, fault, found = columns.tracking, TrackingFault.BAD_TRACKING, written
    else:
        carrier = "" if columns.carrier is None else _cell(cells, columns.carrier)
        return Shipment(
            line=line,
            parcel=spelled.get(parcel.upper(), parcel),
            carrier=carrier_named(carrier) if carrier else guess_carrier(tracking),
            carrier_text=carrier,
            tracking=tracking,
        )
    return TrackingProblem(line=line, column=columns.headings[at], fault=fault, found=found)


def _cell(cells: Sequence[str], place: int) -> str:
    cell = cells[place] if place < len(cells) else ""
    as_text = _AS_TEXT.fullmatch(cell)
    return as_text[1].strip() if as_text else unguarded(cell)


def _each_once(shipments: Iterator[Shipment]) -> Iterator[Shipment]:
    seen: set[tuple[str, str]] = set()
    for one in shipments:
        if (one.parcel, one.tracking) not in seen:
            seen.add((one.parcel, one.tracking))
            yield one


class _Judge:
    """Compares the rows of a file with our parcels and with each other."""

    def __init__(
        self, shipments: Sequence[Shipment], known: Mapping[str, str], columns: _Columns
    ) -> None:
        self._known, self._columns = known, columns
        self._parcels = Counter(one.parcel for one in shipments)
        self._trackings = Counter(one.tracking for one in shipments)

    def problem(self, one: Shipment) -> TrackingProblem | None:
        """What is wrong with a row that can be read."""
        before = self._known.get(one.parcel)
        by_parcel = (self._columns.parcel, one.parcel)
        by_tracking = (self._columns.tracking, one.tracking)
        checks = (
            (before is None, TrackingFault.UNKNOWN_PARCEL, by_parcel),
            (self._parcels[one.parcel] > 1, TrackingFault.PARCEL_TWICE, by_parcel),
            (self._trackings[one.tracking] > 1, TrackingFault.TRACKING_TWICE, by_tracking),
            (bool(before) and before != one.tracking, TrackingFault.OTHER_TRACKING, by_parcel),
        )
        for wrong, fault, (column, found) in checks:
            if wrong:
                heading = self._columns.headings[column]
                return TrackingProblem(line=one.line, column=heading, fault=fault, found=found)
        return None
