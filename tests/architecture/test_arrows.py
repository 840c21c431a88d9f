"""The arrows of the house: bot -> handlers -> {playbooks, storage}; SDKs live in the bot."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MAY_IMPORT = {
    "bot": {"bot", "handlers", "playbooks", "storage"},
    "handlers": {"handlers", "playbooks", "storage"},
    "playbooks": {"playbooks"},
    "storage": {"storage"},
}
OURS = {*MAY_IMPORT, "tests", "benchmarks"}
HOME_OF = {
    "discord": "bot/platforms/",
    "slack_bolt": "bot/platforms/",
    "slack_sdk": "bot/platforms/",
    "aiohttp": "bot/",
    "apscheduler": "bot/",
}
HEAVY = {"stripe", "matplotlib", "fpdf", "segno"}


@dataclass(frozen=True, kw_only=True)
class Import:
    """One top-level package that a source asks for."""

    package: str
    line: int
    on_load: bool


def imports(node: ast.AST, package: str, *, on_load: bool = True) -> Iterator[Import]:
    """Every import below `node`; `on_load` is false inside functions and for type checkers."""
    for child in ast.iter_child_nodes(node):
        for name in _named(child, package):
            yield Import(package=name, line=child.lineno, on_load=on_load)  # type: ignore[attr-defined]
        match child:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from imports(child, package, on_load=False)
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                typing_only = ast.Module(body=child.body, type_ignores=[])
                otherwise = ast.Module(body=child.orelse, type_ignores=[])
                yield from imports(typing_only, package, on_load=False)
                yield from imports(otherwise, package, on_load=on_load)
            case _:
                yield from imports(child, package, on_load=on_load)


def _named(node: ast.AST, package: str) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name.partition(".")[0] for alias in names]
        case ast.ImportFrom(level=0, module=str(module)):
            return [module.partition(".")[0]]
        case ast.ImportFrom():
            return [package]
        case ast.Call(
            func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(module)), *_],
        ):
            return [module.partition(".")[0] or package]
    return []


def broken_arrows(path: str, source: str) -> list[str]:
    """What `source`, standing at `path`, imports against the rules: one sentence each."""
    room = path.partition("/")[0]
    found = []
    for each in imports(ast.parse(source), room):
        where, name = f"{path}:{each.line}", each.package
        if name in OURS and name not in MAY_IMPORT[room]:
            found.append(f"{where}: {room} must not know {name}")
        if name in HOME_OF and not path.startswith(HOME_OF[name]):
            found.append(f"{where}: {name} belongs in {HOME_OF[name]}")
        if name in HEAVY and each.on_load:
            found.append(f"{where}: {name} is heavy: import it inside the function that needs it")
    return found


def sources() -> list[str]:
    """Every Python file of the four rooms, as a path from the root, sorted."""
    found = (path for room in MAY_IMPORT for path in (ROOT / room).rglob("*.py"))
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def test_every_source_keeps_the_arrows() -> None:
    broken = [broken_arrows(path, (ROOT / path).read_text(encoding="utf-8")) for path in sources()]
    assert [sentence for sentences in broken for sentence in sentences] == []


def test_all_four_rooms_are_looked_at() -> None:
    assert {path.partition("/")[0] for path in sources()} == set(MAY_IMPORT)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("handlers/claims/capture.py", "from bot import app"),
        ("handlers/claims/capture.py", "def late():\n    import bot.app"),
        ("handlers/claims/capture.py", "if TYPE_CHECKING:\n    from bot.app import App"),
        ("handlers/claims/capture.py", "importlib.import_module('bot.app')"),
        ("handlers/claims/capture.py", "from tests.fakes import shop"),
        ("storage/outbox.py", "import handlers.messages"),
        ("storage/outbox.py", "from playbooks.model import Step"),
        (
            "playbooks/engine.py",
            "try:\n    from storage import schema\nexcept ImportError:\n    x = 1",
        ),
        ("handlers/team.py", "from slack_sdk.web import WebClient"),
        ("handlers/team.py", "from aiohttp import web"),
        ("storage/engine.py", "import apscheduler.triggers"),
        ("bot/relay.py", "def send():\n    import discord"),
        ("bot/platforms_old.py", "import slack_bolt"),
        ("bot/web/pay.py", "import stripe"),
        ("handlers/scorecard.py", "class Picture:\n    import matplotlib.pyplot as plt"),
        ("handlers/fulfilment.py", "if TYPE_CHECKING:\n    pass\nelse:\n    import fpdf"),
    ],
)
def test_a_broken_arrow_is_found(path: str, source: str) -> None:
    assert len(broken_arrows(path, source)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("bot/app.py", "import handlers.registry, playbooks.loader, storage.engine, aiohttp"),
        ("bot/clockwork.py", "from apscheduler.schedulers.asyncio import AsyncIOScheduler"),
        ("bot/platforms/discord.py", "import discord\nfrom discord.ext import commands"),
        ("handlers/claims/capture.py", "from storage.outbox import Outbox\nfrom . import grammar"),
        ("storage/engine.py", "from storage.schema import metadata\nimport discordant"),
        ("handlers/fulfilment.py", "def slip():\n    import segno"),
        ("handlers/fulfilment.py", "if TYPE_CHECKING:\n    import fpdf"),
    ],
)
def test_a_good_arrow_is_left_alone(path: str, source: str) -> None:
    assert broken_arrows(path, source) == []


def test_no_sdk_is_loaded_by_way_of_another_package() -> None:
    modules = sorted(
        path.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".")
        for path in sources()
        # Migrations are run by Alembic, never imported.
        if not path.startswith(("bot/", "storage/migrations/"))
    )
    script = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"print(*sorted({(set(HOME_OF) | HEAVY | {'bot'})!r} & set(sys.modules)))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []
