"""What a playbook may say, and what it may not."""

import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
from pydantic import ValidationError

from handlers.people import TEAM
from playbooks.durations import duration, written
from playbooks.fields import Condition, Role
from playbooks.filling import HoleError, fill, fill_command, holes, misspelt
from playbooks.model import Playbook, Step
from playbooks.shape import every_field, schema_text
from playbooks.triggers import ScheduleTrigger, WordsTrigger

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def values(**changed: Any) -> dict[str, Any]:
    """A small playbook as YAML would give it, with these fields changed; None takes one out."""
    whole = {
        "id": "spill",
        "title": "Tea on the table",
        "when": [{"hand": True}],
        "owner": "producer",
        "steps": [
            {"id": "wipe", "title": "Wipe it up"},
            {"id": "show", "title": "Show the next item", "depends_on": ["wipe"]},
        ],
        "ends_when": [{"steps": "done"}],
        **changed,
    }
    return {name: value for name, value in whole.items() if value is not None}


def playbook(**changed: Any) -> Playbook:
    return Playbook.of(values(**changed))


def refused(**changed: Any) -> str:
    """What is said against a playbook with these fields."""
    with pytest.raises(ValidationError) as caught:
        playbook(**changed)
    return str(caught.value)


def step(**changed: Any) -> dict[str, Any]:
    return {"id": "wipe", "title": "Wipe it up", **changed}


# --- parts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1m", timedelta(minutes=1)),
        ("90m", timedelta(minutes=90)),
        ("2h", timedelta(hours=2)),
        ("30d", timedelta(days=30)),
    ],
)
def test_a_length_of_time_is_a_number_and_a_unit(text: str, length: timedelta) -> None:
    assert duration(text) == length
    assert duration(written(length)) == length


@pytest.mark.parametrize(
    "text", ["", "10", "10 m", "0m", "-5m", "1.5h", "5s", "1h30m", "31d", "٣m", 10, None, True]
)
def test_what_is_no_length_of_time_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is "):
        duration(text)


def test_the_roles_are_those_of_the_team() -> None:
    assert {role.value for role in Role} == {role.value for role in TEAM}


