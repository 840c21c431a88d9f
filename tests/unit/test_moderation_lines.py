"""Single lines: what is caught, and what must never be."""

import gzip
import json
from pathlib import Path

import pytest

from handlers.claims.grammar import read
from handlers.claims.lexicon import Lexicon
from handlers.claims.reading import Kind
from handlers.moderation.judging import Guard
from handlers.moderation.model import Action, Rule
from handlers.moderation.rules import ModerationRules
from handlers.moderation.strikes import STEPS
from tests.unit.moderated import Chat, watching
from tests.unit.spam_lines import FAIR, SPAM, TEAM

SHARED = Path(__file__).parents[3] / "shared" / "data"
#: Claims, releases, near misses and talk of them, as a shop hears them.
OF_THE_SALE = (
    "claim K21 M",
    "SOLD H3!!!",
    "mine",
    "Mine mine mine",
    "+1",
    "H3+1",
    "2x H4",
    "dibs on the teapot pls 🙏🙏🙏",
    "เอา H3",
    "我要 H3",
    "cancel K21",
    "nvm",
    "claim K99",
    "claim К21 M",
    "can I get K21 M?",
    "if K21 is left I'll take it",
    "claim K21 M for $40",
    "is K21 sold?",
    "type SOLD K21 to order",
    "K21 sold out 😭",
    "that's not mine",
    "how do i claim",
)


def test_spam_scams_and_impostors_are_caught() -> None:
    missed = [spam for spam in SPAM if not watching().says("new", spam.text, name=spam.name).acts]
    assert len(SPAM) >= 60
    assert len(missed) <= len(SPAM) // 10, missed


def test_what_viewers_ask_and_cheer_is_left_alone() -> None:
    touched = [(line, verdict) for line in FAIR if (verdict := watching().says("ana", line)).acts]
    assert touched == []


@pytest.mark.parametrize("text", OF_THE_SALE)
@pytest.mark.parametrize("stage", [None, "H3"])
def test_the_sale_passes_untouched_also_from_thirty_within_a_second(
    text: str, stage: str | None
) -> None:
    chat = watching()
    for viewer in range(30):
        assert chat.says(f"v{viewer}", text, stage=stage).action is Action.NONE
        chat.later(milliseconds=30)


def test_the_shared_cases_pass_untouched_without_a_catalogue_too() -> None:
    cases = SHARED / "claim_cases.jsonl"
    if not cases.exists():
        pytest.skip("the shared cases are not here")
    guard, nothing_listed = Guard.of(ModerationRules(), TEAM), Lexicon.of(())
    for line in cases.read_text(encoding="utf-8").splitlines():
        text = json.loads(line)["text"]
        chat = Chat(guard=guard)
        kind = read(text, nothing_listed).kind
        if "://" not in text:
            done = {chat.says(f"v{n}", text, kind=kind).action for n in range(30)}
            assert done == {Action.NONE}, text


def test_ordinary_chat_is_acted_on_at_most_once_in_a_thousand_lines() -> None:
    chat = SHARED / "ordinary_chat.txt.gz"
    if not chat.exists():
        pytest.skip("the shared chat is not here")
    with gzip.open(chat, "rt", encoding="utf-8") as file:
        lines = file.read().splitlines()[::4]
    guard = Guard.of(ModerationRules(), TEAM)
    acts = sum(Chat(guard=guard).says("new", text, name="", kind="none").acts for text in lines)
    assert acts * 1000 <= len(lines)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("I NEED THIS DRESS SO MUCH PLEASE PLEASE PLEASE", Rule.CAPS),
        ("⭐" * 60, Rule.SYMBOLS),
        ("look what I found on something.example", Rule.LINK),
    ],
)
def test_what_is_only_loud_is_noted_at_first(text: str, rule: Rule) -> None:
    verdict = watching().says("ana", text)
    assert (verdict.action, verdict.rule) == (Action.NOTE, rule)
    assert verdict.why


def test_crude_language_alone_is_no_offence() -> None:
    for text in (
        "what the fuck this is gorgeous",
        "you bitches leave me one",
        "damn, shit is fire",
    ):
        assert watching().says("ana", text).action is Action.NONE


@pytest.mark.parametrize("text", ["@everyone look", "<!here> look", "@here", "<@&123> hey"])
def test_calling_everyone_is_warned_about(text: str) -> None:
    assert watching().says("ana", text).rule is Rule.EVERYONE


def test_a_claim_does_not_cover_a_scam() -> None:
    verdict = watching().says("kim", "claim H3! free nitro at nitro-4u.click", kind=Kind.CLAIM)
    assert (verdict.action, verdict.rule) == (Action.DELETE, Rule.SCAM)


def test_a_claim_is_not_noise_however_it_is_shouted() -> None:
    shout = "CLAIM K21 M PLEASE PLEASE PLEASE PLEASE PLEASE!!!!" + "!" * 60
    assert watching().says("ana", shout, kind=Kind.CLAIM).action is Action.NONE


def test_the_gravest_of_several_findings_decides() -> None:
    text = "@everyone FREE NITRO FOR ALL OF YOU, GO TO discord-nitro.click NOW"
    assert watching().says("kim", text).rule is Rule.SCAM


def test_a_rule_can_be_off_or_only_note() -> None:
    text = "join discord.gg/abc"
    assert watching().says("kim", text).action is Action.DELETE
    assert watching(off=["invite"]).says("kim", text).action is Action.NONE
    assert watching(note_only=["invite"]).says("kim", text).action is Action.NOTE


def test_a_false_alarm_teaches_what_is_allowed() -> None:
    text = "follow our page for the raffle"
    assert watching().says("kim", text).rule is Rule.SCAM
    assert watching(allowed_phrases=["For The Raffle"]).says("kim", text).action is Action.NONE


def test_every_rule_has_its_steps() -> None:
    assert set(STEPS) == set(Rule)
