"""A crowd in a live sale: makes catalogues and chat of any size, the same for the same seed."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TextIO

__all__ = ["Crowd", "write_catalog", "write_log"]

_TALK = (
    "this is so pretty",
    "hi everyone from {place}",
    "the colour looks different on my screen",
    "love your hair today {name}",
    "how is everybody",
    "first time here, hello",
    "lol that was funny",
    "my cat just knocked over my tea",
    "so cute omg",
    "when is the next show",
    "is it warm enough for winter",
    "what's the fabric",
    "can you turn it around please",
    "I have that one in green already",
    "good evening from {place}",
    "the music is a bit loud",
    "she has such good taste",
    "waiting for the mugs",
    "does it run small",
    "haha same",
    "my sister would like that",
    "how much is shipping to {place}",
    "thanks for the last parcel it was lovely",
    "you look great tonight",
    "brb dinner",
    "the camera is frozen for me",
    "ok now it works",
    "what time does it end",
    "wow",
    "perfect",
)
_PLACES = ("Leeds", "Porto", "Oslo", "Ohio", "Graz", "Cork", "Nantes", "Perth", "Kyoto", "Lima")
_CLAIMS = ("claim {code}", "{code} claim", "sold {code}", "mine {code}", "claim {code} x{n}")
_NEAR = (
    "claim {code}9",
    "{code}",
    "can i get {code}",
    "cancel {code}",
    "claim {code} x0",
    "is {code} sold?",
    "claim {code} for $20",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Who talks about what. Shares are of all lines; the rest are near misses and releases."""

    viewers: int = 3_000
    codes: tuple[str, ...] = tuple(f"A{number}" for number in range(10, 50))
    talk: float = 0.6
    claims: float = 0.3
    lines_a_second: float = 20.0
    seed: int = 7

    def lines(self, count: int) -> Iterator[dict[str, object]]:
        """`count` lines as a rehearsal reads them, in order of time."""
        random = Random(self.seed)
        for number in range(count):
            author = random.randrange(self.viewers)
            yield {
                "id": f"{number + 1}",
                "at": 100_000 + round(number / self.lines_a_second, 3),
                "author": f"v{author}",
                "name": f"Viewer {author}",
                "text": self._text(random),
            }

    def _text(self, random: Random) -> str:
        draw, code = random.random(), random.choice(self.codes)
        if draw < self.talk:
            line = random.choice(_TALK).format(
                place=random.choice(_PLACES), name=random.choice(_PLACES)
            )
            return f"{line} {random.choice(_PLACES).lower()}" if random.random() < 0.5 else line
        if draw < self.talk + self.claims:
            return random.choice(_CLAIMS).format(code=code, n=random.randint(1, 3))
        return random.choice(_NEAR).format(code=code)


def write_log(path: Path, crowd: Crowd, count: int) -> None:
    """Write a chat log of `count` lines."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in crowd.lines(count))


def write_catalog(file: TextIO, codes: tuple[str, ...], stock: int) -> None:
    """Write a catalogue of items without options into an open file."""
    writer = csv.writer(file)
    writer.writerow(["code", "variant", "sku", "title", "price", "currency", "stock"])
    for code in codes:
        writer.writerow([code, "", f"SKU-{code}", f"Thing {code}", "10.00", "USD", stock])
