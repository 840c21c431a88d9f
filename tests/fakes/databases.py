"""Compare two databases by what they say, not by row ids or by the clock on the wall.

    assert differences(await contents(one), await contents(other)) == []

Left out: deliveries, addresses, leases and the installation; row ids; wall times (when an answer
is too late to give, and when a lease ends). A reference to a row is read as what that row is
known by: a customer by its identities, a claim by its line and item.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Table, select

from storage.engine import open_storage
from storage.schema import metadata

__all__ = ["Contents", "contents", "differences"]

#: Rows by table, each as (column, value) pairs, with how often they are there.
Contents = Mapping[str, Counter[Any]]
Names = dict[str, dict[Any, Any]]

_LEFT_OUT = frozenset({"deliveries", "addresses", "leases", "installation"})
_WALL = frozenset({("outbox", "delivery_id"), ("outbox", "expires_at"), ("set_aside", "reference")})
_CARD = re.compile(r"\b(exception|rescue):(\d+)|\b(rescue\.pick):(\d+):")
_KNOWN_BY: Mapping[str, Callable[[Any, Names], Any]] = {
    "shows": lambda row, _: (row.name, row.started_at),
    "items": lambda row, _: row.code,
    "variants": lambda row, _: row.sku,
    "identities": lambda row, _: (row.platform, row.person),
    "claims": lambda row, names: (row.message_key, row.code, names["variants"].get(row.variant_id)),
    "holds": lambda row, names: (
        names["claims"][row.claim_id],
        row.granted_at,
        row.state,
        row.quantity,
    ),
    "orders": lambda row, names: (names["shows"][row.show_id], row.serial),
    "rescues": lambda row, names: (names["shows"][row.show_id], row.typed),
    "exceptions": lambda row, _: (row.kind, row.subject, row.opened_at),
}


async def contents(url: str) -> Contents:
    """Everything that the database at `url` remembers."""
    async with open_storage(url, create=False) as storage, storage.read() as tx:
        rows = {
            table.name: await tx.all(select(table).order_by(*table.primary_key.columns))
            for table in metadata.sorted_tables
        }
    names: Names = {}
    for table in metadata.sorted_tables:
        known_by = _KNOWN_BY.get(table.name)
        if known_by is not None:
            names[table.name] = {row.id: known_by(row, names) for row in rows[table.name]}
    people: dict[int, tuple[Any, ...]] = {}
    for row in rows["identities"]:
        people[row.customer_id] = (*people.get(row.customer_id, ()), names["identities"][row.id])
    names["customers"] = people
    return {
        table.name: Counter(tuple(_told(table, row, names)) for row in rows[table.name])
        for table in metadata.sorted_tables
        if table.name not in _LEFT_OUT
    }


def _told(table: Table, row: Any, names: Names) -> Iterator[tuple[str, Any]]:
    if table.name == "customers":
        yield "known as", names["customers"].get(row.id)
    for column in table.columns:
        value = row._mapping[column.name]
        if column.name == "id" or (table.name, column.name) in _WALL:
            continue
        for reference in column.foreign_keys:
            value = names.get(reference.column.table.name, {}).get(value, value)
        yield column.name, _said(value, names)


def _said(value: Any, names: Names) -> Any:
    """A value of a column as one that can be counted, with row ids in it put into words."""
    if isinstance(value, Mapping):
        claims = names["claims"]
        return tuple(
            (key, tuple(sorted(map(claims.__getitem__, each))))
            if key == "voided"
            else (key, _said(each, names))
            for key, each in sorted(value.items())
        )
    if isinstance(value, list):
        return tuple(_said(each, names) for each in value)
    if isinstance(value, str):
        return _CARD.sub(lambda found: _card(found, names), value)
    return value


def _card(found: re.Match[str], names: Names) -> str:
    kind, number = found[1] or found[3], found[2] or found[4]
    table = "exceptions" if kind == "exception" else "rescues"
    return f"{kind}:{names[table].get(int(number), number)}:"


def differences(one: Contents, other: Contents, *, shown: int = 3) -> list[str]:
    """Where two databases differ: a line for each table, with a few of its rows."""
    found = []
    for name in sorted({*one, *other}):
        left, right = one.get(name, Counter()), other.get(name, Counter())
        if left != right:
            only, missing = list((left - right).elements()), list((right - left).elements())
            found.append(
                f"{name}: {only[:shown]} / {missing[:shown]} (+{len(only)} −{len(missing)})"
            )
    return found
