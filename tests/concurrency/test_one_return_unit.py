"""One unit is asked back twice at once, from two sides of one customer, in two processes."""

import asyncio
from dataclasses import replace

from sqlalchemy import select

from bot.app import Andon
from bot.settings import load_settings
from handlers.messages import Press
from storage.engine import Storage, open_storage
from storage.schema.returns import return_units, returns
from tests.fakes.arrived import ArrivedShop
from tests.fakes.shop import STREAM, Paper
from tests.sale.test_link import joins


async def test_one_wins_and_the_other_hears_so(storage: Storage, database_url: str) -> None:
    async with ArrivedShop(storage) as shop, open_storage(database_url) as second:
        await shop.show()
        number = await shop.delivered("Ana", "claim M3")
        await joins(shop, "Ana", "AnaTwo")
        sends = []
        for name in ("Ana", "AnaTwo"):
            await shop.returns(name, number)
            await shop.taps(name, "Changed my mind", "Never opened", "Money back")
            [button] = [one.id for one in shop.choices(name) if one.label == "Send it"]
            sends.append((name, button))
        paper = Paper()
        other = Andon(load_settings(environ={}), second, [paper], clock=shop.clock)
        other.house = other.dispatcher.house = replace(
            other.house, returns=shop.andon.house.returns
        )
        await other.dispatcher.refresh()

        def press(name: str, button: str) -> Press:
            return Press(
                key=f"{name}:send",
                person=shop.person(name),
                channel=STREAM,
                sent_at=shop.clock.now(),
                button=button,
                reply_to=f"{name.lower()}:send",
            )

        async with asyncio.timeout(60):
            await asyncio.gather(
                shop.andon.intake.act(press(*sends[0])), other.intake.act(press(*sends[1]))
            )
            await shop.andon.relay.drain()
            await other.relay.drain()
        told = [
            post.text
            for post in (*shop.paper.posts, *paper.posts)
            if post.address.target.endswith(":send")
        ]
        assert len(told) == 2
        [won] = [text for text in told if "is with us" in text]
        [lost] = [text for text in told if text != won]
        assert "Nothing was sent" in lost or "All of this is in a return already" in lost
        assert len(await shop.rows(select(returns.c.id))) == 1
        assert len(await shop.rows(select(return_units.c.id))) == 1
