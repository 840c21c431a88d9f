"""How a show's figures are reckoned: percentiles by nearest rank, money that adds up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.reporting.figures import (
    Goods,
    Handwork,
    HeldGoods,
    Lateness,
    ShowFigures,
    Unmet,
    money_figures,
    percent_of,
    percentile,
    waited,
)
from handlers.reporting.words import report_csv
from storage.schema.states import HoldState

WAITS = st.lists(st.floats(0, 1e6), min_size=1)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([], 50, None),
        ([7.0], 1, 7.0),
        ([7.0], 100, 7.0),
        # The standard example of the method.
        ([15.0, 20.0, 35.0, 40.0, 50.0], 30, 20.0),
        ([15.0, 20.0, 35.0, 40.0, 50.0], 40, 20.0),
        ([50.0, 20.0, 35.0, 15.0, 40.0], 50, 35.0),
        ([float(n) for n in range(1, 101)], 99, 99.0),
        ([float(n) for n in range(1, 102)], 99, 100.0),
    ],
)
def test_percentiles_are_of_the_nearest_rank(
    values: list[float], percent: int, expected: float | None
) -> None:
    assert percentile(values, percent) == expected


@given(values=WAITS, percent=st.integers(1, 100))
def test_a_percentile_is_the_least_value_that_covers_so_many(
    values: list[float], percent: int
) -> None:
    found = percentile(values, percent)
    assert found in values
    assert found is not None
    assert 100 * sum(value <= found for value in values) >= percent * len(values)
    assert 100 * sum(value < found for value in values) < percent * len(values)


@pytest.mark.parametrize("percent", [0, 101, -1])
def test_there_are_no_other_percentiles(percent: int) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile([1.0], percent)


def test_shares_are_rounded_to_the_nearest() -> None:
    cases = [(0, 0), (1, 0), (1, 3), (2, 3), (1, 200), (1, 201), (5, 5)]
    assert [percent_of(*case) for case in cases] == [0, 0, 33, 67, 1, 0, 100]


HELD = st.builds(
    HeldGoods,
    currency=st.sampled_from(["EUR", "USD"]),
    state=st.sampled_from(HoldState),
    goods=st.builds(Goods, units=st.integers(1, 99), minor=st.integers(0, 10**9)),
)


@given(held=st.lists(HELD))
def test_what_was_claimed_is_paid_expired_given_back_or_held(held: list[HeldGoods]) -> None:
    figures = money_figures(held)
    assert [one.currency for one in figures] == sorted({one.currency for one in held})
    for one in figures:
        ours = [other.goods for other in held if other.currency == one.currency]
        assert one.claimed.minor == sum(goods.minor for goods in ours)
        assert one.claimed.units == sum(goods.units for goods in ours)


def test_a_platform_whose_clock_is_ahead_was_told_at_once() -> None:
    known = waited(3, [timedelta(seconds=2), timedelta(seconds=-1)])
    assert (known.told, known.claims, known.p50, known.p99) == (2, 3, 0.0, 2.0)
    assert waited(1, []).p50 is None


def test_the_table_opens_in_a_spreadsheet_without_running_anything() -> None:
    now = datetime(2026, 3, 6, tzinfo=UTC)
    held = HeldGoods(currency="JPY", state=HoldState.PAID, goods=Goods(units=2, minor=1_200))
    figures = ShowFigures(
        show_id=1,
        name='=HYPERLINK("x")',
        at=now,
        started_at=now,
        ended_at=now,
        money=money_figures([held], [("JPY", 1_500), ("JPY", -1_600)]),
        unmet=(Unmet(sku="+A1", label="A1", units=3, people=2),),
        waited=waited(2, [timedelta(seconds=1.25)]),
        handwork=Handwork(added=1),
        questions=4,
        steps=Lateness(count=5, open=1, late=2),
        exceptions=Lateness(),
    )
    lines = report_csv(figures).splitlines()
    assert lines[0] == "\ufefffigure,of,value,unit"
    assert """show,"'=HYPERLINK(""x"")",1,number""" in lines
    assert "paid_money,,1200,JPY" in lines
    assert "received_money,,-100,JPY" in lines
    assert "unmet_units,'+A1,3,units" in lines
    assert "acknowledged_p99,,1.250,s" in lines
    assert "steps_late,,2,steps" in lines
    assert "final,,1,yes is 1" in lines
