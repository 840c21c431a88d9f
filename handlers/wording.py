"""The shop's words: every sentence that Andon says, by key, as a sandboxed Jinja template.

A shop's copy file replaces sentences key by key. What a person typed or a shop named can never
mention anyone or change the formatting: only the `at` filter and sentences of ours can. The filter
`link` leaves an address that Andon made as it is.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import SandboxedEnvironment

__all__ = ["CopyError", "Said", "Wording", "listed", "mentions_in", "plain"]

_MENTION = re.compile(r"@\{([^}]+)\}")
_LONGEST_VALUE = 200
#: Nothing in it needs a look: most names, codes and prices.
_PLAIN_ALREADY = re.compile(r"[0-9A-Za-z\u00c0-\u024f ,.!?$€£/'&()+%]{1,200}")
_ADDRESS = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9./?=&%#_-]{1,300}")
_BLANKS = "\n\r\t\u2028\u2029"
#: Signs that mention, link or format, and ones that only look like them.
_HARMLESS = str.maketrans(
    {
        "@": "\uff20",
        "`": "\u02cb",
        "<": "\u2039",
        ">": "\u203a",
        "*": "\u2217",
        "|": "\u2223",
        "\\": "\u2216",
    }
)
_STRUCK = re.compile(r"~~+")
#: An underscore inside a word (`anna_k`) is left; without one at its end nothing is set apart.
_SET_APART = re.compile(r"_(?![0-9A-Za-z])")
#: What makes a line a heading, a list or small print, if it stands in front.
_IN_FRONT = re.compile(r"^(-?)(#*)(?=\s|$)")


class CopyError(ValueError):
    """A copy file holds a sentence that is no template, or a key that nobody says."""


class Said(str):
    """Words of our own making: they may mention people and hold formatting."""

    __slots__ = ()


def plain(text: str) -> str:
    """Text by a person, made safe to stand inside a sentence of ours: one line, no formatting."""
    if _PLAIN_ALREADY.fullmatch(text):
        return text.strip()
    kept = "".join(
        " " if character in _BLANKS else character
        for character in text
        if character in _BLANKS + "\u200d" or unicodedata.category(character)[0] != "C"
    )
    kept = kept.translate(_HARMLESS).replace("://", "\u2236//").replace("](", "] (").strip()
    kept = _STRUCK.sub(lambda found: "\u223c" * len(found[0]), kept)
    kept = _IN_FRONT.sub(_harmless_front, kept) if kept[:1] in ("#", "-") else kept
    if len(kept) > _LONGEST_VALUE:
        kept = kept[: _LONGEST_VALUE - 1] + "…"
    return _SET_APART.sub("\u02cd", kept)


def _harmless_front(found: re.Match[str]) -> str:
    dash, marks = found.groups()
    return "\u2010" * len(dash) + "\u266f" * len(marks)


def _at(person: Mapping[str, Any]) -> Said:
    # An id of another platform would stand there as it is.
    if person.get("elsewhere"):
        return Said(plain(person["name"]))
    return Said("@{" + person["id"].replace("}", "") + "}")


def _link(address: str) -> Said:
    return Said(address if _ADDRESS.fullmatch(address) else plain(address))


def _finish(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Said):
        return plain(value)
    return value


@cache
def _environment() -> SandboxedEnvironment:
    made = SandboxedEnvironment(
        autoescape=False, undefined=StrictUndefined, finalize=_finish, trim_blocks=True
    )
    made.filters["at"] = _at
    made.filters["link"] = _link
    return made


@lru_cache(maxsize=4096)
def _compiled(sentence: str) -> Template:
    return _environment().from_string(sentence)


def listed(people: Iterable[Mapping[str, Any]]) -> Said:
    """Mention several people in a row."""
    return Said(", ".join(_at(person) for person in people))


def mentions_in(text: str) -> tuple[str, ...]:
    """The ids that a rendered text mentions, in order, each once."""
    return tuple(dict.fromkeys(_MENTION.findall(text)))


class Wording:
    """Says sentences by key.

    `sentences` are the defaults of all capabilities, `replaced` the shop's own. Raises `CopyError`
    for a key that no capability has or a sentence that is no template.
    """

    def __init__(
        self, sentences: Mapping[str, str], replaced: Mapping[str, str] | None = None
    ) -> None:
        unknown = sorted(set(replaced or ()) - set(sentences))
        if unknown:
            raise CopyError(f"the copy file has a sentence that nobody says: {unknown[0]}")
        self._sources = {**sentences, **(replaced or {})}
        self._templates: dict[str, Template] = {}
        for key in replaced or ():
            self._template(key)

    def _template(self, key: str) -> Template:
        found = self._templates.get(key)
        if found is None:
            try:
                found = _compiled(self._sources[key])
            except TemplateError as error:
                raise CopyError(f"the sentence {key} is no template: {error}") from error
            self._templates[key] = found
        return found

    def say(self, key: str, **values: Any) -> Said:
        """The sentence `key`, filled in. Raises `KeyError` for an unknown key."""
        return Said(self._template(key).render(values))

    def has(self, key: str) -> bool:
        """Whether there is a sentence of this key."""
        return key in self._sources
