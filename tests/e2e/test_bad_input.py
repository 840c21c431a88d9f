"""What people feed `andon` by mistake: counted, skipped, or refused in one sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.process import Said, andon

CATALOGUE = "code,variant,sku,title,price,currency,stock\nM3,,M3,Mug,18.00,USD,3\n"
ZERO = {"id": 0, "at": 0, "author": "mo", "role": "moderator", "text": "/show start Friday"}


class Desk:
    """A folder with a catalogue, in which chat logs are rehearsed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "shop.csv").write_text(CATALOGUE)

    def rehearse(self, *lines: Any, more: tuple[str, ...] = ()) -> Said:
        """Rehearse these lines, objects or raw text."""
        raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        (self.folder / "chat.jsonl").write_bytes(b"\n".join(raw))
        return self.run("chat.jsonl", "--catalog", "shop.csv", "--out", "out", *more)

    def run(self, *arguments: str) -> Said:
        return andon("rehearse", *arguments, folder=self.folder, SALE__CLAIMABLE="listed")

    def report(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.folder / "out/report.json").read_text())
        return read

    def said(self) -> str:
        return (self.folder / "out/outbox.jsonl").read_text(encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def line(id: Any, at: Any, text: Any, author: Any = "ana", **more: Any) -> dict[str, Any]:
    return {"id": id, "at": at, "author": author, "text": text, **more}


BROKEN = [
    b"not json",
    b"[]",
    b"null",
    b'"claim M3"',
    b"{}",
    b'{"id": 1, "at": NaN, "author": "ana", "text": "claim M3"}',
    b'{"id": 1, "at": 1e999, "author": "ana", "text": "claim M3"}',
    b'{"id": 1, "at": 1e12, "author": "ana", "text": "claim M3"}',
    b'{"id": 1, "at": ' + b"9" * 5_000 + b', "author": "ana", "text": "claim M3"}',
    b"[" * 100_000,
    line(None, 1, "claim M3"),
    line(True, 1, "claim M3"),
    line("", 1, "claim M3"),
    line("x" * 201, 1, "claim M3"),
    line([1], 1, "claim M3"),
    line("a\0b", 1, "claim M3"),
    line("\ud83d", 1, "claim M3"),
    line(1, None, "claim M3"),
    line(1, True, "claim M3"),
    line(1, "yesterday", "claim M3"),
    line(1, "0001-01-01T00:00:00+23:00", "claim M3"),
    line(1, "9999-12-31T23:59:59Z", "claim M3"),
    line(1, 1, None),
    line(1, 1, 5),
    line(1, 1, "claim M3", author=None),
    line(1, 1, "claim M3", author=""),
    line(1, 1, "claim M3", role="king"),
    line(1, 1, "claim M3", role=["viewer"]),
    line(1, 1, "claim M3", channel={"id": 1}),
]


def test_broken_lines_are_counted_and_skipped(desk: Desk) -> None:
    said = desk.rehearse(*BROKEN, ZERO, b"", b"  ", line(1, 1, "claim M3"), *BROKEN)
    assert said.code == 0
    assert (
        f"{2 * len(BROKEN)} lines could not be read and were skipped: 1, 2, 3, 4, 5, …." in said.err
    )
    report = desk.report()
    assert (report["broken"], report["messages"]) == (2 * len(BROKEN), 2)
    assert report["units_held"] == 1


ODD = [
    line(1, 1, "x" * 10_000),
    line(2, 1, "claim M3 " * 1_200),
    line(3, 1, "\u202eclaim M3\u202c"),
    line(4, 1, "\0claim M3\x07", author="bo"),
    line(5, 1, "claim M3 \ud83d", author="cy"),
    line(6, 1, "", author="cy"),
    line(7, 1, "line one\nline two\r\n@everyone <@&1> **bold** `code`", author="cy"),
    line(8, 1, "claim M3", author="di", name="Di\u202e\n@everyone **x** " + "y" * 5_000),
    line(9, 1, "/", author="di"),
    line(10, 1, "/show end", author="di"),
    line(11, 1, "/stage " + "Z" * 9_000, author="mo", role="moderator"),
    line(12, 1, "claim M3", author=77, name=5),
    line("ünï-çødé", "2000-01-01T00:00:02", "hello", author="é"),
    line("z", "2000-01-01T01:00:03+01:00", "claim M3", author="fi", channel="stream 2"),
    line("a:b|c", 4, "hello", author="f|g:h}"),
]


def test_odd_lines_are_taken_as_they_are(desk: Desk) -> None:
    said = desk.rehearse(ZERO, *ODD)
    assert (said.code, said.error) == (0, "")
    report = desk.report()
    assert (report["broken"], report["messages"]) == (0, 1 + len(ODD))
    assert report["units_held"] == 3
    assert report["acknowledged"] == report["claims"]
    assert "this is a bug" not in desk.said().lower()
    # Nobody is mentioned and nothing is formatted by what people typed.
    posts = [json.loads(post) for post in desk.said().splitlines()]
    # The card of a run has bold words of ours.
    posts = [post for post in posts if not post["kind"].startswith("runs.")]
    assert not any("@everyone" in post["text"] or "**" in post["text"] for post in posts)
    assert not any("\u202e" in post["text"] for post in posts)
    assert all(len(post["text"]) <= 2_000 for post in posts)


def test_a_byte_order_mark_and_windows_line_ends_are_no_trouble(desk: Desk) -> None:
    lines = [json.dumps(each).encode() for each in (ZERO, line(1, 1, "claim M3"))]
    (desk.folder / "chat.jsonl").write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines))
    assert desk.run("chat.jsonl", "--catalog", "shop.csv", "--out", "out").code == 0
    assert (desk.report()["broken"], desk.report()["units_held"]) == (0, 1)


