"""How well and how fast claims are read: the example cases, ordinary talk, and lines a second.

`python -m benchmarks.reading cases CASES.jsonl CATALOG.csv`, `… talk TALK.txt.gz CATALOG.csv` or
`… speed TALK.txt.gz`.
"""

import csv
import gzip
import json
import random
import sys
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from handlers.catalog.model import Item, Variant
from handlers.claims.grammar import read
from handlers.claims.lexicon import Lexicon
from handlers.claims.reading import Kind
from handlers.money import Money

ITEMS = 10_000
LINES = 60_000


def catalogue(path: Path) -> list[Item]:
    """Return the items of a catalogue file, as far as reading needs them."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["code"])
    return [
        Item(
            code=code,
            title="",
            variants=tuple(variant(row["sku"], row["variant"]) for row in same),
            aliases=tuple(filter(None, same[0]["aliases"].split(";"))),
        )
        for code, group in groupby(rows, key=lambda row: row["code"])
        for same in [list(group)]
    ]


def variant(sku: str, name: str) -> Variant:
    """Return a variant of which only the name matters."""
    return Variant(sku=sku, name=name or None, price=Money(minor=100, currency="USD"), stock=1)


def cases(path: Path, lexicon: Lexicon) -> int:
    """Print every case that is read otherwise; return how many."""
    wrong = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        reading = read(case["text"], lexicon, case["stage"])
        items = [
            {"code": w.code, "variant": w.variant, "quantity": w.quantity} for w in reading.items
        ]
        if (reading.kind, items) != (case["kind"], case["items"]):
            wrong += 1
            print(case["text"], case["stage"], "->", case["kind"], "|", reading)
    return wrong


def talk_of(path: Path) -> list[str]:
    """Return the lines of ordinary talk."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return file.read().splitlines()


def talk(path: Path, lexicon: Lexicon) -> int:
    """Print what of ordinary talk is read as anything; return the false claims without a stage."""
    false = 0
    for stage in (None, "B3"):
        readings = [(line, read(line, lexicon, stage)) for line in talk_of(path)]
        for line, reading in readings:
            if reading.kind != Kind.NONE:
                print(stage, reading.kind, reading.near_miss, "|", line, "|", reading.why)
        claims = sum(reading.kind in (Kind.CLAIM, Kind.CANCEL) for _, reading in readings)
        false += claims if stage is None else 0
    return false


def big_catalogue() -> list[Item]:
    """Return as many items as a large shop lists, with sizes and colours."""
    names = [f"{c} / {s}" for c in ("Blue", "Red", "Navy") for s in ("S", "M", "L", "XL")]
    options = (["S", "M", "L"], [""], names, ["One size"], ["Black", "White"])
    return [
        Item(
            code=f"{'ABCDEFGHKR'[n % 10]}{n // 10 + 1}",
            title="",
            variants=tuple(variant(f"{n}-{v}", v) for v in options[n % len(options)]),
            aliases=(f"thing{n}",) if n % 7 == 0 else (),
        )
        for n in range(ITEMS)
    ]


def audience(talked: list[str], items: list[Item]) -> Iterator[str]:
    """Yield lines of a busy show: talk, claims, and what is nearly a claim."""
    chance = random.Random(7)
    tails = ["", " x2", " pls", " 🙏", "!!", " 2", " please", " omg"]
    nearly = [
        "claim {}9999",
        "can i get {} M",
        "cancel {}",
        "is {} sold?",
        "{}",
        "claim {} XXL",
        "how much is {}",
        "claim {} for $40",
        "claim {} no wait",
        "sold {}?",
    ]
    for number in range(LINES):
        item = chance.choice(items)
        code = chance.choice((item.code, item.code.lower()))
        name = (chance.choice(item.variants).name or "").replace("/ ", "").lower()
        kind = number % 10
        if kind < 6:
            yield f"{talked[number % len(talked)]}{' ' * (number // len(talked))}"
        elif kind < 9:
            word = chance.choice(("claim", "sold", "mine", "Claim", "dibs", "SOLD"))
            yield f"{word} {code} {name}{chance.choice(tails)}"
        else:
            yield chance.choice(nearly).format(code)


def speed(path: Path) -> None:
    """Print the time to compile a large catalogue and the lines read per second."""
    items = big_catalogue()
    begun = time.perf_counter()
    lexicon = Lexicon.of(items)
    print(f"lexicon of {ITEMS} items: {time.perf_counter() - begun:.3f} s")
    lines = list(audience(talk_of(path), items))
    for _ in range(3):
        begun = time.process_time()
        for line in lines:
            read(line, lexicon, "B3")
        print(f"{len(lines) / (time.process_time() - begun):,.0f} lines/s")


def main(what: str, path: Path, items: Path | None = None) -> int:
    """Measure one thing; 1 if it does not hold."""
    if what == "speed" or items is None:
        speed(path)
        return 0
    lexicon = Lexicon.of(catalogue(items))
    return int((cases if what == "cases" else talk)(path, lexicon) > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(Path, sys.argv[2:])))
