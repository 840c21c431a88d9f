"""Writing `andon.toml`: single settings change, everything else in the file stays as it is."""

import os
import tempfile
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable

from bot.settings.table import Key

__all__ = ["CannotWrite", "changed", "save"]


class CannotWrite(Exception):
    """The settings cannot be written; `str()` says why and what to do. Nothing was changed."""


def changed(text: str, changes: Mapping[Key, Any]) -> str:
    """The settings file `text` with `changes` made; None takes a setting out.

    Comments, order and settings that nobody spoke of are kept. Raises `CannotWrite` where the file
    is laid out in a way that cannot be continued.
    """
    try:
        expected = tomllib.loads(text)
        document = tomlkit.parse(text)
        for key, value in changes.items():
            _put(document, key, value)
            _put(expected, key, value)
        made = document.as_string()
        if _without_empty(tomllib.loads(made)) == _without_empty(expected):
            return made
    except (TOMLKitError, ValueError, TypeError, AttributeError):
        # What the library says about inline and dotted tables differs from case to case.
        pass
    sections = ", ".join(dict.fromkeys(f"[{'.'.join(key[:-1])}]" for key in changes))
    raise CannotWrite(
        f"The settings file is laid out in a way that cannot be added to; write {sections} as "
        "sections of their own, or move the file away and start again."
    )


def _put(tree: Any, key: Key, value: Any) -> None:
    for name in key[:-1]:
        if name not in tree:
            if value is None:
                return
            tree[name] = (
                tomlkit.table() if isinstance(tree, AbstractTable | tomlkit.TOMLDocument) else {}
            )
        tree = tree[name]
    if value is not None:
        tree[key[-1]] = list(value) if isinstance(value, tuple) else value
    elif key[-1] in tree:
        del tree[key[-1]]


def _without_empty(tree: dict[str, Any]) -> dict[str, Any]:
    inner = {
        name: _without_empty(value) if isinstance(value, dict) else value
        for name, value in tree.items()
    }
    return {name: value for name, value in inner.items() if value != {}}


def save(path: Path, text: str) -> Path | None:
    """Write the settings file, whole or not at all, readable by its owner only.

    What was there before is copied to `andon.toml.bak` beside it; returns that copy. Raises
    `CannotWrite`.
    """
    # A link stays a link.
    place = path.resolve()
    try:
        backup = _backup(place)
        # Made by `mkstemp` with mode 0600: the file holds a token.
        number, name = tempfile.mkstemp(dir=place.parent, prefix=f"{place.name}.")
        try:
            with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, place)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        raise CannotWrite(
            f"{path} cannot be written ({error.strerror}); nothing was changed. Give this user "
            "the right to, or work in another folder."
        ) from None
    return backup


def _backup(place: Path) -> Path | None:
    if not place.exists():
        return None
    copy = place.with_name(f"{place.name}.bak")
    copy.unlink(missing_ok=True)
    with os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(place.read_bytes())
    return copy
