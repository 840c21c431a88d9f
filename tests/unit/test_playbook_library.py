"""Every playbook of the library: it starts, its texts fill, it calls on time, and it ends."""

import dataclasses
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from handlers import events
from playbooks.checks import LATER_COMMANDS, texts_of
from playbooks.ending import ended_by
from playbooks.engine import act, end, finishes, start, tick
from playbooks.fields import LONGEST_TEXT, Value
from playbooks.filling import fill, fill_command
from playbooks.loader import Loaded, Source, World, library, load
from playbooks.model import EventEnd, Playbook, StepsEnd, TimeEnd
from playbooks.reviewing import Review, review
from playbooks.run import ActKind, DueKind, How, RunState, Status, StepAct
from playbooks.shape import table
from playbooks.triggers import EventTrigger, ScheduleTrigger, Trigger, WordsTrigger
from tests.unit.test_playbook_model import NOON

ROOT = Path(__file__).parents[2]
NAMES = [source.name for source in library()]
MINUTE = timedelta(minutes=1)

#: What the library counts on of events that are still to come: their fields, each with an example.
#: Where handlers/events.py has one of that name, its own fields count.
TO_COME: dict[str, dict[str, Value]] = {
    "PaymentTrouble": {"provider": "Stripe", "problem": "payments time out"},
    "QuestionSpike": {"show_id": 1, "topic": "shipping", "example": "when does it ship"},
    "PlatformLost": {"platform": "discord"},
    "PlatformBack": {"platform": "discord"},
    "ImpersonationSeen": {"platform": "discord", "name": "Andon Shop Official"},
    "ShowStaged": {"show_id": 1},
}
#: What whoever tells a playbook of an event looks up where it has an `item_id`.
OF_ITEMS: dict[str, Value] = {
    "code": "A12",
    "title": "Linen wrap dress",
    "size": "M",
    "state": "on_sale",
    "short": 0,
}
#: What every run knows by itself.
RUNS_OWN: dict[str, Value] = {
    "shop": "Loom & Thread",
    "show": "Friday live",
    "show_id": 1,
    "started_by": "ana",
    "left_now": "2 left in M",
}


def examples() -> dict[str, dict[str, Value]]:
    """An example of every event, by name: those that exist, and those to come."""
    found = dict(TO_COME)
    for name, kind in vars(events).items():
        if isinstance(kind, type) and issubclass(kind, events.Event) and kind is not events.Event:
            fields = [field for field in dataclasses.fields(kind) if field.name != "at"]
            found[name] = {field.name: _example(name, field) for field in fields}
    return {
        name: {**OF_ITEMS, **fields} if "item_id" in fields else fields
        for name, fields in found.items()
    }


def _example(event: str, field: dataclasses.Field[Any]) -> Value:
    known = TO_COME.get(event, {}).get(field.name)
    if known is not None:
        return known
    if field.type is str:
        return "A12 / M"
    return False if field.type is bool else 1


def commands() -> dict[str, set[str]]:
    """The commands of docs/commands.md, which is made from the table: by words, who may."""
    page = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    groups = {"everyone": "everyone"} | dict(
        re.findall(r"^\| (moderators|the team) \| ([a-z, ]+) \|$", page, re.MULTILINE)
    )
    rows = re.findall(r"^\| `/([^`]+)` \| ([a-z, ]+) \|", page, re.MULTILINE)
    return {
        " ".join(re.findall(r"^[a-z ]+(?=\s|$)", signature)[0].split()): set(
            groups.get(roles, roles).split(", ")
        )
        for signature, roles in rows
    }


def world() -> World:
    """The world that the library is written for."""
    return World(
        events={name: frozenset(fields) for name, fields in examples().items()},
        commands=commands().keys() | LATER_COMMANDS,
    )


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load(library(), world())


@pytest.fixture(params=NAMES)
def book(request: pytest.FixtureRequest, loaded: Loaded) -> Playbook:
    """Each playbook of the folder."""
    return loaded.playbooks[Path(request.param).stem]


def fields_for(trigger: EventTrigger | EventEnd) -> dict[str, Value]:
    """The fields of an event as this waits for it."""
    fields = dict(examples()[trigger.event])
    for name, one in trigger.where.items():
        if one.equals is not None:
            fields[name] = one.equals
        elif one.one_of is not None:
            fields[name] = one.one_of[-1]
        else:
            fields[name] = next(n for n in (one.at_least, one.at_most) if n is not None)
    return fields


