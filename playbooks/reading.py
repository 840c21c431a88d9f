"""Reads YAML as data and nothing else, and remembers the line of everything.

A playbook may come from anybody. So the parser's events are read here, one by one, with bounds:
no tags (nothing is ever constructed), no anchors and aliases (nothing multiplies), no key twice, at
most so deep and so large. Only true, false, null and whole numbers are more than text: `no` is the
word no, and 12:30 is not 750.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from playbooks.wholeness import Path

__all__ = ["DEEPEST", "LARGEST", "Document", "UnreadableError", "read"]

#: The largest file that is read, in bytes.
LARGEST = 256 * 1024
#: How many lists and mappings may stand inside each other.
DEEPEST = 12

#: The C parser where PyYAML has it: ten times faster, the same events.
PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})", re.ASCII)
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_TAB = re.compile(r"^ *\t", re.MULTILINE)


class UnreadableError(ValueError):
    """A file that is no playbook for the parser; `line` is where, from 1, or 0 for the whole."""

    def __init__(self, line: int, message: str) -> None:
        """Keep the line and the sentence."""
        self.line = line
        super().__init__(message)


@dataclass(slots=True, kw_only=True)
class Document:
    """What a file says, and where: the first and last line of each value and of each key."""

    value: Any = None
    lines: dict[Path, tuple[int, int]] = field(default_factory=dict)
    text: str = ""

    def line_of(self, path: Path, *, around: str = "") -> int:
        """The line of what stands at `path`, or of the nearest that there is above it.

        With `around`, the first line of that value in which this text stands.
        """
        while path not in self.lines and path:
            path = path[:-1]
        first, last = self.lines.get(path, (1, 1))
        if around:
            for number, line in enumerate(self.text.splitlines()[first - 1 : last], first):
                if around in line:
                    return number
        return first


def read(data: bytes) -> Document:
    """Read one YAML document. Raises `UnreadableError` for what is none, or is not wanted."""
    text = _text(data)
    if tab := _TAB.search(text):
        line = text.count("\n", 0, tab.start()) + 1
        raise UnreadableError(line, "begins with a tab; YAML is indented with spaces")
    try:
        return _Reader(text).read()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        what = " ".join(filter(None, (error.context, error.problem)))
        raise UnreadableError(line, f"is no YAML: {what}; look at this line and above") from None
    except yaml.YAMLError as error:
        what = str(error).partition("\n")[0]
        raise UnreadableError(0, f"is no YAML: {what}") from None


def _text(data: bytes) -> str:
    if len(data) > LARGEST:
        message = f"is {len(data):,} bytes; {LARGEST:,} are the most, so split it up"
        raise UnreadableError(0, message)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(line, "is not written in UTF-8; save it as UTF-8") from None
    for number, line_ in enumerate(text.split("\n"), 1):
        if not line_.isprintable() and (bad := _unprintable(line_)):
            message = f"holds the invisible character U+{ord(bad):04X}; take it out"
            raise UnreadableError(number, message)
    return text


def _unprintable(line: str) -> str | None:
    """The first control character that no text editor writes."""
    return next((sign for sign in line if sign < " " and sign not in "\t\r"), None)


class _Reader:
    """Makes values of the parser's events; deep nesting costs no deep recursion."""

    def __init__(self, text: str) -> None:
        self._document = Document(text=text)
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=PARSER))

    def read(self) -> Document:
        """Read the one document."""
        next(self._events)
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            raise UnreadableError(1, "is empty; docs/playbooks.md shows a whole playbook")
        self._document.value = self._node(next(self._events), ())
        next(self._events)
        more = next(self._events)
        if not isinstance(more, yaml.StreamEndEvent):
            raise UnreadableError(_line(more), "begins a second document; one file, one playbook")
        return self._document

    def _node(self, event: Any, path: Path) -> Any:
        self._refuse_tricks(event)
        if len(path) > DEEPEST:
            _fail(event, f"is nested deeper than {DEEPEST} levels; no field is that deep")
        if isinstance(event, yaml.ScalarEvent):
            self._document.lines[path] = (_line(event), _last_line(event))
            return _scalar(event)
        self._document.lines[path] = (_line(event), _line(event))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _sequence(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._node(event, (*path, len(found))))
        return found

    def _mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            self._refuse_tricks(event)
            if not isinstance(event, yaml.ScalarEvent):
                _fail(event, "has a list or a mapping as its key; a key is a plain word")
            key = event.value
            if key in found:
                _fail(event, f"says {key!r} a second time; keep one of the two")
            below = (*path, key)
            value = self._node(next(self._events), below)
            # What a key says begins at the key: a text in a block begins in the line below.
            self._document.lines[below] = (_line(event), self._document.lines[below][1])
            found[key] = value
        return found

    def _refuse_tricks(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            _fail(event, f"uses &{event.anchor} or *{event.anchor}; write it out where it is meant")
        # `!` alone is what a parser may note for a quoted text.
        if (tag := getattr(event, "tag", None)) not in (None, "!"):
            _fail(event, f"has the tag {tag}; tags are not read, so take it out")


def _scalar(event: Any) -> Any:
    value: str = event.value
    if event.style not in (None, ""):
        return value
    if value in _WORDS:
        return _WORDS[value]
    return int(value) if _NUMBER.fullmatch(value) else value


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


def _last_line(event: Any) -> int:
    """The last line of a scalar; the end of a block is the beginning of the next line."""
    mark = event.end_mark
    line: int = mark.line + (1 if mark.column else 0)
    return max(_line(event), line)


def _fail(event: Any, message: str) -> NoReturn:
    raise UnreadableError(_line(event), message)
