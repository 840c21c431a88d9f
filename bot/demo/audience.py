"""The audience of the demo: who types what and when, as the sale goes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from handlers.people import Person, Role

__all__ = ["MODERATOR", "Audience", "Sale", "Turn"]

PLATFORM = "local"


def _viewer(name: str) -> Person:
    return Person(platform=PLATFORM, id=name.lower(), name=name, roles=frozenset({Role.VIEWER}))


#: Not one of the page's ready people: whoever sits there as Mo has Mo for themselves.
MODERATOR = Person(
    platform=PLATFORM, id="rosa", name="Rosa", roles=frozenset({Role.MODERATOR, Role.PRODUCER})
)
VIEWERS = tuple(
    _viewer(name)
    for name in (
        "Ines", "Tomás", "Priya", "Jonas", "Mei", "Fatou", "Luca", "Noor", "Sven", "Aroha",
        "Dilan", "Yuki", "Carmen", "Oskar", "Leila", "Mateo", "Zoe", "Emeka", "Greta", "Sanjay",
        "Olive", "Kofi", "Birgit", "Thanh",
    )
)  # fmt: skip

_SHOW = "Friday finds"
_TALK = (
    "good evening everyone",
    "oh that is lovely",
    "how long does shipping to Portugal take?",
    "can you hold it up to the light",
    "love the colour",
    "is it machine washable?",
    "hello from rainy Cork",
    "my sister would adore that",
    "what time does the show end",
    "first time here, hi!",
    "the blue one behind you is pretty",
    "just got my parcel from last week, so happy",
)
#: Claims of what is on stage; `{code}` and `{size}` are filled in.
_CLAIMS = (
    "claim {code} {size}",
    "claim {code} {size}",
    "claim {code} {size} x2",
    "mine {size}",
    "{code} {size} sold",
    "dibs!! {size}",
    "omg claim {code} {size} please",
)
#: What is nearly a claim, and is answered with how to say it.
_ALMOST = ("can i get {code} {size}?", "i want {code} {size}", "claim {code} {size} for my mum")
_ASKED = ("is {code} sold out?", "did I get {code}?", "what is {code} made of?")
#: Lines while one item is shown.
_LINES = 11
#: Seconds between two lines at a pace of 1, at least and at most.
_BETWEEN = (0.4, 1.4)
_LIVELY, _CALM = 1.0, 3.0


@dataclass(frozen=True, slots=True)
class Turn:
    """Someone types something, after a wait in seconds."""

    wait: float
    person: Person
    text: str


class Sale(Protocol):
    """The sale as it is when the next turn is thought of."""

    def live(self) -> bool:
        """Whether a show is live."""

    def staged(self) -> str | None:
        """The code on stage."""

    def led(self) -> bool:
        """Whether someone at the page leads the show right now."""


@dataclass(slots=True)
class Audience:
    """What is typed: lively for one round of the items, calmer afterwards.

    `sizes` are those of each item by its code, in the order in which items are shown.
    """

    sizes: Mapping[str, tuple[str, ...]]
    sale: Sale
    random: Random
    _pace: float = _LIVELY
    _wishes: dict[str, list[tuple[Person, str]]] = field(default_factory=dict)

    def turns(self) -> Iterator[Turn]:
        """The evening, endless."""
        yield Turn(0.2, VIEWERS[0], "good evening!")
        while True:
            for number, code in enumerate(self.sizes):
                yield from self._stage(code)
                shown = self.sale.staged() if self.sale.led() else code
                yield from self._around(shown or code, slip=number == 1)
            self._pace = _CALM

    def _stage(self, code: str) -> Iterator[Turn]:
        """The moderator's part, unless someone else does it."""
        if self.sale.led():
            return
        if not self.sale.live():
            yield self._turn(MODERATOR, f"/show start {_SHOW}")
        if self._pace == _CALM:
            size = self._size(code)
            yield self._turn(MODERATOR, f"/stock add {code} {self.random.randint(2, 3)} {size}")
        yield self._turn(MODERATOR, f"/stage {code}")

    def _around(self, code: str, *, slip: bool) -> Iterator[Turn]:
        """What viewers type while `code` is shown; with a `slip` some heard it wrong."""
        if code not in self.sizes or (self.sale.led() and not self.sale.live()):
            yield self._turn(self._someone(), self.random.choice(_TALK))
            return
        fresh = [one for one in VIEWERS if one not in {who for who, _ in self._wished(code)}]
        talkers = self.random.sample(fresh or VIEWERS, k=min(_LINES, len(fresh or VIEWERS)))
        for number, person in enumerate(talkers):
            yield self._turn(person, self._line(code, person, number))
        yield from self._give_back(code)
        if slip:
            for person in self.random.sample(VIEWERS, k=3):
                yield self._turn(person, f"claim {self._misheard(code)}")

    def _line(self, code: str, person: Person, number: int) -> str:
        size, chance = self._size(code), self.random.random()
        if number == 2 and size:
            # No size named: everyone is asked which one.
            return f"claim {code}"
        if chance < 0.25:
            return self.random.choice(_TALK)
        if chance < 0.35:
            return _filled(self.random.choice(_ASKED), code, size)
        if chance < 0.42:
            return _filled(self.random.choice(_ALMOST), code, size)
        self._wished(code).append((person, size))
        return _filled(self.random.choice(_CLAIMS), code, size)

    def _give_back(self, code: str) -> Iterator[Turn]:
        """Those who wished it longest think again, so that who waits gets it."""
        wished = self._wished(code)
        for person, size in wished[: len(wished) // 2]:
            wished.remove((person, size))
            yield self._turn(person, _filled("cancel {code} {size}", code, size))

    def _wished(self, code: str) -> list[tuple[Person, str]]:
        return self._wishes.setdefault(code, [])

    def _misheard(self, code: str) -> str:
        """A code near this one that no item has."""
        letters = code.rstrip("0123456789")
        after = int(code.removeprefix(letters) or 0) + 1
        return next(
            near
            for number in range(after, after + len(self.sizes) + 1)
            if (near := f"{letters}{number}") not in self.sizes
        )

    def _size(self, code: str) -> str:
        sizes = self.sizes[code]
        return self.random.choice(sizes) if sizes else ""

    def _someone(self) -> Person:
        return self.random.choice(VIEWERS)

    def _turn(self, person: Person, text: str) -> Turn:
        wait = self.random.uniform(*_BETWEEN) * self._pace
        return Turn(wait, person, " ".join(text.split()))


def _filled(line: str, code: str, size: str) -> str:
    """The line as people type it: `ocean small`, no space before the question mark."""
    typed = size.replace(" / ", " ")
    return line.format(code=code, size=typed).replace(" ?", "?")
