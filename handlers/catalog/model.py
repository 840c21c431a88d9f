"""What a catalogue says of items and variants, free of any file format or database."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.money import Money

__all__ = ["Catalog", "Item", "Variant", "code_key"]

# Dashes too: a phone or a spreadsheet makes them of a hyphen.
JOINERS = re.compile(r"[\s\-\u2010-\u2015\u2212]+")


def code_key(text: str) -> str:
    """What two spellings of one code or alias have in common: `A-12`, `a 12` and `A12` are `A12`.

    Width, case, spaces and hyphens do not count.
    """
    return JOINERS.sub("", unicodedata.normalize("NFKC", text)).casefold().upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What has a SKU and stock. `name` is None where the item has no options."""

    sku: str
    name: str | None
    price: Money
    stock: int
    bin: str = ""
    #: The optional columns (`weight_g, barcode, parts, photo, fragile, tax_class, cost, hs_code,
    #: origin`) as they were written, without the empty ones.
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What has a claim code. `limit` is units per customer and show, None for no limit."""

    code: str
    title: str
    variants: tuple[Variant, ...]
    limit: int | None = None
    final_sale: bool = False
    replacements: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """What a catalogue file held, all of it good."""

    items: tuple[Item, ...]
    #: What was chosen or left out while reading, one sentence each, for whoever imports the file.
    notes: tuple[str, ...] = ()
    #: False where the file says nothing of stock; then every `stock` is 0 and must not be imported.
    has_stock: bool = True
