"""Time passes over what is kept: old addresses are erased, old seals are made anew."""

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update

from handlers.customers.dossier import RETURN_OVER
from handlers.orders.addresses import read_address
from handlers.orders.keeping import sealed_address
from handlers.orders.states import FINISHED
from storage.schema import customers, orders, returns, support
from storage.sealing import Locked, Sealer
from storage.unit_of_work import Transaction

__all__ = [
    "SEALED_CONTENTS",
    "SEALED_TEXTS",
    "erase_old",
    "reseal_addresses",
    "reseal_contents",
    "reseal_texts",
]

_home, _order, _back = orders.postal_addresses.c, orders.orders.c, returns.returns.c
#: Texts that say themselves whether they are sealed: table and column.
SEALED_TEXTS: tuple[tuple[Any, str], ...] = (
    (orders.orders, "note"),
    (customers.customer_notes, "text"),
)

#: What stands beside the name of its key, and how many are taken at once: pictures are large.
SEALED_CONTENTS: tuple[tuple[Any, int], ...] = (
    (support.support_messages, 200),
    (support.customer_pictures, 5),
)


async def erase_old(tx: Transaction, before: datetime, now: datetime) -> int:
    """Erase addresses and contacts of customers all of whose orders were over before `before`."""
    busy = select(_order.id).where(
        _order.customer_id == _home.customer_id,
        (_order.state.not_in(sorted(FINISHED))) | (_order.state_at >= before),
    )
    returning = select(_back.id).where(
        _back.customer_id == _home.customer_id,
        (_back.state.not_in(RETURN_OVER)) | (_back.state_at >= before),
    )
    old = (
        _home.forgotten_at.is_(None),
        _home.kept_at < before,
        ~busy.exists(),
        ~returning.exists(),
    )
    whose = [
        row.customer_id
        for row in await tx.all(select(_home.customer_id).where(*old).distinct().limit(500))
    ]
    if not whose:
        return 0
    await tx.run(update(orders.orders).where(_order.customer_id.in_(whose)).values(note=""))
    return await tx.run(
        update(orders.postal_addresses)
        .where(_home.customer_id.in_(whose), *old)
        .values(content="", key_name=None, door=None, problems=[], forgotten_at=now)
    )


async def reseal_addresses(tx: Transaction, sealer: Sealer, after: int, most: int) -> int | None:
    """Seal the next addresses as they would be sealed today; returns the last id, None at the end.

    The hash of their door is made anew too: it hangs on the oldest key, which may be gone by now.
    """
    rows = await tx.all(
        select(orders.postal_addresses)
        .where(_home.id > after, _home.forgotten_at.is_(None))
        .order_by(_home.id)
        .limit(most)
    )
    for row in rows:
        try:
            address = read_address(sealer.open(row.content, row.key_name).decode())
        except Locked:
            # Its key may come back; until then it stays as it is.
            continue
        anew = sealed_address(address, sealer)
        if (row.key_name, row.door) != (anew["key_name"], anew["door"]):
            await tx.run(
                update(orders.postal_addresses)
                # Guarded: meanwhile it may have been erased.
                .where(_home.id == row.id, _home.content == row.content)
                .values(**anew)
            )
    return rows[-1].id if rows else None


async def reseal_texts(
    tx: Transaction, sealer: Sealer, table: Any, name: str, after: int, most: int
) -> int | None:
    """The same for the texts of one column."""
    column = table.c[name]
    rows = await tx.all(
        select(table.c.id, column.label("kept"))
        .where(table.c.id > after, column != "")
        .order_by(table.c.id)
        .limit(most)
    )
    for row in rows:
        if sealer.is_current(row.kept):
            continue
        try:
            anew = sealer.seal_text(sealer.open_text(row.kept))
        except Locked:
            continue
        await tx.run(
            update(table).where(table.c.id == row.id, column == row.kept).values({name: anew})
        )
    return rows[-1].id if rows else None


async def reseal_contents(
    tx: Transaction, sealer: Sealer, table: Any, after: int, most: int
) -> int | None:
    """The same for letters and pictures; what was erased stays so."""
    kept = table.c
    rows = await tx.all(
        select(kept.id, kept.content, kept.key_name)
        .where(
            kept.id > after,
            kept.content != b"",
            or_(kept.key_name.is_(None), kept.key_name != sealer.first),
        )
        .order_by(kept.id)
        .limit(most)
    )
    for row in rows:
        try:
            anew = sealer.seal(sealer.open(bytes(row.content), row.key_name))
        except Locked:
            continue
        await tx.run(
            update(table)
            .where(kept.id == row.id, kept.content == row.content)
            .values(content=anew.content, key_name=anew.key_name)
        )
    return rows[-1].id if rows else None
