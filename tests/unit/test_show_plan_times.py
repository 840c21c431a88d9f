"""When a show is to begin, as a person types it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from handlers.shows.plan_times import PlanFault, Planned, read_plan

BERLIN = ZoneInfo("Europe/Berlin")
#: 18:40:20 in Berlin.
NOW = datetime(2026, 3, 27, 17, 40, 20, tzinfo=UTC)


def utc(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "starts", "ends", "name"),
    [
        ("19:30", utc(27, 18, 30), None, ""),
        ("19.30 Friday finds", utc(27, 18, 30), None, "Friday finds"),
        ("18:40", utc(28, 17, 40), None, ""),
        ("19:30-22:00", utc(27, 18, 30), utc(27, 21), ""),
        ("22:00 to 00:30 Late show", utc(27, 21), utc(27, 23, 30), "Late show"),
        # The clocks go forward on the 29th.
        ("2026-03-29 19:30", utc(29, 17, 30), None, ""),
        ("2026-3-29T19:30 2 for 1", utc(29, 17, 30), None, "2 for 1"),
        ("2026-03-28 23:00-01:00", utc(28, 22), utc(29, 0), ""),
        # 02:30 is left out that night: it is an hour later, and lasts as long as was meant.
        ("2026-03-29 02:30-03:15", utc(29, 1, 30), utc(29, 2, 15), ""),
        ("in 2h", utc(27, 19, 40), None, ""),
        ("IN 1h 30m Rings", utc(27, 19, 10), None, "Rings"),
        ("in 90min", utc(27, 19, 10), None, ""),
        ("in 45m", utc(27, 18, 25), None, ""),
    ],
)
def test_times_are_those_of_the_shop(
    text: str, starts: datetime, ends: datetime | None, name: str
) -> None:
    assert read_plan(text, NOW, BERLIN) == Planned(starts=starts, ends=ends, name=name)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("tonight", PlanFault.UNREAD),
        ("", PlanFault.UNREAD),
        ("in", PlanFault.UNREAD),
        ("in 2 days", PlanFault.UNREAD),
        ("25:00", PlanFault.UNREAD),
        ("19:30-24:10", PlanFault.UNREAD),
        ("1930", PlanFault.UNREAD),
        ("2026-02-30 19:30", PlanFault.UNREAD),
        ("2026-03-29", PlanFault.UNREAD),
        ("9999-12-31 23:59", PlanFault.UNREAD),
        ("in 0h", PlanFault.PAST),
        ("2026-03-27 18:40", PlanFault.PAST),
        ("2027-03-29 19:30", PlanFault.FAR),
    ],
)
def test_what_is_no_time_to_come_is_refused(text: str, fault: PlanFault) -> None:
    assert read_plan(text, NOW, BERLIN) is fault


def test_the_second_of_two_equal_hours_is_still_to_come() -> None:
    # 02:45 in summer time on the night that has two of them.
    now = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    found = read_plan("02:30", now, BERLIN)
    assert isinstance(found, Planned)
    assert found.starts == utc(25, 1, 30, month=10)
