"""Alerts: one thing is one card; what comes again counts on it, what is over turns quiet."""

import asyncio
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from bot.platforms.base import Outgoing
from handlers.capability import Capability, CommandSpec
from handlers.command_line import Invocation
from handlers.messages import Answer
from handlers.people import Role
from handlers.team.alerts import raise_alert
from handlers.work import Work
from storage.engine import Storage, open_storage
from storage.schema.traffic import alerts
from tests.fakes.bell import Bell
from tests.fakes.shop import EVENING, Shop


@pytest.fixture(autouse=True)
def logs() -> Iterator[Sequence[MutableMapping[str, Any]]]:
    """What is logged, kept off the screen."""
    with capture_logs() as captured:
        yield captured


def cards(shop: Shop) -> list[str]:
    return [post.text for post in posts(shop)]


def posts(shop: Shop) -> list[Outgoing]:
    return [post for post in shop.paper.posts if post.kind == "alert.card"]


def labels(post: Outgoing) -> list[str]:
    return [button.label for button in post.buttons]


async def test_one_thing_is_one_card_with_a_count(storage: Storage) -> None:
    async with Shop(storage, capabilities=[Bell().capability]) as shop:
        for _ in range(3):
            await shop.command("/ring the printer is out")
            await shop.passes(minutes=5)
        await shop.command("/ring the scale is off")
        assert cards(shop) == ["the printer is out (3 times, last 20:10)", "the scale is off"]
        assert [post.history for post in posts(shop)] == ["20:10 again, 3 times by now", ""]


async def test_after_its_window_it_is_a_new_card(storage: Storage) -> None:
    bell = Bell(window=timedelta(minutes=10))
    async with Shop(storage, capabilities=[bell.capability]) as shop:
        await shop.command("/ring smoke")
        await shop.passes(minutes=9)
        await shop.command("/ring smoke")
        await shop.passes(minutes=2)
        await shop.command("/ring smoke")
        assert cards(shop) == ["smoke (2 times, last 20:09)", "smoke"]


async def test_what_is_settled_turns_quiet_and_starts_anew(storage: Storage) -> None:
    async with Shop(storage, capabilities=[Bell().capability]) as shop:
        await shop.command("/alarm smoke")
        assert posts(shop)[0].urgent
        await shop.command("/calm smoke")
        (calm,) = posts(shop)
        assert (calm.text, calm.buttons, calm.urgent) == ("✓ smoke — all is well", (), False)
        assert calm.history == "20:00 settled: all is well"
        await shop.command("/ring smoke")
        assert cards(shop) == ["✓ smoke — all is well", "smoke"]


async def test_settling_what_nobody_raised_says_nothing(storage: Storage) -> None:
    async with Shop(storage, capabilities=[Bell().capability]) as shop:
        await shop.command("/calm smoke")
        assert cards(shop) == []


async def test_who_takes_it_is_on_the_card_and_the_next_hears_who_was_faster(
    storage: Storage,
) -> None:
    bell = Bell(buttons=[Bell.button()], owner_role=Role.PACKER)
    async with Shop(storage, capabilities=[bell.capability]) as shop:
        await shop.command("/alarm smoke")
        assert cards(shop) == ["smoke — for packer"]
        await shop.passes(minutes=5)
        mine = await shop.presses("Sue", "I take it", role="packer")
        assert mine.text == "It is yours now; the card says so."
        (card,) = posts(shop)
        assert (card.text, labels(card)) == ("smoke — taken by Sue at 20:05", ["Ring again"])
        assert (card.history, card.urgent) == ("20:05 Sue took it", False)
        late = await shop.presses_id("Pat", "alert.take:1", role="host")
        assert late.text == "Sue was faster and has it."
        again = await shop.presses_id("Sue", "alert.take:1", role="packer")
        assert again.text == "It is yours now; the card says so."
        nobody = await shop.presses_id("Eve", "alert.take:1")
        assert "You cannot use I take it" in nobody.text
        await shop.command("/ring smoke")
        assert cards(shop) == ["smoke (2 times, last 20:05) — taken by Sue at 20:05"]
        await shop.command("/calm smoke")
        gone = await shop.presses_id("Pat", "alert.take:1", role="host")
        assert gone.text == "This is settled already; nothing is left to do."


async def test_taking_it_can_be_taken_back(storage: Storage) -> None:
    async with Shop(storage, capabilities=[Bell().capability]) as shop:
        await shop.command("/ring smoke")
        await shop.presses("Sue", "I take it", role="host")
        answer = await shop.command("/undo", "Sue", role="host")
        assert answer == "It waits for somebody to take it again."
        (card,) = posts(shop)
        assert (card.text, labels(card)) == ("smoke", ["I take it"])
        assert card.history.endswith("Sue left it to somebody else")


