"""Andon's own catalogue CSV: one row per variant, lists with `;`.

A cell that a spreadsheet would run as a formula is written with an apostrophe before it, which is
taken off again on reading; so what was written reads back exactly.
"""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar

from handlers.catalog.assembly import CatalogRow, assemble, code_fault, text_fault, tidy
from handlers.catalog.model import Catalog, Item, Variant
from handlers.catalog.problems import Problems
from handlers.catalog.table import Row, Table
from handlers.money import Money, is_currency

__all__ = ["COLUMNS", "DETAILS", "REQUIRED", "read_own", "write_catalog"]

COLUMNS = (
    "code",
    "variant",
    "sku",
    "title",
    "price",
    "currency",
    "stock",
    "limit",
    "bin",
    "final_sale",
    "replacements",
    "aliases",
)
DETAILS = (
    "weight_g",
    "barcode",
    "parts",
    "photo",
    "fragile",
    "tax_class",
    "cost",
    "hs_code",
    "origin",
)
REQUIRED = ("code", "variant", "sku", "title", "price", "stock")

YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}
WHOLE = re.compile(r"[0-9]{1,6}")
FORMULA = re.compile(r"'*[=+\-@]")
GUARDED = re.compile(r"'+[=+\-@]")
SPREADSHEET_ERROR = re.compile(r"#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|#+)")
ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+")
ALIAS = re.compile(r"[^\W_](?:[ '’-]?[^\W_])*")

T = TypeVar("T")


class Refused(ValueError):
    """A cell cannot be taken; the text says why and what to write instead."""


def read_own(
    table: Table, problems: Problems, *, currency: str, known: Collection[str] = ()
) -> Catalog:
    """The catalogue in `table`; `currency` is meant where a row names none.

    Raises `CatalogError` with everything that is wrong.
    """
    _check_header(table, problems)
    readers = [_RowReader(table, row, problems, currency) for row in table.rows]
    read = [reader.read() for reader in readers]
    rows = [row for row in read if row is not None]
    # A code whose only row has some other fault is not unknown.
    in_file = [row.get("code") for row in table.rows]
    items = assemble(rows, problems, known=[*known, *in_file])
    if not table.rows and not problems.found:
        problems.add(0, "", "There is not one item below the header.")
    problems.raise_if_any()
    return Catalog(items=items, notes=tuple(_notes(items, currency)))


def _check_header(table: Table, problems: Problems) -> None:
    for column in table.header:
        if column not in COLUMNS and column not in DETAILS:
            near = get_close_matches(column, [*COLUMNS, *DETAILS], n=1)
            advice = f"did you mean '{near[0]}'?" if near else "take it out."
            problems.add(table.header_line, column, f"This column is not known; {advice}")
    missing = [column for column in REQUIRED if column not in table.header]
    for column in missing:
        problems.add(table.header_line, column, "This column is missing; please add it.")
    if missing:
        problems.raise_if_any()


def _notes(items: tuple[Item, ...], currency: str) -> Iterator[str]:
    priced_in = items[0].variants[0].price.currency
    if priced_in != currency:
        yield f"Prices are in {priced_in}, though the shop's currency is {currency}."


@dataclass(frozen=True, slots=True)
class _RowReader:
    """Reads the cells of one row, noting what is wrong with each."""

    table: Table
    row: Row
    problems: Problems
    currency: str

    def read(self) -> CatalogRow | None:
        """The row, or None if any cell of it was refused."""
        before = len(self.problems.found)
        currency = self._cell("currency", self._currency, self.currency)
        found = CatalogRow(
            line=self.row.line,
            code=self._cell("code", _code, ""),
            variant=self._cell("variant", _text, "") or None,
            sku=self._cell("sku", _sku, ""),
            title=self._cell("title", _needed, ""),
            price=self._cell("price", lambda cell: self._money(cell, currency), Money(0, currency)),
            stock=self._cell("stock", _stock, 0),
            limit=self._cell("limit", _limit, None),
            bin=self._cell("bin", _text, ""),
            final_sale=self._cell("final_sale", _yes_no, False),
            replacements=self._cell("replacements", _codes, ()),
            aliases=self._cell("aliases", _aliases, ()),
            details=self._details(currency),
        )
        return found if len(self.problems.found) == before else None

    def _cell(self, column: str, read: Callable[[str], T], fallback: T) -> T:
        try:
            return read(_unguarded(self.row.get(column)))
        except Refused as refusal:
            self.problems.add(self.row.line, column, str(refusal))
            return fallback

    def _currency(self, cell: str) -> str:
        code = cell.upper() or self.currency
        if not is_currency(code):
            raise Refused(f"{cell!r} is not a currency; write its three letters, such as USD.")
        return code

    def _money(self, cell: str, currency: str) -> Money:
        try:
            return Money.parse(self.table.amount(cell), currency)
        except ValueError as error:
            raise Refused(f"{error}.") from None

    def _details(self, currency: str) -> dict[str, str]:
        read: dict[str, Callable[[str], str]] = dict.fromkeys(DETAILS, _text)
        read |= {"weight_g": _weight, "barcode": _exact, "fragile": _fragile}
        read["cost"] = lambda cell: self._cost(cell, currency)
        cells = {column: self._cell(column, read[column], "") for column in DETAILS}
        return {column: cell for column, cell in cells.items() if cell}

    def _cost(self, cell: str, currency: str) -> str:
        return self._money(cell, currency).plain() if cell else ""


