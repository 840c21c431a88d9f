"""Units that a return keeps for its customer: they neither expire nor show up in a cart.

Such a hold counts as paid from its first moment, with a claim of its own by `Rule.EXCHANGE`: what
it is for was paid before. It ends only with `let_go`, or by leaving the house in an order.
"""

from typing import Any

from sqlalchemy import select

from handlers.claims.floor import Floor
from handlers.claims.freeing import end_hold
from handlers.claims.records import Entry, Member, Rule
from handlers.claims.rows import claim_row
from handlers.claims.telling import promote_and_tell
from handlers.money import Money
from handlers.work import Work
from storage.schema import sale
from storage.schema.states import ClaimState, HoldSource, HoldState

__all__ = ["let_go", "set_aside"]

_hold, _person = sale.holds.c, sale.identities.c


async def set_aside(
    work: Work,
    customer_id: int,
    show_id: int,
    variant_id: int,
    units: int,
    *,
    key: str,
    price: Money,
) -> list[int]:
    """Hold `units` for a customer, nobody else's place touched; returns a hold for each unit.

    None of them where not all can be had. `key` is the return's number; a replacement costs the
    `price` that was paid.
    """
    floor, item_id = await _floor(work, show_id, variant_id)
    if floor is None or item_id is None:
        return []
    stock = floor.stock[variant_id]
    if stock.free < units or stock.waiting_entries:
        return []
    member = await _member(work, customer_id)
    entry = Entry(
        member=member,
        variant_id=variant_id,
        quantity=units,
        counted=True,
        sent_at=work.at,
        key=f"return:{key}",
        channel="",
        price=(price.minor, price.currency),
    )
    claim = claim_row(show_id, entry, floor.items[item_id], stock, 0, Rule.EXCHANGE)
    claim |= {"state": ClaimState.ENTERED, "quantity": units, "place": None}
    del claim["id"]
    (claim_id,) = await work.tx.insert_ids(sale.claims, [claim])
    for _ in range(units):
        floor.add_hold(_row(work, claim_id, customer_id, show_id, variant_id), stock)
    await floor.flush()
    rows = await work.tx.all(select(_hold.id).where(_hold.claim_id == claim_id).order_by(_hold.id))
    return [row.id for row in rows]


async def let_go(work: Work, hold_id: int) -> bool:
    """Give a unit that was set aside to whoever is next; False where it is not set aside."""
    row = await work.tx.first(select(sale.holds).where(_hold.id == hold_id))
    if row is None:
        return False
    floor, _ = await _floor(work, row.show_id, row.variant_id)
    # Until its item was locked it may have been let go already.
    row = await work.tx.first(
        select(sale.holds).where(_hold.id == hold_id, _hold.state == HoldState.PAID)
    )
    if floor is None or row is None:
        return False
    await end_hold(floor, row, row.quantity, HoldState.RELEASED, work.at)
    await promote_and_tell(floor, row.variant_id, at=work.at)
    return True


async def _floor(work: Work, show_id: int, variant_id: int) -> tuple[Floor | None, int | None]:
    show = work.snapshot.timeline.of(show_id)
    item_id = await work.tx.scalar(
        select(sale.variants.c.item_id).where(sale.variants.c.id == variant_id)
    )
    if show is None or item_id is None:
        return None, None
    floor = Floor.of(work, show)
    await floor.load([item_id], {})
    return floor, int(item_id)


async def _member(work: Work, customer_id: int) -> Member:
    row = await work.tx.first(
        select(sale.identities)
        .where(_person.customer_id == customer_id)
        .order_by(_person.id.desc())
        .limit(1)
    )
    if row is None:
        raise LookupError(f"customer {customer_id} is nobody")
    return Member(customer_id, row.id, row.platform, row.person, row.name)


def _row(
    work: Work, claim_id: int, customer_id: int, show_id: int, variant_id: int
) -> dict[str, Any]:
    return {
        "claim": {"id": claim_id},
        "show_id": show_id,
        "variant_id": variant_id,
        "customer_id": customer_id,
        "quantity": 1,
        "state": HoldState.PAID,
        "source": HoldSource.STAFF,
        "granted_at": work.at,
        "expires_at": None,
        "warn_due": None,
    }