async def test_a_card_goes_on_after_a_restart(storage: Storage) -> None:
    bell = Bell()
    async with Shop(storage, capabilities=[bell.capability]) as shop:
        await shop.command("/ring smoke")
    async with Shop(storage, continues=shop, capabilities=[bell.capability]) as later:
        await later.command("/ring smoke")
        await later.presses("Sue", "I take it", role="host")
        assert cards(later) == ["smoke (2 times, last 20:00) — taken by Sue at 20:00"]


async def test_a_hundred_bugs_of_one_kind_are_one_card(storage: Storage) -> None:
    async def trip(work: Work, command: Invocation) -> Answer:
        raise KeyError("a stone")

    async def fall(work: Work, command: Invocation) -> Answer:
        raise KeyError("a hole")

    clumsy = Capability(
        name="clumsy",
        summary="Raises.",
        commands=(
            CommandSpec(name="trip", summary="raise", run=trip),
            CommandSpec(name="fall", summary="raise", run=fall),
        ),
    )
    async with Shop(storage, capabilities=[clumsy]) as shop:
        for _ in range(10):
            await shop.command("/trip")
        await shop.command("/fall")
        first, second = cards(shop)
        assert first.endswith("the rest goes on. (10 times, last 20:00)")
        assert "a hole" in second


async def test_an_exception_tells_its_history(storage: Storage) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        told = []
        for line in (
            "/stock recount M3 0",
            "/exception take 1",
            "/exception resolve 1 found it",
            "/undo",
        ):
            await shop.command(line, "Sue", role="owner")
            told += [post.history for post in shop.paper.posts if post.kind == "exception.card"]
        assert told == [
            "",
            "20:00 Sue took it",
            "20:00 resolved by Sue: found it",
            "20:00 opened again",
        ]


async def test_a_show_that_ends_settles_the_question_whether_it_is_over(
    storage: Storage,
) -> None:
    async with Shop(storage) as shop:
        await shop.show()
        await shop.passes(minutes=61)
        assert cards(shop)[0].startswith("💤 Friday: nothing was claimed")
        await shop.command("/show end")
        (card,) = posts(shop)
        assert card.text.startswith("✓ 💤 Friday")
        assert card.text.endswith("— the show has ended")
        assert card.buttons == ()


async def test_two_people_of_one_name_are_two(storage: Storage) -> None:
    async def takes(shop: Shop, id: str, button: str) -> str:
        press = shop._press("Alex", button, "owner", None)
        await shop.andon.intake.act(replace(press, person=replace(press.person, id=id)))
        await shop._settle()
        return shop._answer(press.reply_to).text

    async with Shop(storage, capabilities=[Bell().capability]) as shop:
        await shop.command("/ring smoke")
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.command("/stock recount M3 0")
        for button in ("alert.take:1", "exception.take:1"):
            first, again = [await takes(shop, "alex", button) for _ in range(2)]
            assert first == again
            assert "is yours now" in first
            other = await takes(shop, "alex2", button)
            assert "Alex" in other
            assert "yours" not in other
        assert "you have it" in await shop.command("/mine", "Alex", role="owner")
        alex = shop.person("Alex", "owner")
        home = await shop.andon.intake.home(replace(alex, id="alex2"))
        assert home is not None
        assert "you have it" not in "".join(one.text for one in home.sections)


@pytest.mark.postgres
async def test_one_thing_that_two_processes_meet_at_once_is_one_card(
    postgresql: Storage, postgres_url: str
) -> None:
    first, go = asyncio.Event(), asyncio.Event()

    async def rings(storage: Storage, until: asyncio.Event) -> None:
        async with storage.write() as tx:
            dispatcher = shop.andon.dispatcher
            work = Work(
                tx, dispatcher.house, dispatcher.snapshot, EVENING, commands={}, undoes={}, waits=()
            )
            await raise_alert(work, key="smoke", kind="answer", values={"text": "smoke"})
            first.set()
            await until.wait()

    async with open_storage(postgres_url) as other, Shop(postgresql) as shop:
        one = asyncio.create_task(rings(postgresql, go))
        await first.wait()
        two = asyncio.create_task(rings(other, first))
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        # The second waits for the first, unless it has not seen that there is one.
        while not two.done():
            async with other.read() as look:
                if await look.scalar(waiting):
                    break
        go.set()
        await asyncio.gather(one, two)
        async with other.read() as look:
            rows = await look.all(select(alerts.c["count"]))
    assert [tuple(row) for row in rows] == [(2,)]
