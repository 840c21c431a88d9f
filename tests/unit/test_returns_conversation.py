"""The guided form as questions and answers: each answer, each slip, and put aside at any point."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.returns.choosing import Choice, chosen, means_back, means_no, means_stop, means_yes
from handlers.returns.conversation import (
    Answered,
    Form,
    OrderOption,
    ReasonOption,
    Step,
    UnitOption,
    answer,
    attach,
    question,
)
from handlers.returns.policy import Condition, Wish

DRESSES = (
    UnitOption(
        id="u1", label="A12 / M (1 of 2)", swaps=(("A12-S", "A12 / S"), ("A12-L", "A12 / L"))
    ),
    UnitOption(
        id="u2", label="A12 / M (2 of 2)", swaps=(("A12-S", "A12 / S"), ("A12-L", "A12 / L"))
    ),
    UnitOption(id="u3", label="B3 mug", why_not="It was a final sale."),
)
NEWEST = OrderOption(id="S12-0042", label="S12-0042 of 14 March", units=DRESSES)
OLDER = OrderOption(
    id="S11-0007", label="S11-0007 of 2 March", units=(UnitOption(id="v1", label="C1 scarf"),)
)
OLDEST = OrderOption(
    id="S01-0001",
    label="S01-0001 of 1 January",
    units=(UnitOption(id="w1", label="D9 hat", why_not="The 30 days ended on 31 January."),),
)
REASONS = (
    ReasonOption(code="too_small", label="Too small"),
    ReasonOption(code="too_large", label="Too large"),
    ReasonOption(code="quality", label="The quality disappoints", photo=True, condition=False),
)


def form(**other: object) -> Form:
    usual: dict[str, object] = {"orders": (NEWEST, OLDER, OLDEST), "reasons": REASONS}
    return Form.model_validate({**usual, **other})


def says(start: Form, *said: str) -> Answered:
    """Give one answer after the other; each but the last must be understood."""
    last = Answered(form=start, question=question(start))
    for each in said:
        assert last.trouble == "", f"before {each!r}: {last.trouble}"
        last = answer(last.form, each)
    return last


def step(after: Answered) -> Step | None:
    return after.question.step if after.question else None


def test_the_way_through_in_numbers() -> None:
    start = form()
    assert step(Answered(form=start, question=question(start))) is Step.ORDER
    assert step(says(start, "1")) is Step.UNITS
    assert step(says(start, "1", "1,2")) is Step.REASON
    assert step(says(start, "1", "1,2", "1")) is Step.CONDITION
    assert step(says(start, "1", "1,2", "1", "2")) is Step.WISH
    swap = says(start, "1", "1,2", "1", "2", "1")
    assert swap.question is not None
    assert (swap.question.step, swap.question.about) == (Step.SWAP, "A12 / M (1 of 2)")
    assert step(says(start, "1", "1,2", "1", "2", "1", "2", "2")) is Step.REVIEW
    done = says(start, "1", "1,2", "1", "2", "1", "2", "2", "yes")
    assert done.question is None
    assert done.form == start.model_copy(
        update={
            "order": "S12-0042",
            "units": ("u1", "u2"),
            "reason": "too_small",
            "condition": Condition.TRIED_ON,
            "wish": Wish.EXCHANGE,
            "swap": (("u1", "A12-L"), ("u2", "A12-L")),
            "done": True,
        }
    )


def test_the_way_through_in_words() -> None:
    done = says(form(), "s12-0042", "all", "to small", "tried on", "refund", "ja")
    assert (done.form.units, done.form.reason, done.form.wish) == (
        ("u1", "u2"),
        "too_small",
        Wish.REFUND,
    )
    assert done.form.done


def test_the_way_through_in_taps() -> None:
    assert says(form(), "S11-0007", "too_large", "unopened", "credit", "yes").form.done


def test_what_has_one_answer_is_not_asked() -> None:
    start = form(orders=(OLDER,), reasons=REASONS[:1], wishes=(Wish.REFUND,))
    done = says(start, "unopened", "yes").form
    assert (done.order, done.units, done.reason, done.wish) == (
        "S11-0007",
        ("v1",),
        "too_small",
        Wish.REFUND,
    )


def test_what_cannot_come_back_says_why() -> None:
    closed = says(form(), "1", "1,3")
    assert (step(closed), closed.trouble) == (Step.UNITS, "returns.ask.closed")
    assert closed.facts == (("choice", "B3 mug"), ("why", "It was a final sale."))
    assert closed.form.units is None
    assert says(form(), "3").facts[1] == ("why", "The 30 days ended on 31 January.")


def test_a_single_unit_that_cannot_come_back_is_shown() -> None:
    asked = question(form(orders=(OLDEST,)))
    assert asked is not None
    assert asked.choices[0].why_not == "The 30 days ended on 31 January."


@pytest.mark.parametrize("said", ["", "9", "0", "what?", "1 or 2", "1,2", "S"])
def test_what_is_not_understood_changes_nothing_and_is_asked_again(said: str) -> None:
    after = says(form(), said)
    assert (after.form, step(after), after.trouble) == (form(), Step.ORDER, "returns.ask.again")


def test_a_photo_is_asked_for_where_the_reason_does() -> None:
    asked = says(form(), "2", "quality")
    assert step(asked) is Step.PHOTO
    assert says(asked.form, "it is torn").trouble == "returns.ask.photo_missing"
    assert step(attach(asked.form, "discord:77")) is Step.WISH
    without = says(asked.form, "no")
    assert (step(without), without.form.no_photo) == (Step.WISH, True)


def test_a_photo_may_come_first_and_counts_once() -> None:
    early = attach(attach(form(), "discord:77").form, "discord:77")
    assert (step(early), early.form.photos) == (Step.ORDER, ("discord:77",))
    assert step(says(early.form, "2", "quality")) is Step.WISH


def test_back_goes_one_question_back() -> None:
    assert step(says(form(), "1", "2", "1", "zurück")) is Step.REASON
    assert step(says(form(), "1", "2", "back")) is Step.UNITS
    assert step(says(form(), "1", "back")) is Step.ORDER
    assert says(form(), "back").form == form()
    assert step(says(form(), "1", "1", "1", "1", "1", "1", "no")) is Step.SWAP


def test_stop_ends_the_form() -> None:
    stopped = says(form(), "1", "stop")
    assert (stopped.form.stopped, stopped.question) == (True, None)
    assert answer(stopped.form, "1").trouble == "returns.ask.ended"
    assert attach(stopped.form, "discord:77").trouble == "returns.ask.ended"


def test_only_a_yes_sends_it() -> None:
    assert says(form(), "2", "1", "1", "3", "perhaps").trouble == "returns.ask.yes_or_no"


SAID = st.sampled_from(
    ["1", "2", "3", "1,2", "all", "yes", "no", "back", "stop", "quality", "too large", "?", "photo"]
)


@given(st.lists(SAID, max_size=20))
def test_an_interrupted_form_goes_on_where_it_stopped(said: list[str]) -> None:
    going, put_aside = form(), form()
    for each in said:
        going = attach(going, "p1").form if each == "photo" else answer(going, each).form
        again = Form.model_validate_json(put_aside.model_dump_json())
        put_aside = attach(again, "p1").form if each == "photo" else answer(again, each).form
        assert put_aside == going
        assert question(put_aside) == question(going)
    assert (question(going) is None) == (going.done or going.stopped)


@given(st.lists(SAID, max_size=30))
def test_what_is_sent_is_whole_and_may_come_back(said: list[str]) -> None:
    going = form()
    for each in said:
        going = attach(going, "p1").form if each == "photo" else answer(going, each).form
    if going.done:
        order = next(order for order in going.orders if order.id == going.order)
        open_units = {unit.id for unit in order.units if not unit.why_not}
        assert going.units
        assert set(going.units) <= open_units
        assert going.reason is not None
        assert going.wish is not None
        assert {unit for unit, _ in going.swap} <= set(going.units)


@given(st.text(max_size=60))
def test_no_answer_breaks_the_form(said: str) -> None:
    assert answer(form(), said).form.model_dump_json()


# --- what an answer means ------------------------------------------------------------------------

CHOICES = (
    Choice(value="s", label="Small"),
    Choice(value="m", label="Medium"),
    Choice(value="2xl", label="2XL"),
)


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ("2", "m"),
        (" #2 ", "m"),
        ("2)", "m"),
        ("no. 2", "m"),
        ("1 and 3", "s 2xl"),
        ("3, 1", "s 2xl"),
        ("1 2", "s m"),
        ("1 y 2", "s m"),
        ("2xl", "2xl"),
        ("medum", "m"),
        ("med", "m"),
        ("all", "s m 2xl"),
        ("alle bitte", ""),
        ("4", ""),
        ("m and s", ""),
    ],
)
def test_a_typed_answer_is_numbers_or_a_name(said: str, values: str) -> None:
    assert " ".join(choice.value for choice in chosen(said, CHOICES, many=True)) == values


def test_a_name_that_fits_two_is_not_guessed() -> None:
    two = (Choice(value="a", label="Blue dress"), Choice(value="b", label="Red dress"))
    assert chosen("dress", two) == ()
    assert chosen("blue", two) == two[:1]


def test_plain_words_in_four_languages() -> None:
    assert all(map(means_yes, ["Yes!", "ja bitte", "oui", "sí", "1", "👍"]))
    assert all(map(means_no, ["no", "nein", "non", "2"]))
    assert all(map(means_back, ["back", "zurück", "retour", "atrás"]))
    assert all(map(means_stop, ["stop", "abbrechen", "annuler", "cancelar"]))
    assert not means_yes("yes but the other one")
