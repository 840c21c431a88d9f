"""Orders and parcels only move as drawn, and an exception keeps them where they are."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.orders.numbers import OrderNumber
from handlers.orders.states import (
    FINISHED,
    ORDER_MOVES,
    PARCEL_MOVES,
    OrderAct,
    ParcelAct,
    Refused,
    move,
    move_parcel,
    order_acts_after,
)
from storage.order_states import OrderState, ParcelState

WAY = ["open", "awaiting_payment", "paid", "packing", "packed", "handed_off", "delivered"]
IN_THE_HOUSE = ["open", "awaiting_payment", "paid", "packing", "packed"]
DRAWN = {
    *pairwise(WAY),
    *((state, "cancelled") for state in IN_THE_HOUSE),
    *((state, "expired") for state in WAY[:2]),
    # Money that was on its way when the hold ended.
    ("expired", "paid"),
    # What was typed by mistake.
    ("paid", "awaiting_payment"),
    ("cancelled", "open"),
}
acts = st.lists(st.tuples(st.sampled_from(OrderAct), st.booleans()), max_size=20)
parcel_acts = st.lists(st.sampled_from(ParcelAct), max_size=25)


@given(acts=acts)
def test_an_order_only_moves_as_drawn(acts: list[tuple[OrderAct, bool]]) -> None:
    state = OrderState.OPEN
    for act, under_review in acts:
        after = move(state, act, under_review=under_review)
        if isinstance(after, Refused):
            continue
        assert (state.value, after.value) in DRAWN
        assert not (under_review and after.value in {"packing", "packed", "handed_off"})
        state = after


def test_every_arrow_can_be_gone() -> None:
    assert {(state.value, after.value) for (state, _), after in ORDER_MOVES.items()} == DRAWN


@pytest.mark.parametrize("state", sorted(FINISHED))
@pytest.mark.parametrize("act", OrderAct)
def test_nothing_happens_to_what_is_finished(state: OrderState, act: OrderAct) -> None:
    moves = {(OrderState.EXPIRED, OrderAct.PAY), (OrderState.CANCELLED, OrderAct.REOPEN)}
    assert isinstance(move(state, act), Refused) is ((state, act) not in moves)


@pytest.mark.parametrize(
    ("state", "act", "under_review", "after"),
    [
        ("awaiting_payment", "pay", False, OrderState.PAID),
        ("awaiting_payment", "pay", True, OrderState.PAID),
        ("paid", "pay", False, Refused.ALREADY),
        ("paid", "expire", False, Refused.NOT_FROM_HERE),
        ("open", "pay", False, Refused.NOT_FROM_HERE),
        ("expired", "pay", False, OrderState.PAID),
        ("paid", "start_packing", True, Refused.UNDER_REVIEW),
        ("paid", "cancel", True, OrderState.CANCELLED),
        ("handed_off", "cancel", False, Refused.NOT_FROM_HERE),
        ("handed_off", "deliver", True, OrderState.DELIVERED),
    ],
)
def test_steps_of_an_order(
    state: str, act: str, under_review: bool, after: OrderState | Refused
) -> None:
    assert move(OrderState(state), OrderAct(act), under_review=under_review) is after


@given(acts=parcel_acts)
def test_a_parcel_that_has_left_never_comes_back(acts: list[ParcelAct]) -> None:
    state, left = ParcelState.GATHERING, False
    for act in acts:
        after = move_parcel(state, act)
        if isinstance(after, Refused):
            continue
        assert PARCEL_MOVES[state, act] is after
        assert not left or after is ParcelState.DELIVERED
        left = left or after is ParcelState.HANDED_OFF
        state = after


def test_a_parcel_with_an_order_under_review_stays() -> None:
    for state, act in [("ready", "start"), ("packing", "pack"), ("packed", "hand_off")]:
        kept = move_parcel(ParcelState(state), ParcelAct(act), under_review=True)
        assert kept is Refused.UNDER_REVIEW


@pytest.mark.parametrize(
    ("state", "parcels", "done"),
    [
        ("paid", [], []),
        ("paid", ["ready"], []),
        ("paid", ["ready", "packing"], ["start_packing"]),
        ("packing", ["ready", "packed"], []),
        ("paid", ["packed"], ["start_packing", "pack"]),
        ("packing", ["packed", "cancelled"], ["pack"]),
        ("packed", ["handed_off", "packed"], []),
        ("packed", ["handed_off", "delivered"], ["hand_off"]),
        ("paid", ["delivered"], ["start_packing", "pack", "hand_off", "deliver"]),
        ("packed", ["ready"], []),
        ("cancelled", ["delivered"], []),
    ],
)
def test_an_order_follows_its_parcels(state: str, parcels: list[str], done: list[str]) -> None:
    found = order_acts_after(OrderState(state), [ParcelState(one) for one in parcels])
    assert [act.value for act in found] == done


@given(state=st.sampled_from(OrderState), parcels=st.lists(st.sampled_from(ParcelState)))
def test_what_parcels_make_of_an_order_is_always_allowed(
    state: OrderState, parcels: list[ParcelState]
) -> None:
    for act in order_acts_after(state, parcels):
        after = move(state, act)
        assert isinstance(after, OrderState)
        state = after


# --- numbers --------------------------------------------------------------------------------------

numbers = st.builds(OrderNumber, st.integers(1, 99_999), st.integers(1, 999_999))


@given(number=numbers)
def test_a_number_is_read_as_it_was_written(number: OrderNumber) -> None:
    assert OrderNumber.parse(str(number)) == number
    assert OrderNumber.parse(f"  order #{str(number).lower()} ") == number
    assert OrderNumber.parse(str(number).replace("-", " ")) == number


@pytest.mark.parametrize(
    "typed",
    ["S12-0042", "s12-42", "S12 0042", "#S12-0042", "12-42", "S12–0042", "s12/42", "S12_0042",
     "Order S12-0042", "S12-OO42", "Sl2-0042", "Ｓ１２－４２", "s 12 - 42"],
)  # fmt: skip
def test_a_number_is_read_however_it_is_typed(typed: str) -> None:
    assert OrderNumber.parse(typed) == OrderNumber(12, 42)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "S12",
        "S12-",
        "A12-42",
        "S12-0",
        "S0-42",
        "12.5 EUR",
        "12.50",
        "12:30",
        "S12-42-1",
        "claim A12",
    ],
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert OrderNumber.parse(typed) is None


def test_the_42nd_order_of_show_12() -> None:
    assert str(OrderNumber(12, 42)) == "S12-0042"
    assert str(OrderNumber(3, 12_345)) == "S3-12345"
