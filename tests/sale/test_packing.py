"""Packing as it is typed: the next parcel, scans, a problem, a changed address, and on its way."""

import pytest
from sqlalchemy import select, update

from storage.engine import Storage
from storage.schema import orders, traffic
from storage.schema.parcels import pack_leases, parcel_events, parcels
from tests.fakes.packing import PackingShop

CATALOGUE = """code,variant,sku,title,price,currency,stock,bin,barcode,parts
D1,S,D1-S,Linen dress,48.00,USD,5,R10,4006381333931,
D1,M,D1-M,Linen dress,48.00,USD,5,R2,4006381333948,
M3,,M3,Stoneware mug,18.00,USD,9,R3,,
"""


async def sold(shop: PackingShop) -> tuple[str, str]:
    """Ana's order of a dress and two mugs, and Bob's of a mug, ready to be packed."""
    await shop.show()
    ana = await shop.sells("Ana", "claim D1 M", "claim M3 x2")
    bob = await shop.sells("Bob", "claim M3")
    await shop.closes()
    return ana, bob


async def test_a_parcel_goes_from_the_shelf_to_the_doorstep(storage: Storage) -> None:
    async with PackingShop(storage, catalogue=CATALOGUE) as shop:
        ana, bob = await sold(shop)
        told = await shop.packs("Pia", "next")
        assert told.startswith(f"📦 P0001 · {ana} · 0 of 3 in the box")
        assert "12 Elm Street" in told
        assert await shop.state(ana) == "packing"
        assert await shop.packs("Pia", "scan 4006381333931") == (
            "Another size or colour: Linen dress / M is wanted. Please swap it."
        )
        assert "right. 2 to go" in await shop.packs("Pia", "scan d1-m")
        await shop.packs("Pia", "scan M3")
        assert "1 × M3 (R3)" in await shop.packs("Pia", "done")
        await shop.packs("Pia", "scan M3")
        assert "Please put this one back" in await shop.packs("Pia", "scan M3")
        assert "P0001 is packed" in await shop.packs("Pia", "done")
        assert (await shop.parcels())[0].wrong_scans == 2
        assert await shop.state(ana) == "packed"
        assert await shop.packs("Pia", "next") != told
        assert "is being packed, so it cannot leave yet" in await shop.command(
            f"/ship {bob} 1Z999AA10123456784", "Pia", role="packer"
        )
        gone = await shop.command(f"/ship {ana} 1Z999AA10123456784", "Pia", role="packer")
        assert "https://www.ups.com/track?tracknum=1Z999AA10123456784" in gone
        assert "kept" in await shop.command(f"/ship {ana} 123456789", "Pia", role="packer")
        assert await shop.state(ana) == "handed_off"
        assert "arrived" in await shop.command(f"/delivered {ana}", "Pia", role="packer")
        assert await shop.state(ana) == "delivered"
        async with shop.storage.read() as tx:
            rows = await tx.all(
                select(parcel_events.c.kind)
                .where(parcel_events.c.parcel_id == 1, parcel_events.c.who == "Pia")
                .order_by(parcel_events.c.id)
            )
        assert [row.kind for row in rows] == ["start", "missing", "pack", "hand_off", "deliver"]


async def test_two_packers_have_two_parcels_and_a_third_hears_there_is_none(
    storage: Storage,
) -> None:
    async with PackingShop(storage, catalogue=CATALOGUE) as shop:
        await sold(shop)
        assert "P0001" in await shop.packs("Pia", "next")
        assert "P0002" in await shop.packs("Max", "next")
        assert "Nothing waits" in await shop.packs("Lea", "next")
        # Asked again, it is the same one: nobody walks off with two.
        assert "P0001" in await shop.packs("Pia", "next")


