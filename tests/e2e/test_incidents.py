"""`andon rehearse --incident`: something goes wrong on time, and the report says who was late."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_rehearse import SOAK, Rehearsed, same
from tests.fakes.evening import Evening
from tests.fakes.process import Said, andon, dying

CATALOGUE = """code,variant,sku,title,price,currency,stock
A12,,A12,Linen dress,48.00,USD,8
B3,,B3,Mug,18.00,USD,6
D1,S,D1-S,Kaftan,42.00,USD,5
D1,M,D1-M,Kaftan,42.00,USD,5
"""
MOMENT = "2000-01-01T00:{}+00:00"


class Practice:
    """A folder with a short evening, in which a team practises."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[dict[str, Any]] = []
        (folder / "shop.csv").write_text(CATALOGUE)
        self.says(0, "/show start Friday", "Mo", "moderator")
        self.says(5, "/stage A12", "Mo", "moderator")
        for second, name in enumerate(("Ana", "Bea", "Cy"), start=20):
            self.says(second, "claim A12", name)
            self.says(second + 10, "claim B3", name)
        self.says(1_200, "good night", "Ana")

    def says(self, at: float, text: str, name: str, role: str = "viewer") -> None:
        """A line of the log, in its place by time."""
        number, author = len(self.lines) + 1, name.lower()
        line = {"id": number, "at": at, "author": author, "name": name, "role": role, "text": text}
        self.lines = sorted([*self.lines, line], key=lambda one: float(one["at"]))

    def rehearse(self, *incidents: str, more: Sequence[str] = ()) -> Said:
        """Rehearse with these incidents."""
        log = "\n".join(map(json.dumps, self.lines))
        (self.folder / "chat.jsonl").write_text(log)
        wanted = [part for one in incidents for part in ("--incident", one)]
        return andon(
            *("rehearse", "chat.jsonl", "--catalog", "shop.csv", "--out", "out"),
            *(*wanted, *more),
            folder=self.folder,
            SALE__CLAIMABLE="listed",
        )

    def report(self, *incidents: str) -> dict[str, Any]:
        """What the report of such a rehearsal says."""
        said = self.rehearse(*incidents)
        assert (said.code, said.error) == (0, "")
        read: dict[str, Any] = json.loads((self.folder / "out/report.json").read_text())
        return read

    def heard(self, where: str, value: str) -> list[str]:
        """What was said in one place, a post each."""
        posts = map(json.loads, (self.folder / "out/outbox.jsonl").read_text().splitlines())
        return [post["text"] for post in posts if post.get(where) == value]


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    return Practice(tmp_path)


def stock(report: dict[str, Any], sku: str) -> tuple[int, int, int]:
    """What is on hand of a SKU, held of it, and waited for."""
    (item,) = [one for one in report["items"] if one["sku"] == sku]
    return item["on_hand"], item["reserved"], item["waitlisted"]


def run(report: dict[str, Any], number: int) -> Any:
    """A run of the report."""
    (found,) = [one for one in report["steps"] if one["run"] == number]
    return found


def step(report: dict[str, Any], playbook: str, name: str) -> Any:
    """A step of the report."""
    (found,) = [one for one in report["steps"] if one["playbook"] == playbook]
    (done,) = [one for one in found["steps"] if one["step"] == name]
    return done


# --- what each does -------------------------------------------------------------------------------


def test_a_sell_out_makes_the_lamp_red_and_starts_its_playbook(practice: Practice) -> None:
    practice.says(130, "claim A12", "Di")
    report = practice.report("sell-out@2m:a12")
    assert stock(report, "A12") == (3, 3, 1)
    (incident,) = report["incidents"]
    assert incident == {
        "number": 1,
        "kind": "sell-out",
        "at": MOMENT.format("02:00"),
        "code": "A12",
        "lines": 0,
        "what": "A12: sold out, with 3 held.",
        "runs": [2],
    }
    assert run(report, 2)["playbook"] == "sold-out-on-camera"
    assert run(report, 2)["started"] == MOMENT.format("02:00")
    assert any(post.startswith("🔴 A12") for post in practice.heard("audience", "alerts"))
    assert "⏳ @Di A12: waitlist #1" in practice.heard("channel", "stream")


@pytest.mark.soak
def test_of_an_item_with_sizes_one_or_all_sell_out(practice: Practice) -> None:
    practice.says(40, "claim D1 S", "Ana")
    assert [stock(practice.report("sell-out@2m:D1/s"), sku) for sku in ("D1-S", "D1-M")] == [
        (1, 1, 0),
        (5, 0, 0),
    ]
    report = practice.report("sell-out@2m:D1")
    assert [stock(report, sku) for sku in ("D1-S", "D1-M")] == [(1, 1, 0), (0, 0, 0)]
    # One run for the item, not one for each size.
    assert len(report["incidents"][0]["runs"]) == 1


