"""What may stand in no file of the repository, wherever it came from."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_OURS = {
    ".git", ".venv", "build", "dist", "__pycache__",
    ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache",
}  # fmt: skip

# The three edges that turn a bug into a reference id. Each may be a module or a package.
EDGES = re.compile(r"bot/(intake|relay|clockwork)(\.py|/.+)")

# Put together from halves, so that this file may stand in the repository too.
FORBIDDEN = {
    "a package index": re.compile(
        "|".join(
            [
                r"\bpy" + r"pi\.(org|io)\b",
                r"\bpython" + r"hosted\.org\b",
                r"\bregistry\.(npm" + r"js|yarn" + r"pkg)\.",
                r"\bproxy\.go" + r"lang\.org\b",
                r"--(extra-)?index" + r"-url[ =]+\S",
                r"--find" + r"-links[ =]+\S",
            ]
        )
    ),
    "a path of one machine": re.compile(r"(?<![\w.*-])/(" + r"work|root|home|Users" + r")/\w"),
    "unfinished work": re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b"),
}


def files() -> list[str]:
    """Every file that is committed or about to be, as a path from the root, sorted."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        git = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        listed = git.stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        below = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        listed = [path.as_posix() for path in below if not NOT_OURS & set(path.parts)]
    # What was just removed is still in git's index.
    return sorted({name for name in listed if (ROOT / name).is_file()})


def text_of(name: str) -> str:
    """The file's text; what is not text (a picture) reads as a line of signs that match nothing."""
    return (ROOT / name).read_bytes().decode("utf-8", errors="replace")


def unwanted(text: str) -> list[str]:
    """Each forbidden thing in `text`, with its line."""
    return [
        f"line {number}: {what}: {line.strip()[:80]}"
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in FORBIDDEN.items()
        if pattern.search(line)
    ]


def broad_catches(source: str) -> list[int]:
    """Lines that swallow any error: bare, `Exception` or `BaseException`, in `suppress` too.

    A `BaseException` that is raised again at the end only cleans up, and is fine.
    """
    return sorted(
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.ExceptHandler) and _is_broad(node) and not _only_cleans_up(node))
        or (isinstance(node, ast.Call) and _is_broad_suppress(node))
    )


def _is_broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or bool({"Exception", "BaseException"} & set(_names(handler.type)))


def _only_cleans_up(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    named = set(_names(handler.type)) if handler.type else set()
    return named == {"BaseException"} and isinstance(last, ast.Raise) and last.exc is None


def _is_broad_suppress(call: ast.Call) -> bool:
    return "suppress" in _names(call.func) and any(
        name in {"Exception", "BaseException"} for arg in call.args for name in _names(arg)
    )


def _names(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield name
        case ast.Tuple(elts=parts):
            for part in parts:
                yield from _names(part)


def waits(source: str) -> list[int]:
    """Lines that sleep. `sleep(0)` does not: it lets others go first."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and "sleep" in _names(node.func)
        and not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
    ]


def clock_readings(source: str) -> list[int]:
    """Lines that read the wall clock themselves."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name | ast.Attribute)
        and (*_names(node.func.value), node.func.attr)
        in {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
    ]


def found(check: Callable[[str], Sequence[object]], names: list[str]) -> dict[str, object]:
    """What `check` finds, by file. Not one test a file: workers must agree on the list of tests."""
    assert names
    return {name: hits for name in names if (hits := check(text_of(name)))}


def python_in(*rooms: str) -> list[str]:
    """The Python files below these folders; all of them if none is named."""
    return [name for name in files() if name.endswith(".py") and name.startswith(rooms or "")]


def test_no_file_holds_anything_unwanted() -> None:
    assert found(unwanted, files()) == {}


def test_only_the_edges_catch_everything() -> None:
    inside = [name for name in python_in() if not EDGES.fullmatch(name)]
    assert found(broad_catches, inside) == {}


def test_no_test_sleeps() -> None:
    assert found(waits, python_in("tests/")) == {}


def test_time_comes_from_a_clock_that_is_passed_in() -> None:
    assert found(clock_readings, python_in("handlers/", "playbooks/")) == {}


def test_every_module_is_named_for_what_it_does() -> None:
    vague = {"utils.py", "util.py", "helpers.py", "misc.py", "common.py"}
    assert [name for name in files() if Path(name).name in vague] == []


def test_the_list_of_files_is_a_whole_repository() -> None:
    assert {"pyproject.toml", "requirements/dev.txt", "handlers/__init__.py"} <= set(files())


@pytest.mark.parametrize("name", ["requirements/run.txt", "requirements/dev.txt"])
def test_every_locked_package_has_a_version_and_a_hash(name: str) -> None:
    blocks = re.split(r"^(?=[A-Za-z])", text_of(name), flags=re.MULTILINE)[1:]
    assert len(blocks) > 20
    assert [
        block for block in blocks if not re.match(r"[\w.-]+==\S.*\\\n +--hash=sha256:", block)
    ] == []


@pytest.mark.parametrize(
    "text",
    [
        "--index" + "-url https://example.invalid/simple",
        "curl https://py" + "pi.org/simple/",
        "https://files.python" + "hosted.org/packages/x.whl",
        "cd /ro" + "ot/project",
        "see /ho" + "me/ana/andon.db",
        "path: '/wo" + "rk/main'",
        "# TO" + "DO: later",
    ],
)
def test_the_unwanted_is_found(text: str) -> None:
    assert len(unwanted(f"first line\n{text}\n")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "#!/usr/bin/env bash",
        "to do",
        "the patch/work/day",
        "https://example.org/work",
        "--no-emit-index-url",
    ],
)
def test_the_harmless_is_left_alone(text: str) -> None:
    assert unwanted(text) == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("try:\n    go()\nexcept Exception:\n    x = 1", [3]),
        ("try:\n    go()\nexcept:\n    x = 1", [3]),
        ("try:\n    go()\nexcept (OSError, Exception) as error:\n    raise", [3]),
        ("try:\n    go()\nexcept builtins.BaseException:\n    x = 1", [3]),
        ("with contextlib.suppress(Exception):\n    go()", [1]),
        ("try:\n    go()\nexcept BaseException:\n    undo()\n    raise", []),
        ("try:\n    go()\nexcept (OSError, ValueError):\n    x = 1", []),
    ],
)
def test_a_broad_catch_is_found(source: str, lines: list[int]) -> None:
    assert broad_catches(source) == lines


@pytest.mark.parametrize("name", ["bot/intake.py", "bot/relay/sender.py", "bot/clockwork/tick.py"])
def test_an_edge_is_known(name: str) -> None:
    assert EDGES.fullmatch(name)


@pytest.mark.parametrize("name", ["bot/intake_helper.py", "handlers/intake.py", "bot/app.py"])
def test_what_is_no_edge_is_not_taken_for_one(name: str) -> None:
    assert not EDGES.fullmatch(name)


def test_sleeping_and_clock_reading_are_found() -> None:
    assert waits("time.sleep(1)\nawait asyncio.sleep(0)\nawait sleep(pause)") == [1, 3]
    source = "datetime.now(UTC)\ndatetime.datetime.now()\ntime.time()\nclock.now()\ndate.today()"
    assert clock_readings(source) == [1, 2, 3, 5]
