"""Impostors: who looks like the team, and what they are after."""

import pytest

from handlers.moderation.confusables import despaced, readable, skeleton, unleet
from handlers.moderation.model import Action, Rule
from tests.unit.moderated import watching

BAIT = "message me about your refund"


@pytest.mark.parametrize(
    "name",
    [
        "Linen Lab",
        "linen_lab",
        "LinenLab Support",
        "Linen Lаb",
        "L1nen Lab",
        "Liinen Lab",
        "Linen\u200b Lab",
        "Mara Ho1t",
        "Màra Hólt",
        "𝓜𝓪𝓻𝓪 𝓗𝓸𝓵𝓽",
        "Mara Hoit",
        "MaraHolt Official",
        "Tilda Brant",
        "Giveaway Admin",
        "Customer Service",
        "Moderat0r",
        "5upport Team",
    ],
)
def test_a_name_like_the_team_may_not_ask_for_money_or_data(name: str) -> None:
    verdict = watching().says("kim", BAIT, name=name)
    assert (verdict.action, verdict.rule) == (Action.DELETE, Rule.IMPOSTOR)
    assert name[:3] in verdict.why


@pytest.mark.parametrize("name", ["Linen Lаb", "L1nen Lab", "Mara Ho1t", "LinenLab Official"])
def test_a_name_drawn_like_the_team_is_shown_to_a_person_once_an_hour(name: str) -> None:
    chat = watching()
    assert chat.says("kim", "hi all", name=name).action is Action.REVIEW
    assert chat.says("kim", "so pretty", name=name).action is Action.NONE
    chat.later(minutes=61)
    assert chat.says("kim", "hi again", name=name).rule is Rule.IMPOSTOR_NAME


@pytest.mark.parametrize(
    "name", ["Mara Holt", "Mara Holz", "Marta", "Admiral Ann", "Linda", "Modena"]
)
def test_people_may_be_called_nearly_alike(name: str) -> None:
    assert watching().says("kim", "hi all, love the dress", name=name).action is Action.NONE


@pytest.mark.parametrize("name", ["Linda", "Mart", "Ann", "", "🦊", "김민지", "Ольга"])
def test_others_may_speak_of_payments(name: str) -> None:
    for text in ("can i pay with paypal?", "where is my refund", "did i win the giveaway"):
        assert watching().says("kim", text, name=name).action is Action.NONE


def test_a_claim_under_such_a_name_stands() -> None:
    assert watching().says("kim", "claim K21 M", name="Linen Lаb").action is Action.NONE


def test_who_speaks_as_the_team_is_protected_from_then_on() -> None:
    chat = watching()
    assert chat.says("kim", BAIT, name="Jorun Quist").action is Action.NONE
    chat.says("jorun", "welcome everyone", name="Jorun Quist", exempt=True)
    assert chat.says("kim", BAIT, name="J0run Quist").rule is Rule.IMPOSTOR


def test_the_team_itself_is_never_touched() -> None:
    chat = watching()
    for text in ("@everyone https://x.click free nitro dm me", "PAY ME ON PAYPAL", "a" * 5000):
        for _ in range(20):
            verdict = chat.says("mara", text, name="Mara Holt", exempt=True)
            assert verdict.action is Action.NONE


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Frее Nіtrо", "free nitro"),
        ("𝗙𝗿𝗲𝗲", "free"),
        ("🅵🆁🅴🅴", "free"),
        ("fr\u200bee", "free"),
        ("f̷r̷e̷e̷", "free"),
    ],
)
def test_letters_in_disguise_are_read(written: str, read: str) -> None:
    assert readable(written) == read


def test_digits_in_words_are_letters_but_amounts_stay() -> None:
    assert unleet("fr33 n1tr0 for $20") == "free nitro for $20"
    assert despaced("f r e e stuff") == "free stuff"
    assert skeleton("L1nen_Lab") == skeleton("LinenLab")
