"""What packing does to the stock: bundles keep their parts, units leave once, and all adds up."""

import os
import random
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Table, func, select

from handlers.orders.states import ORDER_MOVES, PARCEL_MOVES
from storage.engine import Storage
from storage.order_states import ParcelState
from storage.schema import orders, sale
from storage.schema.parcels import (
    line_parts,
    pack_leases,
    parcel_events,
    parcel_lines,
    parcel_parts,
    parcels,
)
from storage.schema.states import HoldState
from tests.fakes.packing import PackingShop

CATALOGUE = """code,variant,sku,title,price,currency,stock,bin,barcode,parts
D1,S,D1-S,Linen dress,48.00,USD,4,R10,,
D1,M,D1-M,Linen dress,48.00,USD,6,R2,,
T1,,TEA,Tea set,60.00,USD,3,,,CUP x2;SAUCER
CUP,,CUP,Stoneware cup,12.00,USD,5,R3,,
SAU,,SAUCER,Saucer,8.00,USD,9,R4,,
"""
COUNTED = {"D1-S": 4, "D1-M": 6, "TEA": 3, "CUP": 5, "SAUCER": 9}


#: What packers do all day, as often as they do it.
ACTS = [
    *["scan"] * 12,
    *["next", "done"] * 4,
    *["ship"] * 3,
    *["problem", "settle", "undo", "time", "delivered"],
]


async def adds_up(shop: PackingShop) -> None:
    """For every variant: counted in = on hand + gone; reserved = what is kept in the house."""
    left = (ParcelState.HANDED_OFF, ParcelState.DELIVERED)
    line = orders.order_lines.c
    async with shop.storage.read() as tx:
        variants = await tx.all(select(sale.variants))
        gone = await tx.all(
            select(line.variant_id, func.sum(parcel_lines.c.units).label("units"))
            .join(orders.order_lines, line.id == parcel_lines.c.line_id)
            .join(parcels, parcels.c.id == parcel_lines.c.parcel_id)
            .where(parcels.c.state.in_(left))
            .group_by(line.variant_id)
        )
        parts = await tx.all(
            select(parcel_parts.c.variant_id, func.sum(parcel_parts.c.units).label("units"))
            .join(parcels, parcels.c.id == parcel_parts.c.parcel_id)
            .where(parcels.c.state.in_(left))
            .group_by(parcel_parts.c.variant_id)
        )
        held = await tx.all(
            select(sale.holds.c.variant_id, func.sum(sale.holds.c.quantity).label("units"))
            .where(sale.holds.c.state.in_((HoldState.HELD, HoldState.PAID)))
            .group_by(sale.holds.c.variant_id)
        )
        kept = await tx.all(
            select(line_parts.c.variant_id, func.sum(line_parts.c.kept).label("units")).group_by(
                line_parts.c.variant_id
            )
        )
    sent, pieces, holds, bundles = (
        {row.variant_id: int(row.units) for row in rows} for rows in (gone, parts, held, kept)
    )
    for row in variants:
        out = sent.get(row.id, 0)
        assert row.on_hand + out + pieces.get(row.id, 0) == COUNTED[row.sku], row.sku
        assert row.reserved == holds.get(row.id, 0) - out + bundles.get(row.id, 0), row.sku
        assert row.reserved <= row.on_hand + row.short, row.sku


async def moves_as_drawn(shop: PackingShop) -> set[str]:
    """Each stage follows the one before, by the tables; returns what was done to parcels."""
    done = await _follows(shop, parcel_events, "parcel_id", PARCEL_MOVES)
    await _follows(shop, orders.order_events, "order_id", ORDER_MOVES)
    return done


async def _follows(
    shop: PackingShop, table: Table, about: str, moves: Mapping[tuple[Any, Any], Any]
) -> set[str]:
    drawn = {(str(state), str(act)): str(after) for (state, act), after in moves.items()}
    acts, was, done = {act for _, act in drawn}, dict[int, str](), set[str]()
    async with shop.storage.read() as tx:
        rows = await tx.all(select(table).order_by(table.c.id))
    for row in rows:
        one = row._mapping[about]
        if row.kind in acts and one in was:
            assert drawn[was[one], row.kind] == row.state, row
            done.add(row.kind)
        else:
            assert was.get(one, row.state) == row.state, row
        was[one] = row.state
    return done


