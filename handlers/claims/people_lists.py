"""Messages that name several people: hints, openings, warnings. One line each, buttons below."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handlers.claims.replies import MY_CLAIMS
from handlers.claims.rules import SaleRules
from handlers.messages import Button
from handlers.orders.reaching import PAY
from handlers.speech import Rendered, Spoken, gather
from handlers.wording import Wording, listed

__all__ = ["merge_hints", "merge_people"]

#: Sizes are all offered: a viewer whose size has no button would have to type it.
_MOST_CHOICES = 25
#: A hint is no roll call: the others find it under *My claims*.
_MOST_NAMED = 20
MY_CART = Button(id="claims.mine:cart", label="My cart")


def merge_hints(
    wording: Wording, rules: SaleRules, spoken: Sequence[Spoken], max_characters: int
) -> Sequence[Rendered]:
    """Hints that wait together become one post, a line each; one with buttons stands alone."""
    posts: list[Rendered] = []
    plain: list[Spoken] = []
    for one in spoken:
        if any(_buttons(one.values)):
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
    people = values["people"]
    who = listed(people[:_MOST_NAMED])
    if len(people) > _MOST_NAMED:
        who = wording.say("hint.and_more", who=who, count=len(people) - _MOST_NAMED)
    return wording.say(values["key"], who=who, **told)


def _buttons(values: Mapping[str, Any]) -> Iterator[Button]:
    for variant_id, name in values.get("choices", ())[:_MOST_CHOICES]:
        yield Button(id=f"claims.size:{variant_id}", label=name)
    wishes = values.get("wishes", ())
    for item_id, variant_id, units, code in wishes[:_MOST_CHOICES]:
        label = "Claim for me" if len(wishes) == 1 else f"Claim {code} for me"
        yield Button(id=f"claims.forme:{item_id}:{variant_id}:{units}", label=label)


def merge_people(
    wording: Wording, rules: SaleRules, spoken: Sequence[Spoken], max_characters: int
) -> Sequence[Rendered]:
    """A sentence over a list of people; at most `reminder_mentions` of them in one post."""
    return [
        post
        for one in spoken
        for post in _of_one_kind(wording, rules, one.kind, one, max_characters)
    ]


def _of_one_kind(
    wording: Wording, rules: SaleRules, kind: str, one: Spoken, max_characters: int
) -> list[Rendered]:
    told = {name: value for name, value in one.values.items() if name != "people"}
    people = one.values["people"]
    fitting = max(1, (max_characters - 300) // 40)
    posts: list[Rendered] = []
    for start in range(0, len(people), rules.reminder_mentions):
        mentioned = people[start : start + rules.reminder_mentions]
        posts += gather(
            [
                (wording.say(kind, who=listed(mentioned[at : at + fitting]), **told), (one.id,))
                for at in range(0, len(mentioned), fitting)
            ],
            kind=kind,
            max_characters=max_characters,
            buttons=(MY_CART, PAY) if kind.startswith("holds.") else (MY_CLAIMS,),
        )
    return posts
