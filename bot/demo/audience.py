"""The audience of the demo: what is typed, by whom and when; the same words each time."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from handlers.people import Person, Role

__all__ = ["MODERATOR", "Turn", "turns"]

PLATFORM = "local"


def _viewer(name: str) -> Person:
    return Person(platform=PLATFORM, id=name.lower(), name=name, roles=frozenset({Role.VIEWER}))


MODERATOR = Person(
    platform=PLATFORM, id="mo", name="Mo", roles=frozenset({Role.MODERATOR, Role.PRODUCER})
)
VIEWERS = tuple(
    _viewer(name)
    for name in (
        "Ines", "Tomás", "Priya", "Jonas", "Mei", "Fatou", "Luca", "Noor", "Sven", "Aroha",
        "Dilan", "Yuki", "Carmen", "Oskar",
    )
)  # fmt: skip

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
)
#: What is typed while an item is on stage; `{code}` and `{size}` are filled in.
_ITEM_LINES = (
    "claim {code} {size}",
    "mine {size}",
    "{code} {size} sold",
    "claim {code}",
    "dibs!! {size}",
    "claim {code} {size} x2",
    "omg claim {code} {size} please",
    "can i get {code} {size}?",
    "claim {code} {size}",
    "mine mine mine {size}",
)
_AFTERTHOUGHTS = ("cancel {code}", "nvm {code}", "is {code} sold out?", "did I get {code}?")


@dataclass(frozen=True, slots=True)
class Turn:
    """Someone types something, after a wait in seconds."""

    wait: float
    person: Person
    text: str


def turns(items: tuple[tuple[str, tuple[str, ...]], ...], random: Random) -> Iterator[Turn]:
    """The show, endless: items by code with their sizes, lively at first and calmer later."""
    yield Turn(0.2, VIEWERS[0], "good evening!")
    yield Turn(0.3, MODERATOR, "/show start Friday finds")
    pace = 1.0
    while True:
        for code, sizes in items:
            yield from _item(code, sizes, random, pace)
        yield Turn(4.0 * pace, MODERATOR, f"/stock add {items[2][0]} 3")
        pace = 3.0


def _item(code: str, sizes: tuple[str, ...], random: Random, pace: float) -> Iterator[Turn]:
    yield Turn(0.8 * pace, MODERATOR, f"/stage {code}")
    talkers = random.sample(VIEWERS, k=len(VIEWERS))
    for number in range(11):
        person = talkers[number % len(talkers)]
        if random.random() < 0.3:
            text = random.choice(_TALK)
        else:
            size = random.choice(sizes) if sizes else ""
            text = random.choice(_ITEM_LINES).format(code=code, size=size)
        yield Turn(random.uniform(0.3, 1.5) * pace, person, " ".join(text.split()))
    for person in talkers[:2]:
        text = random.choice(_AFTERTHOUGHTS).format(code=code)
        yield Turn(random.uniform(0.5, 1.5) * pace, person, text)
