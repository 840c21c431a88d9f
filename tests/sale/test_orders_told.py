"""What customers hear of their orders, each once and in private; and what the team when late."""

from typing import Any

from sqlalchemy import select

from handlers.money import Money
from handlers.orders.gathering import move_parcel_row
from handlers.orders.settling import receive
from handlers.orders.states import ParcelAct
from handlers.work import Work
from storage.engine import Storage
from storage.schema import orders, sale
from storage.schema.parcels import parcels
from tests.fakes.shop import Shop

HOME = "Ana Silva; 12 Main St; Portland, OR 97201; US; ana@example.org"
order = orders.orders.c


async def buys(shop: Shop, name: str = "Ana", item: str = "M3") -> None:
    """A claim, an address, and the money."""
    await shop.says(name, f"claim {item}")
    await shop.command(f"/address {HOME}", name, role="viewer")
    await shop.presses(name, "orders.pay:")
    (row,) = await shop.rows(select(order.serial).order_by(order.id.desc()).limit(1))
    await shop.command(f"/order paid S1-{row.serial}", "Sue", role="support")


async def moves(shop: Shop, *acts: ParcelAct, **values: Any) -> None:
    """What packing does to the only parcel."""
    desk = shop.andon.dispatcher
    for act in acts:
        async with shop.storage.write() as tx:
            work: Work = desk._work(tx, desk.snapshot, shop.clock.now())
            row = await tx.first(select(parcels))
            more = values if act is ParcelAct.HAND_OFF else {}
            await move_parcel_row(work, row, act, who="Pat", **more)
            await desk._finish(work)
    await shop.passes(seconds=1)


TO_THE_DOOR = (
    ParcelAct.RELEASE, ParcelAct.START, ParcelAct.PACK, ParcelAct.REOPEN, ParcelAct.START,
    ParcelAct.PACK, ParcelAct.HAND_OFF, ParcelAct.DELIVER,
)  # fmt: skip


async def test_who_wishes_it_hears_every_step_by_dm_and_once(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await buys(shop)
        await shop.writes("Ana", "yes")
        shop.heard()
        await moves(shop, *TO_THE_DOOR, carrier="USPS", tracking="9400 1")
        assert shop.direct("Ana")[1:] == [
            "📦 S1-0001 is packed and leaves soon.",
            "🚚 S1-0001 is on its way with USPS; tracking: 9400 1. Follow it here: "
            "https://tools.usps.com/go/TrackConfirmAction?tLabels=9400%201",
            "🎉 S1-0001 has arrived. Is anything not as it should be? Write to us here.",
        ]
        assert shop.heard() == []


async def test_the_others_are_only_told_that_there_is_news(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await buys(shop)
        shop.heard()
        await moves(shop, *TO_THE_DOOR[:7], carrier="USPS", tracking="9400 1")
        news = shop.heard()
        assert set("\n".join(news).splitlines()) == {
            "💌 @Ana There is news for you: press My orders."
        }
        assert shop.direct("Ana") == []
        mine = await shop.presses("Ana", "My orders")
        assert "USPS 9400 1" in mine.text
        assert mine.private


async def test_a_delay_is_told_before_it_is_asked_and_once(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await buys(shop)
        await shop.writes("Ana", "yes")
        await shop.command("/show end")
        await shop.passes(days=3)
        assert not any("takes longer" in text for text in shop.direct("Ana"))
        await shop.passes(days=6)
        assert sum("S1-0001 takes longer" in text for text in shop.direct("Ana")) == 1


async def test_reminders_bring_the_way_to_pay(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.command("/show end")
        assert shop.buttons() == ["My cart", "Pay"]
        answer = await shop.presses("Bob", "Pay")
        assert answer.text == "There is nothing to pay right now. My cart shows what is yours."


async def test_the_end_of_a_show_prices_what_is_to_be_paid(storage: Storage) -> None:
    async with Shop(storage, settings={"tax": {"mode": "added", "rates": {"*": 10}}}) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x2")
        await shop.says("Bob", "claim D2")
        await shop.command("/show end")
        rows = await shop.rows(select(orders.orders).order_by(order.id))
        assert [(row.state, row.total_minor) for row in rows] == [("open", 3960), ("open", 4620)]


async def pays_late(shop: Shop, minor: int = 1800) -> None:
    """Money for the first order comes in, whatever became of it."""
    desk = shop.andon.dispatcher
    async with shop.storage.write() as tx:
        work = desk._work(tx, desk.snapshot, shop.clock.now())
        (row,) = await tx.all(select(order.id).where(order.serial == 1))
        await receive(work, row.id, Money(minor, "USD"), who="Stripe")
        await desk._finish(work)
    await shop.passes(seconds=1)


async def test_money_in_the_second_the_hold_ends_takes_the_units_anew(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.command(f"/address {HOME}", "Ana", role="viewer")
        await shop.presses("Ana", "orders.pay:")
        await shop.command("/show end")
        await shop.passes(hours=50)
        (row,) = await shop.rows(select(orders.orders))
        assert row.state == "expired"
        await pays_late(shop)
        (row,) = await shop.rows(select(orders.orders))
        assert (row.state, row.under_review) == ("paid", False)
        assert (await shop.numbers("M3")).held == 1
        held = await shop.rows(select(sale.holds.c.state).order_by(sale.holds.c.id))
        assert [one.state for one in held] == ["paid"]


async def test_what_went_to_others_meanwhile_is_short_and_never_sold_twice(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.command(f"/address {HOME}", "Ana", role="viewer")
        await shop.presses("Ana", "orders.pay:")
        await shop.says("Bob", "claim R5")
        await shop.command("/show end")
        await shop.passes(hours=25)
        await pays_late(shop, 6400)
        (row, *_) = await shop.rows(select(orders.orders).order_by(order.id))
        assert (row.state, row.under_review) == ("paid", True)
        assert "1 of its units are not there" in shop.team("exceptions")[-1]
        assert (await shop.numbers("R5")).held == 1


async def test_what_nobody_decides_in_time_is_alerted(sqlite: Storage) -> None:
    async with Shop(sqlite, settings={"orders": {"high_value": "10"}}) as shop:
        await shop.show()
        await buys(shop)
        await shop.passes(hours=3)
        assert not any("is late" in text for text in shop.team("alerts"))
        await shop.passes(hours=2)
        assert any("is late" in text and "S1-0001" in text for text in shop.team("alerts"))


async def test_a_better_address_settles_the_question(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        said = await shop.command("/order paid S1-0001", "Sue", role="support")
        assert said == "Noted: S1-0001 is paid."
        (row,) = await shop.rows(select(orders.orders))
        assert row.under_review
        await shop.command(f"/address {HOME}", "Ana", role="viewer")
        (row,) = await shop.rows(select(orders.orders))
        assert (row.under_review, row.address_id is not None) == (False, True)
        (parcel,) = await shop.rows(select(parcels))
        assert parcel.address_id == row.address_id
