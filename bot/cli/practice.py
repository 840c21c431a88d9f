"""What `andon rehearse` offers a team that practises: incidents to ask for, and who was late."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from bot.rehearsal import Wanted

__all__ = ["Wish", "show_practice"]

_MOST = 15


class Wish(click.ParamType["Wanted"]):
    """An incident: `KIND@WHEN[+LENGTH][:CODE]`."""

    name = "incident"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> "Wanted":
        """Read one."""
        from bot.rehearsal import IncidentRefused, read_incident

        try:
            return read_incident(value)
        except IncidentRefused as error:
            self.fail(str(error), param, ctx)


def show_practice(report: dict[str, Any], zone: ZoneInfo) -> None:
    """Say what happened and which steps were late, the latest first; nothing without incidents.

    Times are those of the shop, as on its cards.
    """
    if not report.get("incidents"):
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    happened = Table(title="Incidents")
    for column in ("at", "incident", "what happened", "run"):
        happened.add_column(column)
    for one in report["incidents"]:
        runs = ", ".join(map(str, one["runs"])) or "none"
        happened.add_row(_clock(one["at"], zone), one["kind"], escape(one["what"]), runs)
    console.print(happened)
    late = sorted(
        ((step, run) for run in report["steps"] for step in run["steps"] if step["late"]),
        key=lambda pair: -pair[0]["late"],
    )
    if not late:
        console.print("No step was late.")
        return
    table = Table(title="Late steps")
    for column in ("run", "step", "owner", "due", "late", "done by"):
        table.add_column(column)
    for step, run in late[:_MOST]:
        name = escape(f"{run['playbook']}: {step['step']}")
        by = step["by"] or "nobody"
        due, late_by = _clock(step["due"], zone), _length(step["late"])
        table.add_row(str(run["run"]), name, step["owner"], due, late_by, escape(by))
    console.print(table)
    if len(late) > _MOST:
        console.print(f"{len(late) - _MOST} more are in report.json.")


def _clock(at: str, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(at).astimezone(zone):%H:%M:%S}"


def _length(seconds: int) -> str:
    minutes, left = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
