"""How what was said becomes posts: outbox messages in, merged and rendered posts out.

Pure: the relay calls this outside any transaction and stores what comes back before sending it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Protocol

from handlers.messages import Button, ButtonStyle, Picture
from handlers.wording import Wording, mentions_in

__all__ = [
    "Merge",
    "Rendered",
    "Speaker",
    "Spoken",
    "Voice",
    "button_values",
    "buttons_from",
    "carried",
    "foldable",
    "gather",
    "newest_states",
    "picture_values",
    "pictures_from",
    "plain_posts",
    "split_text",
    "text_of",
]


#: So many lines of a card's history are said at once.
_HISTORY = 20
#: Room for a sentence where a picture cannot be shown.
_PICTURE_NOTE = 300
_COUNTED = re.compile(r"… (\d{1,9}) more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """An outbox message as stored: its kind says how it reads, `values` what it tells of.

    `stale` is one that has waited so long that what it tells of is hardly news.
    """

    id: int
    kind: str
    values: Mapping[str, Any]
    card: str | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One post: the ids of the outbox messages in it, and what is shown.

    Each id of the input is a member of at least one post; a message too long for one post is in
    several. `card` names the card that this post is a new state of, and `history` says in a line
    each what changed. An `urgent` post is for whoever is on call. One with an `act` says nothing:
    it is something to be done, in the values of an `OutsideAct`.
    """

    members: tuple[int, ...]
    kind: str
    text: str
    buttons: tuple[Button, ...] = ()
    mentions: tuple[str, ...] = ()
    reactions: tuple[tuple[str, str], ...] = ()
    card: str | None = None
    private: bool = False
    history: str = ""
    urgent: bool = False
    pictures: tuple[Picture, ...] = ()
    act: Mapping[str, str] | None = None


class Voice(Protocol):
    """Renders and merges; built from the capabilities' kinds and the shop's copy."""

    def render(self, waiting: Sequence[Spoken], *, max_characters: int) -> Sequence[Rendered]:
        """Merge what waits at one address, in order, into as few posts as fit."""


Merge = Callable[[Sequence[Spoken], int], Sequence[Rendered]]


class Speaker:
    """The voice: kinds that merge go to their capability's function, others stand for themselves.

    Kinds that merge may change places among each other, so that what waits makes few posts; a kind
    that stands for itself keeps its place between those before and after it. What is stale and
    foldable comes first, together. A kind that stands for itself is the key of a sentence, and its
    values may bring `buttons` (id, label, style), `private`, `history`, `urgent` and `pictures`.
    """

    def __init__(self, wording: Wording, merges: Mapping[str, Merge]) -> None:
        self._wording = wording
        self._merges = merges

    def render(self, waiting: Sequence[Spoken], *, max_characters: int) -> Sequence[Rendered]:
        """Merge what waits at one address into as few posts as fit."""
        posts: list[Rendered] = []
        for merged, said in groupby(
            _folding_first(waiting), key=lambda one: one.kind in self._merges
        ):
            if not merged:
                for one in said:
                    posts.extend(plain_posts(self._wording, one, max_characters))
                continue
            by_merge: dict[Merge, list[Spoken]] = {}
            for one in said:
                by_merge.setdefault(self._merges[one.kind], []).append(one)
            for merge, together in by_merge.items():
                posts.extend(merge(together, max_characters))
        return posts


def _folding_first(waiting: Sequence[Spoken]) -> Sequence[Spoken]:
    folding = [one for one in waiting if one.stale and foldable(one)]
    if len(folding) < 2:
        return waiting
    first = {one.id for one in folding}
    return [*folding, *(one for one in waiting if one.id not in first)]


def foldable(one: Spoken) -> bool:
    """Whether a line in a summary can stand for it: nobody has seen its card, nobody must act."""
    return bool(one.values.get("folds") and one.values.get("new"))


def text_of(wording: Wording, one: Spoken) -> str:
    """How a message reads that stands for itself."""
    text = one.values.get("text")
    return wording.say(one.kind, **one.values) if text is None else str(text)


def plain_posts(wording: Wording, one: Spoken, max_characters: int) -> list[Rendered]:
    """A message that stands for itself, in as many posts as it needs."""
    pictures = pictures_from(one.values)
    if pictures:
        max_characters = max(1, max_characters - _PICTURE_NOTE)
    return gather(
        [(piece, (one.id,)) for piece in split_text(text_of(wording, one), max_characters)],
        kind=one.kind,
        max_characters=max_characters,
        buttons=buttons_from(one.values),
        card=one.card,
        private=bool(one.values.get("private")),
        history=str(one.values.get("history", "")),
        urgent=bool(one.values.get("urgent")),
        pictures=pictures,
    )


