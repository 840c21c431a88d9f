"""Leases, cursors, keys, and the posts of the local stage: the same on either database."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from storage import leases
from storage.engine import Storage, open_storage
from storage.leases import Lease, LeaseLost
from storage.repositories import local_posts, messages

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Channel(NamedTuple):
    platform: str
    id: str


# --- leases ---------------------------------------------------------------------------------------


async def take(storage: Storage, owner: str, after: float = 0) -> Lease | None:
    async with storage.write() as tx:
        return await leases.take(tx, "stream", owner, NOON + after * SECOND, 30)


async def taken(storage: Storage, owner: str, after: float = 0) -> Lease:
    lease = await take(storage, owner, after)
    assert lease is not None
    return lease


async def test_a_lease_is_one_owners_until_it_runs_out(storage: Storage) -> None:
    first = await take(storage, "left")
    assert first == Lease(name="stream", owner="left", fence=1, until=NOON + 30 * SECOND)
    assert await take(storage, "right", after=29) is None
    second = await take(storage, "right", after=30)
    assert second is not None
    assert second.fence == 2


async def test_the_owner_takes_its_own_again_under_the_same_fence(storage: Storage) -> None:
    assert (await taken(storage, "left")).fence == 1
    assert (await taken(storage, "left", after=10)).fence == 1
    assert await take(storage, "right", after=35) is None


async def test_who_was_too_slow_is_refused_where_it_would_have_written(storage: Storage) -> None:
    slow = await taken(storage, "left")
    async with storage.write() as tx:
        # Run out, but nobody took it: still the owner.
        await leases.check(tx, slow)
    quick = await taken(storage, "right", after=31)
    async with storage.write() as tx:
        with pytest.raises(LeaseLost):
            await leases.check(tx, slow)
        with pytest.raises(LeaseLost):
            await leases.renew(tx, slow, NOON, 30)
        await leases.give_up(tx, slow)
        await leases.check(tx, quick)


async def test_a_lease_renewed_or_given_up(storage: Storage) -> None:
    mine = await taken(storage, "left")
    async with storage.write() as tx:
        mine = await leases.renew(tx, mine, NOON + 20 * SECOND, 30)
    assert mine.until == NOON + 50 * SECOND
    assert await take(storage, "right", after=40) is None
    async with storage.write() as tx:
        await leases.give_up(tx, mine)
    assert (await taken(storage, "right", after=41)).fence == 2
    assert await take(storage, "left", after=42) is None


async def test_of_many_who_want_it_one_has_it(storage: Storage, database_url: str) -> None:
    async with open_storage(database_url) as other:
        got = await asyncio.gather(
            *(take(storage if n % 2 else other, f"process {n}") for n in range(10))
        )
    assert len([lease for lease in got if lease is not None]) == 1


@pytest.mark.postgres
async def test_a_checked_lease_cannot_be_taken_until_the_transaction_ends(
    postgresql: Storage,
) -> None:
    mine = await taken(postgresql, "left")
    async with open_storage(postgresql.url) as other:
        async with postgresql.write() as tx:
            await leases.check(tx, mine)
            taking = asyncio.create_task(take(other, "right", after=31))
            done, _ = await asyncio.wait({taking}, timeout=0.2)
            assert not done
        assert await taking is not None


# --- what was taken in ----------------------------------------------------------------------------


def line(key: str, **changed: Any) -> dict[str, Any]:
    return {
        "key": key, "platform": "discord", "channel": "5", "person": "ana", "name": "Ana",
        "text": "claim A12", "sent_at": NOON, "kind": "chat", **changed,
    }  # fmt: skip


async def test_what_was_taken_in_is_known_by_key(storage: Storage) -> None:
    async with storage.write() as tx:
        await messages.remember(tx, [line(f"k{n}", text=f"claim {n}") for n in range(1500)])
    async with storage.read() as tx:
        known = await messages.known(tx, [f"k{n}" for n in range(1400, 1600)])
        assert await messages.known(tx, []) == {}
    assert sorted(known) == sorted(f"k{n}" for n in range(1400, 1500))
    assert (known["k1400"].text, known["k1400"].person) == ("claim 1400", "ana")
    assert known["k1400"].sent_at == NOON


async def test_a_cursor_never_goes_back(storage: Storage) -> None:
    stream = Channel("discord", "5")
    steps = [
        ((NOON, "9"), (NOON, "9")),
        ((NOON, "10"), (NOON, "10")),
        ((NOON, "9"), (NOON, "10")),
        ((NOON - SECOND, "11"), (NOON, "10")),
        ((NOON + SECOND, "3"), (NOON + SECOND, "3")),
    ]
    for reached, stands in steps:
        async with storage.write() as tx:
            await messages.advance(tx, {stream: reached})
        async with storage.read() as tx:
            assert await messages.cursor(tx, "discord", "5") == stands
            assert await messages.cursor(tx, "discord", "6") is None


@pytest.mark.parametrize(
    "ids", [["9", "10", "1234567890123456789"], ["1712345678.000200", "1712345678.000300"]]
)
def test_native_ids_sort_as_their_platform_numbers_them(ids: list[str]) -> None:
    shuffled = sorted(ids, key=hash)
    assert sorted(shuffled, key=messages.native_order) == ids


async def test_old_lines_are_forgotten(storage: Storage) -> None:
    async with storage.write() as tx:
        await messages.remember(tx, [line("old", sent_at=NOON - SECOND), line("new")])
        assert await messages.prune(tx, NOON) == 1
        assert list(await messages.known(tx, ["old", "new"])) == ["new"]


# --- the local stage ------------------------------------------------------------------------------


def post(text: str, **changed: Any) -> dict[str, Any]:
    return {
        "channel": "stream", "person": None, "author": "ana", "author_name": "Ana",
        "author_role": "viewer", "bot": False, "kind": "chat", "text": text, "at": NOON,
        "buttons": [], "form": None, "mentions": [], "once": None, **changed,
    }  # fmt: skip


async def test_posts_come_back_in_the_order_given(storage: Storage) -> None:
    async with storage.write() as tx:
        kept = await local_posts.append(tx, [post(f"line {n}") for n in range(20)])
    assert [row.text for row in kept] == [f"line {n}" for n in range(20)]
    async with storage.read() as tx:
        found = await local_posts.after(tx, "stream", kept[4].id, 3)
        assert [row.text for row in found] == ["line 5", "line 6", "line 7"]


async def test_a_post_that_comes_again_is_kept_once(storage: Storage) -> None:
    async with storage.write() as tx:
        [first] = await local_posts.append(tx, [post("hello", once="d1")])
    async with storage.write() as tx:
        later = NOON + SECOND
        again, new, twice = await local_posts.append(
            tx,
            [
                post("hello", once="d1", at=later),
                post("new", once="d2", at=later),
                post("new", once="d2", at=later),
            ],
        )
    assert (again.id, again.at) == (first.id, NOON)
    assert new.id == twice.id != first.id


async def test_a_post_changes_and_says_since_when(storage: Storage) -> None:
    later = NOON + SECOND
    async with storage.write() as tx:
        kept = await local_posts.append(tx, [post("one"), post("two"), post("three")])
        one, two, three = (row.id for row in kept)
        edited = await local_posts.change(tx, one, at=later, text="ONE")
        deleted = await local_posts.change(tx, two, at=later, deleted=True)
        await local_posts.change(tx, three, at=later, reaction="✅")
        liked = await local_posts.change(tx, three, at=later, reaction="✅")
        assert await local_posts.change(tx, 999, at=later, text="nobody") is None
    assert edited is not None
    assert deleted is not None
    assert liked is not None
    assert (edited.text, edited.edited_at) == ("ONE", later)
    assert deleted.deleted_at == later
    assert (liked.reactions, liked.edited_at) == (["✅"], None)
    async with storage.read() as tx:
        assert [row.id for row in await local_posts.changed(tx, "stream", later, 9)] == [one, two]
        assert await local_posts.changed(tx, "stream", later + SECOND, 9) == []


async def test_private_posts_are_seen_by_one_person(storage: Storage) -> None:
    async with storage.write() as tx:
        await local_posts.append(
            tx, [post("all"), post("for bo", person="bo"), post("team", channel="alerts")]
        )
    async with storage.read() as tx:
        for channel, person, texts in [
            ("stream", "bo", ["all", "for bo"]),
            ("stream", "ana", ["all"]),
            (None, None, ["all", "team"]),
            (None, "bo", ["all", "for bo", "team"]),
        ]:
            found = await local_posts.latest(tx, channel=channel, person=person, limit=9)
            assert [row.text for row in found] == texts
        newest = await local_posts.latest(tx, channel=None, person="bo", limit=1)
        assert [row.text for row in newest] == ["team"]
