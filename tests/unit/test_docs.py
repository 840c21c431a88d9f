"""The documentation says what is so: links lead somewhere, commands and settings exist."""

import re
import shlex
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib.resources import files as resources
from importlib.resources.readers import MultiplexedPath
from pathlib import Path
from types import FunctionType

import click
import pytest
import yaml

import handlers
from bot.checks.catalogue import check_catalogue
from bot.checks.finding import Finding
from bot.cli import andon
from bot.settings import every_setting, load_settings
from bot.settings.table import every_section
from bot.web.health import Health
from bot.web.metrics import Metrics
from docs import generate
from handlers.catalog.files import read_catalog
from handlers.catalog.importing import import_catalog, load_known
from handlers.catalog.model import Catalog
from handlers.claims.grammar import read
from handlers.claims.lexicon import ClaimWords, Lexicon
from handlers.claims.reading import Kind, Reading, Wish
from handlers.claims.rules import CLAIM_WORDS
from handlers.command_line import Misread, match
from handlers.registry import Registry
from handlers.wording import Wording
from storage.engine import Storage
from tests.architecture.test_hygiene import ROOT, files, text_of
from tests.fakes.capabilities import ours

PAGES = [name for name in files() if name.endswith(".md")]
#: What a browser opens, not what is typed in the chat.
PATHS = {"/board", "/host", "/runs", "/pack", "/policy", "/healthz", "/metrics", "/"}
#: On Slack one command takes all the others; and this one is Slack's own.
SLACKS, INVITE = "/andon", "/invite @Andon"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def prose(text: str) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", text)


def blocks(text: str, language: str) -> list[str]:
    """The blocks of code of one language."""
    return [block for named, block in FENCE.findall(text) if named == language]


def spans(text: str) -> list[str]:
    """What is set as code inside sentences; a span may go on in the next line."""
    return SPAN.findall(re.sub(r"(?<=\S)\n(?=\S)", " ", prose(text)))


