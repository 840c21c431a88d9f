"""What the show's own message says: what is on stage, how to claim it, what is left by lamp.

Pure: it words a look at the sale. A lamp is a sign and a word, so that it reads without colours,
and a number stands beside it only once few are left.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from handlers.claims.rules import Claimable
from handlers.looking import ItemLook, SaleLook, VariantLook
from handlers.messages import Button
from handlers.wording import Said, Wording, plain
from storage.schema.states import ItemState, ShowState

__all__ = ["MOST_CHARACTERS", "BoardWords", "board_words"]

#: Title and text together: what fits everywhere, with room for what a platform adds.
MOST_CHARACTERS = 1_800
#: So much may the item on stage take; what else is open needs the rest.
_FOR_THE_STAGE = 1_000
#: More is no longer read on a phone.
_MOST_ITEMS = 10
_MOST_GROUPS = 8
_MOST_NAMES = 12
_LONGEST_LINE = 200
_LONGEST_TITLE = 60
_LONGEST_NAME = 24
#: Sizes of an item that is not on stage are named as far as they fit beside its title.
_LONGEST_LAMPS = 80

#: The lamps in the order in which they are read out, and their sentences.
_LAMPS = {
    "green": "board.green",
    "amber": "board.amber",
    "pause": "board.nearly",
    "short": "board.counting",
    "red": "board.red",
}
_STATES = {ShowState.LIVE: "board.live", "paused": "board.paused"}
#: What is theirs now, with its sum; and what became of each claim.
_BUTTONS = (
    Button(id="claims.mine:cart", label="My cart"),
    Button(id="claims.mine:", label="My claims"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardWords:
    """A board in words; `final` once its show is over."""

    title: str
    text: str
    buttons: tuple[Button, ...]
    final: bool


def board_words(seen: SaleLook, wording: Wording, *, claimable: Claimable) -> BoardWords:
    """Word a board of at most `MOST_CHARACTERS`; `claimable` is the shop's own rule.

    A look without a show is that of a show whose start was taken back.
    """
    live = seen.state in _STATES
    state = wording.say(_STATES.get(seen.state, "board.over")) if seen.show_id is not None else ""
    title = wording.say(
        "board.title", show=_short(seen.show or "Andon", _LONGEST_TITLE), state=state
    )
    words = _Words(wording, MOST_CHARACTERS - len(title))
    if live:
        text = words.of_live(seen, Claimable(seen.claimable) if seen.claimable else claimable)
    elif seen.show_id is None:
        text = wording.say("board.never_began")
    else:
        text = words.of_ended(seen)
    text = _cut(text, words.room)
    return BoardWords(title=title, text=text, buttons=_BUTTONS, final=not live)


class _Words:
    """Words within `room` characters."""

    def __init__(self, wording: Wording, room: int) -> None:
        self._say = wording.say
        self.room = room

    def of_live(self, seen: SaleLook, claimable: Claimable) -> str:
        items = {item.code: item for item in seen.items if item.variants}
        staged = next((stage for stage in seen.on_stage if stage[0] in items), None)
        others = _open_items(seen, items, claimable, staged[0] if staged else None)
        lines: list[str] = [self._say("board.pause")] if seen.state == "paused" else []
        if staged is not None:
            lines += self._stage(items[staged[0]], staged[1])
        else:
            lines.append(self._say("board.empty"))
            if others:
                example = _example(others[0], None)
                lines.append(self._say("board.say_below", example=example))
        if others:
            lines += ["", self._say("board.also")]
        return self._and_items(lines, others, self._other)

    def of_ended(self, seen: SaleLook) -> str:
        left = [item for item in seen.items if any(_free(item))]
        lines: list[str] = [self._say("board.ended"), ""]
        lines.append(self._say("board.still_here" if left else "board.nothing_here"))
        return self._and_items(lines, left, self._left_over)

    # --- the item on stage ------------------------------------------------------------------------

    def _stage(self, item: ItemLook, variant: str | None) -> list[str]:
        shown = [one for one in item.variants if variant is None or one.name == variant]
        label = item.code if len(shown) == len(item.variants) else f"{item.code} / {variant}"
        lines: list[str] = [
            self._say(
                "board.on_stage",
                item=_short(label, _LONGEST_TITLE),
                title=_short(item.title, _LONGEST_TITLE),
                price=item.price,
            )
        ]
        state = self._state(item)
        lines += [state] if state else self._groups(item.variants)
        wait = item.state == ItemState.STOPPED or not any(_gives(one) for one in shown)
        lines.append(self._say("board.say", example=_example(item, variant), wait=wait))
        return lines

    def _state(self, item: ItemLook) -> str:
        """What stands in for the lamps while no unit of this item is given out."""
        if item.state == ItemState.PAUSED:
            return self._say("board.item_paused")
        return self._say("board.item_stopped") if item.state == ItemState.STOPPED else ""

    def _groups(self, variants: Sequence[VariantLook]) -> list[str]:
        """A line for each group: `Ocean — 🟢 in stock: Small, Large`."""
        groups: dict[str, list[tuple[str, VariantLook]]] = {}
        for one in variants:
            group, _, name = one.name.rpartition(" / ")
            groups.setdefault(group, []).append((name, one))
        lines: list[str] = []
        room = _FOR_THE_STAGE - _LONGEST_LINE
        for group, named in groups.items():
            lamps = self._lamps(named)
            line: str = (
                self._say("board.group", group=_short(group, 40), lamps=lamps) if group else lamps
            )
            line = _cut(line, _LONGEST_LINE)
            room -= len(line) + 1
            if room < 0 or len(lines) == _MOST_GROUPS:
                lines.append(self._say("board.more", count=len(groups) - len(lines)))
                break
            lines.append(line)
        return lines

    def _lamps(self, named: Iterable[tuple[str, VariantLook]]) -> Said:
        """Variants by lamp, in one line."""
        by_lamp: dict[str, list[str]] = {lamp: [] for lamp in _LAMPS}
        lit = set()
        for name, one in named:
            if one.left == 1 and one.lamp in ("green", "amber"):
                # Whoever reads *in stock* would not hurry for the last one.
                one = replace(one, lamp="pause")
            lamp = "short" if one.short else one.lamp
            lit.add(lamp)
            by_lamp[lamp] += self._named(_short(name, _LONGEST_NAME), one)
        return Said(
            " · ".join(
                self._say(key, names=self._listed(by_lamp[lamp]))
                for lamp, key in _LAMPS.items()
                if lamp in lit
            )
        )

    def _named(self, name: str, one: VariantLook) -> Iterator[str]:
        """A variant beside its lamp: its name, the units from amber on, and those waited for."""
        if one.lamp == "red" or one.short:
            if one.waiting:
                key = "board.waiting" if name else "board.waiting_alone"
                yield self._say(key, name=name, units=one.waiting)
            elif name:
                yield name
        elif one.lamp == "green":
            if name:
                yield name
        else:
            yield self._say("board.left", name=name, units=one.left) if name else str(one.left)

    def _listed(self, names: Sequence[str]) -> Said:
        shown = Said(", ".join(names[:_MOST_NAMES]))
        if len(names) > _MOST_NAMES:
            return self._say("board.more_names", names=shown, count=len(names) - _MOST_NAMES)
        return shown

    # --- the other items --------------------------------------------------------------------------

    def _other(self, item: ItemLook) -> str:
        lamps = self._state(item) or self._lamps((one.name, one) for one in item.variants)
        if len(lamps) > _LONGEST_LAMPS:
            lamps = self._lamps([("", _as_one(item))])
        return self._line(item, lamps)

    def _left_over(self, item: ItemLook) -> str:
        names = [_short(one.name, _LONGEST_NAME) for one in _free(item)]
        return self._line(
            item, self._say("board.green", names=self._listed(list(filter(None, names))))
        )

    def _line(self, item: ItemLook, lamps: str) -> str:
        line = self._say(
            "board.line",
            item=item.code,
            title=_short(item.title, _LONGEST_TITLE),
            price=item.price,
            lamps=Said(lamps),
        )
        return _cut(line, _LONGEST_LINE)

    def _and_items(
        self, lines: Sequence[str], items: Sequence[ItemLook], worded: Callable[[ItemLook], str]
    ) -> str:
        """These lines, and as many items as are read on a phone and fit."""
        text = "\n".join(lines)
        for number, item in enumerate(items):
            line = "\n" + worded(item)
            more = "\n" + self._say("board.more", count=len(items) - number)
            if number == _MOST_ITEMS or len(text) + len(line) + len(more) > self.room:
                return text + more
            text += line
        return text


def _open_items(
    seen: SaleLook, items: Mapping[str, ItemLook], claimable: Claimable, staged: str | None
) -> list[ItemLook]:
    """What else can be claimed: what still gives first, and of that what was shown last."""
    codes: dict[str, None] = {}
    if claimable is not Claimable.ON_STAGE:
        codes |= dict.fromkeys(seen.shown)
    if claimable is Claimable.LISTED:
        codes |= dict.fromkeys(items)
    others = [items[code] for code in codes if code in items and code != staged]
    return sorted(others, key=lambda item: not _sells(item))


def _sells(item: ItemLook) -> bool:
    return item.state != ItemState.STOPPED and any(_gives(one) for one in item.variants)


def _gives(one: VariantLook) -> bool:
    return one.left > 0 and not one.short


def _free(item: ItemLook) -> Iterator[VariantLook]:
    """Variants with units that nobody holds or waits for."""
    if item.state != ItemState.STOPPED:
        yield from (one for one in item.variants if _gives(one) and not one.waiting)


def _example(item: ItemLook, variant: str | None) -> str:
    """What to type for this item, with a size that is there if one is."""
    staged = (one for one in item.variants if one.name == variant)
    giving = (one for one in item.variants if _gives(one))
    named = next(chain(staged, giving, item.variants)).name if len(item.variants) > 1 else ""
    return " ".join([item.code, *named.replace(" / ", " ").split()])


def _as_one(item: ItemLook) -> VariantLook:
    """All variants as one, under the best of their lamps."""
    lit = {"short" if one.short else one.lamp for one in item.variants}
    lamp = next(lamp for lamp in _LAMPS if lamp in lit)
    return replace(
        item.variants[0],
        left=sum(one.left for one in item.variants if _gives(one)),
        waiting=sum(one.waiting for one in item.variants),
        short=int(lamp == "short"),
        lamp=lamp,
    )


def _short(text: str, most: int) -> str:
    """What somebody named, safe to stand in a sentence of ours, and short."""
    return _cut(plain(text), most)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
