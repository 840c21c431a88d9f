"""Writes what is made from the code: `python -m docs.generate`, or `make docs`.

Two pages are made whole; docs/slack.md is written by hand around the app's manifest.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from bot.platforms.slack.manifest import manifest
from bot.settings import Setting, every_setting
from handlers.capability import Capability, CommandSpec, MenuSpec, PressSpec
from handlers.messages import Visibility
from handlers.people import EVERYONE, MODERATORS, TEAM, Role
from handlers.registry import Registry

__all__ = ["FOLDER", "commands_page", "main", "pages", "settings_page", "slack_page"]

FOLDER = Path(__file__).parent
_MADE = "<!-- Made by `make docs` from the code; change it there. -->"
_GROUPS = {EVERYONE: "everyone", MODERATORS: "moderators", TEAM: "the team"}
_SEEN_BY = {
    Visibility.PRIVATE: "you",
    Visibility.PUBLIC: "the channel",
}


def pages() -> Mapping[str, str]:
    """Every generated page by its file name."""
    return {
        "commands.md": commands_page(Registry.of()),
        "settings.md": settings_page(),
        "slack.md": slack_page((FOLDER / "slack.md").read_text(encoding="utf-8")),
    }


# --- commands --------------------------------------------------------------------------------


def commands_page(registry: Registry) -> str:
    """Every command, menu and button, by capability."""
    parts = [
        "# Commands",
        _MADE,
        "What can be typed and pressed, by capability. `[…]` may be left out, and `…` takes the "
        "rest of the line. A person is named as shown, or by id; an item by its code or an alias. "
        "*For* says who may, *answer to* who sees the answer; *a form* may ask for more first.",
        _table(("roles", "which are"), _roles()),
    ]
    for capability in registry.capabilities:
        parts += _capability(capability)
    return _page(parts)


def _roles() -> Iterable[Sequence[str]]:
    for roles, name in _GROUPS.items():
        named = "any role" if roles == EVERYONE else ", ".join(_in_order(roles))
        yield name, named


def _in_order(roles: frozenset[Role]) -> list[str]:
    return [role.value for role in Role if role in roles]


def _who(roles: frozenset[Role]) -> str:
    return _GROUPS.get(roles) or ", ".join(_in_order(roles))


def _capability(one: Capability) -> list[str]:
    parts = [f"## {one.name.capitalize()}", one.summary]
    if one.commands:
        rows = [_command(spec) for spec in sorted(one.commands, key=lambda spec: spec.name)]
        parts.append(_table(("command", "for", "answer to", "what it does"), rows))
    if one.menus:
        rows = [
            (f"*{menu.label}*", _who(menu.roles), _seen_by(menu), _does(menu.run))
            for menu in one.menus
        ]
        head = ("entry", "for", "answer to", "what it does")
        parts += ["In the menu of a line of chat:", _table(head, rows)]
    if one.presses:
        rows = [
            (f"`{press.name}`", _who(press.roles), _seen_by(press), _said(press.run))
            for press in one.presses
        ]
        head = ("button", "for", "answer to", "what it does")
        parts += ["Buttons, by id:", _table(head, rows)]
    if one.undoes:
        acts = ", ".join(f"`{undo.action}`" for undo in one.undoes)
        parts.append(f"What `/undo` takes back: {acts}.")
    return parts


def _command(spec: CommandSpec) -> Sequence[str]:
    return f"`{spec.signature}`", _who(spec.roles), _seen_by(spec), spec.summary


def _seen_by(spec: CommandSpec | PressSpec | MenuSpec) -> str:
    if spec.opens is not None:
        return "a form"
    # What a menu says is for whoever opened it.
    return _SEEN_BY[Visibility.PRIVATE if isinstance(spec, MenuSpec) else spec.visibility]


def _said(run: Any) -> str:
    """The first line of a handler's docstring."""
    return (run.__doc__ or "").strip().partition("\n")[0].rstrip(".")


def _does(run: Any) -> str:
    """The same without the label that it begins with."""
    said = _said(run)
    return said.partition(": ")[2] or said


# --- settings --------------------------------------------------------------------------------


def settings_page() -> str:
    """Every setting, by section."""
    parts = [
        "# Settings",
        _MADE,
        "Settings are read from `andon.toml` in the working directory (or `--config`), then from "
        "environment variables, which win. A list in a variable is `1`, `1,2` or JSON. An unknown "
        "setting is an error, in both. `andon check` lists every problem at once.",
    ]
    sections: dict[tuple[str, ...], list[Setting]] = {}
    for one in every_setting():
        sections.setdefault(one.key[:-1], []).append(one)
    for section, settings in sections.items():
        parts.append(f"## [{'.'.join(section)}]" if section else "## Above all sections")
        rows = [_setting(one) for one in settings]
        parts.append(_table(("setting", "default", "what it is for", "variable"), rows))
    return _page(parts)


def _setting(one: Setting) -> Sequence[str]:
    # The database URL is secret for its password only; its default has none.
    hidden = one.secret and one.default is None
    default = "none; secret" if hidden else _shown(one.default)
    return f"`{one.key[-1]}`", default, one.description, f"`{one.variable}`"


def _shown(value: Any) -> str:
    match value:
        case None | () | []:
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case Enum():
            return f'`"{value.value}"`'
        case str():
            return f'`"{value}"`'
        case tuple() | list():
            return f"`[{', '.join(_shown(one).strip('`') for one in value)}]`"
        case _:
            return f"`{value}`"


# --- the manifest of the app for Slack ---------------------------------------------------------


def slack_page(page: str) -> str:
    """The page with the manifest between its marks, and what differs from it in HTTP mode."""
    whole, by_http = manifest(), manifest(url="https://andon.example")
    for mark, shown in (("manifest", whole), ("manifest http", _apart(by_http, whole))):
        block = f"```json\n{json.dumps(shown, indent=2, ensure_ascii=False)}\n```"
        made = f"<!-- {mark} -->\n{_MADE}\n\n{block}\n\n<!-- /manifest -->"
        marked = re.compile(rf"<!-- {mark} -->.*?<!-- /manifest -->", re.DOTALL)
        page, found = marked.subn(made.replace("\\", r"\\"), page)
        if found != 1:
            raise ValueError(f"docs/slack.md has no place for the {mark}")
    return page


def _apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """What `one` says otherwise than `other`; where a list differs, all of it."""
    apart: dict[str, Any] = {}
    for name, value in one.items():
        if isinstance(value, Mapping) and name in other:
            value = _apart(value, other[name])
            if not value:
                continue
        elif name in other and other[name] == value:
            continue
        apart[name] = value
    return apart


# --- pages -----------------------------------------------------------------------------------


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(_row(row) for row in (head, ["---"] * len(head), *rows))


def _row(cells: Sequence[str]) -> str:
    # A signature such as `on|off` would end its cell.
    escaped = (cell.replace("|", r"\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _page(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"


def main(folder: Path = FOLDER) -> None:
    """Write the pages into `folder`."""
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
