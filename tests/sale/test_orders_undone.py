"""`/undo` of what support did to an order: paid by hand, cancelled, noted."""

from sqlalchemy import select

from storage.engine import Storage
from storage.schema import orders, sale
from storage.schema.parcels import line_parts
from tests.fakes.packing import PackingShop

CATALOGUE = """code,variant,sku,title,price,currency,stock,bin,barcode,parts
M3,,M3,Stoneware mug,18.00,USD,2,R3,,
T1,,TEA,Tea set,60.00,USD,3,R1,,CUP; SAUCER
C9,,CUP,Cup,9.00,USD,3,R4,,
S9,,SAUCER,Saucer,4.00,USD,3,R5,,
"""


async def undoes(shop: PackingShop) -> str:
    return await shop.command("/undo", "Sue", role="support")


async def test_paid_by_mistake_waits_for_its_money_again(storage: Storage) -> None:
    async with PackingShop(storage, catalogue=CATALOGUE) as shop:
        await shop.show()
        number = await shop.sells("Ana", "claim M3", "claim T1")
        assert await shop.counts("CUP") == (3, 1)
        assert (
            await undoes(shop)
            == f"{number} waits for its payment again; its customer has been told."
        )
        assert await shop.state(number) == "awaiting_payment"
        assert await shop.counts("CUP") == (3, 0)
        assert await shop.rows(select(line_parts)) == []
        (payment,) = await shop.rows(select(orders.payments))
        assert (payment.state, payment.received_minor) == ("cancelled", 0)
        assert {row.state for row in await shop.rows(select(sale.holds))} == {"held"}
        assert [one.state for one in await shop.parcels()] == ["cancelled"]
        await shop.command(f"/order paid {number}", "Sue", role="support")
        assert await shop.state(number) == "paid"
        assert await shop.counts("CUP") == (3, 1)
        await shop.closes()
        await shop.packs("Pia", "next")
        assert (await undoes(shop)).startswith(f"{number} stays as it is: it is being packed")
        assert await shop.state(number) == "packing"


async def test_cancelled_by_mistake_is_open_again_while_its_units_are_there(
    storage: Storage,
) -> None:
    async with PackingShop(storage, catalogue=CATALOGUE) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3 x2")
        await shop.command("/order cancel S1-0001 she wrote so", "Sue", role="support")
        assert await shop.counts("M3") == (2, 0)
        assert (await undoes(shop)).startswith("S1-0001 is open again, and its units are held.")
        assert await shop.counts("M3") == (2, 2)
        cart = await shop.presses("Ana", "claims.mine:cart")
        assert "✅ M3 ×2 — $36.00" in cart.text
        assert (await shop.presses("Ana", "orders.pay:")).text.startswith("Where does it go?")
        await shop.command("/order cancel S1-0001 again", "Sue", role="support")
        await shop.says("Bob", "claim M3")
        assert (await undoes(shop)).startswith("S1-0001 stays cancelled: not all of its units")
        assert await shop.counts("M3") == (2, 1)


async def test_a_note_can_be_taken_back(sqlite: Storage) -> None:
    async with PackingShop(sqlite, catalogue=CATALOGUE) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.command("/order note S1-0001 meant for Bob", "Sue", role="support")
        assert await undoes(shop) == "The note on S1-0001 is gone."
        shown = await shop.command("/order show S1-0001", "Sue", role="support")
        assert "meant for Bob" not in shown
        assert "note taken back · Sue" in shown or "note taken back" in shown
