"""Who gets how much, by table and by what must always hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.claims.allocation import (
    Allocation,
    Repeat,
    RepeatKind,
    allocate,
    free_units,
    settle_repeat,
)
from handlers.claims.rules import Repeats


@pytest.mark.parametrize(
    ("on_hand", "reserved", "short", "free"),
    [(5, 2, 0, 3), (5, 5, 0, 0), (0, 0, 0, 0), (3, 5, 2, 0), (5, 2, 1, 0), (1, 2, 0, 0)],
)
def test_nothing_is_free_while_anything_is_short(
    on_hand: int, reserved: int, short: int, free: int
) -> None:
    assert free_units(on_hand=on_hand, reserved=reserved, short=short) == free


@pytest.mark.parametrize(
    ("wanted", "free", "ahead", "stopped", "room", "split"),
    [
        (1, 3, 0, False, None, (1, 0, 0)),
        (4, 3, 0, False, None, (3, 1, 0)),
        (2, 3, 1, False, None, (0, 2, 0)),
        (2, 3, 0, True, None, (0, 2, 0)),
        (3, 3, 0, False, 2, (2, 0, 1)),
        (3, 1, 0, False, 2, (1, 1, 1)),
        (2, 3, 0, False, 0, (0, 0, 2)),
        (2, 3, 0, False, -4, (0, 0, 2)),
        (2, 0, 0, False, None, (0, 2, 0)),
    ],
)
def test_a_wish_is_split(
    wanted: int, free: int, ahead: int, stopped: bool, room: int | None, split: tuple[int, ...]
) -> None:
    found = allocate(wanted, free=free, waiting_ahead=ahead, stopped=stopped, room=room)
    assert found == Allocation(*split)


@given(
    wanted=st.integers(1, 99),
    free=st.integers(0, 99),
    ahead=st.integers(0, 3),
    stopped=st.booleans(),
    room=st.none() | st.integers(-5, 99),
)
def test_no_unit_is_lost_and_none_is_given_that_is_not_there(
    wanted: int, free: int, ahead: int, stopped: bool, room: int | None
) -> None:
    split = allocate(wanted, free=free, waiting_ahead=ahead, stopped=stopped, room=room)
    assert split.granted + split.waiting + split.refused == wanted
    assert 0 <= split.granted <= free
    assert not (split.granted and (ahead or stopped))
    assert room is None or split.granted + split.waiting <= max(0, room)
    assert not (split.waiting and split.granted < free and not ahead and not stopped)


@pytest.mark.parametrize(
    ("policy", "have", "asked", "counted", "kind", "units"),
    [
        ("raise", 0, 2, True, "new", 2),
        ("raise", 1, 1, False, "same", 0),
        ("raise", 2, 1, False, "same", 0),
        ("raise", 2, 2, True, "same", 0),
        ("raise", 1, 3, True, "more", 2),
        ("raise", 3, 1, True, "less", 0),
        ("set", 0, 1, False, "new", 1),
        ("set", 1, 3, True, "more", 2),
        ("set", 3, 1, True, "release", 2),
        ("set", 3, 1, False, "same", 0),
        ("add", 0, 1, False, "new", 1),
        ("add", 2, 1, False, "more", 1),
        ("add", 2, 3, True, "more", 3),
        ("ignore", 0, 2, True, "new", 2),
        ("ignore", 1, 5, True, "ignored", 0),
    ],
)
def test_a_repeat_is_measured_against_what_is_there(
    policy: str, have: int, asked: int, counted: bool, kind: str, units: int
) -> None:
    found = settle_repeat(Repeats(policy), have=have, asked=asked, counted=counted)
    assert found == Repeat(RepeatKind(kind), units)
