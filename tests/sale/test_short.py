"""Paid and not there: an exception, a playbook, and what comes in is taken by itself."""

from sqlalchemy import select

from storage.engine import Storage
from storage.schema import traffic
from storage.schema.runs import runs
from tests.fakes.packing import PackingShop

CATALOGUE = """code,variant,sku,title,price,currency,stock,bin,barcode,parts
T1,,TEA,Tea set,60.00,USD,3,R1,,CUP x2; SAUCER
C9,,CUP,Cup,9.00,USD,1,R4,,
S9,,SAUCER,Saucer,4.00,USD,3,R5,,
"""


async def test_a_paid_order_that_is_short_starts_the_playbook(storage: Storage) -> None:
    async with PackingShop(storage, catalogue=CATALOGUE, playbooks=True) as shop:
        await shop.show()
        number = await shop.sells("Ana", "claim T1")
        (run,) = await shop.rows(select(runs).where(runs.c.playbook_id == "paid-not-there"))
        assert run.ended_at is None
        (post,) = [
            one for one in shop.team("playbooks") if f"{number}: paid, and 1 not there" in one
        ]
        assert "Read what" in post
        (row,) = await shop.rows(select(traffic.exceptions))
        assert (row.kind, row.subject) == ("parts_short", number)
        mine = await shop.presses("Ana", "orders.mine:")
        assert "💬 Something that belongs to" in mine.text
        await shop.command(f"/exception resolve {row.id} she takes one", "Sue", role="support")
        (run,) = await shop.rows(select(runs).where(runs.c.playbook_id == "paid-not-there"))
        assert run.ended_at is not None


async def test_parts_that_come_in_are_kept_by_themselves(storage: Storage) -> None:
    async with PackingShop(storage, catalogue=CATALOGUE) as shop:
        await shop.show()
        number = await shop.sells("Ana", "claim T1")
        assert await shop.counts("CUP") == (1, 1)
        await shop.command("/stock add C9 3")
        assert await shop.counts("CUP") == (4, 2)
        (row,) = await shop.rows(select(traffic.exceptions))
        assert (row.subject, row.state, row.outcome) == (number, "resolved", "the parts came in")
        await shop.command("/stock add C9 1")
        assert await shop.counts("CUP") == (5, 2)
