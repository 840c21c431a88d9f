"""`andon rehearse`: a whole evening, fair, told once, and the same however it is cut.

With `ANDON_SOAK` set the logs are those of a big show everywhere.
"""

import csv
import json
import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from storage.engine import open_storage
from storage.schema import sale, traffic
from tests.fakes.databases import contents, differences
from tests.fakes.evening import Evening
from tests.fakes.process import SOURCE, Said, andon, dying
from tests.fakes.slow_sale import SlowSale

SOAK = "ANDON_SOAK" in os.environ
#: Lines of the big evening; its crowd is as large and its stock as small either way.
BIG = 20_000 if SOAK else 8_000
RULES = {"SALE__SOFT_PAUSE": "notify", "SALE__CLAIMABLE": "listed"}
#: Copy that a test can read back: what was granted, and who waits.
COPY = """
claims.yours: "<{{ who|at }}> {{ items }}"
claims.waits: "<{{ who|at }}> {{ items }}"
claims.noted: "<{{ who|at }}> {{ items }}"
claims.more_wait: "[MORE {{ count }}]"
claims.unit: "{{ item }}*{{ units }}"
claims.granted: "[GOT {{ unit }}]"
claims.granted_many: "[GOT {{ unit }}]"
claims.split: "[GOT {{ item }}*{{ granted }}] [WAITS {{ item }}*{{ waiting }}]"
claims.waiting: "[WAITS {{ unit }}]"
claims.limited: "[ALSO]"
claims.more: "[ALSO]"
claims.switched: "[ALSO]"
claims.promoted: "<{{ who|at }}> [GOT {{ item }}*{{ units }}]"
"""
_GOT = re.compile(r"\[GOT ([^\]*]+)\*(\d+)\]")
_WAITS_ALONE = re.compile(r"<@[^>]+> \[WAITS [^\]]+\](, \[(WAITS [^\]]+|ALSO)\])*")
Units = Counter[tuple[str, str]]


