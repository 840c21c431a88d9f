"""Bad playbooks are refused with file, line and field, and the others load."""

import time
from typing import Any

import pytest
import yaml

from playbooks import reading
from playbooks.loader import LARGEST, Loaded, Source, World, load

WORLD = World(
    events={
        "ItemSoldOut": frozenset({"code", "label", "left"}),
        "ItemLow": frozenset({"code", "label", "left", "waiting"}),
        "ShowEnded": frozenset({"show_id"}),
    },
    commands=frozenset({"stage", "stage next", "stock show"}),
)

GOOD = """\
id: gone
title: "{label} is gone"
when:
  - event: ItemSoldOut
    where: {left: {at_most: 0}}
    automatic: true
  - hand: true
severity: warning
owner: producer
variables:
  code: {ask: "Which item?", default: A12}
  label: {ask: "Which size?", default: A12 / M}
host_script: |
  "That was it for {label}.
  On to the next one!"
customer_message: >
  {label} is gone. Claims go to
  the waitlist now.
steps:
  - id: say
    title: Say it
    owner: host
    due: 2m
  - id: next
    title: Go on
    depends_on: [say]
    command: "/stage next"
  - id: look
    title: Look at {code}
    required: false
    command: "/stock show {code}"
escalation:
  - who: owner
    after: 10m
    again_every: 5m
    times: 3
ends_when:
  - steps: done
  - event: ShowEnded
    why: The show is over.
review:
  - Was it fast enough?
"""


def loaded(*texts: str | bytes) -> Loaded:
    """Load these texts as the files 1.yaml, 2.yaml …"""
    data = [text.encode() if isinstance(text, str) else text for text in texts]
    return load([Source(name=f"{n}.yaml", data=one) for n, one in enumerate(data, 1)], WORLD)


def said_of(text: str | bytes) -> list[str]:
    """What is wrong with one file, while a good one beside it loads."""
    both = loaded(text, GOOD)
    assert "gone" in both.playbooks
    return [str(problem) for problem in both.problems if problem.file == "1.yaml"]


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new).replace("id: gone\n", "id: changed\n")


