"""How what was said becomes posts: outbox messages in, merged and rendered posts out.

Pure: the relay calls this outside any transaction and stores what comes back before sending it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

from handlers.messages import Button, ButtonStyle
from handlers.wording import Wording, mentions_in

__all__ = [
    "Merge",
    "Rendered",
    "Speaker",
    "Spoken",
    "Voice",
    "button_values",
    "buttons_from",
    "gather",
    "split_text",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """An outbox message as stored: its kind says how it reads, `values` what it tells of."""

    id: int
    kind: str
    values: Mapping[str, Any]
    card: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One post: the ids of the outbox messages in it, and what is shown.

    Each id of the input is a member of at least one post; a message too long for one post is in
    several. `card` names the card that this post is a new state of.
    """

    members: tuple[int, ...]
    kind: str
    text: str
    buttons: tuple[Button, ...] = ()
    mentions: tuple[str, ...] = ()
    reactions: tuple[tuple[str, str], ...] = ()
    card: str | None = None
    private: bool = False


class Voice(Protocol):
    """Renders and merges; built from the capabilities' kinds and the shop's copy."""

    def render(self, waiting: Sequence[Spoken], *, max_characters: int) -> Sequence[Rendered]:
        """Merge what waits at one address, in order, into as few posts as fit."""


Merge = Callable[[Sequence[Spoken], int], Sequence[Rendered]]


class Speaker:
    """The voice: kinds that merge go to their capability's function, others stand for themselves.

    Kinds that merge may change places among each other, so that what waits makes few posts; a kind
    that stands for itself keeps its place between those before and after it. It is the key of a
    sentence, and its values may bring `buttons` (id, label, style) and `private`.
    """

    def __init__(self, wording: Wording, merges: Mapping[str, Merge]) -> None:
        self._wording = wording
        self._merges = merges

    def render(self, waiting: Sequence[Spoken], *, max_characters: int) -> Sequence[Rendered]:
        """Merge what waits at one address into as few posts as fit."""
        posts: list[Rendered] = []
        for merged, said in groupby(waiting, key=lambda one: one.kind in self._merges):
            if not merged:
                posts.extend(self._plain(said, max_characters))
                continue
            by_merge: dict[Merge, list[Spoken]] = {}
            for one in said:
                by_merge.setdefault(self._merges[one.kind], []).append(one)
            for merge, together in by_merge.items():
                posts.extend(merge(together, max_characters))
        return posts

    def _plain(self, said: Iterable[Spoken], max_characters: int) -> Iterable[Rendered]:
        for one in said:
            text = one.values.get("text")
            if text is None:
                text = self._wording.say(one.kind, **one.values)
            yield from gather(
                [(piece, (one.id,)) for piece in split_text(text, max_characters)],
                kind=one.kind,
                max_characters=max_characters,
                buttons=buttons_from(one.values),
                card=one.card,
                private=bool(one.values.get("private")),
            )


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


def gather(
    pieces: Sequence[tuple[str, tuple[int, ...]]],
    *,
    kind: str,
    max_characters: int,
    buttons: tuple[Button, ...] = (),
    reactions: tuple[tuple[str, str], ...] = (),
    card: str | None = None,
    private: bool = False,
) -> list[Rendered]:
    """Put pieces of text with their members into posts, a line each; buttons go under the last."""
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
