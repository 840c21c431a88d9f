"""A bug in one thing said: it is set aside under a reference, and everything else goes on."""

import re
from collections.abc import Iterator, MutableMapping, Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from handlers.capability import Capability, CommandSpec, Deadline, Follower, Phase
from handlers.claims.floor import Floor
from handlers.claims.freeing import promote
from handlers.command_line import Invocation
from handlers.events import Event, StockFell
from handlers.hearing import Line
from handlers.messages import Answer, MessageDeleted
from handlers.work import Work
from storage.engine import Storage
from storage.schema import sale, traffic
from tests.fakes.shop import Shop

REFERENCE = re.compile(r"Reference: ([0-9a-f]{8})\.")


@pytest.fixture(autouse=True)
def logs() -> Iterator[Sequence[MutableMapping[str, Any]]]:
    """What is logged, kept off the screen."""
    with capture_logs() as captured:
        yield captured


class Landmine:
    """Hears before all others, and raises on a magic word."""

    phase = Phase.GUARD

    async def prepare(self, work: Work, lines: Sequence[Line]) -> None:
        """Nothing to load."""

    async def hear(self, work: Work, line: Line) -> bool:
        """Raise on the magic word."""
        if not isinstance(line.message, MessageDeleted) and "xyzzy" in line.message.text:
            work.tell_team("alerts", "answer", {"text": "never said"})
            raise ZeroDivisionError("xyzzy")
        return False


async def explode(work: Work, command: Invocation) -> Answer:
    work.record(command.person, "mine.explode", "")
    raise KeyError("boom")


MINE = Capability(
    name="mine",
    summary="Raises.",
    hearers=(Landmine(),),
    commands=(CommandSpec(name="explode", summary="raise", run=explode),),
)


async def test_a_line_with_a_bug_is_set_aside_and_the_others_go_on(
    storage: Storage, logs: Sequence[MutableMapping[str, Any]]
) -> None:
    async with Shop(storage, capabilities=[MINE]) as shop:
        await shop.show()
        await shop.say_together(
            ("Ana", "claim M3"), ("Bob", "xyzzy"), ("Cy", "claim M3"), ("Di", "claim R5")
        )
        assert (await shop.numbers("M3")).held == 2
        assert (await shop.numbers("R5")).held == 1
        (sorry,) = shop.heard_by("Bob")
        found = REFERENCE.search(sorry)
        assert found is not None
        assert sorry.startswith("@Bob sorry, that went wrong on our side; your line is kept")
        assert shop.team() == [
            f"🐞 A message was set aside, reference {found[1]}: ZeroDivisionError: xyzzy. The log "
            "has more under that reference; the rest goes on."
        ]
        (row,) = await shop.rows(select(traffic.set_aside))
        assert (row.reference, row.state) == (found[1], "waiting")
        (logged,) = [line for line in logs if line.get("reference") == found[1]]
        assert isinstance(logged["exc_info"], ZeroDivisionError)


async def test_each_of_many_bugs_has_its_own_reference(storage: Storage) -> None:
    async with Shop(storage, capabilities=[MINE]) as shop:
        await shop.show()
        await shop.say_together(
            *(("Eve", "xyzzy") if number % 3 else ("Ana", "hello") for number in range(9)),
            ("Ana", "claim M3"),
        )
        references = [
            found[1] for line in shop.heard_by("Eve") if (found := REFERENCE.search(line))
        ]
        assert len(set(references)) == 6
        assert (await shop.numbers("M3")).held == 1


async def test_a_command_with_a_bug_changes_nothing_and_says_so(storage: Storage) -> None:
    async with Shop(storage, capabilities=[MINE]) as shop:
        answer = await shop.command("/explode")
        assert answer.startswith(
            "Sorry, that went wrong on our side; what you asked for is kept and somebody looks at"
        )
        assert REFERENCE.search(answer)
        assert shop.paper.posts[-1].private or shop.paper.posts[-2].private
        assert await shop.rows(select(traffic.audit)) == []
        assert (await shop.command("/help")).startswith("What you can type")


async def test_a_direct_message_with_a_bug_is_answered(storage: Storage) -> None:
    async with Shop(storage, capabilities=[MINE]) as shop:
        assert "that went wrong on our side" in await shop.writes("Ana", "/explode")


async def test_what_falls_due_with_a_bug_does_not_stop_the_chat(storage: Storage) -> None:
    async def fail(work: Work, due: datetime) -> None:
        raise RuntimeError("never on time")

    late = Capability(
        name="late",
        summary="Fails on time.",
        deadlines=(
            Deadline(
                name="late.fail",
                due=select(func.min(sale.shows.c.started_at)),
                run=fail,
            ),
        ),
    )
    async with Shop(storage, capabilities=[late]) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        assert shop.heard_by("Ana") == ["✅ @Ana M3 is yours"]


async def test_a_follower_that_fails_with_the_floor_in_hand_leaves_the_stock_right(
    storage: Storage,
) -> None:
    async def meddle(work: Work, events: Sequence[Event]) -> None:
        show = work.snapshot.timeline.live
        assert show is not None
        floor = Floor.of(work, show)
        for event in events:
            assert isinstance(event, StockFell)
            await floor.load([event.item_id], {})
            floor.stock[event.variant_id].on_hand += 5
            await promote(floor, event.variant_id, at=work.at)
            await floor.flush()
        raise ValueError("meddled")

    meddler = Capability(
        name="meddler",
        summary="Meddles with the stock and fails.",
        followers=(Follower(name="meddler.meddle", events=(StockFell,), run=meddle),),
    )
    async with Shop(storage, capabilities=[meddler]) as shop:
        await shop.show()
        await shop.say_together(("Ana", "claim R5"), ("Bob", "claim R5"))
        numbers = await shop.numbers("R5")
        assert (numbers.on_hand, numbers.held, numbers.waiting) == (1, 1, 1)
        await shop.passes(minutes=2)
        await shop.says("Cy", "claim R5")
        assert shop.heard_by("Cy")[-1] == "⏳ @Cy R5: waitlist #2"
