"""The numbers of a show's orders, taken from its counter."""

from collections import Counter

from storage.schema import orders
from storage.unit_of_work import Transaction
from storage.upsert import upsert

__all__ = ["next_serial", "take_serials"]


async def take_serials(tx: Transaction, wanted: Counter[int]) -> dict[int, int]:
    """The last number in use in each of these shows; as many as are `wanted` are taken from it."""
    counters = orders.order_counters.c
    before = {}
    for show_id, count in sorted(wanted.items()):
        adding = upsert(tx, orders.order_counters).values(show_id=show_id, last=count)
        last = await tx.scalar(
            adding.on_conflict_do_update(
                index_elements=[counters.show_id], set_={"last": counters.last + count}
            ).returning(counters.last)
        )
        before[show_id] = last - count
    return before


async def next_serial(tx: Transaction, show_id: int) -> int:
    """Return the number of an order that is opened in a show by another way than a claim."""
    return (await take_serials(tx, Counter([show_id])))[show_id] + 1
