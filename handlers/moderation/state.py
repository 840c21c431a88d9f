"""What moderation remembers of one channel: bounded, the same for the same lines, and storable.

Every line costs a constant number of steps. Whoever was silent longest is forgotten first.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from handlers.moderation.strikes import Strike

__all__ = ["SILENT", "Author", "Crowd", "State"]

AUTHORS: Final = 10_000
CROWDS: Final = 2_000
STAFF: Final = 50
ASKED: Final = 12
ASKED_WORDS: Final = 60
_LINES, _SAID, _SALES = 40, 24, 130
_STRIKES = 12
_FACES = 64
#: Whoever says nothing for so long is new again: what is older need not be loaded.
SILENT: Final = 6 * 3_600


@dataclass(slots=True)
class Author:
    """What is remembered of one person; times in seconds since 1970.

    Its tuples are replaced and never changed, so that copies share them.
    """

    first: float
    last: float = 0.0
    lines: tuple[float, ...] = ()
    said: tuple[tuple[str, float], ...] = ()
    claims: tuple[float, ...] = ()
    cancels: tuple[float, ...] = ()
    strikes: tuple[Strike, ...] = ()
    told: Mapping[str, float] = field(default_factory=dict)

    def spoke(self, at: float) -> None:
        """They speak now; after a long silence they are new again."""
        self.first = at if at - self.last > SILENT else min(self.first, at)
        self.last = max(self.last, at)

    def typed(self, print_: str, at: float) -> None:
        """They said a line that is no claim."""
        self.lines = (*self.lines, at)[-_LINES:]
        self.said = (*self.said, (print_, at))[-_SAID:]

    def claimed(self, at: float) -> None:
        """They claimed."""
        self.claims = (*self.claims, at)[-_SALES:]

    def released(self, at: float) -> None:
        """They released."""
        self.cancels = (*self.cancels, at)[-_SALES:]

    def offended(self, strike: Strike) -> None:
        """A strike is added."""
        self.strikes = (*self.strikes, strike)[-_STRIKES:]

    def stands(self, strikes: Sequence[Strike], told: Mapping[str, float]) -> None:
        """This stands against them, and rules that say a thing hourly said theirs then."""
        self.strikes, self.told = tuple(strikes[-_STRIKES:]), told

    def was_told(self, rule: str, at: float) -> None:
        """A rule that says a thing hourly said it of them."""
        self.told = {**self.told, rule: at}

    def copied(self) -> "Author":
        """One that may be changed without changing this."""
        return Author(
            self.first,
            self.last,
            self.lines,
            self.said,
            self.claims,
            self.cancels,
            self.strikes,
            self.told,
        )


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
        self._staff: tuple[str, ...] = ()
        #: By the words in order: when they were asked for, and the words.
        self._asked: OrderedDict[str, tuple[float, frozenset[str]]] = OrderedDict()
        self._of: State | None = None

    def branch(self) -> "State":
        """What a transaction changes: of no effect here before `merge`."""
        branch = State(authors=self._most[0], crowds=self._most[1])
        branch._of = self
        branch._staff = self._staff
        branch._asked.update(self._asked)
        return branch

    def merge(self, branch: "State") -> None:
        """Take over what a branch of this remembers."""
        for name, author in branch._authors.items():
            self._authors[name] = author
            self._authors.move_to_end(name)
        for print_, crowd in branch._crowds.items():
            self._crowds[print_] = crowd
            self._crowds.move_to_end(print_)
        while len(self._authors) > self._most[0]:
            self._authors.popitem(last=False)
        while len(self._crowds) > self._most[1]:
            self._crowds.popitem(last=False)
        self._staff, self._asked = branch._staff, branch._asked

    def know(self, name: str, first: float, last: float) -> None:
        """Remember since when a person has been speaking, and when they last did."""
        self._authors[name] = Author(first=first, last=last)

    def __len__(self) -> int:
        """How many people and lines are remembered."""
        return len(self._authors) + len(self._crowds)

    def author(self, name: str, at: float) -> Author:
        """Return what is remembered of a person, who speaks now."""
        known = self.known(name, at)
        self._authors.move_to_end(name)
        if len(self._authors) > self._most[0]:
            self._authors.popitem(last=False)
        known.spoke(at)
        return known

    def known(self, name: str, at: float) -> Author:
        """Return what is remembered of a person who is about to speak, and has not yet."""
        known = self._authors.get(name)
        if known is None:
            before = self._of._authors.get(name) if self._of is not None else None
            known = before.copied() if before is not None else Author(first=at, last=at)
            self._authors[name] = known
        return known

    def crowd(self, print_: str) -> Crowd:
        """Return who said this line."""
        crowd = self._crowds.get(print_)
        if crowd is None:
            before = self._of._crowds.get(print_) if self._of is not None else None
            crowd = Crowd() if before is None else Crowd(OrderedDict(before.faces))
            self._crowds[print_] = crowd
            if len(self._crowds) > self._most[1]:
                self._crowds.popitem(last=False)
        else:
            self._crowds.move_to_end(print_)
        return crowd

    def team_said(self, name: str, words: Iterable[str], at: float) -> None:
        """Remember a name of the team, and the words it may have asked the chat to say."""
        kept = sorted(words)[:ASKED_WORDS]
        asked = " ".join(kept)
        if self._staff[-1:] != (name,):
            self._staff = (*(one for one in self._staff if one != name), name)[-STAFF:]
        self._asked.pop(asked, None)
        self._asked[asked] = at, frozenset(kept)
        if len(self._asked) > ASKED:
            self._asked.popitem(last=False)

    @property
    def staff(self) -> tuple[str, ...]:
        """Names of the team that spoke, the last one last; the same value while none is new."""
        return self._staff

    def was_asked(self, words: frozenset[str], at: float, seconds: float) -> bool:
        """Whether one line of the team held all these words in the last `seconds`."""
        return bool(words) and any(
            then > at - seconds and words <= asked for then, asked in self._asked.values()
        )

    def forgive(self, author: str) -> None:
        """Take back a person's strikes: a false alarm, or an undo."""
        if author in self._authors:
            self._authors[author].strikes = ()

    def dump(self) -> dict[str, Any]:
        """Return everything as values that JSON can hold."""
        return {
            "most": list(self._most),
            "authors": [[name, _author_out(author)] for name, author in self._authors.items()],
            "crowds": [[text, list(crowd.faces.items())] for text, crowd in self._crowds.items()],
            "staff": list(self._staff),
            "asked": [[text, then] for text, (then, _) in self._asked.items()],
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
        state._staff = tuple(kept["staff"])
        state._asked.update((text, (at, frozenset(text.split()))) for text, at in kept["asked"])
        return state


def _author_out(author: Author) -> dict[str, Any]:
    return {
        "first": author.first,
        "last": author.last,
        "lines": list(author.lines),
        "said": [list(said) for said in author.said],
        "claims": list(author.claims),
        "cancels": list(author.cancels),
        "strikes": [[strike.at, strike.weight, strike.of] for strike in author.strikes],
        "told": dict(author.told),
    }


def _author_in(kept: Mapping[str, Any]) -> Author:
    return Author(
        first=kept["first"],
        last=kept["last"],
        lines=tuple(kept["lines"]),
        said=tuple((text, at) for text, at in kept["said"]),
        claims=tuple(kept["claims"]),
        cancels=tuple(kept["cancels"]),
        strikes=tuple(Strike(at=at, weight=w, of=of) for at, w, of in kept["strikes"]),
        told=dict(kept["told"]),
    )