def anchors(text: str) -> set[str]:
    """The headings of a page as links name them."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(prose(text)))
    return {heading.strip().replace(" ", "-") for heading in plain}


def found(check: Callable[[str], Iterator[str]], *names: str) -> dict[str, list[str]]:
    """What `check` finds wrong, by page."""
    assert PAGES
    return {name: hits for name in names or PAGES if (hits := list(check(text_of(name))))}


# --- what is made from the code ----------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(generate.pages()))
def test_a_generated_page_is_in_step_with_the_code(name: str) -> None:
    kept = (generate.FOLDER / name).read_text(encoding="utf-8")
    assert kept == generate.pages()[name], "run `make docs`"


def test_make_docs_writes_every_page(tmp_path: Path) -> None:
    generate.main(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(generate.pages())


def test_every_command_and_setting_is_listed() -> None:
    made = generate.pages()
    for spec in Registry.of().commands.values():
        assert f"`{spec.signature}`".replace("|", r"\|") in made["commands.md"]
    for setting in every_setting():
        assert f"`{setting.variable}`" in made["settings.md"]


# --- links --------------------------------------------------------------------------------------


def dead_links(name: str) -> Iterator[str]:
    """Relative links of a page that lead nowhere."""
    for target in LINK.findall(prose(text_of(name))):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        page = (ROOT / name).parent / path if path else ROOT / name
        if not page.exists() or (anchor and anchor not in anchors(page.read_text("utf-8"))):
            yield target


def test_every_link_leads_somewhere() -> None:
    assert {name: dead for name in PAGES if (dead := list(dead_links(name)))} == {}


def test_every_page_is_linked_from_the_readme_or_from_a_linked_page() -> None:
    seen: set[Path] = set()
    new = [ROOT / "README.md"]
    while new:
        page = new.pop()
        seen.add(page)
        for target in LINK.findall(prose(page.read_text(encoding="utf-8"))):
            path = (page.parent / target.partition("#")[0]).resolve()
            inside = sorted(path.glob("*.md")) if path.is_dir() else [path]
            new += [one for one in inside if one.suffix == ".md" and one.is_file()]
        new = [one for one in new if one not in seen]
    assert [name for name in PAGES if (ROOT / name).resolve() not in seen] == []


def test_pictures_are_small() -> None:
    large = [path.name for path in (ROOT / "docs").rglob("*.png") if path.stat().st_size > 250_000]
    assert large == []


# --- commands of the terminal --------------------------------------------------------------------


def terminal_lines(text: str) -> Iterator[str]:
    """Every `andon …` that a page tells to type."""
    shown = [line for block in blocks(text, "sh") for line in block.splitlines()]
    for line in (*shown, *spans(text)):
        words = line.split()
        if len(words) > 1 and words[0] != SLACKS and words[0].rpartition("/")[2] == "andon":
            yield line


def misused(text: str) -> Iterator[str]:
    """Lines with a command, an option or a choice that there is not."""
    for line in terminal_lines(text):
        command: click.Command = andon
        words = shlex.split(line.partition(" | ")[0])[1:]
        while isinstance(command, click.Group) and words:
            if words[0] in ("…", "--version", "--help"):
                break
            if words[0] not in command.commands:
                yield line
                break
            command, words = command.commands[words[0]], words[1:]
        else:
            if not isinstance(command, click.Group) and not _fits(command, words):
                yield line


def _fits(command: click.Command, words: list[str]) -> bool:
    options = {name: one for one in command.params for name in one.opts if name.startswith("-")}
    for place, word in enumerate(words):
        name, _, value = word.partition("=")
        if name.startswith("--") and name not in {*options, "--help"}:
            return False
        if name in options and isinstance(choice := options[name].type, click.Choice):
            chosen = value or words[place + 1]
            if not set(chosen.split("|")) <= set(choice.choices):
                return False
    return True


def test_every_terminal_command_exists_with_its_options() -> None:
    assert found(misused) == {}


@pytest.mark.parametrize(
    "line",
    [
        "`andon catalogue import x.csv`",
        "`andon run --port 1`",
        "`andon export claims --format xml`",
        "```sh\nandon demo --browser\n```",
    ],
)
def test_a_terminal_command_that_does_not_exist_is_found(line: str) -> None:
    assert len(list(misused(line))) == 1


# --- commands of the chat ------------------------------------------------------------------------


def unknown_commands(text: str) -> Iterator[str]:
    """Slash commands that there are not."""
    table = Registry.of().commands
    for written in spans(text):
        span = written.replace(f"{SLACKS} ", "/", 1)
        known = {*PATHS, SLACKS, INVITE}
        if re.match(r"/[a-z]", span) and span not in known and "/" not in span[1:]:
            read = match(span, table)
            if isinstance(read, Misread) and span[1:] not in {name.split()[0] for name in table}:
                yield span


def test_every_slash_command_exists() -> None:
    assert found(unknown_commands) == {}


def test_a_slash_command_that_does_not_exist_is_found() -> None:
    assert list(unknown_commands("Type `/stag A12` or `/stage A12`, see `/board`.")) == [
        "/stag A12"
    ]
    assert list(unknown_commands("Type `/andon stag A12` or `/andon stage A12`.")) == ["/stag A12"]


# --- settings ------------------------------------------------------------------------------------


def unknown_settings(text: str) -> Iterator[str]:
    """Settings and variables that there are not."""
    variables = {setting.variable for setting in every_setting()}
    names = {setting.name for setting in every_setting()} | {".".join(s) for s in every_section()}
    tops = {name.partition(".")[0] for name in names}
    # Buttons, and what /undo takes back, may be called after a capability that has settings.
    registry = Registry.of()
    ids = {*registry.undoes, *registry.presses, *registry.forms}
    yield from (one for one in re.findall(r"ANDON_[A-Z_]+", text) if not _variable(one, variables))
    for span in spans(text):
        if re.fullmatch(r"[a-z]+(\.[a-z_]+)+", span) and span.partition(".")[0] in tops - {"show"}:
            yield from [span] if span not in names | ids and not _file(span) else []


def _variable(name: str, variables: set[str]) -> bool:
    return name in variables or name in {"ANDON_", "ANDON_CI", "ANDON_SOAK", "ANDON_CONFIG"}


def _file(span: str) -> bool:
    return span.rpartition(".")[2] in {"py", "md", "toml", "yaml"}


def test_every_setting_exists() -> None:
    assert found(unknown_settings) == {}


def test_a_setting_that_does_not_exist_is_found() -> None:
    text = "`sale.hold_hours`, `sale.hold_days` and ANDON_WEB__PROT"
    assert list(unknown_settings(text)) == ["ANDON_WEB__PROT", "sale.hold_days"]


@pytest.mark.parametrize("name", PAGES)
def test_every_settings_file_in_the_docs_is_valid(name: str, tmp_path: Path) -> None:
    for block in blocks(text_of(name), "toml"):
        assert tomllib.loads(block)
        (tmp_path / "andon.toml").write_text(block, encoding="utf-8")
        load_settings(tmp_path / "andon.toml", environ={})


@pytest.mark.parametrize("name", PAGES)
def test_every_sentence_in_the_docs_is_one_that_is_said(name: str) -> None:
    for block in blocks(text_of(name), "yaml"):
        sentences = yaml.safe_load(block)
        if not any(key.startswith("applause.") for key in sentences):
            Wording(Registry.of().copy, sentences)


def test_every_metric_in_the_docs_exists() -> None:
    shown = Metrics().text(Health(database=True, platforms={})).decode()
    named = {span for name in PAGES for span in spans(text_of(name)) if span.startswith("andon_")}
    assert named
    assert [one for one in named if one not in shown] == []


# --- how claims are read -------------------------------------------------------------------------


def sample() -> Catalog:
    """The sample shop of `andon demo`, by which the docs speak."""
    file = resources("bot.demo").joinpath("catalogue.csv")
    return read_catalog(file.read_bytes(), name=file.name, currency="USD")


def examples() -> list[tuple[str, str, str]]:
    """The rows of the table in docs/moderator.md: typed, on stage, read as."""
    text = text_of("docs/moderator.md").partition("### How claims are read")[2].partition("###")[0]
    rows = re.findall(r"^\| `(.+?)` \| (\w*) ?\| (.+?) \|$", text, re.MULTILINE)
    assert len(rows) > 20
    return rows


@pytest.mark.parametrize(("typed", "stage", "said"), examples())
def test_a_line_is_read_as_the_docs_say(typed: str, stage: str, said: str) -> None:
    words = ClaimWords(words=frozenset(CLAIM_WORDS), bare=frozenset(CLAIM_WORDS))
    lexicon = Lexicon.of(sample().items, words)
    assert described(read(typed, lexicon, stage or None)) == said


def described(reading: Reading) -> str:
    """A reading in the words of that table."""
    if reading.kind is Kind.NEAR_MISS:
        return "a hint"
    if reading.kind is Kind.NONE:
        return "talk"
    verb = "claims" if reading.kind is Kind.CLAIM else "releases"
    return f"{verb} {', '.join(_wish(wish, reading.kind) for wish in reading.items)}"


def _wish(wish: Wish, kind: Kind) -> str:
    sizes = {item.code: len(item.variants) for item in sample().items}
    unsized = wish.variant is None and sizes[wish.code] > 1
    name = wish.code if wish.variant is None else f"{wish.code} / {wish.variant}"
    often = kind is Kind.CANCEL and wish.quantity is not None
    times = f" ×{wish.quantity}" if often or (wish.quantity or 1) > 1 else ""
    return f"{name}{times}{', size asked' if unsized and kind is Kind.CLAIM else ''}"


# --- the capability of docs/house.md -------------------------------------------------------------


def example_files() -> dict[str, str]:
    """The files of the worked example, by path."""
    named = re.findall(r"^<!-- (\S+) -->\n```\w+\n(.*?)^```", text_of("docs/house.md"), re.M | re.S)
    return dict(named)


@pytest.fixture
def applause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The capability of the docs, beside the others as if its folder stood there."""
    folder = tmp_path / "handlers" / "applause"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    for path, text in example_files().items():
        if path.startswith("handlers/"):
            (tmp_path / path).write_text(text, encoding="utf-8")
    real = Path(handlers.__path__[0])
    monkeypatch.setattr(handlers, "__path__", [*handlers.__path__, str(tmp_path / "handlers")])
    both = MultiplexedPath(real, tmp_path / "handlers")
    monkeypatch.setattr("handlers.registry.files", lambda _package: both)
    ours.cache_clear()
    yield
    ours.cache_clear()
    for name in [name for name in sys.modules if name.startswith("handlers.applause")]:
        del sys.modules[name]


