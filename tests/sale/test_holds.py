"""Holds over time: warned, extended once, expired and handed on, also across a restart."""

import pytest
from sqlalchemy import select

from storage.engine import Storage
from storage.schema import sale
from tests.fakes.shop import Numbers, Shop


def told(shop: Shop, name: str, sign: str) -> list[str]:
    return [line for line in shop.heard_by(name) if line.startswith(sign)]


async def after_the_show(shop: Shop) -> None:
    """Ana holds the ring, Bob and Cy wait for it; the show has ended at about 20:00."""
    await shop.show()
    for name in ("Ana", "Bob", "Cy"):
        await shop.says(name, "claim R5")
    await shop.command("/show end")


async def test_holds_last_while_the_show_runs(storage: Storage) -> None:
    async with Shop(storage, idle_end_hours=100) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.passes(hours=50)
        assert (await shop.numbers("R5")).held == 1


async def test_a_hold_is_warned_of_twice_and_then_goes_to_the_next(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await after_the_show(shop)
        await shop.passes(hours=11)
        assert told(shop, "Ana", "⏰") == []
        await shop.passes(hours=2)
        assert told(shop, "Ana", "⏰") == [
            "⏰ Not paid yet, held until 20:00: @Ana. Press My cart."
        ]
        await shop.passes(hours=10)
        assert len(told(shop, "Ana", "⏰")) == 2
        await shop.passes(hours=1, minutes=5)
        assert told(shop, "Ana", "⌛") == ["⌛ @Ana R5 was held until now and is free again"]
        assert told(shop, "Bob", "🎉") == [
            "🎉 @Bob R5 came free and is yours, held until Sun 08 Mar 20:00"
        ]
        assert await shop.numbers("R5") == Numbers(on_hand=1, held=1, waiting=1, short=0)
        assert shop.buttons() == ["My cart"]


async def test_an_offer_goes_on_until_nobody_waits(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await after_the_show(shop)
        await shop.passes(days=10)
        assert len(told(shop, "Cy", "⌛")) == 1
        assert await shop.numbers("R5") == Numbers(on_hand=1, held=0, waiting=0, short=0)


async def test_an_offer_by_night_counts_only_waking_hours(storage: Storage) -> None:
    async with Shop(storage, hold_hours=4) as shop:
        await after_the_show(shop)
        await shop.passes(hours=4, minutes=5)
        assert "held until 21:00" in told(shop, "Bob", "🎉")[0]


async def test_the_waking_hours_are_those_of_the_shop(storage: Storage) -> None:
    async with Shop(storage, hold_hours=4, shop={"timezone": "America/New_York"}) as shop:
        await after_the_show(shop)
        await shop.passes(hours=4, minutes=5)
        # 19:00 there: two hours today, ten tomorrow.
        assert "held until Sat 07 Mar 19:00" in told(shop, "Bob", "🎉")[0]


async def test_minutes_on_an_item_run_from_the_grant(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.command("/item hold R5 10")
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        await shop.passes(minutes=11)
        assert told(shop, "Ana", "⌛") == ["⌛ @Ana R5 was held until now and is free again"]
        assert "came free and is yours, held until" in told(shop, "Bob", "🎉")[0]
        assert told(shop, "Ana", "⏰") == []


async def test_minutes_only_ever_shorten_a_hold(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.command("/item hold M3 3000")
        await shop.command("/item hold R5 60")
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.says("Bob", "claim R5")
        await shop.command("/show end")
        await shop.passes(hours=2)
        assert (await shop.numbers("R5")).held == 0
        await shop.passes(hours=23)
        assert (await shop.numbers("M3")).held == 0


async def test_a_short_hold_skips_the_warnings_that_do_not_fit(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.command("/item hold R5 180")
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.passes(minutes=55)
        assert told(shop, "Ana", "⏰") == []
        await shop.passes(minutes=10)
        assert len(told(shop, "Ana", "⏰")) == 1
        await shop.passes(minutes=110)
        assert len(told(shop, "Ana", "⏰")) == 1


async def test_a_promotion_in_the_last_minute_has_its_waking_hours(storage: Storage) -> None:
    async with Shop(storage, hold_hours=2) as shop:
        await shop.show()
        for name in ("Ana", "Bob"):
            await shop.says(name, "claim R5")
        await shop.says("Cy", "claim M3")
        await shop.command("/claim void Ana R5")
        await shop.command("/show end")
        await shop.passes(hours=3)
        assert (await shop.numbers("M3")).held == 0
        assert (await shop.numbers("R5")).held == 1
        await shop.passes(hours=22)
        assert (await shop.numbers("R5")).held == 0


async def test_holds_can_be_extended_once(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await after_the_show(shop)
        await shop.passes(hours=13)
        answer = await shop.presses("Ana", "holds.extend:")
        assert answer.text == "Held longer: all of it is yours until Sun 08 Mar 20:00 at least."
        again = await shop.presses("Ana", "holds.extend:")
        assert again.text == (
            "What you hold cannot be held longer any more; it stays yours until Sun 08 Mar 20:00."
        )
        await shop.passes(hours=30)
        assert (await shop.numbers("R5")).held == 1
        # The warnings are about the new end.
        assert len(told(shop, "Ana", "⏰")) == 2
        await shop.passes(hours=6)
        assert len(told(shop, "Ana", "⏰")) == 3
        assert told(shop, "Ana", "⌛") == ["⌛ @Ana R5 was held until now and is free again"]


async def test_there_may_be_nothing_to_extend(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        assert (await shop.presses("Ana", "holds.extend:")).text == (
            "You hold nothing right now, so there is nothing to hold longer."
        )
        await shop.says("Ana", "claim R5")
        assert (await shop.presses("Ana", "holds.extend:")).text == (
            "What you hold has no end while the show runs; nothing changed."
        )


async def test_a_shop_may_allow_no_extension(storage: Storage) -> None:
    async with Shop(storage, extensions=0) as shop:
        await after_the_show(shop)
        answer = await shop.presses("Ana", "holds.extend:")
        assert "cannot be held longer" in answer.text
        await shop.passes(hours=25)
        assert told(shop, "Ana", "⌛")


async def test_several_holds_of_one_customer_end_each_in_its_time(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.command("/item hold R5 30")
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Ana", "claim M3 x2")
        await shop.says("Ana", "claim D2")
        await shop.passes(minutes=31)
        assert (await shop.numbers("R5")).held == 0
        await shop.command("/show end")
        await shop.passes(hours=25)
        assert told(shop, "Ana", "⌛") == [
            "⌛ @Ana R5 was held until now and is free again",
            "⌛ @Ana M3 ×2 was held until now and is free again",
            "⌛ @Ana D2 was held until now and is free again",
        ]
        # What ended together is told together.
        assert len([post for post in shop.paper.posts if "M3 ×2 was held" in post.text]) == 1
        assert any("M3 ×2" in p.text and "D2 was held" in p.text for p in shop.paper.posts)


async def test_who_is_warned_is_warned_once_for_all(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.says("Ana", "claim D2")
        await shop.says("Bob", "claim D2")
        await shop.command("/show end")
        await shop.passes(hours=13)
        assert told(shop, "Ana", "⏰") == [
            "⏰ Not paid yet, held until 20:00: @Ana, @{bob}. Press My cart."
        ]


async def test_what_ends_while_its_item_is_stopped_is_not_handed_on(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await after_the_show(shop)
        await shop.command("/stock stop R5")
        await shop.passes(hours=25)
        assert await shop.numbers("R5") == Numbers(on_hand=1, held=0, waiting=2, short=0)
        await shop.command("/stock resume R5")
        assert await shop.numbers("R5") == Numbers(on_hand=1, held=1, waiting=1, short=0)


@pytest.mark.parametrize("hours", [0, 13, 23, 100])
async def test_a_restart_changes_nothing(storage: Storage, hours: int) -> None:
    async with Shop(storage) as shop:
        await after_the_show(shop)
        await shop.passes(hours=hours)
    async with Shop(storage, continues=shop) as later:
        await later.passes(hours=110 - hours)
        for name in ("Ana", "Bob", "Cy"):
            assert len(told(later, name, "⏰")) == 2
            assert len(told(later, name, "⌛")) == 1


async def test_a_release_typed_before_a_restart_takes_effect_after_it(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        await shop.says("Ana", "cancel R5")
    async with Shop(storage, continues=shop) as later:
        await later.passes(seconds=20)
        assert told(later, "Bob", "🎉") == ["🎉 @Bob R5 came free and is yours"]


async def test_holds_of_two_shows_that_end_at_one_moment_all_end(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.command("/show end")
        await shop.command("/show start Saturday")
        for name in ("Bob", "Cy", "Di"):
            await shop.says(name, "claim M3")
        await shop.command("/show end")
        async with storage.write() as tx:
            end = shop.clock.now().replace(minute=30)
            await tx.run(sale.holds.update().values(expires_at=end, warn_due=None))
        # Each transaction of its own looks up what is due next.
        await shop.command("/show status")
        await shop.passes(hours=1)
        assert await shop.numbers("M3") == Numbers(on_hand=3, held=1, waiting=0, short=0)
        states = await shop.rows(select(sale.holds.c.state).order_by(sale.holds.c.id))
        assert [row.state for row in states] == ["expired"] * 3 + ["held"]