@pytest.mark.parametrize(
    ("condition", "fitting", "other"),
    [
        ({"equals": "amber"}, ["amber"], ["red", None, 1]),
        ({"equals": 1}, [1], [True, "1", 2]),
        ({"equals": False}, [False], [0, ""]),
        ({"in": ["a", 2]}, ["a", 2], ["b", "2"]),
        ({"at_least": 3}, [3, 4], [2, "4", True, None]),
        ({"at_most": 0}, [0, -1], [1, False]),
        ({"at_least": 1, "at_most": 3}, [1, 2, 3], [0, 4]),
    ],
)
def test_a_condition_holds_for_what_it_says(
    condition: dict[str, Any], fitting: list[object], other: list[object]
) -> None:
    one = Condition.model_validate_json(json.dumps(condition))
    assert [value for value in fitting + other if one.holds(value)] == fitting


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"at_least": 3, "at_most": 2},
        {"equals": "red", "in": ["amber"]},
        {"in": []},
        {"equals": 1, "at_least": 2},
        {"at_least": "3"},
    ],
)
def test_a_condition_that_nothing_fits_is_refused(condition: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Condition.model_validate_json(json.dumps(condition))


def test_words_are_heard_whole_in_any_case_and_spacing() -> None:
    trigger = WordsTrigger(words=("promo code", "scam", "ลด"))
    assert trigger.heard_in("the PROMO   code fails") == "promo code"
    assert trigger.heard_in("scam!") == "scam"
    assert trigger.heard_in("ｓｃａｍ") == "scam"
    assert trigger.heard_in("scamper, promocode, promo-code") is None
    assert trigger.heard_in("") is None


def test_words_are_text_and_no_pattern() -> None:
    trigger = WordsTrigger(words=("50% (all)", "c++"))
    assert trigger.heard_in("is it 50% (all) today?") == "50% (all)"
    assert trigger.heard_in("50% xall") is None


def test_a_schedule_hangs_on_the_start_or_the_end() -> None:
    before = ScheduleTrigger(schedule=timedelta(hours=1), before="start")
    after = ScheduleTrigger(schedule=timedelta(minutes=30), after="end")
    ends = NOON + timedelta(hours=2)
    assert before.falls_at(starts=NOON, ends=None) == NOON - timedelta(hours=1)
    assert after.falls_at(starts=NOON, ends=ends) == ends + timedelta(minutes=30)
    assert after.falls_at(starts=NOON, ends=None) is None


# --- texts with holes -------------------------------------------------------------------------


def test_a_hole_is_filled_and_double_braces_are_braces() -> None:
    text = "{{code}} {code}: {left} left, sold out: {gone}"
    assert list(holes(text)) == ["code", "left", "gone"]
    shown = fill(text, {"code": "A12", "left": 3, "gone": False})
    assert shown == "{code} A12: 3 left, sold out: no"


def test_what_is_filled_in_is_never_filled_again() -> None:
    assert fill("{why}", {"why": "{code} {{x}}", "code": "A12"}) == "{code} {{x}}"


@pytest.mark.parametrize("variables", [{}, {"code": None}])
def test_a_hole_that_nothing_fills_is_an_error(variables: dict[str, object]) -> None:
    with pytest.raises(HoleError, match="code"):
        fill("{code}", variables)


@pytest.mark.parametrize("text", ["{", "a } b", "{ code }", "{code", "{a.b}", "{}", "{0}", "{a!r}"])
def test_a_brace_that_belongs_to_no_hole_is_found(text: str) -> None:
    assert list(misspelt(text))
    assert list(holes(text)) == []


def test_a_value_in_a_command_stays_one_word_of_one_line() -> None:
    line = "/claim add {name} {code}"
    assert fill_command(line, {"name": "ana", "code": "A12"}) == "/claim add ana A12"
    trick = {"name": 'ana" A1\n/stock stop A12 "', "code": 7}
    assert fill_command(line, trick) == '/claim add "ana A1 /stock stop A12" 7'
    assert fill_command("/item alias {name} x", {"name": ""}) == '/item alias "" x'
    # At the end nothing stands for nothing: the size of an item that has one size.
    assert fill_command("/stock show A12 {size}", {"size": ""}) == "/stock show A12"


# --- the whole --------------------------------------------------------------------------------


def test_a_small_playbook_is_whole() -> None:
    small = playbook()
    assert small.owner_of(small.steps[0]) is Role.PRODUCER
    assert Playbook.of(small.model_dump(mode="json")) == small


def test_a_playbook_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        playbook().title = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"id": "Spill It"}, "pattern"),
        ({"title": ""}, "at least 1"),
        ({"title": "two\nlines"}, "pattern"),
        ({"title": "x" * 201}, "200"),
        ({"title": 12}, "valid string"),
        ({"owner": "boss"}, "'moderator'"),
        ({"owner": "viewer"}, "'moderator'"),
        ({"severity": "awful"}, "'info', 'warning' or 'urgent'"),
        ({"roles": {"boss": "x"}}, "'moderator'"),
        ({"sevrity": "info"}, "Extra inputs"),
        ({"host_script": "x" * 1_501}, "1500"),
        ({"customer_message": "x" * 1_501}, "1500"),
        ({"when": []}, "at least 1"),
        ({"when": [{"start": 1}]}, "is no trigger"),
        ({"when": ["hand"]}, "is no trigger"),
        ({"when": [{"hand": False}]}, "True"),
        ({"when": [{"hand": True, "automatic": True}]}, "Extra inputs"),
        ({"when": [{"words": ["x"], "automatic": True}]}, "Extra inputs"),
        ({"when": [{"schedule": "1h", "before": "start", "automatic": True}]}, "Extra inputs"),
        ({"when": [{"event": "ItemLow", "automatic": "yes"}]}, "valid boolean"),
        ({"when": [{"schedule": "1h"}]}, "before or after"),
        ({"when": [{"schedule": "1h", "before": "start", "after": "end"}]}, "before or after"),
        ({"when": [{"words": []}]}, "at least 1"),
        ({"escalation": [{"after": "5m"}]}, "who"),
        ({"escalation": [{"who": "owner", "after": "5m", "times": 2}]}, "together"),
        ({"escalation": [{"who": "owner", "after": "5m", "again_every": "5m"}]}, "together"),
        ({"escalation": [{"who": "owner", "after": "5m", "until": "tired"}]}, "'taken' or 'ended'"),
        ({"steps": []}, "at least 1"),
        ({"steps": [step(times=2, again_every="5m")]}, "no time; add due"),
        ({"steps": [step(due="soon")]}, "no length of time"),
        ({"steps": [step(), step()]}, "give one of them another id"),
        ({"steps": [step(depends_on=["mop"])]}, "'mop', which is no step here"),
        ({"steps": [step(depends_on=["wipe"])]}, "in a circle: wipe needs wipe"),
        ({"steps": [step(required=False)]}, "none is required"),
        (
            {
                "escalation": [{"who": "owner", "after": "2h"}],
                "ends_when": [{"after": "1h", "why": "it dried"}],
            },
            "is 2h, but the run ends by itself after 1h",
        ),
        ({"ends_when": []}, "at least 1"),
        ({"ends_when": [{"when": "tired"}]}, "is no end"),
        ({"ends_when": [{"after": "1h"}]}, "why"),
        ({"ends_when": [{"event": "ShowEnded"}]}, "why"),
    ],
)
def test_a_playbook_that_could_not_be_run_is_refused(changed: dict[str, Any], said: str) -> None:
    assert said in refused(**changed)


def test_a_cycle_is_named_step_by_step() -> None:
    around = [
        step(id="a", depends_on=["c"]),
        step(id="b", depends_on=["a"]),
        step(id="c", depends_on=["b"]),
    ]
    said = refused(steps=around)
    assert "in a circle" in said
    assert all(f"{one} needs" in said for one in "abc")


def test_no_required_step_is_needed_where_something_else_ends_it() -> None:
    ends = [{"after": "1h", "why": "it dried"}]
    assert playbook(steps=[step(required=False)], ends_when=ends).steps[0].required is False


@pytest.mark.parametrize(
    ("command", "complete"),
    [("/stage next", True), ("/stock recount A12 …", False), ("/stock add A12 ...", False)],
)
def test_a_command_with_an_ellipsis_is_completed_by_hand(command: str, complete: bool) -> None:
    assert Step.model_validate_json(json.dumps(step(command=command))).complete is complete


# --- its shape for editors --------------------------------------------------------------------


def test_the_schema_is_in_step_with_the_model() -> None:
    kept = files("playbooks").joinpath("schema.json").read_text(encoding="utf-8")
    assert kept == schema_text(), "run `python -m playbooks.shape schema > playbooks/schema.json`"


def test_every_field_is_described() -> None:
    assert [one.name for one in every_field() if not one.description.endswith((".", "*"))] == []