def test_an_id_is_the_same_as_a_number_and_as_text(desk: Desk) -> None:
    same = desk.rehearse(ZERO, line(1, 1, "claim M3"), line("1", 1, "claim M3"))
    assert (same.code, desk.report()["duplicates"], desk.report()["units_held"]) == (0, 1, 1)


@pytest.mark.parametrize(
    "other",
    [
        line(1, 1, "claim M3 x2"),
        line(1, 1, "claim M3", author="bo"),
        line(1, 2, "claim M3"),
        line(1, 1, "/help"),
    ],
)
def test_a_known_id_with_other_content_is_reported_and_changes_nothing(
    desk: Desk, other: dict[str, Any]
) -> None:
    said = desk.rehearse(ZERO, line(1, 1, "claim M3"), other)
    assert said.code == 1
    assert "1 known ids came with other content and were not taken in (stream:1)" in said.error
    assert (desk.report()["units_held"], desk.report()["duplicates"]) == (1, 1)


def test_time_that_goes_back_is_read_in_the_order_of_the_file(desk: Desk) -> None:
    late = [line(n, 100 - n, "claim M3", author=f"v{n}") for n in range(1, 6)]
    more = ("--database", f"sqlite+aiosqlite:///{desk.folder / 'a.db'}")
    assert desk.rehearse(ZERO, line(0.5, 200, "hi"), *late, more=more).code == 0
    exported = andon("export", "claims", "--format", "json", *more, folder=desk.folder)
    rows = json.loads(exported.out)
    assert [(row["person"], row["held"]) for row in rows] == [
        ("v1", 1), ("v2", 1), ("v3", 1), ("v4", 0), ("v5", 0),
    ]  # fmt: skip


@pytest.mark.parametrize("lines", [(), (b"",), (b"garbage",)])
def test_an_empty_log_is_an_empty_evening(desk: Desk, lines: tuple[bytes, ...]) -> None:
    said = desk.rehearse(*lines)
    assert said.code == 0
    report = desk.report()
    assert (report["messages"], report["claims"], report["broken"]) == (
        0,
        0,
        int(b"garbage" in lines),
    )
    assert report["items"] == [
        {"sku": "M3", "on_hand": 3, "reserved": 0, "waitlisted": 0, "pending": 0}
    ]
    assert desk.said() == ""


def test_a_viewer_may_be_called_rehearsal(desk: Desk) -> None:
    assert (
        desk.rehearse(line("the show", 1, "claim M3", author="rehearsal", name="Rehearsal")).code
        == 0
    )
    assert (desk.report()["messages"], desk.report()["units_held"]) == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("no.jsonl", "--catalog", "shop.csv", "--out", "out"), 2, "no.jsonl"),
        (("chat.jsonl", "--catalog", "no.csv", "--out", "out"), 2, "no.csv"),
        (("chat.jsonl", "--out", "out"), 2, "--catalog"),
        (("chat.jsonl", "--catalog", "shop.csv"), 2, "--out"),
        (("chat.jsonl", "--catalog", "bad.csv", "--out", "out"), 1, "bad.csv:2: column 'price'"),
        (("chat.jsonl", "--catalog", "shop.csv", "--out", "shop.csv/out"), 1, "shop.csv"),
        (("chat.jsonl", "--catalog", "shop.csv", "--out", "out", "--database", "x"), 1, "database"),
        (
            ("chat.jsonl", "--catalog", "shop.csv", "--out", "out", "--database", "sqlite+aiosqlite:///n/a.db"),
            1,
            "folder",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_had_is_said_in_one_line(
    desk: Desk, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    (desk.folder / "chat.jsonl").write_text(json.dumps(ZERO))
    (desk.folder / "bad.csv").write_text(CATALOGUE.replace("18.00", "cheap"))
    said = desk.run(*arguments)
    assert (said.code, said.out) == (code, "")
    assert sentence in said.error
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err


def test_a_bad_row_is_named_by_line_and_column_and_nothing_is_taken(desk: Desk) -> None:
    (desk.folder / "bad.csv").write_text(CATALOGUE + "M4,,M4,Bowl,22.00,USD,some\n")
    said = andon("catalog", "import", "bad.csv", folder=desk.folder)
    assert said.code == 1
    assert "bad.csv:3: column 'stock': 'some' is not a stock" in said.error
    assert not (desk.folder / "andon.db").exists()
