"""Texts with holes: `{name}` is filled with a variable, and that is all there is to it.

`{{` and `}}` are braces of the text itself. There is nothing to compute in a hole, so that a text
can be checked when it is read, line by line, long before somebody has to say it on air.
"""

import re
from collections.abc import Iterator, Mapping

__all__ = ["HoleError", "fill", "fill_command", "holes", "misspelt"]

_PIECE = re.compile(r"\{\{|\}\}|\{(?P<name>[A-Za-z][A-Za-z0-9_]*)\}|[{}]")
_SPACES = re.compile(r"\s+")
#: Quotes of every kind: a value keeps none, so that it cannot end the quotes around it.
_QUOTES = dict.fromkeys(map(ord, "\"'“”„‘’"))


class HoleError(KeyError):
    """A text has a hole that nothing fills."""


def holes(text: str) -> Iterator[str]:
    """Yield the names of the holes, in order, each as often as it stands there."""
    for piece in _PIECE.finditer(text):
        if piece["name"]:
            yield piece["name"]


def misspelt(text: str) -> Iterator[str]:
    """Yield each brace that belongs to no hole, with what follows it, up to 20 characters."""
    for piece in _PIECE.finditer(text):
        if piece[0] in "{}":
            yield text[piece.start() : piece.start() + 20].partition("\n")[0]


def fill(text: str, variables: Mapping[str, object]) -> str:
    """The text with its holes filled. Raises `HoleError` with the name of one that stays open.

    Values are taken as they are: whoever passes a person's words makes them harmless before.
    """

    def filled(piece: re.Match[str]) -> str:
        name = piece["name"]
        if name is None:
            return piece[0][0]
        if variables.get(name) is None:
            raise HoleError(name)
        return _shown(variables[name])

    return _PIECE.sub(filled, text)


def fill_command(text: str, variables: Mapping[str, object]) -> str:
    """A command line filled in: a value stays one line and one word, in quotes if it has spaces.

    At the end an empty value is left out. Raises `HoleError` like `fill`.
    """
    filled = fill(text, {name: _as_word(value) for name, value in variables.items()})
    return filled.removesuffix(' ""')


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _as_word(value: object) -> object:
    if not isinstance(value, str):
        return value
    word = _SPACES.sub(" ", value.translate(_QUOTES)).strip()
    return f'"{word}"' if " " in word or not word else word
