"""Typed commands, read against the table: what is found, and what a slip is told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.capability import CommandSpec, Option, OptionKind
from handlers.catalog.files import read_catalog
from handlers.claims.lexicon import Lexicon
from handlers.command_line import (
    Invocation,
    Misread,
    find_item,
    match,
    read_command,
    read_given,
)
from handlers.messages import Answer
from handlers.money import Money
from handlers.registry import Registry
from handlers.snapshot import (
    CatalogueView,
    ItemView,
    Snapshot,
    TimelineView,
    VariantView,
)
from handlers.work import Work
from tests.fakes.shop import CATALOGUE

TEES = (
    "T1,Blue / S,T1-BS,Tee,9.00,USD,3,,R1,no,,\n"
    "T1,Blue / M,T1-BM,Tee,9.00,USD,3,,R1,no,,\n"
    "T1,Red / M,T1-RM,Tee,9.00,USD,3,,R1,no,,silver box\n"
)
TEES = TEES.replace("no,,\n", "no,,silver box\n")


def snapshot() -> Snapshot:
    catalogue = read_catalog(CATALOGUE + TEES, name="catalogue.csv", currency="USD")
    items = {}
    for number, item in enumerate(catalogue.items, start=1):
        variants = {
            one.name: VariantView(id=number * 10 + at, name=one.name, sku=one.sku)
            for at, one in enumerate(item.variants)
        }
        items[item.code] = ItemView(
            id=number, code=item.code, title=item.title, position=number, variants=variants
        )
    view = CatalogueView(
        version=1,
        lexicon=Lexicon.of(catalogue.items),
        items=items,
        by_id={item.id: item for item in items.values()},
    )
    return Snapshot.of(view, TimelineView(version=1, shows=(), taken_codes=()))


SNAPSHOT = snapshot()


async def nothing(work: Work, command: Invocation) -> Answer:
    return Answer()


def option(name: str, kind: OptionKind, *, required: bool = True, **more: Any) -> Option:
    return Option(name=name, kind=kind, summary=name, required=required, **more)


def spec(*options: Option) -> CommandSpec:
    return CommandSpec(name="do", summary="do it", run=nothing, options=options)


PERSON = option("person", OptionKind.PERSON)
CODE = option("code", OptionKind.ITEM)
VARIANT = option("variant", OptionKind.VARIANT, required=False)
FROM = option("variant", OptionKind.VARIANT)
QUANTITY = option("quantity", OptionKind.INTEGER, required=False)
WHY = option("why", OptionKind.TEXT, required=False)
ADD = spec(PERSON, CODE, VARIANT, QUANTITY, WHY)


def told(found: dict[str, Any] | Misread) -> dict[str, Any]:
    """What was read, short enough to compare."""
    assert not isinstance(found, Misread), found
    return {
        name: getattr(value, "code", None) or getattr(value, "name", None) or value
        for name, value in found.items()
        if value is not None
    }


def read(spec: CommandSpec, line: str) -> dict[str, Any]:
    return told(read_command(spec, line, SNAPSHOT, "USD"))


def slip(spec: CommandSpec, line: str) -> str:
    found = read_command(spec, line, SNAPSHOT, "USD")
    assert isinstance(found, Misread), found
    return found.key


@pytest.mark.parametrize(
    ("line", "name", "rest"),
    [
        ("/show start Friday night", "show start", "Friday night"),
        ("  /SHOW   Start  Friday  night ", "show start", "Friday  night"),
        ("/stage A12 M", "stage", "A12 M"),
        ("/stage next", "stage next", ""),
        ("stage back", "stage back", ""),
        ("/ stage M3", "stage", "M3"),
        ("/stage\tM3", "stage", "M3"),
        ("/undo", "undo", ""),
    ],
)
def test_a_line_is_matched_by_its_longest_name(line: str, name: str, rest: str) -> None:
    found = match(line, Registry.of().commands)
    assert not isinstance(found, Misread)
    assert (found[0].name, found[1]) == (name, rest)


@pytest.mark.parametrize(
    ("line", "key", "values"),
    [
        ("/stok show", "command.unknown", {"word": "stok", "near": "stock show"}),
        ("/item", "command.one_more", {"word": "item"}),
        ("/item frobnicate", "command.one_more", {"word": "item"}),
        ("", "command.unknown", {"word": "", "near": ""}),
        ("/", "command.unknown", {"near": ""}),
    ],
)
def test_what_is_no_command_says_what_would_be(line: str, key: str, values: dict[str, Any]) -> None:
    found = match(line, Registry.of().commands)
    assert isinstance(found, Misread)
    assert found.key == key
    assert found.values.items() >= values.items()


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("Ana M3", {"person": "Ana", "code": "M3"}),
        ("@Ana M3 2", {"person": "Ana", "code": "M3", "quantity": 2}),
        ("<@123> M3", {"person": "123", "code": "M3"}),
        ("<@!123> M3", {"person": "123", "code": "M3"}),
        ("<@U12|ana> M3", {"person": "U12", "code": "M3"}),
        ('"Ana Lu" mug x', {"person": "Ana Lu", "code": "M3", "why": "x"}),
        ("“Ana Lu” mug", {"person": "Ana Lu", "code": "M3"}),
        ("'Ana Lu' mug don't", {"person": "Ana Lu", "code": "M3", "why": "don't"}),
        ("Ana D1 M 2 a gift", {"code": "D1", "variant": "M", "quantity": 2, "why": "a gift"}),
        ("Ana D1 medium 2", {"code": "D1", "variant": "M", "quantity": 2}),
        ("Ana d 1 M", {"code": "D1", "variant": "M"}),
        ("Ana D-1 sorry for that", {"code": "D1", "why": "sorry for that"}),
        ("Ana T1 Blue / S 2 it is late", {"variant": "Blue / S", "quantity": 2}),
        ("Ana T1 blue/s", {"variant": "Blue / S"}),
        ("Ana T1 red 1", {"variant": "Red / M", "quantity": 1}),
        ('Ana T1 "Blue / M" 1', {"variant": "Blue / M", "quantity": 1}),
        ("Ana silver box Red / M", {"code": "T1", "variant": "Red / M"}),
        ('Ana M3 1 "quoted why"', {"why": "quoted why"}),
        ('Ana M3 1 12" wide', {"why": '12" wide'}),
    ],
)
def test_options_are_read_as_people_type_them(line: str, values: dict[str, Any]) -> None:
    assert read(ADD, line).items() >= values.items()


@pytest.mark.parametrize(
    ("line", "both"),
    [
        ("D1 M L", ("M", "L")),
        ("D1 M M", ("M", "M")),
        ("T1 Blue / S Blue / M", ("Blue / S", "Blue / M")),
        ("T1 red Blue / M", ("Red / M", "Blue / M")),
    ],
)
def test_one_variant_ends_where_the_next_begins(line: str, both: tuple[str, str]) -> None:
    found = read(spec(CODE, FROM, option("to", OptionKind.TEXT)), line)
    assert (found["variant"], found["to"]) == both


@pytest.mark.parametrize(
    ("options", "line", "key"),
    [
        ((PERSON, CODE), "", "command.missing"),
        ((PERSON, CODE), "Ana", "command.missing"),
        ((PERSON, CODE), "Ana Z9", "command.no_item"),
        ((PERSON, CODE), "Ana M3 too much", "command.left"),
        ((CODE, FROM), "D1 XXL", "command.no_variant"),
        ((CODE, FROM), "T1 blue", "command.no_variant"),
        ((CODE, FROM), "M3 M", "command.no_variant"),
        ((VARIANT,), "M", "command.item_first"),
        ((option("units", OptionKind.INTEGER),), "two", "command.number"),
        ((option("units", OptionKind.INTEGER),), "1e3", "command.number"),
        ((option("units", OptionKind.INTEGER),), "9" * 5000, "command.number"),
        ((option("units", OptionKind.INTEGER),), "1000001", "command.too_large"),
        ((option("units", OptionKind.INTEGER),), "-1000001", "command.too_large"),
        ((option("cost", OptionKind.AMOUNT),), "5,00,0", "command.amount"),
        ((option("cost", OptionKind.AMOUNT),), "$5", "command.amount"),
        ((option("how", OptionKind.WORD, choices=("on", "off")),), "maybe", "command.choice"),
    ],
)
def test_a_slip_is_a_sentence(options: tuple[Option, ...], line: str, key: str) -> None:
    assert slip(spec(*options), line) == key


def test_other_kinds_are_read_too() -> None:
    kinds = spec(
        option("how", OptionKind.WORD, choices=("on", "off")),
        option("cost", OptionKind.AMOUNT),
        option("units", OptionKind.INTEGER),
    )
    assert read(kinds, "ON 18.50 -3") == {
        "how": "on",
        "cost": Money(1850, "USD"),
        "units": -3,
    }


@pytest.mark.parametrize("word", ["M3", "m3", "M-3", "m 3", "mug", "Mug", "ｍ３"])
def test_an_item_is_found_by_any_of_its_names(word: str) -> None:
    found = find_item(SNAPSHOT, word)
    assert isinstance(found, ItemView)
    assert found.code == "M3"


@pytest.mark.parametrize("word", ["M33", "two", "claim", "please", "mug x2", "mug bowl", ""])
def test_what_names_no_item_names_none(word: str) -> None:
    assert isinstance(find_item(SNAPSHOT, word), Misread)


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ({"person": "Ana", "code": "M3"}, {"person": "Ana", "code": "M3"}),
        ({"person": "<@123>", "code": "mug"}, {"person": "123", "code": "M3"}),
        ({"person": "@Ana", "code": "m 3"}, {"person": "Ana", "code": "M3"}),
        ({"person": "Ana Lu", "code": "M3"}, {"person": "Ana Lu", "code": "M3"}),
        ({"person": '"Ana Lu"', "code": "“mug”"}, {"person": "Ana Lu", "code": "M3"}),
        (
            {"why": "M is his", "code": "D1", "person": "Ana"},
            {"person": "Ana", "code": "D1", "why": "M is his"},
        ),
        (
            {"person": "2", "code": "D1", "variant": "medium", "quantity": "3", "why": "2 L"},
            {"person": "2", "code": "D1", "variant": "M", "quantity": 3, "why": "2 L"},
        ),
        (
            {"person": "Ana", "code": "silver box", "variant": "Blue / S", "why": " "},
            {"person": "Ana", "code": "T1", "variant": "Blue / S"},
        ),
    ],
)
def test_options_that_come_by_name_are_each_read_alone(
    given: dict[str, str], values: dict[str, Any]
) -> None:
    found = read_given(ADD, given, SNAPSHOT, "USD")
    assert told(found) == values
    assert set(found if isinstance(found, dict) else ()) == {one.name for one in ADD.options}


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"code": "M3"}, "command.missing"),
        ({"person": " ", "code": "M3"}, "command.missing"),
        ({"person": "Ana", "code": "Z9"}, "command.no_item"),
        ({"person": "Ana", "code": "M3 and more"}, "command.no_item"),
        ({"person": "Ana", "code": "D1", "variant": "M L"}, "command.no_variant"),
        ({"person": "Ana", "code": "D1", "variant": "XXL"}, "command.no_variant"),
        ({"person": "Ana", "code": "D1", "quantity": "many"}, "command.number"),
        ({"person": "Ana", "code": "D1", "colour": "red"}, "command.no_option"),
        ({"": "x"}, "command.no_option"),
    ],
)
def test_a_slip_in_an_option_by_name_is_a_sentence(given: dict[str, str], key: str) -> None:
    found = read_given(ADD, given, SNAPSHOT, "USD")
    assert isinstance(found, Misread)
    assert found.key == key


def test_other_kinds_by_name_are_read_by_the_same_rules() -> None:
    kinds = spec(
        option("how", OptionKind.WORD, choices=("on", "off")),
        option("cost", OptionKind.AMOUNT),
        option("variant", OptionKind.VARIANT, required=False),
    )
    found = read_given(kinds, {"how": "ON", "cost": "18.50"}, SNAPSHOT, "USD")
    assert found == {"how": "on", "cost": Money(1850, "USD"), "variant": None}
    for words, key in (
        ({"how": "maybe", "cost": "1"}, "command.choice"),
        ({"how": "on", "cost": "$5"}, "command.amount"),
        ({"how": "on", "cost": "5", "variant": "M"}, "command.item_first"),
    ):
        slipped = read_given(kinds, words, SNAPSHOT, "USD")
        assert isinstance(slipped, Misread)
        assert slipped.key == key


COMMANDS = Registry.of().commands


@given(
    st.sampled_from(sorted(COMMANDS)),
    st.lists(
        st.sampled_from(["M3", "D1", "M", "Blue / S", '"', "'", "1", "@x", "“", "/", "🎉"])
        | st.text()
    ),
)
def test_whatever_is_typed_is_read_or_answered(name: str, words: list[str]) -> None:
    found = match(f"/{name} {' '.join(words)}", COMMANDS)
    if not isinstance(found, Misread):
        read_command(found[0], found[1], SNAPSHOT, "USD")
        given = {one.name: word for one, word in zip(found[0].options, words, strict=False)}
        read_given(found[0], given, SNAPSHOT, "USD")
