"""Each post of many outcomes stands on its own: the next may come seconds later."""

from typing import Any

from handlers.claims.replies import merge_outcomes
from handlers.claims.rules import SaleRules
from handlers.registry import Registry
from handlers.speech import Rendered, Spoken
from handlers.wording import Wording


def _outcome(id: int, **outcome: Any) -> Spoken:
    who = {"id": f"v{id}", "name": f"V{id}"}
    values = {"who": who, "line": f"line {id}", "outcomes": [{"i": f"A{id}", "v": id, **outcome}]}
    return Spoken(id=id, kind="claims.outcome", values=values)


def _posts(*spoken: Spoken, most: int) -> list[Rendered]:
    wording = Wording(Registry.of().copy, {})
    return list(merge_outcomes(wording, SaleRules(), spoken, most))


def test_buttons_stand_under_the_post_that_tells_of_them() -> None:
    first, second = _posts(_outcome(1, k="releasing", h=0), _outcome(2, g=1), most=60)
    assert [button.id for button in first.buttons] == ["claims.keep:1", "claims.mine:"]
    assert [button.id for button in second.buttons] == ["claims.mine:"]
    assert (first.members, second.members) == ((1,), (2,))


def test_a_reaction_goes_with_the_post_that_tells_of_its_line() -> None:
    first, second = _posts(_outcome(1, g=1), _outcome(2, w=1, p=4), most=30)
    assert first.reactions == (("line 1", "✅"),)
    assert second.reactions == (("line 2", "⏳"),)
    assert [post.buttons[-1].label for post in (first, second)] == ["My claims", "My place"]