@pytest.fixture(params=["python", "c"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both parsers of PyYAML, because not every machine has the one in C."""
    fast: Any = getattr(yaml, "CSafeLoader", None)
    if request.param == "c" and fast is None:
        pytest.skip("PyYAML has no parser in C here")
    monkeypatch.setattr(reading, "PARSER", yaml.SafeLoader if request.param == "python" else fast)


def test_a_good_playbook_loads() -> None:
    good = loaded(GOOD)
    assert good.problems == ()
    assert good.playbooks["gone"].customer_message == (
        "{label} is gone. Claims go to the waitlist now."
    )


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("owner: producer", "owner: boss", "1.yaml:9: owner: is 'boss'; choose one of"),
        ("    owner: host", "    owner: boss", "1.yaml:22: steps.1.owner: is 'boss'"),
        ("severity: warning", "sevirity: warning", "1.yaml:8: sevirity: is no field here; did you"),
        ("id: gone", "id: Gone Now", "1.yaml:1: id: is 'Gone Now'; small letters"),
        ("owner: producer\n", "", "1.yaml:1: owner: is missing; add it"),
        ("  - who: owner\n    after", "  - after", "1.yaml:33: escalation.1.who: is missing"),
        ("automatic: true", "automatic: yes", "1.yaml:6: when.1.automatic: is 'yes'; write true"),
        ("title: Say it", "title: 12", "1.yaml:21: steps.1.title: is the number 12; text"),
        ("title: Say it", "title:", "1.yaml:21: steps.1.title: is empty; text"),
        ("due: 2m", "due: 120", "1.yaml:23: steps.1.due: is 120, no length of time; write it"),
        ("due: 2m", "due: 12:30", "1.yaml:23: steps.1.due: is '12:30', no length of time"),
        ("[say]", "[say, sya]", "1.yaml:26: steps.2.depends_on.2: names 'sya', which is no step"),
        ("[say]", "[next]", "1.yaml:26: steps.2.depends_on: goes in a circle: next needs next"),
        ("    due: 2m", "    depends_on: [next]", "1.yaml:23: steps.1.depends_on: goes in a"),
        ("id: look", "id: say", "1.yaml:28: steps.3.id: is 'say', as an earlier step is"),
        ("- hand: true", "- hand: false", "1.yaml:7: when.2.hand: is False; choose one of True"),
        ("- hand: true", "- thumb: true", "1.yaml:7: when.2: is"),
        ("ItemSoldOut", "ItemGone", "1.yaml:4: when.1.event: is 'ItemGone', which nothing tells"),
        ("{left: {", "{lost: {", "1.yaml:5: when.1.where.lost: is no field of ItemSoldOut; its"),
        ("at_most: 0", "at_most: x", "1.yaml:5: when.1.where.left.at_most: is 'x'"),
        ("/stage next", "/stag next", "1.yaml:27: steps.2.command: is '/stag next', which is no"),
        ("/stage next", "stage next", "1.yaml:27: steps.2.command: is 'stage next'; a command"),
        ("Look at {code}", "Look at {cod}", "1.yaml:29: steps.3.title: uses {cod}, which a start"),
        ("show {code}", "show {item}", "1.yaml:31: steps.3.command: uses {item}, which"),
        ("for {label}.", "for {title}.", "1.yaml:14: host_script: uses {title}, which a start by"),
        ("next one!", "next {one!", "1.yaml:15: host_script: has a brace that belongs to no hole"),
        ("the waitlist", "the {list}", "1.yaml:18: customer_message: uses {list}, which a start"),
        ("event: ShowEnded", "event: ShowOver", "1.yaml:39: ends_when.2.event: is 'ShowOver'"),
        ("    why: The show is over.\n", "", "1.yaml:39: ends_when.2.why: is missing"),
        ("fast enough", "fast {enough}", "1.yaml:42: review.1: uses {enough}"),
        ("  code: {ask:", "  shop: {ask:", "1.yaml:11: variables.shop: is known to every run"),
        ("times: 3", "times: 99", "1.yaml:36: escalation.1.times: is the number 99"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_file_line_and_field(old: str, new: str, problem: str) -> None:
    said = said_of(changed(old, new))
    assert [one for one in said if one.startswith(problem)], said
    assert "changed" not in loaded(changed(old, new)).playbooks


def test_every_mistake_of_a_file_is_named_at_once_from_the_top() -> None:
    wrong = GOOD.replace("producer", "boss").replace("due: 2m", "due: soon").replace("Go on", "''")
    assert [one.line for one in loaded(wrong).problems] == [9, 23, 25]


def test_a_text_that_fits_no_post_is_refused() -> None:
    problem = said_of(changed('"That was it', f'"{"x" * 1_500} That was it'))
    assert len(problem) == 1
    assert problem[0].startswith("1.yaml:13: host_script: is 1,5")
    assert problem[0].endswith("characters long; 1,500 are the most")


def test_a_step_that_nothing_waits_for_cannot_end_a_run() -> None:
    loose = changed("    due: 2m\n", "    required: false\n")
    loose = loose.replace("    depends_on: [say]", "    required: false")
    assert said_of(loose) == [
        "1.yaml:38: ends_when.1: waits for required steps, but none is required, so nothing can "
        "reach it; require a step, or end it with event: or after:"
    ]


def test_an_end_whose_condition_never_holds_is_refused() -> None:
    never = changed("event: ShowEnded", "event: ShowEnded\n    where: {show_id: {in: []}}")
    assert said_of(never)[0].startswith("1.yaml:40: ends_when.2.where.show_id.in: is empty")


# --- variables --------------------------------------------------------------------------------


def test_a_run_that_starts_by_itself_can_ask_nobody() -> None:
    asks = changed("  code: {ask:", '  who: {ask: "Who saw it?"}\n  code: {ask:')
    (problem,) = said_of(asks.replace("fast enough", "{who} fast enough"))
    assert problem == (
        "1.yaml:43: review.1: uses {who}, which a start by ItemSoldOut does not bring; nobody can "
        "be asked there, so give it a default"
    )
    assert said_of(asks) == []
    by_people = asks.replace("    automatic: true\n", "").replace("fast", "{who} fast")
    assert said_of(by_people) == []


def test_the_fields_of_an_event_are_known_only_where_it_starts_the_run() -> None:
    by_hand = changed('  label: {ask: "Which size?", default: A12 / M}\n', "")
    assert all("{label}, which a start by hand does not bring" in one for one in said_of(by_hand))
    assert len(said_of(by_hand)) == 3
    assert said_of(by_hand.replace("  - hand: true\n", "")) == []


def test_a_field_may_come_under_another_name() -> None:
    renamed = changed("automatic: true", "automatic: true\n    takes: {what: label}")
    renamed = renamed.replace("  - hand: true\n", "").replace("{label}", "{what}")
    assert said_of(renamed) == []
    assert said_of(renamed.replace("what: label", "what: lable")) == [
        "1.yaml:7: when.1.takes.what: is 'lable', no field of ItemSoldOut; its fields are code, "
        "label, left"
    ]


def test_every_run_knows_its_shop_and_its_show() -> None:
    assert said_of(changed("Go on", "Go on with {show} of {shop}, {started_by}")) == []


# --- one id, two files ------------------------------------------------------------------------


def test_of_two_playbooks_with_one_id_the_first_stays() -> None:
    second = GOOD.replace("Say it", "Whisper it")
    both = loaded(GOOD, second)
    assert both.playbooks["gone"].steps[0].title == "Say it"
    (problem,) = both.problems
    assert str(problem).startswith("2.yaml:1: id: is 'gone', as in 1.yaml, which stays")


def test_a_shop_may_replace_one_on_purpose() -> None:
    both = loaded(GOOD, GOOD.replace("Say it", "Whisper it") + "replaces: true\n")
    assert both.problems == ()
    assert both.playbooks["gone"].steps[0].title == "Whisper it"


def test_a_bad_replacement_leaves_what_was() -> None:
    both = loaded(GOOD, GOOD.replace("producer", "boss") + "replaces: true\n")
    assert both.playbooks["gone"].owner == "producer"
    assert len(both.problems) == 1


# --- what is no playbook ----------------------------------------------------------------------

LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "1.yaml:1: is empty"),
        (b"# only a comment\n", "1.yaml:1: is empty"),
        (b"just words", "1.yaml:1: is 'just words'"),
        (b"- a\n- list\n", "1.yaml:1: is a list"),
        (LAUGHS.encode(), "1.yaml:1: uses &a or *a; write it out"),
        (b"id: x\nsteps: *steps\n", "1.yaml:2: uses &steps or *steps"),
        (b"id: x\n<<: *base\n", "1.yaml:2: uses &base or *base"),
        (b"id: !!python/object/apply:os.system ['ls']\n", "1.yaml:1: has the tag"),
        (b"id: x\ntitle: !!str y\n", "1.yaml:2: has the tag"),
        (b"id: x\n!x y: z\n", "1.yaml:2: has the tag"),
        (b"id: x\nid: y\n", "1.yaml:2: says 'id' a second time"),
        (b"id: x\n'id': y\n", "1.yaml:2: says 'id' a second time"),
        (b"id: x\nsteps:\n  - id: a\n    id: b\n", "1.yaml:4: says 'id' a second time"),
        (b"id: x\n? [a]\n: b\n", "1.yaml:2: has a list or a mapping as its key"),
        (b"id: x\nsteps:\n\t- id: a\n", "1.yaml:3: begins with a tab"),
        (b"id: x\n---\nid: y\n", "1.yaml:2: begins a second document"),
        (b"id: x\ntitle: 'open\n", "1.yaml:"),
        (b"id: x\ntitle: [a\nowner: b\n", "1.yaml:"),
        (b"id: x\ntitle: a: b\n", "1.yaml:2: is no YAML"),
        (b"id: x\ntitle: caf\xe9\n", "1.yaml:2: is not written in UTF-8"),
        ("id: x\n".encode("utf-16"), "1.yaml:1: is not written in UTF-8"),
        (b"id: x\ntitle: a\0b\n", "1.yaml:2: holds the invisible character U+0000"),
        (b"id: x\ntitle: a\x1bb\n", "1.yaml:2: holds the invisible character U+001B"),
        (b"id: " + b"[" * 50 + b"]" * 50, "1.yaml:1: is nested deeper than 12"),
        (b"%YAML 9.9\n---\nid: x\n", "1.yaml:1: "),
        (b"x" * (LARGEST + 1), "1.yaml: is 262,145 bytes; 262,144 are the most"),
    ],
)  # fmt: skip
def test_what_is_no_playbook_is_refused(data: bytes, problem: str) -> None:
    said = said_of(data)
    assert said[0].startswith(problem), said


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"x: y\n" * 2_000_000, id="10 MB"),
        pytest.param(b"[" * (LARGEST - 1), id="only brackets"),
        pytest.param(b"- " * (LARGEST // 2), id="lists in lists"),
        pytest.param(b"{a: " * (LARGEST // 4), id="mappings in mappings"),
        pytest.param(b"id: x\n" + b"&a " * 50_000, id="only anchors"),
        pytest.param(b"a" * (LARGEST - 2) + b":", id="one long key"),
        pytest.param(b"? " * (LARGEST // 2), id="keys in keys"),
    ],
)
def test_a_hostile_file_is_refused_in_little_time(data: bytes) -> None:
    begun = time.process_time()
    assert len(said_of(data)) == 1
    assert time.process_time() - begun < 2


def test_only_whole_numbers_and_true_and_false_are_more_than_text() -> None:
    document = reading.read(
        b"{a: no, b: on, c: 12:30, d: 2026-11-21, e: 0x10, f: 1e3, g: 010, h: .5, i: =, j: <<,\n"
        b"k: 7, l: -1, m: true, n: null, o: '7', p: ~, q: True, r: ''}"
    )
    texts = ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")
    assert all(isinstance(document.value[name], str) for name in texts)
    assert [document.value[name] for name in "klmnopqr"] == [
        7,
        -1,
        True,
        None,
        "7",
        None,
        "True",
        "",
    ]


def test_a_mark_of_byte_order_and_lines_of_windows_are_fine() -> None:
    assert loaded(("\ufeff" + GOOD.replace("\n", "\r\n")).encode()).problems == ()
