"""Shipping is charged once per parcel; and what leaves together leaves together."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.orders.model import ParcelLine
from handlers.orders.shipping import (
    Contents,
    RuleKind,
    ShippingRefused,
    ShippingRule,
    Step,
    charge,
    offers,
    part_off,
    share,
)
from handlers.orders.together import Shippable, ShipTogether, plan_parcels

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
FLAT = ShippingRule(
    key="post", kind=RuleKind.FLAT, currency="EUR", steps=(Step(minor=4_90),), free_from=80_00
)
HEAVY = ShippingRule(
    key="parcel",
    kind=RuleKind.WEIGHT,
    currency="EUR",
    steps=(
        Step(up_to=500, minor=3_00),
        Step(up_to=2_000, minor=5_00),
        Step(up_to=10_000, minor=9_00),
    ),
    countries=frozenset({"DE", "AT"}),
)
DEAR = ShippingRule(
    key="insured",
    kind=RuleKind.VALUE,
    currency="EUR",
    steps=(Step(up_to=50_00, minor=2_00), Step(minor=7_00)),
)
SHOP = ShippingRule(key="shop", kind=RuleKind.PICK_UP, currency="EUR")
RULES = (FLAT, HEAVY, DEAR, SHOP)


def holds(weight_g: int = 0, goods: int = 0, country: str = "DE") -> Contents:
    return Contents(country=country, currency="EUR", weight_g=weight_g, goods=goods)


@pytest.mark.parametrize(
    ("rule", "contents", "minor"),
    [
        (FLAT, holds(goods=79_99), 4_90),
        (FLAT, holds(goods=80_00), 0),
        (FLAT, holds(country="JP"), 4_90),
        (HEAVY, holds(500), 3_00),
        (HEAVY, holds(501), 5_00),
        (HEAVY, holds(10_001), ShippingRefused.TOO_HEAVY),
        (HEAVY, holds(country="FR"), ShippingRefused.COUNTRY),
        (DEAR, holds(goods=50_00), 2_00),
        (DEAR, holds(goods=50_01), 7_00),
        (SHOP, holds(99_999, 99_999), 0),
    ],
)
def test_what_a_parcel_costs(
    rule: ShippingRule, contents: Contents, minor: int | ShippingRefused
) -> None:
    assert charge(rule, contents) == minor


def test_another_currency_cannot_be_charged() -> None:
    abroad = Contents(country="DE", currency="USD")
    assert charge(FLAT, abroad) is ShippingRefused.CURRENCY


def test_a_customer_is_offered_the_ways_that_go() -> None:
    found = offers(RULES, holds(20_000, 10_00, "AT"))
    assert [(one.method, one.minor, one.pick_up) for one in found] == [
        ("post", 4_90, False),
        ("insured", 2_00, False),
        ("shop", 0, True),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": RuleKind.FLAT},
        {"kind": RuleKind.FLAT, "steps": (Step(up_to=5, minor=1),)},
        {"kind": RuleKind.WEIGHT},
        {"kind": RuleKind.WEIGHT, "steps": (Step(up_to=9, minor=1), Step(up_to=5, minor=1))},
        {"kind": RuleKind.VALUE, "steps": (Step(minor=1), Step(up_to=5, minor=1))},
        {"kind": RuleKind.PICK_UP, "steps": (Step(minor=-1),)},
    ],
)
def test_a_rule_out_of_order_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"price|shipping|steps"):
        ShippingRule(key="x", currency="EUR", **broken)  # type: ignore[arg-type]


# --- once per parcel ------------------------------------------------------------------------------

orders = st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 60_00)), min_size=1, max_size=5)


def paid_in_turn(rule: ShippingRule, contents: list[Contents]) -> list[int]:
    """What each order pays to join the parcel, in the order in which they are paid."""
    paid: list[int] = []
    aboard = None
    for joining in contents:
        minor = share(rule, joining, aboard=aboard, charged=sum(paid))
        assert isinstance(minor, int)
        paid.append(minor)
        aboard = joining if aboard is None else aboard + joining
    return paid


@given(orders=orders, mixed=st.permutations(range(5)), rule=st.sampled_from([HEAVY, DEAR]))
def test_a_parcel_is_charged_once_whatever_is_paid_first(
    orders: list[tuple[int, int]], mixed: list[int], rule: ShippingRule
) -> None:
    contents = [holds(weight, goods) for weight, goods in orders]
    whole = charge(rule, reduce(add, contents))
    assert sum(paid_in_turn(rule, contents)) == whole
    shuffled = [contents[at] for at in mixed if at < len(contents)]
    assert sum(paid_in_turn(rule, shuffled)) == whole


@given(orders=orders)
def test_a_flat_price_is_paid_by_the_first_alone(orders: list[tuple[int, int]]) -> None:
    first, *rest = paid_in_turn(FLAT, [holds(weight, goods) for weight, goods in orders])
    assert first in {4_90, 0}
    assert rest == [0] * len(rest)


def test_what_was_paid_stays_paid_when_the_parcel_becomes_free() -> None:
    assert paid_in_turn(FLAT, [holds(goods=50_00), holds(goods=50_00)]) == [4_90, 0]
    assert paid_in_turn(FLAT, [holds(goods=90_00), holds(goods=50_00)]) == [0, 0]


def test_what_makes_a_parcel_too_heavy_leaves_by_itself() -> None:
    assert share(HEAVY, holds(6_000), aboard=holds(6_000), charged=9_00) is (
        ShippingRefused.TOO_HEAVY
    )
    assert share(HEAVY, holds(6_000)) == 9_00


def test_two_countries_are_no_parcel() -> None:
    with pytest.raises(ValueError, match="one country"):
        holds() + holds(country="AT")


# --- in parts -------------------------------------------------------------------------------------


@st.composite
def parted(draw: st.DrawFn) -> tuple[list[ParcelLine], dict[int, int]]:
    lines = []
    for number in range(draw(st.integers(0, 4))):
        units = draw(st.integers(1, 9))
        packed = draw(st.integers(0, units))
        lines.append(ParcelLine(order_id=1, line_id=number, units=units, packed=packed))
    return lines, {one.line_id: draw(st.integers(0, one.units)) for one in lines}


@given(parcel=parted())
def test_a_parcel_in_two_parts_has_the_same_units(
    parcel: tuple[list[ParcelLine], dict[int, int]],
) -> None:
    lines, take = parcel
    leaving, staying = part_off(lines, take)
    for line in lines:
        parts = [one for one in (*leaving, *staying) if one.line_id == line.line_id]
        assert sum(one.units for one in parts) == line.units
        assert sum(one.packed for one in parts) == line.packed
    assert {one.line_id: one.units for one in leaving} == {
        line_id: units for line_id, units in take.items() if units
    }


@pytest.mark.parametrize("take", [{1: 3}, {2: 1}, {1: -1}])
def test_what_is_not_in_a_parcel_cannot_leave_it(take: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="leave"):
        part_off([ParcelLine(order_id=1, line_id=1, units=2)], take)


# --- together -------------------------------------------------------------------------------------


def paid(
    order_id: int, *, days: int = 0, show: int = 1, customer: int = 1, place: str = "home",
    until: int | None = None, asked: bool = False,
) -> Shippable:  # fmt: skip
    return Shippable(
        order_id=order_id,
        customer_id=customer,
        place=place,
        show_id=show,
        paid_at=NOON + timedelta(days=days),
        gathers_until=None if until is None else NOON + timedelta(days=until),
        asked=asked,
    )


@pytest.mark.parametrize(
    ("rule", "orders", "parcels"),
    [
        ("show", [paid(1), paid(2), paid(3, show=2)], [((1, 2), None), ((3,), None)]),
        ("show", [paid(1, until=1), paid(2, until=2)], [((1, 2), 2)]),
        ("7d", [paid(1), paid(2, days=6, show=2), paid(3, days=7)], [((1, 2), 7), ((3,), 14)]),
        ("on request", [paid(1), paid(2, days=30, show=9)], [((1, 2), None)]),
        ("on request", [paid(1), paid(2, days=3, asked=True)], [((1, 2), 3)]),
        ("7d", [paid(1), paid(2, place="work"), paid(3, customer=2)],
         [((1,), 7), ((2,), 7), ((3,), 7)]),
    ],
)  # fmt: skip
def test_what_leaves_together_and_when(
    rule: str, orders: list[Shippable], parcels: list[tuple[tuple[int, ...], int | None]]
) -> None:
    plans = plan_parcels(ShipTogether.parse(rule), orders)
    assert [(plan.order_ids, plan.ready_at) for plan in plans] == [
        (ids, None if days is None else NOON + timedelta(days=days)) for ids, days in parcels
    ]


several = st.lists(
    st.builds(
        paid,
        st.integers(1, 99),
        days=st.integers(0, 30),
        show=st.integers(1, 3),
        customer=st.integers(1, 2),
        place=st.sampled_from(["home", "work"]),
    ),
    max_size=8,
    unique_by=lambda one: one.order_id,
)


@given(orders=several, rule=st.sampled_from(["show", "7d", "on request"]), seed=st.randoms())
def test_every_order_is_in_one_parcel_in_whatever_sequence_they_come(
    orders: list[Shippable], rule: str, seed: object
) -> None:
    plans = plan_parcels(ShipTogether.parse(rule), orders)
    assert sorted(one for plan in plans for one in plan.order_ids) == sorted(
        one.order_id for one in orders
    )
    mixed = list(orders)
    seed.shuffle(mixed)  # type: ignore[attr-defined]
    assert plan_parcels(ShipTogether.parse(rule), mixed) == plans


@pytest.mark.parametrize(
    ("written", "days"), [("show", 0), ("7d", 7), ("14 days", 14), ("on_request", None)]
)
def test_how_the_rule_is_written(written: str, days: int | None) -> None:
    assert ShipTogether.parse(written).days == days


@pytest.mark.parametrize("written", ["", "0d", "a week", "7", "never"])
def test_another_rule_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="show, 7d or on request"):
        ShipTogether.parse(written)
