"""`andon ask`: one question in, one line of JSON out."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from bot.cli.frame import AndonCommand, fail, fail_with
from bot.cli.reading import Line, answer_each

if TYPE_CHECKING:
    from handlers.faq.entries import Faq
    from handlers.faq.matching import Matcher

__all__ = ["ask"]


@click.command(cls=AndonCommand)
@click.argument("lines", type=click.File("rb"), default="-", metavar="[FILE]")
@click.option(
    "--faq",
    "faq",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The FAQ file that is asked (YAML).",
)
def ask(lines: BinaryIO, faq: Path) -> None:
    """Say which answer of a FAQ lines of chat ask for.

    Each line of FILE (or of standard input) becomes one line of JSON: the entry, or null where
    nothing should be said, and how sure that is, 0 to 1.
    """
    from handlers.faq.matching import Matcher

    answer_each(lines, partial(_asked, Matcher.of(_read(faq).entries)))


def _read(path: Path) -> "Faq":
    from handlers.faq.entries import FaqError, read_faq

    try:
        return read_faq(path.read_bytes(), name=path.name)
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}. Check the path.")
    except FaqError as error:
        fail_with(str(error).splitlines(), f"{path.name} was not asked")


def _asked(matcher: "Matcher", line: Line) -> dict[str, Any]:
    best = matcher.best(line.text)
    return {
        "text": line.text,
        "faq": best.faq if best and matcher.answers(best) else None,
        "score": round(best.score, 4) if best else 0.0,
    }
