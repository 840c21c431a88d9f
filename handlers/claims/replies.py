"""How replies to claims read: many outcomes merged into few posts, one line per viewer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.claims.records import Note
from handlers.claims.rules import SaleRules
from handlers.messages import Button, ButtonStyle
from handlers.speech import Rendered, Spoken, gather
from handlers.wording import Said, Wording

__all__ = ["MY_CLAIMS", "buttons_for", "keep_button", "merge_outcomes", "sentence"]

MY_CLAIMS = Button(id="claims.mine:", label="My claims")
#: Two buttons of one post need an id each.
MY_PLACE = Button(id="claims.mine:place", label="My place")
#: What every platform takes under one post; the last are for *My claims* and *My place*.
_MOST_BUTTONS = 25
#: More is in *My claims*: one viewer may type a thousand lines.
_MOST_REMARKS = 6
_SILENT = (Note.NONE, Note.MORE)
#: Who waits is not bounded by stock: the number that says so, and how the rest is counted.
_CROWDS = (("w", "claims.more_wait"), ("q", "claims.more_pending"))


@dataclass(frozen=True, slots=True)
class _Viewer:
    """One viewer's outcomes of one delivery."""

    who: Mapping[str, str]
    members: tuple[int, ...]
    outcomes: tuple[Mapping[str, Any], ...]
    lines: tuple[tuple[str, bool], ...]

    @property
    def granted(self) -> bool:
        return any("g" in outcome for outcome in self.outcomes)

    def only(self, number: str) -> bool:
        """Whether all there is to say is a place in a line (`w`) or among the pending (`q`).

        What the limit refused besides is in the private answer.
        """
        return (
            all(
                number in outcome and Note(outcome.get("k", "")) in (*_SILENT, Note.PENDING)
                for outcome in self.outcomes
            )
            and not self.granted
        )


def merge_outcomes(
    wording: Wording, rules: SaleRules, spoken: Sequence[Spoken], max_characters: int
) -> Sequence[Rendered]:
    """Merge outcomes: winners and those with a remark by name; of who waits the first ten."""
    viewers = list(_by_viewer(spoken))
    crowds = {key: [v for v in viewers if v.only(number)] for number, key in _CROWDS}
    named = [v for v in viewers if not any(v.only(number) for number, _ in _CROWDS)]
    # In a rush of winners every sign counts: ✅ says it then.
    short = len(named) > rules.waitlist_named
    pieces = [(_sentence(wording, viewer, rules, short), viewer.members) for viewer in named]
    for key, crowd in crowds.items():
        for viewer in crowd[: rules.waitlist_named]:
            pieces.append((_sentence(wording, viewer, rules, short), viewer.members))
        rest = crowd[rules.waitlist_named :]
        if rest:
            members = tuple(member for viewer in rest for member in viewer.members)
            pieces.append((wording.say(key, count=len(rest)), members))
    posts = gather(pieces, kind="claims", max_characters=max_characters)
    few = len(spoken) < rules.reactions_below_per_second
    return [_dressed(post, viewers, few) for post in posts]


def _dressed(post: Rendered, viewers: Iterable[_Viewer], few: bool) -> Rendered:
    """With the buttons and reactions of those whom it tells: another may come seconds later."""
    members = set(post.members)
    told = [viewer for viewer in viewers if not members.isdisjoint(viewer.members)]
    waiting = any(viewer.only(number) for viewer in told for number, _ in _CROWDS)
    others = not all(any(viewer.only(number) for number, _ in _CROWDS) for viewer in told)
    buttons = _buttons(told, waiting=waiting, others=others)
    return replace(post, buttons=buttons, reactions=_reactions(told) if few else ())


def _by_viewer(spoken: Sequence[Spoken]) -> Iterator[_Viewer]:
    grouped: dict[str, list[Spoken]] = {}
    for one in spoken:
        grouped.setdefault(one.values["who"]["id"], []).append(one)
    for said in grouped.values():
        yield _Viewer(
            said[-1].values["who"],
            tuple(one.id for one in said),
            tuple(outcome for one in said for outcome in one.values["outcomes"]),
            tuple(
                (one.values["line"], any("g" in outcome for outcome in one.values["outcomes"]))
                for one in said
                if one.values.get("line")
            ),
        )


def sentence(wording: Wording, rules: SaleRules, outcomes: Sequence[Mapping[str, Any]]) -> str:
    """One viewer's outcomes as one line, for an answer to that viewer alone: without a name."""
    return _sentence(wording, _Viewer({}, (), tuple(outcomes), ()), rules, short=False)


