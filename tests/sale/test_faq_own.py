"""What is somebody's own stays so; what was taught is answered at once; machines get nothing."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.checks.faq import check_faq
from handlers.faq.entries import FaqError, read_faq
from handlers.faq.personal import as_question, asks_for_own, without_personal
from handlers.faq.rules import FaqRules
from storage.engine import Storage
from storage.schema.faq import faq_votes
from tests.fakes.shop import Shop
from tests.sale.test_faq import FAQ, OWN, SHIPPING, answers

OWN_QUESTIONS = [
    "did mine go through",
    "did u get my claim",
    "has it shipped yet",
    "any news on order 4471",
    "what's my total",
    "was my payment received",
    "am I on the waitlist",
    "when will my order arrive",
    "hab ich es bekommen",
    "lo conseguí?",
    "wo bleibt mein paket",
    "wher is my order",
    "where's my pakage",
    "did i gett it",
    "where my order at",
    "my order hasn't arrived",
    "how much do I owe",
    "u get mine?",
    "dónde está mi pedido?",
    "où est ma commande",
    "has mine shipped",
]
EVERYBODYS = [
    "how much is shipping",
    "where can I pick up my order",
    "how long is my claim held",
    "when will my claims arrive if I pay today",
    "mine arrived broken can I return it",
    "do you ship to canada",
    "did it sell out?",
    "that one is mine",
    "can i cancel my claim",
]


@pytest.mark.parametrize("text", OWN_QUESTIONS)
def test_a_question_about_ones_own_is_known_with_its_slips(text: str) -> None:
    assert asks_for_own(text)


@pytest.mark.parametrize("text", EVERYBODYS)
def test_what_everybody_may_hear_is_not_private(text: str) -> None:
    assert not asks_for_own(text)


async def test_an_entry_about_ones_own_is_private_whatever_is_said_of_it(sqlite: Storage) -> None:
    async with Shop(sqlite, faq=FAQ) as shop:
        await shop.show()
        shop.heard()
        told = await shop.command("/faq add late where is my order / is it late = Ask us.")
        assert "“where is my order” asks for one's own, so it is answered in private only" in told
        await shop.says("Ana", "is it late")
        assert shop.heard() == [f"💬 @Ana: {OWN}"]
        assert (await shop.presses("Ana", "Show me")).text == "Ask us."


async def test_a_question_as_taught_is_answered_from_the_next_line_on(sqlite: Storage) -> None:
    async with Shop(sqlite, faq=FAQ) as shop:
        await shop.show()
        shop.heard()
        # Nothing is ever learned here: what is known word for word needs no learning.
        shop.andon.house.faq._learn = lambda entries: None  # type: ignore[method-assign]
        await shop.command("/faq add zebra do you wrap the zebra = Yes.")
        await shop.says("Ana", "Do you WRAP the zebra???")
        assert shop.heard() == ["💬 @Ana: Yes.\nWas this it?"]


async def test_learning_begins_with_the_commit(sqlite: Storage) -> None:
    async with Shop(sqlite, faq=FAQ) as shop:
        await shop.show()
        desk = shop.andon.house.faq
        await shop.command("/faq add parking where can I park / is there parking = Behind.")
        lesson = dict(desk._lesson)
        assert lesson["parking"] == ("where can I park", "is there parking")


async def test_a_machine_is_not_answered(sqlite: Storage) -> None:
    async with Shop(sqlite, faq=FAQ) as shop:
        await shop.show()
        shop.heard()
        line = shop._line("Relay", "how much is shipping")
        await shop.hears(replace(line, person=replace(line.person, machine=True)))
        assert (shop.heard(), answers(shop)) == ([], [])


@pytest.mark.parametrize(
    "button", ["ask.vote:maybe:shipping-cost", "ask.vote:yes:nosuch", f"ask.vote:yes:{'x' * 60}"]
)
async def test_a_made_up_voice_is_refused(sqlite: Storage, button: str) -> None:
    async with Shop(sqlite, faq=FAQ) as shop:
        await shop.show()
        assert "no such answer" in (await shop.presses_id("Ana", button)).text
        assert await shop.rows(select(faq_votes)) == []


async def test_a_question_behind_a_claim_word_is_answered_and_hints_at_nothing(
    sqlite: Storage,
) -> None:
    async with Shop(sqlite, faq=FAQ) as shop:
        await shop.show()
        shop.heard()
        await shop.says("Ana", "sold! how much is shipping")
        assert shop.heard() == [f"💬 @Ana: {SHIPPING}\nWas this it?"]
        await shop.says("Bob", "mine! how much is it")
        assert not [line for line in shop.heard() if "type claim ." in line]


@pytest.mark.parametrize(
    "answer", ["{{ 'a' * 10**10 }}", "{% for x in y %}{% endfor %}", "{{ a|e }}"]
)
def test_a_file_may_hold_no_code(answer: str) -> None:
    content = f'- id: x\n  questions: [how big is it]\n  answer: "{answer}"\n'
    with pytest.raises(FaqError, match=r"x\.yaml:3: answer: may hold words and names in double"):
        read_faq(content.encode(), name="x.yaml")


def test_check_names_code_in_a_file(tmp_path: Path) -> None:

    file = tmp_path / "faq.yaml"
    file.write_text("- id: x\n  questions: [how big]\n  answer: \"{{ 'a' * 10**10 }}\"\n")
    found = check_faq(FaqRules(file=file), ZoneInfo("UTC"))
    assert "answer: may hold words" in found[0].sentence


@pytest.mark.parametrize(
    ("typed", "trace"),
    [
        ("my name is Kim Miller, where are you?", "Miller"),
        ("can you ship it to 5 Elm Grove, Leeds?", "Elm"),
        ("call 415–555–0142 ok?", "555"),
        ("call 415 — 555 — 0142?", "555"),
        ("is Hauptstr. 12 far?", "12"),
        ("12 rue de la Paix, is that far", "Paix"),
        ("Calle Mayor 5 ok?", "Mayor"),
        ("is order KX-99 ok", "99"),
        ("my number is five five five oh one four two ok?", "four"),
        ("ich heiße Kim Muster und wo seid ihr?", "Muster"),
        ("meine adresse ist Am Markt 3 ok?", "Markt"),
    ],
)
def test_what_is_personal_is_struck_and_never_becomes_a_question(typed: str, trace: str) -> None:
    kept = without_personal(typed)
    assert trace not in kept
    assert "[" not in as_question(kept)


def test_a_general_question_is_kept_as_it_is() -> None:
    for text in ("do you ship to canada?", "is it made in the 90s", "do you order 2 at a time"):
        assert without_personal(text) == text