def newest_states(said: Iterable[Spoken]) -> list[tuple[Spoken, tuple[int, ...]]]:
    """What is worth showing, each with the ids that it stands for.

    Of a card that waits in several states of one kind only the newest is, with the history of all.
    A state of another kind may tell something else, so it stays.
    """
    found: dict[int, tuple[Spoken, tuple[int, ...]]] = {}
    newest: dict[tuple[str, str], int] = {}
    for one in said:
        shown: Spoken = one
        ids: tuple[int, ...] = (one.id,)
        if one.card is not None:
            before = newest.get((one.card, one.kind))
            if before is not None:
                older, older_ids = found.pop(before)
                shown = replace(one, values=carried(older.values, one.values))
                ids = (*older_ids, one.id)
            newest[one.card, one.kind] = one.id
        found[one.id] = (shown, ids)
    return list(found.values())


def carried(older: Mapping[str, Any], newer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a card's newer state, with what must not be lost of one that nobody saw."""
    history = "\n".join(filter(None, (older.get("history"), newer.get("history"))))
    kept = {"history": _shortened(history)} if history else {}
    return {**newer, **kept, **({"new": True} if older.get("new") else {})}


def _shortened(history: str) -> str:
    """The newest lines of a history; those before them are counted."""
    lines = history.split("\n")
    counted = _COUNTED.fullmatch(lines[0])
    before = int(counted[1]) if counted else 0
    if counted:
        lines = lines[1:]
    over = len(lines) - _HISTORY
    if over > 0:
        before, lines = before + over, lines[over:]
    return "\n".join([f"… {before} more", *lines] if before else lines)


def button_values(buttons: Sequence[Button]) -> dict[str, Any]:
    """Buttons as an outbox message keeps them; nothing where there are none."""
    kept = [{"id": one.id, "label": one.label, "style": one.style.value} for one in buttons]
    return {"buttons": kept} if kept else {}


def buttons_from(values: Mapping[str, Any]) -> tuple[Button, ...]:
    """The buttons that an outbox message brings in its values."""
    return tuple(
        Button(id=button["id"], label=button["label"], style=ButtonStyle(button["style"]))
        for button in values.get("buttons", ())
    )


def picture_values(pictures: Sequence[Picture]) -> dict[str, Any]:
    """Pictures as an outbox message keeps them: all but their content."""
    kept = [{"id": one.id, "name": one.name, "mime": one.mime, "alt": one.alt} for one in pictures]
    return {"pictures": kept} if kept else {}


def pictures_from(values: Mapping[str, Any]) -> tuple[Picture, ...]:
    """The pictures that an outbox message brings in its values, without their content."""
    return tuple(Picture(**picture) for picture in values.get("pictures", ()))


def gather(
    pieces: Sequence[tuple[str, tuple[int, ...]]],
    *,
    kind: str,
    max_characters: int,
    buttons: tuple[Button, ...] = (),
    reactions: tuple[tuple[str, str], ...] = (),
    card: str | None = None,
    private: bool = False,
    history: str = "",
    urgent: bool = False,
    pictures: tuple[Picture, ...] = (),
) -> list[Rendered]:
    """Put pieces of text with their members into posts, a line each; buttons go under the last.

    So do the history and the pictures; only the first is urgent.
    """
    posts: list[tuple[list[str], list[int]]] = []
    room = 0
    for text, members in pieces:
        for part in split_text(text, max_characters):
            if not posts or len(part) + 1 > room:
                posts.append(([], []))
                room = max_characters
            posts[-1][0].append(part)
            posts[-1][1].extend(members)
            room -= len(part) + 1
    rendered = []
    for number, (texts, ids) in enumerate(posts, start=1):
        text, last = "\n".join(texts), number == len(posts)
        rendered.append(
            Rendered(
                members=tuple(dict.fromkeys(ids)),
                kind=kind,
                text=text,
                buttons=buttons if last else (),
                mentions=mentions_in(text),
                reactions=reactions if last else (),
                card=card,
                private=private,
                history=history if last else "",
                urgent=urgent and number == 1,
                pictures=pictures if last else (),
            )
        )
    return rendered


def split_text(text: str, max_characters: int) -> list[str]:
    """Cut a text into parts that fit: at line ends, else at spaces, else anywhere."""
    parts = []
    while len(text) > max_characters:
        # What ends right at the limit fits, so the sign after it may be the cut.
        ends = (text.rfind(sign, 1, max_characters + 1) for sign in "\n ")
        cut = next((end for end in ends if end > 0), max_characters)
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*parts, text] if text or not parts else parts