class Rehearsed:
    """A folder with a log, a catalogue, and what a rehearsal makes of them."""

    def __init__(self, folder: Path, evening: Evening, *, twice_each: bool = False) -> None:
        self.folder = folder
        self.url = f"sqlite+aiosqlite:///{folder / 'evening.db'}"
        self.evening = evening
        evening.write_catalog(folder / "catalogue.csv")
        evening.write_log(folder / "chat.jsonl", twice_each=twice_each)

    def run(self, *more: str, command: Iterable[str] = SOURCE, **settings: str) -> Said:
        return andon(
            *("rehearse", "chat.jsonl", "--catalog", "catalogue.csv", "--out", "out"),
            *("--database", self.url, *more),
            folder=self.folder,
            command=tuple(command),
            **{**RULES, **settings},
        )

    def report(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.folder / "out/report.json").read_text())
        return read

    def outbox(self) -> list[dict[str, Any]]:
        lines = (self.folder / "out/outbox.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def claims(self) -> list[dict[str, Any]]:
        said = andon(
            *("export", "claims", "--format", "json", "--database", self.url), folder=self.folder
        )
        rows: list[dict[str, Any]] = json.loads(said.out)
        return rows

    def slowly(self) -> SlowSale:
        with (self.folder / "catalogue.csv").open(encoding="utf-8", newline="") as file:
            return SlowSale(csv.DictReader(file)).hear(self.evening.said())


def held_and_waiting(rows: Iterable[dict[str, Any]]) -> tuple[Units, dict[str, list[Any]]]:
    held: Units = Counter()
    waits: dict[str, list[Any]] = {}
    for row in sorted(rows, key=lambda row: row["place"]):
        if row["held"]:
            held[row["sku"], row["person"]] += row["held"]
        if row["waitlisted"]:
            waits.setdefault(row["sku"], []).append((row["person"], row["waitlisted"]))
    return held, waits


def told(outbox: Iterable[dict[str, Any]]) -> tuple[Units, int, int]:
    """Units said to be somebody's by (sku, name); waiting viewers only counted, and those named."""
    got: Units = Counter()
    more = alone = 0
    for post in outbox:
        for line in post["text"].splitlines():
            if line.startswith("[MORE "):
                more += int(line[6:-1])
            name = line.partition("<@")[2].partition(">")[0]
            for item, units in _GOT.findall(line):
                got[item, name] += int(units)
            # Whoever is also told something else is named in any case.
            alone += bool(_WAITS_ALONE.fullmatch(line))
    return got, more, alone


async def ever_held(url: str) -> Units:
    """Units that somebody held at some time, by (sku, name)."""
    async with open_storage(url, create=False) as storage, storage.read() as tx:
        rows = await tx.all(
            select(sale.variants.c.sku, sale.identities.c.name, func.sum(sale.holds.c.quantity))
            .join(sale.variants, sale.variants.c.id == sale.holds.c.variant_id)
            .join(sale.claims, sale.claims.c.id == sale.holds.c.claim_id)
            .join(sale.identities, sale.identities.c.id == sale.claims.c.identity_id)
            .group_by(sale.variants.c.sku, sale.identities.c.name)
        )
    return Counter({(row[0], row[1]): int(row[2]) for row in rows})


async def waits_told(url: str) -> int:
    """(delivery, viewer) pairs in which a viewer was told of nothing but waiting."""
    outbox = traffic.outbox.c
    pairs: dict[tuple[int, str], bool] = {}
    async with open_storage(url, create=False) as storage, storage.read() as tx:
        rows = await tx.all(
            select(outbox.delivery_id, outbox["values"]).where(outbox.kind == "claims.outcome")
        )
    for delivery, values in rows:
        # That this makes more than before is said besides.
        only = all(
            "w" in one and "g" not in one and one.get("k", "more") == "more"
            for one in values["outcomes"]
        )
        pair = delivery, values["who"]["id"]
        pairs[pair] = pairs.get(pair, True) and only
    return sum(pairs.values())


def as_slow_as_possible(evening: Rehearsed) -> None:
    """Who holds what and who waits where is what the plain rules say."""
    held, waits = held_and_waiting(evening.claims())
    slow = evening.slowly()
    assert held == Counter(slow.held)
    assert waits == {sku: line for sku, line in slow.waits.items() if line}


@pytest.mark.timeout(600)
async def test_a_big_evening_is_fair_and_everyone_is_told_once(tmp_path: Path) -> None:
    evening = Rehearsed(tmp_path, Evening(lines=BIG, lines_a_second=100, lines_a_command=400))
    (tmp_path / "copy.yaml").write_text(COPY)
    said = evening.run(SHOP__COPY_FILE="copy.yaml")
    assert (said.code, said.error) == (0, "")
    as_slow_as_possible(evening)

    report, rows = evening.report(), evening.claims()
    held, waits = held_and_waiting(rows)
    assert (report["messages"], report["units_oversold"]) == (BIG, 0)
    assert report["units_held"] == held.total() == sum(each["reserved"] for each in report["items"])
    assert report["units_waitlisted"] == sum(units for line in waits.values() for _, units in line)
    assert report["acknowledged"] == report["claims"] == len(rows)
    # Several times more was wanted than there was.
    assert sum(row["quantity"] for row in rows) > 3 * held.total()

    got, more, alone = told(evening.outbox())
    assert got == await ever_held(evening.url)
    assert more > 0
    assert alone + more == await waits_told(evening.url)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(20) if SOAK else [12])
def test_a_busy_moderator_changes_nothing_about_fairness(tmp_path: Path, seed: int) -> None:
    evening = Rehearsed(tmp_path, Evening(lines=1_000, viewers=150, items=10, seed=seed))
    assert evening.run().code == 0
    as_slow_as_possible(evening)
    report = evening.report()
    assert report["units_oversold"] == 0
    assert report["acknowledged"] == report["claims"]


