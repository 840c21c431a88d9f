"""A product export of Shopify, in the header it had for years or the one of 2025.

A product is one item, a row with an option value, a SKU or a price is one variant of it, and any
other row is a further picture. The claim code of a product is

1. what a tag `code:A12` says; else
2. its SKU if it has one variant, or what its SKUs have in common up to a separator (`A12` of
   `A12-S` and `A12-M`), if that is a code of at most 12 characters that no other product has; else
3. the next free of `A1`, `A2`, ... in file order.

A tag `final sale` makes it one. Drafts, archived products and gift cards are left out.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count

from handlers.catalog.assembly import CatalogRow, assemble, code_fault, text_fault, tidy
from handlers.catalog.model import Catalog, code_key
from handlers.catalog.problems import Problems
from handlers.catalog.table import Row, Table
from handlers.money import Money

__all__ = ["is_shopify", "read_shopify", "shopify_columns"]

#: What we read: our name, then the column in the older and in the newer header.
NAMES: Mapping[str, tuple[str, str]] = {
    "handle": ("Handle", "URL handle"),
    "title": ("Title", "Title"),
    "tags": ("Tags", "Tags"),
    "status": ("Status", "Status"),
    "gift card": ("Gift Card", "Gift card"),
    "option1": ("Option1 Value", "Option1 value"),
    "option2": ("Option2 Value", "Option2 value"),
    "option3": ("Option3 Value", "Option3 value"),
    "sku": ("Variant SKU", "SKU"),
    "price": ("Variant Price", "Price"),
    "stock": ("Variant Inventory Qty", "Inventory quantity"),
    "weight_g": ("Variant Grams", "Weight value (grams)"),
    "barcode": ("Variant Barcode", "Barcode"),
    "cost": ("Cost per item", "Cost per item"),
    "tax_class": ("Variant Tax Code", "Tax code"),
    "photo": ("Image Src", "Product image URL"),
    "variant photo": ("Variant Image", "Variant image URL"),
}
NO_OPTIONS = "default title"
LONGEST_GUESSED_CODE = 12
SEPARATORS = re.compile(r"[-_/. ]+")
WHOLE = re.compile(r"-?[0-9]{1,6}")
GRAMS = re.compile(r"([0-9]{1,7})(?:\.0+)?")


def shopify_columns() -> frozenset[str]:
    """The columns that are read, of both headers, in small letters."""
    return frozenset(name.lower() for names in NAMES.values() for name in names)


def is_shopify(table: Table) -> bool:
    """Whether the header of `table` is that of a product export of Shopify."""
    return "code" not in table.header and (
        {"handle", "title"} <= set(table.header) or {"url handle", "title"} <= set(table.header)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Product:
    """The rows of one product; the first tells its title, tags and status."""

    head: Mapping[str, str]
    line: int
    variants: tuple[tuple[int, Mapping[str, str]], ...]
    photo: str

    @property
    def tags(self) -> list[str]:
        return [tidy(tag) for tag in self.head["tags"].split(",")]

    @property
    def skus(self) -> list[str]:
        return [cells["sku"] for _, cells in self.variants if cells["sku"]]


def read_shopify(table: Table, problems: Problems, *, currency: str) -> Catalog:
    """The catalogue in an export; its prices are in `currency`.

    Raises `CatalogError` with everything that is wrong.
    """
    names = {ours: both["url handle" in table.header] for ours, both in NAMES.items()}
    for ours in ("price", "option1"):
        if names[ours].lower() not in table.header:
            problems.add(
                table.header_line, names[ours], "This column is missing; export the products again."
            )
    products, notes = _for_sale(_products(table, names, problems))
    codes = _codes(products, problems, notes)
    has_stock = names["stock"].lower() in table.header
    if not has_stock:
        notes.append(
            "The export holds no stock, as Shopify exports that apart for a shop with several "
            "locations; stock stays as it is."
        )
    reader = _Reader(table=table, names=names, problems=problems, notes=notes, currency=currency)
    rows = [
        row
        for product, code in zip(products, codes, strict=True)
        for row in reader.rows(product, code)
    ]
    between = Problems(name=problems.name)
    items = assemble(rows, between)
    problems.found.extend(
        replace(problem, column=names.get(problem.column, names["option1"]))
        for problem in between.found
    )
    if not products:
        problems.add(0, "", "There is no product for sale in this export.")
    problems.raise_if_any()
    return Catalog(items=items, notes=tuple(notes), has_stock=has_stock)


def _products(table: Table, names: Mapping[str, str], problems: Problems) -> list[_Product]:
    groups: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    handle = ""
    for row in table.rows:
        cells = _cells(row, names)
        # A product without options needs no handle in a file made by hand; its title will do.
        handle = cells["handle"] or cells["title"] or handle
        if not handle:
            problems.add(row.line, names["handle"], "This row belongs to no product.")
            continue
        groups.setdefault(handle, []).append((row.line, cells))
    return [_product(rows) for rows in groups.values()]


def _cells(row: Row, names: Mapping[str, str]) -> dict[str, str]:
    # Shopify marks numbers that a spreadsheet must not touch with an apostrophe.
    return {ours: tidy(row.get(name.lower()).removeprefix("'")) for ours, name in names.items()}


def _product(rows: list[tuple[int, Mapping[str, str]]]) -> _Product:
    line, head = next(((line, cells) for line, cells in rows if cells["title"]), rows[0])
    return _Product(
        head=head,
        line=line,
        variants=tuple(
            (line, cells)
            for line, cells in rows
            if cells["option1"] or cells["sku"] or cells["price"]
        ),
        photo=next((cells["photo"] for _, cells in rows if cells["photo"]), ""),
    )


def _for_sale(products: list[_Product]) -> tuple[list[_Product], list[str]]:
    kept, notes = [], []
    for product in products:
        status = product.head["status"].lower()
        if status in {"draft", "archived"}:
            notes.append(f"Left out: {product.head['title']!r} (line {product.line}) is {status}.")
        elif product.head["gift card"].lower() == "true":
            notes.append(
                f"Left out: {product.head['title']!r} (line {product.line}) is a gift card."
            )
        else:
            kept.append(product)
    return kept, notes


def _codes(products: list[_Product], problems: Problems, notes: list[str]) -> list[str]:
    tagged = [_tagged_code(product, problems) for product in products]
    guessed = [
        "" if tag else _guessed_code(product.skus)
        for tag, product in zip(tagged, products, strict=True)
    ]
    uses = Counter(code_key(code) for code in (*tagged, *guessed) if code)
    free = (f"A{number}" for number in count(1) if f"A{number}" not in uses)
    codes, seen = [], dict[str, int]()
    for product, tag, guess in zip(products, tagged, guessed, strict=True):
        first = seen.setdefault(code_key(tag), product.line) if tag else product.line
        if first != product.line:
            problems.add(
                product.line, "Tags", f"The product of line {first} has the code {tag!r} already."
            )
            tag = ""
        code = tag or (guess if uses[code_key(guess)] == 1 else "") or next(free)
        why = "its tag" if tag else "its SKU" if code == guess else "the next free one"
        notes.append(f"{code} is {product.head['title']!r}: {why}.")
        codes.append(code)
    if not all(tagged):
        notes.append("To choose a claim code yourself, give the product a tag such as 'code:A12'.")
    return codes


def _tagged_code(product: _Product, problems: Problems) -> str:
    marked = [tag[5:].strip() for tag in product.tags if tag.lower().startswith("code:")]
    if not marked:
        return ""
    if len(marked) > 1:
        problems.add(product.line, "Tags", f"There are {len(marked)} 'code:' tags; keep one.")
    elif fault := code_fault(marked[0]):
        problems.add(product.line, "Tags", fault)
    return marked[0]


def _guessed_code(skus: list[str]) -> str:
    """What the SKUs have in common up to a separator, "" if that is no handy claim code."""
    split = [SEPARATORS.split(sku.strip("-_/. ")) for sku in skus]
    common: list[str] = []
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    code = "-".join(common)
    return code if len(code) <= LONGEST_GUESSED_CODE and code_fault(code) is None else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads the variants of products, noting what is wrong with them."""

    table: Table
    names: Mapping[str, str]
    problems: Problems
    notes: list[str]
    currency: str

    def rows(self, product: _Product, code: str) -> Iterator[CatalogRow]:
        """The rows of one product that are good."""
        before = len(self.problems.found)
        if not product.head["title"]:
            self._refuse(product.line, "title", "This product has no title.")
        if not product.variants:
            self._refuse(product.line, "price", "This product has no price.")
        found = [self._row(product, code, line, cells) for line, cells in product.variants]
        if len(self.problems.found) == before:
            yield from found

    def _refuse(self, line: int, column: str, message: str) -> None:
        self.problems.add(line, self.names[column], message)

    def _row(self, product: _Product, code: str, line: int, cells: Mapping[str, str]) -> CatalogRow:
        for column in ("title", "sku", "option1", "option2", "option3", "barcode"):
            if fault := text_fault(cells[column]):
                self._refuse(line, column, fault)
        options = [cells[name] for name in ("option1", "option2", "option3") if cells[name]]
        bare = [option.lower() for option in options] in ([], [NO_OPTIONS])
        variant = None if bare else " / ".join(options)
        return CatalogRow(
            line=line,
            code=code,
            variant=variant,
            sku=cells["sku"] or self._made_up_sku(product, line, variant),
            title=product.head["title"],
            price=self._price(line, cells["price"]),
            stock=self._stock(line, cells["stock"]),
            final_sale="final sale" in (tag.lower() for tag in product.tags),
            details=self._details(line, cells, product.photo),
        )

    def _made_up_sku(self, product: _Product, line: int, variant: str | None) -> str:
        sku = tidy(f"{product.head['handle'] or product.head['title']} {variant or ''}")
        sku = "-".join(part for part in re.split(r"[\W_]+", sku.lower()) if part)
        self.notes.append(f"Line {line} has no SKU; it is called {sku!r}.")
        return sku

    def _price(self, line: int, cell: str) -> Money:
        try:
            return Money.parse(self.table.amount(cell), self.currency)
        except ValueError as error:
            self._refuse(line, "price", f"{error}." if cell else "The price is missing.")
            return Money(0, self.currency)

    def _stock(self, line: int, cell: str) -> int:
        if not cell:
            return 0
        if WHOLE.fullmatch(cell) is None:
            self._refuse(line, "stock", f"{cell!r} is not a stock; write a whole number.")
            return 0
        if int(cell) < 0:
            self.notes.append(f"Line {line} has a stock of {cell} in Shopify; it is read as 0.")
        return max(int(cell), 0)

    def _details(self, line: int, cells: Mapping[str, str], photo: str) -> dict[str, str]:
        details = {name: cells[name] for name in ("barcode", "tax_class")}
        details["photo"] = cells["variant photo"] or photo
        if weight := cells["weight_g"]:
            grams = GRAMS.fullmatch(self.table.amount(weight))
            if grams is None:
                self._refuse(line, "weight_g", f"{weight!r} is not a weight in whole grams.")
            elif int(grams[1]):
                details["weight_g"] = str(int(grams[1]))
        if cells["cost"]:
            details["cost"] = self._cost(line, cells["cost"])
        return {name: detail for name, detail in details.items() if detail}

    def _cost(self, line: int, cell: str) -> str:
        try:
            return Money.parse(self.table.amount(cell), self.currency).plain()
        except ValueError as error:
            self._refuse(line, "cost", f"{error}.")
            return ""
