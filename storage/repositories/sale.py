"""The queries of the sale that a whole batch shares: each locks or loads for many at once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Table, func, select, text, update

from storage.schema import sale
from storage.schema.states import ClaimState, HoldState, ShowState
from storage.unit_of_work import Transaction, padded

__all__ = [
    "HELD",
    "OPEN_RELEASE",
    "UNSETTLED",
    "WAITING",
    "MemberRow",
    "held_units",
    "lock_items",
    "lock_variants",
    "members",
    "open_releases",
    "pending_counts",
    "reserve_ids",
    "stir",
    "unsettled_claims",
    "waiting_units",
]


# Written out, not bound: a partial index serves only a statement that names its very condition.
UNSETTLED = text("claims.state IN ('asked', 'pending')")
WAITING = text("waitlist.state = 'waiting'")
OPEN_RELEASE = text("releases.state = 'waiting'")
HELD = text("holds.state = 'held'")


class MemberRow(NamedTuple):
    """A customer through one identity."""

    customer_id: int
    identity_id: int
    platform: str
    person: str
    name: str
    tells_by_dm: bool
    pay_first: bool = False
    blocked: bool = False
    told_at: datetime | None = None


async def members(tx: Transaction, people: Mapping[tuple[str, str], str]) -> list[MemberRow]:
    """The members behind (platform, person) → name; who is new gets a customer of their own."""
    found = await _identities(tx, people)
    known = {(row.platform, row.person) for row in found}
    fresh = [(who, name) for who, name in people.items() if who not in known]
    if fresh:
        customers = await tx.insert_ids(sale.customers, [{"tells_by_dm": False} for _ in fresh])
        await tx.insert(
            sale.identities,
            [
                {"platform": who[0], "person": who[1], "name": name, "customer_id": customer}
                for (who, name), customer in zip(fresh, customers, strict=True)
            ],
        )
        found += await _identities(tx, dict(fresh))
    await _rename(
        tx, [row for row in found if row.name != people[row.platform, row.person]], people
    )
    return found


async def _identities(tx: Transaction, people: Mapping[tuple[str, str], str]) -> list[MemberRow]:
    found: list[MemberRow] = []
    for platform in sorted({who[0] for who in people}):
        ids = padded(person for where, person in people if where == platform)
        rows = await tx.all(
            select(
                sale.identities.c.customer_id,
                sale.identities.c.id,
                sale.identities.c.platform,
                sale.identities.c.person,
                sale.identities.c.name,
                sale.customers.c.tells_by_dm,
                sale.customers.c.pay_first,
                sale.customers.c.blocked_at.is_not(None),
                sale.customers.c.told_at,
            )
            .join(sale.customers, sale.customers.c.id == sale.identities.c.customer_id)
            .where(sale.identities.c.platform == platform, sale.identities.c.person.in_(ids))
            # Whose claims these are must not change before they are written.
            .with_for_update(key_share=True, read=True, of=sale.identities)
        )
        found += [MemberRow(*row) for row in rows]
    return found


async def _rename(
    tx: Transaction, renamed: Sequence[MemberRow], people: Mapping[tuple[str, str], str]
) -> None:
    for row in renamed:
        await tx.run(
            update(sale.identities)
            .where(sale.identities.c.id == row.identity_id)
            .values(name=people[row.platform, row.person])
        )


async def lock_items(tx: Transaction, item_ids: Collection[int]) -> Sequence[Row[Any]]:
    """These items, locked in the order of their ids."""
    return await tx.all(
        select(sale.items)
        .where(sale.items.c.id.in_(padded(item_ids)))
        .order_by(sale.items.c.id)
        .with_for_update()
    )


async def lock_variants(tx: Transaction, item_ids: Collection[int]) -> Sequence[Row[Any]]:
    """The variants of these items, locked in the order of their ids."""
    return await tx.all(
        select(sale.variants)
        .where(sale.variants.c.item_id.in_(padded(item_ids)))
        .order_by(sale.variants.c.id)
        .with_for_update()
    )


async def pending_counts(tx: Transaction, item_ids: Collection[int]) -> Sequence[Row[Any]]:
    """(variant, claims pending) of these items."""
    return await tx.all(
        select(sale.claims.c.variant_id, func.count().label("claims"))
        .where(
            sale.claims.c.item_id.in_(padded(item_ids)),
            sale.claims.c.state == ClaimState.PENDING,
            UNSETTLED,
        )
        .group_by(sale.claims.c.variant_id)
    )


async def held_units(
    tx: Transaction, customers: Collection[int], show_id: int
) -> Sequence[Row[Any]]:
    """(customer, variant, state, units) that these customers hold or have paid in this show."""
    return await tx.all(
        select(
            sale.holds.c.customer_id,
            sale.holds.c.variant_id,
            sale.holds.c.state,
            func.sum(sale.holds.c.quantity).label("units"),
        )
        .where(
            sale.holds.c.customer_id.in_(padded(customers)),
            sale.holds.c.show_id == show_id,
            sale.holds.c.state.in_((HoldState.HELD, HoldState.PAID)),
        )
        .group_by(sale.holds.c.customer_id, sale.holds.c.variant_id, sale.holds.c.state)
    )


async def waiting_units(
    tx: Transaction, customers: Collection[int], show_id: int
) -> Sequence[Row[Any]]:
    """(customer, variant, units) that these customers wait for in this show."""
    return await tx.all(
        select(
            sale.waitlist.c.customer_id,
            sale.waitlist.c.variant_id,
            func.sum(sale.waitlist.c.quantity).label("units"),
        )
        .where(
            sale.waitlist.c.customer_id.in_(padded(customers)),
            sale.waitlist.c.show_id == show_id,
            WAITING,
        )
        .group_by(sale.waitlist.c.customer_id, sale.waitlist.c.variant_id)
    )


async def unsettled_claims(
    tx: Transaction, customers: Collection[int], show_id: int
) -> Sequence[Row[Any]]:
    """Claims of these customers in this show that are pending or lack their variant."""
    return await tx.all(
        select(
            sale.claims.c.id,
            sale.claims.c.customer_id,
            sale.claims.c.item_id,
            sale.claims.c.variant_id,
            sale.claims.c.variant,
            sale.claims.c.state,
            sale.claims.c.quantity,
        )
        .where(
            sale.claims.c.customer_id.in_(padded(customers)),
            sale.claims.c.show_id == show_id,
            UNSETTLED,
        )
        .order_by(sale.claims.c.id)
    )


async def open_releases(
    tx: Transaction, customers: Collection[int], show_id: int
) -> Sequence[Row[Any]]:
    """Releases of these customers in this show that have not come due."""
    return await tx.all(
        select(sale.releases.c.id, sale.releases.c.customer_id, sale.releases.c.variant_id).where(
            sale.releases.c.customer_id.in_(padded(customers)),
            sale.releases.c.show_id == show_id,
            OPEN_RELEASE,
        )
    )


async def stir(tx: Transaction, show_id: int, ask_due: datetime, end_due: datetime) -> None:
    """Move the idle deadlines of a live show on, never back."""
    shows = sale.shows.c
    await tx.run(
        update(sale.shows)
        .where(shows.id == show_id, shows.state == ShowState.LIVE, shows.idle_end_due < end_due)
        .values(idle_ask_due=ask_due, idle_end_due=end_due)
    )


async def reserve_ids(tx: Transaction, table: Table, count: int) -> Sequence[int]:
    """`count` ids for rows of `table` that this transaction will insert.

    Rows that refer to each other can then be written in one go each, with no id read back.
    """
    if tx.dialect == "postgresql":
        rows = await tx.all(
            text(
                "SELECT nextval(pg_get_serial_sequence(:name, 'id'))"
                " FROM generate_series(1, :count)"
            ),
            {"name": table.name, "count": count},
        )
        return [row[0] for row in rows]
    # SQLite has one writer, so nobody else can take these.
    last = await tx.scalar(select(func.coalesce(func.max(table.c.id), 0)))
    return range(last + 1, last + 1 + count)
