"""What an option may become while it is typed."""

import pytest

from handlers.capability import Option, OptionKind
from handlers.completing import Choice, complete
from tests.unit.test_command_line import SNAPSHOT

CODE = Option(name="code", kind=OptionKind.ITEM, summary="which")
VARIANT = Option(name="variant", kind=OptionKind.VARIANT, summary="size")
HOW = Option(name="how", kind=OptionKind.WORD, summary="how", choices=("on", "off"))
WHY = Option(name="why", kind=OptionKind.TEXT, summary="why")


def values(option: Option, typed: str, **given: str) -> list[str]:
    return [choice.value for choice in complete(option, typed, given, SNAPSHOT)]


def test_an_item_is_shown_with_its_title() -> None:
    assert complete(CODE, "r", {}, SNAPSHOT) == [Choice(value="R5", label="R5 — Silver ring")]


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("", ["D1", "D2", "M3", "M4", "R5", "7", "T1"]),
        ("m", ["M3", "M4"]),
        ("D", ["D1", "D2"]),
        (" d1 ", ["D1"]),
        ("mug", ["M3"]),
        ("stoneware b", ["M4"]),
        ("silver", ["R5"]),
        ("dress", ["D1"]),
        ("otter", ["7"]),
        ("R6", ["R5"]),
        ("oter", ["7"]),
        ("zzzzz", []),
        ("x" * 5000, []),
        ("?!", []),
    ],
)
def test_items_come_by_code_then_by_title_then_by_likeness(typed: str, codes: list[str]) -> None:
    assert values(CODE, typed) == codes


@pytest.mark.parametrize(
    ("typed", "given", "names"),
    [
        ("", {"code": "D1"}, ["S", "M", "L"]),
        ("m", {"code": "dress"}, ["M"]),
        ("medium", {"code": "d-1"}, ["M"]),
        ("b", {"code": "T1"}, ["Blue / S", "Blue / M"]),
        ("red", {"code": "silver box"}, ["Red / M"]),
        ("s", {"code": "T1"}, ["Blue / S"]),
        ("", {"person": "7", "code": "D1"}, ["S", "M", "L"]),
        ("", {"code": "M3"}, []),
        ("", {"code": "Z9"}, []),
        ("", {}, []),
    ],
)
def test_variants_are_those_of_the_item_that_was_given(
    typed: str, given: dict[str, str], names: list[str]
) -> None:
    assert values(VARIANT, typed, **given) == names


def test_choices_complete_and_free_text_does_not() -> None:
    assert values(HOW, "") == ["on", "off"]
    assert values(HOW, "OF") == ["off"]
    assert values(WHY, "be") == []


def test_there_are_never_more_than_asked_for() -> None:
    assert len(complete(CODE, "", {}, SNAPSHOT, limit=3)) == 3
