"""The command line as a person meets it: what it prints, where, and how it ends."""

import hashlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.checks import Finding
from bot.cli import main
from bot.cli.frame import BUG_LOG, show_bug
from bot.progress import progress
from storage.one_process import one_process

ROOT = Path(__file__).parents[2]
HEADER = "code,variant,sku,title,price,currency,stock,replacements,aliases"
SHOP = f"""{HEADER}
A12,S,A12-S,Linen dress,48.00,USD,8,B3,dress
A12,M,A12-M,Linen dress,48.00,USD,12,B3,dress
B3,,MUG,Stoneware mug,18.00,USD,30,,mug
"""


@dataclass(frozen=True, kw_only=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line on stderr."""
        (line,) = self.err.splitlines()
        return line


Andon = Callable[..., Ended]


@pytest.fixture
def andon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Andon:
    """Run a command in an empty folder with nothing set but what a test sets."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    for name in [name for name in os.environ if name.startswith("ANDON_")]:
        monkeypatch.delenv(name)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("ANDON_WEB__PORT", str(free.getsockname()[1]))
    (tmp_path / "shop.csv").write_text(SHOP, encoding="utf-8")

    def run(*arguments: str) -> Ended:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ended(code=int(ended.value.code or 0), out=said.out, err=said.err)

    return run


def started(*arguments: str, said: bytes = b"", cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "latin-1"}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        input=said,
        cwd=cwd,
        env=environ,
        capture_output=True,
        check=False,
    )


# --- itself ---


def test_help_names_every_command(andon: Andon) -> None:
    said = andon("--help")
    assert said.code == 0
    words = said.out.split()
    expected = "run demo check catalog parse rehearse export db backup --config --version"
    for name in expected.split(" "):
        assert name in words


def test_no_help_is_cut_short(andon: Andon) -> None:
    for group in ((), ("catalog",), ("export",), ("db",)):
        assert "..." not in andon(*group, "--help").out.partition("Commands:")[2]


def test_the_version_is_told(andon: Andon) -> None:
    said = andon("--version")
    assert (said.code, said.out.split()[0]) == (0, "andon")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (("chek",), "check"),
        (("catalog", "improt"), "import"),
        (("run", "--cofnig", "x"), "--config"),
    ],
)
def test_what_is_mistyped_gets_the_nearest(
    andon: Andon, typed: tuple[str, ...], meant: str
) -> None:
    said = andon(*typed)
    assert said.code == 2
    assert meant in said.error
    assert said.out == ""


@pytest.mark.parametrize(
    "typed",
    [
        ("parse",),
        ("parse", "--catalog", "missing.csv"),
        ("catalog", "import", "shop.csv", "--stock", "lose"),
        ("rehearse", "shop.csv", "--catalog", "shop.csv", "--out", "out", "--speed", "0"),
        ("rehearse", "shop.csv", "--catalog", "shop.csv", "--out", "out", "--until", "late"),
        ("export", "claims", "--format", "xml"),
        ("demo", "--port", "70000"),
        ("--config", "missing.toml", "run"),
        ("run", "--config", "missing.toml"),
    ],
)
def test_wrong_use_is_one_line_and_two(andon: Andon, typed: tuple[str, ...]) -> None:
    said = andon(*typed)
    assert said.code == 2
    assert "--help` shows how it is used." in said.error


def test_without_a_command_it_says_what_there_is(andon: Andon) -> None:
    said = andon()
    assert (said.code, said.out) == (2, "")
    assert "Commands:" in said.err


