"""From what was said to posts: split to fit, in order, with everything that belongs to them."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.messages import Button, ButtonStyle
from handlers.speech import (
    Rendered,
    Speaker,
    Spoken,
    button_values,
    buttons_from,
    gather,
    split_text,
)
from handlers.wording import Wording

WORDING = Wording({"hello": "Hello {{ name }}", "answer": "{{ text }}"})


def spoken(number: int, kind: str = "hello", **values: object) -> Spoken:
    return Spoken(id=number, kind=kind, values=values)


def test_each_stands_for_itself_in_order() -> None:
    posts = Speaker(WORDING, {}).render(
        [spoken(1, name="Ana"), spoken(2, name="Bob")], max_characters=100
    )
    assert [(post.members, post.text) for post in posts] == [
        ((1,), "Hello Ana"),
        ((2,), "Hello Bob"),
    ]


def test_those_that_merge_do_so_between_those_that_do_not() -> None:
    def together(said: Sequence[Spoken], most: int) -> Sequence[Rendered]:
        ids = tuple(one.id for one in said)
        return [Rendered(members=ids, kind="merged", text=f"{len(ids)} merged")]

    said = [spoken(1, "m"), spoken(2, "m"), spoken(3, name="Ana"), spoken(4, "m")]
    posts = Speaker(WORDING, {"m": together}).render(said, max_characters=100)
    assert [post.members for post in posts] == [(1, 2), (3,), (4,)]


def test_buttons_come_back_as_they_went() -> None:
    buttons = (Button(id="a:1", label="A"), Button(id="b:", label="B", style=ButtonStyle.DANGER))
    assert buttons_from(button_values(buttons)) == buttons
    assert button_values(()) == {}


def test_buttons_stand_under_the_last_of_several_posts() -> None:
    button = Button(id="a:", label="A")
    posts = gather(
        [("x" * 60, (1,)), ("y" * 60, (2,))], kind="k", max_characters=100, buttons=(button,)
    )
    assert [post.buttons for post in posts] == [(), (button,)]
    assert [post.members for post in posts] == [(1,), (2,)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", [""]),
        ("short", ["short"]),
        ("one two\nthree four", ["one two", "three four"]),
        ("onetwothreefour", ["onetwothre", "efour"]),
        ("one twothree four", ["one", "twothree", "four"]),
        ("0123456789 next", ["0123456789", "next"]),
        ("0123456789\n", ["0123456789"]),
    ],
)
def test_a_long_text_is_cut_at_lines_then_at_spaces(text: str, parts: list[str]) -> None:
    assert split_text(text, 10) == parts


@given(st.text(), st.integers(1, 50))
def test_no_part_is_too_long_and_no_word_is_lost(text: str, most: int) -> None:
    parts = split_text(text, most)
    assert all(len(part) <= most for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(st.lists(st.text(min_size=1, max_size=80), min_size=1, max_size=30), st.integers(10, 100))
def test_every_message_is_in_a_post_and_every_post_fits(texts: list[str], most: int) -> None:
    posts = gather([(text, (at,)) for at, text in enumerate(texts)], kind="k", max_characters=most)
    assert {member for post in posts for member in post.members} == set(range(len(texts)))
    assert all(len(post.text) <= most for post in posts)
