"""`andon check`: everything that a show needs, looked at before it starts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from bot.cli.frame import CONFIG, AndonCommand, database_option, run_async

if TYPE_CHECKING:
    from bot.checks import Finding

__all__ = ["check"]


@click.command(cls=AndonCommand)
@database_option
@click.option("--show", is_flag=True, help="Look also at what is staged for the next show.")
@click.pass_context
def check(context: click.Context, database: str | None, show: bool) -> None:
    """Look for problems before the show.

    Settings, Discord, Slack, database, catalogue, web and copy file: every problem is listed with
    its way out, and nothing is changed.
    """
    from bot.installed import strangers

    if found := list(strangers()):
        # Nothing else can be looked at with the code of others.
        for sentence in found:
            click.echo(f"✗ installation: {sentence}", err=True)
        context.exit(1)
    from bot.checks import check_all, check_settings

    settings, findings = check_settings(context.meta.get(CONFIG), database)
    if settings is not None:
        findings += run_async(check_all(settings))
    if settings is not None and show:
        from bot.checks.staging import check_staging

        findings += run_async(check_staging(settings))
    wrong = [finding for finding in findings if not finding.fine]
    for finding in (one for one in findings if one.fine):
        click.echo(_line(finding))
    for finding in wrong:
        click.echo(_line(finding), err=True)
    if settings is None:
        click.echo("The rest is looked at once the settings can be read.", err=True)
    click.echo(_in_all(findings), err=bool(wrong))
    context.exit(1 if wrong else 0)


def _in_all(findings: "Sequence[Finding]") -> str:
    if wrong := sum(not finding.fine for finding in findings):
        return f"{wrong} problem{'s' if wrong > 1 else ''} to put right."
    if any(finding.note for finding in findings):
        return "Nothing is wrong; before a show, see to the lines with !."
    return "Everything is ready."


def _line(finding: "Finding") -> str:
    mark = ("!" if finding.note else "✓") if finding.fine else "✗"
    return f"{mark} {finding.about}: {' '.join(finding.sentence.split())}"
