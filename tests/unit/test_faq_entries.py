"""The FAQ file: what it may say, and how everything wrong with it is named."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.faq.entries import Button, Entry, FaqError, read_faq, starter, variables

FULL = """\
- id: pick-up
  questions:
    - can I pick it up
    - yes
  answer: At the studio.
  audience: private
  cooldown: 5m
  valid_from: 2026-11-21
  valid_until: 2026-11-22
  platforms: [Discord, slack]
  button: {label: The map, link: "https://example.com/map"}
"""
ENTRY = "- id: size\n  questions: [what size]\n  answer: Small.\n"


def problems(text: str) -> list[str]:
    with pytest.raises(FaqError) as caught:
        read_faq(text.encode(), name="faq.yaml")
    assert str(caught.value).splitlines() == [str(one) for one in caught.value.problems]
    return str(caught.value).splitlines()


def test_an_entry_may_say_everything() -> None:
    (entry,) = read_faq(FULL.encode(), name="faq.yaml", zone=ZoneInfo("Europe/Berlin")).entries
    assert entry == Entry(
        id="pick-up",
        questions=("can I pick it up", "yes"),
        answer="At the studio.",
        audience="private",
        cooldown=300,
        valid_from=datetime(2026, 11, 20, 23, tzinfo=UTC),
        valid_until=datetime(2026, 11, 22, 23, tzinfo=UTC),
        platforms=("discord", "slack"),
        button=Button(label="The map", link="https://example.com/map"),
    )
    assert entry.valid_at(datetime(2026, 11, 22, 22, 59, tzinfo=UTC))
    assert not entry.valid_at(datetime(2026, 11, 22, 23, tzinfo=UTC))
    assert not entry.valid_at(datetime(2026, 11, 20, 22, 59, tzinfo=UTC))


def test_an_entry_needs_little() -> None:
    (entry,) = read_faq(b"\xef\xbb\xbf" + ENTRY.encode(), name="faq.yaml").entries
    assert entry == Entry(id="size", questions=("what size",), answer="Small.")
    assert entry.valid_at(datetime(2000, 1, 1, tzinfo=UTC))


def test_facts_stand_beside_the_entries() -> None:
    text = "facts: {price: $5}\nentries:\n  - {id: a, questions: how much, answer: '{{ price }}'}\n"
    faq = read_faq(text.encode(), name="faq.yaml")
    assert faq.facts == {"price": "$5"}
    assert faq.entries[0].questions == ("how much",)
    assert problems(text.replace("{{ price }}", "{{ fee }}")) == [
        "faq.yaml:3: answer: {{ fee }} is not among the facts."
    ]
    other = text.replace("{{ price }}", "{{ fee }}").encode()
    assert read_faq(other, name="faq.yaml", known=("fee",)).entries


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "faq.yaml: This is empty; `handlers/faq/starter.yaml` is a beginning."),
        ("just words", "faq.yaml:1: entries: should be a list of entries."),
        ("[]", "faq.yaml:1: entries: should be a list of entries."),
        ("facts: {}\n", "faq.yaml:1: entries: is missing."),
        ("- words", "faq.yaml:1: entry: should have id, questions and answer."),
        (ENTRY + "  anser: x\n", "faq.yaml:4: anser: is not known; is answer meant?"),
        (ENTRY + "  id: two\n", "faq.yaml:4: id: is given twice."),
        (ENTRY.replace("Small.", "''"), "faq.yaml:3: answer: is empty."),
        (ENTRY.replace("Small.", "[a]"), "faq.yaml:3: answer: should be text; quotes help."),
        (ENTRY.replace("[what size]", "[]"), "faq.yaml:2: questions: is empty."),
        (ENTRY.replace("id: size", "id: two words"), "faq.yaml:1: id: should be one word"),
        (ENTRY + ENTRY, "faq.yaml:4: id: size is taken by the entry of line 1."),
        (ENTRY + "  audience: all\n", "faq.yaml:4: audience: should be public or private."),
        (ENTRY + "  cooldown: often\n", "faq.yaml:4: cooldown: should be a time such as"),
        (ENTRY + "  valid_from: soon\n", "faq.yaml:4: valid_from: should be a day such as"),
        (
            ENTRY + "  valid_from: 2026-02-02\n  valid_until: 2026-02-01\n",
            "faq.yaml:5: valid_until: is not after valid_from.",
        ),
        (ENTRY + "  button: go\n", "faq.yaml:4: button: should have a label, and a link"),
        (ENTRY + "  button: {label: x}\n", "faq.yaml:4: button: should have either a link"),
        (
            ENTRY + "  button: {label: x, link: 'ftp://x'}\n",
            "faq.yaml:4: link: should begin with https://.",
        ),
        (ENTRY.replace("Small.", "'{{ x'"), "faq.yaml:3: answer: is no template:"),
        ("- id: [", "faq.yaml:2: This is not YAML:"),
    ],
)
def test_a_problem_is_named_by_file_line_and_field(text: str, said: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(said)


def test_all_problems_are_found_at_once() -> None:
    assert len(problems("- {}\n- {id: a}\n- 7\n")) == 6


def test_python_objects_and_endless_anchors_are_not_loaded() -> None:
    assert problems("- !!python/object/apply:os.system [ls]\n")
    assert problems("&a [*a]\n")
    assert problems("[" * 5000)


def test_what_helps_nobody_is_noted() -> None:
    faq = read_faq(
        b"- {id: a, questions: ['?', what size], answer: x}\n"
        b"- {id: b, questions: [What SIZE?], answer: x}\n",
        name="faq.yaml",
    )
    assert faq.notes == (
        "faq.yaml:1: questions: '?' has no word in it and is never found.",
        "faq.yaml:2: questions: 'What SIZE?' is asked in a too: neither may be answered.",
    )


@settings(deadline=None)
@given(content=st.binary(max_size=200) | st.text("-: []{}&*!|>'\n #ai").map(str.encode))
def test_any_content_is_read_or_refused_in_words(content: bytes) -> None:
    refused = ""
    try:
        read_faq(content, name="faq.yaml")
    except FaqError as error:
        refused = str(error)
    assert refused.startswith("faq.yaml:") or not refused


def test_the_starter_covers_a_live_shop() -> None:
    faq = starter()
    assert {entry.id for entry in faq.entries} >= {
        "combined-shipping",
        "countries",
        "customs",
        "holds-waitlist",
        "how-to-claim",
        "order-cutoff",
        "payment",
        "pick-up",
        "returns",
        "shipping-cost",
        "shipping-time",
        "sizes",
        "tracking",
    }
    assert all(10 <= len(entry.questions) <= 20 for entry in faq.entries)
    assert faq.notes == ()
    needed = {fact for entry in faq.entries for fact in variables(entry.answer)}
    assert needed == set(faq.facts)


def test_where_is_my_order_is_never_answered_in_public() -> None:
    (tracking,) = [entry for entry in starter().entries if entry.id == "tracking"]
    assert tracking.audience == "private"
    assert tracking.button == Button(label="My orders", command="orders")
