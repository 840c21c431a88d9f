"""The states of a return, its reasons, its number, and what a complaint is offered."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.returns.numbers import (
    SHORTEST,
    find_number,
    length_for,
    new_number,
    parse_number,
)
from handlers.returns.offers import Complained, Offer, first_offers
from handlers.returns.policy import Policy
from handlers.returns.reasons import Fault, Reason, ReasonsError, read_reasons, starter
from handlers.returns.states import (
    Acceptance,
    Grade,
    Place,
    Reception,
    Refused,
    Reimbursement,
    ReturnState,
    may_pay_for,
    may_restock,
    move,
    received_so_far,
    usual_place,
)

# --- states --------------------------------------------------------------------------------------

#: As drawn, once more, in words: what may follow what.
DRAWN = {
    ReturnState: {
        "requested": "approved declined cancelled expired",
        "approved": "in_transit partly_received received closed cancelled expired",
        "declined": "approved",
        "in_transit": "partly_received received closed",
        "partly_received": "received closed",
        "received": "closed",
        "closed": "",
        "cancelled": "",
        "expired": "approved",
    },
    Reception: {
        "awaiting": "not_needed in_transit received wrong_item never_came",
        "not_needed": "awaiting",
        "in_transit": "received lost wrong_item never_came",
        "received": "wrong_item",
        "lost": "received wrong_item",
        "wrong_item": "awaiting received",
        "never_came": "in_transit received wrong_item",
    },
    Acceptance: {
        "pending": "accepted rejected person",
        "person": "accepted rejected",
        "accepted": "",
        "rejected": "person",
    },
    Reimbursement: {"prepared": "paid failed", "failed": "prepared paid", "paid": "failed"},
}


@pytest.mark.parametrize("kind", DRAWN)
def test_states_move_only_as_drawn(kind: type[ReturnState]) -> None:
    assert set(DRAWN[kind]) == {state.value for state in kind}
    for now in kind:
        for to in kind:
            drawn = to.value in DRAWN[kind][now.value].split()
            assert (move(now, to) is to) == drawn, f"{now} to {to}"


@given(st.sampled_from(list(DRAWN)), st.data())
def test_a_walk_never_leaves_the_drawing(kind: type[ReturnState], data: st.DataObject) -> None:
    now = next(iter(kind))
    for to in data.draw(st.lists(st.sampled_from(list(kind)), max_size=12)):
        moved = move(now, to)
        if isinstance(moved, Refused):
            assert to.value not in DRAWN[kind][now.value].split()
        else:
            assert moved.value in DRAWN[kind][now.value].split()
            now = moved


def test_a_refusal_says_where_one_may_go() -> None:
    refused = move(ReturnState.RECEIVED, ReturnState.CANCELLED)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.may) == ("NO_SUCH_MOVE", ("closed",))


def test_a_repeated_press_is_told_apart() -> None:
    refused = move(ReturnState.APPROVED, ReturnState.APPROVED)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.key) == ("ALREADY_THERE", "returns.state.already")


def test_states_of_two_kinds_are_a_bug() -> None:
    with pytest.raises(TypeError):
        move(ReturnState.RECEIVED, Reception.RECEIVED)  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("units", "state"),
    [
        ("awaiting awaiting", None),
        ("not_needed not_needed", None),
        ("in_transit awaiting", ReturnState.IN_TRANSIT),
        ("received awaiting", ReturnState.PARTLY_RECEIVED),
        ("received in_transit", ReturnState.PARTLY_RECEIVED),
        ("received not_needed", ReturnState.RECEIVED),
        ("received lost never_came", ReturnState.RECEIVED),
        ("wrong_item awaiting", ReturnState.PARTLY_RECEIVED),
        ("lost never_came", None),
    ],
)
def test_units_received_in_parts_make_the_return(units: str, state: ReturnState | None) -> None:
    assert received_so_far([Reception(unit) for unit in units.split()]) is state


def test_money_goes_back_only_for_what_was_accepted_and_is_settled() -> None:
    paid = {
        (reception.value, acceptance.value)
        for reception in Reception
        for acceptance in Acceptance
        if may_pay_for(reception, acceptance)
    }
    assert paid == {("received", "accepted"), ("not_needed", "accepted"), ("lost", "accepted")}


def test_only_back_to_stock_raises_stock() -> None:
    raising = {(here, place) for here in Reception for place in Place if may_restock(here, place)}
    assert raising == {(Reception.RECEIVED, Place.STOCK)}
    assert [usual_place(grade) for grade in Grade].count(Place.STOCK) == 1


# --- reasons -------------------------------------------------------------------------------------


def test_the_starter_has_the_reasons_a_shop_needs() -> None:
    reasons = starter()
    assert {reason.code: reason.fault for reason in reasons.of("return")} == {
        "too_small": Fault.CUSTOMER,
        "too_large": Fault.CUSTOMER,
        "not_as_described": Fault.SHOP,
        "quality": Fault.SHOP,
        "changed_mind": Fault.CUSTOMER,
        "bought_by_mistake": Fault.CUSTOMER,
        "found_cheaper": Fault.CUSTOMER,
        "late": Fault.CARRIER,
    }
    assert all(reason.fault is not Fault.CUSTOMER for reason in reasons.of("complaint"))
    assert reasons.get("damaged_on_the_way").photo  # type: ignore[union-attr]
    assert reasons.get("gone") is None


def test_every_problem_of_a_reasons_file_is_named_with_its_line() -> None:
    content = b"""\
