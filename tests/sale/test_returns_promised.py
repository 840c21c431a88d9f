"""What the page promises is what is given; and a word that is no answer chooses nothing."""

import pytest
from sqlalchemy import insert, select, update

from handlers.returns.choosing import Choice, chosen
from storage.engine import Storage
from storage.order_states import CreditKind
from storage.schema import orders, sale
from storage.schema.returns import reimbursements
from tests.fakes.arrived import ArrivedShop


async def grant(shop: ArrivedShop, name: str, minor: int) -> None:
    """Somebody has store credit."""
    people = sale.identities.c
    [who] = await shop.rows(select(people.customer_id).where(people.person == name.lower()))
    line = {"customer_id": who.customer_id, "currency": "USD", "line": 1, "key": name}
    sums = {"kind": CreditKind.GRANTED, "minor": minor, "balance_minor": minor}
    async with shop.storage.write() as tx:
        await tx.run(
            insert(orders.credit_ledger).values(**line, **sums, who="", why="", at=shop.clock.now())
        )


async def asks_for_one(shop: ArrivedShop, wish: str, reason: str = "changed my mind") -> str:
    """Ana wants to give one mug back; returns the page to look over."""
    await shop.writes("Ana", "I want to send this back")
    for said in ("1", reason, "1"):
        await shop.writes("Ana", said)
    return await shop.writes("Ana", wish)


async def given(shop: ArrivedShop) -> tuple[int, int]:
    """Ana sends it, it comes back as new; returns what is given: money, and store credit."""
    await shop.writes("Ana", "yes")
    number = (await shop.asked())[-1].number
    for act in (f"approve {number}", f"receive {number}", f"inspect {number} all a"):
        await shop.command(f"/returns {act}", "Sue", role="support")
    await shop.command(f"/returns pay {number}", "Sue", role="support")
    row = (await shop.rows(select(reimbursements).order_by(reimbursements.c.id)))[-1]
    return row.money_minor, row.credit_minor


async def test_after_a_part_as_store_credit_the_page_still_knows_the_split(
    storage: Storage,
) -> None:
    async with ArrivedShop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x3")
        await grant(shop, "Ana", 1111)
        await shop.delivered("Ana")
        assert "👉 Store credit: $18.00" in await asks_for_one(shop, "store credit")
        assert await given(shop) == (0, 1800)
        page = await asks_for_one(shop, "money back")
        assert "👉 Money back: $14.30 the way you paid, $3.70 as store credit" in page
        assert await given(shop) == (1430, 370)


async def test_shipping_is_not_promised_with_an_exchange(sqlite: Storage) -> None:
    async with ArrivedShop(sqlite) as shop:
        await shop.show()
        number = await shop.delivered("Ana", "claim D1 M")
        async with shop.storage.write() as tx:
            await tx.run(
                update(orders.orders)
                .where(orders.orders.c.id == await shop.order_id(number))
                .values(total_minor=5300, received_minor=5300, shipping_minor=500)
            )
        await shop.writes("Ana", "I want to send this back")
        for said in ("not as described", "no", "exchange"):
            page = await shop.writes("Ana", said)
            if "How is it now?" in page:
                page = await shop.writes("Ana", "1")
            if "photo" in page:
                page = await shop.writes("Ana", "no")
        page = await shop.writes("Ana", "L")
        assert "👉 Exchange for L: nothing to pay" in page
        assert "▫️ Money back: $53.00 the way you paid" in page
        assert "You get back: $48.00" in page


@pytest.mark.parametrize("said", ["no", "a", "it", "yes", "oui", "as"])
def test_a_word_that_answers_nothing_chooses_nothing(said: str) -> None:
    labels = ("Not as described", "It came too late", "A part is missing", "Yes-man mug")
    assert chosen(said, [Choice(value=one, label=one) for one in labels]) == ()


def test_both_means_two() -> None:
    three = [Choice(value=str(at), label=f"mug {at}") for at in "abc"]
    assert chosen("both", three, many=True) == ()
    assert chosen("all", three, many=True) == tuple(three)
    closed = Choice(value="d", label="ring", why_not="final sale")
    assert chosen("beide", [*three[:2], closed], many=True) == tuple(three[:2])