def _unguarded(cell: str) -> str:
    if cell.startswith("="):
        raise Refused(f"{cell!r} is a spreadsheet formula; write its value instead.")
    if SPREADSHEET_ERROR.fullmatch(cell):
        raise Refused(f"{cell!r} is an error of the spreadsheet; correct it there.")
    return cell[1:] if GUARDED.match(cell) else cell


def _text(cell: str) -> str:
    text = tidy(cell)
    if fault := text_fault(text):
        raise Refused(fault)
    return text


def _needed(cell: str) -> str:
    if not cell:
        raise Refused("This cell is empty; please fill it in.")
    return _text(cell)


def _exact(cell: str) -> str:
    if ROUNDED.fullmatch(cell):
        raise Refused(f"{cell!r} was shortened by the spreadsheet; make the column text there.")
    return _text(cell)


def _sku(cell: str) -> str:
    return _exact(_needed(cell))


def _code(cell: str) -> str:
    code = tidy(cell)
    if fault := code_fault(code):
        raise Refused(fault)
    return code


def _list(cell: str) -> Iterator[str]:
    return (part for part in (tidy(part) for part in cell.split(";")) if part)


def _codes(cell: str) -> tuple[str, ...]:
    return tuple(_code(part) for part in _list(cell))


def _aliases(cell: str) -> tuple[str, ...]:
    aliases = tuple(_list(_text(cell)))
    for alias in aliases:
        if ALIAS.fullmatch(alias) is None:
            raise Refused(
                f"{alias!r} cannot be read in chat; an alias is words of letters and digits "
                "(part several with ';')."
            )
    return aliases


def _whole(cell: str, what: str) -> int:
    if WHOLE.fullmatch(cell) is None:
        raise Refused(f"{cell!r} is not {what}; write a whole number from 0 to 999999.")
    return int(cell)


def _stock(cell: str) -> int:
    if not cell:
        raise Refused("The stock is missing; write 0 if there is none.")
    if cell.startswith("-") and WHOLE.fullmatch(cell[1:]):
        raise Refused(f"{cell!r} is below zero; write 0 if there is none.")
    return _whole(cell, "a stock")


def _limit(cell: str) -> int | None:
    if cell == "0":
        raise Refused("A limit of 0 would sell nothing; leave it empty for no limit.")
    return _whole(cell, "a limit") if cell else None


def _weight(cell: str) -> str:
    return str(_whole(cell, "a weight in grams")) if cell else ""


def _yes_no(cell: str) -> bool:
    if cell.lower() not in YES_NO:
        raise Refused(f"{cell!r} is neither yes nor no; write one of them.")
    return YES_NO[cell.lower()]


def _fragile(cell: str) -> str:
    _yes_no(cell)
    return cell


def write_catalog(items: Iterable[Item]) -> str:
    """The items as Andon's own CSV; `read_catalog` gives them back exactly."""
    items = tuple(items)
    used = {name for item in items for variant in item.variants for name in variant.details}
    columns = (*COLUMNS, *(column for column in DETAILS if column in used))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for item in items:
        for variant in item.variants:
            cells = _cells(item, variant)
            writer.writerow({name: _guarded(cell) for name, cell in cells.items()})
    return out.getvalue()


def _guarded(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell


def _cells(item: Item, variant: Variant) -> dict[str, str]:
    return {
        "code": item.code,
        "variant": variant.name or "",
        "sku": variant.sku,
        "title": item.title,
        "price": variant.price.plain(),
        "currency": variant.price.currency,
        "stock": str(variant.stock),
        "limit": "" if item.limit is None else str(item.limit),
        "bin": variant.bin,
        "final_sale": "yes" if item.final_sale else "no",
        "replacements": ";".join(item.replacements),
        "aliases": ";".join(item.aliases),
        **variant.details,
    }