@pytest.mark.usefixtures("applause")
async def test_the_capability_in_the_docs_works(storage: Storage) -> None:
    scope: dict[str, FunctionType] = {}
    test = example_files()["tests/sale/test_applause.py"]
    exec(compile(test, "docs/house.md", "exec"), scope)  # noqa: S102 - a page of our own
    (name,) = [name for name in scope if name.startswith("test_")]
    await scope[name](storage)


def test_the_decisions_are_numbered_in_a_row() -> None:
    names = sorted(path.name for path in (ROOT / "docs/decisions").glob("*.md"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    for name in names:
        text = text_of(f"docs/decisions/{name}")
        assert text.startswith(f"# {name[:4]}: ")
        assert "**What.**" in text
        assert "**Why.**" in text


async def test_the_catalogue_of_the_installer_is_imported_as_it_is_pasted(sqlite: Storage) -> None:
    (sample,) = [one for one in blocks(text_of("docs/installer.md"), "") if "A12,S" in one]
    read_in = read_catalog(sample, name="catalogue.csv", currency="USD")
    async with sqlite.write() as tx:
        await import_catalog(tx, read_in, stock="set")
        known = await load_known(tx)
    assert check_catalogue(known, load_settings(environ={})) == [
        Finding(about="catalogue", sentence="4 items, 5 SKUs.", fine=True)
    ]
