"""A show is planned, moved, staged an hour before, and begun; the clock's playbooks go with it."""

from collections.abc import Sequence
from typing import Any

import yaml
from sqlalchemy import select

from bot.platforms.base import Outgoing
from playbooks.model import Playbook
from storage.engine import Storage
from storage.schema import sale
from storage.schema.runs import runs
from tests.fakes.shop import Shop

OWN = """
id: lights
title: "Lights for {show}"
when:
  - schedule: 2h
    before: start
  - schedule: 10m
    before: end
  - hand: true
owner: host
about: [show_id]
steps:
  - id: switch
    title: Switch them on
ends_when:
  - steps: done
"""


def planning(storage: Storage, **more: Any) -> Shop:
    """A shop with a playbook for two hours before each show; it is 20:00."""
    shop = Shop(storage, playbooks=True, **more)
    books, own = shop.andon.house.playbooks, Playbook.of(yaml.safe_load(OWN))
    books.by_id = {**books.by_id, own.id: own}
    return shop


def asked(shop: Shop) -> list[Outgoing]:
    """The suggestions of the clock."""
    return [post for post in shop.paper.posts if post.kind == "runs.suggestion"]


async def started(shop: Shop, name: str = "before-the-show") -> Sequence[Any]:
    """The runs of a playbook."""
    return await shop.rows(select(runs).where(runs.c.playbook_id == name).order_by(runs.c.id))


async def shows(shop: Shop) -> Sequence[Any]:
    return await shop.rows(select(sale.shows).order_by(sale.shows.c.id))


async def test_a_planned_show_is_staged_an_hour_before_and_keeps_its_name(
    storage: Storage,
) -> None:
    async with planning(storage) as shop:
        told = await shop.command("/show plan 23:30-01:00 Friday finds")
        assert told.startswith("Friday finds is planned for 23:30 to Sat 07 Mar 01:00.")
        for line in ("/show status", "/show checklist"):
            answer = await shop.command(line)
            assert "🗓 Planned: Friday finds, 23:30 to Sat 07 Mar 01:00." in answer
        assert await started(shop) == []
        await shop.passes(hours=2, minutes=31)
        (run,) = await started(shop)
        (show,) = await shows(shop)
        assert run.variables["show"] == "Friday finds"
        assert run.variables["show_id"] == show.id
        await shop.passes(minutes=50)
        assert await shop.command("/show start") == (
            "Friday finds is live. Put the first item on stage with /stage CODE."
        )
        (show,) = await shows(shop)
        assert (show.state, show.stage_due) == ("live", None)
        (run,) = await started(shop)
        assert run.ended_why == "The show has started; this was not done before it."
        assert "Planned" not in await shop.command("/show status")


async def test_the_clock_asks_once_is_moved_by_a_new_plan_and_falls_silent_with_it(
    storage: Storage,
) -> None:
    async with planning(storage) as shop:
        await shop.command("/show plan 23:30 Friday finds")
        moved = await shop.command("/show plan 23:50")
        assert moved.startswith("Friday finds is now planned for 23:50.")
        await shop.passes(hours=1, minutes=40)
        assert asked(shop) == []
        await shop.passes(minutes=20)
        (card,) = asked(shop)
        assert "Lights for Friday finds" in card.text
        # It stands unanswered: another time asks no second time.
        await shop.command("/show plan 2026-03-07 02:00")
        await shop.passes(hours=3)
        assert len(asked(shop)) == 1
        assert len(await shows(shop)) == 1
    async with planning(storage, continues=shop) as shop:
        await shop.presses("Hana", "Not now", role="host")
        assert not asked(shop)[0].buttons
        assert await shop.command("/show plan clear") == "Friday finds is not planned any more."
        await shop.command("/show plan 2026-03-08 20:00 Sunday")
        assert await shop.command("/show plan clear") == "Sunday is not planned any more."
        await shop.passes(days=3)
        assert len(asked(shop)) == 1
        assert await shop.command("/show plan clear") == (
            "Nothing is planned. /show plan 19:30 plans the next show."
        )


