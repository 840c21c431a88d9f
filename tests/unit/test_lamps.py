"""When a lamp fires, against a slow reading of the rule."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.lamps.firing import Lamp, fires, mark, marks_of, worst
from handlers.looking import lamp

SHOP = (20, 10)


@pytest.mark.parametrize(
    ("base", "percent", "units"),
    [(20, 20, 4), (20, 10, 2), (3, 20, 1), (3, 10, 1), (21, 20, 5), (101, 10, 11), (0, 20, 0)],
)
def test_marks_are_rounded_up(base: int, percent: int, units: int) -> None:
    assert mark(base, percent) == units


@pytest.mark.parametrize(
    ("before", "after", "base", "lit", "fired"),
    [
        (5, 4, 20, "green", "amber"),
        (4, 3, 20, "amber", None),
        (3, 2, 20, "amber", "pause"),
        (5, 2, 20, "green", "pause"),
        (5, 0, 20, "green", "red"),
        (1, 0, 20, "pause", "red"),
        # It comes back and falls again: once is enough.
        (5, 4, 20, "red", None),
        (1, 0, 20, "red", None),
        # What the base has reached already never fires; the last unit still turns red.
        (2, 1, 1, "green", None),
        (1, 0, 1, "green", "red"),
        (1, 0, 0, "green", None),
        # Three of them: the last unit is amber and pause at once.
        (3, 2, 3, "green", None),
        (2, 1, 3, "green", "pause"),
        # Nothing fell.
        (4, 4, 20, "green", None),
        (2, 9, 20, "green", None),
    ],
)
def test_a_fall_fires_the_most_severe_lamp_once(
    before: int, after: int, base: int, lit: str, fired: str | None
) -> None:
    assert fires(before=before, after=after, base=base, lit=lit, marks=SHOP) == fired


def test_marks_are_of_the_item_else_of_the_show_else_of_the_shop() -> None:
    assert marks_of((50, 25), (40, 5), shop=SHOP) == (50, 25)
    assert marks_of((None, None), (40, 5), shop=SHOP) == (40, 5)
    assert marks_of((None, None), (None, None), shop=SHOP) == SHOP


def test_the_most_severe_of_several_counts() -> None:
    assert worst(["amber", "red", "green"]) is Lamp.RED
    assert worst([]) is Lamp.GREEN


# --- any order of claims, releases, recounts and restocks -----------------------------------------


class Shelf:
    """A variant's numbers and its lamp, as the sale keeps them."""

    def __init__(self, units: int) -> None:
        self.on_hand, self.reserved = units, 0
        self.base, self.lamp = units, "green"
        self.fired: list[tuple[int, str]] = []
        self.restocks = 0

    @property
    def left(self) -> int:
        return max(0, self.on_hand - self.reserved)

    def moves(self, step: tuple[str, int], marks: tuple[int, int]) -> None:
        before, (kind, units) = self.left, step
        if kind == "claim":
            self.reserved += min(units, self.left)
        elif kind == "release":
            self.reserved -= min(units, self.reserved)
        elif kind == "recount":
            self.on_hand = units
        else:
            self.on_hand += units
            if units and self.left:
                self.base, self.lamp, self.restocks = self.left, "green", self.restocks + 1
                return
        lit = fires(before=before, after=self.left, base=self.base, lit=self.lamp, marks=marks)
        if lit is not None:
            self.lamp = lit.value
            self.fired.append((self.restocks, lit.value))


def slowly(
    units: int, steps: Sequence[tuple[str, int]], marks: tuple[int, int]
) -> list[tuple[int, str]]:
    """The same in one long sentence: no rounding trick, no memory but the whole history."""
    on_hand, reserved, base, restocks = units, 0, units, 0
    since: list[str] = []
    fired = []
    for kind, number in steps:
        before = max(0, on_hand - reserved)
        if kind == "claim":
            reserved += min(number, before)
        if kind == "release":
            reserved -= min(number, reserved)
        if kind == "recount":
            on_hand = number
        if kind == "restock":
            on_hand += number
        after = max(0, on_hand - reserved)
        if kind == "restock" and number > 0 and after > 0:
            base, restocks, since = after, restocks + 1, []
            continue
        shares = {"red": Fraction(0), "pause": Fraction(marks[1], 100)}
        shares["amber"] = Fraction(marks[0], 100)
        for name in ("red", "pause", "amber"):
            at = next(n for n in range(base + 1) if n >= base * shares[name])
            worse = ["red", "pause", "amber"][: ["red", "pause", "amber"].index(name) + 1]
            if before > at >= after and base > at and not set(worse) & set(since):
                since.append(name)
                fired.append((restocks, name))
                break
    return fired


STEPS = st.lists(
    st.tuples(st.sampled_from(["claim", "release", "recount", "restock"]), st.integers(0, 30)),
    max_size=60,
)
MARKS = st.integers(1, 100).flatmap(lambda amber: st.tuples(st.just(amber), st.integers(0, amber)))


@given(units=st.integers(0, 40), steps=STEPS, marks=MARKS)
def test_a_lamp_fires_once_between_restocks_and_as_the_rule_says(
    units: int, steps: list[tuple[str, int]], marks: tuple[int, int]
) -> None:
    shelf = Shelf(units)
    for step in steps:
        shelf.moves(step, marks)
    assert shelf.fired == slowly(units, steps, marks)
    assert len(shelf.fired) == len(set(shelf.fired))
    # Between restocks it only gets worse.
    order = ["amber", "pause", "red"]
    for restock in range(shelf.restocks + 1):
        ranks = [order.index(name) for when, name in shelf.fired if when == restock]
        assert ranks == sorted(ranks)


@given(base=st.integers(1, 200), left=st.integers(0, 200))
def test_the_colour_shown_is_that_of_the_lamp_that_fires(base: int, left: int) -> None:
    """One big fall from what was staged fires what the board then shows."""
    if left >= base:
        return
    fired = fires(before=base, after=left, base=base, lit="green", marks=SHOP)
    assert lamp(left, base, *SHOP) == (fired or "green")
