"""Limits per customer, item and show: held, waiting, pending and bought units count."""

from sqlalchemy import select, update

from storage.engine import Storage
from storage.schema import sale
from tests.fakes.shop import Shop


async def test_what_exceeds_the_limit_is_refused_in_the_same_reply(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5 x3")
        assert shop.heard_by("Ana") == [
            "✅ @Ana R5 is yours, 2 more R5 were not taken: the limit is 1 per person"
        ]


async def test_the_limit_is_for_the_item_over_all_its_sizes(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1 S")
        await shop.says("Ana", "claim D1 M x2")
        assert shop.heard_by("Ana")[-1] == (
            "✅ @Ana D1 / M is yours, 1 more D1 / M was not taken: the limit is 2 per person,"
            " besides what you have; press Only D1 / M to keep just this"
        )
        await shop.says("Ana", "claim D1 L")
        assert shop.heard_by("Ana")[-1] == (
            "💬 @Ana 1 more D1 / L was not taken: the limit is 2 per person"
        )
        assert shop.buttons() == ["My claims"]


async def test_waiting_units_count(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim R5")
        await shop.says("Bob", "claim R5")
        await shop.says("Bob", "claim R5 x2")
        assert (
            shop.heard_by("Bob")[-1] == "💬 @Bob 1 more R5 was not taken: the limit is 1 per person"
        )


async def test_pending_units_count(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.command("/stock pause D1")
        await shop.says("Ana", "claim D1 M x2")
        await shop.says("Ana", "claim D1 L")
        assert shop.heard_by("Ana")[-1] == (
            "💬 @Ana 1 more D1 / L was not taken: the limit is 2 per person"
        )
        await shop.command("/stock resume D1")
        assert (await shop.numbers("D1-M")).held == 2


async def test_bought_units_count_but_are_no_repeat(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1 M")
        await paid(shop)
        await shop.says("Ana", "claim D1 M x2")
        assert shop.heard_by("Ana")[-1] == (
            "✅ @Ana D1 / M is yours, 1 more D1 / M was not taken: the limit is 2 per person"
        )


async def test_joined_identities_share_one_limit(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.says("Ana2", "claim M4")
        async with storage.write() as tx:
            ana = await tx.scalar(
                select(sale.identities.c.customer_id).where(sale.identities.c.person == "ana")
            )
            await tx.run(
                update(sale.identities)
                .where(sale.identities.c.person == "ana2")
                .values(customer_id=ana)
            )
        await shop.says("Ana", "claim R5")
        await shop.says("Ana2", "claim R5 x2")
        assert (
            shop.heard_by("Ana2")[-1]
            == "💬 @Ana2 1 more R5 was not taken: the limit is 1 per person"
        )


async def test_the_shops_own_limit_holds_where_the_catalogue_names_none(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite, limit_per_item=2) as shop:
        await shop.show()
        await shop.says("Ana", "claim M4 x4")
        assert shop.heard_by("Ana") == [
            "✅ @Ana M4 ×2 is yours, 2 more M4 were not taken: the limit is 2 per person"
        ]


async def test_a_release_makes_room_again(sqlite: Storage) -> None:
    async with Shop(sqlite) as shop:
        await shop.show()
        await shop.says("Ana", "claim D1 M x2")
        await shop.says("Ana", "cancel D1 M x1")
        await shop.passes(seconds=15)
        await shop.says("Ana", "claim D1 L")
        assert (await shop.numbers("D1-L")).held == 1


async def paid(shop: Shop) -> None:
    """Everything that is held is paid."""
    async with shop.storage.write() as tx:
        await tx.run(update(sale.holds).values(state="paid"))