async def test_what_came_due_while_nobody_listened_is_caught_up_once(storage: Storage) -> None:
    async with planning(storage) as shop:
        await shop.command("/show plan 23:30-23:55 Friday finds")
    shop.clock.advance(3 * 60 * 60)
    for _ in range(2):
        shop = planning(storage, continues=shop)
        async with shop:
            await shop.passes(seconds=10)
            assert len(asked(shop)) == 1
            assert len(await started(shop)) == 1
    async with planning(storage, continues=shop) as shop:
        await shop.passes(minutes=50)
        assert len(asked(shop)) == 1, "the end asks nothing where the start's is still unanswered"
        assert len(await started(shop)) == 1


async def test_a_show_so_near_that_its_hour_has_begun_is_staged_at_once(
    storage: Storage,
) -> None:
    async with planning(storage) as shop:
        await shop.command("/show plan in 30m Flash sale")
        await shop.passes(seconds=1)
        assert len(await started(shop)) == 1
        assert len(asked(shop)) == 1
        await shop.command("/show plan in 40m")
        await shop.passes(hours=1)
        assert len(await started(shop)) == 1
        assert len(asked(shop)) == 1
        assert "that time has passed" in await shop.command("/show status")


async def test_a_plan_for_another_day_is_left_alone_by_a_start(storage: Storage) -> None:
    async with planning(storage) as shop:
        await shop.command("/show plan 2026-03-13 20:00 Next week")
        await shop.command("/show start Tonight")
        await shop.says("Ana", "claim D2")
        assert shop.heard_by("Ana") == ["✅ @Ana D2 is yours"]
        await shop.command("/show end")
        await shop.says("Bea", "claim D2")
        assert "the show is over" in shop.heard_by("Bea")[-1]
        status = await shop.command("/show status")
        assert status.startswith("Tonight: ended")
        assert "🗓 Planned: Next week, Fri 13 Mar 20:00." in status
        assert [show.name for show in await shows(shop)] == ["Next week", "Tonight"]


async def test_plans_and_starts_are_taken_back(storage: Storage) -> None:
    async with planning(storage) as shop:
        await shop.command("/show plan 23:30 Friday finds")
        await shop.command("/show plan 22:30 Early")
        assert (await shop.command("/undo")).startswith("Friday finds is now planned for 23:30.")
        await shop.command("/show start")
        await shop.command("/undo")
        assert "Friday finds, 23:30" in await shop.command("/show status")
        await shop.command("/show plan clear")
        assert (await shop.command("/undo")).startswith("Friday finds is now planned for 23:30.")
        assert (await shows(shop))[0].state == "staged"
        await shop.passes(hours=2, minutes=31)
        assert len(await started(shop)) == 1


async def test_what_cannot_be_planned_says_how_and_viewers_plan_nothing(
    storage: Storage,
) -> None:
    async with planning(storage) as shop:
        assert "/show plan 19:30" in await shop.command("/show plan tonight")
        assert "passed already" in await shop.command("/show plan 2026-01-01 20:00")
        assert "more than a year" in await shop.command("/show plan 2030-01-01 20:00")
        options = {"when": "2026-03-13 20:00", "name": "By form"}
        assert "Fri 13 Mar 20:00" in await shop.command("/show plan", options=options)
        await shop.command("/show plan 21:00", "Vic", role="viewer")
        (show,) = await shows(shop)
        assert show.name == "By form"


async def test_a_plan_in_a_live_show_waits_with_its_list_until_that_has_ended(
    storage: Storage,
) -> None:
    async with planning(storage) as shop:
        await shop.show()
        told = await shop.command("/show plan in 30m Late finds")
        assert told.endswith("A show is live now, so that checklist begins once it has ended.")
        await shop.passes(minutes=5)
        assert await started(shop) == []
        await shop.command("/show end")
        await shop.passes(minutes=2)
        (run,) = await started(shop)
        assert run.variables["show"] == "Late finds"


async def test_a_plan_that_is_moved_or_taken_back_ends_its_list(storage: Storage) -> None:
    async with planning(storage) as shop:
        await shop.command("/show plan in 30m Friday finds")
        await shop.command("/show plan in 40m")
        assert [run.ended_why for run in await started(shop)] == [""]
        await shop.command("/show plan in 3h")
        (moved,) = await started(shop)
        assert moved.ended_why.startswith("The show was moved or taken back")
        await shop.passes(hours=2, minutes=1)
        assert [bool(run.ended_at) for run in await started(shop)] == [True, False]
        await shop.command("/show plan clear")
        assert all(run.ended_at for run in await started(shop))
