"""The demo's audience: alive at once, never out of stock for long, and out of the way of people."""

from collections.abc import Iterator
from itertools import islice
from random import Random

from bot.demo.audience import MODERATOR, Audience, Turn

SIZES = {"A12": ("S", "M"), "A14": (), "C1": ("Ocean / Small", "Moss / Large")}


class Evening:
    """A sale that is what the script makes of it."""

    def __init__(self, *, led: bool = False) -> None:
        self.begun = led
        self.is_led = led

    def live(self) -> bool:
        return self.begun

    def staged(self) -> str | None:
        return "C1"

    def led(self) -> bool:
        return self.is_led

    def goes(self, turns: int) -> list[Turn]:
        return list(islice(self._typed(), turns))

    def _typed(self) -> Iterator[Turn]:
        for turn in Audience(SIZES, self, Random(7)).turns():
            self.begun = self.begun or turn.text.startswith("/show start")
            yield turn


def texts(turns: list[Turn]) -> list[str]:
    return [turn.text for turn in turns]


def test_the_first_claim_comes_within_seconds() -> None:
    turns = Evening().goes(8)
    assert texts(turns)[1:3] == ["/show start Friday finds", "/stage A12"]
    assert any("A12" in turn.text for turn in turns[3:])
    assert sum(turn.wait for turn in turns[:5]) < 8


def test_every_kind_of_thing_happens_in_one_round() -> None:
    said = texts(Evening().goes(60))
    assert "claim A12" in said
    assert said.count("claim A15") == 3
    assert any(text.startswith("cancel ") for text in said)
    assert any("Moss Large" in text or "Ocean Small" in text for text in said)
    assert not any(" ?" in text or "  " in text for text in said)


def test_it_calms_down_and_restocks() -> None:
    turns = Evening().goes(600)
    late = turns[100:]
    assert sum(turn.wait for turn in late) / len(late) > 2
    assert any(turn.text.startswith("/stock add C1") for turn in late)


def test_it_claims_what_someone_at_the_page_puts_on_stage() -> None:
    turns = Evening(led=True).goes(40)
    assert MODERATOR not in {turn.person for turn in turns}
    assert not any("A12" in turn.text or "A14" in turn.text for turn in turns)
    assert any("C1" in turn.text for turn in turns)