SHORT = Evening(
    lines=4_000 if SOAK else 150, viewers=40, items=6, stock=5, ends=True, lines_a_second=4
)
#: Long enough for every warning, every end of a hold, and the offers after them.
AFTERWARDS = ("--until", "2000-01-05T00:00:00Z")


@pytest.fixture(scope="module")
def in_one_go(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """The evening as it comes out in one go, to compare with."""
    evening = Rehearsed(tmp_path_factory.mktemp("in-one-go"), SHORT)
    assert evening.run(*AFTERWARDS).code == 0
    return evening


async def same(one: str, other: str) -> None:
    assert differences(await contents(one), await contents(other)) == []


@pytest.mark.timeout(1_200 if SOAK else 120)
@pytest.mark.parametrize("size", [1, 7])
async def test_the_size_of_batches_changes_nothing(
    tmp_path: Path, in_one_go: Rehearsed, size: int
) -> None:
    evening = Rehearsed(tmp_path, SHORT)
    assert evening.run(*AFTERWARDS, INTAKE__BATCH_MAX=str(size)).code == 0
    await same(evening.url, in_one_go.url)
    numbers = ("claims", "units_held", "units_waitlisted", "acknowledged", "items")
    ours, theirs = evening.report(), in_one_go.report()
    assert {name: ours[name] for name in numbers} == {name: theirs[name] for name in numbers}


@pytest.mark.postgres
async def test_the_kind_of_database_changes_nothing(
    tmp_path: Path, in_one_go: Rehearsed, postgres_url: str
) -> None:
    evening = Rehearsed(tmp_path, SHORT)
    evening.url = postgres_url
    assert evening.run(*AFTERWARDS).code == 0
    await same(evening.url, in_one_go.url)


async def test_what_comes_twice_counts_once(tmp_path: Path, in_one_go: Rehearsed) -> None:
    evening = Rehearsed(tmp_path, SHORT, twice_each=True)
    assert evening.run(*AFTERWARDS).code == 0
    assert evening.report()["duplicates"] == SHORT.lines
    await same(evening.url, in_one_go.url)
    said_once = evening.outbox()

    assert evening.run(*AFTERWARDS).code == 0
    assert evening.report()["duplicates"] == 2 * SHORT.lines
    await same(evening.url, in_one_go.url)
    assert evening.outbox() == said_once


@pytest.mark.timeout(1_200 if SOAK else 120)
@pytest.mark.parametrize("before", [True, False], ids=["before the commit", "after the commit"])
@pytest.mark.parametrize("commit", range(1, 200, 7) if SOAK else [30])
async def test_what_was_cut_off_is_simply_run_again(
    tmp_path: Path, in_one_go: Rehearsed, commit: int, before: bool
) -> None:
    evening = Rehearsed(tmp_path, SHORT)
    cut = evening.run(*AFTERWARDS, command=dying(commit=commit, before=before))
    assert cut.code == -9
    assert evening.run(*AFTERWARDS).code == 0
    await same(evening.url, in_one_go.url)
    deliveries = [(post["text"], post["at"]) for post in evening.outbox() if "✅" in post["text"]]
    assert len(deliveries) == len(set(deliveries))


async def test_two_databases_that_differ_are_told_apart(
    tmp_path: Path, in_one_go: Rehearsed
) -> None:
    other = Rehearsed(tmp_path, SHORT)
    lines = (tmp_path / "chat.jsonl").read_text().splitlines()
    claim = next(n for n, line in enumerate(lines) if '"claim A' in line)
    (tmp_path / "chat.jsonl").write_text("\n".join(lines[:claim] + lines[claim + 1 :]))
    assert other.run(*AFTERWARDS).code == 0
    found = differences(await contents(other.url), await contents(in_one_go.url))
    assert {"claims", "messages", "outbox"} <= {line.partition(":")[0] for line in found}
