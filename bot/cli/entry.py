"""`andon` itself: its groups, and how it ends."""

import io
import os
import sys
from typing import NoReturn

import click

from bot.cli.ask import ask
from bot.cli.catalogue import catalog
from bot.cli.check import check
from bot.cli.customers import customer
from bot.cli.exporting import export
from bot.cli.frame import AndonGroup, show_bug
from bot.cli.keeping import backup, db
from bot.cli.lines import parse
from bot.cli.moderate import moderate
from bot.cli.policy import policy
from bot.cli.reporting import report
from bot.cli.return_exports import add_return_exports
from bot.cli.scorecard import scorecard
from bot.cli.setup import setup
from bot.cli.shows import demo, rehearse, run
from bot.cli.tracking import tracking

__all__ = ["andon", "main"]


def _version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("andon")
    except PackageNotFoundError:
        found = "(not installed)"
    click.echo(f"andon {found}")
    context.exit()


@click.group(cls=AndonGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and end.",
)
def andon() -> None:
    """The chat side of a live sale: claims become held stock, and the team stays one step ahead.

    `andon demo` shows it with a sample shop; `andon check` says what a shop of yours still needs.
    """


for command in (
    setup,
    run,
    demo,
    check,
    catalog,
    parse,
    ask,
    moderate,
    rehearse,
    export,
    report,
    scorecard,
    policy,
    tracking,
    customer,
    db,
    backup,
):
    andon.add_command(command)


add_return_exports(export)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run `andon` and leave: 0 done, 1 found problems, 2 used wrongly."""
    sys.excepthook = show_bug
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Half a surrogate pair becomes `\\ud83d`, which is what JSON writes for it.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        sys.exit(_ended(arguments))
    except BrokenPipeError:
        # Whoever read has seen enough. Python flushes once more at the end: into nothing, then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _ended(arguments: list[str] | None) -> int:
    try:
        result = andon.main(arguments, prog_name="andon", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help(), err=True)
        return 2
    except click.ClickException as error:
        click.echo(f"andon: {_on_one_line(error)}", err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("andon: Stopped; what was saved before is kept.", err=True)
        return 130
    return result if isinstance(result, int) else 0


def _on_one_line(error: click.ClickException) -> str:
    sentence = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{sentence} `{error.ctx.command_path} --help` shows how it is used."
    return sentence
