"""The scorecard's figures: rates, and sums that lose nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.scorecard.formulas import (
    Back,
    Given,
    Place,
    Sold,
    given_by_place,
    rate_bp,
    score,
)

DRESS = Place(show="Friday", sku="D1", title="Linen dress", host="Mo")
MUG = Place(show="Friday", sku="M3", title="Mug", host="Hana")
AGAIN = Place(show="Sunday", sku="D1", title="Linen dress")

places = st.sampled_from([DRESS, MUG, AGAIN])


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(0, 0, None), (0, 4, 0), (1, 4, 2_500), (1, 3, 3_333), (2, 3, 6_667), (5, 4, 12_500)],
)
def test_a_rate_is_rounded_and_needs_a_whole(part: int, whole: int, expected: int | None) -> None:
    assert rate_bp(part, whole) == expected


def test_units_are_counted_by_whatever_is_asked_for() -> None:
    sold = [Sold(place=DRESS, units=4), Sold(place=MUG, units=2), Sold(place=AGAIN, units=6)]
    back = [
        Back(place=DRESS, kind="return", reason="too_small", fault="customer", units=2),
        Back(place=AGAIN, kind="complaint", reason="defective", fault="shop", units=1),
    ]
    gave = [Given(place=DRESS, currency="USD", minor=9_600)]
    first, second = score(lambda place: place.sku, sold, back, gave)
    assert (first.key, first.title, first.sold, first.back) == ("D1", "Linen dress", 10, 3)
    assert (first.return_rate, first.complaint_rate) == (2_000, 1_000)
    assert first.reasons == {"too_small": 2, "defective": 1}
    assert first.faults == {"customer": 2, "shop": 1}
    assert first.given == {"USD": 9_600}
    assert (second.key, second.back, second.return_rate) == ("M3", 0, 0)
    # What nobody put on stage is in no host's line.
    hosts = score(lambda place: place.host, sold, back, gave)
    assert [(one.key, one.sold) for one in hosts] == [("Mo", 4), ("Hana", 2)]


@given(
    st.lists(st.tuples(places, st.integers(1, 9))),
    st.lists(st.tuples(places, st.integers(1, 9))),
    st.integers(0, 99_999),
    st.lists(st.tuples(places, st.integers(0, 9_999)), min_size=1),
)
def test_however_it_is_counted_the_sums_are_the_same(
    sales: list[tuple[Place, int]],
    returns: list[tuple[Place, int]],
    minor: int,
    units: list[tuple[Place, int]],
) -> None:
    sold = [Sold(place=place, units=count) for place, count in sales]
    back = [
        Back(place=place, kind="return", reason="late", fault="carrier", units=count)
        for place, count in returns
    ]
    gave = given_by_place(minor, "EUR", units)
    assert sum(one.minor for one in gave) == minor
    for scores in (
        score(lambda place: place.sku, sold, back, gave),
        score(lambda place: place.show, sold, back, gave),
    ):
        assert sum(one.sold for one in scores) == sum(count for _, count in sales)
        assert sum(one.returned for one in scores) == sum(count for _, count in returns)
        assert sum(one.given.get("EUR", 0) for one in scores) == minor
