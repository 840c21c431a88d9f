"""The command table as Discord's own command tree: groups, typed options, completion, menus."""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import discord
from discord import app_commands

from handlers.capability import CommandSpec, Option, OptionKind
from handlers.completing import Choice
from handlers.people import EVERYONE, Role
from handlers.registry import Registry

__all__ = ["Completer", "Runner", "commands_of"]

#: Completes an option of a command for whoever types: what is typed, and the others so far.
Completer = Callable[
    [discord.Interaction[Any], CommandSpec, Option, str, Mapping[str, str]], Sequence[Choice]
]
#: Runs a command with its options as typed.
Runner = Callable[[discord.Interaction[Any], CommandSpec, Mapping[str, str]], Awaitable[None]]
#: Runs an entry of a message's menu by its name.
MenuRunner = Callable[[discord.Interaction[Any], str, discord.Message], Awaitable[None]]

_LONGEST = 100
_MOST_CHOICES = 25
_TYPES: Mapping[OptionKind, Any] = {
    OptionKind.INTEGER: app_commands.Range[int, -1_000_000, 1_000_000],
    OptionKind.PERSON: discord.User,
    OptionKind.TEXT: app_commands.Range[str, 1, 300],
}
_WORD = app_commands.Range[str, 1, 100]
_Tree = app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu


def commands_of(
    registry: Registry, run: Runner, run_menu: MenuRunner, complete: Completer
) -> list[_Tree]:
    """Every command and menu of the table.

    A command that has sub-commands as well (`/stage A12`, `/stage next`) is one command to Discord,
    whose first option takes the sub-command's word.
    """
    roots: dict[str, list[CommandSpec]] = {}
    for name in sorted(registry.commands):
        roots.setdefault(name.split(" ")[0], []).append(registry.commands[name])
    made: list[_Tree] = []
    for root, specs in roots.items():
        own = registry.commands.get(root)
        if own is not None:
            subs = {spec.name.split(" ", 1)[1]: spec for spec in specs if spec is not own}
            made.append(_command(root, own, subs, run, complete))
            continue
        group = app_commands.Group(name=root, description=_cut(f"{root}: {_words(specs)}"))
        group.default_permissions = _shown_to(specs)
        for spec in specs:
            group.add_command(_command(spec.name.split(" ", 1)[1], spec, {}, run, complete))
        made.append(group)
    made += [_menu(spec.name, spec.label, spec.roles, run_menu) for spec in registry.menus.values()]
    return made


def _words(specs: Sequence[CommandSpec]) -> str:
    return ", ".join(spec.name.split(" ", 1)[1] for spec in specs)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _shown_to(specs: Sequence[CommandSpec]) -> discord.Permissions | None:
    """Who sees it in Discord's list. It is a courtesy: the right itself is checked on our side."""
    if any(Role.VIEWER in spec.roles for spec in specs):
        return None
    return discord.Permissions(manage_messages=True)


def _command(
    name: str,
    spec: CommandSpec,
    subs: Mapping[str, CommandSpec],
    run: Runner,
    complete: Completer,
) -> app_commands.Command[Any, ..., Any]:
    # What a handwritten command says by its signature and decorators, made from the table.
    made: Any = _callback(spec, subs, run)
    made.__signature__ = inspect.Signature(_parameters(spec))
    made.__discord_app_commands_param_description__ = {
        option.name: _cut(option.summary) for option in spec.options
    }
    made.__discord_app_commands_param_choices__ = {
        option.name: [app_commands.Choice(name=word, value=word) for word in option.choices]
        for option in spec.options
        if option.choices
    }
    made.__discord_app_commands_param_autocomplete__ = {
        option.name: _completion(spec, option, subs if option is spec.options[0] else {}, complete)
        for option in spec.options
        if option.kind.completes and not option.choices
    }
    command: app_commands.Command[Any, ..., Any] = app_commands.Command(
        name=name, description=_cut(spec.summary), callback=made
    )
    command.default_permissions = _shown_to([spec, *subs.values()])
    return command


def _callback(
    spec: CommandSpec, subs: Mapping[str, CommandSpec], run: Runner
) -> Callable[..., Awaitable[None]]:
    """Runs a command as its options were typed; its first may be the word of a sub-command."""
    first = spec.options[0].name if spec.options else ""

    async def callback(interaction: discord.Interaction[Any], **given: Any) -> None:
        typed = {key: _typed(value) for key, value in given.items() if value is not None}
        sub = subs.get(typed.get(first, "").strip().lower())
        await (run(interaction, sub, {}) if sub else run(interaction, spec, typed))

    return callback


def _completion(
    spec: CommandSpec, option: Option, subs: Mapping[str, CommandSpec], complete: Completer
) -> Any:
    """Completes `option`, which may also take the words of `subs`."""

    async def completing(
        interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        given = {key: str(value) for key, value in interaction.namespace if key != option.name}
        words = [word for word in subs if word.startswith(current.lower())]
        found = [Choice(value=word, label=_cut(f"{word}: {subs[word].summary}")) for word in words]
        found += complete(interaction, spec, option, current, given)
        return [
            app_commands.Choice(name=_cut(one.label), value=one.value)
            for one in found[:_MOST_CHOICES]
            if len(one.value) <= _LONGEST
        ]

    return completing


def _parameters(spec: CommandSpec) -> list[inspect.Parameter]:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    made = [inspect.Parameter("interaction", kind, annotation=discord.Interaction)]
    for option in sorted(spec.options, key=lambda option: not option.required):
        annotation = str if option.choices else _TYPES.get(option.kind, _WORD)
        default = inspect.Parameter.empty if option.required else None
        made.append(inspect.Parameter(option.name, kind, annotation=annotation, default=default))
    return made


def _typed(value: object) -> str:
    if isinstance(value, discord.abc.User):
        return f"<@{value.id}>"
    return str(value.value if isinstance(value, app_commands.Choice) else value)


def _menu(
    name: str, label: str, roles: frozenset[Role], run: MenuRunner
) -> app_commands.ContextMenu:
    async def callback(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        await run(interaction, name, message)

    menu = app_commands.ContextMenu(name=label, callback=callback)
    if roles != EVERYONE:
        menu.default_permissions = discord.Permissions(manage_messages=True)
    return menu
