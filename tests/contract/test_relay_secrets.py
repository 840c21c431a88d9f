"""What answers an interaction is a token: it is in no log, no alert and no error that is kept."""

import asyncio
import io
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy import select

from bot.logs import write_logs
from bot.platforms.base import PersonUnreachable, PostDelayed, PostFailed
from bot.relay.naming import named, post_to, without_secrets
from handlers.messages import Address, Reach
from storage import outbox
from storage.engine import Storage
from storage.schema.traffic import deliveries
from tests.fakes.saying import NOON, House, to

TOKEN = "aW50ZXJhY3Rpb246/+MTIz=NDU2Nzg5MDEyMzQ1Njc4OTA"
TARGET = f"1234567890:{TOKEN}"
REPLY = to(TARGET, Reach.REPLY)
SAID_BY_A_PLATFORM = f"404 at https://chat.example/webhooks/1234567890/{TOKEN}/messages/@original"
HERS = "someone's direct messages"
FAILURES: dict[str, list[Exception]] = {
    "refused": [PostFailed(SAID_BY_A_PLATFORM)],
    "out of reach": [PersonUnreachable(SAID_BY_A_PLATFORM)],
    "delayed": [PostDelayed(SAID_BY_A_PLATFORM)],
    "the network": [ConnectionResetError(SAID_BY_A_PLATFORM)],
    "a bug": [ZeroDivisionError(SAID_BY_A_PLATFORM) for _ in range(5)],
}


@pytest.fixture
def house(storage: Storage) -> House:
    return House(storage)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    before = structlog.get_config()
    text = io.StringIO()
    write_logs(text)
    yield text
    structlog.configure(**before)


def _told(house: House, log: io.StringIO, errors: list[Any]) -> str:
    return "\n".join((log.getvalue(), repr(house.troubles), repr(errors)))


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_token_shows_nowhere(house: House, log: io.StringIO, failure: str) -> None:
    house.platform.fails(TARGET, *FAILURES[failure])
    await house.say("answer", at=REPLY)
    await house.relay().drain()
    async with house.storage.read() as tx:
        errors = [row.error for row in await tx.all(select(deliveries.c.error))]
    told = _told(house, log, errors)
    assert TOKEN not in told
    assert TARGET not in told
    # Something was told, all the same.
    assert "nswer" in told


async def test_nor_where_a_line_of_the_relay_has_a_bug(house: House, log: io.StringIO) -> None:
    class Broken:
        """Has a bug that names what it was given."""

        def render(self, waiting: Any, *, max_characters: int) -> Any:
            raise KeyError(TARGET)

    def posted(post: Any, _native_id: str | None) -> None:
        raise KeyError(str(post.address))

    await house.say("answer", at=REPLY)
    await house.relay(on_posted=posted).drain()
    await house.say("another", at=REPLY)
    await house.relay(voice=Broken()).drain()
    told = _told(house, log, await house.states())
    assert "KeyError" in told
    assert TOKEN not in told


async def test_the_task_that_serves_an_answer_is_named_by_kind(house: House) -> None:
    stuck = house.platform.sticks(TARGET)
    await house.say("answer", at=REPLY)
    draining = asyncio.create_task(house.relay().drain())
    await house.platform.stuck.wait()
    names = {task.get_name() for task in asyncio.all_tasks()}
    stuck.set()
    await draining
    assert "relay: an answer" in names


async def test_errors_of_the_outbox_name_no_target(house: House) -> None:
    await house.say("answer", at=REPLY)
    new = outbox.NewDelivery(members=(1,), kind="note", rendered={"text": "1"}, at=NOON)
    with pytest.raises(outbox.AlreadyMerged) as error:
        await _stored_twice(house.storage, new)
    assert str(error.value) == "fake|reply"


async def _stored_twice(storage: Storage, new: outbox.NewDelivery) -> None:
    async with storage.write() as tx:
        await outbox.store_deliveries(tx, str(REPLY), [new])
        await outbox.store_deliveries(tx, str(REPLY), [new])


@pytest.mark.parametrize(
    ("address", "name", "beginning"),
    [
        (to("123"), "the channel 123", "A post to the channel 123"),
        (to("123", Reach.PERSON), HERS, f"A post to {HERS}"),
        (to("alerts", Reach.AUDIENCE), "the audience alerts", "A post to the audience alerts"),
        (REPLY, "an answer", "An answer"),
    ],
)
def test_places_are_named_by_kind(address: Address, name: str, beginning: str) -> None:
    assert named(address) == name
    assert post_to(address) == beginning


def test_a_secret_is_hidden_in_every_form() -> None:
    text = f"{TARGET} {TOKEN} {TOKEN.replace('/', '%2F').replace('+', '%2B').replace('=', '%3D')}"
    assert without_secrets(text, REPLY) == "… … …"
    assert without_secrets("channel 123", to("123")) == "channel 123"
    assert without_secrets("nothing", to("", Reach.REPLY)) == "nothing"


# --- closed direct messages -----------------------------------------------------------------------


async def test_closed_direct_messages_are_no_alert(house: House) -> None:
    told: list[tuple[Address, str]] = []

    async def unreachable(address: Address) -> None:
        [row] = await house.deliveries()
        told.append((address, row.state))

    ana = to("ana", Reach.PERSON)
    house.platform.fails("ana", PersonUnreachable("Ana takes no direct messages."))
    await house.say("your cart", at=ana)
    await house.relay(unreachable=unreachable).drain()
    assert told == [(ana, "failed")]
    assert await house.states() == [("your cart", "failed", "Ana takes no direct messages.")]
    assert house.troubles == []


async def test_elsewhere_it_is_a_refusal(house: House) -> None:
    told: list[Address] = []

    async def unreachable(address: Address) -> None:
        told.append(address)

    house.platform.fails("stream", PersonUnreachable("what person?"))
    await house.say("hello")
    await house.relay(unreachable=unreachable).drain()
    assert told == []
    assert len(house.troubles) == 1


async def test_a_bug_in_telling_of_it_stops_nothing(house: House) -> None:
    async def unreachable(_address: Address) -> None:
        raise ZeroDivisionError

    house.platform.fails("ana", PersonUnreachable("closed"))
    relay = house.relay(unreachable=unreachable)
    await house.say("1", at=to("ana", Reach.PERSON))
    await relay.drain()
    await house.say("2", at=to("ana", Reach.PERSON))
    await relay.drain()
    assert house.platform.texts() == ["2"]
    assert relay.figures.bugs == 1