def test_a_wrong_count_is_a_discrepancy_that_a_person_decides(practice: Practice) -> None:
    report = practice.report("wrong-count@3m:B3")
    assert stock(report, "B3") == (2, 3, 0)
    assert report["units_oversold"] == 0
    (incident,) = report["incidents"]
    assert incident["what"] == "B3: 2 counted, 3 held."
    assert "miscounted" in {run(report, number)["playbook"] for number in incident["runs"]}
    (exception,) = practice.heard("audience", "exceptions")
    assert "B3: 2 counted, 3 held, 1 missing" in exception


@pytest.mark.soak
def test_what_nobody_holds_cannot_be_miscounted(practice: Practice) -> None:
    report = practice.report("wrong-count@10s:B3")
    (incident,) = report["incidents"]
    assert incident["what"].endswith("nothing happened.")
    assert incident["runs"] == []
    assert stock(report, "B3") == (6, 3, 0)


def test_a_payment_outage_starts_its_playbook(practice: Practice) -> None:
    report = practice.report("payment-outage@4m")
    assert [run(report, one)["playbook"] for one in report["incidents"][0]["runs"]] == [
        "payment-trouble"
    ]
    assert step(report, "payment-trouble", "say")["due"] == MOMENT.format("06:00")


def test_a_question_spike_is_a_burst_of_questions_and_no_claim(practice: Practice) -> None:
    plain = practice.report("payment-outage@4m")
    report = practice.report("question-spike@5m")
    (incident,) = report["incidents"]
    assert incident["lines"] == 12
    assert [run(report, one)["playbook"] for one in incident["runs"]] == ["shipping-questions"]
    assert report["messages"] == plain["messages"] == len(practice.lines)
    assert (report["claims"], report["items"]) == (plain["claims"], plain["items"])


def test_lines_of_a_gap_are_read_back_as_if_they_had_been_heard(practice: Practice) -> None:
    practice.says(650, "claim A12 x6", "Di")
    # A command passes meanwhile; what was typed before it meant what was on stage then.
    practice.says(655, "mine", "Ed")
    practice.says(660, "/stage B3", "Mo", "moderator")
    practice.says(720, "claim A12", "Flo")
    with_gap = practice.report("platform-gap@10m40s+1m")
    stream = practice.heard("channel", "stream")
    read_back = stream.index("I was away 50 s; 2 claims read back, in order.")
    assert "✅ @Di A12: 5 yours, 1 waitlist #1\n⏳ @Ed A12: waitlist #2" in stream
    assert stream.index("▶️ On stage: B3 — Mug, $18.00. Type claim B3.") < read_back
    whole = practice.report("payment-outage@10m40s")
    assert with_gap["items"] == whole["items"]
    assert run(with_gap, with_gap["incidents"][0]["runs"][0])["title"] == "the chat is away"


# --- who was late ---------------------------------------------------------------------------------


def test_what_the_team_types_in_the_log_counts(practice: Practice) -> None:
    practice.says(150, "/playbook step 2 say done", "Hal", "host")
    practice.says(400, "/playbook step 2 next done", "Mo", "moderator")
    report = practice.report("sell-out@2m:A12")
    in_time = step(report, "sold-out-on-camera", "say")
    assert in_time == {
        "step": "say",
        "title": "Say that A12 is gone and that the waitlist is open",
        "owner": "host",
        "state": "done",
        "due": MOMENT.format("03:00"),
        "done_at": MOMENT.format("02:30"),
        "by": "Hal",
        "late": None,
    }
    late = step(report, "sold-out-on-camera", "next")
    assert (late["done_at"], late["by"], late["late"]) == (MOMENT.format("06:40"), "Mo", 160)
    # Nobody did it: it is late by all that was left of the evening.
    never = step(report, "sold-out-on-camera", "count")
    assert (never["done_at"], never["by"], never["late"]) == (None, None, 1_200 - 720)
    # Its turn never came.
    assert step(report, "sold-out-on-camera", "recount")["late"] is None


def test_the_terminal_says_who_was_late(practice: Practice) -> None:
    practice.says(400, "/playbook step 2 next done", "Mo", "moderator")
    out = practice.rehearse("sell-out@2m:A12").out
    happened, _, late = out.partition("Late steps")
    assert "A12: sold out, with 3 held." in happened
    rows = [line.strip("│").split("│") for line in late.splitlines() if "sold-out" in line]
    told = {cells[1].strip().split(": ")[1]: [cell.strip() for cell in cells] for cells in rows}
    assert told["next"][2:] == ["moderator", "00:04:00", "2:40", "Mo"]
    assert told["say"][2:] == ["host", "00:03:00", "17:00", "nobody"]


def test_without_incidents_nothing_is_said_of_them(practice: Practice) -> None:
    said = practice.rehearse()
    assert "Late steps" not in said.out
    report = practice.report()
    assert list(report) == [
        *("messages", "duplicates", "broken", "claims", "units_held", "units_waitlisted"),
        *("units_oversold", "acknowledged", "seconds", "items"),
    ]


# --- asked for in a file, or wrongly --------------------------------------------------------------