async def test_who_does_not_come_back_is_taken_over_where_they_stopped(storage: Storage) -> None:
    async with PackingShop(storage, catalogue=CATALOGUE) as shop:
        await sold(shop)
        await shop.packs("Pia", "next")
        await shop.packs("Pia", "scan M3")
        await shop.packs("Max", "next")
        await shop.passes(minutes=31)
        assert "P0001" in (told := await shop.packs("Lea", "next"))
        assert "1 of 3 in the box" in told
        assert "no parcel on the table" in await shop.packs("Pia", "scan M3")
        (first, _) = await shop.parcels()
        assert (first.packed, first.fence) == (1, 2)
        # Nobody took Max's: it is still his.
        assert "P0002" in await shop.packs("Max", "next")


async def test_a_problem_puts_it_aside_and_brings_the_next(storage: Storage) -> None:
    async with PackingShop(storage, catalogue=CATALOGUE) as shop:
        ana, _ = await sold(shop)
        await shop.packs("Pia", "next")
        await shop.packs("Pia", "scan M3")
        told = await shop.packs("Pia", "problem the second mug is chipped")
        assert "P0001 is put aside" in told
        assert "📦 P0002" in told
        (card,) = shop.team("exceptions")
        assert f"P0001 ({ana}, Ana) was put aside by Pia: the second mug is chipped" in card
        assert "Elm" not in card
        assert "Nothing waits" in await shop.packs("Max", "next")
        await shop.command("/exception resolve 1 a new mug lies there", "Sue", role="support")
        assert "1 of 3 in the box" in await shop.packs("Max", "next")


async def test_a_changed_address_stops_the_packer_until_there_is_a_new_slip(
    storage: Storage,
) -> None:
    async with PackingShop(storage, catalogue=CATALOGUE) as shop:
        await sold(shop)
        await shop.packs("Pia", "next")
        async with shop.storage.write() as tx:
            kept = orders.postal_addresses
            old = await tx.first(select(kept).where(kept.c.id == 1))
            assert old is not None
            values = {**old._mapping, "content": old.content.replace("12 Elm", "99 Oak")}
            del values["id"]
            (fresh,) = await tx.insert_ids(kept, [values])
            await tx.run(
                update(orders.orders).where(orders.orders.c.id == 1).values(address_id=fresh)
            )
        assert (await shop.packs("Pia", "scan M3")).startswith("STOP")
        assert (await shop.packs("Pia", "done")).startswith("STOP")
        shown = await shop.presses_id("Pia", "pack.slip:", role="packer")
        assert "99 Oak" in shown.text
        # The slip of before is not good any more, and the unit that was refused was not counted.
        assert (await shop.packs("Pia", "scan P0001~1")).startswith("STOP")
        assert "right" in await shop.packs("Pia", "scan M3")
        assert (await shop.parcels())[0].wrong_scans == 0


async def test_the_own_slip_closes_a_complete_parcel_and_another_is_refused(
    storage: Storage,
) -> None:
    async with PackingShop(storage, catalogue=CATALOGUE) as shop:
        _, bob = await sold(shop)
        await shop.packs("Max", "next")
        await shop.packs("Pia", "next")
        assert "another parcel" in await shop.packs("Pia", "scan P0001~1")
        assert "1 to go" in await shop.packs("Pia", "scan P0002~2")
        await shop.packs("Pia", "scan M3")
        assert "P0002 is packed" in await shop.packs("Pia", "scan P0002~2")
        assert await shop.state(bob) == "packed"


async def test_the_last_scan_is_taken_back_with_undo(storage: Storage) -> None:
    async with PackingShop(storage, catalogue=CATALOGUE) as shop:
        await sold(shop)
        await shop.packs("Pia", "next")
        await shop.packs("Pia", "scan M3")
        assert "out of P0001" in await shop.command("/undo", "Pia", role="packer")
        assert (await shop.parcels())[0].packed == 0


async def test_an_order_under_review_is_not_packed(sqlite: Storage) -> None:
    async with PackingShop(sqlite, catalogue=CATALOGUE) as shop:
        await sold(shop)
        async with shop.storage.write() as tx:
            await tx.run(
                update(orders.orders).where(orders.orders.c.id == 1).values(under_review=True)
            )
        assert "P0002" in await shop.packs("Pia", "next")
        assert "Nothing waits" in await shop.packs("Max", "next")


