"""`andon ask`: one question in, one line of JSON out."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from bot.cli.frame import AndonCommand, FoundProblems, fail, say

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

    matcher = Matcher.of(_read(faq).entries)
    for line in lines:
        text = line.decode("utf-8", errors="replace").rstrip("\r\n").removeprefix("\ufeff")
        # At once: whoever wrote the line may wait for its answer before writing the next.
        say(_asked(text, matcher))


def _read(path: Path) -> "Faq":
    from handlers.faq.entries import FaqError, read_faq

    try:
        return read_faq(path.read_bytes(), name=path.name)
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}. Check the path.")
    except FaqError as error:
        problems = str(error).splitlines()
        if len(problems) == 1:
            raise FoundProblems(problems[0]) from error
        for problem in problems:
            click.echo(problem, err=True)
        raise FoundProblems(
            f"{path.name} was not asked; put these {len(problems)} right and do it again."
        ) from error


def _asked(text: str, matcher: "Matcher") -> str:
    best = matcher.best(text)
    said = {
        "text": text,
        "faq": best.faq if best and matcher.answers(best) else None,
        "score": round(best.score, 4) if best else 0.0,
    }
    return json.dumps(said, ensure_ascii=False) + "\n"