def buttons_for(outcomes: Sequence[Mapping[str, Any]]) -> tuple[Button, ...]:
    """The buttons that one viewer's outcomes speak of, for an answer to that viewer alone."""
    return tuple(button for outcome in outcomes for button in _of_outcome(outcome))


def _sentence(wording: Wording, viewer: _Viewer, rules: SaleRules, short: bool) -> str:
    numbers: dict[str, list[Mapping[str, Any]]] = {}
    remarks: dict[str, None] = {}
    for outcome in viewer.outcomes:
        numbers.setdefault(outcome["i"], []).append(outcome)
        remarks |= dict.fromkeys(_remarks(wording, rules, outcome))
    items = [part for item in numbers for part in _numbers(wording, item, numbers[item], short)]
    items += list(remarks)[-_MOST_REMARKS:]
    if viewer.granted:
        key = "claims.yours"
    elif any("w" in outcome or "q" in outcome for outcome in viewer.outcomes):
        key = "claims.waits"
    else:
        key = "claims.noted"
    said = Said(", ".join(items))
    if not viewer.who:
        return wording.say(f"{key}_alone", items=said)
    return wording.say(key, who=viewer.who, items=said)


def _numbers(
    wording: Wording, item: str, outcomes: Sequence[Mapping[str, Any]], short: bool
) -> Iterator[str]:
    """What one viewer got of one item in one delivery, in all."""
    granted = sum(outcome.get("g", 0) for outcome in outcomes)
    waiting = sum(outcome.get("w", 0) for outcome in outcomes)
    position = next((outcome["p"] for outcome in outcomes if "p" in outcome), 0)
    if granted and waiting:
        yield wording.say(
            "claims.split", item=item, granted=granted, waiting=waiting, position=position
        )
    elif granted:
        unit = wording.say("claims.unit", item=item, units=granted)
        yield wording.say("claims.granted_many" if short else "claims.granted", unit=unit)
    elif waiting:
        unit = wording.say("claims.unit", item=item, units=waiting)
        yield wording.say("claims.waiting", unit=unit, position=position)


def _remarks(wording: Wording, rules: SaleRules, outcome: Mapping[str, Any]) -> Iterator[str]:
    item, note = outcome["i"], Note(outcome.get("k", ""))
    if "r" in outcome:
        yield wording.say("claims.limited", item=item, refused=outcome["r"], limit=outcome["l"])
    if note is not Note.NONE:
        lower = note is Note.RELEASING and outcome["h"]
        yield wording.say(
            "claims.set_lower" if lower else f"claims.{note.value}",
            item=item,
            have=outcome["h"],
            pending=outcome.get("q", 0),
            position=outcome.get("n", 0),
            wait=outcome.get("e", 0),
            seconds=rules.release_delay_seconds,
            sizes=outcome.get("s", ""),
            back=outcome.get("b", 0),
            leaves=outcome.get("f", 0),
        )
    if "o" in outcome:
        yield wording.say("claims.switched", item=item, other=outcome["o"])


def _buttons(viewers: Iterable[_Viewer], *, waiting: bool, others: bool) -> tuple[Button, ...]:
    """Buttons act for whoever presses them, so one serves all viewers of a post."""
    buttons: dict[str, Button] = {}
    for viewer in viewers:
        for outcome in viewer.outcomes:
            buttons |= {button.id: button for button in _of_outcome(outcome)}
    last = [MY_CLAIMS] if others or not waiting else []
    last += [MY_PLACE] if waiting else []
    return (*list(buttons.values())[: _MOST_BUTTONS - len(last)], *last)


def _of_outcome(outcome: Mapping[str, Any]) -> Iterator[Button]:
    match Note(outcome.get("k", "")):
        case Note.RELEASING:
            yield keep_button(outcome["v"], outcome["i"])
        case Note.ADDED:
            yield Button(id=f"claims.only:{outcome['v']}", label=f"Only {outcome['i']}")
    if "o" in outcome:
        yield Button(
            id=f"claims.instead:{outcome['v']}:{outcome['o']}", label=f"{outcome['o']} instead"
        )


def keep_button(variant_id: int, label: str) -> Button:
    """*Keep it*: takes back a release that has not come due."""
    return Button(
        id=f"claims.keep:{variant_id}", label=f"Keep it ({label})", style=ButtonStyle.PRIMARY
    )


def _reactions(viewers: Iterable[_Viewer]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (line, "✅" if granted else "⏳")
        for viewer in viewers
        for line, granted in viewer.lines
        if viewer.granted or viewer.only("w")
    )
