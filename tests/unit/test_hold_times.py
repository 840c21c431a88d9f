"""How long a hold lasts, against a reference that walks the clock minute by minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.claims.hold_times import hold_end, idle_dues, next_warning, waking_end
from handlers.claims.rules import SaleRules
from handlers.snapshot import ShowView
from storage.schema.states import ShowState
from tests.fakes.examples import examples

RULES = SaleRules()
START = datetime(2026, 3, 6, 20, tzinfo=UTC)
END = datetime(2026, 3, 6, 23, tzinfo=UTC)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Bangkok", "America/Santiago")
# In each zone a day of 23 and one of 25 hours is among them.
DAYS = [datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 9, 10, 11)]


def show(*, ended: datetime | None = None, minutes: int | None = None) -> ShowView:
    return ShowView(
        id=1,
        name="Friday",
        state=ShowState.LIVE if ended is None else ShowState.ENDED,
        started_at=START,
        ended_at=ended,
        paused=False,
        claimable=None,
        hold_minutes=minutes,
        stages=(),
        first_staged={},
    )


def walked(rules: SaleRules, at: datetime, zone: ZoneInfo) -> datetime:
    """The same end, found by counting every waking minute."""
    left, moment = rules.offer_hours * 60, at
    while left:
        hour = moment.astimezone(zone).hour
        left -= rules.offer_from_hour <= hour < rules.offer_until_hour
        moment += timedelta(minutes=1)
    return moment


@settings(max_examples=examples(120))
@given(
    zone=st.sampled_from(ZONES),
    day=st.sampled_from(DAYS),
    minute=st.integers(0, 40 * 24 * 60),
    window=st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda one: one[0] < one[1]),
    hours=st.integers(1, 30),
)
def test_waking_hours_are_counted_as_the_clock_on_the_wall_does(
    zone: str, day: datetime, minute: int, window: tuple[int, int], hours: int
) -> None:
    rules = SaleRules(offer_from_hour=window[0], offer_until_hour=window[1], offer_hours=hours)
    at, here = day + timedelta(minutes=minute), ZoneInfo(zone)
    assert waking_end(rules, at, here) == walked(rules, at, here)


@pytest.mark.parametrize(
    ("at", "end"),
    [
        # In the window: the rest of today, the remainder tomorrow.
        (datetime(2026, 3, 6, 20, tzinfo=UTC), datetime(2026, 3, 7, 20, tzinfo=UTC)),
        # By night, and before it opens: the whole next window.
        (datetime(2026, 3, 6, 23, tzinfo=UTC), datetime(2026, 3, 7, 21, tzinfo=UTC)),
        (datetime(2026, 3, 6, 3, tzinfo=UTC), datetime(2026, 3, 6, 21, tzinfo=UTC)),
        (datetime(2026, 3, 6, 9, tzinfo=UTC), datetime(2026, 3, 6, 21, tzinfo=UTC)),
    ],
)
def test_twelve_waking_hours(at: datetime, end: datetime) -> None:
    assert waking_end(RULES, at, ZoneInfo("UTC")) == end


def test_a_night_with_the_clock_put_forward_or_back_counts_as_it_is() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    rules = SaleRules(offer_from_hour=0, offer_until_hour=24, offer_hours=24)
    for month, day in ((3, 28), (10, 24)):
        at = datetime(2026, month, day, 22, tzinfo=UTC)
        assert waking_end(rules, at, berlin) - at == timedelta(hours=24)


@pytest.mark.parametrize(
    ("ended", "show_minutes", "item_minutes", "promoted", "end"),
    [
        (None, None, None, False, None),
        (None, None, None, True, None),
        (None, None, 30, False, START + timedelta(minutes=30)),
        (None, 60, None, False, START + timedelta(minutes=60)),
        (None, 60, 30, False, START + timedelta(minutes=30)),
        (None, None, 30, True, START + timedelta(hours=24)),
        (END, None, None, False, END + timedelta(hours=24)),
        (END, None, 30, False, START + timedelta(minutes=30)),
        (END, None, 3_000, False, END + timedelta(hours=24)),
        (END, None, None, True, END + timedelta(hours=24)),
        (END - timedelta(days=3), None, None, True, START + timedelta(hours=24)),
    ],
)
def test_when_a_hold_ends(
    ended: datetime | None,
    show_minutes: int | None,
    item_minutes: int | None,
    promoted: bool,
    end: datetime | None,
) -> None:
    found = hold_end(
        RULES,
        show(ended=ended, minutes=show_minutes),
        item_minutes=item_minutes,
        at=START,
        promoted=promoted,
        timezone=ZoneInfo("UTC"),
    )
    assert found == end


@pytest.mark.parametrize(
    ("hours_before", "next_hours"), [(24, 12), (13, 12), (12, 2), (3, 2), (2, None), (1, None)]
)
def test_the_next_warning(hours_before: int, next_hours: int | None) -> None:
    warning = next_warning(RULES, END, END - timedelta(hours=hours_before))
    assert warning == (None if next_hours is None else END - timedelta(hours=next_hours))
    assert next_warning(RULES, None, END) is None


def test_an_idle_show_asks_after_an_hour_and_ends_after_three() -> None:
    assert idle_dues(RULES, START) == (START + timedelta(hours=1), START + timedelta(hours=3))
