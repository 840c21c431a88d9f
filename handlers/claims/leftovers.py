"""What is still there when a show is over."""

from collections.abc import Sequence

from sqlalchemy import func, select

from handlers.work import Work
from storage.schema import sale
from storage.schema.states import ItemState

__all__ = ["still_here"]

_MOST = 5


async def still_here(work: Work) -> Sequence[str]:
    """Up to five codes with units that nobody holds or waits for, in the order of the show."""
    items, variants = sale.items.c, sale.variants.c
    rows = await work.tx.all(
        select(items.code)
        .join(sale.variants, variants.item_id == items.id)
        .where(
            items.state != ItemState.STOPPED,
            variants.on_hand > variants.reserved,
            variants.short == 0,
            variants.waiting_entries == 0,
        )
        .group_by(items.code, items.position)
        .order_by(func.min(items.position))
        .limit(_MOST)
    )
    return [row.code for row in rows]
