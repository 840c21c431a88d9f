"""Lines of chat in, lines of JSON out: what `parse`, `ask` and `moderate` have in common."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from bot.cli.catalogue import read_file
from bot.cli.frame import say

if TYPE_CHECKING:
    from bot.settings import Settings
    from handlers.claims.lexicon import Lexicon
    from handlers.claims.reading import Reading

__all__ = ["Broken", "Line", "answer_each", "lexicon_of", "read_claim"]


class Broken(ValueError):
    """A line that cannot be answered; `str()` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the input, the first is 1: plain text, or an object with a text."""

    number: int
    text: str
    object: Mapping[str, Any] = field(default_factory=dict)


def answer_each(
    lines: BinaryIO, answer: Callable[[Line], Mapping[str, Any]], *, jsonl: bool = False
) -> int:
    """Write the answer to each line as a line of JSON; return how many lines were broken.

    With `jsonl` lines are objects, and empty ones are passed over. What is `Broken` is named on
    standard error.
    """
    broken = 0
    for number, line in enumerate(lines, start=1):
        if jsonl and not line.strip():
            continue
        try:
            said = answer(_object(number, line) if jsonl else _plain(number, line))
        except Broken as why:
            broken += 1
            click.echo(f"andon: line {number}: {why}; it was skipped.", err=True)
        else:
            # At once: whoever wrote the line may wait for its answer before writing the next.
            say(json.dumps(said, ensure_ascii=False) + "\n")
    return broken


def _plain(number: int, line: bytes) -> Line:
    text = line.decode("utf-8", errors="replace").rstrip("\r\n").removeprefix("\ufeff")
    return Line(number=number, text=text)


def _object(number: int, line: bytes) -> Line:
    try:
        read: Any = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Broken("This is not JSON") from None
    text = read.get("text") if isinstance(read, dict) else None
    if not isinstance(text, str):
        raise Broken('This has no "text"')
    return Line(number=number, text=text, object=read)


def lexicon_of(settings: "Settings", catalogue: Path | None) -> "Lexicon":
    """The words of claims; without a catalogue every claim is a near miss."""
    from handlers.claims.lexicon import ClaimWords, Lexicon

    items = read_file(catalogue, currency=settings.shop.currency).items if catalogue else ()
    words = ClaimWords(
        words=frozenset(settings.sale.claim_words), bare=frozenset(settings.sale.words_alone)
    )
    return Lexicon.of(items, words)


def read_claim(text: str, stage: str | None, lexicon: "Lexicon") -> "Reading":
    """How a line is read while the item `stage`, named as people name it, is on stage."""
    from handlers.claims.folding import key
    from handlers.claims.grammar import read

    return read(text, lexicon, lexicon.code_of(key(stage)) if stage else None)
