"""Old tokens are cut out of what was said, and this installation has a salt."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.housekeeping import Tokens
from handlers.messages import Reach
from storage import outbox
from storage.engine import Storage, open_storage
from storage.repositories import installation
from storage.schema import traffic
from tests.fakes.saying import NOON, House, to

SECRET = to("1:secret", Reach.REPLY)
PREFIXES = ("fake|reply|", "slack|reply|")
LATER = NOON + timedelta(minutes=15, seconds=1)


@pytest.fixture
def house(storage: Storage) -> House:
    return House(storage)


async def _addresses(storage: Storage) -> list[list[str]]:
    tables = (traffic.outbox, traffic.deliveries, traffic.addresses)
    async with storage.read() as tx:
        rows = [await tx.all(select(table.c.address)) for table in tables]
    return [sorted(row.address for row in each) for each in rows]


async def test_the_token_of_an_old_answer_is_forgotten(house: House) -> None:
    await house.say("answer", at=SECRET)
    await house.say("stays", at=to("ana", Reach.PERSON))
    await house.relay().drain()
    tokens = Tokens(house.storage, PREFIXES)
    await tokens.forget(NOON + timedelta(minutes=15))
    said, posted, _ = await _addresses(house.storage)
    assert said == posted == ["fake|person|ana", str(SECRET)]
    await tokens.forget(LATER)
    said, posted, leased = await _addresses(house.storage)
    assert said == posted == ["fake|person|ana", "fake|reply|"]
    assert leased == ["fake|person|ana"]


async def test_what_still_waits_keeps_its_address(house: House) -> None:
    tokens = Tokens(house.storage, PREFIXES)
    await house.say("still waits", at=SECRET)
    await tokens.forget(LATER)
    new = outbox.NewDelivery(members=(1,), kind="note", rendered={"text": "x"}, at=NOON)
    async with house.storage.write() as tx:
        await outbox.store_deliveries(tx, str(SECRET), [new])
    await house.say("goes on", at=to("elsewhere"))
    await tokens.forget(LATER)
    assert str(SECRET) in (await _addresses(house.storage))[1]
    await house.relay().drain()
    assert house.platform.texts(SECRET.target) == ["x"]
    # Whatever was looked at before: it has ended only now.
    await tokens.forget(LATER)
    assert not [one for each in await _addresses(house.storage) for one in each if "secret" in one]


async def test_the_lease_of_an_answer_nobody_finished_is_forgotten(house: House) -> None:
    async with house.storage.write() as tx:
        await outbox.lease_address(tx, str(SECRET), "dead", NOON, 30)
        await outbox.lease_address(tx, str(to("stream")), "dead", NOON, 30)
    await Tokens(house.storage, PREFIXES).forget(LATER + timedelta(seconds=30))
    assert (await _addresses(house.storage))[2] == [str(to("stream"))]


async def test_where_there_is_nothing_nothing_is_written(house: House) -> None:
    tokens = Tokens(house.storage, PREFIXES)
    await house.say("answer", at=SECRET)
    await house.say("line", at=to("stream"))
    await house.relay().drain()
    await tokens.forget(LATER)
    # Whoever wants to write waits for us; whoever only looks does not.
    async with house.storage.write():
        await tokens.forget(LATER)
        await tokens.forget(LATER + timedelta(minutes=1))


# --- the salt -------------------------------------------------------------------------------------


async def test_an_installation_has_one_salt(storage: Storage) -> None:
    async with storage.write() as tx:
        made = await installation.salt(tx)
    assert len(made) == 8
    assert made.isascii()
    assert made.isalnum()
    async with storage.read() as tx:
        assert await installation.salt(tx) == made


@pytest.mark.postgres
async def test_two_processes_that_ask_at_once_get_the_same(postgresql: Storage) -> None:
    async def ask(storage: Storage) -> str:
        async with storage.write() as tx:
            made = await installation.salt(tx)
            # The other is in the middle of its own by now.
            await asyncio.sleep(0)
            return made

    async with open_storage(postgresql.url) as other:
        first, second = await asyncio.gather(ask(postgresql), ask(other))
    assert first == second
