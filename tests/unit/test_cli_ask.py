"""`andon ask`: questions in, the FAQ's entries out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STARTER = ROOT / "handlers" / "faq" / "starter.yaml"


def ask(said: str | bytes, *, faq: Path = STARTER) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "bot", "ask", "--faq", str(faq)]
    given = said.encode() if isinstance(said, str) else said
    return subprocess.run(command, input=given, capture_output=True, check=False, cwd=ROOT)


def test_each_line_becomes_one_object() -> None:
    ended = ask("how much is shipping?\nlovely dress\nclaim A12 M\n\n")
    assert (ended.returncode, ended.stderr) == (0, b"")
    objects = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [one["faq"] for one in objects] == ["shipping-cost", None, None, None]
    assert [one["text"] for one in objects] == [
        "how much is shipping?",
        "lovely dress",
        "claim A12 M",
        "",
    ]
    assert all(list(one) == ["text", "faq", "score"] for one in objects)
    assert all(0 <= one["score"] <= 1 for one in objects)


def test_bytes_that_are_no_text_are_answered_too() -> None:
    ended = ask(b"\xff\xfe\n\xef\xbb\xbfhow much is shipping\r\n")
    assert ended.returncode == 0
    assert json.loads(ended.stdout.splitlines()[1])["faq"] == "shipping-cost"


def test_a_file_with_problems_is_refused_with_all_of_them(tmp_path: Path) -> None:
    faq = tmp_path / "faq.yaml"
    faq.write_text("- {id: a, questions: [how]}\n- {id: b, answer: x}\n", encoding="utf-8")
    ended = ask("how\n", faq=faq)
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert ended.stderr.decode().splitlines() == [
        "faq.yaml:1: answer: is missing.",
        "faq.yaml:2: questions: is missing.",
        "andon: faq.yaml was not asked; put these 2 right and do it again.",
    ]


@pytest.mark.parametrize("arguments", [[], ["--faq", "nowhere.yaml"]])
def test_used_wrongly_it_says_how(arguments: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "ask", *arguments],
        input=b"",
        capture_output=True,
        check=False,
        cwd=ROOT,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith(b"andon: ")
