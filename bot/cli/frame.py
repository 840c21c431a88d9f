"""The frame of every command: groups, `--config`, settings, and errors on one line."""

import asyncio
import secrets
import sys
import tempfile
import traceback
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from bot.settings import Settings

__all__ = [
    "AndonCommand",
    "AndonGroup",
    "FoundProblems",
    "database_option",
    "fail",
    "fail_with",
    "run_async",
    "say",
    "settings_of",
    "show_bug",
]

T = TypeVar("T")
CONFIG = "andon.config"
BUG_LOG = "andon-errors.log"


class FoundProblems(click.ClickException):
    """The command ran and found problems: exit code 1, one line on stderr."""

    exit_code = 1


def fail(sentence: str) -> NoReturn:
    """End the command with exit code 1 and one line on stderr."""
    raise FoundProblems(" ".join(sentence.split()))


def fail_with(problems: Sequence[str], outcome: str) -> NoReturn:
    """End the command with exit code 1 and each of `problems` on stderr, then what came of it."""
    if len(problems) == 1:
        raise FoundProblems(problems[0])
    for problem in problems:
        click.echo(problem, err=True)
    raise FoundProblems(f"{outcome}; put these {len(problems)} right and do it again.")


def say(text: str) -> None:
    """Write to standard output at once. Ends the command, quietly, if nobody reads any more."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise click.exceptions.Exit(0) from None


def _remember(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.meta[CONFIG] = value


def _config_option() -> click.Option:
    return click.Option(
        ["--config"],
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="PATH",
        help="The settings file (default: andon.toml here, if there is one).",
        expose_value=False,
        callback=_remember,
    )


class AndonCommand(click.Command):
    """A command that takes `--config` too, wherever a person thinks of it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Add the option."""
        super().__init__(*args, **kwargs)
        self.params.append(_config_option())


class AndonGroup(click.Group):
    """A group of such commands."""

    command_class = AndonCommand

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Add the option."""
        super().__init__(*args, **kwargs)
        self.params.append(_config_option())

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Its commands in the order in which a person needs them."""
        return list(self.commands)


def database_option(function: Callable[..., T]) -> Callable[..., T]:
    """Give a command `--database`."""
    return click.option(
        "--database", metavar="URL", help="Another database than the one in the settings."
    )(function)


def settings_of(context: click.Context, **overrides: Any) -> "Settings":
    """The settings for this command, or its end with what is wrong with them."""
    from bot.settings import SettingsError, load_settings

    try:
        return load_settings(context.meta.get(CONFIG), **overrides)
    except SettingsError as error:
        first, *more = error.problems
        also = f" ({len(more)} more: `andon check` lists them all.)" if more else ""
        fail(first + also)


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end; what is refused ends the command with its sentences."""
    from bot.logs import write_logs
    from handlers.returns.reasons import ReasonsError
    from storage.errors import StorageError

    write_logs()
    try:
        return asyncio.run(work)
    except StorageError as error:
        fail(str(error))
    except ReasonsError as error:
        fail_with(error.problems, "Nothing was done")


def show_bug(
    _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    """Say a bug's reference id on one line and put its traceback into a file."""
    reference = secrets.token_hex(4)
    text = "".join(traceback.format_exception(error))
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        log = folder / BUG_LOG
        with suppress(OSError), log.open("a", encoding="utf-8") as file:
            file.write(f"--- {reference}\n{text}\n")
            break
    else:
        log = Path("nowhere: no folder could be written")
    sys.stderr.write(
        f"andon: This is a mistake in Andon (reference {reference}); what was saved before is "
        f"safe. Please report it with the lines under that reference in {log}.\n"
    )
