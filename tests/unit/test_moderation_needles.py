"""Needles: a wording that is passed over could not have fitted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.moderation.baits import BAITS
from handlers.moderation.needles import Sieve, needles_of
from handlers.moderation.offers import OFFERS
from handlers.moderation.signals import Signal
from tests.fakes.examples import examples
from tests.unit.spam_lines import FAIR, HELD_OUT, SPAM

ALL = (*BAITS, *OFFERS)


@pytest.mark.parametrize(
    ("pattern", "needles"),
    [
        ("free", {"free"}),
        (r"\bfree (?:nitro|robux)\b", {"free nitro", "free robux"}),
        (r"\bfree\w* (?:nitro|robux)\b", {" nitro", " robux"}),
        (r"whats\s?app", {"whats"}),
        (r"dms?\b.{0,9}(?:win|won)", {"win", "won"}),
        (r"(?:claim|get)+ .*", {"claim", "get"}),
        (r"colou?r", {"colour", "color"}),
        (r"(?=.*free)\w+", set()),
        (r"\+\d{9,14}", set()),
        (r"[$€]\d", set()),
        (r"(?:free|\d+)", set()),
        ("", set()),
    ],
)
def test_needles_are_what_a_line_must_hold(pattern: str, needles: set[str]) -> None:
    assert needles_of(pattern) == needles


def test_needles_inside_each_other_are_all_found() -> None:
    sieve = Sieve(["dm", "dm me", "m me", "me now", r"\d+"])
    assert sieve.fitting("dm me now") == {0, 1, 2, 3, 4}
    assert sieve.fitting("dm you") == {0, 4}
    assert sieve.fitting("hello") == {4}


@pytest.mark.parametrize("signal", ALL, ids=lambda one: one.about)
@settings(max_examples=examples(40), derandomize=True)
@given(data=st.data())
def test_whatever_a_wording_fits_holds_a_needle_of_it(signal: Signal, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(signal.pattern))
    if signal.pattern.search(text):
        assert Sieve([signal.pattern.pattern]).fitting(text) == {0}


def test_no_wording_that_fits_a_line_is_passed_over() -> None:
    sieve = Sieve([one.pattern.pattern for one in ALL])
    for text in [*(spam.text.lower() for spam in (*SPAM, *HELD_OUT)), *FAIR]:
        fitting = {place for place, one in enumerate(ALL) if one.pattern.search(text)}
        assert fitting <= sieve.fitting(text)


def test_hardly_any_wording_has_none() -> None:
    # One without is tried on every line: numbers of phones, which have no words.
    assert [one.about for one in ALL if not needles_of(one.pattern.pattern)] == [
        "leads to another app or phone"
    ]
