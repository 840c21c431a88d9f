"""Loading: every source is read, everything wrong is said at once, in sentences."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.settings.model import Settings
from bot.settings.sources import Written, read_environment, read_file, read_overrides
from bot.settings.table import Key, Setting, every_setting

__all__ = ["DEFAULT_FILE", "SettingsError", "load_settings"]

DEFAULT_FILE = Path("andon.toml")


class SettingsError(ValueError):
    """Settings are refused; each of `problems` says where, what, and the way out."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        """Keep the `problems`; `str()` is one line for each."""
        self.problems = problems
        super().__init__("\n".join(problems))


def load_settings(
    config: Path | None = None, environ: Mapping[str, str] | None = None, **overrides: Any
) -> Settings:
    """The settings in a file, the environment (which wins) and `overrides` (which win over both).

    The file is `config`, else what `ANDON_CONFIG` names, else `andon.toml` in the working
    directory, which alone may be missing. `environ` is the process's own unless given. Overrides
    are named like variables, `web__port=0`; None counts as not given. Raises `SettingsError` with
    every problem; the value of a secret is in none of them.
    """
    environ = os.environ if environ is None else environ
    named = config or (Path(environ["ANDON_CONFIG"]) if environ.get("ANDON_CONFIG") else None)
    sources = (
        read_file(named or DEFAULT_FILE, needed=named is not None),
        read_environment(environ),
        read_overrides(overrides),
    )
    problems = [problem for source in sources for problem in source.problems]
    try:
        settings = Settings.model_validate(_tree(sources))
    except ValidationError as error:
        places = {key: place for source in sources for key, place in source.places.items()}
        problems.extend(_sentences(error, places))
    else:
        if not problems:
            return settings
    # Without the original error, which still holds what was typed.
    raise SettingsError(tuple(problems)) from None


def _tree(sources: tuple[Written, ...]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for source in sources:
        for key, value in source.values.items():
            branch = tree
            for name in key[:-1]:
                branch = branch.setdefault(name, {})
            branch[key[-1]] = value
    return tree


def _sentences(error: ValidationError, places: Mapping[Key, str]) -> Iterator[str]:
    settings = {setting.key: setting for setting in every_setting()}
    for detail in error.errors(include_url=False):
        parts = tuple(str(part) for part in detail["loc"])
        key = next(
            (parts[:end] for end in range(len(parts), 0, -1) if parts[:end] in settings), parts
        )
        name = ".".join(key)
        what = _what(detail, settings.get(key))
        # What is wrong with a default is wrong with the setting that the sentence speaks of.
        spoken_of = (other for other, setting in settings.items() if setting.name in what)
        place = next((places[way] for way in (key, *spoken_of) if way in places), name)
        yield f"{name} {what}." if place == name else f"{place}: {name} {what}."


def _what(detail: ErrorDetails, setting: Setting | None) -> str:
    context = detail.get("ctx", {})
    kind = detail["type"]
    if kind == "value_error":
        return str(context["error"])
    if kind == "path_not_file":
        return f"is {str(detail['input'])!r}, which is no file; check the path"
    if kind == "string_pattern_mismatch":
        return (
            f"is {detail['input']!r}, {_FORMS.get(context['pattern'], 'which is of another form')}"
        )
    if kind == "tuple_type":
        return "is no list; write it like 1,2"
    if kind in {"too_short", "string_too_short"}:
        return "is empty; give it a value or take it out"
    expected = context.get("expected") or _expected(kind, context)
    shown = "" if setting is None or setting.secret else f" {_shown(detail['input'])}"
    return f"cannot be{shown}; it takes {expected}"


_FORMS = {
    r"^[A-Z][A-Za-z0-9_-]*$": "no id of Slack; write it like C0123ABCD",
    r"^[A-Z]{2}$": "no country; write its two letters, such as DE",
    r"^[0-9]{1,12}(\.[0-9]+)?$": "no amount; write it like 4.90",
    r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$": "no share; write percent, such as 10 or 2.5",
}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _expected(kind: str, context: Mapping[str, Any]) -> str:
    bounds = {
        "greater_than": "a number above {gt}",
        "greater_than_equal": "a number from {ge} up",
        "less_than": "a smaller number",
        "less_than_equal": "a number up to {le}",
        "string_too_long": "at most {max_length} characters",
        "bool_parsing": "true or false",
        "bool_type": "true or false",
        "float_parsing": "a number",
        "float_type": "a number",
        "finite_number": "a number",
    }
    if kind in bounds:
        return bounds[kind].format_map(context)
    return "a whole number" if kind.startswith("int_") else "text"
