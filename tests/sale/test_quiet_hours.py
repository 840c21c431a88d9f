"""Quiet hours: an audience hears only what is urgent, and the rest once they are over, in order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.settings import load_settings
from handlers.team.hours import QuietHours
from storage.engine import Storage
from tests.fakes.bell import Bell
from tests.fakes.shop import Shop

BERLIN = ZoneInfo("Europe/Berlin")


def quiet(storage: Storage, bell: Bell | None = None, **more: Any) -> Shop:
    """A shop that opens at 20:00, when quiet hours of alerts and exceptions begin, until 22:00."""
    bell = bell or Bell()
    settings = load_settings(
        environ={
            "ANDON_TEAM__QUIET_HOURS__ALERTS": "20:00-22:00",
            "ANDON_TEAM__QUIET_HOURS__EXCEPTIONS": "20:00-22:00",
        }
    )
    shop = Shop(storage, capabilities=[bell.capability], **more)
    house = replace(shop.andon.house, quiet_hours=settings.team.quiet)
    shop.andon.house = shop.andon.dispatcher.house = house
    return shop


def told(shop: Shop, audience: str = "alerts") -> Sequence[str]:
    return [
        post.text
        for post in shop.paper.posts
        if post.address.target == audience and post.kind != "show.card"
    ]


async def test_what_is_not_urgent_waits_and_is_said_in_order(storage: Storage) -> None:
    async with quiet(storage) as shop:
        await shop.command("/ring the printer is out")
        await shop.command("/note the kettle is on")
        assert await shop.command("/note hello") == "noted"
        assert told(shop) == []
        await shop.command("/alarm smoke")
        assert told(shop) == ["smoke"]
        await shop.passes(hours=1, minutes=59)
        assert told(shop) == ["smoke"]
        await shop.passes(minutes=2)
        assert told(shop)[1:] == ["the printer is out", "the kettle is on", "hello"]
        await shop.command("/note good morning")
        assert told(shop)[-1] == "good morning"


async def test_other_audiences_are_not_quiet(storage: Storage) -> None:
    async with quiet(storage, Bell("packing")) as shop:
        await shop.command("/note a parcel")
        assert told(shop, "packing") == ["a parcel"]


async def test_what_is_held_survives_a_restart(storage: Storage) -> None:
    async with quiet(storage) as shop:
        await shop.command("/ring the printer is out")
    async with quiet(storage, continues=shop) as later:
        await later.command("/ring the printer is out")
        await later.passes(hours=3)
        assert told(later) == ["the printer is out (2 times, last 20:00)"]
        (post,) = [post for post in later.paper.posts if post.kind == "alert.card"]
        assert post.history == "20:00 again, 2 times by now"
        await later.passes(hours=3)
        assert len(told(later)) == 1


async def test_of_more_than_five_there_is_one_summary(storage: Storage) -> None:
    async with quiet(storage) as shop:
        for number in range(1, 7):
            await shop.command(f"/ring alert {number}")
        await shop.command("/ring alert 2")
        await shop.command("/calm alert 6")
        await shop.passes(hours=2)
        assert told(shop) == [
            "While it was quiet here (20:00 to 22:00): 6 messages:\n"
            "• alert 1\n• alert 3\n• alert 4\n• alert 5\n"
            "• alert 2 (2 times, last 20:00)\n• ✓ alert 6 — all is well"
        ]


async def test_what_somebody_must_decide_keeps_its_own_card(storage: Storage) -> None:
    async with quiet(storage) as shop:
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.command("/stock recount M3 0")
        assert told(shop, "exceptions") == []
        await shop.passes(hours=2)
        (card,) = told(shop, "exceptions")
        assert card.startswith("🔶 Exception 1")


async def test_a_held_state_never_replaces_a_newer_one(storage: Storage) -> None:
    async with quiet(storage) as shop:
        await shop.command("/ring smoke")
        await shop.command("/alarm smoke")
        assert told(shop) == ["smoke (2 times, last 20:00)"]
        await shop.passes(hours=3)
        assert told(shop) == ["smoke (2 times, last 20:00)"]


async def test_what_somebody_does_shows_at_once(storage: Storage) -> None:
    async with quiet(storage) as shop:
        await shop.command("/ring smoke")
        answer = await shop.presses_id("Sue", "alert.take:1", role="host")
        assert answer.text == "It is yours now; the card says so."
        assert told(shop) == ["smoke — taken by Sue at 20:00"]


async def test_an_exception_due_within_them_is_said_at_once(storage: Storage) -> None:
    async with quiet(storage) as shop:
        hours = QuietHours.of("20:00-06:00")
        house = replace(shop.andon.house, quiet_hours={"exceptions": hours})
        shop.andon.dispatcher.house = house
        await shop.show()
        await shop.says("Ana", "claim M3")
        await shop.command("/stock recount M3 0")
        assert len(told(shop, "exceptions")) == 1


@pytest.mark.parametrize(
    ("written", "at", "until"),
    [
        ("22:00-07:00", "2026-07-01T21:59", None),
        ("22:00-07:00", "2026-07-01T22:00", "2026-07-02T07:00"),
        ("22:00-07:00", "2026-07-02T06:59", "2026-07-02T07:00"),
        ("22:00-07:00", "2026-07-02T07:00", None),
        ("12:30 – 13:00", "2026-07-02T12:45", "2026-07-02T13:00"),
        ("12:30-13:00", "2026-07-02T22:45", None),
        # The clocks go forward at 2:00 that night, and back at 3:00 in October.
        ("22:00-07:00", "2026-03-28T23:00", "2026-03-29T07:00"),
        ("22:00-07:00", "2026-10-24T23:00", "2026-10-25T07:00"),
    ],
)
def test_they_are_read_in_shop_time(written: str, at: str, until: str | None) -> None:
    def there(local: str) -> datetime:
        return datetime.fromisoformat(local).replace(tzinfo=BERLIN).astimezone(UTC)

    found = QuietHours.of(written).until(there(at), BERLIN)
    assert found == (None if until is None else there(until))
    assert found is None or found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-10-25T00:10", "2026-10-25T00:30"),
        # 2:10 for the second time, after 2:30 was there once already.
        ("2026-10-25T01:10", "2026-10-25T01:30"),
    ],
)
def test_they_never_end_in_the_past_of_the_hour_that_comes_twice(at: str, until: str) -> None:
    now, ends = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (at, until))
    assert QuietHours.of("22:00-02:30").until(now, BERLIN) == ends


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("at night", "write them like 22:00-07:00"),
        ("22:00-24:00", "a day goes from 00:00 to 23:59"),
        ("07:00-07:00", "begins as it ends"),
    ],
)
def test_what_are_no_quiet_hours_is_refused(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        QuietHours.of(written)


async def test_what_the_host_meant_is_asked_in_the_middle_of_a_live_show(sqlite: Storage) -> None:
    async with quiet(sqlite) as shop:
        await shop.show()
        for name in ("Ana", "Bob", "Cy"):
            await shop.says(name, "claim A13")
        assert any("viewers typed A13" in one for one in told(shop))
