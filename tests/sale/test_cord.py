"""`/cord`: anyone of the team stops an item, and the others are called."""

from collections.abc import Sequence

from sqlalchemy import select

from handlers.capability import Capability, Follower
from handlers.events import CordPulled, Event
from handlers.work import Work
from storage.engine import Storage
from storage.schema import sale
from storage.schema.states import ItemState
from tests.fakes.shop import Shop


async def state(shop: Shop, code: str = "M3") -> str:
    rows = await shop.rows(select(sale.items.c.state).where(sale.items.c.code == code))
    return str(rows[0].state)


async def test_it_stops_the_item_and_calls_the_team(storage: Storage) -> None:
    pulled: list[CordPulled] = []

    async def listen(work: Work, events: Sequence[Event]) -> None:
        pulled.extend(event for event in events if isinstance(event, CordPulled))

    listener = Capability(
        name="listener",
        summary="Listens.",
        followers=(Follower(name="listener", events=(CordPulled,), run=listen),),
    )
    async with Shop(storage, capabilities=[listener]) as shop:
        await shop.show()
        answer = await shop.command("/cord M3 the glaze has a crack.", "Pia", role="packer")
        assert answer.startswith("M3 is stopped and the team is called.")
        assert await state(shop) == ItemState.STOPPED
        (alert,) = [post for post in shop.paper.posts if post.kind == "alert.card"]
        assert "🚨 Pia pulled the cord on M3: the glaze has a crack." in alert.text
        assert alert.urgent
        assert (pulled[0].code, pulled[0].who) == ("M3", "Pia")
        assert pulled[0].why == "the glaze has a crack."
        await shop.says("Ana", "claim M3")
        numbers = await shop.numbers("M3")
        assert (numbers.held, numbers.waiting) == (0, 1)


async def test_only_the_team_pulls_it_and_says_why(storage: Storage) -> None:
    async with Shop(storage) as shop:
        assert "You cannot" in await shop.command("/cord M3 why not", "Ana", role="viewer")
        assert "WHY is missing" in await shop.command("/cord M3", "Pia", role="packer")
        assert await state(shop) == ItemState.ON_SALE
        assert shop.team() == []


async def test_undo_puts_it_back_and_calls_the_alarm_off(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/cord M3 wrong price", "Pia", role="host")
        await shop.says("Ana", "claim M3")
        assert await shop.command("/undo", "Pia", role="host") == "Undone: M3 is on sale again."
        assert await state(shop) == ItemState.ON_SALE
        assert (await shop.numbers("M3")).held == 1
        (alert,) = shop.team()
        assert alert.startswith("✓")
        assert "the cord was taken back" in alert


async def test_going_on_ends_the_alarm(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/cord M3 wrong price", "Pia", role="support")
        await shop.command("/stock resume M3")
        assert shop.team()[-1].endswith("M3 goes on")
        assert "only the alarm is over" in await shop.command("/undo", "Pia", role="support")


async def test_a_second_pull_counts_on_the_same_card(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/cord M3 wrong price", "Pia", role="packer")
        await shop.command("/cord M3 still wrong", "Hal", role="host")
        (alert,) = shop.team()
        assert "Hal pulled the cord on M3: still wrong." in alert
        assert "2 times" in alert
