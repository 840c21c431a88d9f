"""`andon moderate`: what the rules of moderation make of lines of chat."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from bot.cli.frame import AndonCommand, settings_of
from bot.cli.reading import Broken, Line, answer_each, lexicon_of, read_claim
from bot.moments import moment

if TYPE_CHECKING:
    from bot.settings import Settings
    from handlers.claims.lexicon import Lexicon
    from handlers.moderation.model import Seen

__all__ = ["moderate"]


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
    desk = _Desk(settings, lexicon_of(settings, catalogue), keeps=jsonl)
    broken = answer_each(lines, desk.verdict, jsonl=jsonl)
    stopped = desk.guard.phrases.stopped
    for sentence in stopped.values():
        click.echo(f"andon: {sentence}", err=True)
    context.exit(1 if broken or stopped else 0)


class _Desk:
    """Reads each line by the grammar first, then judges it."""

    def __init__(self, settings: "Settings", lexicon: "Lexicon", *, keeps: bool) -> None:
        from handlers.moderation.judging import Guard
        from handlers.moderation.state import State

        self.guard = Guard.of(settings.moderation, names=[settings.shop.name])
        self._lexicon = lexicon
        self._fresh = State
        self._kept = State() if keeps else None

    def verdict(self, line: Line) -> dict[str, Any]:
        """The verdict on a line."""
        state = self._fresh() if self._kept is None else self._kept
        verdict = self.guard.judge(_seen(line, self._lexicon), state)
        return {
            "text": line.text,
            "action": verdict.action,
            "rule": verdict.rule,
            "why": verdict.why,
        }


def _seen(line: Line, lexicon: "Lexicon") -> "Seen":
    """The line as moderation sees it; plain text comes from nobody, in the year 2000."""
    from handlers.moderation.model import Seen
    from handlers.people import TEAM

    said = line.object
    stage, joined = said.get("stage"), said.get("joined")
    # Who is not named is nobody seen before.
    author = said.get("author", f"line {line.number}")
    return Seen(
        at=_moment(said.get("at", 0)),
        author=str(author),
        name=str(said.get("name", "")),
        text=line.text,
        kind=read_claim(line.text, stage if isinstance(stage, str) else None, lexicon).kind,
        joined=None if joined is None else _moment(joined),
        exempt=str(said.get("role", "viewer")) in set(TEAM),
    )


def _moment(named: Any) -> datetime:
    try:
        return moment(str(named) if isinstance(named, bool) else named)
    except (TypeError, ValueError, OverflowError):
        raise Broken('Its "at" or "joined" is no time') from None