async def test_a_bundle_takes_its_parts_and_is_scanned_part_by_part(storage: Storage) -> None:
    async with PackingShop(storage, catalogue=CATALOGUE) as shop:
        await shop.show()
        number = await shop.sells("Ana", "claim T1")
        assert await shop.counts("CUP") == (5, 2)
        assert await shop.counts("SAUCER") == (9, 1)
        await shop.closes()
        await shop.packs("Pia", "next")
        # The bundle has no box of its own: its parts are what is fetched.
        assert "does not belong" in await shop.packs("Pia", "scan TEA")
        await shop.packs("Pia", "scan CUP")
        assert "is not complete: 1 × CUP (R3), 1 × SAUCER" in await shop.packs("Pia", "done")
        await shop.packs("Pia", "scan SAUCER")
        assert (await shop.parcels())[0].packed == 0
        assert "complete" in await shop.packs("Pia", "scan CUP")
        assert (await shop.parcels())[0].packed == 1
        await shop.packs("Pia", "done")
        await adds_up(shop)
        await shop.command(f"/ship {number} AB12345", "Pia", role="packer")
        assert await shop.counts("CUP") == (3, 0)
        assert await shop.counts("SAUCER") == (8, 0)
        assert await shop.counts("TEA") == (2, 0)
        await adds_up(shop)


async def test_a_bundle_without_its_parts_is_a_persons_to_decide(storage: Storage) -> None:
    async with PackingShop(storage, catalogue=CATALOGUE) as shop:
        await shop.show()
        await shop.sells("Bob", "claim CUP x4")
        number = await shop.sells("Ana", "claim T1")
        assert any(
            f"{number} is paid, and its bundle lacks CUP ×1" in one
            for one in shop.team("exceptions")
        )
        # What others hold is never taken for a bundle.
        assert await shop.counts("CUP") == (5, 5)
        await adds_up(shop)


async def test_what_has_left_is_left_out_of_a_recount_and_still_counts_as_bought(
    sqlite: Storage,
) -> None:
    async with PackingShop(sqlite, catalogue=CATALOGUE) as shop:
        await shop.show()
        number = await shop.sells("Ana", "claim D1 M x2")
        await shop.closes()
        await shop.packs("Pia", "next")
        await shop.packs("Pia", "scan D1-M")
        await shop.packs("Pia", "scan D1-M")
        await shop.packs("Pia", "done")
        assert await shop.counts("D1-M") == (6, 2)
        await shop.command(f"/ship {number} AB12345", "Pia", role="packer")
        assert await shop.counts("D1-M") == (4, 0)
        told = await shop.command("/stock recount D1 M 4")
        assert "missing" not in told
        assert await shop.counts("D1-M") == (4, 0)


@pytest.mark.parametrize("seed", range(1, 21) if "ANDON_SOAK" in os.environ else [1])
async def test_whatever_packers_do_the_stock_adds_up_and_states_move_as_drawn(
    sqlite: Storage, seed: int
) -> None:
    chance = random.Random(seed)
    async with PackingShop(sqlite, catalogue=CATALOGUE) as shop:
        await shop.show()
        numbers = []
        for name in ("Ana", "Bob", "Cem", "Dea"):
            wish = chance.choice(["D1 M", "D1 S", "T1", "CUP", "D1 M x2"])
            numbers.append(await shop.sells(name, f"claim {wish}"))
            await adds_up(shop)
        await shop.closes()
        for _ in range(200):
            who = chance.choice(["Pia", "Max"])
            act = chance.choice(ACTS)
            if act == "scan":
                await shop.packs(who, f"scan {chance.choice(['CUP', 'SAUCER', 'D1-M', 'D1-S'])}")
            elif act == "problem":
                await shop.packs(who, "problem it is broken")
            elif act in ("ship", "delivered"):
                number = chance.choice(numbers)
                more = f" AB{number[-4:]}99" if act == "ship" else ""
                await shop.command(f"/{act} {number}{more}", who, role="packer")
            elif act == "time":
                await shop.passes(minutes=chance.choice([5, 40]))
            elif act == "settle":
                for exception in range(1, 9):
                    words = f"/exception resolve {exception} fine"
                    await shop.command(words, "Sue", role="support")
            elif act == "undo":
                await shop.command("/undo", who, role="packer")
            else:
                await shop.packs(who, act)
            await adds_up(shop)
        assert {"start", "pack", "park", "resume", "hand_off"} <= await moves_as_drawn(shop)
        async with shop.storage.read() as tx:
            leases = await tx.all(
                select(pack_leases.c.parcel_id, parcels.c.state).join(
                    parcels, parcels.c.id == pack_leases.c.parcel_id
                )
            )
        assert all(row.state == "packing" for row in leases)