@pytest.mark.soak
def test_a_file_of_incidents_is_the_same_as_asking_one_by_one(practice: Practice) -> None:
    wanted = ("sell-out@2m:A12", "platform-gap@15m+1m")
    one_by_one = practice.report(*wanted)
    (practice.folder / "evening.yaml").write_text(
        "- sell-out@2m:A12\n- {kind: platform-gap, at: 15m, for: 1m}\n"
    )
    assert practice.rehearse(more=("--incidents", "evening.yaml")).code == 0
    from_file = json.loads((practice.folder / "out/report.json").read_text())
    assert {**from_file, "seconds": 0} == {**one_by_one, "seconds": 0}


@pytest.mark.parametrize(
    ("incident", "why"),
    [
        ("sellout@12m:A12", "is no kind of incident; there are sell-out, wrong-count"),
        ("sell-out@12m:Q7", "the catalogue has no item Q7"),
        ("sell-out@12m:D1/XL", "D1 has no XL; it has S, M"),
        ("payment-outage@21m", "the rehearsal is over 0:20:00 after its first line"),
        ("platform-gap@19m+2m", "the rehearsal is over 0:20:00 after its first line"),
    ],
)
def test_a_wrong_incident_is_refused_before_anything_runs(
    practice: Practice, incident: str, why: str
) -> None:
    kept = practice.folder / "kept.db"
    said = practice.rehearse(incident, more=("--database", f"sqlite+aiosqlite:///{kept}"))
    assert said.code == 2
    assert why in said.error
    assert said.err.count("\n") == 1
    assert not kept.exists()
    assert not (practice.folder / "out/report.json").exists()


# --- the same however it is cut -------------------------------------------------------------------

LONG = Evening(
    lines=200 if SOAK else 100,
    viewers=40,
    items=10,
    stock=5,
    ends=True,
    lines_a_second=0.33 if SOAK else 0.165,
)
INCIDENTS = (
    *("--incident", "question-spike@1m"),
    *("--incident", "wrong-count@2m:A11"),
    *("--incident", "platform-gap@3m+90s"),
    *("--incident", "sell-out@200s:D1"),
    *("--incident", "payment-outage@5m"),
    *("--incident", "platform-gap@8m+20s"),
)
#: Long enough for the first calls and reminders; in the soak also for holds that are short to end.
WITH_ALL = ("--until", f"2000-01-0{2 if SOAK else 1}T04:20:00Z", *INCIDENTS)


@pytest.fixture(scope="module")
def in_one_go(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """The evening with all its incidents in one go, to compare with."""
    evening = Rehearsed(tmp_path_factory.mktemp("in-one-go"), LONG)
    assert evening.run(*WITH_ALL).code == 0
    return evening


@pytest.mark.timeout(120)
@pytest.mark.parametrize("size", [1, 7] if SOAK else [7])
async def test_the_size_of_batches_changes_nothing(
    tmp_path: Path, in_one_go: Rehearsed, size: int
) -> None:
    evening = Rehearsed(tmp_path, LONG)
    assert evening.run(*WITH_ALL, INTAKE__BATCH_MAX=str(size)).code == 0
    await same(evening.url, in_one_go.url)
    ours, theirs = evening.report(), in_one_go.report()
    assert ours["incidents"] == theirs["incidents"]
    assert ours["steps"] == theirs["steps"]
    assert any("claims read back" in post["text"] for post in evening.outbox())


@pytest.mark.soak
@pytest.mark.postgres
async def test_the_kind_of_database_changes_nothing(
    tmp_path: Path, in_one_go: Rehearsed, postgres_url: str
) -> None:
    evening = Rehearsed(tmp_path, LONG)
    evening.url = postgres_url
    # What is tried and taken back uses numbers up there, and runs are called by theirs.
    assert evening.run(*WITH_ALL, INTAKE__BATCH_MAX="1").code == 0
    await same(evening.url, in_one_go.url)


@pytest.mark.soak
@pytest.mark.timeout(120)
async def test_fed_again_nothing_happens_again(tmp_path: Path, in_one_go: Rehearsed) -> None:
    evening = Rehearsed(tmp_path, LONG)
    assert evening.run(*WITH_ALL).code == 0
    said_once = evening.outbox()
    assert evening.run(*WITH_ALL).code == 0
    await same(evening.url, in_one_go.url)
    assert evening.outbox() == said_once
    assert evening.report()["incidents"] == in_one_go.report()["incidents"]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("commit", [25, 45] if SOAK else [45])
async def test_what_was_cut_off_is_simply_run_again(
    tmp_path: Path, in_one_go: Rehearsed, commit: int
) -> None:
    evening = Rehearsed(tmp_path, LONG)
    assert evening.run(*WITH_ALL, command=dying(commit=commit)).code == -9
    assert evening.run(*WITH_ALL).code == 0
    await same(evening.url, in_one_go.url)


@pytest.mark.soak
def test_another_incident_under_a_known_number_is_reported(tmp_path: Path) -> None:
    evening = Rehearsed(tmp_path, LONG)
    assert evening.run("--incident", "sell-out@1m:A11").code == 0
    said = evening.run("--incident", "sell-out@1m:A12")
    assert said.code == 1
    assert "came with other content" in said.error
    assert [one["code"] for one in evening.report()["incidents"]] == ["A11"]
