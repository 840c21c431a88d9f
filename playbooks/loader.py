"""Loads playbooks: each file is read, checked and named with every problem; good ones load.

loaded = load(library(), World(events=..., commands=...))
loaded.playbooks["sold-out-on-camera"]
[str(one) for one in loaded.problems]   # mine.yaml:12: steps.2.owner: is 'boss'; choose …
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import ValidationError

from playbooks.checks import LATER_COMMANDS, World, check
from playbooks.model import Playbook
from playbooks.reading import LARGEST, Document, UnreadableError, read
from playbooks.shape import FieldShape, every_field
from playbooks.wholeness import Fault, Path

__all__ = [
    "LARGEST",
    "LATER_COMMANDS",
    "Loaded",
    "Problem",
    "Source",
    "World",
    "library",
    "load",
]

_SUFFIXES = (".yaml", ".yml")
#: Of one file; whoever mends these sees the next ones.
_MOST_FAULTS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A playbook file: the name that problems call it by, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to put right. `line` is 0 for the file as a whole, `field` "" for none of its own.

    Places in lists are counted from 1: `steps.2.owner` is of the second step.
    """

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        """As one line: `mine.yaml:12: steps.2.owner: is 'boss'; choose one of …`."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(filter(None, (where, self.field, self.message)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The good playbooks by id, in the order of their files, and what is wrong with the others."""

    playbooks: Mapping[str, Playbook]
    problems: tuple[Problem, ...]


def library() -> tuple[Source, ...]:
    """The playbooks that come with Andon, sorted by name."""
    folder = files("playbooks").joinpath("library")
    found = [one for one in folder.iterdir() if one.name.endswith(_SUFFIXES)]
    return tuple(
        Source(name=f"library/{one.name}", data=one.read_bytes())
        for one in sorted(found, key=lambda one: one.name)
    )


def load(sources: Iterable[Source], world: World) -> Loaded:
    """Load the playbooks of these files; one with a problem is left out, the others load.

    Of two with one id the first stays, unless the later says `replaces: true`.
    """
    playbooks: dict[str, Playbook] = {}
    came_from: dict[str, str] = {}
    problems: list[Problem] = []
    for source in sources:
        playbook, document, found = _one(source, world)
        if playbook is not None and playbook.id in playbooks and not playbook.replaces:
            earlier = came_from[playbook.id]
            message = (
                f"is {playbook.id!r}, as in {earlier}, which stays; choose another id, or say "
                "replaces: true to put this one in its place"
            )
            line = document.line_of(("id",))
            found = [Problem(file=source.name, line=line, field="id", message=message)]
        problems += found
        if playbook is not None and not found:
            playbooks[playbook.id] = playbook
            came_from[playbook.id] = source.name
    return Loaded(playbooks=playbooks, problems=tuple(problems))


def _one(source: Source, world: World) -> tuple[Playbook | None, Document, list[Problem]]:
    document = Document()
    playbook = None
    try:
        document = read(source.data)
        playbook = Playbook.of(document.value)
        faults = list(check(playbook, world))
    except UnreadableError as error:
        one = Problem(file=source.name, line=error.line, field="", message=str(error))
        return None, document, [one]
    except ValidationError as error:
        faults = list(_faults(error))
    found = [_problem(source.name, document, fault) for fault in faults]
    return playbook, document, sorted(found, key=lambda one: one.line)


def _problem(file: str, document: Document, fault: Fault) -> Problem:
    line = document.line_of(fault.path, around=fault.around)
    return Problem(file=file, line=line, field=_named(fault.path), message=fault.message)


def _named(path: Path) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)


# --- what pydantic found, as sentences -----------------------------------------------------------


def _faults(error: ValidationError) -> Iterator[Fault]:
    found = error.errors(include_url=False)
    if more := found[_MOST_FAULTS:]:
        yield Fault(path=(), message=f"has {len(more):,} more mistakes like these")
    for one in found[:_MOST_FAULTS]:
        if one["type"] == "whole":
            yield from one["ctx"]["faults"]
        # A list whose entries are wrong counts as too short as well.
        elif not (one["type"] == "too_short" and one["input"]):
            yield Fault(path=_path(one["loc"]), message=_sentence(one))


def _path(loc: tuple[str | int, ...]) -> Path:
    """Where it stands in the file: without what pydantic adds for a choice of models and a key."""
    if loc[:1] in (("when",), ("ends_when",)):
        loc = (*loc[:2], *loc[3:])
    return tuple(part for part in loc if part != "[key]" and not _is_choice(part))


def _is_choice(part: str | int) -> bool:
    """A choice of plain types, such as that of a value, is no field."""
    return part in ("bool", "int", "str")


def _sentence(error: Any) -> str:
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    match kind:
        case "missing":
            return f"is missing; add it{_described(str(error['loc'][-1]))}"
        case "extra_forbidden":
            return f"is no field here; {_did_you_mean(str(error['loc'][-1]))}take it out"
        case "enum" | "literal_error":
            return f"is {given!r}; choose one of {context['expected'].replace(' or ', ', ')}"
        case "string_too_long":
            most = context["max_length"]
            return f"is {len(given.strip()):,} characters long; {most:,} are the most"
        case "string_too_short" | "too_short":
            return "is empty; say something, or leave the field out"
        case "too_long":
            return f"has {context['actual_length']} entries; {context['max_length']} are the most"
        case "bool_type" | "bool_parsing":
            return f"is {_called(given)}; write true or false"
        case "string_type":
            return f"is {_called(given)}; text belongs here, in quotes if need be"
        case "string_pattern_mismatch":
            return f"is {given!r}; {_PATTERNS.get(context['pattern'], 'one line belongs here')}"
        case "value_error":
            return str(context["error"])
        case _:
            return f"is {_called(given)}: {_lower(error['msg'])}"


_PATTERNS = {
    r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$": "small letters, digits and single hyphens belong here",
    r"^[A-Za-z][A-Za-z0-9_]*$": "letters, digits and underscores belong here, a letter first",
}


def _described(name: str) -> str:
    """What the field says, where only one part has a field of this name."""
    found = [one.description for one in _fields() if one.name == name]
    return f". It says: {found[0]}" if len(found) == 1 else ""


def _did_you_mean(name: str) -> str:
    near = difflib.get_close_matches(name, {one.name for one in _fields()}, n=1)
    return f"did you mean {near[0]}? Otherwise " if near else ""


@cache
def _fields() -> tuple[FieldShape, ...]:
    return tuple(every_field())


def _called(given: Any) -> str:
    match given:
        case None:
            return "empty"
        case bool():
            return f"the word {str(given).lower()}"
        case int():
            return f"the number {given}"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return repr(given)


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
