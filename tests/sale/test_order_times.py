"""Every stage of an order is timed: to be read under the order, and as a table."""

import csv
from datetime import datetime
from itertools import pairwise

from handlers.exports import TimesRow, as_csv, times_rows
from handlers.orders.times import STAGES
from storage.engine import Storage
from tests.fakes.packing import PackingShop


async def table(storage: Storage) -> list[dict[str, str]]:
    async with storage.read() as tx:
        return list(csv.DictReader([line async for line in as_csv(times_rows(tx), TimesRow)]))


async def test_an_order_is_timed_from_the_claim_to_the_doorstep(storage: Storage) -> None:
    async with PackingShop(storage) as shop:
        await shop.show()
        typed = shop.clock.now()
        ana = await shop.sells("Ana", "claim M3", "claim D2")
        await shop.says("Bob", "claim M3")
        await shop.closes()
        for words in ("next", "scan M3", "scan D2", "done"):
            await shop.packs("Pia", words)
        await shop.command(f"/ship {ana} 1Z999AA10123456784", "Pia", role="packer")
        await shop.command(f"/delivered {ana}", "Pia", role="packer")
        whole, begun = await table(storage)
        assert (whole["order"], whole["show"], whole["state"]) == (ana, "Friday", "delivered")
        times = [datetime.fromisoformat(whole[stage]) for stage in STAGES]
        assert all(before <= after for before, after in pairwise(times))
        # The first of two claims counts, and a line is sent a second after the one before.
        assert (times[0] - typed).total_seconds() == 1
        # Who never pressed anything was shown the way to pay when the show ended, once.
        assert [stage for stage in STAGES if begun[stage]] == ["claimed", "held", "checkout_sent"]
        assert await shop.command("/undo")
        await shop.command("/show end")
        assert (await table(storage))[1]["checkout_sent"] == begun["checkout_sent"]
        shown = await shop.command(f"/order show {ana}", "Sue", role="support")
        (line,) = [line for line in shown.splitlines() if line.startswith("⏱")]
        assert line.startswith("⏱ claimed 20:00 · held 20:00 · checkout sent 20:00 · paid 20:00")
        assert "packing from 20:01 · packed 20:01 · handed off 20:01 · delivered 20:01" in line
