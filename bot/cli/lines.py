"""`andon parse`: one line of chat in, one line of JSON out."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from bot.cli.catalogue import read_file
from bot.cli.frame import AndonCommand, say, settings_of

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
    settings = settings_of(context)
    from handlers.claims.lexicon import ClaimWords, Lexicon

    catalog = read_file(catalogue, currency=settings.shop.currency)
    words = ClaimWords(
        words=frozenset(settings.sale.claim_words), bare=frozenset(settings.sale.words_alone)
    )
    lexicon = Lexicon.of(catalog.items, words)
    broken = 0
    for said in _objects(lines) if jsonl else _plain(lines):
        if isinstance(said, _Broken):
            broken += 1
            click.echo(f"andon: line {said.number}: {said.why}", err=True)
            continue
        text, stage = said
        # At once: whoever wrote the line may wait for its answer before writing the next.
        say(_read(text, stage, lexicon))
    context.exit(1 if broken else 0)


class _Broken:
    """A line that is no object with a text."""

    def __init__(self, number: int, why: str) -> None:
        self.number, self.why = number, why


def _plain(lines: Iterable[bytes]) -> Iterator[tuple[str, str | None]]:
    for line in lines:
        yield line.decode("utf-8", errors="replace").rstrip("\r\n").removeprefix("\ufeff"), None


def _objects(lines: Iterable[bytes]) -> Iterator[tuple[str, str | None] | _Broken]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            said: Any = json.loads(line.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            yield _Broken(number, "This is not JSON; it was skipped.")
            continue
        text = said.get("text") if isinstance(said, dict) else None
        stage = said.get("stage") if isinstance(said, dict) else None
        if not isinstance(text, str):
            yield _Broken(number, 'This has no "text"; it was skipped.')
        elif not (stage is None or isinstance(stage, str)):
            yield _Broken(number, '"stage" is no code and not null; it was skipped.')
        else:
            yield text, stage


def _read(text: str, stage: str | None, lexicon: "Lexicon") -> str:
    from handlers.claims.folding import key
    from handlers.claims.grammar import read

    on_stage = lexicon.code_of(key(stage)) if stage else None
    reading = read(text, lexicon, on_stage)
    said = {
        "text": text,
        "kind": reading.kind.value,
        "items": [
            {"code": wish.code, "variant": wish.variant, "quantity": wish.quantity}
            for wish in reading.items
        ],
        "why": reading.why,
    }
    return json.dumps(said, ensure_ascii=False) + "\n"