- group: fit
  label: Fit
  reasons:
    - {code: too small, label: Too small, kind: return, fault: customer}
    - {code: too_large, label: Too large, kind: swap, fault: weather}
"""
    with pytest.raises(ReasonsError) as caught:
        read_reasons(content, name="mine.yaml")
    assert [problem.split(":")[:2] for problem in caught.value.problems] == [
        ["mine.yaml", "4"],
        ["mine.yaml", "5"],
        ["mine.yaml", "5"],
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"- {group: a, label: A, reasons: []}", "reasons"),
        (b"\t", "tab"),
        (b"hello", "mine.yaml:1"),
        (b"", "mine.yaml"),
        (
            b"- group: a\n  label: A\n  reasons:\n"
            b"    - {code: x, label: X, kind: return, fault: shop}\n"
            b"    - {code: x, label: X, kind: complaint, fault: shop}\n",
            "mine.yaml:5: x stands in a already",
        ),
        (
            b"- group: a\n  label: A\n  reasons:\n"
            b"    - {code: x, label: X, kind: return, fault: shop, awaits: true}\n",
            "there is no reason of kind complaint",
        ),
    ],
)
def test_a_broken_reasons_file_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(ReasonsError) as caught:
        read_reasons(content, name="mine.yaml")
    assert said in str(caught.value)


# --- numbers -------------------------------------------------------------------------------------


@given(st.integers(), st.integers(SHORTEST, 9))
def test_a_number_is_read_however_it_is_typed(seed: int, length: int) -> None:
    number = new_number(Random(seed), length=length)
    signs = number.removeprefix("R-")
    for typed in (number, number.lower(), f" r {signs} ", f"#R–{signs}", signs, f"R{signs}"):
        assert parse_number(typed) == number
    assert find_number(f"hi, what about {number.lower()}?") == number


@given(st.integers(), st.integers(SHORTEST, 9), st.data())
def test_one_slip_is_always_noticed(seed: int, length: int, data: st.DataObject) -> None:
    signs = list(new_number(Random(seed), length=length).removeprefix("R-"))
    at = data.draw(st.integers(0, length - 1))
    other = data.draw(st.sampled_from("23456789ACDEFHJKMNPTWXY"))
    wrong = [*signs[:at], other, *signs[at + 1 :]]
    assert (parse_number("R-" + "".join(wrong)) is None) == (wrong != signs)
    swapped = [*signs[: at - 1], signs[at], signs[at - 1], *signs[at + 1 :]] if at else signs
    assert (parse_number("R-" + "".join(swapped)) is None) == (swapped != signs)


@pytest.mark.parametrize(
    "typed", ["", "R-", "R-7K3", "hello", "S12-0042", "R-7K3I", "R-7K3F7K3F7K"]
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert parse_number(typed) is None


def test_look_alikes_are_understood() -> None:
    number = next(number for seed in range(1000) if "8" in (number := new_number(Random(seed))))
    assert parse_number(number.replace("8", "B")) == number
    assert parse_number("R-7K3F") == "R-7K3F"


def test_numbers_grow_with_the_shop() -> None:
    assert [length_for(used) for used in (0, 1_000, 2_000, 100_000)] == [4, 4, 5, 6]
    with pytest.raises(ValueError, match="4 to 9"):
        new_number(Random(1), length=3)


# --- what a complaint is offered -----------------------------------------------------------------


def reason(code: str) -> Reason:
    found = starter().get(code)
    assert found is not None
    return found


def complained(code: object = "defective", **other: object) -> Complained:
    usual = {"units": 2, "value": 3000, "available": 5, "photo": True, "good_standing": True}
    return Complained(reason=reason(str(code)), **{**usual, **other})  # type: ignore[arg-type]


def test_a_replacement_is_offered_first_and_held_at_once() -> None:
    offers = first_offers(complained(), Policy())
    assert offers.offers == (Offer.REPLACEMENT, Offer.REFUND, Offer.CREDIT)
    assert (offers.hold, offers.send_back, offers.automatic) == (2, False, False)


def test_without_enough_to_replace_all_money_goes_first() -> None:
    offers = first_offers(complained(available=1), Policy())
    assert offers.offers == (Offer.REFUND, Offer.CREDIT)
    assert (offers.hold, offers.key) == (0, "returns.complaint.refund")


def test_a_photo_is_asked_for_where_the_reason_does() -> None:
    assert first_offers(complained(photo=False), Policy()).ask_photo
    assert not first_offers(complained("missing_item", photo=False), Policy()).ask_photo


@pytest.mark.parametrize(
    ("other", "automatic"),
    [
        ({}, True),
        ({"value": 5001}, False),
        ({"good_standing": False}, False),
        ({"photo": False}, False),
    ],
)
def test_a_small_complaint_of_a_good_customer_needs_nobody(
    other: dict[str, object], automatic: bool
) -> None:
    policy = Policy(auto_approve_up_to=5000)
    assert first_offers(complained(**other), policy).automatic is automatic


def test_what_never_arrived_is_not_asked_back() -> None:
    policy = Policy(complaints_come_back=True)
    assert first_offers(complained(), policy).send_back
    assert not first_offers(complained("never_arrived"), policy).send_back