async def test_a_parcel_without_a_number_leaves_and_gets_it_later(sqlite: Storage) -> None:
    async with PackingShop(sqlite, catalogue=CATALOGUE) as shop:
        ana, _ = await sold(shop)
        await shop.packs("Pia", "next")
        for code in ("D1-M", "M3", "M3"):
            await shop.packs("Pia", f"scan {code}")
        await shop.packs("Pia", "done")
        ship = "/ship p1"
        assert "no tracking number" in await shop.command(f"{ship} ab", "Pia", role="packer")
        assert "P0001 has left." in await shop.command(ship, "Pia", role="packer")
        assert await shop.state(ana) == "handed_off"
        assert "Post" in await shop.command(f"{ship} AB12345 Post", "Pia", role="packer")
        (first, _) = await shop.parcels()
        assert (first.tracking, first.carrier) == ("AB12345", "Post")
        assert "has no parcel" in await shop.command("/ship S9-1 AB1234", "Pia", role="packer")


@pytest.mark.parametrize("role", ["viewer", "host", "moderator"])
async def test_others_do_not_pack_and_see_no_address(sqlite: Storage, role: str) -> None:
    async with PackingShop(sqlite, catalogue=CATALOGUE) as shop:
        await sold(shop)
        told = await shop.packs("Eve", "next", role=role)
        assert "P0001" not in told
        async with shop.storage.read() as tx:
            assert await tx.scalar(select(pack_leases.c.parcel_id)) is None


async def test_a_producer_packs_without_the_address_and_who_read_it_is_in_the_audit(
    sqlite: Storage,
) -> None:
    async with PackingShop(sqlite, catalogue=CATALOGUE) as shop:
        await sold(shop)
        assert "Elm" not in await shop.packs("Pru", "next", role="producer")
        assert "Elm" in await shop.packs("Pia", "next")
        async with shop.storage.read() as tx:
            read = traffic.audit.c
            rows = await tx.all(select(traffic.audit).where(read.action == "order.address"))
        assert [(row.name, row.subject) for row in rows] == [("Pia", "P0002")]
        assert not any("Elm" in str(row._mapping) for row in rows)
        public = [post.text for post in shop.paper.posts if post.address.reach != "reply"]
        assert not any("Elm" in text for text in public)


async def test_a_cancelled_order_leaves_its_parcel(sqlite: Storage) -> None:
    async with PackingShop(sqlite, catalogue=CATALOGUE) as shop:
        await sold(shop)
        await shop.packs("Pia", "next")
        async with shop.storage.write() as tx:
            await tx.run(update(parcels).where(parcels.c.id == 1).values(state="cancelled"))
        assert "not on your table" in await shop.packs("Pia", "scan M3")
        assert "P0002" in await shop.packs("Pia", "next")


async def test_a_parcel_leaves_in_parts_and_the_rest_follows(storage: Storage) -> None:
    async with PackingShop(storage, catalogue=CATALOGUE) as shop:
        ana, _ = await sold(shop)
        await shop.packs("Pia", "next")
        assert "Nothing whole is in the box" in await shop.packs("Pia", "part no mugs")
        await shop.packs("Pia", "scan D1-M")
        await shop.packs("Pia", "scan M3")
        told = await shop.packs("Pia", "part the second mug is chipped")
        assert "P0001 keeps the 2 in its box; what is missing is P0003 now" in told
        assert "P0003 is back in P0001" in await shop.command("/undo", "Pia", role="packer")
        assert "1 × M3" in await shop.packs("Pia", "done")
        assert "P0004 now" in await shop.packs("Pia", "part the second mug is chipped")
        assert "P0001 is packed" in await shop.packs("Pia", "done")
        assert await shop.state(ana) == "packing"
        await shop.command("/ship P1 1Z999AA10123456784", "Pia", role="packer")
        assert await shop.state(ana) == "packing"
        assert await shop.counts("M3") == (8, 2)
        (card,) = [one for one in shop.team("exceptions") if "P0004" in one]
        assert "was put aside by Pia: the second mug is chipped" in card
        number = card.split("Exception ")[1].split(":")[0]
        await shop.command(f"/exception resolve {number} a new mug came", "Sue", role="support")
        told = await shop.packs("Pia", "next")
        assert told.startswith("📦 P0002")
        await shop.packs("Pia", "problem the mug is gone")
        assert (await shop.packs("Pia", "next")).startswith(f"📦 P0004 · {ana} · 0 of 1 in the box")
        await shop.packs("Pia", "scan M3")
        await shop.packs("Pia", "done")
        assert await shop.state(ana) == "packed"
        await shop.command("/ship P4 AB12345", "Pia", role="packer")
        assert await shop.state(ana) == "handed_off"
        assert await shop.counts("M3") == (7, 1)
        stands = [(one.state, one.part_of) for one in await shop.parcels()]
        assert stands == [
            ("handed_off", None),
            ("parked", None),
            ("cancelled", 1),
            ("handed_off", 1),
        ]


