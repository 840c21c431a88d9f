"""A transaction keeps all or nothing, on either database; and no unit is sold twice."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from storage.engine import Storage, open_storage
from storage.errors import StorageRefused, StorageUnavailable
from storage.repositories import versions
from storage.schema.sale import items, variants
from storage.schema.traffic import leases, outbox
from storage.unit_of_work import Transaction, padded

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


async def names(storage: Storage) -> list[str]:
    async with storage.read() as tx:
        return [row.name for row in await tx.all(select(leases).order_by(leases.c.name))]


async def note(tx: Transaction, *names: str) -> None:
    for name in names:
        await tx.insert(leases, [{"name": name, "fence": 1}])


async def note_and_fail(storage: Storage, callback: Callable[[], None] | None = None) -> None:
    async with storage.write() as tx:
        await note(tx, "gone")
        if callback is not None:
            tx.on_commit(callback)
        raise LookupError


async def note_in_a_savepoint(
    tx: Transaction,
    *names: str,
    error: Exception | None = None,
    callback: Callable[[], None] | None = None,
) -> None:
    async with tx.savepoint():
        await note(tx, *names)
        if callback is not None:
            tx.on_commit(callback)
        if error is not None:
            raise error


async def test_what_was_written_is_there_after_the_body(storage: Storage) -> None:
    async with storage.write() as tx:
        await note(tx, "kept")
    assert await names(storage) == ["kept"]


async def test_what_raises_leaves_nothing(storage: Storage) -> None:
    with pytest.raises(LookupError):
        await note_and_fail(storage)
    assert await names(storage) == []


async def test_what_is_cancelled_leaves_nothing_and_the_next_one_works(storage: Storage) -> None:
    inside = asyncio.Event()

    async def stuck() -> None:
        async with storage.write() as tx:
            await note(tx, "gone")
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(stuck())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with storage.write() as tx:
        await note(tx, "next")
    assert await names(storage) == ["next"]


async def test_a_cancelled_statement_gives_the_gate_back(storage: Storage) -> None:
    async def slow() -> None:
        async with storage.write() as tx:
            await tx.insert(leases, [{"name": f"n{n}", "fence": 1} for n in range(2000)])

    task = asyncio.create_task(slow())
    for _ in range(20):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with storage.write() as tx:
        await note(tx, "next")
    # All of it or nothing of it; whichever, the next one had its turn.
    assert len(await names(storage)) in {1, 2001}


async def test_a_broken_rule_takes_the_whole_transaction_back_even_if_ignored(
    storage: Storage,
) -> None:
    async def ignores_it() -> None:
        async with storage.write() as tx:
            await note(tx, "first")
            try:
                await note(tx, "first")
            except IntegrityError:
                await asyncio.sleep(0)

    with pytest.raises(IntegrityError):
        await ignores_it()
    assert await names(storage) == []


async def test_a_savepoint_takes_back_its_own_part_only(storage: Storage) -> None:
    async with storage.write() as tx:
        await note(tx, "before")
        with pytest.raises(IntegrityError):
            await note_in_a_savepoint(tx, "inside", "before")
        with pytest.raises(LookupError):
            await note_in_a_savepoint(tx, "inside", error=LookupError())
        await note_in_a_savepoint(tx, "good")
        await note(tx, "later")
    assert await names(storage) == ["before", "good", "later"]


async def test_callbacks_are_called_after_the_commit_and_only_then(storage: Storage) -> None:
    heard: list[str] = []

    def hear(what: str) -> Callable[[], None]:
        return lambda: heard.append(what)

    async with storage.write() as tx:
        tx.on_commit(hear("kept"))
        with pytest.raises(LookupError):
            await note_in_a_savepoint(tx, error=LookupError(), callback=hear("in a savepoint"))
        assert heard == []
    with pytest.raises(LookupError):
        await note_and_fail(storage, hear("rolled back"))
    assert heard == ["kept"]


async def test_a_reader_sees_one_moment_and_waits_for_nobody(storage: Storage) -> None:
    async with storage.write() as tx:
        await note(tx, "old")
        assert await names(storage) == []
    async with storage.read() as look:
        assert len(await look.all(select(leases))) == 1
        async with storage.write() as tx:
            await note(tx, "new")
        assert len(await look.all(select(leases))) == 1
    assert await names(storage) == ["new", "old"]


async def test_a_reader_cannot_write(storage: Storage) -> None:
    with pytest.raises(StorageRefused, match="only be read"):
        async with storage.read() as tx:
            await note(tx, "no")


async def test_ids_come_in_the_order_of_the_rows(storage: Storage) -> None:
    rows = [{"address": "a", "kind": f"k{n}", "values": {"n": n}, "at": NOON} for n in range(300)]
    async with storage.write() as tx:
        ids = await tx.insert_ids(outbox, rows)
        found = {row.id: row for row in await tx.all(select(outbox))}
    assert ids == sorted(ids)
    assert [found[id].kind for id in ids] == [f"k{n}" for n in range(300)]
    assert found[ids[7]].values == {"n": 7}
    assert found[ids[7]].at == NOON


async def test_rows_that_name_different_columns_are_refused(storage: Storage) -> None:
    async with storage.write() as tx:
        with pytest.raises(ValueError, match="same columns"):
            await tx.insert(leases, [{"name": "a", "fence": 1}, {"name": "b"}])
        await tx.insert(leases, [])
        assert await tx.insert_ids(outbox, []) == []
        assert await tx.run(update(leases).values(fence=2), []) == 0


async def test_versions_grow(storage: Storage) -> None:
    async with storage.write() as tx:
        await versions.bump(tx, "catalogue")
        await versions.bump(tx, "catalogue")
        await versions.bump(tx, "timeline")
    async with storage.read() as tx:
        assert await versions.current(tx) == {"catalogue": 2, "timeline": 1}


@pytest.mark.parametrize(
    ("ids", "filled"),
    [([], []), ([7], [7]), ([2, 1], [1, 2]), ([3, 1, 2, 3], [1, 2, 3, 3]), ("ba", ["a", "b"])],
)
def test_lists_are_filled_up_to_a_power_of_two(ids: Any, filled: list[Any]) -> None:
    assert padded(ids) == filled


# --- stock ----------------------------------------------------------------------------------------


async def five_units(storage: Storage) -> int:
    async with storage.write() as tx:
        [item] = await tx.insert_ids(items, [{"code": "A12", "title": "Mug", "position": 1}])
        unit = {
            "item_id": item, "sku": "MUG", "position": 1, "price_minor": 900, "currency": "EUR",
            "on_hand": 5, "staged_units": 5,
        }  # fmt: skip
        return (await tx.insert_ids(variants, [unit]))[0]


async def reserved(storage: Storage, variant: int) -> int:
    async with storage.read() as tx:
        return int(await tx.scalar(select(variants.c.reserved).where(variants.c.id == variant)))


async def test_the_last_fence_refuses_to_oversell(storage: Storage) -> None:
    variant = await five_units(storage)
    with pytest.raises(IntegrityError, match="never_oversold"):
        async with storage.write() as tx:
            await tx.run(update(variants).where(variants.c.id == variant).values(reserved=6))
    assert await reserved(storage, variant) == 0


async def test_forty_who_ask_at_once_get_five_units(storage: Storage, database_url: str) -> None:
    variant = await five_units(storage)
    one_more = (
        update(variants)
        .where(variants.c.id == variant, variants.c.on_hand - variants.c.reserved >= 1)
        .values(reserved=variants.c.reserved + 1)
    )

    async def ask(shop: Storage) -> int:
        async with shop.write() as tx:
            return await tx.run(one_more)

    # Two of them, as two processes have: one gate would make this too easy.
    async with open_storage(database_url) as other:
        got = await asyncio.gather(*(ask(storage if n % 2 else other) for n in range(40)))
    assert sum(got) == 5
    assert await reserved(storage, variant) == 5


async def test_control_without_the_guard_only_the_last_fence_holds(storage: Storage) -> None:
    variant = await five_units(storage)
    everybody_looked = asyncio.Barrier(5)
    one_more = update(variants).where(variants.c.id == variant)

    async def ask() -> bool:
        free = 5 - await reserved(storage, variant)
        await everybody_looked.wait()
        if free < 2:
            return False
        async with storage.write() as tx:
            await tx.run(one_more.values(reserved=variants.c.reserved + 2))
        return True

    got = await asyncio.gather(*(ask() for _ in range(5)), return_exceptions=True)
    # All five saw five free units and went for two each: two got them, three hit the fence.
    assert got.count(True) == 2
    assert [type(each) for each in got if each is not True] == [IntegrityError] * 3


async def test_control_a_stale_count_written_back_sells_what_is_not_there(
    storage: Storage,
) -> None:
    variant = await five_units(storage)
    everybody_looked = asyncio.Barrier(8)

    async def ask() -> bool:
        seen = await reserved(storage, variant)
        await everybody_looked.wait()
        async with storage.write() as tx:
            await tx.run(update(variants).where(variants.c.id == variant).values(reserved=seen + 1))
        return True

    assert sum(await asyncio.gather(*(ask() for _ in range(8)))) == 8
    assert await reserved(storage, variant) == 1


# --- what makes it wait or give up ----------------------------------------------------------------


@pytest.mark.postgres
async def test_who_waits_for_a_locked_row_too_long_is_told_to_wait(postgresql: Storage) -> None:
    await five_units(postgresql)

    async def lock(shop: Storage) -> None:
        async with shop.write() as second:
            await second.run(text("SET LOCAL lock_timeout = '50ms'"))
            await second.all(select(variants).with_for_update())

    async with open_storage(postgresql.url) as other, postgresql.write() as tx:
        await tx.all(select(variants).with_for_update())
        with pytest.raises(StorageUnavailable) as refused:
            await lock(other)
        assert refused.value.reason == "locked"


@pytest.mark.postgres
async def test_a_deadlock_is_taken_back_to_be_done_again(postgresql: Storage) -> None:
    async with postgresql.write() as tx:
        await note(tx, "a")
        await note(tx, "b")
    both_hold_one = asyncio.Barrier(2)

    async def lock(shop: Storage, first: str, second: str) -> None:
        async with shop.write() as tx:
            for name in (first, second):
                await tx.run(update(leases).where(leases.c.name == name).values(fence=2))
                if name == first:
                    await both_hold_one.wait()

    async with open_storage(postgresql.url) as other:
        ends = await asyncio.gather(
            lock(postgresql, "a", "b"), lock(other, "b", "a"), return_exceptions=True
        )
    assert ends.count(None) == 1
    assert [each.reason for each in ends if isinstance(each, StorageUnavailable)] == ["conflict"]
