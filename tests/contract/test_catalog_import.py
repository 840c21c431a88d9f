"""A catalogue into the database and out again, on both databases."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from handlers.catalog.exporting import export_catalog
from handlers.catalog.files import read_catalog
from handlers.catalog.import_values import ImportReport, StockMode
from handlers.catalog.importing import ImportRefused, import_catalog
from handlers.catalog.model import Catalog
from handlers.exports import ClaimRow, as_csv, as_json, claim_rows
from storage.engine import Storage
from storage.repositories import versions
from storage.schema import sale
from storage.schema.states import ClaimState, HoldSource, HoldState, ShowState, WaitState

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
HEADER = "code,variant,sku,title,price,stock,limit,replacements,aliases"
DRESS = (
    "A12,S,A12-S,Linen dress,48.00,8,2,B3,dress",
    "A12,M,A12-M,Linen dress,48.00,12,2,B3,dress",
)
MUG = "B3,,MUG,Stoneware mug,18.00,30,,,mug"


def file(*rows: str, header: str = HEADER, known: Sequence[str] = ()) -> Catalog:
    text = "\n".join([header, *rows])
    return read_catalog(text, name="shop.csv", currency="USD", known=known)


async def bring(
    storage: Storage, *rows: str, stock: StockMode = "set", known: Sequence[str] = ()
) -> ImportReport:
    async with storage.write() as tx:
        return await import_catalog(tx, file(*rows, known=known), stock=stock)


async def refused(
    storage: Storage, *rows: str, stock: StockMode = "set", known: Sequence[str] = ()
) -> tuple[str, ...]:
    before = await everything(storage)
    with pytest.raises(ImportRefused) as error:
        await bring(storage, *rows, stock=stock, known=known)
    assert await everything(storage) == before
    assert str(error.value).splitlines() == list(error.value.problems)
    return error.value.problems


async def everything(storage: Storage) -> list[Any]:
    async with storage.read() as tx:
        tables = (sale.items, sale.variants, sale.item_aliases)
        return [sorted(map(tuple, await tx.all(select(table))), key=str) for table in tables]


async def of(storage: Storage, sku: str) -> Any:
    async with storage.read() as tx:
        found = await tx.first(
            select(sale.variants, sale.items.c.code, sale.items.c.title)
            .join(sale.items, sale.items.c.id == sale.variants.c.item_id)
            .where(sale.variants.c.sku == sku)
        )
    assert found is not None, f"no SKU {sku}"
    return found


async def skus(storage: Storage, code: str) -> list[str]:
    async with storage.read() as tx:
        rows = await tx.all(
            select(sale.variants.c.sku)
            .join(sale.items, sale.items.c.id == sale.variants.c.item_id)
            .where(sale.items.c.code == code)
            .order_by(sale.variants.c.position)
        )
    return [row.sku for row in rows]


async def codes(storage: Storage) -> list[str]:
    async with storage.read() as tx:
        rows = await tx.all(select(sale.items.c.code).order_by(sale.items.c.position))
    return [row.code for row in rows]


async def counts(storage: Storage, sku: str, **columns: int) -> None:
    async with storage.write() as tx:
        await tx.run(update(sale.variants).where(sale.variants.c.sku == sku).values(**columns))


async def claimed(
    storage: Storage,
    sku: str,
    person: str,
    *,
    key: str,
    show: str = "Friday",
    held: int = 0,
    waits: int = 0,
    place: int | None = 1,
    state: HoldState = HoldState.HELD,
) -> None:
    """A claim as the sale leaves it, with its hold and its place on the waitlist."""
    variant = await of(storage, sku)
    async with storage.write() as tx:
        show_id = await tx.scalar(select(sale.shows.c.id).where(sale.shows.c.name == show))
        if show_id is None:
            row = {"name": show, "state": ShowState.LIVE, "staged_at": NOON}
            (show_id,) = await tx.insert_ids(sale.shows, [row])
        (customer,) = await tx.insert_ids(sale.customers, [{"tells_by_dm": False}])
        who = {"platform": "rehearse", "person": person, "name": person, "customer_id": customer}
        (identity,) = await tx.insert_ids(sale.identities, [who])
        line = {"show_id": show_id, "customer_id": customer}
        (claim,) = await tx.insert_ids(
            sale.claims,
            [
                line
                | {
                    "item_id": variant.item_id,
                    "variant_id": variant.id,
                    "identity_id": identity,
                    "message_key": key,
                    "state": ClaimState.ENTERED if place else ClaimState.PENDING,
                    "quantity": held + waits or 1,
                    "sent_at": NOON,
                    "place": place,
                    "rule": "first_come",
                    "code": variant.code,
                    "title": variant.title,
                }
            ],
        )
        line |= {"claim_id": claim, "variant_id": variant.id}
        if held:
            hold = {"state": state, "source": HoldSource.CLAIM, "granted_at": NOON}
            await tx.insert(sale.holds, [line | hold | {"quantity": held}])
        if waits:
            entry = {"place": place, "state": WaitState.WAITING, "entered_at": NOON}
            await tx.insert(sale.waitlist, [line | entry | {"quantity": waits}])


# --- new ---


async def test_a_first_import_brings_everything_in_the_order_of_the_file(storage: Storage) -> None:
    report = await bring(storage, *DRESS, MUG)
    assert report.new_items == ("A12", "B3")
    assert report.new_skus == ("A12-S", "A12-M", "MUG")
    assert not report.changes
    assert not report.stock
    medium = await of(storage, "A12-M")
    assert (medium.name, medium.position, medium.price_minor) == ("M", 1, 4800)
    assert (medium.on_hand, medium.staged_units, medium.reserved) == (12, 12, 0)
    assert await codes(storage) == ["A12", "B3"]


async def test_the_same_file_again_changes_nothing_and_says_so(storage: Storage) -> None:
    await bring(storage, *DRESS, MUG)
    before = await everything(storage)
    assert await bring(storage, *DRESS, MUG) == ImportReport(unchanged_skus=3)
    assert await everything(storage) == before


async def test_every_import_makes_readers_load_the_catalogue_anew(storage: Storage) -> None:
    for expected in (1, 2):
        await bring(storage, MUG)
        async with storage.read() as tx:
            assert (await versions.current(tx))["catalogue"] == expected


async def test_what_is_exported_comes_back_unchanged(storage: Storage) -> None:
    await bring(storage, *DRESS, MUG)
    await counts(storage, "MUG", on_hand=7)
    async with storage.read() as tx:
        text = await export_catalog(tx)
    catalog = read_catalog(text, name="out.csv", currency="USD")
    assert [variant.stock for variant in catalog.items[1].variants] == [7]
    async with storage.write() as tx:
        assert await import_catalog(tx, catalog, stock="set") == ImportReport(unchanged_skus=3)


# --- changes ---


async def test_a_changed_item_is_told_field_by_field(storage: Storage) -> None:
    await bring(storage, *DRESS, MUG)
    report = await bring(
        storage,
        "a-12,S,A12-S,Linen wrap dress,52.00,8,,,wrap",
        "a-12,Medium,A12-M,Linen wrap dress,48.00,12,,,wrap",
        MUG,
    )
    told = {(one.sku, one.name): (one.before, one.after) for one in report.changes}
    assert told == {
        (None, "code"): ("A12", "a-12"),
        (None, "title"): ("Linen dress", "Linen wrap dress"),
        (None, "limit"): ("2", ""),
        (None, "replacements"): ("B3", ""),
        (None, "aliases"): ("dress", "wrap"),
        ("A12-S", "price"): ("48.00 USD", "52.00 USD"),
        ("A12-M", "variant"): ("M", "Medium"),
    }
    assert report.unchanged_skus == 1
    async with storage.read() as tx:
        aliases = [row.alias for row in await tx.all(select(sale.item_aliases))]
    assert sorted(aliases) == ["mug", "wrap"]


async def test_new_items_come_after_those_that_are_there(storage: Storage) -> None:
    await bring(storage, *DRESS, MUG)
    await bring(storage, "C1,,TEE,Tee,25.00,5,,,", *DRESS, MUG)
    assert await codes(storage) == ["A12", "B3", "C1"]


async def test_what_the_file_does_not_name_stays_and_is_told(storage: Storage) -> None:
    await bring(storage, *DRESS, MUG)
    report = await bring(storage, DRESS[0], known=["B3"])
    assert (report.absent_items, report.absent_skus) == (("B3",), ("A12-M", "MUG"))
    assert await skus(storage, "A12") == ["A12-S", "A12-M"]


async def test_a_new_size_joins_the_others(storage: Storage) -> None:
    await bring(storage, *DRESS, MUG)
    report = await bring(storage, "A12,L,A12-L,Linen dress,48.00,4,2,B3,dress", known=["B3"])
    assert report.new_skus == ("A12-L",)
    assert sorted(await skus(storage, "A12")) == ["A12-L", "A12-M", "A12-S"]


async def test_two_sizes_may_swap_their_skus(storage: Storage) -> None:
    await bring(storage, *DRESS, MUG)
    swapped = [row.replace("12,S,", "12,X,").replace("12,M,", "12,S,") for row in DRESS]
    await bring(storage, *(row.replace("12,X,", "12,M,") for row in swapped), MUG)
    assert (await of(storage, "A12-S")).name == "M"
    assert (await of(storage, "A12-M")).name == "S"


async def test_a_replacement_follows_a_code_that_is_spelled_anew(storage: Storage) -> None:
    await bring(storage, *DRESS, MUG)
    await bring(storage, MUG.replace("B3", "b-3"))
    async with storage.read() as tx:
        ladder = await tx.scalar(
            select(sale.items.c.replacements).where(sale.items.c.code == "A12")
        )
    assert ladder == ["b-3"]


async def test_an_alias_of_an_item_outside_the_file_is_refused(storage: Storage) -> None:
    await bring(storage, *DRESS, MUG)
    row = "C1,,TEE,Tee,25.00,5,,,dress;b-3;tee"
    assert await refused(storage, row) == (
        "'dress' means A12 already, which is not in this file; one word can mean one item only. "
        "Take it from one of them.",
        "'b-3' means B3 already, which is not in this file; one word can mean one item only. "
        "Take it from one of them.",
    )


# --- stock ---


@pytest.mark.parametrize(
    ("mode", "on_hand", "staged"), [("set", 5, 3), ("add", 35, 33), ("keep", 30, 30)]
)
async def test_stock_of_a_known_sku(
    storage: Storage, mode: StockMode, on_hand: int, staged: int
) -> None:
    await bring(storage, MUG)
    await counts(storage, "MUG", reserved=2)
    report = await bring(storage, MUG.replace(",30,", ",5,"), "C1,,TEE,Tee,25.00,9,,,", stock=mode)
    mug = await of(storage, "MUG")
    assert (mug.on_hand, mug.reserved, mug.staged_units) == (on_hand, 2, staged)
    assert (await of(storage, "TEE")).on_hand == 9
    told = report.stock_kept if mode == "keep" else report.stock
    assert [(one.sku, one.before) for one in told] == [("MUG", 30)]
    assert told[0].after == (5 if mode == "keep" else on_hand)


async def test_stock_never_falls_below_what_is_held(storage: Storage) -> None:
    await bring(storage, *DRESS, MUG)
    await counts(storage, "A12-M", reserved=5)
    await counts(storage, "MUG", reserved=9)
    rows = [row.replace(",12,", ",4,") for row in DRESS]
    problems = await refused(storage, *rows, MUG.replace(",30,", ",8,"))
    assert problems == (
        "A12-M: 5 are held or paid, so its stock cannot be 4. Write 5 or more, or /stock recount "
        "if they are really missing.",
        "MUG: 9 are held or paid, so its stock cannot be 8. Write 9 or more, or /stock recount "
        "if they are really missing.",
    )


async def test_what_is_short_gets_better_by_what_comes_in(storage: Storage) -> None:
    await bring(storage, MUG)
    await counts(storage, "MUG", on_hand=3, reserved=5, short=2)
    await bring(storage, MUG.replace(",30,", ",1,"), stock="add")
    assert (await of(storage, "MUG")).short == 1
    await bring(storage, MUG.replace(",30,", ",6,"))
    assert (await of(storage, "MUG")).short == 0


async def test_stock_that_is_there_already_is_no_problem_even_if_short(storage: Storage) -> None:
    await bring(storage, MUG)
    await counts(storage, "MUG", on_hand=3, reserved=5, short=2)
    assert (await bring(storage, MUG.replace(",30,", ",3,"))).unchanged_skus == 1


async def test_those_who_wait_are_told_of_and_not_promoted(storage: Storage) -> None:
    await bring(storage, MUG)
    await counts(storage, "MUG", reserved=30, waiting_entries=2, waiting_units=3)
    report = await bring(storage, MUG, stock="add")
    assert report.notes == ("3 wait for MUG: /waitlist offer B3 gives it to them.",)
    mug = await of(storage, "MUG")
    assert (mug.reserved, mug.waiting_units) == (30, 3)
    assert (await bring(storage, MUG, stock="keep")).notes == ()


async def test_a_file_without_stock_leaves_it_alone(storage: Storage) -> None:
    await bring(storage, MUG)
    silent = Catalog(items=file(MUG.replace(",30,", ",0,")).items, has_stock=False)
    async with storage.write() as tx:
        report = await import_catalog(tx, silent, stock="set")
    assert report == ImportReport(unchanged_skus=1)
    assert (await of(storage, "MUG")).on_hand == 30


async def test_too_much_stock_is_refused(storage: Storage) -> None:
    row = MUG.replace(",30,", ",999999,")
    await bring(storage, row)
    assert await refused(storage, row, stock="add") == (
        "MUG: a stock of 1999998 is too much; at most 1000000 fit.",
    )


# --- whose code is it? ---

BOWL = "B3,,BOWL,Stoneware bowl,22.00,25,,,bowl"


@pytest.mark.parametrize("counted", [{"reserved": 1}, {"waiting_entries": 1, "waiting_units": 1}])
async def test_a_code_stays_with_its_product_while_anyone_wants_it(
    storage: Storage, counted: dict[str, int]
) -> None:
    await bring(storage, MUG)
    await counts(storage, "MUG", **counted)
    (problem,) = await refused(storage, BOWL)
    assert problem.startswith("B3 is Stoneware mug, of which ")
    assert problem.endswith(
        "it cannot become Stoneware bowl now. Give the new product a code of its own, "
        "or settle those claims first."
    )


async def test_a_claim_kept_while_paused_keeps_the_code_too(storage: Storage) -> None:
    await bring(storage, MUG)
    await claimed(storage, "MUG", "ana", key="rehearse:stream:1", place=None)
    assert len(await refused(storage, BOWL)) == 1


async def test_a_product_that_nobody_claimed_makes_room(storage: Storage) -> None:
    await bring(storage, MUG)
    report = await bring(storage, BOWL)
    assert report.replaced == (("B3", ""),)
    assert await skus(storage, "B3") == ["BOWL"]
    assert await codes(storage) == ["B3"]


async def test_a_product_with_old_claims_is_kept_under_another_code(storage: Storage) -> None:
    await bring(storage, MUG)
    await claimed(storage, "MUG", "ana", key="rehearse:stream:1", held=1, state=HoldState.EXPIRED)
    report = await bring(storage, BOWL)
    assert report.notes == (
        "B3 is another product now; the old one is kept as B3-OLD, stopped, for its earlier "
        "claims.",
    )
    assert await skus(storage, "B3") == ["BOWL"]
    assert (await of(storage, "MUG")).code == "B3-OLD"
    async with storage.read() as tx:
        assert [row.alias for row in await tx.all(select(sale.item_aliases))] == ["bowl"]
        (row,) = [row async for row in claim_rows(tx)]
    assert row.sku == "MUG"


async def test_a_sku_that_is_wanted_does_not_move_to_another_code(storage: Storage) -> None:
    await bring(storage, *DRESS, MUG)
    await counts(storage, "A12-M", reserved=2, waiting_entries=1, waiting_units=1)
    moved = DRESS[1].replace("A12,M", "A13,M").replace(",dress", ",")
    assert await refused(storage, DRESS[0], moved, MUG) == (
        "A12-M belongs to A12 while 2 held and 1 waited for; it cannot move to A13 now. "
        "Leave it there, or settle those claims first.",
    )


async def test_a_sku_that_is_free_moves(storage: Storage) -> None:
    await bring(storage, *DRESS, MUG)
    moved = DRESS[1].replace("A12,M", "A13,M").replace(",dress", ",")
    report = await bring(storage, DRESS[0], moved, MUG)
    assert [(one.sku, one.name, one.before) for one in report.changes] == [("A12-M", "code", "A12")]
    assert await skus(storage, "A13") == ["A12-M"]


async def test_two_items_may_swap_their_codes(storage: Storage) -> None:
    await bring(storage, MUG, "B4,,BOWL,Stoneware bowl,22.00,25,,,bowl")
    await bring(storage, BOWL, MUG.replace("B3,", "B4,"))
    assert (await of(storage, "MUG")).code == "B4"
    assert (await of(storage, "BOWL")).code == "B3"


async def test_an_unclaimed_item_may_get_another_code(storage: Storage) -> None:
    await bring(storage, MUG)
    report = await bring(storage, MUG.replace("B3,", "B9,"))
    assert report.new_items == ("B9",)
    assert await codes(storage) == ["B9"]


async def test_an_item_that_was_claimed_keeps_its_code(storage: Storage) -> None:
    await bring(storage, MUG)
    await claimed(storage, "MUG", "ana", key="rehearse:stream:1", held=1, state=HoldState.EXPIRED)
    (problem,) = await refused(storage, MUG.replace("B3,", "B9,").replace("mug", "cup"))
    assert problem.startswith("Every SKU of B3 would move to another code")


async def test_a_corrected_sku_takes_the_place_of_the_wrong_one(storage: Storage) -> None:
    await bring(storage, *DRESS, MUG)
    await bring(storage, DRESS[0], DRESS[1].replace("A12-M", "A12-MM"), MUG)
    assert await skus(storage, "A12") == ["A12-S", "A12-MM"]


async def test_a_claimed_size_keeps_its_sku(storage: Storage) -> None:
    await bring(storage, *DRESS, MUG)
    await counts(storage, "A12-M", reserved=1)
    (problem,) = await refused(storage, DRESS[0], DRESS[1].replace("A12-M", "A12-MM"), MUG)
    assert problem.startswith("A12 / M was claimed or staged as SKU A12-M, so it keeps that SKU")


async def test_everything_that_is_wrong_is_told_at_once(storage: Storage) -> None:
    await bring(storage, *DRESS, MUG)
    await counts(storage, "A12-M", reserved=5)
    await counts(storage, "MUG", reserved=1)
    rows = [row.replace(",12,", ",4,") for row in DRESS]
    assert len(await refused(storage, *rows, BOWL)) == 2


async def test_ten_thousand_skus_come_in_at_once(storage: Storage) -> None:
    rows = [
        f"P{item},{size},P{item}-{size},Print {item},30.00,5,,,print{item}"
        for item in range(2_500)
        for size in "SMLX"
    ]
    catalog = file(*rows)
    began = time.perf_counter()
    async with storage.write() as tx:
        await import_catalog(tx, catalog, stock="set")
    again = Catalog(items=file(*(row.replace(",5,", ",6,") for row in rows)).items)
    middle = time.perf_counter()
    async with storage.write() as tx:
        report = await import_catalog(tx, again, stock="set")
    ended = time.perf_counter()
    assert len(report.stock) == 10_000
    # Generous: what it fences off is a statement for each SKU.
    assert (middle - began, ended - middle) < (20, 20)


# --- claims as a table ---


async def rows_of(storage: Storage) -> list[ClaimRow]:
    async with storage.read() as tx:
        return [row async for row in claim_rows(tx)]


async def test_claims_come_out_with_place_holds_and_message(storage: Storage) -> None:
    await bring(storage, MUG)
    await claimed(storage, "MUG", "ana", key="rehearse:stream:m1", held=2, waits=1, place=4)
    await claimed(storage, "MUG", "bo", key="discord:77@2026-07-01T12:00:00+00:00", held=1, place=9)
    await claimed(storage, "MUG", "cy", key="rehearse:stream:m3", place=None)
    await claimed(storage, "MUG", "di", key="slack:T1:C1:17.5", show="Saturday", waits=2, place=12)
    ana, bo, di = await rows_of(storage)
    assert ana == ClaimRow(
        show="Friday",
        sku="MUG",
        person="ana",
        quantity=3,
        held=2,
        waitlisted=1,
        place=1,
        message_id="m1",
        sent_at="2026-07-01T12:00:00+00:00",
    )
    assert (bo.place, bo.message_id, bo.held) == (2, "77", 1)
    assert (di.show, di.place, di.message_id, di.waitlisted) == ("Saturday", 1, "17.5", 2)


async def test_only_what_is_held_or_paid_counts_as_held(storage: Storage) -> None:
    await bring(storage, MUG)
    for number, state in enumerate(HoldState, start=1):
        key = f"rehearse:stream:{state}"
        await claimed(storage, "MUG", state, key=key, held=number, place=number, state=state)
    held = {row.person: row.held for row in await rows_of(storage)}
    assert held == {"held": 1, "paid": 2, "released": 0, "expired": 0}


async def test_a_table_runs_no_formula_and_json_keeps_what_was_said(storage: Storage) -> None:
    await bring(storage, MUG)
    await claimed(storage, "MUG", "=HYPERLINK(1)", key="rehearse:stream:-2", held=1)
    async with storage.read() as tx:
        csv = "".join([line async for line in as_csv(claim_rows(tx))])
        json = "".join([line async for line in as_json(claim_rows(tx))])
    assert csv.splitlines()[1].startswith("Friday,MUG,'=HYPERLINK(1),1,1,0,1,'-2,")
    assert '"person": "=HYPERLINK(1)"' in json
