"""Papers as values: what stands on a slip, an invoice or a label. Drawing them is the rim's work.

All words are said already, in the shop's language; all amounts are shown already, in its locale.
"""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Align", "Block", "Column", "Document", "Label", "PaperSize", "Sum"]


class PaperSize(StrEnum):
    """What lies in the printer."""

    A4 = "A4"
    LETTER = "Letter"


class Align(StrEnum):
    """Where the text of a column stands."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some lines under a small heading: an address, a date, who sells."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a document's table; `share` is its part of the width, of all shares."""

    heading: str
    share: int
    align: Align = Align.LEFT
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """A line under the table; a strong one is what counts."""

    label: str
    amount: str
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A packing slip, a pick list or an invoice. `scan` becomes a QR code beside the title.

    Each row has a cell for each column. A document that takes more than a page repeats the heads
    of its table, and every page carries `title`, its number and how many there are.
    """

    title: str
    subtitle: str = ""
    scan: str = ""
    blocks: tuple[Block, ...] = ()
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[Sum, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label for a bin or an article: read from afar, and scanned."""

    title: str
    lines: tuple[str, ...] = ()
    scan: str
