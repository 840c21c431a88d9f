"""What of an order a person must decide; everything else flows on."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.orders.addresses import AddressFault, AddressProblem
from handlers.orders.coupons import CouponRefused
from handlers.orders.gate import (
    KINDS,
    ExceptionCode,
    GateRules,
    OrderFacts,
    exceptions_for,
    keeps_back,
)
from handlers.people import TEAM
from handlers.registry import Registry
from handlers.wording import Wording
from storage.order_states import OrderState

RULES = GateRules(high_value=500_00, most_unpaid=2, coupon_tries=2)
LACKS = AddressProblem(field="city", fault=AddressFault.MISSING)
MISFIT = AddressProblem(field="postcode", fault=AddressFault.NOT_THERE)
TWICE = [CouponRefused.USED_UP, CouponRefused.USED_BY_YOU]


def found(state: str, **more: object) -> Sequence[str]:
    values = {"total": 100_00, "currency": "EUR", "received_currency": "EUR"} | more
    facts = OrderFacts(state=OrderState(state), **values)  # type: ignore[arg-type]
    return [code.value.removeprefix("order_") for code in exceptions_for(facts, RULES)]


@pytest.mark.parametrize(
    ("state", "facts", "codes"),
    [
        ("open", {}, []),
        ("paid", {"received": 100_00}, []),
        ("paid", {"received": 60_00, "credit": 40_00}, []),
        ("paid", {"credit": 100_00}, []),
        ("paid", {"received": 100_00, "address": [LACKS]}, ["address_incomplete"]),
        ("paid", {"received": 100_00, "address": [MISFIT]}, ["address_mismatch"]),
        ("paid", {"address": [MISFIT, LACKS]}, ["address_incomplete", "address_mismatch"]),
        ("awaiting_payment", {"address": [LACKS]}, []),
        ("awaiting_payment", {"declined": 1}, ["payment_declined"]),
        ("paid", {"declined": 1, "received": 100_00}, []),
        ("delivered", {"disputed": True}, ["payment_disputed"]),
        ("awaiting_payment", {"received": 99_99}, ["amount_differs"]),
        ("paid", {"received": 100_01}, ["amount_differs"]),
        ("expired", {"received": 100_01}, ["amount_differs"]),
        ("paid", {"received": 100_00, "received_currency": "USD"}, ["currency_differs"]),
        ("paid", {"short_units": 1}, ["stock_short"]),
        ("awaiting_payment", {"twins": 1}, ["likely_duplicate"]),
        ("open", {"twins": 1}, []),
        ("paid", {"total": 500_00, "received": 500_00}, ["high_value"]),
        ("paid", {"total": 499_99, "received": 499_99}, []),
        ("open", {"total": 500_00}, []),
        ("open", {"unpaid_orders": 2}, []),
        ("open", {"unpaid_orders": 3}, ["too_many_unpaid"]),
        ("paid", {"unpaid_orders": 3}, []),
        ("open", {"coupons_refused": TWICE}, ["coupon_misuse"]),
        ("open", {"coupons_refused": [CouponRefused.BELOW_MINIMUM] * 9}, []),
        ("packing", {"cancel_wished": True}, ["cancel_paid"]),
        ("open", {"cancel_wished": True}, []),
    ],
)
def test_what_a_person_must_decide(state: str, facts: dict[str, object], codes: list[str]) -> None:
    assert found(state, **facts) == codes


@given(state=st.sampled_from(OrderState), received=st.integers(0, 200_00))
def test_money_that_came_in_is_never_passed_over(state: OrderState, received: int) -> None:
    noticed = found(state.value, received=received, received_currency="EUR")
    assert ("amount_differs" in noticed) == (received not in {0, 100_00})


@pytest.mark.parametrize("code", ExceptionCode)
def test_each_has_an_owner_a_deadline_and_its_words(code: ExceptionCode) -> None:
    kind = KINDS[code]
    assert kind.owner in TEAM
    assert timedelta(0) < kind.within <= timedelta(days=1)
    assert len(code.value) <= 40
    copy = Registry.of().copy
    values = {
        "order": "S12-0042", "name": "Ana", "fields": "the postcode", "amount": "€48.00",
        "received": "€47.00", "units": 2, "orders": 3, "times": 2,
    }  # fmt: skip
    for key in (kind.card, kind.told):
        said = str(Wording(copy, {}).say(key, **values))
        assert "S12-0042" in said or "{{ order }}" not in copy[key]


def test_what_is_only_a_question_keeps_no_parcel_back() -> None:
    assert not keeps_back([ExceptionCode.LIKELY_DUPLICATE, ExceptionCode.PAYMENT_DECLINED])
    assert keeps_back([ExceptionCode.LIKELY_DUPLICATE, ExceptionCode.HIGH_VALUE])
