"""Stock: counted, restocked, recounted below what is held, paused, resumed and stopped."""

import pytest

from storage.engine import Storage
from tests.fakes.shop import Numbers, Shop


async def test_stock_shows_every_variant(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1 L")
        await shop.says("Bob", "claim D1 L")
        assert (await shop.command("/stock show dress")).splitlines() == [
            "D1 Linen dress — on sale",
            "D1 / S: 2 left of 2, 0 held, 0 waiting",
            "D1 / M: 3 left of 3, 0 held, 0 waiting",
            "D1 / L: 0 left of 1, 1 held, 1 waiting",
        ]


async def test_more_stock_goes_to_whoever_waits_in_order(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        for name in ("Ana", "Bob", "Cy", "Di"):
            await shop.says(name, "claim R5")
        answer = await shop.command("/stock add R5 2")
        assert answer == "R5: 3 on hand now, 0 left; next in line: Bob, Cy."
        assert shop.heard_by("Cy")[-1] == "🎉 @Cy R5 came free and is yours"
        assert shop.heard_by("Di")[-1] == "⏳ @Di R5: waitlist #3"
        answer = await shop.command("/stock set R5 9")
        assert answer == "R5: 9 on hand now, 5 left; next in line: Di."


async def test_whoever_waits_for_several_gets_what_there_is(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x3")
        await shop.says("Bob", "claim M3 x3")
        await shop.command("/stock add M3 2")
        assert await shop.numbers("M3") == Numbers(on_hand=5, held=5, waiting=1, short=0)
        assert shop.heard_by("Bob")[-1] == "🎉 @Bob M3 ×2 came free and is yours"


async def test_stock_is_never_set_below_what_is_held(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x2")
        answer = await shop.command("/stock set M3 1")
        assert answer == (
            "M3: 2 are held, so stock cannot be set to 1. Nothing changed. If they are really "
            "missing, /stock recount."
        )
        assert "cannot be set to 0" in await shop.command("/stock add M3 -3")
        assert await shop.numbers("M3") == Numbers(on_hand=3, held=2, waiting=0, short=0)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/stock set M3 -1", "Stock cannot be -1; nothing changed."),
        ("/stock set M3 many", "UNITS is a whole number, not “many”. Nothing changed."),
        ("/stock set M3 1.5", "UNITS is a whole number, not “1.5”. Nothing changed."),
        ("/stock set M3 9999999", "UNITS is too large: 9999999. Nothing changed."),
        ("/stock set M3", "UNITS is missing: /stock set CODE UNITS [VARIANT]."),
        ("/stock set D1 4", "D1 comes in S, M, L: name one."),
        ("/stock set D1 4 XS", "D1 comes in S, M, L; “XS” names none of them, or more than one."),
    ],
)
async def test_a_slip_changes_nothing(sqlite: Storage, line: str, answer: str) -> None:
    async with Shop(sqlite) as shop:
        assert await shop.command(line) == answer
        assert await shop.numbers("M3") == Numbers(on_hand=3, held=0, waiting=0, short=0)


async def test_stock_can_be_counted_before_any_show(storage: Storage) -> None:
    async with Shop(storage) as shop:
        assert await shop.command("/stock set D1 4 M") == "D1 / M: 4 on hand now, 4 left."


# --- a recount below what is held -----------------------------------------------------------------


async def short_by_two(shop: Shop) -> None:
    await shop.show()
    await shop.says("Ana", "claim M3 x2")
    await shop.says("Bob", "claim M3")
    await shop.says("Cy", "claim M3")
    answer = await shop.command("/stock recount M3 1")
    assert answer == (
        "M3: counted 1, but 3 are held: 2 short. Nobody loses a hold by this; an exception is "
        "open for support."
    )


async def test_a_recount_below_what_is_held_takes_nothing_from_anyone(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await short_by_two(shop)
        assert await shop.numbers("M3") == Numbers(on_hand=1, held=3, waiting=1, short=2)
        assert shop.team("exceptions") == [
            "🔶 Exception 1: M3: 1 counted, 3 held, 2 missing. Decide who gets what, or find them "
            "and recount. — for support · due Sat 07 Mar 00:00"
        ]


async def test_nothing_is_given_out_while_units_are_missing(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await short_by_two(shop)
        await shop.says("Di", "claim M3")
        assert shop.heard_by("Di")[-1] == "⏳ @Di M3: waitlist #2"
        await shop.command("/claim void Bob M3")
        assert await shop.numbers("M3") == Numbers(on_hand=1, held=2, waiting=2, short=1)
        assert "No unit of M3 is free" in await shop.command("/waitlist offer M3")


async def test_one_exception_follows_the_shortage_until_it_is_made_up(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await short_by_two(shop)
        await shop.command("/stock recount M3 2")
        assert shop.team("exceptions") == [
            "🔶 Exception 1: M3: 2 counted, 3 held, 1 missing. Decide who gets what, or find them "
            "and recount. — for support · due Sat 07 Mar 00:00"
        ]
        await shop.command("/stock recount M3 4")
        assert len(shop.team("exceptions")) == 1
        assert shop.team("exceptions")[0].endswith("— settled by itself: recounted")
        assert await shop.numbers("M3") == Numbers(on_hand=4, held=4, waiting=0, short=0)
        assert shop.heard_by("Cy")[-1] == "🎉 @Cy M3 came free and is yours"


async def test_units_given_back_make_up_what_is_missing(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await short_by_two(shop)
        await shop.says("Ana", "cancel M3")
        await shop.passes(seconds=20)
        assert await shop.numbers("M3") == Numbers(on_hand=1, held=1, waiting=1, short=0)
        assert shop.team("exceptions")[0].endswith("— settled by itself: given back by who held it")
        assert await shop.command("/exception list", role="support") == (
            "Nothing waits for a decision."
        )


async def test_who_took_the_exception_still_has_it_after_a_second_recount(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await short_by_two(shop)
        await shop.command("/exception take 1", "Sue", role="support")
        await shop.command("/stock recount M3 0")
        assert shop.team("exceptions")[0].endswith("— taken by Sue at 20:00 · due Sat 07 Mar 00:00")
        assert "3 missing" in shop.team("exceptions")[0]


async def test_the_units_that_are_missing_can_be_added(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await short_by_two(shop)
        await shop.command("/stock add M3 3")
        assert await shop.numbers("M3") == Numbers(on_hand=4, held=4, waiting=0, short=0)
        assert shop.team("exceptions")[0].endswith("recounted")


# --- pause, resume, stop --------------------------------------------------------------------------


async def test_a_paused_item_keeps_claims_in_order(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        shop.heard()
        answer = await shop.command("/stock pause R5")
        assert answer == "R5 is paused: claims are kept in order until /stock resume R5."
        assert shop.heard() == ["⏸ R5 is paused for a moment; claims are kept in order."]
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        await shop.says("Cy", "claim M3")
        assert "number 2" in shop.heard_by("Bob")[-1]
        assert (await shop.numbers("M3")).held == 1
        assert await shop.numbers("R5") == Numbers(on_hand=1, held=0, waiting=0, short=0)
        answer = await shop.command("/stock resume R5")
        assert answer == "R5 goes on; kept claims taken in order: 2."
        assert shop.heard_by("Ana")[-1] == "✅ @Ana R5 is yours"
        assert shop.heard_by("Bob")[-1] == "⏳ @Bob R5: waitlist #1"


async def test_what_was_cancelled_during_the_pause_is_not_claimed_after_it(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stock pause R5")
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        await shop.says("Ana", "cancel R5")
        await shop.passes(seconds=20)
        await shop.command("/stock resume R5")
        assert shop.heard_by("Bob")[-1] == "✅ @Bob R5 is yours"
        assert await shop.numbers("R5") == Numbers(on_hand=1, held=1, waiting=0, short=0)


async def test_a_kept_claim_keeps_the_price_it_was_made_at(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stock pause M3")
        await shop.says("Ana", "claim M3")
        await shop.command("/item price M3 25.00")
        await shop.says("Bob", "claim M3")
        await shop.command("/stock resume M3")
        assert "$18.00" in (await shop.presses("Ana", "claims.mine:cart")).text
        assert "$25.00" in (await shop.presses("Bob", "claims.mine:cart")).text


async def test_units_that_come_free_during_a_pause_wait_for_its_end(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        await shop.command("/stock pause R5")
        await shop.says("Cy", "claim R5")
        await shop.command("/claim void Ana R5")
        assert await shop.numbers("R5") == Numbers(on_hand=1, held=0, waiting=1, short=0)
        await shop.command("/stock resume R5")
        assert "came free and is yours" in shop.heard_by("Bob")[-1]
        assert shop.heard_by("Cy")[-1] == "⏳ @Cy R5: waitlist #1"


async def test_a_stop_sends_claims_to_the_waitlist(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stock pause M3")
        await shop.says("Ana", "claim M3")
        answer = await shop.command("/stock stop M3")
        assert answer == (
            "M3 is stopped: claims go to the waitlist only. Kept claims that went there: 1."
        )
        await shop.says("Bob", "claim M3")
        assert shop.heard_by("Ana")[-1] == "⏳ @Ana M3: waitlist #1"
        assert shop.heard_by("Bob")[-1] == "⏳ @Bob M3: waitlist #2"
        await shop.command("/stock add M3 1")
        assert await shop.numbers("M3") == Numbers(on_hand=4, held=0, waiting=2, short=0)
        await shop.command("/stock resume M3")
        assert await shop.numbers("M3") == Numbers(on_hand=4, held=2, waiting=0, short=0)


async def test_what_is_so_already_stays_so(storage: Storage) -> None:
    async with Shop(storage) as shop:
        assert await shop.command("/stock resume M3") == "M3 is on sale already; nothing changed."
        await shop.command("/stock stop M3")
        assert await shop.command("/stock stop M3") == (
            "M3 is stopped (waitlist only) already; nothing changed."
        )


async def test_a_pause_survives_a_restart_with_its_claims_in_order(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stock pause R5")
        await shop.says("Ana", "claim R5")
    async with Shop(storage, continues=shop) as later:
        await later.says("Bob", "claim R5")
        assert "number 2" in later.heard_by("Bob")[-1]
        await later.command("/stock resume R5")
        assert "✅ @Ana R5 is yours" in later.heard_by("Ana")[-1]
