"""Messages that name several people: hints, openings, warnings. One line each, buttons below."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handlers.claims.replies import MY_CLAIMS
from handlers.claims.rules import SaleRules
from handlers.messages import Button
from handlers.speech import Rendered, Spoken, gather
from handlers.wording import Wording, listed

__all__ = ["merge_hints", "merge_people"]

#: Sizes are all offered: a viewer whose size has no button would have to type it.
_MOST_SIZES = 25
MY_CART = Button(id="claims.mine:", label="My cart")


def merge_hints(
    wording: Wording, rules: SaleRules, spoken: Sequence[Spoken], max_characters: int
) -> Sequence[Rendered]:
    """Hints that wait together become one post, a line each; a question of sizes stands alone."""
    posts: list[Rendered] = []
    plain: list[Spoken] = []
    for one in spoken:
        if one.values.get("choices"):
            posts += _lines(wording, plain, max_characters)
            plain = []
            posts += _lines(wording, [one], max_characters)
        else:
            plain.append(one)
    return [*posts, *_lines(wording, plain, max_characters)]


def _lines(wording: Wording, spoken: Sequence[Spoken], max_characters: int) -> list[Rendered]:
    return gather(
        [(_hint(wording, one.values), (one.id,)) for one in spoken],
        kind="hint",
        max_characters=max_characters,
        buttons=tuple(dict.fromkeys(button for one in spoken for button in _buttons(one.values))),
    )


def _hint(wording: Wording, values: Mapping[str, Any]) -> str:
    told = {name: value for name, value in values.items() if name not in ("key", "people")}
    return wording.say(values["key"], who=listed(values["people"]), **told)


def _buttons(values: Mapping[str, Any]) -> Iterator[Button]:
    for variant_id, name in values.get("choices", ())[:_MOST_SIZES]:
        yield Button(id=f"claims.size:{variant_id}", label=name)
    if values.get("variant_id"):
        yield Button(
            id=f"claims.forme:{values['variant_id']}:{values['units']}", label="Claim for me"
        )
    if values["key"] == "hint.test":
        yield Button(id="claims.test:", label="Show me")


def merge_people(
    wording: Wording, rules: SaleRules, spoken: Sequence[Spoken], max_characters: int
) -> Sequence[Rendered]:
    """A sentence over a list of people; long lists go on in further sentences."""
    posts: list[Rendered] = []
    for kind in dict.fromkeys(one.kind for one in spoken):
        of_kind = [one for one in spoken if one.kind == kind]
        posts += _of_one_kind(wording, kind, of_kind, max_characters)
    return posts


def _of_one_kind(
    wording: Wording, kind: str, spoken: Sequence[Spoken], max_characters: int
) -> list[Rendered]:
    pieces = []
    for one in spoken:
        told = {name: value for name, value in one.values.items() if name != "people"}
        people = one.values["people"]
        fitting = max(1, (max_characters - 300) // 40)
        for start in range(0, len(people), fitting):
            who = listed(people[start : start + fitting])
            pieces.append((wording.say(kind, who=who, **told), (one.id,)))
    return gather(
        pieces,
        kind=kind,
        max_characters=max_characters,
        buttons=(MY_CART if kind.startswith("holds.") else MY_CLAIMS,),
    )
