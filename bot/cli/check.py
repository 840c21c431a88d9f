"""`andon check`: everything that a show needs, looked at before it starts."""

from typing import TYPE_CHECKING

import click

from bot.cli.frame import CONFIG, AndonCommand, database_option, run_async

if TYPE_CHECKING:
    from bot.checks import Finding

__all__ = ["check"]


@click.command(cls=AndonCommand)
@database_option
@click.pass_context
def check(context: click.Context, database: str | None) -> None:
    """Look for problems before the show.

    Settings, Discord, database, catalogue, web and copy file: every problem is listed with its way
    out, and nothing is changed.
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
    wrong = [finding for finding in findings if not finding.fine]
    for finding in (one for one in findings if one.fine):
        click.echo(_line(finding))
    for finding in wrong:
        click.echo(_line(finding), err=True)
    if settings is None:
        click.echo("The rest is looked at once the settings can be read.", err=True)
    count = f"{len(wrong)} problem{'s' if len(wrong) > 1 else ''}"
    click.echo(f"{count} to put right." if wrong else "Everything is ready.", err=bool(wrong))
    context.exit(1 if wrong else 0)


def _line(finding: "Finding") -> str:
    return f"{'✓' if finding.fine else '✗'} {finding.about}: {' '.join(finding.sentence.split())}"