def test_wrong_settings_end_a_command_with_the_first_of_them(
    andon: Andon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANDON_SHOP__CURENCY", "EUR")
    monkeypatch.setenv("ANDON_SHOP__TIMEZONE", "Mars")
    said = andon("catalog", "export")
    assert said.code == 1
    assert (
        "did you mean ANDON_SHOP__CURRENCY? (1 more: `andon check` lists them all.)" in said.error
    )


def test_a_bug_has_a_reference_and_its_traceback_is_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    bug = ZeroDivisionError("units by nobody")
    show_bug(ZeroDivisionError, bug, None)
    (line,) = capsys.readouterr().err.splitlines()
    assert "units by nobody" not in line
    reference = line.partition("(reference ")[2].partition(")")[0]
    log = (tmp_path / BUG_LOG).read_text(encoding="utf-8")
    assert log.startswith(f"--- {reference}\n")
    assert "ZeroDivisionError: units by nobody" in log


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], {"sqlalchemy", "aiohttp", "pydantic", "rich", "asyncpg"}),
        (["parse", "--catalog", "shop.csv", "lines.txt"], {"sqlalchemy", "aiohttp", "rich"}),
    ],
)
def test_a_start_loads_nothing_that_it_does_not_need(
    tmp_path: Path, arguments: list[str], unwanted: set[str]
) -> None:
    (tmp_path / "shop.csv").write_text(SHOP, encoding="utf-8")
    (tmp_path / "lines.txt").write_text("claim B3\n", encoding="utf-8")
    script = (
        "import sys\nfrom bot.cli import main\n"
        f"try: main({arguments!r})\n"
        f"except SystemExit: print('|', *sorted({unwanted!r} & set(sys.modules)))"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script]
    ended = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True
    )
    assert ended.stdout.rpartition("|")[2].split() == []


# --- parse ---


