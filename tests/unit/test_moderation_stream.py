"""Streams of lines: repeats, floods, raids, claim abuse, strikes, and what is remembered."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.claims.reading import Kind
from handlers.moderation.judging import Guard, in_mode
from handlers.moderation.model import Action, Rule, Seen, Verdict
from handlers.moderation.rules import Mode, ModerationRules
from handlers.moderation.state import State
from handlers.moderation.strikes import LADDER, STEPS, Strike, points, step
from tests.fakes.examples import examples
from tests.unit.moderated import EIGHT, Chat, watching
from tests.unit.spam_lines import FAIR, SPAM, TEAM

PASTE = "we all want the blue linen back in stock before the summer is over please dear shop"
SHARED_GUARD = Guard.of(ModerationRules(), TEAM)

# --- repeats, floods, raids ----------------------------------------------------------------------


def test_the_same_line_again_and_again_by_one_person_is_warned_about() -> None:
    done = watching().actions("ana", ["please show the blue one"] * 6)
    assert done == ["none", "none", "none", "warn", "warn", "delete"]


def test_small_changes_do_not_make_it_another_line() -> None:
    lines = [f"Please show the BLUE one{'!' * n} {n}" for n in range(4)]
    assert watching().actions("ana", lines)[-1] == "warn"


def test_a_cheer_may_be_repeated_more_often_and_a_claim_without_end() -> None:
    chat = watching()
    for _ in range(9):
        assert chat.says("ana", "lol").action is Action.NONE
        chat.later(seconds=5)
    assert set(chat.actions("bea", ["claim K21 M"] * 40)) == {"none"}


def test_repeats_minutes_apart_are_none() -> None:
    chat = watching()
    for _ in range(8):
        assert chat.says("ana", "please show the blue one").action is Action.NONE
        chat.later(seconds=30)


def test_a_flood_is_warned_about() -> None:
    chat = watching()
    done = [chat.says("ana", f"look at this {chr(97 + n)}").rule for n in range(9)]
    assert done == [None] * 7 + [Rule.FLOOD] * 2


def test_what_the_host_asked_for_is_no_spam_however_many_say_it() -> None:
    chat = watching()
    chat.says("mara", f"Type it with me: {PASTE}!", name="Mara Holt", exempt=True)
    for viewer in range(30):
        assert chat.says(f"v{viewer}", PASTE).action is Action.NONE
        assert chat.says(f"v{viewer}", "YES").action is Action.NONE


def test_words_of_what_is_on_stage_are_no_raid() -> None:
    chat, staged = watching(), frozenset({"linen"})
    done = [chat.says(f"v{n}", PASTE, staged=staged).action for n in range(30)]
    assert set(done) == {Action.NONE}


def test_many_newcomers_with_one_long_line_are_a_raid_for_a_person_to_see() -> None:
    chat = watching()
    done = [chat.says(f"v{n}", PASTE).action for n in range(8)]
    assert done == [Action.NONE] * 5 + [Action.REVIEW] * 3


def test_regulars_who_paste_the_same_are_none() -> None:
    chat = watching()
    for viewer in range(10):
        chat.says(f"v{viewer}", "hi there")
    chat.later(minutes=10)
    assert {chat.says(f"v{n}", PASTE).action for n in range(10)} == {Action.NONE}


def test_accounts_made_a_moment_ago_need_less_for_a_raid() -> None:
    chat = watching()
    young = {"joined": EIGHT - timedelta(hours=1)}
    done = [chat.says(f"v{n}", "this shop steals your money", **young).rule for n in range(7)]
    assert done[-1] is Rule.RAID


def test_a_new_account_may_talk_but_not_post_links() -> None:
    chat, young = watching(), {"joined": EIGHT - timedelta(hours=1)}
    assert chat.says("new", "hi, love that one", **young).action is Action.NONE
    assert chat.says("new", "https://blog.example/x", **young).rule is Rule.NEW_ACCOUNT
    old = {"joined": EIGHT - timedelta(days=30)}
    assert chat.says("old", "https://blog.example/x", **old).rule is Rule.LINK


# --- claims --------------------------------------------------------------------------------------


def test_claiming_and_releasing_by_turns_goes_before_a_person_once() -> None:
    chat = watching()
    verdicts = []
    for _ in range(8):
        for text in ("claim H3", "cancel H3"):
            verdicts.append(chat.says("ana", text))
            chat.later(seconds=5)
    assert [verdict.action for verdict in verdicts if verdict.rule] == [Action.REVIEW]
    assert {verdict.rule for verdict in verdicts} == {None, Rule.CLAIM_ABUSE}


def test_mass_claiming_goes_before_a_person_and_deletes_nothing() -> None:
    chat = watching(claims_a_minute=20)
    done = [chat.says("ana", "claim K21 M").action for _ in range(40)]
    assert done.count(Action.REVIEW) == 1
    assert set(done) == {Action.NONE, Action.REVIEW}


# --- strikes -------------------------------------------------------------------------------------


def test_steps_climb_to_a_person_and_no_further() -> None:
    done = watching().actions("kim", ["free nitro, dm me"] * 4)
    assert done == ["delete", "timeout", "review", "review"]


def test_strikes_fade() -> None:
    chat = watching()
    assert chat.says("kim", "free nitro, dm me").action is Action.DELETE
    chat.later(minutes=31)
    assert chat.says("kim", "free robux, dm me").action is Action.DELETE
    assert chat.says("kim", "free skins, dm me").action is Action.TIMEOUT
    chat.later(minutes=61)
    assert chat.says("kim", "free nitro, dm me").action is Action.DELETE


def test_forgiven_strikes_are_gone() -> None:
    chat = watching()
    chat.says("kim", "free nitro, dm me")
    chat.state.forgive("kim")
    chat.state.forgive("nobody")
    assert chat.says("kim", "free nitro, dm me").action is Action.DELETE


@given(
    weights=st.lists(st.integers(1, 6), max_size=12),
    ages=st.lists(st.floats(0, 7200), min_size=12, max_size=12),
    later=st.floats(0, 7200),
)
def test_points_only_fall_with_time_and_end_at_nothing(
    weights: list[int], ages: list[float], later: float
) -> None:
    strikes = [Strike(at=-age, weight=w, of="") for w, age in zip(weights, ages, strict=False)]
    now = points(strikes, 0, 3600)
    assert 0 <= points(strikes, later, 3600) <= now <= sum(weights)
    assert points(strikes, 3600 + 7200, 3600) == 0


@given(rule=st.sampled_from(Rule), before=st.floats(0, 100))
def test_a_step_stays_between_the_first_and_the_last_of_its_rule(rule: Rule, before: float) -> None:
    first, last, _ = (STEPS[rule].first, STEPS[rule].last, STEPS[rule].weight)
    taken = step(rule, before)
    assert LADDER.index(first) <= LADDER.index(taken) <= LADDER.index(last)
    assert step(rule, before + 3) in LADDER[LADDER.index(taken) :]


def test_watching_only_notes_and_off_does_nothing() -> None:
    verdict = watching().says("kim", "free nitro, dm me")
    noted = in_mode(verdict, Mode.WATCH)
    assert (noted.action, noted.rule) == (Action.NOTE, Rule.SCAM)
    assert noted.why.startswith("would delete: ")
    assert in_mode(verdict, Mode.ACT) == verdict
    assert in_mode(verdict, Mode.OFF) == Verdict()
    assert ModerationRules().mode is Mode.WATCH


# --- properties ----------------------------------------------------------------------------------

TEXTS = st.one_of(
    st.text(max_size=300),
    st.text(alphabet=st.characters(), max_size=60),
    st.sampled_from([*FAIR, *(spam.text for spam in SPAM), PASTE, "claim H3", "mine"]),
    st.text(alphabet="a.-@/:[]()<> \u200b\u0301о1$!dot", max_size=200),
)
LINES = st.builds(
    Seen,
    at=st.integers(0, 7200).map(lambda seconds: EIGHT + timedelta(seconds=seconds)),
    author=st.sampled_from(["ana", "bea", "kim", "mara"]),
    name=st.one_of(st.text(max_size=20), st.sampled_from(["Mara Ho1t", "Linen Lab", "ana"])),
    text=TEXTS,
    key=st.sampled_from(["1", "2", "3"]),
    kind=st.sampled_from(Kind),
    joined=st.one_of(st.none(), st.just(EIGHT - timedelta(minutes=5))),
    exempt=st.booleans(),
    edited=st.booleans(),
)
PATIENT = settings(max_examples=examples(150))


def judged(state: State, lines: list[Seen]) -> list[Verdict]:
    return [SHARED_GUARD.judge(line, state) for line in lines]


@PATIENT
@given(lines=st.lists(LINES, max_size=30), cut=st.integers(0, 30))
def test_equal_streams_give_equal_verdicts_also_over_a_restart(lines: list[Seen], cut: int) -> None:
    whole, state = State(), State()
    before = judged(state, lines[:cut])
    kept = State.load(json.loads(json.dumps(state.dump())))
    assert judged(whole, lines) == before + judged(kept, lines[cut:])
    assert whole.dump() == kept.dump()


@PATIENT
@given(lines=st.lists(LINES, max_size=30))
def test_the_exempt_are_never_touched_and_every_act_has_a_reason(lines: list[Seen]) -> None:
    for line, verdict in zip(lines, judged(State(), lines), strict=True):
        assert not (line.exempt and verdict.rule)
        assert (verdict.action is Action.NONE) == (verdict.rule is None) == (verdict.why == "")


@PATIENT
@given(text=TEXTS, kind=st.sampled_from([Kind.CLAIM, Kind.CANCEL, Kind.NEAR_MISS]))
def test_a_claim_meets_only_the_rules_that_protect_others(text: str, kind: Kind) -> None:
    verdict = watching().says("ana", text, kind=kind)
    noise = {Rule.CAPS, Rule.SYMBOLS, Rule.ZALGO, Rule.MENTIONS, Rule.REPEATED, Rule.FLOOD}
    assert verdict.rule not in noise | {Rule.RAID, Rule.EVERYONE, Rule.IMPOSTOR_NAME}


def test_memory_is_bounded() -> None:
    chat = Chat(guard=SHARED_GUARD, state=State(authors=50, crowds=20))
    for viewer in range(400):
        chat.says(f"v{viewer}", f"{PASTE} {chr(97 + viewer % 26) * (viewer // 26 + 1)}")
    assert len(chat.state) == 70
    for _ in range(500):
        chat.says("ana", "free nitro, dm me")
        chat.says("mara", f"line {chr(97 + _ % 26)}", name=f"Mara {_}", exempt=True)
    assert len(json.dumps(chat.state.dump())) < 60_000


@pytest.mark.parametrize(
    "text", ["", " ", "\ud800", "\x00", "a" * 100_000, "\u0301" * 5000, "http://[::1", "ﷺ" * 500]
)
def test_no_text_is_too_strange(text: str) -> None:
    chat: Any = watching()
    chat.says("ana", text, kind="none", name=text)
