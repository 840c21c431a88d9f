"""What moderation remembers of one channel: bounded, the same for the same lines, and storable.

Every line costs a constant number of steps. Whoever was silent longest is forgotten first.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from handlers.moderation.strikes import Strike

__all__ = ["Author", "Crowd", "State"]

AUTHORS: Final = 5_000
CROWDS: Final = 2_000
STAFF: Final = 50
ASKED: Final = 12
ASKED_WORDS: Final = 60
_LINES, _SAID, _SALES = 40, 24, 130
_STRIKES = 12
_FACES = 64


@dataclass(slots=True)
class Author:
    """What is remembered of one person; times in seconds since 1970."""

    first: float
    lines: deque[float] = field(default_factory=lambda: deque(maxlen=_LINES))
    said: deque[tuple[str, float]] = field(default_factory=lambda: deque(maxlen=_SAID))
    claims: deque[float] = field(default_factory=lambda: deque(maxlen=_SALES))
    cancels: deque[float] = field(default_factory=lambda: deque(maxlen=_SALES))
    strikes: deque[Strike] = field(default_factory=lambda: deque(maxlen=_STRIKES))
    told: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Crowd:
    """Newcomers who said one thing, by when they did."""

    faces: "OrderedDict[str, float]" = field(default_factory=OrderedDict)

    def add(self, author: str, at: float) -> None:
        """Remember that `author` said it too."""
        self.faces[author] = at
        self.faces.move_to_end(author)
        if len(self.faces) > _FACES:
            self.faces.popitem(last=False)

    def within(self, at: float, seconds: float) -> int:
        """How many said it in the last `seconds`."""
        return sum(then > at - seconds for then in self.faces.values())


class State:
    """The memory of one channel."""

    def __init__(self, *, authors: int = AUTHORS, crowds: int = CROWDS) -> None:
        self._most = authors, crowds
        self._authors: OrderedDict[str, Author] = OrderedDict()
        self._crowds: OrderedDict[str, Crowd] = OrderedDict()
        self._staff: OrderedDict[str, None] = OrderedDict()
        self._asked: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        """How many people and lines are remembered."""
        return len(self._authors) + len(self._crowds)

    def author(self, name: str, at: float) -> Author:
        """Return what is remembered of a person, who speaks now."""
        known = self._authors.get(name)
        if known is None:
            known = self._authors[name] = Author(first=at)
            if len(self._authors) > self._most[0]:
                self._authors.popitem(last=False)
        else:
            self._authors.move_to_end(name)
        return known

    def crowd(self, print_: str) -> Crowd:
        """Return who said this line."""
        crowd = self._crowds.get(print_)
        if crowd is None:
            crowd = self._crowds[print_] = Crowd()
            if len(self._crowds) > self._most[1]:
                self._crowds.popitem(last=False)
        else:
            self._crowds.move_to_end(print_)
        return crowd

    def team_said(self, name: str, words: Iterable[str], at: float) -> None:
        """Remember a name of the team, and the words it may have asked the chat to say."""
        asked = " ".join(sorted(words)[:ASKED_WORDS])
        self._staff.pop(name, None)
        self._asked.pop(asked, None)
        self._staff[name] = None
        self._asked[asked] = at
        if len(self._staff) > STAFF:
            self._staff.popitem(last=False)
        if len(self._asked) > ASKED:
            self._asked.popitem(last=False)

    @property
    def staff(self) -> Iterator[str]:
        """Names of the team that spoke."""
        return iter(self._staff)

    def was_asked(self, words: frozenset[str], at: float, seconds: float) -> bool:
        """Whether one line of the team held all these words in the last `seconds`."""
        return bool(words) and any(
            then > at - seconds and words.issubset(asked.split())
            for asked, then in self._asked.items()
        )

    def forgive(self, author: str) -> None:
        """Take back a person's strikes: a false alarm, or an undo."""
        if author in self._authors:
            self._authors[author].strikes.clear()

    def dump(self) -> dict[str, Any]:
        """Return everything as values that JSON can hold."""
        return {
            "most": list(self._most),
            "authors": [[name, _author_out(author)] for name, author in self._authors.items()],
            "crowds": [[text, list(crowd.faces.items())] for text, crowd in self._crowds.items()],
            "staff": list(self._staff),
            "asked": list(self._asked.items()),
        }

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> "State":
        """Return the memory that `dump` wrote."""
        authors, crowds = kept["most"]
        state = cls(authors=authors, crowds=crowds)
        for name, author in kept["authors"]:
            state._authors[name] = _author_in(author)
        for text, faces in kept["crowds"]:
            state._crowds[text] = Crowd(OrderedDict((name, at) for name, at in faces))
        state._staff.update((name, None) for name in kept["staff"])
        state._asked.update((text, at) for text, at in kept["asked"])
        return state


def _author_out(author: Author) -> dict[str, Any]:
    return {
        "first": author.first,
        "lines": list(author.lines),
        "said": [list(said) for said in author.said],
        "claims": list(author.claims),
        "cancels": list(author.cancels),
        "strikes": [[strike.at, strike.weight, strike.of] for strike in author.strikes],
        "told": author.told,
    }


def _author_in(kept: Mapping[str, Any]) -> Author:
    author = Author(first=kept["first"], told=dict(kept["told"]))
    author.lines.extend(kept["lines"])
    author.said.extend((text, at) for text, at in kept["said"])
    author.claims.extend(kept["claims"])
    author.cancels.extend(kept["cancels"])
    author.strikes.extend(Strike(at=at, weight=w, of=of) for at, w, of in kept["strikes"])
    return author