def variables_for(book: Playbook, trigger: Trigger) -> dict[str, Value]:
    """What a run knows if this started it, as whoever starts it has to put it together."""
    if not isinstance(trigger, EventTrigger):
        asked = {name: f"some {name}" for name in book.variables}
        return {**asked, **RUNS_OWN}
    return {**RUNS_OWN, **trigger.brings(fields_for(trigger))}


def run_of(book: Playbook, trigger: Trigger | None = None) -> RunState:
    return start(book, variables_for(book, trigger or book.when[0]), NOON, by="ana")


def does(run: RunState, step: str, at: datetime = NOON) -> RunState:
    after = act(run, StepAct(step=step, kind=ActKind.DONE, who="ana", at=at))
    assert isinstance(after, RunState), after
    return after


# --- the folder ----------------------------------------------------------------------------------


def test_the_whole_library_loads(loaded: Loaded) -> None:
    assert [str(problem) for problem in loaded.problems] == []
    assert [f"library/{name}.yaml" for name in loaded.playbooks] == NAMES


def test_the_library_has_what_a_show_needs(loaded: Loaded) -> None:
    assert set(loaded.playbooks) >= {
        "stock-running-low",
        "sold-out-on-camera",
        "miscounted",
        "coupon-failing",
        "payment-trouble",
        "shipping-questions",
        "product-defect",
        "wrong-price",
        "platform-down",
        "impersonation",
        "address-check",
        "duplicate-customers",
        "cord-pulled",
        "before-the-show",
        "during-the-show",
        "after-the-show",
    }


def test_every_event_and_command_to_come_is_counted_on_by_somebody(loaded: Loaded) -> None:
    used = {
        one.event
        for book in loaded.playbooks.values()
        for one in (*book.when, *book.ends_when)
        if isinstance(one, EventTrigger | EventEnd)
    }
    assert set(TO_COME) <= used
    lines = [step.command or "" for book in loaded.playbooks.values() for step in book.steps]
    for command in LATER_COMMANDS:
        assert any(line.startswith(f"/{command}") for line in lines), command


def test_no_two_playbooks_start_by_themselves_for_one_thing(loaded: Loaded) -> None:
    automatic = [
        (one.event, level)
        for book in loaded.playbooks.values()
        for one in book.when
        if isinstance(one, EventTrigger) and one.automatic
        for level in ("amber", "pause", "red")
        if "level" not in one.where or one.where["level"].holds(level)
    ]
    assert len(automatic) == len(set(automatic))


# --- the page about them ----------------------------------------------------------------------

