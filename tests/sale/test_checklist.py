"""`/show checklist`: what is missing before a show, each with an owner."""

from pathlib import Path

from bot.checks.staging import check_staging
from bot.settings import load_settings
from storage.engine import Storage, open_storage
from tests.fakes.shop import Shop

HEAD = "code,variant,sku,title,price,currency,stock,limit,bin,final_sale,replacements,aliases\n"
READY = f"""{HEAD}A12,,A12,Sage dress,48.00,USD,20,2,R1,no,B3,
B3,,B3,Stoneware mug,18.00,USD,20,2,R2,no,A12,
"""
ROUGH = f"""{HEAD}A12,S,A12-S,Sage dress,48.00,USD,3,,R1,no,,
A12,M,A12-M,Sage dress,48.00,USD,30,,,no,,
B3,,B3,Stoneware mug,0.00,USD,0,2,R2,no,C4,
C4,,C4,Linen scarf,9.00,USD,0,2,R2,no,A12,
"""


async def listed(shop: Shop) -> list[str]:
    return (await shop.command("/show checklist")).splitlines()


async def test_a_show_that_lacks_nothing_is_ready(storage: Storage) -> None:
    async with Shop(storage, catalogue=READY) as shop:
        assert await listed(shop) == [
            "📋 Run order, 2 items: A12, B3.",
            "✓ Counted, priced, limited, with a bin and a backup: everything is ready.",
        ]


async def test_each_thing_that_is_missing_has_an_owner_and_a_way_out(storage: Storage) -> None:
    async with Shop(storage, catalogue=ROUGH) as shop:
        order, head, *missing = await listed(shop)
        assert order == "📋 Run order, 3 items: A12, B3, C4."
        assert head == "Still to do before the show, and by whom:"
        assert missing == [
            "• a packer: nothing in stock: B3, C4. /stock set B3 UNITS",
            "• the producer: no price: B3. /item price B3 AMOUNT",
            "• the producer: no limit per customer: A12. /item limit A12 UNITS",
            "• the producer: nothing to show in its place once it is gone: A12. Name one under "
            "replacements in the catalogue.",
            "• the producer: no replacement is known or in stock: B3. Restock it, or name another "
            "in the catalogue.",
            "• a packer: no bin, so nobody knows where it lies: A12. Fill in bin in the catalogue.",
            "• the producer: so few that the lamp would light at the last one only: A12. "
            "/item lamps A12 34 17",
        ]


async def test_what_it_says_to_do_settles_it(storage: Storage) -> None:
    async with Shop(storage, catalogue=ROUGH) as shop:
        for line in (
            "/stock set B3 20",
            "/item price B3 18.00",
            "/item limit A12 2",
            "/item lamps A12 34 17",
        ):
            await shop.command(line)
        missing = (await listed(shop))[2:]
        assert [line.partition(":")[2].strip()[:16] for line in missing] == [
            "nothing in stock",
            "nothing to show ",
            "no replacement i",
            "no bin, so nobod",
        ]


async def test_a_rule_of_the_shop_limits_every_item(storage: Storage) -> None:
    async with Shop(storage, catalogue=ROUGH, limit_per_item=2) as shop:
        assert not any("no limit" in line for line in await listed(shop))


async def test_what_was_sold_is_counted_before_the_next_show(storage: Storage) -> None:
    async with Shop(storage, catalogue=READY) as shop:
        await shop.show()
        await shop.says("Ana", "claim A12")
        assert not any("not counted" in line for line in await listed(shop))
        await shop.command("/show end")
        assert any("not counted since the last show, or in doubt: A12." in line
                   for line in await listed(shop))  # fmt: skip
        await shop.command("/stock recount A12 20")
        assert (await listed(shop))[-1].startswith("✓")
        await shop.command("/stock unsure B3")
        assert "in doubt: B3. /stock recount B3 UNITS" in (await listed(shop))[-1]


async def test_hot_sellers_need_a_backup_in_stock(storage: Storage) -> None:
    async with Shop(storage, catalogue=READY) as shop:
        await shop.show()
        for name in ("Ana", "Bea"):
            await shop.says(name, "claim A12 x2")
        await shop.command("/stock set A12 4")
        await shop.says("Cleo", "claim A12")
        assert not any("more was wanted" in line for line in await listed(shop))
        await shop.command("/stock set B3 0")
        assert any("more was wanted of these than there is, and no backup is in stock: A12." in line
                   for line in await listed(shop))  # fmt: skip


async def test_items_left_stopped_and_an_empty_catalogue_are_named(storage: Storage) -> None:
    async with Shop(storage, catalogue=READY) as shop:
        await shop.command("/stock stop B3")
        assert (await listed(shop))[-1] == (
            "• a moderator: paused or stopped since an earlier show: B3. /stock resume B3"
        )
        await shop.show()
        found = await listed(shop)
        # Minutes ago, in this very show.
        assert "Still to do in this show, and by whom:" in found
        assert found[-1] == "• a moderator: paused or stopped: B3. /stock resume B3"


async def test_the_command_line_lists_the_same(tmp_path: Path, sqlite_url: str) -> None:
    settings = load_settings(environ={}, database_url=sqlite_url)
    (empty,) = await check_staging(settings)
    assert (empty.fine, empty.sentence[:12]) == (False, "the producer")
    async with open_storage(sqlite_url) as opened, Shop(opened, catalogue=ROUGH):
        pass
    found = await check_staging(settings)
    assert found[0].sentence == "3 items in the run order."
    assert found[1].sentence.startswith("a packer: nothing in stock: B3, C4.")
    assert len(found) == 8
    # Its lamp would light late: worth a thought, and no reason to end with 1.
    late = [one for one in found if "light at the last one only" in one.sentence]
    assert all(one.fine and one.note for one in late)
    assert len([one for one in found if not one.fine]) == 7 - len(late)
    nothing = load_settings(environ={}, database_url=f"sqlite+aiosqlite:///{tmp_path / 'none.db'}")
    assert "no database yet" in (await check_staging(nothing))[0].sentence
