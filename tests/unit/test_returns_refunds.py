"""What goes back for what was paid: exact, in any order, never more than was received."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.returns.policy import ShippingRule, Wish
from handlers.returns.refunds import (
    Breakdown,
    Given,
    Paid,
    PaidLine,
    RefundError,
    UnitBack,
    refund,
    share_out,
    unit_shares,
)
from handlers.returns.settling import Settlement, Way, settle, way_of

DRESS = PaidLine(id="dress", units=3, unit_price=4800, tax=1000)
SCARF = PaidLine(id="scarf", units=1, unit_price=1500, discount=500)


def order(**other: int) -> Paid:
    """Three dresses and a scarf, $10.00 off the whole and $6.00 of shipping, paid by card."""
    return Paid(
        lines=(DRESS, SCARF),
        discount=1000,
        shipping=600,
        **{"captured": 14400 + 1000 + 1000 - 1000 + 600, **other},
    )


def units(line: str, *numbers: int, **other: object) -> list[UnitBack]:
    """Units of one line that come back."""
    return [replace(UnitBack(line=line, number=number), **other) for number in numbers]  # type: ignore[arg-type]


def test_a_unit_gives_back_its_share_of_discounts_and_tax() -> None:
    back = refund(order(), units("dress", 0))
    # $10.00 over 144.00 and 10.00: 9.35 and 0.65; a third of 9.35 is 3.12 for the first.
    assert back.rows[0].discount == 312
    assert back.rows[0].tax == 334
    assert back.total == back.money == 4800 - 312 + 334


def test_the_whole_of_a_discount_is_never_refunded_on_one_line() -> None:
    assert refund(order(), units("scarf", 0)).total == 1500 - 500 - 65


def test_the_breakdown_is_shown_line_by_line() -> None:
    back = refund(order(), units("dress", 0, fee_bp=1000, shipping=ShippingRule.ALWAYS), label=450)
    assert back.shown() == (
        ("returns.sum.price", 4800),
        ("returns.sum.discount", -312),
        ("returns.sum.tax", 334),
        ("returns.sum.fee", -482),
        ("returns.sum.shipping", 600),
        ("returns.sum.label", -450),
        ("returns.sum.total", 4490),
    )


def test_shipping_goes_back_once() -> None:
    first = units("dress", 0, shipping=ShippingRule.ALWAYS)
    second = units("dress", 1, shipping=ShippingRule.ALWAYS)
    assert refund(order(), first).shipping == 600
    assert refund(order(), second, before=first).shipping == 0


def test_shipping_of_a_change_of_mind_goes_back_with_the_last_unit() -> None:
    rule = ShippingRule.WHEN_ALL_BACK
    dresses, scarf = units("dress", 0, 1, 2, shipping=rule), units("scarf", 0, shipping=rule)
    assert refund(order(), dresses).shipping == 0
    assert refund(order(), scarf, before=dresses).shipping == 600


def test_one_unit_without_the_rule_keeps_the_shipping() -> None:
    back = [*units("dress", 0, 1, 2, shipping=ShippingRule.WHEN_ALL_BACK), *units("scarf", 0)]
    assert refund(order(), back).shipping == 0


def test_store_credit_goes_back_to_credit_in_its_share() -> None:
    paid = order(captured=12000, credit=4000)
    back = refund(paid, units("dress", 0))
    assert (back.credit, back.money) == (4822 * 4000 // 16000, 4822 - 4822 * 4000 // 16000)


def test_never_more_than_was_captured() -> None:
    back = refund(order(captured=3000), units("dress", 0))
    assert (back.total, back.withheld) == (3000, 1822)
    nothing = refund(order(captured=3000), units("dress", 1), before=units("dress", 0))
    assert nothing.total == 0


def test_what_was_given_otherwise_is_no_longer_there() -> None:
    everything = [*units("dress", 0, 1, 2), *units("scarf", 0)]
    assert refund(order(), everything, given=Given(money=15900)).total == 100


def test_a_label_never_costs_more_than_the_rest() -> None:
    assert refund(order(), units("scarf", 0), label=99999).total == 0


@pytest.mark.parametrize(
    "now",
    [
        units("dress", 3),
        units("dress", -1),
        units("hat", 0),
        units("dress", 1, 1),
        units("dress", 1, fee_bp=10_001),
    ],
)
def test_what_was_not_sold_or_is_back_already_is_refused(now: list[UnitBack]) -> None:
    with pytest.raises(RefundError):
        refund(order(), now, before=units("dress", 0))


def test_a_unit_is_not_refunded_twice() -> None:
    with pytest.raises(RefundError, match="twice"):
        refund(order(), units("dress", 0), before=units("dress", 0))


@pytest.mark.parametrize(
    "line",
    [
        {"units": 0},
        {"units": 1, "unit_price": -1},
        {"units": 1, "unit_price": 5, "discount": 6},
        {"units": 1, "tax": -1},
    ],
)
def test_a_line_that_cannot_be_is_refused(line: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="line x"):
        PaidLine(**{"id": "x", "unit_price": 10, **line})  # type: ignore[arg-type]


@pytest.mark.parametrize("other", [{"credit": -1}, {"discount": 15401}, {"lines": (DRESS, DRESS)}])
def test_an_order_that_cannot_be_is_refused(other: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="order"):
        replace(order(), **other)  # type: ignore[arg-type]


# --- any order, all at once or one by one --------------------------------------------------------


@st.composite
def paid_orders(draw: st.DrawFn) -> Paid:
    """Orders of all kinds: tiny prices, large discounts, split payments, part payments."""
    lines = []
    for number in range(draw(st.integers(1, 4))):
        count, price = draw(st.integers(1, 5)), draw(st.integers(0, 300))
        lines.append(
            PaidLine(
                id=f"line{number}",
                units=count,
                unit_price=price,
                discount=draw(st.integers(0, count * price)),
                tax=draw(st.integers(0, 60)),
            )
        )
    net = sum(line.net for line in lines)
    discount, shipping = draw(st.integers(0, net)), draw(st.integers(0, 50))
    total = net - discount + sum(line.tax for line in lines) + shipping
    # Mostly paid in full, sometimes less.
    received = draw(st.one_of(st.just(total), st.integers(0, total)))
    credit = draw(st.integers(0, received))
    return Paid(
        lines=tuple(lines),
        captured=received - credit,
        credit=credit,
        discount=discount,
        shipping=shipping,
    )


@st.composite
def partly_returned(draw: st.DrawFn) -> tuple[Paid, list[list[UnitBack]]]:
    """An order and some of its units, in some order, in parcels of some size."""
    paid = draw(paid_orders())
    free = st.sampled_from([0, 0, 1000, 3333, 10_000])
    back = [
        UnitBack(
            line=line.id,
            number=number,
            fee_bp=draw(free),
            shipping=draw(st.sampled_from(ShippingRule)),
        )
        for line in paid.lines
        for number in range(line.units)
    ]
    rest = draw(st.permutations(back))[: draw(st.integers(0, len(back)))]
    parcels = []
    while rest:
        size = draw(st.integers(1, len(rest)))
        parcels.append(list(rest[:size]))
        rest = rest[size:]
    return paid, parcels


def in_parts(paid: Paid, parcels: list[list[UnitBack]]) -> list[Breakdown]:
    """Refund parcel by parcel, each after what truly went back before."""
    done: list[UnitBack] = []
    given, backs = Given(), []
    for parcel in parcels:
        back = refund(paid, parcel, before=done, given=given)
        done += parcel
        given = Given(money=given.money + back.money, credit=given.credit + back.credit)
        backs.append(back)
    return backs


@given(partly_returned())
def test_parts_in_any_order_are_the_whole_at_once(case: tuple[Paid, list[list[UnitBack]]]) -> None:
    paid, parcels = case
    everything = [unit for parcel in parcels for unit in parcel]
    at_once, parts = refund(paid, everything), in_parts(paid, parcels)
    assert sum(part.money for part in parts) == at_once.money
    assert sum(part.credit for part in parts) == at_once.credit
    assert sum(part.shipping for part in parts) == at_once.shipping
    assert sum(row.fee for part in parts for row in part.rows) == sum(
        row.fee for row in at_once.rows
    )


@given(partly_returned())
def test_never_more_than_was_received(case: tuple[Paid, list[list[UnitBack]]]) -> None:
    paid, parcels = case
    parts = in_parts(paid, parcels)
    assert all(part.money >= 0 and part.credit >= 0 for part in parts)
    assert all(row.amount >= 0 for part in parts for row in part.rows)
    assert sum(part.money for part in parts) <= paid.captured
    assert sum(part.credit for part in parts) <= paid.credit


@given(paid_orders())
def test_all_units_without_a_fee_are_all_that_was_paid(paid: Paid) -> None:
    everything = [
        UnitBack(line=line.id, number=number, shipping=ShippingRule.WHEN_ALL_BACK)
        for line in paid.lines
        for number in range(line.units)
    ]
    back = refund(paid, everything)
    assert (back.money, back.credit) == (paid.captured, paid.credit)


@given(paid_orders())
def test_the_shares_of_units_are_the_order(paid: Paid) -> None:
    rows = [row for line in unit_shares(paid).values() for row in line]
    paid_for = sum(line.net + line.tax for line in paid.lines) - paid.discount
    assert sum(row.amount for row in rows) == paid_for
    assert min(row.amount for row in rows) >= 0


@given(
    partly_returned(),
    st.integers(0, 500),
    st.builds(Given, money=st.integers(0, 999), credit=st.integers(0, 999)),
)
def test_nothing_is_left_below_zero_whatever_went_back_before(
    case: tuple[Paid, list[list[UnitBack]]], label: int, before: Given
) -> None:
    paid, parcels = case
    for parcel in parcels:
        back = refund(paid, parcel, given=before, label=label)
        assert min(back.money, back.credit, back.label, back.withheld) >= 0
        assert back.total <= max(paid.received - before.total, 0)
        if before.money <= paid.captured and before.credit <= paid.credit:
            assert before.money + back.money <= paid.captured
            assert before.credit + back.credit <= paid.credit


@given(st.lists(st.integers(0, 1000), min_size=1), st.data())
def test_shares_add_up_and_none_is_above_its_weight(
    weights: list[int], data: st.DataObject
) -> None:
    amount = data.draw(st.integers(0, sum(weights)))
    shares = share_out(amount, weights)
    assert sum(shares) == amount
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


# --- how it is given -----------------------------------------------------------------------------

BACK = Breakdown(rows=(), money=4000, credit=1000)


@pytest.mark.parametrize(
    ("wish", "bonus_bp", "price", "settled"),
    [
        (Wish.REFUND, 1000, 0, Settlement(money=4000, credit=1000)),
        (Wish.CREDIT, 1000, 0, Settlement(credit=5500, bonus=500)),
        (Wish.EXCHANGE, 0, 5000, Settlement()),
        (Wish.EXCHANGE, 0, 5600, Settlement(to_pay=600)),
        (Wish.EXCHANGE, 1000, 5600, Settlement(bonus=500, to_pay=100)),
        (Wish.EXCHANGE, 1000, 5200, Settlement(bonus=200)),
        (Wish.EXCHANGE, 1000, 3500, Settlement(money=1500)),
        (Wish.EXCHANGE, 0, 600, Settlement(money=4000, credit=400)),
    ],
)
def test_what_goes_back_is_given_as_wished(
    wish: Wish, bonus_bp: int, price: int, settled: Settlement
) -> None:
    assert settle(BACK, wish, bonus_bp=bonus_bp, price=price) == settled


@given(st.integers(0, 9999), st.integers(0, 9999), st.integers(0, 20000), st.integers(0, 5000))
def test_an_exchange_adds_up(money: int, credit: int, price: int, bonus_bp: int) -> None:
    back = Breakdown(rows=(), money=money, credit=credit)
    settled = settle(back, Wish.EXCHANGE, bonus_bp=bonus_bp, price=price)
    assert money + credit + settled.bonus + settled.to_pay == (
        price + settled.money + settled.credit
    )
    assert settled.money <= money
    assert settled.credit <= credit


def test_two_wishes_make_a_mixed_return() -> None:
    assert way_of([Wish.REFUND, Wish.REFUND]) is Way.REFUND
    assert way_of([Wish.REFUND, Wish.EXCHANGE]) is Way.MIXED
    assert way_of([]) is None
