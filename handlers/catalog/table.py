"""A delimited file as rows that know their line: encodings, delimiters and spreadsheets' habits."""

import csv
import io
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from handlers.catalog.problems import Problems

__all__ = ["Row", "Table", "read_table"]

DELIMITERS = (",", ";", "\t")
SAVE_AS = "save it as 'CSV UTF-8' and try again"
SEPARATOR_LINES = frozenset({"sep=,", "sep=;", "sep="})
LONGEST_HEADER = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record: the line it starts on (the first is 1) and its cells by column, trimmed."""

    line: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """The cell of `column`, "" where the file has no such column."""
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file's header (in small letters) and its rows; empty rows are left out."""

    header_line: int
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    #: Where a comma does not part the cells it may part the decimals, as spreadsheets in Europe do.
    decimal_comma: bool

    def amount(self, text: str) -> str:
        """An amount as written in this file, with a decimal point."""
        return text.replace(",", ".") if self.decimal_comma and text.count(",") == 1 else text


def read_table(data: bytes | str, known: Set[str], problems: Problems) -> Table:
    """Read a file whose header holds some of the `known` columns (in small letters).

    The delimiter is the one of `,` `;` and tab under which the header makes most sense. Ragged
    rows are noted in `problems`; raises `CatalogError` for a file that cannot be read at all.
    """
    text = data if isinstance(data, str) else _decoded(data, problems)
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    # A line by which Excel is told the delimiter; the header tells us.
    start += "".join(lines[start : start + 1]).strip().lower() in SEPARATOR_LINES
    first = "".join(lines[start : start + 1])
    delimiter = max(DELIMITERS, key=lambda mark: len(known & set(_header(first, mark))))
    records = list(_records("".join(lines[start:]), delimiter, start, problems))
    if not records:
        problems.fail(0, "The file is empty; its first line must name the columns.")
    header_line, names = records[0]
    header = _clean_header(names)
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    for column in repeated:
        problems.add(header_line, column, "This column is there twice; keep one.")
    if repeated:
        problems.raise_if_any()
    return Table(
        header_line=header_line,
        header=tuple(name for name in header if name),
        rows=tuple(_rows(header, records[1:], problems)),
        decimal_comma=delimiter != ",",
    )


def _decoded(data: bytes, problems: Problems) -> str:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        problems.fail(0, f"This is a spreadsheet, not a CSV file; {SAVE_AS}.")
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.fail(line, f"The file is not UTF-8 (an older encoding?); {SAVE_AS}.")
    if "\x00" in text:
        problems.fail(0, f"The file is not text in UTF-8; {SAVE_AS}.")
    return text


def _clean_header(names: list[str]) -> tuple[str, ...]:
    return tuple(" ".join(name.split()).lower() for name in names)


def _header(line: str, delimiter: str) -> tuple[str, ...]:
    return _clean_header(next(csv.reader([line[:LONGEST_HEADER]], delimiter=delimiter), []))


def _records(
    text: str, delimiter: str, lines_before: int, problems: Problems
) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not empty with the line it starts on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = lines_before + 1
    try:
        for cells in reader:
            trimmed = [cell.strip() for cell in cells]
            if any(trimmed):
                yield line, trimmed
            line = lines_before + reader.line_num + 1
    except csv.Error as error:
        problems.add(
            line, "", f"A quoted cell does not end here as it should ({error}); check the quotes."
        )


def _rows(
    header: tuple[str, ...], records: list[tuple[int, list[str]]], problems: Problems
) -> Iterator[Row]:
    for line, cells in records:
        # A spreadsheet pads rows with empty cells, which say nothing.
        spare = [cell for cell in cells[len(header) :] if cell]
        unnamed = [cell for name, cell in zip(header, cells, strict=False) if cell and not name]
        if len(cells) < len(header) or spare:
            problems.add(
                line,
                "",
                f"This row has {len(cells)} cells where the header has {len(header)}; "
                "is a delimiter or a quote missing?",
            )
        elif unnamed:
            problems.add(line, "", f"{unnamed[0]!r} stands in a column without a name.")
        else:
            named = zip(header, cells, strict=False)
            yield Row(line=line, cells={name: cell for name, cell in named if name})
