"""Followers of what happens: one that fails is kept and tried again, and the sale goes on."""

from collections.abc import Iterator, MutableMapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from handlers.capability import Capability, Follower
from handlers.events import Event, StockFell, StockRose
from handlers.work import Work
from storage.engine import Storage
from storage.schema import traffic
from tests.fakes.shop import Shop


@pytest.fixture(autouse=True)
def logs() -> Iterator[Sequence[MutableMapping[str, Any]]]:
    """What is logged, kept off the screen."""
    with capture_logs() as captured:
        yield captured


class Scale:
    """Weighs what was sold; `broken` labels make it raise."""

    def __init__(self, *broken: str, required: bool = False) -> None:
        self.broken = set(broken)
        self.seen: list[str] = []
        self.capability = Capability(
            name="scale",
            summary="Weighs what was sold.",
            followers=(
                Follower(
                    name="scale.weigh", events=(StockFell,), run=self.weigh, required=required
                ),
            ),
        )

    async def weigh(self, work: Work, events: Sequence[Event]) -> None:
        for event in events:
            assert isinstance(event, StockFell)
            work.tell_team("alerts", "answer", {"text": f"weighed {event.label}"})
            if event.label in self.broken:
                raise ValueError(f"{event.label} is too heavy")
            self.seen.append(event.label)


async def failed(shop: Shop) -> list[tuple[int, str, timedelta | None]]:
    rows = await shop.rows(select(traffic.failed_events).order_by(traffic.failed_events.c.id))
    return [(row.attempts, row.state, row.retry_due and row.retry_due - row.at) for row in rows]


async def test_one_event_of_several_fails_alone(storage: Storage) -> None:
    scale = Scale("M3")
    async with Shop(storage, capabilities=[scale.capability]) as shop:
        await shop.show()
        await shop.say_together(("Ana", "claim M3"), ("Bob", "claim D2"), ("Cy", "claim R5"))
        assert (await shop.numbers("M3")).held == 1
        assert (await shop.numbers("R5")).held == 1
        told = shop.team()
        assert [line for line in told if line.startswith("weighed")] == [
            "weighed D2",
            "weighed R5",
        ]
        (alert,) = [line for line in told if line.startswith("🐞")]
        assert alert.startswith("🐞 scale.weigh failed on StockFell, reference ")
        assert await failed(shop) == [(1, "waiting", timedelta(minutes=1))]


async def test_it_is_tried_again_and_done_once_it_works(storage: Storage) -> None:
    scale = Scale("M3")
    async with Shop(storage, capabilities=[scale.capability]) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        scale.broken.clear()
        await shop.passes(seconds=50)
        assert "weighed M3" not in shop.team()
        await shop.passes(seconds=20)
        assert shop.team().count("weighed M3") == 1
        assert await failed(shop) == [(2, "done", None)]


async def test_the_waits_grow_until_a_person_has_to_look(storage: Storage) -> None:
    scale = Scale("M3")
    async with Shop(storage, capabilities=[scale.capability]) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        waits = []
        for _ in range(7):
            ((_, _, wait),) = await failed(shop)
            assert wait is not None
            waits.append(wait)
            await shop.passes(seconds=wait.total_seconds())
        gaps = [later - sooner for sooner, later in pairwise(waits)]
        assert gaps == sorted(gaps)
        assert gaps[-1] > gaps[0]
        assert await failed(shop) == [(8, "waiting", None)]
        assert any("failed on StockFell 8 times" in line for line in shop.team())
        assert len([line for line in shop.team() if line.startswith("🐞")]) == 2


async def test_what_failed_before_a_restart_is_tried_after_it(storage: Storage) -> None:
    async with Shop(storage, capabilities=[Scale("M3").capability]) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
    async with Shop(storage, continues=shop, capabilities=[Scale().capability]) as later:
        await later.passes(minutes=2)
        assert "weighed M3" in later.team()
        assert await failed(later) == [(2, "done", None)]


async def test_a_follower_that_is_needed_fails_the_line_with_it(storage: Storage) -> None:
    scale = Scale("M3", required=True)
    async with Shop(storage, capabilities=[scale.capability]) as shop:
        await shop.show()
        await shop.say_together(("Ana", "claim M3"), ("Bob", "claim D2"))
        assert (await shop.numbers("M3")).held == 0
        assert (await shop.numbers("D2")).held == 1
        assert "that went wrong on our side" in shop.heard_by("Ana")[-1]
        assert await failed(shop) == []


async def test_what_a_follower_makes_happen_is_followed_too(storage: Storage) -> None:
    async def restock(work: Work, events: Sequence[Event]) -> None:
        for event in events:
            assert isinstance(event, StockFell)
            work.emit(StockRose(**{**event.values(), "before": event.after, "after": event.before}))

    async def cheer(work: Work, events: Sequence[Event]) -> None:
        work.tell_team("alerts", "answer", {"text": f"hurray ×{len(events)}"})

    chain = Capability(
        name="chain",
        summary="Two that follow one another.",
        followers=(
            Follower(name="chain.restock", events=(StockFell,), run=restock),
            Follower(name="chain.cheer", events=(StockRose,), run=cheer),
        ),
    )
    async with Shop(storage, capabilities=[chain]) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        assert shop.team() == ["hurray ×1"]


async def test_a_follower_that_breaks_the_database_is_taken_back_alone(storage: Storage) -> None:
    async def double(work: Work, events: Sequence[Event]) -> None:
        for _ in range(2):
            await work.tx.insert(
                traffic.set_aside,
                [{"key": "k", "reference": "r", "error": "", "at": work.at, "state": "waiting"}],
            )

    clumsy = Capability(
        name="clumsy",
        summary="Writes one key twice.",
        followers=(Follower(name="clumsy.double", events=(StockFell,), run=double),),
    )
    async with Shop(storage, capabilities=[clumsy]) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        assert shop.heard_by("Ana") == ["✅ @Ana M3 is yours"]
        assert await shop.rows(select(traffic.set_aside)) == []
        assert len(await failed(shop)) == 1
