"""`andon moderate`: a shop tries the rules on last week's chat."""

import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main

SHOP = """code,variant,sku,title,price,currency,stock
K21,M,K21-M,Linen dress,48.00,USD,8
H3,,MUG,Stoneware mug,18.00,USD,30
"""

Moderate = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def moderate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Moderate:
    """Run it on lines; return its exit code, what it wrote, and what it said of trouble."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    for name in [name for name in os.environ if name.startswith("ANDON_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ANDON_SHOP__NAME", "Linen Lab")
    (tmp_path / "shop.csv").write_text(SHOP, encoding="utf-8")

    def run(lines: Iterable[str | dict[str, Any]], *options: str) -> tuple[int, list[Any], str]:
        written = (one if isinstance(one, str) else json.dumps(one) for one in lines)
        (tmp_path / "chat").write_text("\n".join(written) + "\n", encoding="utf-8")
        with pytest.raises(SystemExit) as ended:
            main(["moderate", "chat", *options])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return int(ended.value.code or 0), [json.loads(o) for o in said.out.splitlines()], said.err

    return run


def line(text: str, at: float | str = 0, author: str = "ana", **more: Any) -> dict[str, Any]:
    return {"at": at, "author": author, "name": author, "text": text, **more}


def test_each_plain_line_is_a_new_viewers_first(moderate: Moderate) -> None:
    lines = ["hello all", "claim K21 M", "", "free nitro, dm me", *["same words here"] * 20]
    code, said, _ = moderate(lines, "--catalog", "shop.csv")
    assert code == 0
    assert [one["text"] for one in said] == lines
    assert [one["action"] for one in said] == ["none", "none", "none", "delete", *["none"] * 20]
    assert said[0] == {"text": "hello all", "action": "none", "rule": None, "why": ""}
    assert said[3]["rule"] == "scam"
    assert "free" in said[3]["why"]


def test_objects_keep_state_by_author_and_time(moderate: Moderate) -> None:
    lines = [line("please show the blue one", n) for n in range(5)]
    lines += [line("please show the blue one", 9000), line("please show the blue one", 3, "bea")]
    _, said, _ = moderate(lines, "--jsonl")
    assert [one["action"] for one in said] == [*["none"] * 3, "warn", "warn", "none", "none"]


def test_times_may_be_dates(moderate: Moderate) -> None:
    days = ["2026-07-01T20:00:00Z", "2026-07-01T22:00:00+02:00", "2026-07-01T20:00:03"]
    lines = [line("please show the blue one", at) for at in (*days, days[2])]
    assert moderate(lines, "--jsonl")[1][-1]["action"] == "warn"


@pytest.mark.parametrize("catalogue", [("--catalog", "shop.csv"), ()])
def test_claims_pass_however_many_say_them(moderate: Moderate, catalogue: tuple[str, ...]) -> None:
    claims = ("claim K21 M", "mine", "H3+1", "cancel H3", "K21 sold out?")
    lines = [line(text, n / 30, f"v{n}", stage="H3") for text in claims for n in range(30)]
    code, said, _ = moderate(lines, "--jsonl", *catalogue)
    assert (code, {one["action"] for one in said}) == (0, {"none"})


def test_the_team_is_exempt_and_the_shops_name_protected(moderate: Moderate) -> None:
    text = "message me about your refund"
    lines = [
        line(text, name="Linen Lab", role="host", author="1"),
        line(text, name="L1nen Lab", author="2"),
        line(text, name="Ben", author="3"),
    ]
    _, said, _ = moderate(lines, "--jsonl")
    assert [one["rule"] for one in said] == [None, "impostor", None]


def test_a_broken_line_is_named_and_skipped(moderate: Moderate) -> None:
    lines = ["nonsense", line("hi"), '{"at": 1}', "", line("x", at="soon"), line("y", at=1e300)]
    code, said, trouble = moderate(lines, "--jsonl")
    assert code == 1
    assert [one["text"] for one in said] == ["hi"]
    assert [part.split(":")[1].strip() for part in trouble.splitlines()] == [
        "line 1", "line 3", "line 5", "line 6",
    ]  # fmt: skip


def test_no_text_stops_it(moderate: Moderate) -> None:
    lines: list[Any] = ["\u202e\u0000", "a" * 50_000, "{}", "😀" * 500, "http://[", "@" * 3000]
    code, said, _ = moderate(lines)
    assert (code, len(said)) == (0, 6)
    assert moderate([line("\ud800 hi", author="x")], "--jsonl")[0] == 0
