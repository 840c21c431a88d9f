"""Holds end in one process while their money lands in another: none is lost, none sold twice."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.app import Andon
from bot.settings import load_settings
from handlers.messages import Webhook
from handlers.money import Money
from handlers.payments.keeping import notice_values
from handlers.payments.model import Notice, NoticeKind
from storage.engine import Storage, open_storage
from storage.schema import orders, sale, traffic
from tests.fakes.paying import PayingShop
from tests.fakes.shop import Paper

CATALOGUE = "code,variant,sku,title,price,currency,stock\nR5,,R5,Ring,64.00,USD,6\n"
BUYERS = [f"Buyer{n}" for n in range(6)]
WAITING = [f"Waiter{n}" for n in range(3)]


async def told(andon: Andon, key: str, shop: PayingShop) -> None:
    notice = Notice(
        key=f"stripe:{key}",
        kind=NoticeKind.PAID,
        at=shop.clock.now(),
        payment=key,
        charge=f"pi_{key}",
        amount=Money(6400, "USD"),
    )
    body = {"way": "stripe", "notice": notice_values(notice)}
    hook = Webhook(key=key, source="payments.notice", body=body, received_at=shop.clock.now())
    await andon.intake.webhook(hook)


@pytest.mark.postgres
@pytest.mark.parametrize("first", ["money", "time"])
async def test_two_processes_at_the_end_of_the_holds(
    postgresql: Storage, postgres_url: str, first: str
) -> None:
    async with (
        PayingShop(postgresql, catalogue=CATALOGUE) as shop,
        open_storage(postgres_url) as second,
    ):
        await shop.command("/item hold R5 10")
        await shop.show()
        for name in (*BUYERS, *WAITING):
            await shop.says(name, "claim R5")
        for name in BUYERS:
            await shop.pays(name)
        settings = load_settings(environ={}, sale={"claimable": "listed"})
        other = Andon(settings, second, [Paper()], clock=shop.clock)
        await other.dispatcher.refresh()
        keys = [(await shop.payment(name)).idempotency_key for name in BUYERS]
        end = max(row.expires_at for row in await shop.rows(select(sale.holds)) if row.expires_at)

        async def money() -> None:
            await asyncio.wait_for(asyncio.gather(*(told(other, key, shop) for key in keys)), 60)

        async def time() -> None:
            await shop.andon.intake.run_until(end + timedelta(seconds=1))

        both = [money(), time()]
        await asyncio.gather(*(both if first == "money" else reversed(both)))

        hold = sale.holds.c
        kept = await shop.rows(
            select(hold.state, func.sum(hold.quantity))
            .where(hold.ended_at.is_(None))
            .group_by(hold.state)
        )
        paid = {row[0]: row[1] for row in kept}.get("paid", 0)
        order, exception = orders.orders.c, traffic.exceptions.c
        settled = await shop.rows(select(order.id).where(order.state == "paid"))
        short = await shop.rows(select(exception.id).where(exception.kind == "order_stock_short"))
        assert len(settled) == len(BUYERS)
        assert paid + len(short) == len(BUYERS)
        assert (await shop.numbers("R5")).held == sum(row[1] for row in kept) <= 6
