"""`andon setup`: from nothing to a settings file, one question at a time."""

import asyncio
import os
import sys
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.frame import CONFIG, fail

if TYPE_CHECKING:
    from bot.platforms.discord.looking import Look
    from bot.platforms.slack.seen import Look as SlackLook
    from bot.settings import Discord, Settings, Slack
    from bot.settings.table import Key
    from bot.setup import Learned

__all__ = ["setup"]


def _named(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.meta[CONFIG] = value


@click.command()
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="The settings file to write (default: andon.toml here).",
    expose_value=False,
    callback=_named,
)
@click.pass_context
def setup(context: click.Context) -> None:
    """Answer a few questions; they become andon.toml.

    Each token is tried at once, and channels and roles are chosen by name. Nothing is written
    before the last answer; Ctrl-C leaves everything as it was.
    """
    from bot.settings import DEFAULT_FILE
    from bot.setup import interview, to_write
    from bot.setup.discord import ask_discord
    from bot.setup.privacy import make_key
    from bot.setup.shop import ask_shop
    from bot.setup.slack import ask_slack

    named = context.meta.get(CONFIG) or os.environ.get("ANDON_CONFIG") or DEFAULT_FILE
    path = Path(named)
    known, in_file, outside = _known(path)
    voice = Terminal() if sys.stdin.isatty() else Script()
    voice.say(f"Enter takes what stands in [brackets]; {path} is written at the end.\n")
    chapters = (
        ask_shop,
        partial(ask_discord, look=_look),
        partial(ask_slack, look=_look_at_slack),
        make_key,
    )
    learned = interview(voice, known, chapters)
    changes = to_write(learned, known, {*in_file, *outside})
    _write(path, changes)
    for variable in (outside[key] for key in changes if key in outside):
        click.echo(f"{variable} is set in the environment and wins over the file; unset it.")
    _warn(path)
    click.echo("Next: `andon check` looks at everything; `andon run` starts.")


def _known(path: Path) -> tuple["Settings", Collection["Key"], dict["Key", str]]:
    """The settings as they are, what the file sets, and what a variable sets."""
    from bot.settings import SettingsError, load_settings
    from bot.settings.sources import read_environment, read_file

    try:
        # Where there is no file yet, an empty one: not another that lies here.
        known = load_settings(path if path.exists() else Path(os.devnull))
    except SettingsError as error:
        fail(f"{error.problems[0]} Put that right first: setup keeps what is set already.")
    return known, read_file(path, needed=False).values, read_environment(os.environ).places


def _look(discord: "Discord") -> "Look":
    from bot.platforms.discord.looking import look

    return asyncio.run(look(discord))


def _look_at_slack(slack: "Slack") -> "SlackLook":
    from bot.platforms.slack.looking import look

    return asyncio.run(look(slack))


def _write(path: Path, changes: "Learned") -> None:
    from bot.settings.writing import CannotWrite, changed, save

    try:
        before = path.read_bytes().decode("utf-8-sig") if path.exists() else ""
        after = changed(before, changes)
        if after == before and path.exists():
            click.echo(f"\n{path} says so already; nothing was changed.")
            return
        backup = save(path, after)
    except (CannotWrite, OSError) as error:
        fail(str(error))
    click.echo(f"\nWritten: {path}. It can be read by you alone.")
    if backup is not None:
        click.echo(f"The file as it was before is {backup.name}, beside it.")


def _warn(path: Path) -> None:
    """Say at once what `andon check` would find of the team."""
    from bot.checks.team import check_team
    from bot.settings import SettingsError, load_settings

    try:
        settings = load_settings(path)
    except SettingsError:
        # The environment has the last word, and `andon check` says which.
        return
    for finding in check_team(settings):
        click.echo(finding.sentence)


class Terminal:
    """Asks a person at a terminal."""

    def say(self, text: str) -> None:
        """Show a line."""
        click.echo(text)

    def ask(self, question: str, *, default: str = "", hidden: bool = False) -> str:
        """The answer, trimmed; hidden ones are not shown."""
        answer: str = click.prompt(
            question, default=default, show_default=bool(default), hide_input=hidden
        )
        return answer.strip()


class Script(Terminal):
    """Takes answers from standard input, one a line, and shows the questions."""

    def ask(self, question: str, *, default: str = "", hidden: bool = False) -> str:
        """The next line. The command ends where there is none."""
        click.echo(f"{question} [{default}]:" if default else f"{question}:")
        line = sys.stdin.readline()
        if not line:
            fail(
                "The answers ended before the questions did, so nothing was written; run "
                "`andon setup` in a terminal, or give an answer for each line."
            )
        return line.strip() or default
