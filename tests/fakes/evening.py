"""A whole evening as a chat log: a crowd that wants more than there is, and a moderator at work.

    evening = Evening(lines=2_000)
    evening.write_catalog(path); evening.write_log(path)

The same for the same seed. It holds claims in many forms, repeats, releases, size questions and
their answers, near misses, unknown codes, limits, short holds that end inside the show, and the
commands of a moderator; nothing in it depends on how it is cut into batches.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random

__all__ = ["Evening"]

_TALK = ("so pretty", "hi from Leeds", "my cat says hello", "wow", "is it warm?", "love this")
_NEAR = (
    "claim {code}9",
    "{code}",
    "can i get {code}",
    "claim {code} x0",
    "is {code} sold?",
    "claim {code} for $20",
    "if there is one left i'll take {code}",
    "claim Q{n}",
)
_CLAIMS = ("claim {code}", "{code} claim", "sold {code}", "mine {code}", "dibs {code}")
_SIZES = ("S", "M", "L")


@dataclass(frozen=True, kw_only=True)
class Evening:
    """How much happens: so many `items` without sizes, and `sized` that come in S, M and L."""

    lines: int
    viewers: int = 3_000
    items: int = 34
    sized: int = 2
    stock: int = 12
    lines_a_second: float = 20.0
    seed: int = 11
    lines_a_command: int = 40
    ends: bool = False

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """The codes of items without sizes."""
        return tuple(f"A{number}" for number in range(10, 10 + self.items))

    @cached_property
    def dresses(self) -> tuple[str, ...]:
        """The codes of items with sizes."""
        return tuple(f"D{number}" for number in range(1, 1 + self.sized))

    def write_catalog(self, path: Path) -> None:
        """Every third item has a limit of two."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            columns = ["code", "variant", "sku", "title", "price", "currency", "stock", "limit"]
            writer.writerow(columns)
            for number, code in enumerate(self.plain):
                limit = "" if number % 3 else 2
                writer.writerow([code, "", code, code, "10.00", "USD", self.stock, limit])
            for code in self.dresses:
                for size in _SIZES:
                    writer.writerow(
                        [code, size, f"{code} / {size}", code, "48.00", "USD", self.stock, 2]
                    )

    def write_log(self, path: Path, *, twice_each: bool = False) -> None:
        """Write the log; with `twice_each` every line comes twice in a row."""
        with path.open("w", encoding="utf-8") as file:
            for line in self.said():
                file.write((json.dumps(line) + "\n") * (2 if twice_each else 1))

    def said(self) -> Iterator[dict[str, object]]:
        """The lines of the log, in order of time."""
        random = Random(self.seed)
        at, asked = 100_000.0, list[str]()
        yield self._line(0, at, "mod", "/show start Friday", role="moderator")
        for number in range(1, self.lines):
            at = round(at + random.expovariate(self.lines_a_second), 3)
            if number % self.lines_a_command == 0:
                yield self._line(number, at, "mod", self._command(random), role="moderator")
            elif self.ends and number == self.lines * 4 // 5:
                yield self._line(number, at, "mod", "/show end", role="moderator")
            else:
                author, text = self._typed(random, number, asked)
                yield self._line(number, at, author, text)

    def _line(
        self, number: int, at: float, author: str, text: str, **more: str
    ) -> dict[str, object]:
        name = author.replace("v", "Viewer ").replace("s", "Sized ")
        said = {"id": f"m{number}", "at": at, "author": author, "name": name, "text": text}
        return said | more

    def _typed(self, random: Random, number: int, asked: list[str]) -> tuple[str, str]:
        author, code = f"v{random.randrange(self.viewers)}", self._code(random)
        draw = random.random()
        if draw < 0.35:
            return author, random.choice(_TALK)
        if draw < 0.72:
            text = random.choice(_CLAIMS).format(code=code)
            return author, text + random.choice(("", "", " x1", " x2", " x3", " please"))
        if draw < 0.80:
            return author, random.choice((f"cancel {code}", f"drop {code} x1", f"remove {code}"))
        if draw < 0.84:
            return author, "mine"
        if draw < 0.94:
            near = random.choice(_NEAR)
            return author, near.format(code=code, n=random.randrange(90, 93))
        return self._sized(random, number, asked)

    def _sized(self, random: Random, number: int, asked: list[str]) -> tuple[str, str]:
        # Each person does one thing: names the size at once, or is asked and answers, or never.
        dress = random.choice(self.dresses)
        what = random.choice(("named", "asked", "asked", "answered"))
        if what == "answered" and asked:
            return asked.pop(random.randrange(len(asked))), random.choice(_SIZES)
        if what == "named":
            return f"s{number}", f"claim {dress} {random.choice(_SIZES)}"
        asked.append(f"s{number}")
        return f"s{number}", f"claim {dress}" + random.choice(("", " x2"))

    def _code(self, random: Random) -> str:
        # A few items are what everybody wants.
        few = self.plain[:8]
        return random.choice(few if random.random() < 0.5 else self.plain)

    def _command(self, random: Random) -> str:
        code = self._code(random)
        return random.choice(
            (
                f"/stage {code}",
                f"/stage {code}",
                "/stage clear",
                f"/stock add {code} {random.randint(1, 3)}",
                f"/stock recount {code} {random.randint(self.stock - 3, self.stock + 3)}",
                f"/stock pause {code}",
                f"/stock resume {code}",
                f"/stock resume {code}",
                f"/stock stop {code}",
                f"/item hold {code} {random.choice((0, 1, 1))}",
                f"/item limit {code} {random.choice((0, 2, 3))}",
                "/show pause",
                "/show resume",
                "/show resume",
            )
        )