def parsed(out: bytes | str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_each_line_of_chat_becomes_a_line_of_json(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text(SHOP, encoding="utf-8")
    lines = "claim A12 M\nเอา B3 x2\r\n\ncancel a12\nhello"
    said = started("parse", "--catalog", "shop.csv", said=lines.encode(), cwd=tmp_path)
    assert (said.returncode, said.stderr) == (0, b"")
    assert "เอา".encode() in said.stdout
    rows = parsed(said.stdout)
    assert [list(row) for row in rows] == [["text", "kind", "items", "why"]] * 5
    assert [(row["text"], row["kind"]) for row in rows] == [
        ("claim A12 M", "claim"),
        ("เอา B3 x2", "claim"),
        ("", "none"),
        ("cancel a12", "cancel"),
        ("hello", "none"),
    ]
    assert rows[1]["items"] == [{"code": "B3", "variant": None, "quantity": 2}]
    assert rows[3]["items"] == [{"code": "A12", "variant": None, "quantity": None}]


def test_objects_carry_the_stage_and_broken_ones_are_named(andon: Andon, tmp_path: Path) -> None:
    lines = [
        '{"text": "mine", "stage": "b-3"}',
        "{broken",
        '{"text": "mine", "stage": null}',
        "[1]",
        '{"text": 7}',
        '{"text": "mine", "stage": 3}',
        "",
        '{"text": "mine B3"}',
    ]
    (tmp_path / "chat.jsonl").write_text("\n".join(lines), encoding="utf-8")
    said = andon("parse", "--jsonl", "--catalog", "shop.csv", "chat.jsonl")
    assert said.code == 1
    assert [row["kind"] for row in parsed(said.out)] == ["claim", "near_miss", "claim"]
    assert [line.split(":")[1].strip() for line in said.err.splitlines()] == [
        "line 2",
        "line 4",
        "line 5",
        "line 6",
    ]


def test_half_an_emoji_is_answered_as_json(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text(SHOP, encoding="utf-8")
    lines = b'{"text": "mine B3 \\ud83d"}\n'
    said = started("parse", "--jsonl", "--catalog", "shop.csv", said=lines, cwd=tmp_path)
    assert said.returncode == 0
    assert parsed(said.stdout)[0]["text"] == "mine B3 \ud83d"


def test_an_answer_comes_before_the_next_line_is_written(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text(SHOP, encoding="utf-8")
    command = [sys.executable, "-m", "bot", "parse", "--catalog", "shop.csv"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path, env=environ
    ) as talking:
        assert talking.stdin is not None
        assert talking.stdout is not None
        for text in (b"claim B3\n", b"hello\n"):
            talking.stdin.write(text)
            talking.stdin.flush()
            assert json.loads(talking.stdout.readline())["text"].encode() == text.strip()
        talking.stdin.close()
        assert talking.wait() == 0


def test_nobody_reading_any_more_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text(SHOP, encoding="utf-8")
    command = [sys.executable, "-m", "bot", "parse", "--catalog", "shop.csv", "lines.txt"]
    (tmp_path / "lines.txt").write_text("claim B3\n" * 20_000, encoding="utf-8")
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=environ
    ) as talking:
        assert talking.stdout is not None
        assert talking.stderr is not None
        talking.stdout.readline()
        talking.stdout.close()
        assert talking.stderr.read() == b""
        assert talking.wait() == 0


def test_parsing_follows_the_shops_claim_words(
    andon: Andon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANDON_SALE__CLAIM_WORDS", "dibs")
    (tmp_path / "lines.txt").write_text("dibs B3\nchốt B3\n", encoding="utf-8")
    rows = parsed(andon("parse", "--catalog", "shop.csv", "lines.txt").out)
    assert [row["kind"] for row in rows] == ["claim", "none"]


# --- the catalogue ---


def test_a_catalogue_comes_in_and_goes_out_the_same(andon: Andon, tmp_path: Path) -> None:
    said = andon("catalog", "import", "shop.csv")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Imported: 2 new items, 3 new SKUs, ")
    assert andon("catalog", "export", "out.csv").out == "The catalogue is in out.csv.\n"
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == andon("catalog", "export").out
    again = andon("catalog", "import", "out.csv")
    assert again.out.endswith("0 changes, 0 stocks changed, 3 SKUs as they were.\n")


def test_an_export_writes_over_nothing_unless_it_is_told_to(andon: Andon, tmp_path: Path) -> None:
    andon("catalog", "import", "shop.csv")
    said = andon("catalog", "export", "shop.csv")
    assert (said.code, said.out) == (1, "")
    assert said.error == (
        "andon: shop.csv is there already and was left as it is. Name another file, or add --force."
    )
    assert (tmp_path / "shop.csv").read_text(encoding="utf-8") == SHOP
    assert andon("catalog", "export", "--force", "shop.csv").code == 0
    assert (tmp_path / "shop.csv").read_text(encoding="utf-8") == andon("catalog", "export").out
    assert andon("catalog", "export", os.devnull).code == 0
    assert "--force" in andon("catalog", "export", "--help").out


def test_differences_in_stock_are_shown(andon: Andon, tmp_path: Path) -> None:
    andon("catalog", "import", "shop.csv")
    (tmp_path / "shop.csv").write_text(SHOP.replace(",30,", ",25,"), encoding="utf-8")
    assert (
        "  MUG: stock 30 → 25 in the file (kept)\n"
        in andon("catalog", "import", "shop.csv", "--stock", "keep").out
    )
    assert "  MUG: stock 30 → 25\n" in andon("catalog", "import", "shop.csv").out


def test_a_bad_file_is_told_line_by_line_and_makes_no_database(
    andon: Andon, tmp_path: Path
) -> None:
    bad = SHOP.replace("12,B3", "many,B3").replace("18.00", "free")
    (tmp_path / "bad.csv").write_text(bad, encoding="utf-8")
    said = andon("catalog", "import", "bad.csv")
    assert (said.code, said.out) == (1, "")
    first, second, last = said.err.splitlines()
    assert first.startswith("bad.csv:3: column 'stock': ")
    assert second.startswith("bad.csv:4: column 'price': ")
    assert last == "andon: Nothing of bad.csv was taken; put these 2 right and do it again."
    assert not (tmp_path / "andon.db").exists()


def test_an_import_may_name_replacements_that_are_known_already(
    andon: Andon, tmp_path: Path
) -> None:
    andon("catalog", "import", "shop.csv")
    row = "C1,,TEE,Tee,25.00,USD,5,A12,tee"
    (tmp_path / "more.csv").write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    said = andon("catalog", "import", "more.csv")
    assert said.code == 0
    assert "Not in the file, and left as they are: 2 items, 3 SKUs (A12, B3)." in said.out


def test_an_import_that_would_take_what_is_held_is_refused(andon: Andon, tmp_path: Path) -> None:
    andon("catalog", "import", "shop.csv")
    with closing(sqlite3.connect(tmp_path / "andon.db")) as database, database:
        database.execute("UPDATE variants SET reserved = 9 WHERE sku = 'MUG'")
    (tmp_path / "shop.csv").write_text(SHOP.replace(",30,", ",5,"), encoding="utf-8")
    said = andon("catalog", "import", "shop.csv")
    assert said.code == 1
    assert "MUG: 9 are held or paid, so its stock cannot be 5." in said.error


def test_an_import_works_while_a_show_runs(andon: Andon, tmp_path: Path) -> None:
    andon("db", "upgrade")
    with one_process(f"sqlite+aiosqlite:///{tmp_path / 'andon.db'}"):
        assert andon("catalog", "import", "shop.csv").code == 0
        assert andon("backup", "copy.db").code == 0


# --- run, rehearse, keep ---


def test_a_second_run_on_one_file_is_refused(andon: Andon, tmp_path: Path) -> None:
    with one_process(f"sqlite+aiosqlite:///{tmp_path / 'andon.db'}"):
        said = andon("run")
    assert said.code == 1
    assert "is running on andon.db. Stop it first, or give this one a database" in said.error


def test_a_rehearsal_tells_its_numbers_and_finds_conflicts(andon: Andon, tmp_path: Path) -> None:
    def chat(text: str) -> None:
        lines = [
            {"id": 1, "at": 0, "author": "mo", "role": "moderator", "text": "/show start Friday"},
            {"id": 2, "at": 1, "author": "mo", "role": "moderator", "text": "/stage B3"},
            {"id": 3, "at": 20, "author": "ana", "text": text},
        ]
        written = "\n".join(json.dumps(line) for line in lines)
        (tmp_path / "chat.jsonl").write_text(f"{written}\nbroken\n", encoding="utf-8")

    database = ("--database", f"sqlite+aiosqlite:///{tmp_path / 'r.db'}")
    out = ("--out", "out", "--until", "60")
    command = ("rehearse", "chat.jsonl", "--catalog", "shop.csv", *out, *database)
    chat("claim B3 x2")
    said = andon(*command)
    assert said.code == 0
    assert said.error == "1 lines could not be read and were skipped: 4."
    assert "units held" in said.out
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["units_held"] == 2
    exported = andon("export", "claims", "--format", "json", *database)
    (claim,) = json.loads(exported.out)
    assert (claim["sku"], claim["person"], claim["held"]) == ("MUG", "ana", 2)
    assert (claim["place"], claim["message_id"]) == (1, "3")
    chat("claim B3 x5")
    assert "1 known ids came with other content and were not taken in (stream:3)" in (
        andon(*command).err
    )


def test_a_rehearsal_with_a_bad_catalogue_is_refused(andon: Andon, tmp_path: Path) -> None:
    (tmp_path / "chat.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "bad.csv").write_text(SHOP.replace(",30,", ",some,"), encoding="utf-8")
    said = andon("rehearse", "chat.jsonl", "--catalog", "bad.csv", "--out", "out")
    assert said.code == 1
    assert "bad.csv:4: column 'stock'" in said.error


def test_a_database_is_made_and_then_up_to_date(andon: Andon) -> None:
    assert andon("db", "upgrade").out.startswith("The database was made (revision ")
    assert andon("db", "upgrade").out.startswith("The database is up to date (revision ")


def test_a_backup_never_overwrites(andon: Andon) -> None:
    andon("db", "upgrade")
    assert andon("backup", "copy.db").out.startswith("Everything is in copy.db.")
    said = andon("backup", "copy.db")
    assert (said.code, said.error) == (
        1,
        "andon: copy.db exists already and was not touched. Name another file.",
    )


@pytest.mark.parametrize("command", [("export", "claims"), ("catalog", "export")])
def test_nothing_to_hand_out_is_said(andon: Andon, command: tuple[str, ...]) -> None:
    said = andon(*command)
    assert said.code == 1
    assert "There is no Andon database at andon.db." in said.error


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("csv", "show,sku,person,quantity,held,waitlisted,place,message_id,sent_at\n"),
        ("json", "[]\n"),
    ],
)
def test_no_claims_are_an_empty_table(andon: Andon, style: str, text: str) -> None:
    andon("db", "upgrade")
    assert andon("export", "claims", "--format", style).out == text


def test_a_start_on_a_wrong_server_ends_with_that_sentence(
    andon: Andon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def outside(_settings: object, *, seconds: float) -> list[Finding]:
        assert seconds < 10
        return [
            Finding(about="Discord", sentence="The bot is not in the server 42.", stops=True),
            Finding(about="Discord", sentence="In #live the bot lacks Send Messages."),
        ]

    monkeypatch.setattr("bot.checks.chat.check_discord", outside)
    said = andon("run")
    assert (said.code, said.error) == (1, "andon: The bot is not in the server 42.")


def test_a_start_says_what_a_check_would_and_goes_on(
    andon: Andon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lacking(_settings: object, *, seconds: float) -> list[Finding]:
        return [Finding(about="Discord", sentence="In #live the bot lacks Send Messages.")]

    async def briefly(_settings: object, *, ready: Callable[..., Awaitable[None]]) -> None:
        await ready(None, "http://127.0.0.1:1/")

    monkeypatch.setattr("bot.checks.chat.check_discord", lacking)
    monkeypatch.setattr("bot.app.serve", briefly)
    monkeypatch.setenv("ANDON_WEB__STAGE", "true")
    said = andon("run")
    assert (said.code, said.error) == (0, "✗ Discord: In #live the bot lacks Send Messages.")
    assert "Andon is running" in said.out


# --- check ---


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file()
    }


def test_a_shop_that_is_ready_is_told_so_and_left_as_it_is(
    andon: Andon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANDON_WEB__STAGE", "true")
    andon("catalog", "import", "shop.csv")
    before = fingerprints(tmp_path)
    said = andon("check")
    assert (said.code, said.err) == (0, "")
    assert "✓ catalogue: 2 items, 3 SKUs.\n" in said.out
    # How customers pay, and the facts that some answers wait for, only the shop can say.
    remarks = [line for line in said.out.splitlines() if line.startswith("!")]
    assert [line.partition(":")[0] for line in remarks] == [
        "! payments",
        "! privacy",
        "! returns",
        "! returns",
    ]
    assert fingerprints(tmp_path) == before


def test_a_check_before_the_first_start_makes_nothing(
    andon: Andon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANDON_WEB__STAGE", "true")
    before = fingerprints(tmp_path)
    said = andon("check")
    assert said.code == 0
    assert "! catalogue: It is empty" in said.out
    assert said.out.endswith("Nothing is wrong; before a show, see to the lines with !.\n")
    assert "the first `andon catalog import` or `andon run` makes it" in said.out
    assert fingerprints(tmp_path) == before


def test_every_wrong_setting_is_listed(andon: Andon, tmp_path: Path) -> None:
    text = '[shop]\ncurency = "EUR"\n[web]\nhost = "0.0.0.0"\n'
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    said = andon("check", "--config", "mine.toml")
    assert said.code == 1
    listed = [line for line in said.err.splitlines() if line.startswith("✗ settings: ")]
    assert [line.split(": ")[1] for line in listed] == ["mine.toml:2", "mine.toml:4"]
    assert "2 problems to put right." in said.err


def test_what_viewers_would_stumble_over_is_listed(andon: Andon, tmp_path: Path) -> None:
    rows = [
        "S,,ONE,First,10.00,EUR,5,,",
        "sold,,TWO,Second,10.00,EUR,5,,",
        "C1,,TEE,Third,10.00,EUR,0,,black",
        "7,,P7,Fourth,10.00,EUR,1,,",
    ]
    (tmp_path / "odd.csv").write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    andon("catalog", "import", "odd.csv")
    with closing(sqlite3.connect(tmp_path / "andon.db")) as database, database:
        database.execute("UPDATE items SET replacements = '[\"Z9\"]' WHERE code = '7'")
        database.execute("INSERT INTO item_aliases SELECT 'c-1', id FROM items WHERE code = '7'")
    said = andon("check")
    assert said.code == 1
    assert (
        "! catalogue: C1 has no stock: /stock set C1 UNITS, or import it with stock."
    ) in said.out.splitlines()
    assert [line for line in said.err.splitlines() if line.startswith("✗ catalogue: ")] == [
        "✗ catalogue: The code 'S' of S is also a size or colour, so a claim of it may be read as "
        "that; choose another.",
        "✗ catalogue: The code 'sold' of sold is a claim word itself; choose another.",
        "✗ catalogue: The alias 'black' of C1 is also a size or colour, so a claim of it may be "
        "read as that; choose another.",
        "✗ catalogue: The alias 'c-1' of 7 also means C1; take it from one of them.",
        "✗ catalogue: 7 is to be replaced by Z9, which there is not; correct it.",
        "✗ catalogue: S, sold, C1, 7: priced in EUR, though the shop's currency is USD; set "
        "shop.currency, or import prices in it.",
    ]


def test_a_busy_port_a_strange_file_and_bad_copy_are_listed_together(
    andon: Andon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "andon.db").write_text("a diary, not a database", encoding="utf-8")
    (tmp_path / "copy.yaml").write_text(
        'claims.yours: "{{ who|at }} {{ items"\nclaims.nobody_says: hm\nclaims.more_wait: 7\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("ANDON_SHOP__COPY_FILE", "copy.yaml")
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        monkeypatch.setenv("ANDON_WEB__PORT", port)
        said = andon("check")
    assert said.code == 1
    problems = said.err.splitlines()
    assert [line.partition(": ")[0] for line in problems[:-1]] == [
        "✗ chat",
        "✗ database",
        "✗ web",
        "✗ copy file",
        "✗ copy file",
        "✗ copy file",
    ]
    assert f"Port {port} of 127.0.0.1 cannot be had" in problems[2]


def test_an_older_database_is_told_what_to_do(andon: Andon, tmp_path: Path) -> None:
    andon("db", "upgrade")
    with closing(sqlite3.connect(tmp_path / "andon.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0000'")
    said = andon("check")
    assert said.code == 1
    assert "Run `andon db upgrade`" in said.err


def test_a_folder_that_is_not_there_is_a_problem(andon: Andon) -> None:
    said = andon("check", "--database", "sqlite+aiosqlite:///nowhere/andon.db")
    assert said.code == 1
    assert "The folder nowhere does not exist." in said.err


# --- progress ---


def test_no_bar_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Rehearsing") as told:
        told(1, 2)
    assert capsys.readouterr() == ("", "")


def test_check_looks_at_what_is_staged_too(andon: Andon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANDON_WEB__STAGE", "true")
    andon("catalog", "import", "shop.csv")
    assert "staging" not in andon("check").out
    said = andon("check", "--show")
    assert said.code == 1
    assert "✗ staging: " in said.err
