"""How replies to claims read: many outcomes merged into few posts, one line per viewer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.claims.records import Note
from handlers.claims.rules import SaleRules
from handlers.messages import Button, ButtonStyle
from handlers.speech import Rendered, Spoken, gather
from handlers.wording import Said, Wording

__all__ = ["MY_CLAIMS", "merge_outcomes", "sentence"]

MY_CLAIMS = Button(id="claims.mine:", label="My claims")
MY_PLACE = Button(id="claims.mine:", label="My place")
_MOST_BUTTONS = 5


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

    @property
    def only_waits(self) -> bool:
        return not self.granted and all(
            "w" in outcome and "k" not in outcome for outcome in self.outcomes
        )


def merge_outcomes(
    wording: Wording, rules: SaleRules, spoken: Sequence[Spoken], max_characters: int
) -> Sequence[Rendered]:
    """Merge outcomes: winners and those with a remark by name, the waitlisted ten by name."""
    viewers = list(_by_viewer(spoken))
    alone = len(viewers) == 1
    waiting = [viewer for viewer in viewers if viewer.only_waits]
    named = {id(viewer) for viewer in waiting[: rules.waitlist_named]}
    pieces: list[tuple[str, tuple[int, ...]]] = []
    uncounted: list[int] = []
    for viewer in [*(v for v in viewers if not v.only_waits), *waiting]:
        if viewer.only_waits and id(viewer) not in named:
            uncounted.extend(viewer.members)
        else:
            pieces.append((_sentence(wording, rules, viewer, alone), viewer.members))
    if uncounted:
        rest = wording.say("claims.more_wait", count=len(waiting) - rules.waitlist_named)
        pieces.append((rest, tuple(uncounted)))
    reactions = _reactions(viewers) if len(spoken) < rules.reactions_below_per_second else ()
    return gather(
        pieces,
        kind="claims",
        max_characters=max_characters,
        buttons=_buttons(viewers, bool(waiting)),
        reactions=reactions,
    )


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


def sentence(
    wording: Wording,
    rules: SaleRules,
    who: Mapping[str, str],
    outcomes: Sequence[Mapping[str, Any]],
) -> str:
    """One viewer's outcomes as one line, for an answer to that viewer alone."""
    return _sentence(wording, rules, _Viewer(who, (), tuple(outcomes), ()), alone=True)


def _sentence(wording: Wording, rules: SaleRules, viewer: _Viewer, alone: bool) -> str:
    items = [part for outcome in viewer.outcomes for part in _parts(wording, rules, outcome, alone)]
    if viewer.granted:
        key = "claims.yours"
    elif any("w" in outcome or "q" in outcome for outcome in viewer.outcomes):
        key = "claims.waits"
    else:
        key = "claims.noted"
    return wording.say(key, who=viewer.who, items=Said(", ".join(items)))


def _parts(
    wording: Wording, rules: SaleRules, outcome: Mapping[str, Any], alone: bool
) -> Iterator[str]:
    item, granted, waiting = outcome["i"], outcome.get("g", 0), outcome.get("w", 0)
    if granted and waiting:
        yield wording.say(
            "claims.split", item=item, granted=granted, waiting=waiting, position=outcome["p"]
        )
    elif granted:
        unit = wording.say("claims.unit", item=item, units=granted)
        yield wording.say("claims.granted" if alone else "claims.granted_many", unit=unit)
    elif waiting:
        unit = wording.say("claims.unit", item=item, units=waiting)
        yield wording.say("claims.waiting", unit=unit, position=outcome["p"])
    if "r" in outcome:
        yield wording.say("claims.limited", item=item, refused=outcome["r"], limit=outcome["l"])
    yield from _remarks(wording, rules, outcome)


def _remarks(wording: Wording, rules: SaleRules, outcome: Mapping[str, Any]) -> Iterator[str]:
    note = Note(outcome.get("k", ""))
    if note in (Note.NONE, Note.MORE):
        return
    key = "claims.set_lower" if note is Note.RELEASING and outcome["h"] else f"claims.{note.value}"
    yield wording.say(
        key,
        item=outcome["i"],
        have=outcome["h"],
        pending=outcome.get("q", 0),
        position=outcome.get("p", 0) or outcome.get("n", 0),
        seconds=rules.release_delay_seconds,
        other=outcome.get("o", ""),
    )


def _buttons(viewers: Iterable[_Viewer], waiting: bool) -> tuple[Button, ...]:
    """Buttons act for whoever presses them, so one serves all viewers of a post."""
    buttons: dict[str, Button] = {}
    for viewer in viewers:
        for outcome in viewer.outcomes:
            button = _button(outcome)
            if button is not None:
                buttons.setdefault(button.id, button)
    last = MY_PLACE if waiting else MY_CLAIMS
    return (*list(buttons.values())[: _MOST_BUTTONS - 1], last)


def _button(outcome: Mapping[str, Any]) -> Button | None:
    match Note(outcome.get("k", "")):
        case Note.RELEASING:
            return Button(
                id=f"claims.keep:{outcome['v']}",
                label=f"Keep it ({outcome['i']})",
                style=ButtonStyle.PRIMARY,
            )
        case Note.ADDED:
            return Button(id=f"claims.only:{outcome['v']}", label=f"Only {outcome['i']}")
        case Note.SWITCHED:
            return Button(id=f"claims.instead:{outcome['v']}:{outcome['o']}", label=outcome["o"])
    return None


def _reactions(viewers: Iterable[_Viewer]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (line, "✅" if granted else "⏳")
        for viewer in viewers
        for line, granted in viewer.lines
        if viewer.granted or viewer.only_waits
    )