async def test_an_address_that_changes_after_packing_stops_the_parcel_at_the_door(
    sqlite: Storage,
) -> None:
    async with PackingShop(sqlite, catalogue=CATALOGUE) as shop:
        _, bob = await sold(shop)
        for name in ("Max", "Pia"):
            await shop.packs(name, "next")
        await shop.packs("Pia", "scan M3")
        await shop.packs("Pia", "done")
        async with shop.storage.write() as tx:
            kept = orders.postal_addresses
            old = await tx.first(select(kept).where(kept.c.id == 2))
            assert old is not None
            values = {one: old._mapping[one] for one in old._mapping if one != "id"}
            (fresh,) = await tx.insert_ids(kept, [values])
            await tx.run(
                update(orders.orders).where(orders.orders.c.id == 2).values(address_id=fresh)
            )
        told = await shop.command(f"/ship {bob} AB12345", "Pia", role="packer")
        assert told.startswith("STOP: the address of P0002 has changed since it was packed.")
        assert "1 of 1 in the box" in await shop.packs("Pia", "next")
        await shop.presses_id("Pia", "pack.slip:", role="packer")
        assert "P0002 is packed" in await shop.packs("Pia", "done")
        told = await shop.command(f"/ship {bob} AB12345", "Pia", role="packer")
        assert "P0002 has left" in told


async def test_shipped_is_told_with_its_link_and_a_gathering_parcel_goes_when_asked(
    sqlite: Storage,
) -> None:
    settings = {"shipping": {"together": "on request"}}
    async with PackingShop(sqlite, catalogue=CATALOGUE, settings=settings) as shop:
        await shop.show()
        await shop.writes("Bob", "yes")
        ana, bob = await shop.sells("Ana", "claim M3"), await shop.sells("Bob", "claim M3")
        await shop.closes()
        assert "Nothing waits" in await shop.packs("Pia", "next")
        told = await shop.presses("Ana", f"orders.send:{2}")
        assert "S1" not in told.text
        mine = await shop.presses("Ana", "orders.mine:")
        assert f"Send {ana} now" in [one.label for one in mine.buttons]
        assert (await shop.presses("Ana", "orders.send:1")).text.startswith(f"{ana} waits for")
        mine = await shop.presses("Ana", "orders.mine:")
        assert f"Send {ana} now" not in [one.label for one in mine.buttons]
        await shop.presses("Bob", "orders.send:2")
        await shop.passes(seconds=5)
        assert "P0001" in await shop.packs("Pia", "next")
        late = await shop.presses("Ana", "orders.send:1")
        assert late.text.startswith(f"{ana} is being packed already")
        await shop.packs("Max", "next")
        await shop.packs("Max", "scan M3")
        await shop.packs("Max", "done")
        await shop.command(f"/ship {bob} 1Z999AA10123456784", "Pia", role="packer")
        link = "https://www.ups.com/track?tracknum=1Z999AA10123456784"
        news = [post.text for post in shop.paper.posts if post.kind == "told.shipped"]
        assert len(news) == 1
        assert f"Follow it here: {link}" in news[0]
        assert link in (await shop.presses("Bob", "orders.mine:")).text
