"""Cells that a spreadsheet shows and never runs, and tables of them as CSV.

Text that could be a formula gets an apostrophe in front. What is a number keeps its sign: an
`int`, a `Decimal`, and a `Number`, such as a telephone number in the form `+49301234567`. A sign
and digits calculate nothing, and a program that reads the file finds the number as it is.
"""

import csv
import io
import re
from collections.abc import Iterable
from decimal import Decimal

__all__ = ["BOM", "Number", "csv_cell", "csv_line", "csv_text", "unguarded"]

#: Tells a spreadsheet that a file is UTF-8.
BOM = "\ufeff"
#: Blanks, quotes and invisible signs in front do not keep a spreadsheet from running what follows;
#: in East Asian ones wide signs start a formula as well.
_RUNS = re.compile("[\\s'\"\u200b-\u200f\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|'*[\t\r\n]")
#: Where a semicolon parts the cells, what stands behind one inside a cell is a cell of its own.
_RUNS_APART = re.compile(
    "(;)(?=[\\s'\"\u200b-\u200f\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20])"
)
_PLAIN_NUMBER = re.compile(r"[+-][0-9]{1,15}(?:\.[0-9]{1,9})?")


class Number(str):
    """Text that stands for a number: it keeps its sign if digits and a point are all the rest."""

    __slots__ = ()


def csv_cell(value: object) -> str:
    """A cell that no spreadsheet runs as a formula."""
    text = str(value)
    # Most cells are a word or a number, in which nothing can hide.
    if text.isascii() and text.isalnum():
        return text
    if isinstance(value, int | Decimal | Number) and _PLAIN_NUMBER.fullmatch(text):
        return text
    if ";" in text:
        text = _RUNS_APART.sub(r"\1'", text)
    return f"'{text}" if _RUNS.match(text) else text


def unguarded(cell: str) -> str:
    """A cell as it was before `csv_cell` put an apostrophe in front of it."""
    return cell[1:] if cell.startswith("'") and _RUNS.match(cell[1:]) else cell


def csv_line(cells: Iterable[object], *, end: str = "\n") -> str:
    """One line of a CSV file, its cells made harmless."""
    out = io.StringIO()
    # The writer quotes a cell for the line ends that it writes itself: a lone `\r` needs it too.
    csv.writer(out, lineterminator="\r\n").writerow([csv_cell(value) for value in cells])
    return out.getvalue().removesuffix("\r\n") + end


def csv_text(header: Iterable[str], rows: Iterable[Iterable[object]], *, bom: bool = False) -> str:
    """A whole CSV file with the line ends of RFC 4180; `bom` marks it as UTF-8."""
    lines = [csv_line(header, end="\r\n"), *(csv_line(row, end="\r\n") for row in rows)]
    return (BOM if bom else "") + "".join(lines)