PAGE = (ROOT / "docs/playbooks.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text", re.findall(r"^<!-- example -->\n```yml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
)
def test_an_example_of_the_page_loads_and_runs(text: str) -> None:
    one = load([Source(name="example.yaml", data=text.encode())], world())
    assert [str(problem) for problem in one.problems] == []
    (book,) = one.playbooks.values()
    for trigger in book.when:
        assert finishes(over_by(run_of(book, trigger), StepsEnd(steps="done")))


def test_the_page_has_two_examples_and_every_field() -> None:
    assert PAGE.count("<!-- example -->") == 2
    made = f"<!-- fields -->\n{table()}<!-- /fields -->"
    assert made in PAGE, "put in what `python -m playbooks.shape table` prints"


def test_the_page_names_every_playbook_and_every_event_with_its_fields(loaded: Loaded) -> None:
    for name in loaded.playbooks:
        assert f"[{name}](../playbooks/library/{name}.yaml)" in PAGE
    for name, fields in examples().items():
        row = re.search(rf"^\|[^|]*`{name}`[^|]*\|([^|]*)\|$", PAGE, re.MULTILINE)
        if row is not None:
            named = set(re.findall(r"`(\w+)`", row[1]))
            assert named <= set(fields), name
    for book in loaded.playbooks.values():
        for one in (*book.when, *book.ends_when):
            if isinstance(one, EventTrigger | EventEnd):
                assert re.search(rf"^\|[^|]*`{one.event}`", PAGE, re.MULTILINE), one.event


# --- each of them --------------------------------------------------------------------------------


def test_it_can_be_started_by_hand(book: Playbook) -> None:
    assert any(hasattr(trigger, "hand") for trigger in book.when)


def test_its_triggers_fire_for_what_they_name(book: Playbook) -> None:
    for trigger in book.when:
        match trigger:
            case EventTrigger():
                fields = fields_for(trigger)
                assert trigger.matches(trigger.event, fields)
                assert not trigger.matches("SomethingElse", fields)
                for name in trigger.where:
                    assert not trigger.matches(trigger.event, {**fields, name: "other"})
            case WordsTrigger():
                for words in trigger.words:
                    assert trigger.heard_in(f"help, {words.upper()}!") in trigger.words
                    assert trigger.heard_in(f"x{words}x") is None
            case ScheduleTrigger():
                assert trigger.falls_at(starts=NOON, ends=NOON) is not None


def test_its_texts_fill_with_no_hole_left_whichever_way_it_starts(book: Playbook) -> None:
    for trigger in book.when:
        run = run_of(book, trigger)
        for path, text in texts_of(book):
            shown = fill(text, run.variables)
            assert not re.search(r"[{}]", shown), (path, shown)
            assert len(shown) <= LONGEST_TEXT
        for step in book.steps:
            line = fill_command(step.command or "", run.variables)
            assert "\n" not in line
            assert not re.search(r"[{}]", line)


def test_it_has_words_for_the_host_and_the_customers_and_proof_for_the_team(
    book: Playbook,
) -> None:
    assert book.host_script
    assert book.host_script.startswith('"')
    assert book.customer_message
    assert book.review
    assert all(step.proof or not step.required for step in book.steps)
    assert all(step.due for step in book.steps if step.required)


def test_its_commands_exist_for_whose_step_it_is(book: Playbook) -> None:
    known = commands()
    for step in book.steps:
        words = (step.command or "/help")[1:].split()
        heads = {" ".join(words[:2]), words[0]}
        who = {role for head in heads & known.keys() for role in known[head]}
        assert heads & LATER_COMMANDS or {"everyone", book.owner_of(step).value} & who, step


def test_its_escalation_calls_at_its_minute(book: Playbook) -> None:
    assert book.escalation
    for number, level in enumerate(book.escalation, 1):
        every = level.again_every or timedelta()
        expected = [NOON + level.after + n * every for n in range(level.times)]
        run, heard = run_of(book), []
        for moment in expected:
            run, before = tick(run, moment - MINUTE / 60)
            assert number not in {one.level for one in before if one.kind is DueKind.ESCALATE}
            run, dues = tick(run, moment)
            heard += [(one.at, one.who) for one in dues if one.level == number]
        assert heard == [(moment, level.who) for moment in expected]


def test_its_steps_can_be_done_one_after_the_other(book: Playbook) -> None:
    run, at = run_of(book), NOON
    for _ in book.steps:
        ready = [one.step for one in run.steps if one.ready_at and not one.settled]
        if run.ended_at is not None or not ready:
            break
        # What is not required comes last, because the run may be over by then.
        required = {step.id for step in book.steps if step.required}
        at += MINUTE
        run = does(run, min(ready, key=lambda name: name not in required), at)
    assert finishes(run)


@pytest.mark.parametrize("kind", [StepsEnd, EventEnd, TimeEnd])
def test_each_of_its_ends_ends_it(book: Playbook, kind: type[Any]) -> None:
    for one in book.ends_when:
        if not isinstance(one, kind):
            continue
        run = over_by(run_of(book), one)
        assert run.ended_at is not None
        assert finishes(run)
        assert tick(run, NOON + timedelta(days=60)) == (run, ())
        seen = review(run)
        assert isinstance(seen, Review)
        assert set(seen.answers.values()) == {""}


def over_by(run: RunState, one: Any) -> RunState:
    """The run, ended by this end."""
    match one:
        case StepsEnd():
            while run.ended_at is None:
                required = {step.id for step in run.playbook.steps if step.required}
                ready = [s.step for s in run.steps if s.ready_at and not s.settled]
                run = does(run, next(name for name in ready if name in required))
            return run
        case EventEnd():
            fields: dict[str, Any] = dict(fields_for(one))
            fields |= {field: run.variables[variable] for variable, field in one.same.items()}
            for field in one.same.values():
                assert ended_by(run, one.event, {**fields, field: "other"}) is None
            assert ended_by(run, one.event, fields) is one
            over = end(run, How.EVENT, who="", at=NOON, why=one.why)
            assert isinstance(over, RunState)
            return over
        case _:
            earlier, _ = tick(run, NOON + one.after - MINUTE)
            assert earlier.ended_at is None
            over, dues = tick(earlier, NOON + one.after)
            assert [due.kind for due in dues] == [DueKind.END]
            assert {state.status for state in over.steps} == {Status.SKIPPED}
            return over
