"""Catalogue files: the format is recognised by the header.

    catalog = read_catalog(path.read_bytes(), name=path.name, currency="USD")

gives items, or raises `CatalogError` with every problem of the file, by line and column.
"""

from collections.abc import Collection

from handlers.catalog.model import Catalog
from handlers.catalog.own_csv import COLUMNS, DETAILS, read_own, write_catalog
from handlers.catalog.problems import CatalogError, Problem, Problems
from handlers.catalog.shopify_csv import is_shopify, read_shopify, shopify_columns
from handlers.catalog.table import read_table

__all__ = ["CatalogError", "Problem", "read_catalog", "write_catalog"]


def read_catalog(
    data: bytes | str, *, name: str, currency: str, known: Collection[str] = ()
) -> Catalog:
    """Read Andon's own CSV or a product export of Shopify.

    `name` is what problems call the file, `currency` the shop's (for prices that name none), and
    `known` the codes of items outside the file that a replacement may name. Raises `CatalogError`
    unless every row is good.
    """
    problems = Problems(name=name)
    table = read_table(data, {*COLUMNS, *DETAILS, *shopify_columns()}, problems)
    if is_shopify(table):
        return read_shopify(table, problems, currency=currency)
    return read_own(table, problems, currency=currency, known=known)
