"""Where settings are written: the file, the environment and the command line, later ones win."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from bot.settings.table import BETWEEN, PREFIX, Key, every_section, every_setting

__all__ = ["NOT_SETTINGS", "Written", "read_environment", "read_file", "read_overrides"]

#: Variables that are ours but no settings: for the test suite, and for where the file is.
NOT_SETTINGS = frozenset({"ANDON_SOAK", "ANDON_CI", "ANDON_CONFIG"})

TABLE = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?$")
ASSIGNMENT = re.compile(r"\s*([\w.\"' -]+?)\s*=")
AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What one source says: values by key, where each is written, and what is wrong with it."""

    values: dict[Key, Any] = field(default_factory=dict)
    places: dict[Key, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read_file(path: Path, *, needed: bool) -> Written:
    """The settings in a TOML file; it may be missing unless `needed`."""
    written = Written()
    try:
        text = path.read_bytes().decode("utf-8-sig")
        tree = tomllib.loads(text)
    except FileNotFoundError:
        if needed:
            written.problems.append(f"{path}: There is no such file; check the path.")
    except OSError as error:
        written.problems.append(f"{path}: The file cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        written.problems.append(f"{path}: The file is not UTF-8; save it as UTF-8.")
    except tomllib.TOMLDecodeError as error:
        written.problems.append(_syntax_problem(path, str(error)))
    else:
        lines = _lines_of_keys(text)
        _take(tree, (), written, {key: f"{path.name}:{line}" for key, line in lines.items()}, path)
    return written


def _syntax_problem(path: Path, message: str) -> str:
    line = AT_LINE.search(message)
    where = f"{path.name}:{line[1]}" if line else path.name
    return f"{where}: This is not TOML: {AT_LINE.sub('', message)}."


def _take(
    tree: Mapping[str, Any], above: Key, written: Written, places: Mapping[Key, str], path: Path
) -> None:
    settings = {setting.key for setting in every_setting()}
    for name, value in tree.items():
        key = (*above, name)
        ways = (key[:end] for end in range(len(key), 0, -1))
        place = next((places[way] for way in ways if way in places), path.name)
        if key in settings:
            written.values[key] = value
            written.places[key] = place
        elif key not in every_section():
            written.problems.append(f"{place}: {_unknown(key)}")
        elif isinstance(value, dict):
            _take(value, key, written, places, path)
        else:
            written.problems.append(
                f"{place}: {'.'.join(key)} is a section; write [{'.'.join(key)}] and "
                "its settings below."
            )


def _unknown(key: Key) -> str:
    name = ".".join(key)
    names = [setting.name for setting in every_setting()]
    near = get_close_matches(name, [*names, *map(".".join, every_section())], n=1)
    same = [known for known in names if known.rpartition(".")[2] == key[-1]]
    if not (near or same):
        return f"There is no setting {name}; take it out (docs/settings.md lists them all)."
    return f"There is no setting {name}; did you mean {(near or same)[0]}?"


def _lines_of_keys(text: str) -> dict[Key, int]:
    """The line of each key. Reads line by line, as `tomllib` tells no places."""
    lines: dict[Key, int] = {}
    above: Key = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if table := TABLE.match(line):
            above = _key(table[1])
            lines.setdefault(above, number)
        elif assignment := ASSIGNMENT.match(line):
            key = (*above, *_key(assignment[1]))
            for depth in range(len(above) + 1, len(key) + 1):
                lines.setdefault(key[:depth], number)
    return lines


def _key(dotted: str) -> Key:
    return tuple(part.strip(" \t\"'") for part in dotted.split("."))


def read_environment(environ: Mapping[str, str]) -> Written:
    """The settings in environment variables; an empty one counts as not set."""
    written = Written()
    settings = {setting.variable: setting.key for setting in every_setting()}
    for variable, value in sorted(environ.items()):
        if not variable.upper().startswith(PREFIX) or variable in NOT_SETTINGS:
            continue
        key = settings.get(variable.upper())
        if key is None:
            near = get_close_matches(variable.upper(), settings, n=1)
            advice = f"did you mean {near[0]}?" if near else "unset it."
            written.problems.append(f"{variable}: There is no such setting; {advice}")
        elif value.strip():
            written.values[key] = value
            written.places[key] = variable
    return written


def read_overrides(overrides: Mapping[str, Any]) -> Written:
    """Settings given in code: `web__port=0` or `web={"port": 0}`; None counts as not given."""
    written = Written()
    settings = {setting.key for setting in every_setting()}
    for key, value in _flat(overrides, ()):
        if key not in settings:
            written.problems.append(_unknown(key))
        elif value is not None:
            written.values[key] = value
            written.places[key] = ".".join(key)
    return written


def _flat(tree: Mapping[str, Any], above: Key) -> Iterator[tuple[Key, Any]]:
    for name, value in tree.items():
        key = (*above, *name.split(BETWEEN))
        if isinstance(value, Mapping) and key in every_section():
            yield from _flat(value, key)
        else:
            yield key, value
