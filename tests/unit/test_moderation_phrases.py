"""Blocked phrases: words, expressions, and an expression that would hold up the chat."""

import pytest
from pydantic import ValidationError

from handlers.claims.reading import Kind
from handlers.moderation.model import Action, Rule
from handlers.moderation.rules import ModerationRules
from tests.unit.moderated import watching

BOMB = r"(?:(a+)(a+)(a+)\2\1)+x"


@pytest.mark.parametrize(
    "text", ["buy a frobnitz here", "FROBNITZ!", "fr\u200bobnitz", "Frоbnitz", "so  cheap   watch"]
)
def test_a_blocked_word_is_found_however_it_is_typed(text: str) -> None:
    verdict = watching(blocked_phrases=["frobnitz", "cheap watch"]).says("kim", text)
    assert (verdict.action, verdict.rule) == (Action.DELETE, Rule.BLOCKED_PHRASE)


def test_part_of_another_word_is_not_the_word() -> None:
    assert watching(blocked_phrases=["ass"]).says("kim", "a classy dress").action is Action.NONE


def test_an_expression_is_found() -> None:
    chat = watching(blocked_patterns=[r"\bsend \d+ (coins|gems)\b"])
    verdict = chat.says("kim", "Send 500 gems")
    assert verdict.rule is Rule.BLOCKED_PHRASE
    assert "send" in verdict.why
    assert chat.says("kim", "send gems").action is Action.NONE


def test_an_expression_that_would_run_for_seconds_is_stopped_reported_and_off() -> None:
    chat = watching(blocked_patterns=[BOMB, "frobnitz"], pattern_milliseconds=5)
    long = "a" * 400 + "b"
    assert chat.says("kim", long, kind=Kind.NONE).rule is not Rule.BLOCKED_PHRASE
    (sentence,) = chat.guard.phrases.stopped.values()
    assert list(chat.guard.phrases.stopped) == [BOMB]
    assert "longer than 5 ms" in sentence
    assert "switched off" in sentence
    # The others go on.
    assert chat.says("kim", f"{long} frobnitz").rule is Rule.BLOCKED_PHRASE


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "[z-a]", "x" * 400, ".*", "a?"])
def test_an_expression_that_cannot_be_meant_is_refused_by_the_settings(pattern: str) -> None:
    with pytest.raises(ValidationError, match=r"expression|every line"):
        ModerationRules(blocked_patterns=[pattern])


def test_lists_may_be_written_in_one_line() -> None:
    rules = ModerationRules.model_validate(
        {
            "blocked_phrases": "one, two",
            "allowed_domains": "https://www.Shop.example/",
            "off": "caps",
        }
    )
    assert rules.blocked_phrases == ("one", "two")
    assert rules.allowed_domains == ("shop.example",)
    assert rules.off == (Rule.CAPS,)


@pytest.mark.parametrize("domain", ["shop", "sh op.example", "a/b.example"])
def test_what_is_no_domain_is_refused(domain: str) -> None:
    with pytest.raises(ValidationError, match="no domain"):
        ModerationRules(allowed_domains=[domain])
