"""What the FAQ works out by itself: facts, spikes, groups, and what was learned meanwhile."""

import threading
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.checks.faq import check_faq
from handlers.faq.desk import FaqDesk, load_faq
from handlers.faq.facts import facts_at
from handlers.faq.grouping import Asked, grouped
from handlers.faq.matching import Matcher, meanings, ordinary_talk
from handlers.faq.rendering import Templates, only_names
from handlers.faq.rules import Day, FaqRules
from handlers.faq.spikes import is_spike
from storage.engine import Storage

EIGHT = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)
FAQ = """
facts: {price: $5}
entries:
  - {id: shipping, questions: [how much is shipping, shipping cost], answer: "It is {{ price }}."}
  - {id: parking, questions: [is there parking, where can I park], answer: "{{ place }}"}
"""


@pytest.mark.parametrize(
    ("at", "day", "cutoff"),
    [
        (datetime(2026, 3, 6, 13, 59, tzinfo=UTC), "Friday", "Friday 14:00"),
        (datetime(2026, 3, 6, 14, 0, tzinfo=UTC), "Monday", "Monday 14:00"),
        (datetime(2026, 3, 9, 14, 0, tzinfo=UTC), "Friday", "Friday 14:00"),
    ],
)
def test_the_next_dispatch_is_after_the_next_cutoff(at: datetime, day: str, cutoff: str) -> None:
    rules = FaqRules(dispatch_days=(Day.MONDAY, Day.FRIDAY), dispatch_cutoff="14:00")
    facts = facts_at(rules, {}, shop_name="Us", hold_hours=24, here=at, locale="en_US")
    assert (facts["next_dispatch_day"], facts["cutoff_time"]) == (day, cutoff)


def test_the_settings_win_over_the_file() -> None:
    rules = FaqRules(facts={"price": "$6"})
    of_file = {"price": "$5", "shop_name": "The file's"}
    facts = facts_at(rules, of_file, shop_name="Us", hold_hours=24, here=EIGHT, locale="en_US")
    assert facts == {"price": "$6", "shop_name": "The file's", "hold_hours": "24"}


def asked(*seconds: float) -> list[tuple[datetime, str]]:
    return [(EIGHT + timedelta(seconds=one), f"v{number}") for number, one in enumerate(seconds)]


@pytest.mark.parametrize(
    ("seconds", "earlier", "minutes", "spike"),
    [
        # Five are never one; six are, where the show asked little before.
        ((0, 1, 2, 3, 4), 0, 60, False),
        ((0, 1, 2, 3, 4, 5), 0, 60, True),
        ((0, 1, 2, 3, 4, 5), 22, 60, True),
        # 55 minutes with 23 of them make 2.1 in five minutes.
        ((0, 1, 2, 3, 4, 5), 23, 60, False),
        # A show that has just begun has no past.
        ((0, 1, 2, 3, 4, 5), 0, 1, True),
    ],
)
def test_a_spike_is_measured_against_the_show(
    seconds: tuple[float, ...], earlier: int, minutes: int, spike: bool
) -> None:
    started, at = EIGHT - timedelta(minutes=minutes), EIGHT + timedelta(seconds=5)
    found = is_spike(asked(*seconds), earlier, started=started, at=at, rules=FaqRules())
    assert found is spike


def test_one_person_is_no_spike() -> None:
    same = [(at, "ana") for at, _ in asked(*range(20))]
    at = EIGHT + timedelta(seconds=20)
    assert not is_spike(same, 0, started=EIGHT, at=at, rules=FaqRules())


def test_questions_that_mean_the_same_are_one_group() -> None:
    texts = (
        "is the mug dishwasher safe", "do you have gift cards?", "mug dishwasher safe?",
        "can I buy a gift card", "who made the ring?", "is the mug safe for the dishwasher",
    )  # fmt: skip
    questions = [Asked(id=at, person=f"v{at}", text=text) for at, text in enumerate(texts)]
    groups = grouped(questions, ordinary_talk(), meanings())
    assert [(one.people, one.example) for one in groups] == [
        (3, "mug dishwasher safe?"),
        (2, "can I buy a gift card"),
        (1, "who made the ring?"),
    ]


def test_an_answer_typed_in_the_chat_is_no_programme() -> None:
    assert only_names("Shipping is {{ price }}, always.")
    for typed in ("{{ 'x' * 10**9 }}", "{% for x in range(9) %}x{% endfor %}", "{{ a.b }}", "{{"):
        assert not only_names(typed)


def test_a_template_that_cannot_be_filled_says_nothing() -> None:
    fill = Templates().fill
    assert fill("It is {{ price }}.", {"price": "$5"}) == "It is $5."
    assert fill("It is {{ price }}.", {}) is None
    assert fill("{{ price.__class__.__mro__ }}", {"price": "$5"}) is None


async def test_the_chat_goes_on_while_a_thread_learns(
    sqlite: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, learn, threads = threading.Event(), Matcher.of, []

    def slowly(*given: Any) -> Matcher:
        threads.append(threading.current_thread())
        go.wait(10)
        return learn(*given)

    monkeypatch.setattr(Matcher, "of", slowly)
    desk = load_faq(FaqRules(), zone=UTC, waits=False)
    async with sqlite.read() as tx:
        first = await desk.fresh(tx)
        assert (first.learning, first.ask("how much is shippng")) == (True, None)
        # Word for word it is known at once.
        assert first.ask("how much is shipping") is not None
        assert "shipping-cost" in first.entries
        go.set()
        await learned(desk)
        match = (await desk.fresh(tx)).ask("how much is shippng")
    assert match is not None
    assert match.faq == "shipping-cost"
    assert threading.main_thread() not in threads


async def learned(desk: FaqDesk) -> None:
    future = desk._future
    assert isinstance(future, Future)
    future.result(10)


async def test_what_cannot_be_learned_leaves_the_chat_alone(
    sqlite: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*given: Any) -> Matcher:
        raise ArithmeticError("no")

    monkeypatch.setattr(Matcher, "of", fails)
    desk = load_faq(FaqRules(), zone=UTC, waits=True)
    async with sqlite.read() as tx:
        assert (await desk.fresh(tx)).ask("how much is shippng") is None
        assert (await desk.fresh(tx)).ask("how much is shipping") is not None


def test_check_names_what_is_wrong_and_what_is_missing(tmp_path: Path) -> None:
    def said(text: str) -> list[tuple[bool, str]]:
        (tmp_path / "faq.yaml").write_text(text)
        found = check_faq(FaqRules(file=tmp_path / "faq.yaml"), UTC)
        return [(one.fine, one.sentence) for one in found]

    ((fine, sentence),) = said(FAQ)
    assert (fine, sentence) == (
        False,
        "faq.yaml:5: answer: {{ place }} is not among the facts. Nothing is answered until then.",
    )
    assert said(FAQ.replace("$5}", "$5, place: here}")) == [
        (True, "2 of 2 answers of faq.yaml can be said.")
    ]
    (gone,) = check_faq(FaqRules(file=tmp_path / "gone.yaml"), UTC)
    assert "cannot be read: No such file" in gone.sentence
    (off,) = check_faq(FaqRules(answers=False), UTC)
    assert off.fine
