"""`andon moderate`: what the rules of moderation make of lines of chat."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import click

from bot.cli.catalogue import read_file
from bot.cli.frame import AndonCommand, say, settings_of

if TYPE_CHECKING:
    from bot.settings import Settings
    from handlers.claims.lexicon import Lexicon
    from handlers.moderation.model import Seen, Verdict

__all__ = ["moderate"]

_YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)


@click.command(cls=AndonCommand)
@click.argument("lines", type=click.File("rb"), default="-", metavar="[FILE]")
@click.option(
    "--catalog",
    "catalogue",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The catalogue whose codes are claimed (CSV); claims are never spam.",
)
@click.option(
    "--jsonl",
    is_flag=True,
    help='Read objects {"at", "author", "name", "text"} instead of plain text, in order; what '
    'somebody did before counts. "role", "joined" and "stage" may be there too.',
)
@click.pass_context
def moderate(context: click.Context, lines: BinaryIO, catalogue: Path | None, jsonl: bool) -> None:
    """Say what moderation would do about lines of chat.

    Each line of FILE (or of standard input), a new viewer's first, becomes one line of JSON: the
    action, the rule, and why. Nothing is done to anybody, whatever the mode in the settings.
    """
    settings = settings_of(context)
    desk = _Desk(settings, _lexicon(settings, catalogue))
    broken = 0
    for said in _objects(lines) if jsonl else _plain(lines):
        if isinstance(said, _Broken):
            broken += 1
            click.echo(f"andon: line {said.number}: {said.why}", err=True)
            continue
        # At once: whoever wrote the line may wait for its answer before writing the next.
        say(desk.verdict(said, keeps=jsonl))
    stopped = desk.guard.phrases.stopped
    for sentence in stopped.values():
        click.echo(f"andon: {sentence}", err=True)
    context.exit(1 if broken or stopped else 0)


class _Said(NamedTuple):
    """One line as it came in."""

    text: str
    at: datetime = _YEAR_2000
    author: str = ""
    name: str = ""
    role: str = "viewer"
    joined: datetime | None = None
    stage: str | None = None


class _Broken(NamedTuple):
    """A line that is no object with what is needed."""

    number: int
    why: str


class _Desk:
    """Reads each line by the grammar first, then judges it."""

    def __init__(self, settings: "Settings", lexicon: "Lexicon") -> None:
        from handlers.moderation.judging import Guard
        from handlers.moderation.state import State

        rules = settings.moderation
        self.guard = Guard.of(rules, names=[settings.shop.name])
        self._lexicon = lexicon
        self._kept = State()
        self._fresh = State

    def verdict(self, said: _Said, *, keeps: bool) -> str:
        """Return the verdict on a line as one line of JSON."""
        verdict = self.guard.judge(self._seen(said), self._kept if keeps else self._fresh())
        return _shown(said.text, verdict)

    def _seen(self, said: _Said) -> "Seen":
        from handlers.claims.folding import key
        from handlers.claims.grammar import read
        from handlers.moderation.model import Seen
        from handlers.people import TEAM

        stage = self._lexicon.code_of(key(said.stage)) if said.stage else None
        return Seen(
            at=said.at,
            author=said.author,
            name=said.name,
            text=said.text,
            kind=read(said.text, self._lexicon, stage).kind,
            joined=said.joined,
            exempt=said.role in set(TEAM),
        )


def _lexicon(settings: "Settings", catalogue: Path | None) -> "Lexicon":
    """The words of claims; without a catalogue every claim is a near miss, which passes too."""
    from handlers.claims.lexicon import ClaimWords, Lexicon

    items = read_file(catalogue, currency=settings.shop.currency).items if catalogue else ()
    words = ClaimWords(
        words=frozenset(settings.sale.claim_words), bare=frozenset(settings.sale.words_alone)
    )
    return Lexicon.of(items, words)


def _shown(text: str, verdict: "Verdict") -> str:
    said = {"text": text, "action": verdict.action, "rule": verdict.rule, "why": verdict.why}
    return json.dumps(said, ensure_ascii=False) + "\n"


def _plain(lines: Iterable[bytes]) -> Iterator[_Said]:
    for line in lines:
        yield _Said(line.decode("utf-8", errors="replace").rstrip("\r\n").removeprefix("\ufeff"))


def _objects(lines: Iterable[bytes]) -> Iterator[_Said | _Broken]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            said: Any = json.loads(line.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            yield _Broken(number, "This is not JSON; it was skipped.")
            continue
        if not isinstance(said, dict) or not isinstance(said.get("text"), str):
            yield _Broken(number, 'This has no "text"; it was skipped.')
            continue
        try:
            yield _said(said, number)
        except (TypeError, ValueError, OverflowError):
            yield _Broken(number, 'Its "at" or "joined" is no time; it was skipped.')


def _said(said: dict[str, Any], number: int) -> _Said:
    joined = said.get("joined")
    return _Said(
        text=said["text"],
        at=_instant(said.get("at", 0)),
        # Who is not named is nobody seen before.
        author=str(said.get("author", f"line {number}")),
        name=str(said.get("name", "")),
        role=str(said.get("role", "viewer")),
        joined=None if joined is None else _instant(joined),
        stage=said["stage"] if isinstance(said.get("stage"), str) else None,
    )


def _instant(at: Any) -> datetime:
    """ISO 8601 (UTC if it names no zone), or seconds from 2000-01-01Z, as in a chat log."""
    if isinstance(at, int | float) and not isinstance(at, bool):
        return _YEAR_2000 + timedelta(seconds=at)
    read = datetime.fromisoformat(at)
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
