"""Sentences: filled in, never mentioning or formatting by what people typed, replaceable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.registry import Registry
from handlers.wording import CopyError, Said, Wording, listed, mentions_in, plain

COPY = {"hello": "Hello {{ name }}!", "to": "{{ who|at }} {{ name }}"}


def test_a_sentence_is_filled_in() -> None:
    assert Wording(COPY).say("hello", name="Ana") == "Hello Ana!"


def test_a_shop_replaces_sentences_key_by_key() -> None:
    wording = Wording(COPY, {"hello": "Ahoy {{ name }}."})
    assert wording.say("hello", name="Ana") == "Ahoy Ana."
    assert wording.say("to", who={"id": "a"}, name="x") == "@{a} x"
    assert wording.has("hello")
    assert not wording.has("bye")


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        ({"bye": "Bye"}, "has a sentence that nobody says: bye"),
        ({"hello": "Hello {{ name"}, "the sentence hello is no template"),
        ({"hello": "{% if %}"}, "the sentence hello is no template"),
        ({"hello": "{{ name|nosuch }}"}, "the sentence hello is no template"),
    ],
)
def test_a_copy_file_that_cannot_be_said_is_refused(replaced: dict[str, str], message: str) -> None:
    with pytest.raises(CopyError, match=message.replace("{", r"\{")):
        Wording(COPY, replaced)


@pytest.mark.parametrize(
    "typed",
    ["@everyone", "@{bob}", "<@123>", "a\nb\r\nc", "`code`", "**bold**", "\u202eevil", "x" * 5000],
)
def test_what_people_type_mentions_nobody_and_keeps_to_its_line(typed: str) -> None:
    said = Wording(COPY).say("to", who={"id": "ana"}, name=typed)
    assert mentions_in(said) == ("ana",)
    assert "\n" not in said
    assert said.count("@") == 1
    assert "`" not in said
    assert "**" not in said
    assert "\u202e" not in said
    assert len(said) < 300


def test_the_id_of_a_person_cannot_mention_another() -> None:
    said = listed([{"id": "a}@{b", "name": "Ana"}])
    assert mentions_in(said) == ("a@{b",)


def test_what_we_said_ourselves_keeps_its_mentions() -> None:
    wording = Wording(COPY)
    inner = wording.say("to", who={"id": "ana"}, name="x")
    assert isinstance(inner, Said)
    assert wording.say("hello", name=inner) == "Hello @{ana} x!"


def test_a_template_of_the_shop_reaches_nothing_it_should_not() -> None:
    with pytest.raises(Exception, match=r"unsafe|undefined|access"):
        Wording(COPY, {"hello": "{{ name.__class__.__mro__ }}"}).say("hello", name="x")


@given(st.text())
def test_plain_text_is_one_harmless_line_whatever_was_typed(typed: str) -> None:
    shown = plain(typed)
    assert len(shown) <= 200
    assert not {"@", "`", "\n", "\r", "\t", "\x00", "\u202e"} & set(shown)
    assert plain(shown) == shown


def test_every_sentence_of_ours_ends_without_blanks() -> None:
    for key, sentence in Registry.of().copy.items():
        assert sentence == sentence.strip(), key
        assert "  " not in sentence.replace("{%  ", ""), key
