"""`andon report` and `andon export times`, over what a rehearsal left."""

import json
from pathlib import Path

from tests.unit.test_cli import Andon, andon

__all__ = ["andon"]

DATABASE = ("--database", "sqlite+aiosqlite:///shop.db")


def rehearsed(andon: Andon, folder: Path) -> None:
    """A show in which two people claim and one waits."""
    log = [
        {"id": number, "at": number, "author": who, "name": who.title(), "text": text, "role": role}
        for number, (who, text, role) in enumerate(
            (
                ("mo", "/show start Friday", "moderator"),
                ("ana", "claim A12 S x8", "viewer"),
                ("bob", "claim A12 S x2", "viewer"),
                ("cleo", "claim mug", "viewer"),
                ("mo", "/show end", "moderator"),
            )
        )
    ]
    lines = "".join(json.dumps(line) + "\n" for line in log)
    (folder / "chat.jsonl").write_text(lines, encoding="utf-8")
    (folder / "andon.toml").write_text('[sale]\nclaimable = "listed"\n', encoding="utf-8")
    said = andon("rehearse", "chat.jsonl", "--catalog", "shop.csv", "--out", "out", *DATABASE)
    assert said.code == 0, said.err


def test_a_show_is_reported_as_text_picture_and_table(andon: Andon, tmp_path: Path) -> None:
    rehearsed(andon, tmp_path)
    said = andon("report", *DATABASE)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[0].startswith("📊 Friday (S")
    assert "Claimed $402.00 (9 units): paid $0.00 (0 %)" in said.out
    assert "Wanted and not had: A12 / S ×2; 2 in all." in said.out
    # A log's time says nothing of how fast a platform was.
    assert "No claim from the chat was acknowledged yet." in said.out
    written = andon("report", "friday", "--out", "reports", *DATABASE)
    assert written.code == 0
    name = written.out.removeprefix("It is in ").split(".txt")[0]
    assert (tmp_path / f"{name}.txt").read_text(encoding="utf-8") == said.out
    assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert "unmet_units,A12-S,2,units" in (tmp_path / f"{name}.csv").read_text(encoding="utf-8")
    missing = andon("report", "Monday", *DATABASE)
    assert missing.code == 1
    assert "There is no show called Monday" in missing.error


def test_times_are_exported_a_row_an_order(andon: Andon, tmp_path: Path) -> None:
    rehearsed(andon, tmp_path)
    header, *rows = andon("export", "times", *DATABASE).out.splitlines()
    assert header.startswith("order,show,state,claimed,held,checkout_sent,paid,")
    assert len(rows) == 2
    times = json.loads(andon("export", "times", "--format", "json", *DATABASE).out)
    assert [one["claimed"] for one in times] == [
        "2000-01-01T00:00:01+00:00",
        "2000-01-01T00:00:03+00:00",
    ]
    assert all(one["checkout_sent"] == "2000-01-01T00:00:04+00:00" for one in times)
