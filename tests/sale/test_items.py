"""Items made and changed on air: code, price, alias, limit, hold time."""

import pytest
from sqlalchemy import select

from storage.engine import Storage
from storage.schema import sale
from tests.fakes.shop import Shop


async def test_an_item_made_on_air_can_be_claimed(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        answer = await shop.command("/item add k9 12.50 2 Brass  key ring")
        assert answer == (
            "K9 Brass key ring: 2 in stock at $12.50. Put it on stage with /stage K9."
        )
        await shop.says("Ana", "claim K9 x2")
        await shop.says("Bob", "claim K-9")
        assert shop.heard_by("Ana") == ["✅ @Ana K9 ×2 is yours"]
        assert shop.heard_by("Bob") == ["⏳ @Bob K9: waitlist #1"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("m3 5 5 Mug", "M3 is Stoneware mug already; choose another code. Nothing changed."),
        ("mug 5 5 Mug", "M3 is Stoneware mug already; choose another code. Nothing changed."),
        ("A!2 5 5 Mug", "is not a claim code"),
        ("A23456789012345678901 5 5 Mug", "is longer than 20 characters"),
        ("K9 -5 5 Mug", "is not an amount; write it like 48.00. Nothing changed."),
        ("K9 5,005 5 Mug", "is not an amount; write it like 48.00. Nothing changed."),
        ("K9 5.005 5 Mug", "has more decimals than USD knows. Nothing changed."),
        ("K9 5 -1 Mug", "STOCK is a number from 0 up. Nothing changed."),
        ("K9 5 5", "TITLE is missing: /item add CODE PRICE STOCK TITLE…."),
    ],
)
async def test_an_item_that_cannot_be_is_refused(sqlite: Storage, line: str, answer: str) -> None:
    async with Shop(sqlite) as shop:
        assert answer in await shop.command(f"/item add {line}")
        assert "There is no item K9" in await shop.command("/stock show K9")


async def test_a_title_keeps_its_quotes(storage: Storage) -> None:
    async with Shop(storage) as shop:
        assert 'Vinyl 12": 1' in await shop.command('/item add V1 5 1 Vinyl 12"')
        assert "Ana's best: 1" in await shop.command('/item add V2 5 1 "Ana\'s best"')


async def test_a_new_price_is_for_claims_from_now_on(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        shop.heard()
        answer = await shop.command("/item price M3 20")
        assert answer == "M3 costs $20.00 now. Claims made before keep their price."
        assert shop.heard() == ["🏷 M3 is $20.00 now."]
        await shop.says("Bob", "claim M3")
        prices = await shop.rows(select(sale.claims.c.price_minor).order_by(sale.claims.c.id))
        assert [row.price_minor for row in prices] == [1800, 2000]
        assert "M3 ×1 — $18.00" in (await shop.presses("Ana", "claims.mine:cart")).text
        assert await shop.command("/undo") == "Undone: M3 costs what it did before."
        assert shop.heard()[-1] == "🏷 M3 is $18.00 now."


async def test_outside_a_show_nobody_is_told_of_a_price(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.command("/item price M3 20")
        assert shop.heard() == []


async def test_an_alias_can_be_claimed(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        assert await shop.command("/item alias M3 coffee cup") == "coffee cup means M3 now."
        await shop.says("Ana", "claim coffee cup x2")
        assert (await shop.numbers("M3")).held == 2
        assert "M3 Stoneware mug" in await shop.command('/stock show "coffee cup"')
        assert "M3 Stoneware mug" in await shop.command("/stock show coffee cup")
        assert await shop.command("/item alias D2 coffee cup") == (
            "coffee cup means M3 already; nothing changed."
        )
        assert await shop.command("/undo") == "Undone: coffee cup means nothing any more."
        await shop.says("Bob", "claim coffee cup")
        assert (await shop.numbers("M3")).held == 2


@pytest.mark.parametrize("alias", ["x2", "claim", "!!!", "M", "please", "5"])
async def test_an_alias_that_nobody_could_claim_by_is_refused(sqlite: Storage, alias: str) -> None:
    async with Shop(sqlite) as shop:
        answer = await shop.command(f"/item alias M3 {alias}")
        assert answer.startswith("Nobody could claim M3 by")
        assert not await shop.rows(
            select(sale.item_aliases).where(sale.item_aliases.c.alias == alias)
        )


async def test_a_limit_counts_from_the_next_claim_on(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim D2 x2")
        assert await shop.command("/item limit D2 2") == "D2: at most 2 per customer and show."
        await shop.says("Ana", "claim D2 x3")
        await shop.says("Bob", "claim D2 x3")
        assert (await shop.numbers("D2")).held == 4
        answer = await shop.command("/item limit D2 0")
        assert answer == "D2: as many per customer as the shop's rule allows."
        assert await shop.command("/undo") == "D2: at most 2 per customer and show."
        assert await shop.command("/item limit D2 -1") == (
            "UNITS is a number from 0 up. Nothing changed."
        )


async def test_an_item_may_be_held_for_minutes_only(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        assert await shop.command("/item hold M3 15") == "M3: new claims are held 15 minutes."
        await shop.says("Cy", "claim M3")
        await shop.passes(minutes=16)
        assert (await shop.numbers("M3")).held == 0
        assert (await shop.numbers("R5")).held == 1
        assert await shop.command("/undo") == "M3: new claims are held as the shop's rule says."


async def test_an_item_made_by_mistake_goes_away_unless_claimed(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/item add K9 12.50 2 Key")
        assert await shop.command("/undo") == "Undone: K9 is gone."
        assert "There is no item K9" in await shop.command("/stage K9")
        await shop.command("/item add K9 12.50 2 Key")
        await shop.says("Ana", "claim K9")
        assert await shop.command("/undo") == "K9 was claimed or staged already, so it stays."
        assert (await shop.numbers("K9")).held == 1


async def test_an_amount_may_have_a_comma(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        assert (await shop.command("/item price M3 15,50")).startswith("M3 costs $15.50 now.")
