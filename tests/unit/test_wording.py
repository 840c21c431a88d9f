"""Sentences: filled in, never mentioning or formatting by what people typed, replaceable."""

import re

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


NASTY = {
    "<@123>": "‹＠123›",
    "<@&1> <#2> <t:3:R>": "‹＠&1› ‹#2› ‹t:3:R›",
    "<!everyone>": "‹!everyone›",
    "<https://evil.example|click>": "‹https∶//evil.example∣click›",
    "[free](https://evil.example)": "[free] (https∶//evil.example)",
    "*b* **b** ***b***": "∗b∗ ∗∗b∗∗ ∗∗∗b∗∗∗",
    "||spoiler||": "∣∣spoiler∣∣",
    "~~gone~~": "∼∼gone∼∼",
    "__low__": "ˍ_lowˍˍ",
    "_low_": "_lowˍ",
    "anna_k and bob_": "anna_k and bobˍ",
    "\\": "∖",
    "# big": "♯ big",
    "###": "♯♯♯",
    "-": "‐",
    "-# small": "‐♯ small",
    "> said": "› said",
    "one\u2028two\u2029three": "one two three",
}


@pytest.mark.parametrize(("typed", "shown"), NASTY.items())
def test_a_nasty_name_formats_links_and_mentions_nothing(typed: str, shown: str) -> None:
    assert plain(typed) == shown
    assert plain(shown) == shown


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("anna_k", "anna_k"),
        ("x_X_snake_case_9", "x_X_snake_case_9"),
        ("a~b ~ c", "a~b ~ c"),
        ("#1 fan", "#1 fan"),
        ("-5 °C", "-5 °C"),
        ("Zoë & Søren O'Neil (2nd)", "Zoë & Søren O'Neil (2nd)"),
        ("Größe 40/42, 50% — sale!", "Größe 40/42, 50% — sale!"),
        ("D1 / M ×2: $18.00", "D1 / M ×2: $18.00"),
        ("小红 👩‍👧 ❤️", "小红 👩‍👧 ❤️"),
        ("Size 36 > 38", "Size 36 › 38"),
        ('T-Shirt "A*"', 'T-Shirt "A∗"'),
    ],
)
def test_names_and_titles_stay_as_they_are_or_look_alike(typed: str, shown: str) -> None:
    assert plain(typed) == shown


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


@given(st.text() | st.text(alphabet="_~*#- <>|:/[](a@`\\"))
def test_plain_text_is_one_harmless_line_whatever_was_typed(typed: str) -> None:
    shown = plain(typed)
    assert len(shown) <= 200
    assert not set("@`<>*|\\\n\r\t\x00\u2028\u202e") & set(shown)
    assert not re.search(r"://|~~|__|_(?![0-9A-Za-z])|\]\(|^-?#*(?=\s)", shown)
    assert plain(shown) == shown


def test_every_sentence_of_ours_ends_without_blanks() -> None:
    for key, sentence in Registry.of().copy.items():
        assert sentence == sentence.strip(), key
        assert "  " not in sentence.replace("{%  ", ""), key
