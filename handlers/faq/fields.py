"""The fields of one YAML mapping, each taken with its line, each problem said instead of raised."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

import yaml
from rapidfuzz import process

__all__ = ["Fields", "Problem", "line_of"]

_LONGEST = 1_800
_SECONDS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_SPAN = re.compile(r"(\d{1,6})\s*(s|m|min|h|d|)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to put right. `line` is 0 and `field` "" for the file as a whole."""

    file: str
    line: int
    field: str
    why: str

    def __str__(self) -> str:
        """Return it on one line."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.field}: {self.why}" if self.field else f"{where}: {self.why}"


def line_of(node: yaml.Node) -> int:
    """Return the line on which a node begins, the first being 1."""
    return int(node.start_mark.line) + 1


class Fields:
    """The fields of one mapping. Values are taken as typed: `no` is a word, and so is `12`."""

    def __init__(
        self,
        mapping: yaml.MappingNode,
        allowed: Sequence[str],
        problem: Callable[[int, str, str], None],
    ) -> None:
        """Take the fields of a mapping; those that are not allowed, or come twice, are problems."""
        self._mapping, self._problem = mapping, problem
        self._nodes: dict[str, yaml.Node] = {}
        for key, node in mapping.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            if name in self._nodes:
                problem(line_of(key), name, "is given twice.")
            elif name not in allowed:
                near = process.extractOne(name, allowed, score_cutoff=70)
                meant = f"; is {near[0]} meant?" if near else f": {', '.join(allowed)} are."
                problem(line_of(key), name, f"is not known{meant}")
            self._nodes[name] = node

    def line(self, name: str) -> int:
        """Return the line of a field, or of its mapping if it has none."""
        return line_of(self._nodes.get(name, self._mapping))

    def wrong(self, name: str, why: str) -> None:
        """Note a problem of a field."""
        self._problem(self.line(name), name, why)

    def node(self, name: str, *, optional: bool = False) -> yaml.Node | None:
        """Return a field as it was written. Missing is a problem unless it is optional."""
        found = self._nodes.get(name)
        if found is None and not optional:
            self.wrong(name, "is missing.")
        return found

    def text(self, name: str, *, optional: bool = False) -> str:
        """Return a field of text, "" where it has none."""
        node = self.node(name, optional=optional)
        return "" if node is None else self._text(node, name)

    def texts(self, name: str) -> dict[str, str]:
        """Return an optional field of names and texts."""
        node = self._nodes.get(name)
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.wrong(name, "should be names with their values.")
            return {}
        return {str(key.value): self._text(value, name) for key, value in node.value}

    def lines(self, name: str) -> list[tuple[int, str]]:
        """Return a field of one or more texts, each with its line."""
        node = self.node(name)
        if isinstance(node, yaml.SequenceNode) and not node.value:
            self.wrong(name, "is empty.")
        found = node.value if isinstance(node, yaml.SequenceNode) else [node] if node else []
        return [(line_of(one), text) for one in found if (text := self._text(one, name))]

    def words(self, name: str) -> tuple[str, ...]:
        """Return an optional field of one or more words, in small letters."""
        return tuple(text.lower() for _, text in self.lines(name)) if name in self._nodes else ()

    def one_of(self, name: str, choices: Sequence[str]) -> str:
        """Return an optional field that has a few values; the first is its default."""
        text = self.text(name, optional=True)
        if text and text not in choices:
            self.wrong(name, f"should be {' or '.join(choices)}.")
        return text if text in choices else choices[0]

    def seconds(self, name: str) -> int | None:
        """Return an optional span of time, `90`, `90s`, `5m` or `1h`, in seconds."""
        text = self.text(name, optional=True)
        span = _SPAN.fullmatch(text.lower())
        if text and not span:
            self.wrong(name, "should be a time such as 90s, 5m or 1h.")
        return int(span[1]) * _SECONDS[span[2]] if span else None

    def instant(self, name: str, zone: tzinfo, *, day_after: bool = False) -> datetime | None:
        """Return an optional day or time; of a day its start, or the start of the day after."""
        text = self.text(name, optional=True)
        if not text:
            return None
        try:
            day = date.fromisoformat(text) if len(text) <= len("2026-11-21") else None
            at = datetime.fromisoformat(text)
            if day and day_after:
                at += timedelta(days=1)
            return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.wrong(name, "should be a day such as 2026-11-21, or 2026-11-21 18:00.")
            return None

    def _text(self, node: yaml.Node, name: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self._problem(line_of(node), name, "should be text; quotes help.")
            return ""
        text = str(node.value).strip()
        if not text:
            self._problem(line_of(node), name, "is empty.")
        elif len(text) > _LONGEST:
            self._problem(line_of(node), name, f"is longer than {_LONGEST} letters.")
        return text
