"""`andon parse`: one line of chat in, one line of JSON out."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from bot.cli.frame import AndonCommand, settings_of
from bot.cli.reading import Broken, Line, answer_each, lexicon_of, read_claim

if TYPE_CHECKING:
    from handlers.claims.lexicon import Lexicon

__all__ = ["parse"]


@click.command(cls=AndonCommand)
@click.argument("lines", type=click.File("rb"), default="-", metavar="[FILE]")
@click.option(
    "--catalog",
    "catalogue",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The catalogue whose codes are meant (CSV).",
)
@click.option("--jsonl", is_flag=True, help='Read objects {"text", "stage"} instead of plain text.')
@click.pass_context
def parse(context: click.Context, lines: BinaryIO, catalogue: Path, jsonl: bool) -> None:
    """Say how lines of chat are read.

    Each line of FILE (or of standard input) becomes one line of JSON: a claim, a cancel, a near
    miss or none, with its items and why.
    """
    lexicon = lexicon_of(settings_of(context), catalogue)
    broken = answer_each(lines, partial(_parsed, lexicon), jsonl=jsonl)
    context.exit(1 if broken else 0)


def _parsed(lexicon: "Lexicon", line: Line) -> dict[str, Any]:
    stage = line.object.get("stage")
    if not (stage is None or isinstance(stage, str)):
        raise Broken('"stage" is no code and not null')
    reading = read_claim(line.text, stage, lexicon)
    return {
        "text": line.text,
        "kind": reading.kind.value,
        "items": [
            {"code": wish.code, "variant": wish.variant, "quantity": wish.quantity}
            for wish in reading.items
        ],
        "why": reading.why,
    }
