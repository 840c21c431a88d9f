"""Money adds up: for any order, any discounts, any taxes, and however it is paid."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.orders.coupons import CouponRefused, CouponUse, check_coupon
from handlers.orders.model import Coupon, Discount, Line, ShippingCharge, Tender, Totals
from handlers.orders.pricing import price, unit_shares
from handlers.orders.spreading import rounded, spread
from handlers.orders.tax import TaxMode, TaxTable, millionths
from handlers.orders.tenders import (
    CreditEntry,
    Paid,
    balance,
    credit_tender,
    settle,
    tendered,
)
from storage.order_states import DiscountKind
from tests.unit.order_samples import charges, discounts, minors, places, some_lines, tax_tables

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
GERMANY = TaxTable(rates={"DE": {"": 190_000, "books": 70_000}})
NEW_YORK = TaxTable(mode=TaxMode.ADDED, rates={"US-NY": {"": 88_750, "shipping": 0}, "US": {"": 0}})


def line(unit: int, quantity: int = 1, **more: object) -> Line:
    values = {"id": 1, "code": "A1", "sku": "A1", "title": "Linen dress"} | more
    return Line(quantity=quantity, unit_minor=unit, **values)  # type: ignore[arg-type]


def percent(value: str, *items: str) -> Discount:
    return Discount(
        kind=DiscountKind.PERCENT, value=millionths(value), items=frozenset(items), label=value
    )


@st.composite
def orders(draw: st.DrawFn) -> Totals:
    return price(
        draw(some_lines()),
        currency="EUR",
        tax=draw(tax_tables),
        place=draw(places),
        discounts=draw(discounts),
        shipping=draw(charges),
    )


# --- what holds for every order -------------------------------------------------------------------


@given(total=st.integers(0, 10**9), weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_what_is_shared_out_adds_up_and_is_fair(total: int, weights: list[int]) -> None:
    shares = spread(total, weights)
    assert sum(shares) == total
    whole = sum(weights)
    if whole:
        for share, weight in zip(shares, weights, strict=True):
            assert abs(share * whole - total * weight) < whole
        if total <= whole:
            assert all(share <= weight for share, weight in zip(shares, weights, strict=True))


@given(totals=orders())
def test_every_sum_is_that_of_its_parts(totals: Totals) -> None:
    assert totals.goods == sum(one.line.goods_minor for one in totals.lines)
    assert totals.discount == sum(one.discount for one in totals.lines)
    assert sum(totals.taken) == totals.discount + totals.shipping_discount
    assert totals.total == sum(one.total for one in totals.lines) + totals.shipping_total
    assert totals.total == totals.goods - totals.discount + totals.shipping + totals.tax_added
    on_lines = sum(one.tax_included + one.tax_added for one in totals.lines)
    on_shipping = totals.shipping_tax_included + totals.shipping_tax_added
    assert totals.tax_included + totals.tax_added == on_lines + on_shipping
    assert sum(part.tax for part in totals.taxes) == on_lines + on_shipping


@given(totals=orders())
def test_nothing_falls_below_nothing(totals: Totals) -> None:
    for one in totals.lines:
        assert min(*one.discounts, one.net, one.tax_included, one.tax_added, 0) == 0
        assert one.tax_included <= one.net
    assert min(totals.total, totals.shipping, totals.shipping_discount, *totals.taken, 0) == 0


@given(totals=orders())
def test_the_tax_of_each_rate_is_rounded_once(totals: Totals) -> None:
    for part in totals.taxes:
        of = 1_000_000 + (part.rate if totals.tax_included else 0)
        if totals.tax_included or totals.tax_added:
            assert part.tax == rounded(part.base * part.rate, of)


@given(totals=orders(), cuts=st.lists(minors, max_size=4), credit=minors)
def test_partial_payments_and_credit_add_up_line_by_line(
    totals: Totals, cuts: list[int], credit: int
) -> None:
    tenders = [one for one in [credit_tender(totals.total, credit)] if one]
    for cut in cuts:
        due = settle(totals.total, tenders).due
        tenders.append(Tender(way="manual", minor=min(cut, due)))
    standing = settle(totals.total, tenders)
    assert standing.credit + standing.received + standing.due == totals.total
    assert standing.over == 0
    tenders.append(Tender(way="stripe", minor=standing.due))
    assert settle(totals.total, tenders).paid is Paid.WHOLE
    rows = tendered(totals, tenders)
    assert [sum(row) for row in rows] == [one.minor for one in tenders]
    by_line = [sum(column) for column in zip(*rows, strict=True)]
    assert by_line == [*(one.total for one in totals.lines), totals.shipping_total]


@given(amount=minors, quantity=st.integers(1, 99), seed=st.randoms(use_true_random=False))
def test_units_that_come_back_in_any_sequence_add_up(
    amount: int, quantity: int, seed: Random
) -> None:
    shares = list(unit_shares(amount, quantity))
    seed.shuffle(shares)
    assert sum(shares) == amount
    assert max(shares) - min(shares) <= 1


@given(steps=st.lists(st.tuples(st.booleans(), st.integers(1, 9_999))))
def test_store_credit_is_never_overspent(steps: list[tuple[bool, int]]) -> None:
    ledger: list[CreditEntry] = []
    for granted, minor in steps:
        left = balance(ledger, "EUR")
        spent = credit_tender(minor, left)
        if granted:
            ledger.append(CreditEntry(currency="EUR", minor=minor))
        elif spent:
            ledger.append(CreditEntry(currency="EUR", minor=-spent.minor))
    assert balance(ledger, "EUR") == sum(entry.minor for entry in ledger) >= 0
    assert balance(ledger, "USD") == 0


# --- some orders to read --------------------------------------------------------------------------


def test_ten_percent_off_three_dresses_with_tax_inside() -> None:
    totals = price(
        [line(33_33, 2, id=1), line(12_50, 1, id=2, tax_class="books")],
        currency="EUR",
        tax=GERMANY,
        place="DE",
        discounts=[percent("10")],
        shipping=ShippingCharge(method="post", minor=4_90),
    )
    assert (totals.goods, totals.discount, totals.shipping) == (79_16, 7_92, 4_90)
    assert [one.discount for one in totals.lines] == [6_67, 1_25]
    assert totals.total == 79_16 - 7_92 + 4_90
    # 59.99 of goods and 4.90 of shipping at 19 %, 11.25 at 7 %.
    assert [(part.rate, part.base, part.tax) for part in totals.taxes] == [
        (190_000, 64_89, 10_36),
        (70_000, 11_25, 74),
    ]


def test_a_sales_tax_finer_than_a_basis_point_is_added() -> None:
    totals = price(
        [line(100_00)],
        currency="USD",
        tax=NEW_YORK,
        place="US-NY",
        shipping=ShippingCharge(method="post", minor=5_00),
    )
    assert (totals.tax_added, totals.total) == (8_88, 113_88)
    elsewhere = price([line(100_00)], currency="USD", tax=NEW_YORK, place="US-OR")
    assert elsewhere.total == 100_00


def test_three_thirds_of_a_discount_lose_no_cent() -> None:
    totals = price(
        [line(10_00, id=number) for number in (1, 2, 3)],
        currency="USD",
        tax=TaxTable(),
        place="US",
        discounts=[Discount(kind=DiscountKind.AMOUNT, value=10_00)],
    )
    assert [one.discount for one in totals.lines] == [3_34, 3_33, 3_33]


def test_discounts_are_taken_one_after_the_other_and_only_where_they_are_for() -> None:
    totals = price(
        [line(100_00, id=1), line(50_00, id=2, code="B2")],
        currency="USD",
        tax=TaxTable(),
        place="US",
        discounts=[
            percent("50", "B2"),
            Discount(kind=DiscountKind.AMOUNT, value=500_00, items=frozenset({"B2"})),
            percent("10"),
            Discount(kind=DiscountKind.FREE_SHIPPING),
        ],
        shipping=ShippingCharge(method="post", minor=6_00),
    )
    assert totals.taken == (25_00, 25_00, 10_00, 6_00)
    assert totals.total == 90_00


def test_yen_have_no_decimals() -> None:
    totals = price(
        [line(980, 3)],
        currency="JPY",
        tax=TaxTable(rates={"JP": {"": 100_000}}),
        place="JP",
        discounts=[percent("15")],
    )
    assert (totals.discount, totals.tax_included, totals.total) == (441, 227, 2_499)


@pytest.mark.parametrize("written", ["-1", "101", "8.87505", "1e2", "", "ten"])
def test_what_is_no_percentage_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="no percentage"):
        millionths(written)


@pytest.mark.parametrize(("minor", "paid"), [
    (0, Paid.NOTHING), (1, Paid.PARTLY), (500, Paid.WHOLE), (501, Paid.TOO_MUCH),
])  # fmt: skip
def test_how_far_an_order_is_paid(minor: int, paid: Paid) -> None:
    assert settle(500, [Tender(way="manual", minor=minor)]).paid is paid


def test_an_order_that_credit_covers_needs_no_payment() -> None:
    credit = credit_tender(500, 10_000)
    assert credit is not None
    assert (credit.minor, settle(500, [credit]).paid) == (500, Paid.WHOLE)
    assert credit_tender(500, 10_000, wanted=200) == Tender(way="credit", minor=200)
    assert credit_tender(500, 0) is None


# --- coupons --------------------------------------------------------------------------------------

SPRING = Coupon(
    code="SPRING-10",
    kind=DiscountKind.PERCENT,
    value=millionths("10"),
    currency="EUR",
    items=frozenset({"A1"}),
    minimum_minor=50_00,
    valid_from=NOON,
    valid_until=NOON + timedelta(days=7),
    most_uses=100,
    per_customer=1,
)
OTHER = Coupon(code="HELLO", kind=DiscountKind.FREE_SHIPPING, combines=True)


def use(**more: object) -> CouponUse:
    values = {"at": NOON, "currency": "EUR", "lines": [line(50_00)]} | more
    return CouponUse(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("used", "why"),
    [
        (use(), None),
        (use(at=NOON - timedelta(seconds=1)), CouponRefused.NOT_YET),
        (use(at=NOON + timedelta(days=7)), CouponRefused.OVER),
        (use(used=99), None),
        (use(used=100), CouponRefused.USED_UP),
        (use(used_by_customer=1), CouponRefused.USED_BY_YOU),
        (use(currency="USD"), CouponRefused.OTHER_CURRENCY),
        (use(lines=[line(50_00, code="B2")]), CouponRefused.OTHER_ITEMS),
        (use(lines=[]), CouponRefused.OTHER_ITEMS),
        (use(lines=[line(49_99), line(99, code="B2")]), CouponRefused.BELOW_MINIMUM),
        (use(beside=[OTHER]), CouponRefused.NOT_WITH_OTHERS),
        (use(beside=[SPRING]), CouponRefused.ALREADY_HERE),
    ],
)
def test_when_a_coupon_may_be_used(used: CouponUse, why: CouponRefused | None) -> None:
    assert check_coupon(SPRING, used) is why


def test_coupons_that_combine_stand_beside_each_other() -> None:
    also = Coupon(code="THANKS", kind=DiscountKind.PERCENT, value=50_000, combines=True)
    assert check_coupon(also, use(beside=[OTHER])) is None
    assert check_coupon(OTHER, use(beside=[SPRING])) is CouponRefused.NOT_WITH_OTHERS
